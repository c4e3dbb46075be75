"""TMX 1.4b (https://www.gala-global.org/tmx-14b): a unit a `<tu>`, with its abstract and place as properties.

A character that XML cannot hold is a `<ph>` with its code.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.publish.forms.units import TOOL, About, Unit, fill, id_for_xml
from pipeline.publish.forms.whole import whole
from pipeline.readers.units import shown, written
from pipeline.readers.xml_text import CHARACTER

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write_tmx(units: Iterable[Unit], about: About, path: Path) -> None:
    """Write units as one TMX file."""
    from lxml import etree

    header = {
        "creationtool": TOOL, "creationtoolversion": about.version, "segtype": "sentence", "o-tmf": TOOL,
        "adminlang": "en", "srclang": "en", "datatype": "plaintext", **_dated("creationdate", about.created),
    }  # fmt: skip
    with whole(path) as file, etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            head = etree.Element("header", header)
            _prop(head, "title", about.title)
            _prop(head, "system", about.system)
            xml.write(head, pretty_print=True)
            with xml.element("body"):
                for unit in units:
                    xml.write(_element(unit, about.language), pretty_print=True)


def _element(unit: Unit, language: str) -> Any:
    from lxml import etree

    known = {"tuid": id_for_xml(f"{unit.abstract}#{unit.place}")}
    if unit.review:
        known |= {"changeid": shown(unit.review.by), **_dated("changedate", unit.review.when)}
    element = etree.Element("tu", known)
    for issue in unit.issues:
        etree.SubElement(element, "note").text = shown(f"{issue.kind}: {issue.detail}")
    given = {"abstract": unit.abstract, "place": unit.place, **unit.properties}
    if unit.gap:
        given["gap"] = unit.gap
    if unit.review:
        given["machine"] = unit.review.machine
    for name, value in given.items():
        _prop(element, name, value)
    for tag, text in (("en", unit.source), (language, unit.target)):
        variant = etree.SubElement(element, "tuv", {_LANG: tag})
        fill(etree.SubElement(variant, "seg"), text, _character)
    return element


def _dated(name: str, moment: str) -> dict[str, str]:
    """An attribute with a moment as TMX writes it, where one is known to the second."""
    return {name: moment.replace("-", "").replace(":", "")} if _MOMENT.fullmatch(moment) else {}


def _character(code: str) -> Any:
    from lxml import etree

    element = etree.Element("ph", type=CHARACTER)
    element.text = code
    return element


def _prop(parent: Any, name: str, value: Any) -> None:
    from lxml import etree

    kind, text = written(name, value)
    etree.SubElement(parent, "prop", type=f"x-{TOOL}-{kind}").text = text
