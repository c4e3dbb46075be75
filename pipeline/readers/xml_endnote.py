"""Read EndNote's XML export: `<records>`, each `<record>` with its fields in elements of style."""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element
from pipeline.readers.xml_record import XmlRecord, in_reading_order, is_declared, read_records, root_name
from pipeline.records import Abstract

_NAME = "endnote-xml"
_FACES = {"italic": "i", "bold": "b", "superscript": "sup", "subscript": "sub", "underline": "u"}
_NESTED = ("contributors", "titles", "dates", "keywords", "urls", "foreign-keys", "periodical", "abstract", "ref-type")
_USED = ("electronic-resource-num", "accession-num", "rec-number", "language", "database", "source-app")
_YEAR = re.compile(r"\d{4}")
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_FIRST = 64 << 10  # characters in which the first record begins
_MARKS = re.compile(
    r"<records?[\s>].*?<(?:ref-type|rec-number|contributors|titles|source-app|database)[\s>]", re.DOTALL
)


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return read_records(source, _NAME, ("record",), _record)


def _record(record: XmlRecord) -> Abstract | RecordError:
    fields = {child.tag: child for child in record.element.iterchildren(reversed=True)}  # the first of each name
    lines = {name: text for name, child in fields.items() if name not in _NESTED and (text := _line(child))}
    doi = _DOI.sub("", lines.get("electronic-resource-num", ""))
    kind = fields.get("ref-type")
    titles, language = _children(fields.get("titles")), lines.get("language", "")
    year = _line(_children(fields.get("dates")).get("year"))
    people = _children(fields.get("contributors"))
    periodical = _children(fields.get("periodical"))
    meta = {
        **{name: text for name, text in lines.items() if name not in _USED},
        "authors": [in_reading_order(name) for name in _lines(people.get("authors"), "author")],
        "editors": [in_reading_order(name) for name in _lines(people.get("secondary-authors"), "author")],
        "keywords": _lines(fields.get("keywords"), "keyword"),
        "date" if _YEAR.fullmatch(year) else "year": year,
        "doi": doi,
        "venue": _line(titles.get("secondary-title")) or _line(periodical.get("full-title")),
        "url": next(iter(_lines(fields.get("urls"), "url")), ""),
        "accession_number": lines.get("accession-num"),
        "record_number": lines.get("rec-number"),
        "reference_type": "" if kind is None else kind.get("name") or _line(kind),
        "language": language,
    }
    named = doi or lines.get("accession-num") or lines.get("rec-number", "")
    return record.abstract(named, _line(titles.get("title")), _styled(fields.get("abstract")), (), meta, language)


def _styled(element: Element | None) -> str:
    """The text of a field; faces that carry meaning are kept as tags, but for a field in one face throughout."""
    if element is None:
        return ""
    children = list(element)
    if not children:
        return (element.text or "").strip()
    if len(children) == 1 and isinstance(children[0].tag, str) and not len(children[0]):
        only = children[0]
        return f"{element.text or ''}{only.text or ''}{only.tail or ''}".strip()
    parts = [element.text or ""]
    for child in children:
        inner = _run(child)
        for face in (child.get("face") or "").split() if isinstance(child.tag, str) else ():
            if tag := _FACES.get(face):
                inner = f"<{tag}>{inner}</{tag}>"
        parts += [inner, child.tail or ""]
    return "".join(parts).strip()


def _run(child: Element) -> str:
    """The text of a run in one face; an entity that XML does not know stays as it is written."""
    if not isinstance(child.tag, str) or not len(child):
        return child.text or ""
    return (child.text or "") + "".join(_run(inner) + (inner.tail or "") for inner in child)


def _line(element: Element | None) -> str:
    return " ".join(_styled(element).split())


def _lines(listed: Element | None, name: str) -> list[str]:
    return [] if listed is None else [text for child in listed.iter(name) if (text := _line(child))]


def _children(element: Element | None) -> dict[str, Element]:
    return {} if element is None else {child.tag: child for child in element}


def _recognise(source: Source) -> str:
    start = source.head[:_FIRST]
    if root_name(start) not in ("xml", "records") or not _MARKS.search(start):
        return ""
    return "records of EndNote" if is_declared(start) or root_name(start) == "xml" else ""


ENDNOTE_XML = Format(_NAME, _read, _recognise)
