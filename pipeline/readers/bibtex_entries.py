"""Cut BibTeX into entries with their fields, entry by entry, in constant memory.

Written here because no parser at hand reads what is found in the wild: bibtexparser 2.1 takes a missing comma or a `#`
into the value, cuts an entry at a surplus brace without a word and fails on quotes in braces in quotes; pybtex 0.26
gives up the whole file at the first broken entry. Both hold the whole file.

An entry begins with its `@type{key,` at the start of a line; so a broken one costs only itself. What this module does
not do: read TeX in values (`pipeline.readers.bibtex_text`), or inherit fields by `crossref`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

MAX_ENTRY = 16 << 20  # characters of one entry
_START = re.compile(
    r"\s*@(?:(?:string|preamble|comment)\b|[a-z]+\s*(?:\{\s*(?:[^\s{},=\"]*\s*(?:,|=|$)|$)|\(\s*[^\s{}(),=\"]+,\s*$))",
    re.IGNORECASE,
)
_HEAD = re.compile(r"@\s*([A-Za-z]+)\s*([{(])")
_KEY = re.compile(r"\s*([^\s{},=\"]*)(?![^\s{},=\"]|\s*=)\s*,?")
_CUT = re.compile(r"[^@%]*?[,}]\s*[\w-]+\s*=\s*[{\"]")
_FIELD = re.compile(r"(?:[\s,]|%[^\n]*)*(?:([^\s=,{}\"#%()]+)\s*=\s*)?")
_GROUP = r"\{[^{}\\]*(?:\\.[^{}\\]*)*\}"  # braces without others in them
_SIMPLE = re.compile(  # values with braces one deep, which is nearly all; `_closed` reads the others
    rf"\{{([^{{}}\\]*(?:(?:\\.|{_GROUP})[^{{}}\\]*)*)\}}"
    rf'|"([^"{{}}\\]*(?:(?:\\.|{_GROUP})[^"{{}}\\]*)*)"',
    re.DOTALL,
)
_BARE = re.compile(r"[^\s,{}\"#%=()]*")
_JOIN = re.compile(r"\s*#\s*")
_SIGNS = re.compile(r'\\.|[{}"]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is written: `kind` and the names of fields in lower case, values without their outer braces.

    `fault` says what is wrong with it, at `fault_line`; the fields then are those before the fault.
    """

    kind: str
    key: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    fault_line: int = 0


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a BibTeX file, with the names of its `@string`s replaced.

    >>> [entry.fields["title"] for entry in entries(['@string{a="X"}\\n', "@misc{k, title = a # { and } # {Y}}\\n"])]
    ['X and Y']
    """
    strings: dict[str, str] = {}
    for line, chunk in _chunks(lines):
        if len(chunk) > MAX_ENTRY:
            head = _HEAD.search(chunk)
            key = _KEY.match(chunk, head.end()) if head else None
            fault = f"over {MAX_ENTRY >> 20} MiB in one entry: close it, or cut the file"
            yield Entry("", key[1] if key else "", line, {}, fault, line)
            continue
        position = 0
        while head := _head(chunk, position):
            entry, position = parse_entry(chunk, head, strings, line)
            if entry.kind == "string":
                strings |= {name.lower(): value for name, value in entry.fields.items()}
            if entry.kind not in ("string", "preamble", "comment") or (entry.fault and entry.kind == "string"):
                yield entry


def parse_entry(text: str, head: re.Match[str], strings: Mapping[str, str], first_line: int = 1) -> tuple[Entry, int]:
    """The entry that begins at `head` in a text whose first line has the given number, and where it ends."""
    kind, closing = head[1].lower(), "}" if head[2] == "{" else ")"
    line = first_line + text.count("\n", 0, head.start())
    if kind in ("comment", "preamble"):
        end = _closed(text, head.end() - 1) if closing == "}" else text.find(")", head.end()) + 1
        return Entry(kind, "", line), end if end > 0 else len(text)
    key, position = "", head.end()
    if kind != "string" and (match := _KEY.match(text, position)):
        key, position = match[1], match.end()
    fields: dict[str, str] = {}
    try:
        position = _fields(text, position, closing, fields, strings)
    except _Fault as fault:
        what, where = fault.args
        where = head.start() if where < 0 else where
        return Entry(kind, key, line, fields, what, first_line + text.count("\n", 0, where)), len(text)
    return Entry(kind, key, line, fields), position


def first_entry(text: str, kinds: str) -> Entry | None:
    """The first entry of one of the `kinds` (a pattern) anywhere in a text, as far as it is well-formed."""
    head = re.compile(rf"@({kinds})\s*([{{(])", re.IGNORECASE).search(text)
    return parse_entry(text, head, {})[0] if head else None


class _Fault(Exception):
    """(what is wrong, where: -1 for the beginning of the entry)."""


def _chunks(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) from one start of an entry to the next; what is too long is cut."""
    chunk: list[str] = []
    first, size = 1, 0
    for number, line in enumerate(lines, 1):
        if "@" in line and _START.match(line):
            if chunk:
                yield first, "".join(chunk)
            chunk, first, size = [], number, 0
        if size <= MAX_ENTRY:
            chunk.append(line)
            size += len(line)
    if chunk:
        yield first, "".join(chunk)


