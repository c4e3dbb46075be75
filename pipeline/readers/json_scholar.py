"""Semantic Scholar: its API's papers, the papers and abstracts of its datasets, and the older S2ORC."""

import re
from typing import Any

from pipeline.readers.json_values import (
    Unusable,
    bare_doi,
    identity,
    inner,
    meta_of,
    objects,
    people,
    string,
    strings,
    text_of,
    without_jats,
)
from pipeline.records import Abstract

_USED = frozenset(
    ("title", "abstract", "paperAbstract", "authors", "publicationDate", "publicationdate", "venue", "url", "doi",
     "fieldsOfStudy", "s2FieldsOfStudy", "s2fieldsofstudy", "updated")
)  # fmt: skip
_PAPER_ID = re.compile("[0-9a-f]{40}")
_LISTED = ("citedPaper", "citingPaper")  # where answers about citations keep the paper


def is_scholar(record: dict[str, Any]) -> bool:
    """Whether an object is a paper of Semantic Scholar, from whichever of its sources."""
    return (
        "corpusid" in record
        or "paperAbstract" in record
        or "externalIds" in record
        or any(isinstance(record.get(name), dict) for name in _LISTED)
        or _PAPER_ID.fullmatch(str(record.get("paperId"))) is not None
    )


def read_scholar(record: dict[str, Any]) -> Abstract:
    """The abstract of a paper.

    >>> read_scholar({"corpusid": 7, "openaccessinfo": {"externalids": {"ArXiv": "2110.02932"}}, "abstract": "We ..."})
    Abstract(id='7', title='', text='We ...', references=(), meta={'arxiv_id': '2110.02932', 'corpusid': 7,
    'openaccessinfo': {'externalids': {'ArXiv': '2110.02932'}}})
    """
    if listed := next((record[name] for name in _LISTED if isinstance(record.get(name), dict)), None):
        record = {**{name: value for name, value in record.items() if name not in _LISTED}, **listed}
    id_name = next((name for name in ("paperId", "corpusid", "corpusId", "id") if identity(record.get(name))), "")
    record_id = identity(record.get(id_name))
    access = record.get("openaccessinfo")
    text = _text(record, record_id)
    ids = {name.lower(): identity(value) for name, value in _external(record).items()}
    fields = [*objects(record.get("s2FieldsOfStudy")), *objects(record.get("s2fieldsofstudy"))]
    categories = strings(record.get("fieldsOfStudy")) + [string(one.get("category")) for one in fields]
    meta = meta_of(
        record,
        _USED | ({id_name} - {"corpusid"}),
        authors=people(record.get("authors")),
        categories=list(dict.fromkeys(filter(None, categories))),
        date=next(
            (date for key in ("publicationDate", "publicationdate", "year") if (date := identity(record.get(key)))), ""
        ),
        updated=string(record.get("updated"))[:10],
        doi=bare_doi(record.get("doi")) or ids.get("doi", ""),
        arxiv_id=ids.get("arxiv", ""),
        venue=string(record.get("venue")) or string(inner(record, "journal", "name")),
        licence=string(inner(access, "license")) or string(inner(record, "openAccessPdf", "license")),
        url=string(record.get("url")) or string(inner(access, "url")),
    )
    return Abstract(record_id, string(record.get("title")), text, (), meta)


def _text(record: dict[str, Any], record_id: str) -> str:
    name = "abstract" if record.get("abstract") or "paperAbstract" not in record else "paperAbstract"
    if name not in record and "title" in record and "corpusid" in record:
        raise Unusable("no abstract: this is the papers data set, abstracts are a data set of their own", record_id)
    value = record.get(name)
    return text_of(without_jats(value) if isinstance(value, str) else value, name, record_id)


def _external(record: dict[str, Any]) -> dict[str, Any]:
    """Ids that others gave it, under whichever name they stand."""
    candidates = (
        record.get("externalIds"),
        record.get("externalids"),
        inner(record, "openaccessinfo", "externalids"),
    )
    return next((ids for ids in candidates if isinstance(ids, dict)), {})
