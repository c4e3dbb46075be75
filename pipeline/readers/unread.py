"""Refuse formats that are recognised but not read, instead of translating their mark-up."""

import re

from pipeline.readers.source import Source

_UNREADABLE = (  # (what its beginning looks like, what it is, what to do)
    (
        r"<!doctype html|<html|<\?xml[^>]*>\s*<(?:!doctype )?html|<head\b|<body\b",
        "an HTML page",
        "save the page as text",
    ),
    (r"<\?xml|<feed\b|<rss\b|<OAI-PMH\b|<PubmedArticleSet\b|<[a-z]+:[a-zA-Z]+[ >]", "XML", "export JSON lines or CSV"),
)
_UNREADABLE_RES = tuple((re.compile(pattern, re.IGNORECASE), what, todo) for pattern, what, todo in _UNREADABLE)


def refuse_unread(source: Source) -> None:
    """Raise a `RecordError` for text in a format that is not read."""
    for pattern, what, todo in _UNREADABLE_RES:
        if pattern.match(source.head.lstrip()[:2000]):
            raise source.error(f"{what}, which cannot be read yet: {todo}, or force a format")
