"""Tables that reference managers and indexes export: which columns they have, and what these are under plain names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.readers.publication import bare_doi, parts, reading_order
from pipeline.readers.ris import date_of


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of table: `marks` are columns that tell it, `names` lead from its columns to plain names.

    Of several columns with the same plain name the first that is filled counts; the others stay as they are.
    """

    name: str
    marks: frozenset[str]
    names: Mapping[str, str]
    name_separator: str = ";"

    def record(self, row: Mapping[str, str]) -> dict[str, Any]:
        """A row under plain names, without what is empty; columns that have none keep theirs."""
        record: dict[str, Any] = {"id": "", "title": "", "abstract": ""}
        for column in (
            *(name for name in self.names if name in row),
            *(name for name in row if name not in self.names),
        ):
            if not (value := row[column]).strip():
                continue
            plain = self.names.get(column, column)
            kept = column if record.get(plain) else plain
            record[kept] = self._value(kept, value)
        if self.name == "zotero" and "tags" in record:
            record["tags"] += record.pop("Automatic Tags", [])
        return record

    def _value(self, name: str, value: str) -> Any:
        if name in ("authors", "editors"):
            return [reading_order(person) for person in parts(value, self.name_separator)]
        if name in ("keywords", "tags", "Automatic Tags", "Index Keywords"):
            return parts(value, ";")
        if name == "date":
            return date_of(value) or value
        return bare_doi(value) if name == "doi" else value


ZOTERO = Export(
    "zotero",
    frozenset(("Key", "Item Type", "Title", "Abstract Note")),
    {
        "Key": "id", "Title": "title", "Abstract Note": "abstract", "Author": "authors", "Editor": "editors",
        "Date": "date", "Publication Title": "venue", "Conference Name": "venue", "DOI": "doi", "Url": "url",
        "Language": "language", "Manual Tags": "tags", "Item Type": "type", "Rights": "licence",
    },
)  # fmt: skip
SCOPUS = Export(
    "scopus",
    frozenset(("Authors", "Title", "Source title", "Abstract", "EID")),
    {
        "EID": "id", "Title": "title", "Abstract": "abstract", "Authors": "authors", "Year": "date", "DOI": "doi",
        "Source title": "venue", "Link": "url", "Author Keywords": "keywords", "Document Type": "type",
        "Language of Original Document": "language",
    },
)  # fmt: skip
WEB_OF_SCIENCE = Export(
    "web of science",
    frozenset(("PT", "AU", "TI", "SO", "AB", "UT")),
    {
        "UT": "id", "TI": "title", "AB": "abstract", "AF": "authors", "AU": "authors", "PY": "date", "DI": "doi",
        "SO": "venue", "LA": "language", "DE": "keywords", "DT": "type",
    },
)  # fmt: skip
EXPORTS = (ZOTERO, SCOPUS, WEB_OF_SCIENCE)


def known_export(columns: Sequence[str]) -> Export | None:
    """The export that a table with these columns is, if it is one of `EXPORTS`.

    >>> known_export(("Key", "Item Type", "Publication Year", "Author", "Title", "Abstract Note")).name
    'zotero'
    """
    return next((export for export in EXPORTS if export.marks.issubset(map(str.strip, columns))), None)
