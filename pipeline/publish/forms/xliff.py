"""XLIFF 2.0 (https://docs.oasis-open.org/xliff/xliff-core/v2.0/xliff-core-v2.0.html): an abstract a `<file>`.

Each unit has one segment; what the checks found stands in its notes, what is known besides in its metadata.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.publish.forms.units import TOOL, About, Unit, fit_for_xml
from pipeline.publish.forms.whole import whole

CORE, METADATA = "urn:oasis:names:tc:xliff:document:2.0", "urn:oasis:names:tc:xliff:metadata:2.0"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
STATES = {"ok": "final", "": "translated"}
"""A reviewer's status -> the state of a segment."""


def write_xliff(units: Iterable[Unit], about: About, path: Path) -> None:
    """Write units as one XLIFF file."""
    from lxml import etree

    names = {None: CORE, "mda": METADATA}
    with whole(path) as file, etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{CORE}}}xliff", version="2.0", srcLang="en", trgLang=about.language, nsmap=names):
            for number, (abstract, found) in enumerate(groupby(units, lambda unit: unit.abstract), 1):
                element = etree.Element(f"{{{CORE}}}file", {"id": f"f{number}", "original": abstract}, nsmap=names)
                rest = list(found)
                properties = {"system": about.system, "tool": f"{TOOL} {about.version}"} | dict(rest[0].properties)
                _metadata(element, {name: value for name, value in properties.items() if value})
                for unit in rest:
                    element.append(_unit(fit_for_xml(unit)))
                xml.write(element, pretty_print=True)


def _unit(unit: Unit) -> Any:
    from lxml import etree

    element = etree.Element(f"{{{CORE}}}unit", id=f"u-{unit.place}", name=unit.place)
    element.set(_SPACE, "preserve")
    given = {"gap": unit.gap.encode("unicode_escape").decode()}
    if unit.review:
        given |= {"by": unit.review.by, "when": unit.review.when, "machine": unit.review.machine}
    _metadata(element, {name: value for name, value in given.items() if value})
    if unit.issues:
        notes = etree.SubElement(element, f"{{{CORE}}}notes")
        for issue in unit.issues:
            etree.SubElement(notes, f"{{{CORE}}}note", category=issue.kind).text = issue.detail or issue.kind
    state = "reviewed" if unit.review else STATES[unit.status]
    segment = etree.SubElement(element, f"{{{CORE}}}segment", state=state)
    etree.SubElement(segment, f"{{{CORE}}}source").text = unit.source
    etree.SubElement(segment, f"{{{CORE}}}target").text = unit.target
    return element


def _metadata(parent: Any, values: dict[str, str]) -> None:
    from lxml import etree

    if not values:
        return
    metadata = etree.SubElement(parent, f"{{{METADATA}}}metadata")
    group = etree.SubElement(metadata, f"{{{METADATA}}}metaGroup", category=TOOL)
    for name, value in values.items():
        etree.SubElement(group, f"{{{METADATA}}}meta", type=name).text = value
