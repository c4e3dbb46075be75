"""Read TMX translation memories: one `<tu>` an abstract (or a segment of one), its English and its Chinese.

Inline codes (`<bpt>`, `<ph>`, ...) hold another program's formatting and are left out; `<hi>` leaves its text. Units
that this program published become whole abstracts again.
"""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.units import Part, read_properties, whole_abstracts
from pipeline.readers.xml_record import XmlRecord, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import inline_text, plain_text, tmx_variants
from pipeline.records import Abstract, Reference

_NAME = "tmx"
_OWN = "x-zhaiyi-"  # properties of units that this program wrote
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T\d{6}Z?")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    parts = read_records(source, _NAME, ("tu",), lambda record: _part(record) or _unit(record))
    return whole_abstracts(parts, source, source.meta(_NAME))


def _part(record: XmlRecord) -> Part | RecordError | None:
    """A unit that this program published, which names its abstract and its place."""
    found = ((prop.get("type") or "", inline_text(prop)) for prop in record.element.iterchildren("{*}prop"))
    own = [(name.removeprefix(_OWN), value) for name, value in found if name.startswith(_OWN)]
    try:
        props = read_properties(own)
    except ValueError as error:
        return record.fail(f"a property of this unit was edited ({error}); repair it, or publish it again")
    if not {"abstract", "place"} <= props.keys():
        return None
    texts = {language[:2]: text for _, language, text in tmx_variants(record.element)}
    return Part(
        str(props["abstract"]), str(props["place"]), texts.get("en", ""), texts.get("zh", ""), record.line,
        str(props.get("gap", "")), props,
    )  # fmt: skip


def _unit(record: XmlRecord) -> Abstract | RecordError:
    unit = record.element
    variants = [(language, text) for _, language, text in tmx_variants(unit)]
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


def _date(value: str | None) -> str:
    match = _DATE.fullmatch(value or "")
    return "-".join(match.groups()) if match else ""


def _recognise(source: Source) -> str:
    return "a TMX translation memory" if root_name(source.head) == "tmx" else ""


TMX = Format(_NAME, _read, _recognise, suffixes=("tmx",))
