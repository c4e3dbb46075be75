"""Read the Atom feeds of arXiv's API: one `<entry>` an abstract, its `<summary>`."""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml_record import XmlRecord, read_records, root_name
from pipeline.readers.xml_text import child_named, inner_text, text_named, texts_named
from pipeline.records import Abstract

_ID = re.compile(r"(?:arxiv\.org[/:](?:(?:abs|pdf|html)/)?|^arxiv:)(?P<id>[\w.-]+?(?:/\d+)?)(?P<version>v\d+)?$", re.I)
_FIRST = 64 << 10  # characters in which a feed says where it comes from


def arxiv_id(name: str) -> tuple[str, str]:
    """The arXiv id and version in an address or identifier; empty if it is none of arXiv's.

    >>> arxiv_id("http://arxiv.org/abs/2110.02932v1"), arxiv_id("oai:arXiv.org:hep-th/9901001")
    (('2110.02932', 'v1'), ('hep-th/9901001', ''))
    >>> arxiv_id("https://example.org/2110.02932")
    ('', '')
    """
    match = _ID.search(name.strip())
    return (match["id"], match["version"] or "") if match else ("", "")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return read_records(source, "arxiv-atom", ("entry",), _entry)


def _entry(record: XmlRecord) -> Abstract | RecordError:
    entry = record.element
    name = text_named(entry, "id")
    summary = inner_text(child_named(entry, "summary"))
    if "/api/errors" in name:
        return record.fail(f"arXiv answered with an error ({summary or 'no reason given'}): ask for it again", name)
    identifier, version = arxiv_id(name)
    meta = {
        "arxiv_id": identifier,
        "version": version,
        "authors": [text_named(author, "name") for author in entry.iterchildren("{*}author")],
        "affiliations": [
            place for author in entry.iterchildren("{*}author") for place in texts_named(author, "affiliation")
        ],
        "categories": _categories(entry),
        "date": text_named(entry, "published")[:10],
        "updated": text_named(entry, "updated")[:10],
        "doi": text_named(entry, "doi"),
        "venue": text_named(entry, "journal_ref"),
        "comments": text_named(entry, "comment"),
        **_links(entry),
    }
    return record.abstract(identifier or name, text_named(entry, "title"), summary, (), meta)


def _categories(entry: Any) -> list[str]:
    """The primary one first."""
    primary = [term for child in entry.iterchildren("{*}primary_category") if (term := child.get("term"))]
    others = [term for child in entry.iterchildren("{*}category") if (term := child.get("term"))]
    return list(dict.fromkeys([*primary, *others]))


def _links(entry: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in entry.iterchildren("{*}link"):
        name = "url" if link.get("rel") == "alternate" else link.get("title")
        if name in ("url", "pdf") and link.get("href"):
            found[name] = link.get("href")
    return found


def _recognise(source: Source) -> str:
    if root_name(source.head) != "feed" or "arxiv.org/" not in source.head[:_FIRST]:
        return ""
    return "an Atom feed of arXiv"


ARXIV_ATOM = Format("arxiv-atom", _read, _recognise)
