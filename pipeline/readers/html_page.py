"""The abstracts of an HTML page, found at the most telling place that has them.

In this order: the kinds of `pipeline.readers.pages`, by the labels in the page's text; meta tags and JSON-LD that hold
abstracts; elements named so, or below the heading "Abstract"; the labels of a reader's page; a description, as far as
it is no teaser; the main text of a page that is no paper's. `meta["found_in"]` says which it was.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lxml.html

from pipeline.readers.fields import is_chinese
from pipeline.readers.html_abstract import abstracts
from pipeline.readers.html_meta import CERTAIN, LIKELY, Found, PageMeta, page_meta
from pipeline.readers.html_text import element_text, with_tags, without_marks, without_superscripts
from pipeline.readers.html_tree import parse_html, tidy
from pipeline.readers.page import (
    Lines,
    PageKind,
    PageRecord,
    ends_sentence,
    is_abstract_label,
    join_line,
    join_prose,
    page_lines,
)
from pipeline.readers.page_portal import PORTAL
from pipeline.readers.page_reader import READER
from pipeline.readers.page_values import find_arxiv_id, is_categories
from pipeline.readers.pages import KINDS
from pipeline.readers.source import is_empty
from pipeline.records import Reference

_LOOKED_FOR = (
    'meta tags such as citation_abstract, JSON-LD, elements named "abstract", the heading "Abstract", '
    "and the labels of the known kinds of pages"
)
_SAVED_FROM = re.compile(r"<!--[^>]{0,60}?(?:saved from url=\(\d+\)|url: )(?P<url>https?://\S+)")
_CUT_OFF = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
_CODE = re.compile(r"\(([a-z-]+(?:\.[A-Za-z-]+)?)\)")
_MAX_LINES = 20_000  # of a page whose labels are looked for
_MIN_START = 6  # words by which two texts are known for the same
_MIN_PROSE = 12  # words of a text on the page that goes on where its description is cut off
_MIN_TEASER = 40  # words of a description that is no slogan


def page_records(markup: str) -> list[PageRecord]:
    """The abstracts on a page, in order, each with `meta["found_in"]`; a `ValueError` says why there is none."""
    root = parse_html(markup)
    meta = page_meta(root)
    if saved := _SAVED_FROM.search(markup[:4000]):
        meta.fields.setdefault("url", saved["url"])
    tidy(root)
    body = root.find("body")
    lines = page_lines(element_text(root if body is None else body))
    kind = next((kind for kind in KINDS if kind.recognise(lines)), None) if len(lines) <= _MAX_LINES else None
    if kind and kind is not READER and (records := _by_kind(kind, root, lines, meta)):
        return records
    labelled = _labelled(lines) if kind is READER else None
    if records := _placed(root, lines, meta, labelled):
        return records
    if labelled:
        return [_record(labelled, READER.name, meta)]
    if records := _described(root, lines, meta):
        return records
    no_paper = not (kind or meta.scholarly or any(map(is_abstract_label, lines)))  # nor one whose abstract is missing
    if no_paper and (records := _main_text(root, meta)):
        return records
    read_as = f", read as {kind.name}" if kind else ""
    raise ValueError(f"no abstract on the page{read_as}: looked for {_LOOKED_FOR}")


def _by_kind(kind: PageKind, root: lxml.html.HtmlElement, lines: Lines, meta: PageMeta) -> list[PageRecord]:
    """The records of a page of a kind that its text shows beyond doubt, completed from its meta tags."""
    titles = [element_text(node) for node in root.iter("h1")] if kind is PORTAL else []
    if len(titles) == 1 and titles[0] in lines:
        lines = lines[lines.index(titles[0]) :]  # above it stands the site's navigation
    records = kind.parse(lines)
    if all(is_empty(record.text) for record in records):
        return []
    if len(records) > 1:
        return [_record(record, kind.name, PageMeta()) for record in records]
    certain = next((one for one in meta.abstracts if one.weight == CERTAIN and not is_chinese(one.text)), None)
    if certain and not _CUT_OFF.search(certain.text) and not _begins(certain.text, records[0].text):
        return [_record(replace(records[0], text=certain.text), certain.where, meta)]
    return [_record(records[0], kind.name, meta)]


def _labelled(lines: Lines) -> PageRecord | None:
    return next((record for record in READER.parse(lines) if not is_empty(record.text)), None)


def _placed(root: lxml.html.HtmlElement, lines: Lines, meta: PageMeta, labelled: PageRecord | None) -> list[PageRecord]:
    """The records of what meta tags or elements have for an abstract; Chinese beside English is its reference."""
    placed = abstracts(root)
    found = [one for one in meta.abstracts if one.weight == CERTAIN] + placed
    found += [one for one in meta.abstracts if one.weight == LIKELY and len(one.text.split()) >= _MIN_TEASER]
    english = [one for one in found if not is_chinese(one.text)]
    chinese = list(dict.fromkeys(one.text for one in found if is_chinese(one.text)))
    if not english:
        if chinese:
            raise ValueError("abstract is in zh, not English: nothing to translate")
        return []
    same = [one for one in english if labelled and one.weight < CERTAIN and _agree(labelled.text, one.text)]
    several = [one for one in placed if not is_chinese(one.text)]
    if len(several) > 1 and not meta.scholarly and english[0] in several and not same:
        return [PageRecord(one.text, one.title, one.id, meta={"found_in": one.where}) for one in several]
    chosen = _fullest((same or english)[0], english, lines)
    references = tuple(Reference(text, "page") for text in chinese)
    record = PageRecord(chosen.text, _title(root), references=references, meta=_of_archive(root))
    if labelled and _agree(labelled.text, chosen.text):
        categories = labelled.meta.get("categories", [])
        kept = {key: value for key, value in labelled.meta.items() if key != "categories"}
        kept |= {"categories": categories} if all(map(is_categories, categories)) and categories else {}
        record = PageRecord(
            record.text, record.title or labelled.title, labelled.id, references, {**kept, **record.meta}
        )
        return [_record(record, chosen.where, meta, prefer_meta=True)]
    return [_record(record, chosen.where, meta, prefer_meta=True)]


def _of_archive(root: lxml.html.HtmlElement) -> dict[str, Any]:
    """The fields of an abstract's page on arXiv that its meta tags do not have."""
    subjects = " ".join(node.text_content() for node in root.xpath("//*[contains(@class, 'subjects')]"))
    comments = root.xpath("//td[contains(@class, 'comments')]")
    authors = root.xpath("//div[contains(@class, 'authors')]//a")
    found: dict[str, Any] = {
        "categories": [code for code in dict.fromkeys(_CODE.findall(subjects)) if is_categories(code)],
        "comments": join_line([comments[0].text_content()]) if comments else "",
        "authors": [name for node in authors if (name := join_line([without_superscripts(element_text(node))]))],
    }
    return {key: value for key, value in found.items() if value}


