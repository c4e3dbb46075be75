"""Read XLIFF 2 and 1.2: a unit an abstract, its source and its target, if that is there for all its segments.

Inline codes (`<ph>`, `<x>`, ...) hold another program's formatting and are left out; `<pc>`, `<mrk>` and `<g>` leave
their text. Units that this program published become whole abstracts again.
"""

import re
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.units import Part, read_properties, whole_abstracts
from pipeline.readers.xml import Element, local_name
from pipeline.readers.xml_record import XmlRecord, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import inline_text
from pipeline.records import Abstract, Reference

_NAME = "xliff"
_OURS = "zhaiyi"  # the category of what this program notes in the metadata, and the prefix of its units' type
_SOURCE, _TARGET = ("source-language", "srcLang"), ("target-language", "trgLang")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    parts = read_records(source, _NAME, ("unit", "trans-unit"), _Files().read, parts=("file",))
    return whole_abstracts(parts, source, source.meta(_NAME))


def _ancestor(element: Element, name: str) -> Element | None:
    return next((found for found in element.iterancestors() if local_name(found) == name), None)


def _metadata(element: Element) -> list[tuple[str, str]]:
    """What this program noted of a file or a unit."""
    groups = (group for found in element.iterchildren("{*}metadata") for group in found.iterchildren("{*}metaGroup"))
    ours = (group for group in groups if group.get("category") == _OURS)
    return [(meta.get("type", ""), inline_text(meta)) for group in ours for meta in group.iterchildren("{*}meta")]


class _Files:
    """The file that is being read, and what is noted of it, which its first unit takes."""

    def __init__(self) -> None:
        self._file: Element | None = None
        self._noted: list[tuple[str, str]] = []

    def read(self, record: XmlRecord) -> Part | Abstract | RecordError:
        """A unit as an abstract; one that this program published as the part of an abstract that it is."""
        file = _ancestor(record.element, "file")
        if file is not None and file is not self._file:
            self._file, self._noted = file, _metadata(file)
        for around in record.element.iterancestors():
            for read in list(around.itersiblings(preceding=True)):  # files and groups: empty, but not nothing
                read.getparent().remove(read)
        if (record.element.get("type") or "").startswith(f"{_OURS}:"):
            return self._part(record, file)
        return _unit(record, file)

    def _part(self, record: XmlRecord, file: Element | None) -> Part | RecordError:
        unit, place = record.element, record.element.get("name", "")
        if file is None:
            return record.fail(f"{place}: which abstract it is of stands in what is broken before it: repair that")
        original, noted, self._noted = file.get("original", ""), self._noted, []
        try:
            properties, gap = read_properties(noted), read_properties(_metadata(unit)).get("gap", "")
        except ValueError as error:
            return record.fail(f"{original}: its metadata were edited ({error}); repair it, or publish it again")
        return Part(original, place, _text(unit, "source"), _text(unit, "target"), record.line, str(gap), properties)


def _unit(record: XmlRecord, file: Element | None) -> Abstract | RecordError:
    unit, root = record.element, _ancestor(record.element, "xliff")
    holders = [found for found in (file, root) if found is not None]
    source_language = _language(holders, _SOURCE, record.source)
    target_language = _language(holders, _TARGET, record.source)
    original = file.get("original") or file.get("id") if file is not None else ""
    named = "#".join(part for part in (original, unit.get("id")) if part) or record.fallback_id
    if not is_english_tag(source_language) or (target_language and not is_chinese_tag(target_language)):
        languages = f"{source_language or '(no language)'} and {target_language or '(no language)'}"
        return record.fail(f"{named}: it pairs {languages}: English and Chinese are read", named)
    whole = all(_text(segment, "target") for segment in unit.iterchildren("{*}segment"))
    target = _text(unit, "target") if whole else ""
    notes = [text for note in unit.iter("{*}note") if (text := (note.text or "").strip())]
    return record.abstract(
        named, "", _text(unit, "source"), [Reference(target, "xliff")] if target else [], {"notes": notes}
    )


def _language(holders: list[Element], names: tuple[str, ...], source: Source) -> str:
    """The language that a file or the root tells; behind what is broken, where neither is known, the first told."""
    if told := next((value for holder in holders for name in names if (value := holder.get(name))), ""):
        return str(told)
    first = re.search(rf"""\s(?:{"|".join(names)})\s*=\s*["']([\w-]*)["']""", source.head)
    return first[1] if first else ""


def _text(unit: Element, side: str) -> str:
    """The text of a side: of all segments of a unit, and of what stands between them."""
    holders = [child for child in unit if local_name(child) in ("segment", "ignorable")] or [unit]
    return "".join(inline_text(one) for holder in holders for one in holder.iterchildren(f"{{*}}{side}")).strip()


def _recognise(source: Source) -> str:
    return "an XLIFF file" if root_name(source.head) == "xliff" else ""


XLIFF = Format(_NAME, _read, _recognise, suffixes=("xlf", "xliff"))
