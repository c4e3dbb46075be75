"""Dublin Core, in which every OAI-PMH repository gives its metadata: all elements may stand any number of times."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import is_chinese
from pipeline.readers.xml import Element
from pipeline.readers.xml_arxiv import arxiv_id
from pipeline.readers.xml_record import XmlRecord, in_reading_order, is_chinese_tag, is_english_tag
from pipeline.readers.xml_text import inner_text, language_of, text_named, texts_named
from pipeline.records import Abstract, Reference

_COMMENT = re.compile(r"(?:comments?|notes?):\s*(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*|^)(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


def dc_record(record: XmlRecord, header: Mapping[str, Any]) -> Abstract | RecordError:
    """A `dc` element. The abstract is the first description that is neither a comment nor Chinese, English before all.

    Chinese descriptions are references of it; other descriptions are comments.
    """
    element = record.element
    descriptions = [
        (text, language_of(child)) for child in element.iterchildren("{*}description") if (text := inner_text(child))
    ]
    comments = [_COMMENT.sub(r"\g<text>", text) for text, _ in descriptions if _COMMENT.match(text)]
    texts = [(text, tag) for text, tag in descriptions if not _COMMENT.match(text)]
    chinese = [(text, tag) for text, tag in texts if is_chinese_tag(tag) or is_chinese(text)]
    others = [pair for pair in texts if pair not in chinese]
    # one that is said to be English first, then one of which nothing is said
    text, tag = min(others, key=lambda pair: 0 if is_english_tag(pair[1]) else 2 if pair[1] else 1, default=("", ""))
    comments += [other for other, _ in others if other != text]
    languages = texts_named(element, "language")
    titles = texts_named(element, "title")
    title = next((known for known in titles if not is_chinese(known)), next(iter(titles), ""))
    identifier, meta = _identifiers(element)
    meta |= {
        "authors": [in_reading_order(name) for name in texts_named(element, "creator")],
        "contributors": [in_reading_order(name) for name in texts_named(element, "contributor")],
        "categories": texts_named(element, "subject"),
        **_dates(element),
        "publisher": text_named(element, "publisher"),
        "venue": text_named(element, "source"),
        "licence": text_named(element, "rights"),
        "language": ", ".join(languages),
        "type": texts_named(element, "type"),
        "comments": "\n".join(" ".join(comment.split()) for comment in comments),
        "other_titles": [other for other in titles if other != title],
    }
    named = identifier or str(header.get("oai_identifier", "")) or next(iter(texts_named(element, "identifier")), "")
    if chinese and not others:
        return record.fail(f"{named or record.fallback_id}: abstract is in zh, not English", named)
    language = tag or ("" if any(map(is_english_tag, languages)) else ", ".join(languages))
    references = [Reference(reference, "publisher") for reference, _ in chinese]
    return record.abstract(named, title, text, references, {**header, **meta}, language)


def _identifiers(element: Element) -> tuple[str, dict[str, Any]]:
    """The id to go by (arXiv's, else a DOI) and all that was found, under their names in meta."""
    meta: dict[str, Any] = {}
    rest: list[str] = []
    for name in texts_named(element, "identifier"):
        known, version = arxiv_id(name)
        if known:
            meta |= {"arxiv_id": known, "version": version}
        elif doi := _DOI.search(name):
            meta.setdefault("doi", doi["doi"])
        elif "url" in meta or not name.startswith(("http://", "https://")):
            rest.append(name)
        if name.startswith(("http://", "https://")) and "doi.org/" not in name:
            meta.setdefault("url", name)
    meta["identifiers"] = rest
    return meta.get("arxiv_id") or meta.get("doi") or "", meta


def _dates(element: Element) -> dict[str, str]:
    """The first date and the last, by the calendar; times of the day are left out."""
    dates = sorted(match[0] for text in texts_named(element, "date") if (match := _DATE.match(text)))
    return {"date": dates[0] if dates else "", "updated": dates[-1] if len(set(dates)) > 1 else ""}
