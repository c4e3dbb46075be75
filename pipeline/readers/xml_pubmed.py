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
                yield source.error(f"{pmid}: deleted by PubMed: there is no abstract", found.line, pmid)
        else:
            number += 1
            yield _article(XmlRecord(found.element, source, _NAME, found.line, number))


def _article(record: XmlRecord) -> Abstract | RecordError:
    citation = record.element.find("MedlineCitation")
    article = None if citation is None else citation.find("Article")
    if citation is None:
        citation = article = record.element.find("BookDocument")
    if citation is None or article is None:
        return record.fail("an article with neither MedlineCitation/Article nor BookDocument: there is no abstract")
    pmid = plain_text(citation.find("PMID"))
    languages = [plain_text(child) for child in article.iterfind("Language")]
    title = plain_text(article.find("ArticleTitle"))
    if title.startswith("[") and title.rstrip(".").endswith("]") and languages[:1] != ["eng"]:
        title = title.rstrip(".")[1:-1]  # brackets say that the title is a translation
    abstract = article.find("Abstract")
    references, others = _other_abstracts(citation, article)
    meta = {
        "pmid": pmid,
        **_article_ids(record.element, article),
        "authors": _authors(article),
        "categories": _texts(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
        "keywords": _texts(citation, "KeywordList/Keyword"),
        "publication_types": _texts(article, "PublicationTypeList/PublicationType"),
        "date": _date(article),
        **_journal(article),
        "language": ", ".join(languages),
        "vernacular_title": plain_text(article.find("VernacularTitle")),
        "copyright": "" if abstract is None else plain_text(abstract.find("CopyrightInformation")),
        "other_abstracts": others,
    }
    return record.abstract(pmid, title, "" if abstract is None else _parts(abstract), references, meta)


def _parts(abstract: Element) -> str:
    """The parts of an abstract as paragraphs, with their labels."""
    paragraphs = []
    for part in abstract.iterchildren("AbstractText"):
        if text := inner_text(part):
            label = part.get("Label", "").strip()
            paragraphs.append(text if label.upper() in _NO_LABEL else f"{label.rstrip(':')}: {text}")
    return "\n\n".join(paragraphs)


def _other_abstracts(citation: Element, article: Element) -> tuple[list[Reference], list[dict[str, str]]]:
    """Chinese abstracts as references, and those in other languages or for other readers as they are."""
    references, others = [], []
    for abstract in (*citation.iterchildren("OtherAbstract"), *article.iterchildren("OtherAbstract")):
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
    ids = {child.get("IdType"): plain_text(child) for child in element.iterfind("PubmedData/ArticleIdList/ArticleId")}
    dois = [
        plain_text(child) for child in article.iterfind("ELocationID[@EIdType='doi']") if child.get("ValidYN") != "N"
    ]
    return {"doi": dois[0] if dois else ids.get("doi", ""), "pmcid": ids.get("pmc", "")}


def _authors(article: Element) -> list[str]:
    names = []
    for author in article.iterfind("AuthorList/Author"):
        parts = (
            author.findtext("ForeName") or author.findtext("Initials"),
            author.findtext("LastName"),
            author.findtext("Suffix"),
        )
        names.append(" ".join(part.strip() for part in parts if part) or plain_text(author.find("CollectiveName")))
    return [name for name in names if name]


def _journal(article: Element) -> dict[str, Any]:
    issue = article.find("Journal/JournalIssue")
    return {
        "venue": plain_text(article.find("Journal/Title")) or plain_text(article.find("Book/BookTitle")),
        "volume": "" if issue is None else plain_text(issue.find("Volume")),
        "issue": "" if issue is None else plain_text(issue.find("Issue")),
        "pages": plain_text(article.find("Pagination/MedlinePgn")),
    }


def _date(article: Element) -> str:
    """When it was published: in the journal's issue, else on the web, to the day, the month or the year."""
    for path in ("Journal/JournalIssue/PubDate", "ArticleDate", "Book/PubDate"):
        date = article.find(path)
        if date is None:
            continue
        parts = [date.findtext(name) or "" for name in ("Year", "Month", "Day")]
        if not parts[0] and (match := _MEDLINE_DATE.match(date.findtext("MedlineDate") or "")):
            parts = [match[name] or "" for name in ("year", "month", "day")]
        if found := date_of(*parts):
            return found
    return ""


def _texts(element: Element, path: str) -> list[str]:
    return [text for child in element.iterfind(path) if (text := plain_text(child))]


def _recognise(source: Source) -> str:
    root = root_name(source.head)
    return f"its root element is <{root}>" if root in ("PubmedArticleSet", "PubmedBookArticleSet", *_RECORDS) else ""


PUBMED = Format(_NAME, _read, _recognise)