def _head(text: str, position: int) -> re.Match[str] | None:
    """The next head of an entry that does not stand behind a `%`, which people take for a comment."""
    while head := _HEAD.search(text, position):
        line = text.rfind("\n", 0, head.start()) + 1
        if not text[max(line, position) : head.start()].lstrip().startswith("%"):
            return head
        position = head.end()
    return None


def _fields(text: str, position: int, closing: str, fields: dict[str, str], strings: Mapping[str, str]) -> int:
    """Read fields up to the closing sign into `fields`; where the entry ends. Commas between them may be missing."""
    name = ""
    while match := _FIELD.match(text, position):
        if match[1] is None:
            position = match.end()
            if text.startswith(closing, position):
                if _CUT.match(text, position + 1):
                    raise _Fault(
                        f"closed after field {name!r}, but fields follow: remove the surplus {closing}", position
                    )
                return position + 1
            after = f"after field {name!r}" if name else "in it"
            if position == len(text):
                raise _Fault(f"never closed: put the missing {closing} where it ends", -1)
            found = text[position : position + 30].split("\n")[0]
            raise _Fault(f"{found!r} {after} is no field: check the braces and quotes before it", position)
        name = match[1].lower()
        value, position = _value(text, match.end(), name, strings)
        kept, number = name, 1
        while fields.get(kept, value) != value:  # a field given twice: the first counts, the others stay
            number += 1
            kept = f"{name}_{number}"
        fields[kept] = value
    raise AssertionError("the pattern matches everywhere")


def _value(text: str, position: int, name: str, strings: Mapping[str, str]) -> tuple[str, int]:
    """A value, its parts joined at `#`, and where it ends."""
    parts: list[str] = []
    while True:
        if simple := _SIMPLE.match(text, position):
            parts.append(simple[1] if simple[1] is not None else simple[2])
            end = simple.end()
        elif text.startswith(("{", '"'), position):
            end = _closed(text, position)
            if end < 0:
                raise _Fault(f"field {name!r} is opened here and never closed: close it", position)
            parts.append(text[position + 1 : end - 1])
        else:
            bare = _BARE.match(text, position)
            end = bare.end() if bare else position
            parts.append(strings.get(text[position:end].lower(), text[position:end]))
        if not (join := _JOIN.match(text, end)):
            return "".join(parts), end
        position = join.end()


def _closed(text: str, start: int) -> int:
    """Where what is opened at `start` by a brace or a quote is closed, behind the closing sign; -1 if it never is."""
    quoted = text[start] == '"'
    depth = 0
    for match in _SIGNS.finditer(text, start + quoted):
        sign = match[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0 and not quoted:
                return match.end()
            if depth < 0:
                return -1
        elif sign == '"' and quoted and depth == 0:
            return match.end()
    return -1
