"""Read the records of an XML file one by one: safely, in constant memory, and on behind what is broken.

The bytes are cut before each start tag of a record, and lxml is given the pieces one after the other. Each piece is
parsed strictly, so a record is whole or it is a `Fault`; behind a fault a new parser begins with the next piece. A cut
is a hint alone: a tag in a comment or in CDATA changes nothing.

lxml never sees a document's own declaration or DTD. The encoding is known already, and all stands in an element of
ours (`_ROOT`), so that files pasted together are read like one. An entity that is none of XML's own stays as it is
written (`&nbsp;`). A DTD that declares entities is refused: nothing can be expanded or fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.readers.source import Source
from pipeline.readers.xml_pieces import DECLARATION, MAX_RECORD, Piece, pieces

Element = Any  # lxml itself has no types
_SyntaxError = Any

_FEED = 1 << 20  # bytes that lxml takes at once: it refuses ten million
_TAIL = 1000  # bytes that may be white space at the end of a file
_ROOT = "zhaiyi"
_HEADER = re.compile(
    rb"\s*(?:<\?xml\s[^>]*\?>)?(?:\s|<!--.*?-->|<\?.*?\?>)*"
    rb"(?:<!DOCTYPE\s[^\[>]*(?P<subset>\[.*?\]\s*)?>)?(?:\s|<!--.*?-->|<\?.*?\?>)*",
    re.DOTALL,
)
_NAMESPACE = re.compile(rb"""\sxmlns(?P<prefix>:[\w.-]+)?\s*=\s*(?P<uri>"[^"<]*"|'[^'<]*')""")
_OPENED = re.compile(rb"<[A-Za-z_]")
_DECLARATION = re.compile(rb""" xmlns(?::[A-Za-z_][\w.-]*)?=(?:"[ !#-%'-;=-~]*"|'[ -%(-;=-~]*')""")
_NOT_FOR_USERS = re.compile(r",? line \d+(?:, column \d+)?|,? (?:use|try) XML_PARSE_HUGE.*")  # the line is lxml's own
_WRONG_BYTES = re.compile("not proper UTF-8|Invalid bytes in character encoding")  # before libxml2 2.14 and since
_WRONG_END = (76, 77)  # libxml2's codes for an end tag that closes nothing, and for an element that is not closed
_UNFINISHED = (*_WRONG_END, 45, 63)  # for a comment and CDATA that are not closed
_MAX_NOTED = 100  # unknown entities and prefixes, which lxml notes for as long as a parser lives
_UNKNOWN_PREFIX = 201  # told at the end of a document, whose elements have been read by their plain names


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be read and why: `tag` is the name of the record, or part, that it stands in; "" if in none."""

    line: int
    message: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An element and the line its record begins at. It is emptied when the next one is asked for."""

    element: Element
    line: int


def elements(
    source: Source, records: tuple[str, ...], others: tuple[str, ...] = (), parts: tuple[str, ...] = ()
) -> Iterator[Found | Fault]:
    """The elements named `records` and `others`, by their plain names in any namespace, and what is broken, in order.

    `parts` are elements that hold records and what is said of all of them: reading goes on at them behind a fault,
    too. Raises `source.error` for a DTD that declares entities.
    """
    parser = _Parser(source, records, others)
    for piece in pieces(source, (*records, *parts)):
        yield from parser.feed(piece)
    yield from parser.close()


