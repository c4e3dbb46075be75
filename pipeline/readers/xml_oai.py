"""Read OAI-PMH answers (ListRecords, GetRecord) and their records without the envelope.

What the metadata of a record is made of stands in `METADATA`, by the name of its element: `dc`, `arXiv`, `arXivRaw`.
Each file of a harvest is read by itself: a `resumptionToken` asks for the next answer, and whether that one is among
the files is not looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element, Fault, elements, local_name
from pipeline.readers.xml_oai_arxiv import arxiv_raw_record, arxiv_record
from pipeline.readers.xml_oai_dc import dc_record
from pipeline.readers.xml_record import XmlRecord, fault_error, root_name
from pipeline.readers.xml_text import child_named, plain_text, text_named, texts_named
from pipeline.records import Abstract

METADATA = {"dc": dc_record, "arXiv": arxiv_record, "arXivRaw": arxiv_raw_record}
_NAME = "oai-pmh"
_ENVELOPE = re.compile(r"<(?:[\w.-]+:)?record[\s/>]")
_BARE = re.compile(r"<(?:[\w.-]+:)?(?:dc|arXiv|arXivRaw)[\s/>]")
_NAMESPACES = re.compile(
    r"openarchives\.org/OAI/2\.0|arxiv\.org/OAI/arXiv|purl\.org/dc/elements|<(?:arXiv|arXivRaw)[\s/>]"
)
_FIRST = 64 << 10  # characters in which the first record begins


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    names = ("record",) if _ENVELOPE.search(source.head) else tuple(METADATA)
    number = 0
    for found in elements(source, names, ("error",)):
        if isinstance(found, Fault):
            number += 1
            yield fault_error(source, found)
        elif local_name(found.element) != "error":
            number += 1
            yield _record(XmlRecord(found.element, source, _NAME, found.line, number))
        elif code := found.element.get("code"):  # of the answer; what is called so in a record has none
            reason = plain_text(found.element) or "no reason given"
            yield source.error(f"the repository answered {code} ({reason}): change the request and get it again")


def _record(record: XmlRecord) -> Abstract | RecordError:
    header = child_named(record.element, "header")
    if header is None:
        return METADATA[name](record, {}) if (name := local_name(record.element)) in METADATA else _in_no_header(record)
    identifier = text_named(header, "identifier")
    if header.get("status") == "deleted":
        return record.fail(f"{identifier}: deleted by the repository: there is no abstract", identifier)
    meta = {
        "oai_identifier": identifier,
        "oai_datestamp": text_named(header, "datestamp"),
        "sets": texts_named(header, "setSpec"),
    }
    metadata = child_named(record.element, "metadata")
    content = _first_element(metadata) if metadata is not None else None
    if content is None:
        return record.fail(f"{identifier}: no metadata in it, so no abstract", identifier)
    return _content(record, content, meta, identifier)


def _in_no_header(record: XmlRecord) -> Abstract | RecordError:
    """A `<record>` of a file that keeps no headers: its metadata, or the element around it, is a child."""
    inner = child_named(record.element, "metadata")
    content = _first_element(record.element if inner is None else inner)
    if content is None:
        return record.fail("an empty record: there is no abstract")
    return _content(record, content, {}, "")


def _content(record: XmlRecord, content: Element, meta: Mapping[str, Any], identifier: str) -> Abstract | RecordError:
    name = local_name(content)
    if name not in METADATA:
        known = ", ".join(METADATA)
        return record.fail(f"{identifier}: metadata in <{name}>: ask for one of {known}".lstrip(": "), identifier)
    return METADATA[name](replace(record, element=content), meta)


def _first_element(parent: Element) -> Element | None:
    return next((child for child in parent if local_name(child)), None)


def _recognise(source: Source) -> str:
    root = root_name(source.head)
    if root == "OAI-PMH":
        return "an OAI-PMH answer"
    start = source.head[:_FIRST]
    if not root or not _NAMESPACES.search(start):
        return ""
    # a saved web page may have Dublin Core in its head, but no element that holds it
    return "records of OAI-PMH" if _BARE.search(start) and root not in ("html", "feed", "rss", "RDF") else ""


OAI_PMH = Format(_NAME, _read, _recognise)
