"""Read JATS articles: an `<article>` an abstract, alone or many in one file; the body is not read.

Of several abstracts the one without a type counts, in English before other languages; Chinese ones are references.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import is_chinese
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element
from pipeline.readers.xml_record import XmlRecord, date_of, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import child_named, inner_text, language_of, plain_text, text_named
from pipeline.records import Abstract, Reference

_NAME = "jats"
_ROOTS = ("article", "articles", "pmc-articleset", "article-set")
_FIRST = 64 << 10  # characters in which the first article's front begins
_FRONT = re.compile(r"<article[\s>].*?<(?:front|front-stub|article-meta)[\s>]", re.DOTALL)
_ID_NAMES = {"doi": "doi", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid", "arxiv": "arxiv_id"}


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return read_records(source, _NAME, ("article",), _article)


def _article(record: XmlRecord) -> Abstract | RecordError:
    article = record.element
    front = child_named(article, "front")
    details = None if front is None else child_named(front, "article-meta")
    if front is None or details is None:
        return record.fail("an article without front/article-meta: there is no abstract")
    meta = _ids(details)
    named = str(next((meta[name] for name in ("arxiv_id", "doi", "pmid", "pmcid") if name in meta), ""))
    main = language_of(article)
    texts, references, others = [], [], []
    for kind in ("abstract", "trans-abstract"):
        for element in details.iterchildren(f"{{*}}{kind}"):
            text = _abstract_text(element)
            language = language_of(element) or (main if kind == "abstract" else "")
            if is_chinese_tag(language) or is_chinese(text):
                references.append(Reference(text, "publisher"))
            elif element.get("abstract-type"):
                others.append({"type": element.get("abstract-type"), "language": language, "text": text})
            elif text:
                texts.append((text, language))
    text, language = min(texts, key=lambda pair: not is_english_tag(pair[1] or "en"), default=("", ""))
    others += [{"language": tag, "text": other} for other, tag in texts if other != text]
    meta |= {
        "authors": _authors(details),
        "date": _date(details),
        "venue": " ".join(plain_text(found) for found in front.iterfind("{*}journal-meta//{*}journal-title")),
        "licence": _licence(details),
        "categories": [plain_text(found) for found in details.iterfind("{*}article-categories//{*}subject")],
        "keywords": [plain_text(found) for found in details.iterfind("{*}kwd-group/{*}kwd")],
        "language": main,
        "other_abstracts": others,
    }
    if references and not texts:
        return record.fail(f"{named or record.fallback_id}: abstract is in zh, not English", named)
    titles = child_named(details, "title-group")
    title = "" if titles is None else text_named(titles, "article-title")
    return record.abstract(named, title, text, references, meta, language)


def _abstract_text(element: Element) -> str:
    """Its text without the heading "Abstract"."""
    text = inner_text(element)
    return re.sub(r"^(?:abstract|summary|摘要)\s*[:：]\s*", "", text, flags=re.IGNORECASE)


def _ids(details: Element) -> dict[str, Any]:
    return {
        _ID_NAMES[kind]: plain_text(child)
        for child in details.iterchildren("{*}article-id")
        if (kind := child.get("pub-id-type") or "") in _ID_NAMES
    }


def _authors(details: Element) -> list[str]:
    names = []
    for person in details.iterfind("{*}contrib-group/{*}contrib"):
        if person.get("contrib-type") not in (None, "author"):
            continue
        name = next(person.iterfind(".//{*}name"), None)
        parts = [] if name is None else [text_named(name, part) for part in ("given-names", "surname", "suffix")]
        names.append(" ".join(filter(None, parts)) or text_named(person, "collab"))
    return [name for name in names if name]


def _date(details: Element) -> str:
    dates = [
        date_of(*(text_named(date, part) for part in ("year", "month", "day")))
        for date in details.iterchildren("{*}pub-date")
    ]
    return min(filter(None, dates), default="")


def _licence(details: Element) -> str:
    licence = next(details.iterfind("{*}permissions/{*}license"), None)
    if licence is None:
        return ""
    return licence.get("{http://www.w3.org/1999/xlink}href") or plain_text(licence)


def _recognise(source: Source) -> str:
    is_jats = root_name(source.head) in _ROOTS and _FRONT.search(source.head[:_FIRST])
    return "JATS articles" if is_jats else ""


JATS = Format(_NAME, _read, _recognise)
