"""Read EndNote's XML export: `<records>`, each `<record>` with its fields in elements of style."""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element, local_name
from pipeline.readers.xml_record import XmlRecord, in_reading_order, is_declared, read_records, root_name
from pipeline.records import Abstract

_NAME = "endnote-xml"
_FACES = {"italic": "i", "bold": "b", "superscript": "sup", "subscript": "sub", "underline": "u"}
_USED = {  # what has a place of its own; other fields keep their names in meta
    "abstract", "contributors", "titles", "dates", "keywords", "urls", "electronic-resource-num", "language",
    "accession-num", "rec-number", "ref-type", "foreign-keys", "database", "source-app", "periodical",
}  # fmt: skip
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_FIRST = 64 << 10  # characters in which the first record begins
_MARKS = re.compile(
    r"<records?[\s>].*?<(?:ref-type|rec-number|contributors|titles|source-app|database)[\s>]", re.DOTALL
)


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return read_records(source, _NAME, ("record",), _record)


def _record(record: XmlRecord) -> Abstract | RecordError:
    element = record.element
    doi = _DOI.sub("", _line(element.find("electronic-resource-num")))
    accession, number = _line(element.find("accession-num")), _line(element.find("rec-number"))
    kind = element.find("ref-type")
    language = _line(element.find("language"))
    others = {
        name: text for child in element if (name := local_name(child)) and name not in _USED and (text := _line(child))
    }
    meta = {
        **others,
        "authors": [in_reading_order(name) for name in _lines(element, "contributors/authors/author")],
        "keywords": _lines(element, "keywords/keyword"),
        "date": _date(element),
        "doi": doi,
        "venue": _line(element.find("titles/secondary-title")) or _line(element.find("periodical/full-title")),
        "url": next(iter(_lines(element, "urls//url")), ""),
        "accession_number": accession,
        "record_number": number,
        "reference_type": "" if kind is None else kind.get("name") or _line(kind),
        "language": language,
    }
    text = _styled(element.find("abstract"))
    named = doi or accession or number
    return record.abstract(named, _line(element.find("titles/title")), text, (), meta, language)


def _styled(element: Element | None) -> str:
    """The text of a field; faces that carry meaning are kept as tags."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        inner = "".join(child.itertext()) if local_name(child) else child.text
        tags = (
            [_FACES[face] for face in (child.get("face") or "").split() if face in _FACES] if local_name(child) else []
        )
        # a field that is in one face from end to end says nothing by it
        for tag in tags if len(element) > 1 else []:
            inner = f"<{tag}>{inner}</{tag}>"
        parts += [inner, child.tail or ""]
    return "".join(parts).strip()


def _line(element: Element | None) -> str:
    return " ".join(_styled(element).split())


def _lines(element: Element, path: str) -> list[str]:
    return [text for child in element.iterfind(path) if (text := _line(child))]


def _date(element: Element) -> str:
    """The year; the date of publication besides it is written in any way and stands with the other fields."""
    year = _line(element.find("dates/year"))
    return year if re.fullmatch(r"\d{4}", year) else ""


def _recognise(source: Source) -> str:
    start = source.head[:_FIRST]
    if root_name(start) not in ("xml", "records") or not _MARKS.search(start):
        return ""
    return "records of EndNote" if is_declared(start) or root_name(start) == "xml" else ""


ENDNOTE_XML = Format(_NAME, _read, _recognise)
