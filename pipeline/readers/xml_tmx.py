"""Read TMX translation memories: one `<tu>` an abstract (or a segment of one), its English and its Chinese.

Inline codes (`<bpt>`, `<ph>`, ...) hold another program's formatting and are left out; `<hi>` leaves its text.
"""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.units import Part, whole_abstracts
from pipeline.readers.xml import Element
from pipeline.readers.xml_record import XmlRecord, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import inline_text, language_of, plain_text
from pipeline.records import Abstract, Reference

_NAME = "tmx"
_OWN, _ESCAPED = "x-zhaiyi-", "-escaped"  # properties of units that this program wrote
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T\d{6}Z?")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return whole_abstracts(tmx_parts(source), source.meta(_NAME))


def tmx_parts(source: Source) -> Iterator[Part | Abstract | RecordError]:
    """Each unit as an abstract; one that this program wrote as the part of an abstract that it is."""
    return read_records(source, _NAME, ("tu",), lambda record: _part(record) or _unit(record))


def _part(record: XmlRecord) -> Part | None:
    """A unit of ours, which names its abstract and its place."""
    props = dict(map(_own_property, record.element.iterchildren("{*}prop")))
    if not {"abstract", "place"} <= props.keys():
        return None
    texts = {_language(child)[:2]: _segment(child) for child in record.element.iterchildren("{*}tuv")}
    kept = {name.removeprefix("meta-"): value for name, value in props.items() if name.startswith("meta-")}
    gap, status = props.get("gap", ""), props.get("status", "")
    return Part(props["abstract"], props["place"], texts.get("en", ""), texts.get("zh", ""), gap, status, kept)


def _own_property(prop: Element) -> tuple[str, str]:
    name, value = (prop.get("type") or ""), prop.text or ""
    if not name.startswith(_OWN):
        return "", ""
    name = name.removeprefix(_OWN)
    if name.endswith(_ESCAPED):
        return name.removesuffix(_ESCAPED), value.encode("ascii", "ignore").decode("unicode_escape")
    return name, value


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
    return "".join(inline_text(segment) for segment in variant.iterchildren("{*}seg")).strip()


def _date(value: str | None) -> str:
    match = _DATE.fullmatch(value or "")
    return "-".join(match.groups()) if match else ""


def _recognise(source: Source) -> str:
    return "a TMX translation memory" if root_name(source.head) == "tmx" else ""


TMX = Format(_NAME, _read, _recognise, suffixes=("tmx",))
