"""Read CSV and TSV: rows streamed through the csv module, with or without a header."""

import csv
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from typing import Literal

from pipeline.errors import RecordError
from pipeline.readers.exports import Export, known_export
from pipeline.readers.fields import ID_NAMES, REFERENCE_NAMES, TEXT_NAMES, TITLE_NAMES, build, is_chinese, plain
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.publication import publication
from pipeline.readers.source import HEAD, MAX_LINE, Source, broken
from pipeline.records import Abstract

DELIMITERS = (",", "\t", ";", "|")
_KNOWN = frozenset((*ID_NAMES, *TEXT_NAMES, *TITLE_NAMES, *REFERENCE_NAMES))
_PROBE_ROWS = 50  # rows that delimiter, quoting and columns are judged by
_MAX_NAME = 40  # characters of a column's name
_MAX_HEADER = 1000  # characters of a header; a longer first line is text
_MAX_EXPORT_HEADER = 8000  # characters of a header that is known as a whole
_MIN_PROSE = 100  # characters above which a cell is an abstract rather than a name


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: its columns, whether its first row gives them, and whose export it is if it is one."""

    delimiter: str
    quoted: bool
    names: tuple[str, ...]
    header: bool
    export: Export | None = None


def read_csv(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """Abstracts of a table whose delimiter is found out: comma, tab, semicolon or bar."""
    yield from _read(source, options, "csv", best_delimiter(source.head))


def read_tsv(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """Abstracts of a table with tabs, where quotes may be quoting (as spreadsheets write) or just signs."""
    yield from _read(source, options, "tsv", "\t")


def best_delimiter(head: str) -> str:
    """The delimiter with which the first rows look most like a table.

    >>> best_delimiter("id;abstract\\n1;We study a, b and c.\\n")
    ';'
    """

    def merit(delimiter: str) -> tuple[bool, float, int]:
        rows = _probe(head, delimiter, quoted=True)
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows) / len(rows) if width > 1 else 0.0
        known = width > 1 and (has_known_header(rows[0]) or known_export(rows[0]) is not None)
        return known, same, width

    return max(DELIMITERS, key=merit)


def first_row(head: str, delimiter: str) -> list[str]:
    """The cells of the first row that is not empty."""
    return next(iter(_probe(head, delimiter, quoted=True)), [])


def has_known_header(first: Sequence[str]) -> bool:
    """Whether a first row names a column that is known to hold abstracts."""
    return all(len(cell) <= _MAX_NAME for cell in first) and any(plain(cell) in TEXT_NAMES for cell in first)


def _read(source: Source, options: ReadOptions, name: str, delimiter: str) -> Iterator[Abstract | RecordError]:
    layout = _layout(source, options, delimiter)
    wanted_fields = (options.id_field, options.text_field, options.title_field)
    id_field, text_field, title_field = (_column(layout, wanted) for wanted in wanted_fields)
    options = replace(options, id_field=id_field, text_field=text_field, title_field=title_field)
    for wanted in (id_field, text_field, title_field):
        if wanted and wanted not in layout.names:
            raise source.error(f"no column {wanted!r}: it has {', '.join(layout.names)}")
    number = 0
    for line, row in table_rows(source, layout):
        if isinstance(row, RecordError):
            yield row
            continue
        if not any(row):
            continue
        number += 1
        if number == 1 and layout.header:
            continue
        yield _abstract(row, layout, source, options, name, line, number - layout.header)


def table_rows(source: Source, layout: Layout) -> Iterator[tuple[int, list[str] | RecordError]]:
    """(first line, row); a row that is not well quoted is an error, and reading goes on at the next line."""
    lines = _RowLines(source.lines(newline=""))
    with closing(lines.lines):
        reader = csv.reader(lines, delimiter=layout.delimiter, quoting=_quoting(layout.quoted), strict=True)
        while True:
            line, lines.length = lines.number + 1, 0
            try:
                yield line, next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                what = "a quote is opened here and never closed" if "end of data" in str(error) else str(error)
                yield line, source.error(f"not a row of a table ({what}): double the quotes inside a cell", line)


class _RowLines:
    """The lines of a table for the csv module, which would put together a row of any length."""

    def __init__(self, lines: Generator[str, None, None]) -> None:
        self.lines, self.length, self.number = lines, 0, 0

    def __iter__(self) -> "_RowLines":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.number += 1
        self.length += len(line)
        if self.length > MAX_LINE:
            raise csv.Error(f"a row over {MAX_LINE >> 20} MiB")
        return line


def _abstract(
    row: list[str], layout: Layout, source: Source, options: ReadOptions, name: str, line: int, number: int
) -> Abstract | RecordError:
    fallback_id = f"{source.stem}-{number}"

    def fail(message: str, record_id: str) -> RecordError:
        return source.error(message, line, record_id or fallback_id)

    width = len(layout.names)
    if any(row[width:]):
        return fail(f"{len(row)} cells for {width} columns: quote the cells that hold {layout.delimiter!r}", "")
    if any(broken(cell) for cell in row):
        return fail("bytes that are not UTF-8: repair the line or save the file as UTF-8", "")
    cells: dict[str, str] = dict(zip(layout.names, [*row, *[""] * (width - len(row))], strict=False))
    if layout.export and not options.text_field:
        return publication(layout.export.record(cells), source, options, name, fallback_id, fail)
    return build(cells, source.meta(name), options, fallback_id, fail)


def _layout(source: Source, options: ReadOptions, delimiter: str) -> Layout:
    """Quoting, header and columns, judged by the first rows; an error where no column can be the abstract."""
    quoted = delimiter != "\t" or _tabs_are_quoted(source.head)
    rows = _probe(source.head, delimiter, quoted)
    first = rows[0] if rows else []
    wanted = options.text_field
    if has_known_header(first) or known_export(first) or (wanted and wanted in first):
        return Layout(delimiter, quoted, _unique(first), header=True, export=known_export(first))
    longest = [max((len(row[i]) for row in rows[1:] if i < len(row)), default=0) for i in range(len(first))]
    names_like = all(0 < len(cell) <= _MAX_NAME and not cell.endswith((".", "。")) for cell in first)
    known = sum(plain(cell) in _KNOWN for cell in first)
    if options.text_optional and known > 1:
        return Layout(delimiter, quoted, _unique(first), header=True)
    if names_like and len(set(first)) == len(first) and (known or max(longest, default=0) >= _MIN_PROSE):
        if wanted.isdecimal():
            return Layout(delimiter, quoted, _unique(first), header=True)
        raise source.error(f"no column is known as the abstract: name the one that is (it has {', '.join(first)})", 1)
    return Layout(delimiter, quoted, _guess_names(rows, wanted), header=False)


def _guess_names(rows: Sequence[Sequence[str]], wanted: str) -> tuple[str, ...]:
    """Names for the columns of a table without a header, by what stands in them; else their numbers."""
    width = max((len(row) for row in rows), default=1)
    columns = [[row[i] for row in rows if i < len(row)] for i in range(width)]
    names = [str(number) for number in range(1, width + 1)]
    chinese = [sum(map(is_chinese, column)) * 2 > len(column) for column in columns]
    length = [sum(map(len, column)) / max(len(column), 1) for column in columns]
    english = [i for i in range(width) if not chinese[i]]
    if wanted.isdecimal() or not english:
        return tuple(names)
    if len(english) == 1 and width == 2 and _are_ids(columns[english[0]]):  # references by id
        return ("id", "reference") if chinese[1] else ("reference", "id")
    text = max(english, key=lambda i: sum(len(cell.split()) for cell in columns[i]))
    names[text] = "text"
    if len(zh := [i for i in range(width) if chinese[i]]) == 1:
        names[zh[0]] = "reference"
    for i in english:
        if names[i] == str(i + 1) and _are_ids(columns[i]):
            names[i] = "id"
            break
    titles = [i for i in english if names[i] == str(i + 1) and length[i] >= 15 and all(" " in c for c in columns[i])]
    if len(titles) == 1:
        names[titles[0]] = "title"
    return tuple(names)


def _are_ids(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and not any(" " in cell or not cell for cell in cells)


def _column(layout: Layout, wanted: str) -> str:
    """The name of a column that a user may have given by its number from 1."""
    if wanted.isdecimal() and wanted not in layout.names and 1 <= int(wanted) <= len(layout.names):
        return layout.names[int(wanted) - 1]
    return wanted


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Column names, a repeated one with its column's number."""
    stripped = [name.strip() for name in names]
    return tuple(f"{n}_{i}" if n in stripped[: i - 1] else n for i, n in enumerate(stripped, 1))


