"""Read BibTeX and BibLaTeX with abstracts, entry by entry: what reference managers, ACL's anthology and arXiv give."""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.bibtex_entries import Entry, entries
from pipeline.readers.bibtex_text import author_names, date_of, plain_text, unbraced
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.page_values import as_arxiv_id, find_arxiv_id, is_arxiv_id
from pipeline.readers.publication import bare_doi, parts, publication
from pipeline.readers.source import Source
from pipeline.records import Abstract

_BEGINNING = re.compile(
    r"(?:\s|%[^\n]*\n)*@\s*(?:(?:comment|preamble)\b|string\s*[{(]\s*[\w:.+-]+\s*=|[a-z]+\s*[{(]\s*[^\s{},=]*\s*,)",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"^\s*@\s*[a-z]+\s*[{(]\s*[^\s{},=]*\s*,\s*[\w-]+\s*=\s*[{\"\w]", re.IGNORECASE | re.MULTILINE)
_VENUES = ("journal", "journaltitle", "booktitle")
_DATED = ("date", "year", "month", "day")
_ADDRESSES = ("url", "doi", "file", "eprint", "link")  # values in which TeX's signs are plain characters


def read_bibtex(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of a BibTeX file, by citation key; a broken entry is one error that names it and its line."""
    stem = source.stem
    for number, entry in enumerate(entries(source.lines()), 1):
        fallback_id = f"{stem}-{number}"
        if entry.fault:
            what = f"entry {entry.key!r}: {entry.fault}" if entry.key else entry.fault
            yield source.error(what, entry.fault_line, entry.key or fallback_id)
        else:
            yield _abstract(entry, source, options, fallback_id)


def _abstract(entry: Entry, source: Source, options: ReadOptions, fallback_id: str) -> Abstract | RecordError:
    def fail(message: str, record_id: str) -> RecordError:
        named = f"entry {entry.key!r}: " if entry.key else ""
        return source.error(named + message, entry.line, record_id or fallback_id)

    record = record_of(entry)
    return publication(record, source, options, "bibtex", fallback_id, fail)


def record_of(entry: Entry) -> dict[str, Any]:
    """An entry's fields under plain names; those without one keep BibTeX's, as plain text.

    >>> record_of(Entry("misc", "k", 1, {"author": "Doe, Jo", "year": "2021", "eprint": "2110.02932", "note": "{A}"}))
    {'id': 'k', 'type': 'misc', 'authors': ['Jo Doe'], 'date': '2021', 'arxiv_id': '2110.02932', 'note': 'A'}
    """
    fields = dict(entry.fields)
    record: dict[str, Any] = {"id": entry.key, "type": entry.kind}
    if abstract := fields.pop("abstract", ""):
        record["abstract"] = unbraced(abstract).strip()
    for name, people in (("author", "authors"), ("editor", "editors")):
        if name in fields:
            record[people] = author_names(fields.pop(name))
    if date := date_of(fields):
        record["date"] = date
        fields = {name: value for name, value in fields.items() if name not in _DATED}
    if venue := next((name for name in _VENUES if fields.get(name)), ""):
        record["venue"] = plain_text(fields.pop(venue))
    archive = fields.get("archiveprefix", fields.get("eprinttype", "")).lower()
    eprint = fields.get("eprint", "")
    if eprint and (archive == "arxiv" or (not archive and is_arxiv_id(eprint))):
        record["arxiv_id"] = as_arxiv_id(eprint)
        fields = {name: v for name, v in fields.items() if name not in ("eprint", "archiveprefix", "eprinttype")}
    elif arxiv_id := find_arxiv_id(f"{record.get('venue', '')} {fields.get('url', '')}"):
        record["arxiv_id"] = arxiv_id
    if found := [fields.pop(name) for name in ("primaryclass", "eprintclass") if name in fields]:
        record["categories"] = parts(" ".join(found), separators=" ")
    if found := [fields.pop(name) for name in ("keywords", "keyword") if name in fields]:
        record["keywords"] = parts(plain_text("; ".join(found)) if len(found) > 1 else plain_text(found[0]))
    if doi := fields.pop("doi", ""):
        record["doi"] = bare_doi(doi.replace("\\_", "_").replace("{", "").replace("}", ""))
    if language := fields.pop("langid", fields.pop("language", "")) or fields.pop("hyphenation", ""):
        record["language"] = plain_text(language)
    for name, kept in (("copyright", "licence"), ("license", "licence")):
        if name in fields:
            record[kept] = plain_text(fields.pop(name))
    for name, value in fields.items():
        plain = value.replace("\\_", "_").replace("\\%", "%") if name in _ADDRESSES else plain_text(value)
        record.setdefault(name, plain)
    return record


def _recognise(source: Source) -> str:
    found = _BEGINNING.match(source.head) and _ENTRY.search(source.head)
    return "it begins with an entry of BibTeX" if found else ""


BIBTEX = Format("bibtex", read_bibtex, _recognise, suffixes=("bib", "bibtex", "biblatex"))
