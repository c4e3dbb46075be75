"""What a page says of its paper in `<meta>` tags and JSON-LD: the abstracts, the title and the other fields."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from lxml import etree

from pipeline.readers.fields import is_chinese
from pipeline.readers.html_text import element_text, with_tags
from pipeline.readers.page import join_line, join_prose, page_lines
from pipeline.readers.page_values import find_arxiv_id, find_doi, iso_date

CERTAIN, LIKELY, WEAK = 2, 1, 0  # is an abstract; is one as a rule; may be a teaser or the site's slogan
_ABSTRACTS = {
    "citation_abstract": CERTAIN,
    "dcterms.abstract": CERTAIN,
    "dc.description.abstract": CERTAIN,
    "bepress_citation_abstract": CERTAIN,
    "eprints.abstract": CERTAIN,
    "dc.description": LIKELY,
    "dcterms.description": LIKELY,
    "og:description": WEAK,
    "twitter:description": WEAK,
    "description": WEAK,
}
_FIELDS = {  # field -> meta names, the most telling first
    "title": ("citation_title", "bepress_citation_title", "dc.title", "dcterms.title", "eprints.title"),
    "authors": (
        "citation_author",
        "bepress_citation_author",
        "citation_authors",
        "dc.creator",
        "dcterms.creator",
        "eprints.creators_name",
    ),
    "doi": ("citation_doi", "bepress_citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier"),
    "arxiv_id": ("citation_arxiv_id",),
    "date": (
        "citation_publication_date",
        "citation_date",
        "citation_online_date",
        "bepress_citation_date",
        "dcterms.issued",
        "dc.date.issued",
        "prism.publicationdate",
        "dc.date",
        "article:published_time",
        "citation_year",
    ),
    "venue": (
        "citation_journal_title",
        "citation_conference_title",
        "citation_conference",
        "citation_inbook_title",
        "citation_book_title",
        "bepress_citation_journal_title",
        "prism.publicationname",
        "dc.source",
    ),
    "volume": ("citation_volume", "prism.volume"),
    "issue": ("citation_issue", "prism.number"),
    "issn": ("citation_issn", "prism.issn"),
    "publisher": ("citation_publisher", "dc.publisher"),
    "licence": ("dcterms.license", "dc.rights", "dcterms.rights"),
    "language": ("citation_language", "dc.language", "dcterms.language"),
    "keywords": ("citation_keywords", "citation_keyword"),
    "url": ("citation_abstract_html_url", "og:url"),
}
_MANY = {"authors", "keywords"}
_PAPERS = re.compile(
    r"(?:Scholarly|Medical|Tech|News)?(?:Scholarly)?Article|Thesis|Report|Chapter|CreativeWork|Dataset"
)
_PARTS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
_TAGGED = re.compile(r"</?(?:jats:)?(?:p|div|br|i|b|em|strong|span|sec|title|italic|bold|h\d|ul|li|a)\b[^<>]*>", re.I)
_MAX_JSON = 4 << 20  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """A text that may be the abstract, where it was found, how sure that place is; its own title and id in a list."""

    text: str
    where: str
    weight: int = CERTAIN
    title: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page says of its paper; `abstracts` in the order of their places' weight."""

    abstracts: tuple[Found, ...] = ()
    title: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    scholarly: bool = False


def page_meta(root: lxml.html.HtmlElement) -> PageMeta:
    """Read the meta tags and the JSON-LD of a page whose scripts are still there."""
    tags: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        name = (tag.get("name") or tag.get("property") or tag.get("itemprop") or "").strip().lower()
        if name and (content := (tag.get("content") or "").strip()):
            tags.setdefault(re.sub(r"^(dc|dcterms|prism|eprints)[:_]", r"\1.", name), []).append(content)
    found = [
        Found(plain_text(content), f"meta {name}", weight)
        for name, weight in _ABSTRACTS.items()
        for content in tags.get(name, [])
    ]
    fields: dict[str, Any] = {}
    for key, names in _FIELDS.items():
        values = next((tags[name] for name in names if name in tags), [])
        if value := _value(key, values):
            fields[key] = value
        chinese = next((value for value in values if key == "title" and is_chinese(value)), "")
        fields |= {"title_zh": chinese} if chinese else {}
    scholarly = any(name.startswith(("citation_", "bepress_citation", "eprints.")) for name in tags)
    for paper in _papers(root):
        scholarly = scholarly or "Article" in str(paper.get("@type"))
        found += _described(paper)
        for key, value in _of_json(paper).items():
            fields.setdefault(key, value)
    for link in root.iter("link"):
        if link.get("href") and (kind := link.get("rel", "").lower()) in ("canonical", "license"):
            fields.setdefault({"canonical": "url", "license": "licence"}[kind], link.get("href"))
    found.sort(key=lambda one: -one.weight)
    if arxiv_id := find_arxiv_id(fields.get("url", "")):
        fields.setdefault("arxiv_id", arxiv_id)
    title = fields.pop("title", "")
    return PageMeta(tuple(one for one in found if one.text), title, fields, scholarly)


