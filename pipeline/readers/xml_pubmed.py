"""Read PubMed's XML: `PubmedArticleSet`, as its files and its interface give it, and single articles of it.

Labelled parts of an abstract become paragraphs "LABEL: text". A Chinese `OtherAbstract` is a reference.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import is_chinese
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element, Fault, elements, local_name
from pipeline.readers.xml_record import XmlRecord, date_of, fault_error, is_chinese_tag, root_name
from pipeline.readers.xml_text import inner_text, plain_text
from pipeline.records import Abstract, Reference

_NAME = "pubmed"
_RECORDS = ("PubmedArticle", "PubmedBookArticle")
_NO_LABEL = ("", "UNLABELLED", "UNLABELED", "UNASSIGNED")
_MEDLINE_DATE = re.compile(r"(?P<year>\d{4})(?:\s+(?P<month>[A-Z][a-z]{2}))?(?:\s+(?P<day>\d{1,2})(?!\d))?")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    number = 0
    for found in elements(source, _RECORDS, ("DeleteCitation",)):
        if isinstance(found, Fault):
            number += 1
            yield fault_error(source, found)
        elif local_name(found.element) == "DeleteCitation":
            for deleted in found.element.iterchildren("PMID"):
                pmid = plain_text(deleted)
                yield source.error(f"{pmid}: deleted by PubMed: there is no abstract", 0, pmid)
        else:
            number += 1
            yield _article(XmlRecord(found.element, source, _NAME, found.line, number))


def _article(record: XmlRecord) -> Abstract | RecordError:
    citation = record.element.find("MedlineCitation")
    outer = _children(record.element.find("BookDocument") if citation is None else citation)
    article = outer.get("Article") if citation is not None else record.element.find("BookDocument")
    if article is None:
        return record.fail("an article with neither MedlineCitation/Article nor BookDocument: there is no abstract")
    fields = _children(article)
    pmid = plain_text(outer.get("PMID"))
    languages = [plain_text(child) for child in article.iterchildren("Language")]
    title = plain_text(fields.get("ArticleTitle"))
    if title.startswith("[") and title.rstrip(".").endswith("]") and languages[:1] != ["eng"]:
        title = title.rstrip(".")[1:-1]  # brackets say that the title is a translation
    abstract = fields.get("Abstract")
    has_others = "OtherAbstract" in outer or "OtherAbstract" in fields
    references, others = _other_abstracts(record.element) if has_others else ([], [])
    meta = {
        "pmid": pmid,
        **_article_ids(record.element, article),
        "authors": _authors(fields.get("AuthorList")),
        "categories": _texts(outer.get("MeshHeadingList"), "DescriptorName"),
        "keywords": _texts(outer.get("KeywordList"), "Keyword"),
        "publication_types": _texts(fields.get("PublicationTypeList"), "PublicationType"),
        **_journal(fields),
        "language": ", ".join(languages),
        "vernacular_title": plain_text(fields.get("VernacularTitle")),
        "copyright": "" if abstract is None else plain_text(abstract.find("CopyrightInformation")),
        "other_abstracts": others,
    }
    return record.abstract(pmid, title, "" if abstract is None else _parts(abstract), references, meta)


def _children(element: Element | None) -> dict[str, Element]:
    """The first child of each name: looking for each by itself costs more than parsing them all."""
    return {} if element is None else {child.tag: child for child in element.iterchildren(reversed=True)}


def _parts(abstract: Element) -> str:
    """The parts of an abstract as paragraphs, with their labels."""
    paragraphs = []
    for part in abstract.iterchildren("AbstractText"):
        if text := inner_text(part):
            label = part.get("Label", "").strip()
            mark = ": " if label.isascii() else "："
            paragraphs.append(text if label.upper() in _NO_LABEL else f"{label.rstrip(':：')}{mark}{text}")
    return "\n\n".join(paragraphs)


def _other_abstracts(element: Element) -> tuple[list[Reference], list[dict[str, str]]]:
    """Chinese abstracts as references, and those in other languages or for other readers as they are."""
    references, others = [], []
    for abstract in element.iter("OtherAbstract"):
        if not (text := _parts(abstract)):
            continue
        language = abstract.get("Language", "")
        if is_chinese(text) and (is_chinese_tag(language) or not language):
            references.append(Reference(text, "publisher"))
        else:
            others.append({"language": language, "type": abstract.get("Type", ""), "text": text})
    return references, others


def _article_ids(element: Element, article: Element) -> dict[str, str]:
    """Its DOI and its id in PubMed Central; those of the works it cites stand elsewhere."""
    listed = element.find("PubmedData/ArticleIdList")
    ids = {} if listed is None else {child.get("IdType"): plain_text(child) for child in listed}
    locations = article.iterchildren("ELocationID")
    dois = [plain_text(place) for place in locations if place.get("EIdType") == "doi" and place.get("ValidYN") != "N"]
    return {"doi": dois[0] if dois else ids.get("doi", ""), "pmcid": ids.get("pmc", "")}


def _authors(listed: Element | None) -> list[str]:
    names = []
    for author in () if listed is None else listed.iterchildren("Author"):
        parts = {part.tag: part for part in author}
        given = parts.get("ForeName", parts.get("Initials"))
        family = parts.get("LastName", parts.get("CollectiveName"))
        name = f"{plain_text(given)} {plain_text(family)}".strip()
        names.append(f"{name} {plain_text(parts['Suffix'])}" if "Suffix" in parts else name)
    return [name for name in names if name]


def _journal(fields: dict[str, Element]) -> dict[str, Any]:
    """Where and when it was published: on the day, in the month or the year of the issue, else on the web."""
    journal, book = fields.get("Journal"), fields.get("Book")
    issue = None if journal is None else journal.find("JournalIssue")
    parts = {} if issue is None else {child.tag: child for child in issue}
    dates = [parts.get("PubDate"), fields.get("ArticleDate"), None if book is None else book.find("PubDate")]
    pages = fields.get("Pagination")
    return {
        "date": next((found for date in dates if date is not None and (found := _date(date))), ""),
        "venue": plain_text(journal.find("Title")) if journal is not None else _book_title(book),
        "volume": plain_text(parts.get("Volume")),
        "issue": plain_text(parts.get("Issue")),
        "pages": "" if pages is None else plain_text(pages.find("MedlinePgn")),
    }


def _book_title(book: Element | None) -> str:
    return "" if book is None else plain_text(book.find("BookTitle"))


def _date(element: Element) -> str:
    parts = {part.tag: plain_text(part) for part in element}
    if match := _MEDLINE_DATE.match(parts.get("MedlineDate", "")):
        return date_of(match["year"], match["month"] or "", match["day"] or "")
    return date_of(parts.get("Year", ""), parts.get("Month", ""), parts.get("Day", ""))


def _texts(listed: Element | None, name: str) -> list[str]:
    return [] if listed is None else [text for child in listed.iter(name) if (text := plain_text(child))]


def _recognise(source: Source) -> str:
    root = root_name(source.head)
    return f"its root element is <{root}>" if root in ("PubmedArticleSet", "PubmedBookArticleSet", *_RECORDS) else ""


PUBMED = Format(_NAME, _read, _recognise)
