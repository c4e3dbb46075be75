"""Cut the bytes of an XML file before each start tag of a record, without parsing it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.readers.source import Source

MAX_RECORD = 16 << 20  # bytes from one record's start tag to the next
DECLARATION = "?xml"
_CHUNK = 1 << 20
_TAG = 200  # bytes of a start tag that may be split between two chunks


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes from one start tag to the next; `tag` is its plain name, "" for what stands before the first."""

    tag: str
    line: int
    data: bytes
    too_long: bool = False
    last: bool = False


def pieces(source: Source, tags: tuple[str, ...]) -> Iterator[Piece]:
    """The bytes of a source cut before each start tag and each XML declaration."""
    cut = re.compile(rf"<(?:\w[\w.-]*:)?({'|'.join(tags)}|\?xml)(?=[\s/>])".encode())
    tag, line, rest, too_long = "", 1, b"", False
    skipped = 0  # lines of a record that is too long
    for chunk in _chunks(source):
        data = rest + chunk
        start = 0
        for match in cut.finditer(data, max(len(rest) - _TAG, 1 if rest else 0)):
            piece = data[start : match.start()]
            yield Piece(tag, line, piece, too_long)
            line += piece.count(b"\n") + skipped
            tag, start, too_long, skipped = match[1].decode(), match.start(), False, 0
        rest = data[start:]
        if len(rest) > MAX_RECORD:
            skipped += rest.count(b"\n", 0, -_TAG)
            rest, too_long = rest[-_TAG:], True
    yield Piece(tag, line, rest, too_long, last=True)


def _chunks(source: Source) -> Iterator[bytes]:
    """The text of a source as UTF-8; all that could be had of a damaged archive comes before its error."""
    if source.encoding not in ("utf-8", "utf-8-sig"):
        with source.text_file() as text:
            while characters := text.read(_CHUNK):
                yield characters.encode()
        return
    with source.readable() as file:
        chunk = file.read1(_CHUNK).removeprefix(b"\xef\xbb\xbf")
        try:
            while part := file.read1(_CHUNK):
                chunk += part
                if len(chunk) >= _CHUNK:
                    yield chunk
                    chunk = b""
        except Exception:
            yield chunk
            raise
        yield chunk
