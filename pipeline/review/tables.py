"""A review as a table for spreadsheets: TSV, or CSV. The person edits the column `corrected`.

Spreadsheets take a cell that begins with "=" for a formula, and "2401.12340" for a number, whose last zero they drop.
Such cells get an apostrophe in front, which is taken away when the file is read back, whoever saved it.
"""

import re
from collections.abc import Iterable, Iterator

from pipeline.errors import InputError, RecordError
from pipeline.publish.forms.tables import line_of
from pipeline.readers.source import Source
from pipeline.readers.table import DELIMITERS, Layout, first_row, table_rows
from pipeline.review.sheet import Answer, Answers, Question, checked_place

COLUMNS = ("id", "place", "english", "chinese", "corrected", "status", "issues", "before", "after")
_NEEDED = COLUMNS[:5]
_APPROVED, _DONE = "ok", "done"
_STATES = {"": False, _DONE: False, _APPROVED: True}
_TAKEN_AMISS = re.compile(
    r"[=+\-@＝＋－＠\t\r\n'].*"  # a formula, also in the wide forms; or what is marked already
    r"|(?=\D*\d)[\d.,:/%eE+\-()$€¥年月日 ]+|true|false"  # a number, a date, a truth value
    r"|(?=\D*\d)(?:\d{1,4}[ ./-]?)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ./-]?[\d, ]*",
    re.IGNORECASE | re.DOTALL,
)


def guarded(text: str) -> str:
    """A cell that a spreadsheet leaves alone; `unguarded` gives the text back.

    >>> guarded("=1+1"), guarded("2401.12340"), guarded("不变")
    ("'=1+1", "'2401.12340", '不变')
    """
    return f"'{text}" if _TAKEN_AMISS.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` gave.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _TAKEN_AMISS.fullmatch(cell, 1) else cell


def write_tsv(questions: Iterable[Question], name: str, script: str) -> Iterator[str]:
    """The lines of a TSV file, with a byte-order mark, by which spreadsheets know UTF-8."""
    return _written(questions, "\t")


def write_csv(questions: Iterable[Question], name: str, script: str) -> Iterator[str]:
    """The same, separated by commas."""
    return _written(questions, ",")


def _written(questions: Iterable[Question], delimiter: str) -> Iterator[str]:
    yield "\ufeff" + line_of(COLUMNS, delimiter)
    for one in questions:
        texts = [guarded(text) for text in (one.english, one.chinese, one.chinese)]
        around = [guarded(text) for text in ("; ".join(one.issues), one.before, one.after)]
        yield line_of([guarded(one.id), one.place, *texts, _DONE if one.done else "", *around], delimiter)


def read_table(source: Source) -> Answers:
    """The answers in an examined table, whatever separates its cells and in whatever order its columns stand.

    Raises `InputError` with the line of a row that cannot be used.
    """
    delimiter, names = _header(source)
    layout = Layout(delimiter, quoted=True, names=names, header=True)
    rows = ((line, row) for line, row in table_rows(source, layout))
    for number, (line, row) in enumerate((line, row) for line, row in rows if isinstance(row, RecordError) or any(row)):
        if isinstance(row, RecordError):
            raise row
        if number:
            yield _answer(row, names, f"{source.label}:{line}", line)


def _header(source: Source) -> tuple[str, tuple[str, ...]]:
    for delimiter in DELIMITERS:
        names = tuple(cell.strip().lstrip("\ufeff").lower() for cell in first_row(source.head, delimiter))
        if set(_NEEDED) <= set(names):
            return delimiter, names
    raise InputError(
        f"{source.label}:1: no first row with {', '.join(_NEEDED)}; take the file that was exported, with its columns"
    )


def _answer(row: list[str], names: tuple[str, ...], where: str, line: int) -> Answer:
    if any(row[len(names) :]):
        raise InputError(f"{where}: {len(row)} cells for {len(names)} columns; quote cells that hold the separator")
    cells = dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=False))
    text = {name: unguarded(cell.replace("\r\n", "\n").replace("\r", "\n")) for name, cell in cells.items()}
    status = text.get("status", "").strip().lower()
    if status not in _STATES:
        raise InputError(f"{where}: status {status!r} is not known; {_APPROVED!r} says that the Chinese is right")
    place = checked_place(text["place"], where)
    return Answer(text["id"], place, text["english"], text["chinese"], text["corrected"].strip(), _STATES[status], line)