def _title(root: lxml.html.HtmlElement) -> str:
    """What the only heading of the first level says, or the one that is called the title."""
    headings = list(root.iter("h1"))
    named = [node for node in headings if "title" in node.get("class", "").lower()]
    chosen = named[0] if named else headings[0] if len(headings) == 1 else None
    return "" if chosen is None else re.sub(r"^Title:\s*", "", join_line(element_text(chosen).split("\n")))


def _described(root: lxml.html.HtmlElement, lines: Lines, meta: PageMeta) -> list[PageRecord]:
    """The record of a paper's description, if it is of an abstract's length; a slogan or a teaser is none."""
    if not (meta.scholarly or "doi" in meta.fields or "arxiv_id" in meta.fields):
        return []
    full = [_fullest(one, [], lines) for one in meta.abstracts]
    for one, described in zip(full, meta.abstracts, strict=True):
        enough = _MIN_TEASER if one is described else _MIN_PROSE
        if len(one.text.split()) >= enough and not is_chinese(one.text):
            return [_record(PageRecord(one.text, _title(root)), one.where, meta, prefer_meta=True)]
    return []


def _fullest(found: Found, others: Sequence[Found], lines: Lines) -> Found:
    """The longer text of the page that begins with the same words, if what was found is cut off or may be."""
    cut = _CUT_OFF.search(found.text) is not None
    if not cut and found.weight == CERTAIN:
        return found
    start = _CUT_OFF.sub("", found.text)
    longer = [one for one in others if len(one.text) > len(start) and _begins(one.text, start)]
    if longer:
        return longer[0]
    for index, line in enumerate(lines):
        if _begins(line, " ".join(start.split()[: _MIN_START * 2])):
            end = index + 1
            while end < len(lines) and lines[end] and not ends_sentence(lines[end - 1]):
                end += 1
            text = with_tags(join_prose(lines[index:end]))
            if len(text) > len(start) and _begins(text, start):
                return Found(text, f"text that begins as {found.where}", found.weight)
    return Found("", found.where) if cut else found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"</?su[bp]>", "", with_tags(text)).lower())


def _begins(text: str, start: str) -> bool:
    """Whether a text begins with the words of another, whose last word may be cut off."""
    words, of_start = _words(text), _words(start)
    return len(of_start) >= _MIN_START and words[: len(of_start) - 1] == of_start[:-1] and len(words) >= len(of_start)


def _agree(one: str, other: str) -> bool:
    return _begins(one, other) or _begins(other, one)


def _record(record: PageRecord, where: str, meta: PageMeta, prefer_meta: bool = False) -> PageRecord:
    """The record with what the page's meta tags say besides, and with tags only where they belong."""
    own = {key: _unmarked(key, value) for key, value in record.meta.items()}
    fields = {**own, **meta.fields} if prefer_meta else {**meta.fields, **own}
    title = (meta.title if prefer_meta else "") or without_marks(record.title) or meta.title
    page_id = record.id or fields.get("arxiv_id") or fields.get("doi") or find_arxiv_id(fields.get("url", ""))
    references = tuple(Reference(with_tags(one.text), one.origin) for one in record.references)
    return PageRecord(with_tags(record.text), title, page_id, references, {**fields, "found_in": where})


def _unmarked(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(key, one) for one in value]
    if not isinstance(value, str):
        return value
    return without_superscripts(value) if key == "authors" else without_marks(value)


def _main_text(root: lxml.html.HtmlElement, meta: PageMeta) -> list[PageRecord]:
    """What a page that is no paper's is about, without its boilerplate; the last resort."""
    import justext

    markup = lxml.html.tostring(root, encoding="utf-8")
    paragraphs = justext.justext(markup, justext.get_stoplist("English"), encoding="utf-8")
    kept = [one.text for one in paragraphs if not one.is_boilerplate and not one.is_heading]
    text = "\n\n".join(map(join_line, ([one] for one in kept)))
    if len(text.split()) < _MIN_TEASER:
        return []
    record = PageRecord(text, _title(root), meta={"extracted": "main text"})
    return [_record(record, "main text", meta)]
