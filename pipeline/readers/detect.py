"""Tell which format a text is in: by its content first, by the file's suffix second."""

import json
import re

from pipeline.readers.fields import ID_NAMES, TEXT_NAMES, TITLE_NAMES, plain
from pipeline.readers.jsonl import is_document
from pipeline.readers.pages import recognise_page
from pipeline.readers.source import HEAD, Source
from pipeline.readers.table import best_delimiter, first_row

_BY_SUFFIX = {"jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl", "csv": "csv", "tsv": "tsv", "tab": "tsv"}
_MAX_HEADER = 1000  # characters of a header; a longer first line is text
_UNREADABLE = (  # (what its beginning looks like, what it is, what to do)
    (
        r"<!doctype html|<html|<\?xml[^>]*>\s*<(?:!doctype )?html|<head\b|<body\b",
        "an HTML page",
        "save the page as text",
    ),
    (r"<\?xml|<feed\b|<rss\b|<OAI-PMH\b|<PubmedArticleSet\b|<[a-z]+:[a-zA-Z]+[ >]", "XML", "export JSON lines or CSV"),
    (r"(?:%[^\n]*\n\s*)*@[a-z]+\s*\{\s*[^\s,{}]+\s*,", "BibTeX", "export JSON lines or CSV"),
    (r"TY  - ", "RIS", "export JSON lines or CSV"),
)
_UNREADABLE_RES = tuple((re.compile(pattern, re.IGNORECASE), what, todo) for pattern, what, todo in _UNREADABLE)


def detect(source: Source, split: str) -> str:
    """The name of the format of an examined source; a `RecordError` for text in a format that is not read.

    A page is looked for only where one file is one abstract, for pages are not cut into lines or paragraphs.
    """
    for pattern, what, todo in _UNREADABLE_RES:
        if pattern.match(source.head.lstrip()[:2000]):
            raise source.error(f"{what}, which cannot be read yet: {todo}, or force a format")
    by_suffix = _BY_SUFFIX.get(source.suffix, "")
    if by_suffix == "jsonl" or _is_json(source.head):
        return "jsonl"
    if table := _table(source.head):
        return by_suffix or table
    if split == "file" and len(source.head) < HEAD and (page := recognise_page(source.head)):
        return page
    return by_suffix or "text"


def _is_json(head: str) -> bool:
    """Whether the first line that is not empty is an object, or begins a document of them."""
    first = head.lstrip().partition("\n")[0]
    if not first.startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(first), dict | list)
    except ValueError:
        return is_document(head) and re.match(r'[\[{]\s*(?:[\[{"\]}]|\Z)', head.lstrip()) is not None
    except RecursionError:
        return True


def _table(head: str) -> str:
    """A table if the first row names a column for the abstract and another known one; else ""."""
    if len(head.lstrip().partition("\n")[0]) > _MAX_HEADER:
        return ""
    delimiter = best_delimiter(head)
    names = {plain(cell) for cell in first_row(head, delimiter)}
    known = [names & set(group) for group in (TEXT_NAMES, (*ID_NAMES, *TITLE_NAMES))]
    return ("tsv" if delimiter == "\t" else "csv") if all(known) else ""
