"""Read the ACL Anthology's XML, a file a collection of volumes: one `<paper>` an abstract, front matter left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element, Fault, elements, local_name
from pipeline.readers.xml_record import XmlRecord, date_of, fault_error, root_name
from pipeline.readers.xml_text import inner_text, plain_text
from pipeline.records import Abstract

_NAME = "acl-anthology"
_SITE = "https://aclanthology.org/"
_MONTH = re.compile(r"[A-Za-z]{3,}|^\d+$")  # "July", "July 5–10", "13 July", "7"
_FIRST = 64 << 10  # characters in which the first volume begins


@dataclass(frozen=True, slots=True)
class _Volume:
    """What all papers of a volume share."""

    collection: str
    name: str
    title: str
    date: str


def paper_id(collection: str, volume: str, paper: str) -> str:
    """The Anthology's id of a paper, as its site gives it; before 2020 it was made of numbers.

    >>> paper_id("2020.acl", "main", "1"), paper_id("P18", "1", "1"), paper_id("W18", "5", "1")
    ('2020.acl-main.1', 'P18-1001', 'W18-0501')
    """
    if collection[:1].isdigit() or not (volume.isdecimal() and paper.isdecimal()):
        return f"{collection}-{volume}.{paper}"
    two_digits = collection[0] == "W" or collection == "C69" or (collection == "D19" and int(volume) >= 5)
    return f"{collection}-{int(volume):02d}{int(paper):02d}" if two_digits else f"{collection}-{volume}{int(paper):03d}"


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    volume: _Volume | None = None
    collection = ""  # behind a fault its start tag is out of sight
    number = 0
    for found in elements(source, ("paper",), ("meta",), ("collection", "volume")):
        if isinstance(found, Fault):
            number += 1
            volume = volume if found.tag == "paper" else None
            yield fault_error(source, found)
        elif local_name(found.element) == "meta":
            volume = _volume(found.element, collection)
            collection = volume.collection
        else:
            number += 1
            yield _paper(XmlRecord(found.element, source, _NAME, found.line, number), volume)


def _volume(meta: Element, before: str) -> _Volume:
    volume = meta.getparent()
    collection = volume.getparent()
    month = _MONTH.search(plain_text(meta.find("month")))
    name = "" if collection is None else collection.get("id") or ""
    return _Volume(
        name or before,
        volume.get("id") or "",
        plain_text(meta.find("booktitle")),
        date_of(plain_text(meta.find("year")), month[0] if month else ""),
    )


def _paper(record: XmlRecord, volume: _Volume | None) -> Abstract | RecordError:
    paper = record.element
    number = paper.get("id") or ""
    url = plain_text(paper.find("url"))
    if volume is not None and volume.collection and volume.name and number:
        identifier = paper_id(volume.collection, volume.name, number)
    elif url and "/" not in url:
        identifier = url  # it is the id, if it is no whole address
    else:
        return record.fail(f"paper {number or '(without an id)'}: the head of its volume cannot be read: repair it")
    language = plain_text(paper.find("language"))
    meta: dict[str, Any] = {
        "authors": [_full_name(author) for author in paper.iterchildren("author")],
        "date": volume.date if volume else "",
        "venue": volume.title if volume else "",
        "doi": plain_text(paper.find("doi")),
        "url": url if "/" in url else f"{_SITE}{identifier}/",
        "pages": plain_text(paper.find("pages")),
        "bibkey": plain_text(paper.find("bibkey")),
        "awards": [plain_text(award) for award in paper.iterchildren("award")],
        "language": language,
    }
    if paper.find("retracted") is not None:
        meta["retracted"] = paper.find("retracted").get("date") or plain_text(paper.find("retracted"))
    title, text = plain_text(paper.find("title")), inner_text(paper.find("abstract"))
    return record.abstract(identifier, title, text, (), meta, language)


def _full_name(author: Element) -> str:
    parts = (plain_text(author.find("first")), plain_text(author.find("last")))
    return " ".join(part for part in parts if part) or plain_text(author)


def _recognise(source: Source) -> str:
    is_collection = root_name(source.head) == "collection" and "<volume" in source.head[:_FIRST]
    return "a collection of the ACL Anthology" if is_collection else ""


ACL_ANTHOLOGY = Format(_NAME, _read, _recognise)
