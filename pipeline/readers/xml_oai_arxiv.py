"""The two forms in which arXiv's own OAI-PMH metadata comes: `arXiv` and `arXivRaw`."""

import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.xml import Element, local_name
from pipeline.readers.xml_record import XmlRecord
from pipeline.readers.xml_text import child_named, inner_text, plain_text, text_named, texts_named
from pipeline.records import Abstract

_NOTED = {  # element -> name in meta, for what both forms have
    "doi": "doi", "journal-ref": "venue", "license": "licence", "comments": "comments", "report-no": "report_number",
    "msc-class": "msc_class", "acm-class": "acm_class", "proxy": "proxy", "submitter": "submitter",
}  # fmt: skip
_NAMES = re.compile(r",\s*(?:and\s+)?|\s+and\s+")


def arxiv_record(record: XmlRecord, header: Mapping[str, Any]) -> Abstract | RecordError:
    """An `arXiv` element: authors by parts of their names, dates of the first and the last version."""
    element = record.element
    authors = [child for group in element.iterchildren("{*}authors") for child in group.iterchildren("{*}author")]
    meta = {
        "authors": [_full_name(author) for author in authors],
        "affiliations": [place for author in authors for place in texts_named(author, "affiliation")],
        "date": text_named(element, "created"),
        "updated": text_named(element, "updated"),
    }
    return _abstract(record, header, meta)


def arxiv_raw_record(record: XmlRecord, header: Mapping[str, Any]) -> Abstract | RecordError:
    """An `arXivRaw` element: authors as one text, all versions with their dates."""
    element = record.element
    versions = [_version(child) for child in element.iterchildren("{*}version")]
    authors = text_named(element, "authors")
    names, has_more = author_names(authors)
    meta = {
        "authors": names,
        "authors_raw": authors if has_more else "",
        "date": versions[0]["date"] if versions else "",
        "updated": versions[-1]["date"] if len(versions) > 1 else "",
        "version": versions[-1]["version"] if versions else "",
        "versions": versions,
    }
    return _abstract(record, header, meta)


def author_names(authors: str) -> tuple[list[str], bool]:
    """The names in a list of authors, and whether it says more than them: affiliations in parentheses.

    >>> author_names("A. Bee (Univ. of X, Y), C. Dee and E. Eff")
    (['A. Bee', 'C. Dee', 'E. Eff'], True)
    """
    outside, depth = [], 0
    for char in authors:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            outside.append(char)
    names = [" ".join(name.split()) for name in _NAMES.split("".join(outside))]
    return [name for name in names if name], "(" in authors


def _abstract(record: XmlRecord, header: Mapping[str, Any], meta: Mapping[str, Any]) -> Abstract | RecordError:
    element = record.element
    identifier = text_named(element, "id")
    noted = {
        _NOTED[name]: text for child in element if (name := local_name(child)) in _NOTED and (text := plain_text(child))
    }
    all_meta = {
        **header,
        "arxiv_id": identifier,
        "categories": text_named(element, "categories").split(),
        **noted,
        **meta,
    }
    text = inner_text(child_named(element, "abstract"))
    named = identifier or str(header.get("oai_identifier", ""))
    return record.abstract(named, text_named(element, "title"), text, (), all_meta)


def _full_name(author: Element) -> str:
    return " ".join(part for name in ("forenames", "keyname", "suffix") if (part := text_named(author, name)))


def _version(element: Element) -> dict[str, str]:
    date = text_named(element, "date")
    with suppress(ValueError):  # else it stays as it is written
        date = parsedate_to_datetime(date).date().isoformat()
    return {"version": element.get("version") or "", "date": date, "size": text_named(element, "size")}
