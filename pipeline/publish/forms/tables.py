"""Plain forms: Moses line pairs, TSV with one abstract a row, JSON lines as a run has them."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.errors import RunError
from pipeline.normalize import repair_title
from pipeline.publish.forms.units import Unit
from pipeline.publish.forms.whole import whole
from pipeline.publish.items import Item
from pipeline.readers.units import TITLE, origin_of

_LINE_ENDS = ("\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
COLUMNS = (
    "id", "title", "title_zh", "abstract", "zh", "reference_source", "categories", "issues", "system", "references_zh",
    "meta",
)  # fmt: skip


def write_moses(units: Iterable[Unit], folder: Path) -> None:
    """Write `corpus.en` and `corpus.zh`, one unit a line, and `corpus.ids` with each line's abstract and place.

    Raises `RunError` for a unit with a line break within it, which the form cannot hold.
    """
    paths = {name: folder / f"corpus.{name}" for name in ("en", "zh", "ids")}
    with whole(paths["en"]) as english, whole(paths["zh"]) as chinese, whole(paths["ids"]) as ids:
        for unit in units:
            source = repair_title(unit.source).text if unit.place == TITLE else unit.source
            for text in (source, unit.target, unit.abstract):
                if any(end in text for end in _LINE_ENDS):
                    raise RunError(f"{unit.name!r}: a line break, which line pairs cannot hold: take another form")
            english.write(f"{source}\n".encode())
            chinese.write(f"{unit.target}\n".encode())
            ids.write(f"{unit.abstract}\t{unit.place}\n".encode())


def write_tsv(items: Iterable[Item], path: Path) -> None:
    """Write a table with a header, one abstract a row; tabs and line breaks within a cell are quoted."""
    with whole(path) as file:
        file.write(line_of(COLUMNS, "\t").encode())
        for item in items:
            issues = "; ".join(f"{issue.kind}: {issue.detail}" for issue in item.issues)
            categories = item.meta.get("categories", ())
            names = categories if isinstance(categories, str) else " ".join(map(str, categories))
            references = json.dumps(item.references, ensure_ascii=False) if item.references else ""
            cells = (
                item.id, item.title, item.title_zh, item.source, item.target, origin_of(item.system), names, issues,
                item.system, references, json.dumps(item.meta, ensure_ascii=False, default=str),
            )  # fmt: skip
            file.write(line_of(cells, "\t").encode())


def line_of(cells: Iterable[str], delimiter: str) -> str:
    """A row of a table as a line; cells that hold a delimiter, a quote or a line end are quoted.

    >>> line_of(["a\\rb", "c d"], ",")
    '"a\\rb",c d\\n'
    """
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)  # by which it knows what to quote
    return line.getvalue().removesuffix("\r\n") + "\n"


def write_jsonl(items: Iterable[Item], path: Path) -> None:
    """Write items as a run's `translations.jsonl` has them."""
    with whole(path) as file:
        for item in items:
            file.write((json.dumps(row_of(item), ensure_ascii=False, default=str) + "\n").encode())


def row_of(item: Item) -> dict[str, Any]:
    """The row of a run that an item is: the inverse of `item_of`."""
    row: dict[str, Any] = {
        "id": item.id, "title": item.title, "title_zh": item.title_zh, "source": item.source, "target": item.target,
        "segments": [
            {"source": one.source, "target": one.target, "issues": [_plain(issue) for issue in one.issues]}
            | ({"raw": one.raw} if one.raw else {})
            | ({"review": _plain(one.review)} if one.review else {})
            for one in item.segments
        ],
    }  # fmt: skip
    if item.title_review:
        row["title_review"] = _plain(item.title_review)
    if item.references:
        row |= {"references": list(item.references), "reference_sources": list(item.origins)}
    if item.normalised:
        row["normalised"] = item.normalised
    if item.removed:
        row["removed"] = list(item.removed)
    return row | {"issues": [_plain(issue) for issue in item.issues], "system": item.system, "meta": item.meta}


def _plain(record: Any) -> dict[str, str]:
    return {name: getattr(record, name) for name in record.__slots__}
