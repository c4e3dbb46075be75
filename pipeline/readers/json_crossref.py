"""Crossref's works and CSL-JSON's items, which name people and dates alike and hold abstracts as JATS XML."""

from typing import Any

from pipeline.readers.json_values import (
    arxiv_id,
    bare_doi,
    date_of_parts,
    identity,
    inner,
    meta_of,
    objects,
    people,
    require_english,
    string,
    strings,
    text_of,
    without_jats,
)
from pipeline.records import Abstract

_DATES = ("issued", "published", "published-online", "published-print", "posted", "created")
_USED_CROSSREF = frozenset(("DOI", "abstract", "author", "issued", "URL", "subject", "language"))
_USED_CSL = frozenset(("id", "title", "abstract", "author", "issued", "DOI", "URL", "container-title", "language"))
_CSL_TYPES = frozenset(
    ("article", "article-journal", "article-magazine", "article-newspaper", "book", "broadcast", "chapter", "dataset",
     "document", "entry", "manuscript", "paper-conference", "post", "post-weblog", "report", "review", "speech",
     "software", "standard", "thesis", "webpage")
)  # fmt: skip


def is_crossref(record: dict[str, Any]) -> bool:
    """Whether an object is a work of Crossref: its record marks, or a DOI beside a list of titles."""
    return "DOI" in record and ("indexed" in record or "member" in record or isinstance(record.get("title"), list))


def read_crossref(record: dict[str, Any]) -> Abstract:
    """The abstract of a work; the title is the first one, the licence the address of the first one.

    >>> read_crossref({"DOI": "10.1/x", "title": ["T"], "abstract": "<jats:p>We.</jats:p>",
    ...                "issued": {"date-parts": [[2021, 3]]}})
    Abstract(id='10.1/x', title='T', text='We.', references=(), meta={'date': '2021-03', 'doi': '10.1/x'})
    """
    doi = bare_doi(record.get("DOI"))
    require_english(record.get("language"), doi)
    titles, venues = _texts(record.get("title")), _texts(record.get("container-title"))
    licences = [text for licence in objects(record.get("license")) if (text := string(licence.get("URL")))]
    used = set(_USED_CROSSREF)
    used.update(name for name, values in (("title", titles), ("container-title", venues)) if len(values) == 1)
    meta = meta_of(
        record,
        used,
        authors=people(record.get("author")),
        categories=strings(record.get("subject")),
        date=next((date for name in _DATES if (date := date_of_parts(record.get(name)))), ""),
        doi=doi,
        arxiv_id=arxiv_id(doi),
        venue=next(iter(venues), ""),
        licence=next(iter(licences), ""),
        language=string(record.get("language")),
        url=string(record.get("URL")),
    )
    return Abstract(doi, next(iter(titles), ""), _text(record, doi), (), meta)


def is_csl(record: dict[str, Any]) -> bool:
    """Whether an object is an item of CSL-JSON: one of its types, and a date or people in its manner."""
    has_date = isinstance(record.get("issued"), dict)
    has_people = any("family" in one or "literal" in one for one in objects(record.get("author")))
    known = str(record.get("type")) in _CSL_TYPES
    return (known and (has_date or has_people or "citation-key" in record)) or (has_date and has_people)


def read_csl(record: dict[str, Any]) -> Abstract:
    """The abstract of an item; its id is the citation key where it has one.

    >>> read_csl({"id": "doe2021", "type": "article-journal", "title": "T", "abstract": "We.",
    ...           "author": [{"family": "Doe", "given": "Jo"}]}).meta
    {'authors': ['Jo Doe'], 'type': 'article-journal'}
    """
    doi = bare_doi(record.get("DOI"))
    record_id = identity(record.get("citation-key")) or identity(record.get("id")) or doi
    require_english(record.get("language"), record_id)
    issued = record.get("issued")
    date = date_of_parts(issued) or string(inner(issued, "raw")) or string(inner(issued, "literal"))
    url = string(record.get("URL"))
    meta = meta_of(
        record,
        _USED_CSL,
        authors=people(record.get("author")),
        date=date,
        doi=doi,
        arxiv_id=arxiv_id(doi, record.get("number"), url, record.get("note")),
        venue=string(record.get("container-title")),
        language=string(record.get("language")),
        url=url,
    )
    if string(record.get("id")) not in ("", record_id):
        meta["item"] = record["id"]
    return Abstract(record_id, string(record.get("title")), _text(record, record_id), (), meta)


def _text(record: dict[str, Any], record_id: str) -> str:
    value = record.get("abstract")
    return text_of(without_jats(value) if isinstance(value, str) else value, "abstract", record_id)


def _texts(value: Any) -> list[str]:
    """The texts of a field that is a list in the API and a text elsewhere."""
    return [text] if (text := string(value)) else strings(value)
