"""OpenReview's notes, of both versions of its API: `content.abstract`, or `content.abstract.value`."""

from typing import Any

from pipeline.readers.json_values import (
    date_of_milliseconds,
    identity,
    inner,
    meta_of,
    people,
    string,
    strings,
    text_of,
)
from pipeline.records import Abstract

_USED = frozenset(("id", "content", "cdate", "pdate", "tcdate", "tmdate", "mdate", "license"))
_USED_CONTENT = frozenset(("title", "abstract", "authors", "venue"))


def is_openreview(record: dict[str, Any]) -> bool:
    """Whether an object is a note: what was posted to a forum, with its content."""
    return "forum" in record and isinstance(record.get("content"), dict)


def read_openreview(record: dict[str, Any]) -> Abstract | None:
    """The abstract of a submission; None for a note that replies to another, such as a review or a decision.

    >>> read_openreview({"id": "aB1", "forum": "aB1", "cdate": 1601308800000, "content": {
    ...     "title": {"value": "T"}, "abstract": {"value": "We."}, "authors": {"value": ["Jo Doe"]}}})
    Abstract(id='aB1', title='T', text='We.', references=(),
    meta={'authors': ['Jo Doe'], 'date': '2020-09-28', 'url': 'https://openreview.net/forum?id=aB1', 'forum': 'aB1'})
    """
    record_id, forum = identity(record.get("id")), identity(record.get("forum"))
    posted = record.get("content")
    content = {name: _value(field) for name, field in posted.items()} if isinstance(posted, dict) else {}
    if not content.get("abstract") and (record.get("replyto") or (forum and forum != record_id)):
        return None
    text = text_of(content.get("abstract"), "content.abstract", record_id)
    times = (record.get(name) for name in ("pdate", "cdate", "tcdate"))
    rest = {name: value for name, value in content.items() if name not in _USED_CONTENT}
    meta = meta_of(
        record,
        _USED,
        authors=people(content.get("authors")),
        date=date_of_milliseconds(record.get("cdate")) or next(filter(None, map(date_of_milliseconds, times)), ""),
        updated=date_of_milliseconds(record.get("mdate")) or date_of_milliseconds(record.get("tmdate")),
        venue=string(content.get("venue")),
        licence=string(record.get("license")),
        url=f"https://openreview.net/forum?id={forum}" if forum else "",
        keywords=strings(content.get("keywords")),
        content={name: value for name, value in rest.items() if name != "keywords" and value},
    )
    return Abstract(record_id, string(content.get("title")), text, (), meta)


def _value(field: Any) -> Any:
    """What a field of the content holds; the second version puts it under "value"."""
    return inner(field, "value") if isinstance(field, dict) and "value" in field else field
