"""Read saved pages, as text, of the kinds in `KINDS`."""

from collections.abc import Iterator
from functools import partial

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.page import Lines, PageKind, page_lines
from pipeline.readers.page_bilingual import BILINGUAL
from pipeline.readers.page_portal import PORTAL
from pipeline.readers.page_preview import PREVIEW
from pipeline.readers.page_reader import READER
from pipeline.readers.source import HEAD, Source, is_empty
from pipeline.records import Abstract

KINDS = (PREVIEW, PORTAL, BILINGUAL, READER)  # the order in which they are tried: what is most telling first


def recognise_page(text: str) -> str:
    """The name of the kind of page that a text is; "" if it is none.

    >>> recognise_page("Title\\nOn nets\\nAbstract\\nWe study nets.\\nPublished\\n2023-08-31")
    'page-reader'
    """
    lines: Lines = page_lines(text)
    return next((kind.name for kind in KINDS if kind.recognise(lines)), "")


def _read_page(kind: PageKind, source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of a page; a page that has none is an error as a whole."""
    records = kind.parse(page_lines(source.text()))
    if all(is_empty(record.text) for record in records):
        raise source.error(f"no abstract on the page, read as {kind.name}: looked for {kind.looked_for}")
    for number, record in enumerate(records, 1):
        fallback_id = source.stem if len(records) == 1 else f"{source.stem}-{number}"
        if not is_empty(record.text):
            meta = {**record.meta, **source.meta(kind.name)}
            yield Abstract(record.id or fallback_id, record.title, record.text, record.references, meta)
        else:
            yield source.error(f"no abstract {number} on the page: looked for {kind.looked_for}", 0, fallback_id)


def _recognise(kind: PageKind, source: Source) -> str:
    found = len(source.head) < HEAD and recognise_page(source.head) == kind.name
    return "its labels are those of this kind of page" if found else ""


PAGES = tuple(Format(kind.name, partial(_read_page, kind), partial(_recognise, kind), whole=True) for kind in KINDS)
