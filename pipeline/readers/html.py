"""Read saved HTML pages: of the known kinds, of publishers and archives, and the main text of others.

`pipeline.readers.html_page` finds the abstracts; this module recognises pages and makes records of what was found.
"""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.mhtml import is_mhtml, page_of
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.records import Abstract

_START = re.compile(r"(?:<!--.{0,4000}?-->|<\?xml\b[^>]{0,200}>|\s)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TAG = re.compile(
    r"</?(?P<name>div|p|span|a|li|ul|ol|td|tr|table|h[1-6]|meta|link|script|style|br|section|article|main|img|blockquote)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_MIN_TAGS, _MIN_NAMES = 8, 3  # of a page without its beginning


def recognise_html(source: Source) -> str:
    """Why a source is a page in HTML, "" if it is none; a text with some tags in it is none."""
    head = source.head[: 64 << 10].lstrip("\ufeff \t\r\n")
    if _START.match(head):
        return "it begins as an HTML page does"
    if is_mhtml(head):
        return "it begins as a saved page with its images does"
    if _TAG.match(head):
        names = [match["name"].lower() for match in _TAG.finditer(head[: 16 << 10])]
        if len(names) >= _MIN_TAGS and len(set(names)) >= _MIN_NAMES:
            return "it is full of HTML tags"
    return ""


def _read_html(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of a page; a page that has none is an error as a whole."""
    from pipeline.readers.html_page import page_records  # lxml is slow to import

    markup = page_of(source) if is_mhtml(source.head[:4000]) else source.text()
    try:
        records = page_records(markup)
    except ValueError as error:
        raise source.error(str(error)) from error
    for number, record in enumerate(records, 1):
        fallback_id = source.stem if len(records) == 1 else f"{source.stem}-{number}"
        if record.text:
            meta = {**record.meta, **source.meta("html")}
            yield Abstract(record.id or fallback_id, record.title, record.text, record.references, meta)
        else:
            yield source.error(f"no abstract {number} on the page, read as {record.meta['found_in']}", 0, fallback_id)


# not a `whole` format: mark-up cut into lines or paragraphs is of no use to anyone
HTML = Format("html", _read_html, recognise_html, ("html", "htm", "xhtml", "mhtml", "mht"))
