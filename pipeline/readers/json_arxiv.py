"""arXiv's metadata snapshot: one object a paper, with `authors_parsed`, `versions` and `update_date`."""

import re
from typing import Any

from pipeline.readers.json_values import identity, meta_of, string, strings, text_of
from pipeline.records import Abstract

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02d}" for number, name in enumerate(_NAMES, 1)}
_USED = frozenset(
    (
        "id",
        "title",
        "abstract",
        "authors",
        "authors_parsed",
        "categories",
        "update_date",
        "doi",
        "journal-ref",
        "license",
    )
)
_PARAGRAPH = re.compile(
    r"(?<=[.!?:;])\n {2,}(?=\S)"
)  # arXiv's sign for a new paragraph; elsewhere it is a wrapped line
_AUTHORS = re.compile(r",?\s+and\s+|,\s*")


def is_arxiv(record: dict[str, Any]) -> bool:
    """Whether an object is one of the snapshot's."""
    return "authors_parsed" in record or ("update_date" in record and "abstract" in record)


def read_arxiv(record: dict[str, Any]) -> Abstract:
    r"""The abstract of an object of arXiv's snapshot; its date is that of the first version.

    >>> read_arxiv({"id": "0704.0001", "title": "On\n  Nets", "abstract": "  We study\nnets.\n",
    ...             "categories": "cs.LG stat.ML", "versions": [{"created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
    ...             "authors_parsed": [["Doe", "Jo", "Jr."]]}).meta
    {'authors': ['Jo Doe Jr.'], 'categories': ['cs.LG', 'stat.ML'], 'date': '2007-04-02', 'arxiv_id': '0704.0001',
    'versions': [{'created': 'Mon, 2 Apr 2007 19:18:42 GMT'}]}
    """
    record_id = identity(record.get("id"))
    text = text_of(record.get("abstract"), "abstract", record_id)
    if "\n  " in text:
        text = _PARAGRAPH.sub("\n\n", text)
    categories = record.get("categories")
    meta = meta_of(
        record,
        _USED,
        authors=_authors(record),
        categories=categories.split() if isinstance(categories, str) else strings(categories),
        date=_created(record.get("versions")),
        updated=record.get("update_date"),
        arxiv_id=record_id,
        doi=record.get("doi"),
        venue=string(record.get("journal-ref")),
        licence=record.get("license"),
    )
    return Abstract(record_id, string(record.get("title")), text, (), meta)


def _authors(record: dict[str, Any]) -> list[str]:
    """Names in reading order of [family, given, suffix, ...]; else the line of authors, cut."""
    parsed = record.get("authors_parsed")
    if not isinstance(parsed, list) or not parsed:
        return [name for name in _AUTHORS.split(string(record.get("authors"))) if name]
    names = []
    for parts in parsed:
        family, given, suffix = (*parts, "", "", "")[:3] if isinstance(parts, list) else (parts, "", "")
        names.append(" ".join([part for part in (given, family, suffix) if part and isinstance(part, str)]))
    return names


def _created(versions: Any) -> str:
    """The day of the first version, which is given as in a mail's head."""
    try:
        _, day, month, year, *_ = versions[0]["created"].split()
        return f"{year}-{_MONTHS[month]}-{int(day):02d}"
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ""
