"""Read TMX translation memories: one `<tu>` an abstract (or a segment of one), its English and its Chinese.

Inline codes (`<bpt>`, `<ph>`, ...) hold another program's formatting and are left out; `<hi>` leaves its text.
"""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.xml import Element, local_name
from pipeline.readers.xml_record import XmlRecord, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import language_of, plain_text
from pipeline.records import Abstract, Reference

_NAME = "tmx"
_CODES = ("bpt", "ept", "ph", "it", "ut")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T\d{6}Z?")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return read_records(source, _NAME, ("tu",), _unit)


def _unit(record: XmlRecord) -> Abstract | RecordError:
    unit = record.element
    variants = [(_language(child), _segment(child)) for child in unit.iterchildren("{*}tuv")]
    english = [text for language, text in variants if is_english_tag(language)]
    chinese = [text for language, text in variants if is_chinese_tag(language) and text]
    others = [language or "(no language)" for language, _ in variants if not _is_read(language)]
    named = unit.get("tuid") or record.fallback_id
    if not english or (others and not chinese):
        languages = ", ".join(language or "(no language)" for language, _ in variants) or "nothing"
        return record.fail(f"{named}: it pairs {languages}: English and Chinese are read", named)
    meta = {
        "date": _date(unit.get("creationdate")),
        "updated": _date(unit.get("changedate")),
        "creator": unit.get("creationid"),
        "notes": [text for child in unit.iterchildren("{*}note") if (text := plain_text(child))],
        "props": {child.get("type", ""): plain_text(child) for child in unit.iterchildren("{*}prop")},
        "other_languages": others,
    }
    return record.abstract(named, "", english[0], [Reference(text, "tmx") for text in chinese], meta)


def _is_read(language: str) -> bool:
    return is_english_tag(language) or is_chinese_tag(language)


def _language(variant: Element) -> str:
    """`xml:lang`, or `lang` as it was before TMX 1.4."""
    return language_of(variant) or (variant.get("lang") or "").strip().lower()


def _segment(variant: Element) -> str:
    segment = next(variant.iterchildren("{*}seg"), None)
    if segment is None:
        return ""
    if not len(segment):
        return (segment.text or "").strip()
    parts: list[str] = []
    _collect(segment, parts)
    return "".join(parts).strip()


def _collect(element: Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        name = local_name(child)
        if not name:
            parts.append(child.text)  # an entity that XML does not know, as it is written
        elif name not in _CODES:
            _collect(child, parts)
        parts.append(child.tail or "")


def _date(value: str | None) -> str:
    match = _DATE.fullmatch(value or "")
    return "-".join(match.groups()) if match else ""


def _recognise(source: Source) -> str:
    return "a TMX translation memory" if root_name(source.head) == "tmx" else ""


TMX = Format(_NAME, _read, _recognise, suffixes=("tmx",))