def _value(key: str, values: list[str]) -> Any:
    """A field's value from the contents of its meta tags; None if they do not give one."""
    if key in _MANY:
        parts = [part.strip() for value in values for part in re.split(r"\s*;\s*", value)]
        return [reading_order(part) if key == "authors" else part for part in parts if part]
    if key == "doi":
        return next((doi for value in values if (doi := find_doi(value))), None)
    if key == "title":
        return next((join_line([value]) for value in values if not is_chinese(value)), None)
    if key == "date":
        return next((date for value in values if (date := iso_date(value))), None)
    return join_line(values[:1]) or None


def reading_order(name: str) -> str:
    """A person's name in reading order.

    >>> reading_order("Hopkins, Aspen"), reading_order("Serena Booth")
    ('Aspen Hopkins', 'Serena Booth')
    """
    family, comma, given = (part.strip() for part in name.partition(","))
    return f"{given} {family}" if comma and given and "," not in given else name.strip(" ,")


def plain_text(content: str) -> str:
    """The text of a field, whose own mark-up is read as such, if it has any.

    >>> plain_text("<p>We study<br>nets.</p>"), plain_text("for n < 3, we")
    ('We study nets.', 'for n < 3, we')
    """
    if _TAGGED.search(content):
        try:
            content = with_tags(element_text(lxml.html.fragment_fromstring(content, create_parent="div")))
        except (etree.ParserError, ValueError):
            return ""
    return join_prose(page_lines(content))


def _papers(root: lxml.html.HtmlElement) -> Iterator[Mapping[str, Any]]:
    """The JSON-LD objects that can be the page's paper; what is cited or related is not looked at."""
    for script in root.iter("script"):
        if "ld+json" not in script.get("type", "").lower() or not script.text or len(script.text) > _MAX_JSON:
            continue
        try:
            waiting: list[Any] = [json.loads(script.text, strict=False)]
        except (ValueError, RecursionError):
            continue  # broken JSON-LD is common, and the page may say it elsewhere
        while waiting:
            item = waiting.pop(0)
            if isinstance(item, list):
                waiting += item
            elif isinstance(item, Mapping):
                kinds = item.get("@type")
                if any(_PAPERS.fullmatch(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                    yield item
                waiting += [item[part] for part in _PARTS if isinstance(item.get(part), list | Mapping)]


def _described(paper: Mapping[str, Any]) -> list[Found]:
    weights = {"abstract": CERTAIN, "description": LIKELY}
    found = []
    for key, weight in weights.items():
        values = paper.get(key)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, Mapping):
                value = value.get("@value") or value.get("text")
            if isinstance(value, str):
                found.append(Found(plain_text(value), f"JSON-LD {key}", weight))
    return found


def _of_json(paper: Mapping[str, Any]) -> dict[str, Any]:
    """The other fields of a JSON-LD object, under the names of meta."""
    title = paper.get("headline") or paper.get("name")
    identifiers = " ".join(_names(paper.get(key), _identifier) for key in ("identifier", "sameAs", "@id", "url"))
    authors = paper.get("author") or paper.get("creator")
    fields: dict[str, Any] = {
        "title": title if isinstance(title, str) else "",
        "authors": [name for one in (authors if isinstance(authors, list) else [authors]) if (name := _person(one))],
        "doi": find_doi(identifiers),
        "arxiv_id": find_arxiv_id(identifiers),
        "date": iso_date(str(paper.get("datePublished") or paper.get("dateCreated") or "")),
        "venue": _names(paper.get("isPartOf"), _person),
        "licence": _names(paper.get("license"), _identifier),
        "language": _names(paper.get("inLanguage"), _person),
        "url": paper.get("url") if isinstance(paper.get("url"), str) else "",
    }
    return {key: value for key, value in fields.items() if value}


def _names(value: Any, name: Callable[[Any], str]) -> str:
    return " ".join(filter(None, map(name, value))) if isinstance(value, list) else name(value)


def _person(value: Any) -> str:
    """The name of a person or thing in JSON-LD."""
    if isinstance(value, Mapping):
        parts = [value.get("givenName"), value.get("familyName")]
        value = value.get("name") or " ".join(part for part in parts if isinstance(part, str))
    return reading_order(value) if isinstance(value, str) else ""


def _identifier(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("@id") or value.get("url")
    return value if isinstance(value, str) else ""