def _quoting(quoted: bool) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE


def _probe(head: str, delimiter: str, quoted: bool) -> list[list[str]]:
    """The first rows, read leniently."""
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(StringIO(head, newline=""), delimiter=delimiter, quoting=_quoting(quoted))
    rows: list[list[str]] = []
    try:
        for row in reader:
            if any(row):
                rows.append(row)
            if len(rows) == _PROBE_ROWS:
                break
    except csv.Error:
        pass  # what is wrong with a row is told when the row is read
    return rows


def _tabs_are_quoted(head: str) -> bool:
    """Whether cells that begin with a quote are quoted: all well-formed, and one of them in need of it.

    Without that a cell such as `"Why?" she asked` would swallow lines.
    """
    rows: list[list[str]] = []
    try:
        rows += csv.reader(StringIO(head, newline=""), delimiter="\t", strict=True)
    except csv.Error as error:
        if len(head) < HEAD or "end of data" not in str(error):  # else the head was cut inside a cell
            return False
    raw = [line.rstrip("\r\n").split("\t") for line in StringIO(head, newline="")]
    needed = any(sign in cell for row in rows for cell in row for sign in '\t\n\r"')
    cells = [cell for row in raw for cell in row if cell]
    return bool(cells) and (needed or all(cell.startswith('"') for cell in cells)) and rows != raw


def _table(head: str) -> str:
    """A table if the first row names a column for the abstract and another known one; else ""."""
    line = head.lstrip().partition("\n")[0]
    delimiter = "\t" if "\t" in line else ","
    if len(line) <= _MAX_EXPORT_HEADER and known_export(first_row(line, delimiter)):
        return "tsv" if delimiter == "\t" else "csv"
    if len(line) > _MAX_HEADER:
        return ""
    delimiter = best_delimiter(head)
    names = {plain(cell) for cell in first_row(head, delimiter)}
    known = [names & set(group) for group in (TEXT_NAMES, (*ID_NAMES, *TITLE_NAMES))]
    return ("tsv" if delimiter == "\t" else "csv") if all(known) else ""


def _recognise(name: str, source: Source) -> str:
    return "its first row names an abstract and more" if _table(source.head) == name else ""


CSV = Format("csv", read_csv, partial(_recognise, "csv"), suffixes=("csv",))
TSV = Format("tsv", read_tsv, partial(_recognise, "tsv"), suffixes=("tsv", "tab"))
