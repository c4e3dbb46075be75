"""Read XLIFF 2 and 1.2: a unit an abstract, its source and its target; units of ours become whole abstracts again.

Inline codes (`<ph>`, `<x>`, ...) hold another program's formatting and are left out; `<pc>`, `<mrk>` and `<g>` leave
their text.
"""

from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.readers.units import Part, whole_abstracts
from pipeline.readers.xml import Element, local_name
from pipeline.readers.xml_record import XmlRecord, is_chinese_tag, is_english_tag, read_records, root_name
from pipeline.readers.xml_text import inline_text
from pipeline.records import Abstract, Reference

_NAME = "xliff"
_OURS = "zhaiyi"  # the category of what this program notes in the metadata
_DONE = {"final": "ok"}


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    return whole_abstracts(xliff_parts(source), source.meta(_NAME))


def xliff_parts(source: Source) -> Iterator[Part | Abstract | RecordError]:
    """Each unit as an abstract; one that this program wrote as the part of an abstract that it is."""
    files = _Files()
    return read_records(source, _NAME, ("unit", "trans-unit"), lambda record: files.part(record) or _unit(record))


def _ancestor(element: Element, name: str) -> Element | None:
    return next((found for found in element.iterancestors() if local_name(found) == name), None)


def _metadata(element: Element | None) -> dict[str, str]:
    """What this program noted of a file or a unit."""
    if element is None:
        return {}
    groups = (group for found in element.iterchildren("{*}metadata") for group in found.iterchildren("{*}metaGroup"))
    ours = (group for group in groups if group.get("category") == _OURS)
    return {meta.get("type", ""): meta.text or "" for group in ours for meta in group.iterchildren("{*}meta")}


class _Files:
    """What is noted of the file that is being read: its element is freed when its first unit has been."""

    def __init__(self) -> None:
        self._original, self._known = "", dict[str, str]()

    def part(self, record: XmlRecord) -> Part | None:
        """A unit of ours as the part of an abstract that it is."""
        unit = record.element
        file = _ancestor(unit, "file")
        if file is None:
            return None
        original = file.get("original", "")
        if (known := _metadata(file)) or original != self._original:
            self._original, self._known = original, known
        if "system" not in self._known:
            return None
        gap = _metadata(unit).get("gap", "").encode("ascii", "ignore").decode("unicode_escape")
        states = [segment.get("state", "") for segment in unit.iterchildren("{*}segment")]
        status = _DONE.get(states[0] if states else "", "")
        source, target = _text(unit, "source"), _text(unit, "target")
        return Part(original, unit.get("name", ""), source, target, gap, status, self._known)


def _unit(record: XmlRecord) -> Abstract | RecordError:
    unit = record.element
    file, root = _ancestor(unit, "file"), _ancestor(unit, "xliff")
    holders = [found for found in (file, root) if found is not None]
    source_language = _first(holders, "source-language", "srcLang")
    target_language = _first(holders, "target-language", "trgLang")
    original = file.get("original") or file.get("id") if file is not None else ""
    named = "#".join(part for part in (original, unit.get("id")) if part) or record.fallback_id
    if not is_english_tag(source_language) or (target_language and not is_chinese_tag(target_language)):
        languages = f"{source_language or '(no language)'} and {target_language or '(no language)'}"
        return record.fail(f"{named}: it pairs {languages}: English and Chinese are read", named)
    target = _text(unit, "target")
    notes = [text for note in unit.iter("{*}note") if (text := (note.text or "").strip())]
    return record.abstract(
        named, "", _text(unit, "source"), [Reference(target, "xliff")] if target else [], {"notes": notes}
    )


def _first(holders: list[Element], *names: str) -> str:
    return next((value for holder in holders for name in names if (value := holder.get(name))), "")


def _text(unit: Element, side: str) -> str:
    """The text of a side: of all segments of a unit, and of what stands between them."""
    holders = [child for child in unit if local_name(child) in ("segment", "ignorable")] or [unit]
    return "".join(inline_text(one) for holder in holders for one in holder.iterchildren(f"{{*}}{side}")).strip()


def _recognise(source: Source) -> str:
    return "an XLIFF file" if root_name(source.head) == "xliff" else ""


XLIFF = Format(_NAME, _read, _recognise, suffixes=("xlf", "xliff"))