class _Parser:
    """lxml's parser of the document at hand, and what has to be known to go on behind a fault."""

    def __init__(self, source: Source, records: tuple[str, ...], others: tuple[str, ...]) -> None:
        self._source = source
        self._records = records
        self._wanted = [f"{{*}}{name}" for name in (*records, *others)]
        self._parser: Any = None
        self._line = 1  # the parser's first
        self._open: Piece | None = None  # begins a record that has not ended yet
        self._namespaces: dict[bytes, bytes] = {}
        self._enclosed = False  # records stand in other elements
        self._restarted = False  # the parser has not seen the start tags of those
        self._left = False  # but their end tags
        self._whole = True  # what came last does not end within a tag

    def feed(self, piece: Piece) -> Iterator[Found | Fault]:
        if piece.too_long:
            yield Fault(piece.line, f"over {MAX_RECORD >> 20} MiB in one record: cut it or leave it out", piece.tag)
            self._stop()
        elif piece.tag in ("", DECLARATION) and not self._open:
            yield from self.close()
            yield from self._begin(piece)
        else:
            yield from self._go_on(piece)
        self._whole = piece.data[-_TAIL:].rstrip().endswith(b">")

    def close(self) -> Iterator[Found | Fault]:
        """The end of the document: nothing may be left open."""
        from lxml.etree import XMLSyntaxError

        if self._parser is None:
            return
        cut_off = self._restarted and self._enclosed and not self._left
        line = self._line
        try:
            self._parser.feed(f"</{_ROOT}>".encode())
            self._parser.close()
        except XMLSyntaxError as caught:
            error: _SyntaxError = caught
            line += error.lineno - 1
            if error.code != _UNKNOWN_PREFIX:
                cut_off = error.code in _UNFINISHED or not self._whole
                if not cut_off:
                    yield self._fault(error, self._open.tag if self._open else "")
        if self._open and cut_off:
            message = f"cut off: the file ends within this <{self._open.tag}>; get it again"
            yield Fault(self._open.line, message, self._open.tag)
        elif cut_off:
            yield Fault(line, "cut off: the file ends before its root element does; get it again")
        self._stop()

    def _begin(self, piece: Piece) -> Iterator[Found | Fault]:
        header = _HEADER.match(piece.data)
        end = header.end() if header else 0
        if header and header["subset"] and b"<!ENTITY" in header["subset"]:
            raise self._source.error("a DTD that declares entities, which is refused: remove its <!DOCTYPE ...>", 1)
        rest = piece.data[end:]
        self._namespaces = {match["prefix"] or b"": match["uri"] for match in _NAMESPACE.finditer(rest)}
        self._enclosed = _OPENED.search(rest) is not None
        self._restarted = False
        self._start(piece.line + piece.data.count(b"\n", 0, end), b"")
        yield from self._go_on(Piece("", self._line, rest, last=piece.last))

    def _go_on(self, piece: Piece) -> Iterator[Found | Fault]:
        from lxml.etree import XMLSyntaxError

        if self._parser is None:
            self._start(piece.line, self._scope())
            self._restarted, self._left = True, False
        if piece.tag in self._records and not self._open:
            self._open = piece
        fault = None
        try:
            for start in range(0, len(piece.data), _FEED):
                self._parser.feed(piece.data[start : start + _FEED])
        except XMLSyntaxError as caught:
            error: _SyntaxError = caught
            fault = error
        yield from self._read(piece)
        if fault is None and not piece.last and (self._open is piece or piece.tag not in self._records):
            fault = self._hidden_fault(piece)
        if fault is None:
            if self._parser and not self._open and len(self._parser.feed_error_log) > _MAX_NOTED:
                self._parser = None
            return
        opened, self._parser, self._open = self._open, None, None
        if opened and piece.tag == DECLARATION:
            yield Fault(opened.line, f"cut off: another document begins within this <{opened.tag}>", opened.tag)
            yield from self._begin(piece)
        elif self._restarted and not opened and fault.code in _WRONG_END:
            self._left = True  # what was opened before the fault ends here
        else:
            yield self._fault(fault, opened.tag if opened else piece.tag)

    def _hidden_fault(self, piece: Piece) -> _SyntaxError | None:
        """What is broken in a piece that has no whole record; that it goes on in the next one is no fault.

        lxml waits for the ";" of any "&", however far it is, so it is asked here as if the file ended with the piece.
        """
        from lxml.etree import XMLSyntaxError

        probe = self._new_parser(self._scope())
        try:
            probe.feed(piece.data)
            probe.close()
        except XMLSyntaxError as caught:
            error: _SyntaxError = caught
            if error.code not in (*_UNFINISHED, _UNKNOWN_PREFIX):
                self._line = piece.line
                return error
        return None

    def _read(self, piece: Piece) -> Iterator[Found | Fault]:
        """What has been completed; an element that was opened in a record which has not ended breaks that record."""
        for _, element in self._parser.read_events():
            is_record = local_name(element) in self._records
            if is_record and self._open and self._open is not piece and _is_within(element, self._records):
                tag = self._open.tag
                yield Fault(
                    self._open.line, f"not XML: this <{tag}> is not closed before the next begins: repair it", tag
                )
                self._parser = None
            yield Found(element, self._open.line if is_record and self._open and self._parser else piece.line)
            if is_record:
                self._open = None
                _forget(element)
            if self._parser is None:
                return

    def _fault(self, error: _SyntaxError, tag: str = "") -> Fault:
        message = _NOT_FOR_USERS.sub("", (error.msg or "broken").strip())
        message = "bytes that are not UTF-8" if _WRONG_BYTES.search(message) else message
        within = f" in this <{tag}>" if tag in self._records else ""
        return Fault(self._line + error.lineno - 1, f"not XML{within} ({message}): repair it", tag)

    def _scope(self) -> bytes:
        declared = (b" xmlns%s=%s" % item for item in self._namespaces.items())
        return b"".join(
            one for one in declared if _DECLARATION.fullmatch(one)
        )  # a broken one is a fault where it is used

    def _start(self, line: int, scope: bytes) -> None:
        self._parser, self._line = self._new_parser(scope), line

    def _new_parser(self, scope: bytes) -> Any:
        from lxml.etree import XMLPullParser

        parser = XMLPullParser(
            events=("end",), tag=self._wanted, encoding="utf-8", resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True, collect_ids=False,
        )  # fmt: skip
        # the name of a DTD that is never loaded: without it an unknown entity would be an error
        parser.feed(f'<!DOCTYPE {_ROOT} SYSTEM "none"><{_ROOT}'.encode() + scope + b">")
        return parser

    def _stop(self) -> None:
        self._parser, self._open = None, None


def local_name(element: Element) -> str:
    """An element's name without its namespace; "" for an entity."""
    tag = element.tag
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def _is_within(element: Element, names: tuple[str, ...]) -> bool:
    return any(local_name(ancestor) in names for ancestor in element.iterancestors())


def _forget(element: Element) -> None:
    """Free what has been read: the element's content and all before it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent[0] is not element:
        del parent[0]
