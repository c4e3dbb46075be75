"""XLIFF 2.0 (https://docs.oasis-open.org/xliff/xliff-core/v2.0/xliff-core-v2.0.html): an abstract a `<file>`.

Each unit has one segment; what the checks found stands in its notes, what is known besides in its metadata. A character
that XML cannot hold is a `<cp>`.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.publish.forms.units import TOOL, About, Unit, fill, id_for_xml
from pipeline.publish.forms.whole import whole
from pipeline.readers.units import TITLE, shown, written

CORE, METADATA = "urn:oasis:names:tc:xliff:document:2.0", "urn:oasis:names:tc:xliff:metadata:2.0"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def write_xliff(units: Iterable[Unit], about: About, path: Path) -> None:
    """Write units as one XLIFF file."""
    from lxml import etree

    names = {None: CORE, "mda": METADATA}
    with whole(path) as file, etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{CORE}}}xliff", version="2.0", srcLang="en", trgLang=about.language, nsmap=names):
            for number, (abstract, found) in enumerate(groupby(units, lambda unit: unit.abstract), 1):
                known = {"id": f"f{number}", "original": id_for_xml(abstract)}
                element = etree.Element(f"{{{CORE}}}file", known, nsmap=names)
                rest = list(found)
                _metadata(element, {"tool": f"{TOOL} {about.version}", **rest[0].properties})
                for unit in rest:
                    element.append(_unit(unit))
                xml.write(element, pretty_print=True)


def _unit(unit: Unit) -> Any:
    from lxml import etree

    kind = TITLE if unit.place == TITLE else "segment"
    element = etree.Element(f"{{{CORE}}}unit", id=f"u-{unit.place}", name=unit.place, type=f"{TOOL}:{kind}")
    element.set(_SPACE, "preserve")
    given = {"gap": unit.gap} if unit.gap else {}
    if unit.review:
        given |= {"by": unit.review.by, "when": unit.review.when, "machine": unit.review.machine}
    _metadata(element, given)
    if unit.issues:
        notes = etree.SubElement(element, f"{{{CORE}}}notes")
        for issue in unit.issues:
            note = etree.SubElement(notes, f"{{{CORE}}}note", category=issue.kind)
            note.text = shown(issue.detail) or issue.kind
    segment = etree.SubElement(element, f"{{{CORE}}}segment", state="reviewed" if unit.review else "translated")
    for side, text in (("source", unit.source), ("target", unit.target)):
        fill(etree.SubElement(segment, f"{{{CORE}}}{side}"), text, _character)
    return element


def _character(code: str) -> Any:
    from lxml import etree

    return etree.Element(f"{{{CORE}}}cp", hex=code)


def _metadata(parent: Any, values: Mapping[str, Any]) -> None:
    from lxml import etree

    if not values:
        return
    metadata = etree.SubElement(parent, f"{{{METADATA}}}metadata")
    group = etree.SubElement(metadata, f"{{{METADATA}}}metaGroup", category=TOOL)
    for name, value in values.items():
        kind, text = written(name, value)
        etree.SubElement(group, f"{{{METADATA}}}meta", type=kind).text = text
