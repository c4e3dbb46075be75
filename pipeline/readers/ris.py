"""Read RIS, which reference managers and publishers' sites export: a tag, two spaces, a dash, a value on each line.

Read here line by line because rispy 0.10 loses records without an end tag, reads all before giving the first, and
joins the paragraphs of an abstract.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.page_values import find_arxiv_id, iso_date
from pipeline.readers.publication import bare_doi, publication, reading_order
from pipeline.readers.source import Source
from pipeline.records import Abstract

MAX_RECORD = 16 << 20  # characters of one record
_TAG = re.compile(r"\s{0,3}([A-Z][A-Z0-9])  -(?: (.*)|\s*)$", re.DOTALL)
_BEGINNING = re.compile(r"\A(?:[^\n]*\n){0,20}?\s{0,3}TY  - ?[A-Z]+[^\n]*\n\s*[A-Z][A-Z0-9]  -", re.ASCII)
_NAMES = {  # tags in the order in which they are preferred -> plain name
    "id": ("ID", "AN"),
    "type": ("TY",),
    "title": ("TI", "T1", "CT", "BT"),
    "abstract": ("AB", "N2"),
    "doi": ("DO",),
    "venue": ("JF", "JO", "T2", "JA", "J2"),
    "language": ("LA",),
    "publisher": ("PB",),
    "issn": ("SN",),
    "volume": ("VL",),
    "issue": ("IS",),
}
_LISTS = {"authors": ("AU", "A1"), "editors": ("ED", "A2"), "keywords": ("KW",), "urls": ("UR", "L1", "L2")}
_DATES = ("DA", "PY", "Y1")


@dataclass(slots=True)
class _Record:
    """A record being read: the values of each tag in order, continued lines joined."""

    line: int
    tags: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0
    last: str = ""

    def add(self, tag: str, value: str) -> None:
        self.size += len(value)
        if self.size <= MAX_RECORD:
            self.tags.setdefault(tag, []).append(value)
        self.last = tag

    def go_on(self, line: str) -> None:
        self.size += len(line)
        if self.last and self.size <= MAX_RECORD:
            self.tags[self.last][-1] += f"\n{line}"


def read_ris(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of an RIS file; a record whose end tag is missing ends where the next begins."""
    stem = source.stem
    number, record = 0, None
    strayed = False
    for line_number, line in enumerate(source.lines(), 1):
        match = _TAG.match(line)
        tag = match[1] if match else ""
        if tag == "TY" or (tag == "ER" and record):
            if record:
                number += 1
                yield _abstract(record, source, options, f"{stem}-{number}")
            record, strayed = (_Record(line_number) if tag == "TY" else None), False
        if record is None:
            if tag and tag != "ER" and not strayed:
                strayed = True
                yield source.error(f"{tag} outside a record: begin each record with TY", line_number)
        elif match:
            record.add(tag, (match[2] or "").strip())
        else:
            record.go_on(line.strip())
    if record:
        yield _abstract(record, source, options, f"{stem}-{number + 1}")


def _abstract(record: _Record, source: Source, options: ReadOptions, fallback_id: str) -> Abstract | RecordError:
    def fail(message: str, record_id: str) -> RecordError:
        return source.error(f"record {record_id or fallback_id}: {message}", record.line, record_id or fallback_id)

    if record.size > MAX_RECORD:
        return fail(f"over {MAX_RECORD >> 20} MiB in one record: end it with ER, or cut the file", "")
    return publication(record_of(record.tags), source, options, "ris", fallback_id, fail)


def record_of(tags: dict[str, list[str]]) -> dict[str, Any]:
    """A record's values under plain names; what has none, or is there twice, stays under its tag.

    >>> record_of({"TY": ["JOUR"], "TI": ["On nets"], "AU": ["Doe, Jo"], "PY": ["2021/03//"], "DO": ["10.1/x"]})
    {'id': '10.1/x', 'type': 'JOUR', 'title': 'On nets', 'doi': '10.1/x', 'authors': ['Jo Doe'], 'date': '2021-03'}
    """
    tags = {tag: [value.strip() for value in values if value.strip()] for tag, values in tags.items()}
    record: dict[str, Any] = {"id": ""}
    for name, known in _NAMES.items():
        if tag := next((tag for tag in known if tags.get(tag)), ""):
            first, *others = tags.pop(tag)
            record[name] = first if name == "abstract" else " ".join(first.split())
            if others and name == "abstract":
                record[name] = "\n\n".join([first, *others])
            elif others:
                tags[tag] = others
            for same in known:
                if tags.get(same) == [first]:
                    del tags[same]
    for name, known in _LISTS.items():
        if values := list(dict.fromkeys(value for tag in known for value in tags.pop(tag, []))):
            record[name] = [" ".join(value.split()) for value in values]
    for name in ("authors", "editors"):
        if name in record:
            record[name] = [reading_order(person) for person in record[name]]
    urls = record.pop("urls", [])
    if arxiv_id := find_arxiv_id(" ".join([record.get("venue", ""), *urls])):
        record["arxiv_id"] = arxiv_id
    if urls:
        record["url"], tags["UR"] = urls[0], urls[1:]
    dates = {tag: date for tag in _DATES for value in tags.get(tag, []) if (date := date_of(value))}
    if dates:
        record["date"] = max(dates.values(), key=len)
        tags = {tag: values for tag, values in tags.items() if tag not in dates}
    if "doi" in record:
        record["doi"] = bare_doi(record["doi"])
    record["id"] = record["id"] or record.get("doi", "")
    return record | {tag: values[0] if len(values) == 1 else values for tag, values in tags.items() if values}


def date_of(value: str) -> str:
    """RIS writes "YYYY/MM/DD/other", with parts left empty; other forms are read where they are clear.

    >>> date_of("2021/03/04/Spring"), date_of("2021/3//"), date_of("2021///"), date_of("Mar 4, 2021")
    ('2021-03-04', '2021-03', '2021', '2021-03-04')
    """
    if match := re.match(r"(\d{4})(?:[/-](\d{1,2})?(?:[/-](\d{1,2})?)?)?(?![\d])", value):
        found = [part for part in match.groups() if part]
        full = iso_date("-".join([*found, "1", "1"][:3]))
        return full[: (4, 7, 10)[len(found) - 1]] or match[1]
    return iso_date(value)


def _recognise(source: Source) -> str:
    return "it has the tags of RIS" if _BEGINNING.match(source.head) else ""


RIS = Format("ris", read_ris, _recognise, suffixes=("ris",))
