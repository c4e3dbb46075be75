"""An arXiv reader's page with labelled fields ("Title", "Authors", "Abstract", "Categories", "Published").

A label stands on its own line with its value below, or before its value on one line. Also fits any text that labels
its fields so. Words of an abstract that happen to be labels are told apart by what stands around them.
"""

import re
from typing import Any

from pipeline.readers.page import (
    NOISE,
    Lines,
    PageKind,
    PageRecord,
    inline_abstract,
    join_line,
    join_prose,
    label,
    neighbour,
    stands_apart,
)
from pipeline.readers.page_values import (
    as_arxiv_id,
    dated,
    find_arxiv_id,
    find_doi,
    is_categories,
    iso_date,
    split_categories,
    split_names,
)

_LABELS = {  # as on the page -> field
    "Title": "title",
    "Authors": "authors",
    "Author": "authors",
    "Abstract": "abstract",
    "Categories": "categories",
    "Subjects": "categories",
    "Published": "published",
    "Date": "published",
    "Submitted": "published",
    "Updated": "updated",
    "arXiv Link": "link",
    "ArXiv Link": "link",
    "arXiv ID": "link",
    "arXiv": "link",
    "Link": "link",
    "PDF Link": "pdf",
    "DOI": "doi",
    "Journal": "journal",
    "Journal Ref": "journal",
    "Journal Reference": "journal",
    "License": "license",
    "Licence": "license",
    "Keywords": "keywords",
}
_NAMES = "|".join(re.escape(name) for name in sorted(_LABELS, key=len, reverse=True))
_WITH_COLON = re.compile(rf"(?P<name>{_NAMES})(?:\s*[:：]|\t)\s*(?P<value>.*)", re.IGNORECASE)
_WITH_SPACE = re.compile(rf"(?P<name>{_NAMES})\s+(?P<value>\S.*)")
_BY_LOWER = {name.lower(): field for name, field in _LABELS.items()}
_TABS = {"Paper Info", "Comments", "Similar", "Replies", "Paper Information"}
_OTHER_PAPERS = {"similar papers", "related papers", "recommended papers"}
_MIN_LABELS = 3  # of a page without an abstract, so that it is not taken for plain text


def _recognise(lines: Lines) -> bool:
    found = set(_fields(lines))
    if "abstract" in found or len(found) >= _MIN_LABELS:
        return len(found) >= 2
    found = set(_fields(lines, loose=True))
    return {"title", "abstract"} <= found or len(found) >= _MIN_LABELS + ("abstract" not in found)


def _label(lines: Lines, index: int, inside: str, loose: bool) -> tuple[str, str]:
    """The field that begins at a line and what of its value stands there already; ("", "") if none does."""
    line = lines[index]
    name = label(line)
    if field := _LABELS.get(name) or (_BY_LOWER.get(name.lower()) if name.isupper() else None):
        fits = inside != "abstract" or _fits(field, neighbour(lines, index, 1), stands_apart(lines, index))
        return (field, "") if fits else ("", "")
    if inside != "abstract" and (text := inline_abstract(line)):
        return "abstract", text
    if inside == "abstract" and (is_categories(line) or "-" in iso_date(line)):
        return ("categories" if is_categories(line) else "published"), line  # a value whose label got lost
    if match := _WITH_COLON.match(line):
        field = _BY_LOWER[match["name"].lower()]
        apart = stands_apart(lines, index) and match["name"][0].isupper()
        return (field, match["value"]) if inside != "abstract" or _fits(field, match["value"], apart) else ("", "")
    if match := _WITH_SPACE.match(line):
        field, value = _LABELS[match["name"]], match["value"]
        if field in ("published", "updated") and iso_date(value):
            return field, value
        if (field == "categories" and is_categories(value)) or (field == "link" and find_arxiv_id(value)):
            return field, value
        if loose and inside != "abstract" and field in ("title", "authors", "abstract") and not value[0].islower():
            return field, value
    return "", ""


def _fits(field: str, value: str, apart: bool) -> bool:
    """Whether a label within an abstract ends it: by what its value looks like, else if the label stands apart."""
    if field == "abstract":
        return False
    if value in _LABELS or "-" in iso_date(value):
        return True  # a label whose value is missing, before the next one
    if field in ("published", "updated"):
        return bool(iso_date(value)) or (apart and not value)
    if field == "categories":
        return is_categories(value) or (apart and not value)
    if field in ("link", "pdf", "doi"):
        return apart or "://" in value or bool(find_arxiv_id(value))
    return apart


def _fields(lines: Lines, loose: bool = False) -> dict[str, list[str]]:
    """The lines of each field, the first that has a value; nothing from the lists of other papers.

    `loose` also takes "Title Deep nets" for a label and its value, as some copies have them.
    """
    fields: dict[str, list[str]] = {}
    inside = ""
    for index, line in enumerate(lines):
        if fields and label(line).lower() in _OTHER_PAPERS:
            break
        if NOISE.match(line) or (label(line) in _TABS and (inside != "abstract" or stands_apart(lines, index))):
            inside = ""
            continue
        field, value = _label(lines, index, inside, loose)
        if inside == "title" and value and field not in ("authors", "abstract") and not any(fields["title"]):
            field = ""  # a title such as "Link: learning to ..."
        if field:
            inside = "" if any(fields.get(field, [])) else field
            if inside:
                fields[field] = [value] if value else []
        elif inside:
            fields[inside].append(line)
    return fields


def _first(lines: Lines) -> str:
    return next((line for line in lines if line), "")


def _parse(lines: Lines) -> list[PageRecord]:
    fields = _fields(lines)
    if not any(fields.get("abstract", [])):
        fields = _fields(lines, loose=True)
    text = join_prose(fields.get("abstract", []))
    if not text:
        return []
    link = _first(fields.get("link", [])) or _first(fields.get("pdf", []))
    categories = [line for line in fields.get("categories", []) if is_categories(line)]
    meta: dict[str, Any] = {
        "authors": split_names(", ".join(filter(None, fields.get("authors", [])))),
        "categories": split_categories(join_line(categories) or _first(fields.get("categories", []))),
        **dated(_first(fields.get("published", []))),
        "updated": _first(fields.get("updated", [])),
        "doi": find_doi(_first(fields.get("doi", []))),
        "journal": _first(fields.get("journal", [])),
        "license": _first(fields.get("license", [])),
        "url": link if "://" in link else "",
    }
    page_id = find_arxiv_id(link) or (as_arxiv_id(link) if link and "://" not in link and " " not in link else "")
    meta = {key: value for key, value in meta.items() if value}
    return [PageRecord(text, join_line(fields.get("title", [])), page_id, meta=meta)]


READER = PageKind("page-reader", _recognise, _parse, 'text after the label "Abstract"')
