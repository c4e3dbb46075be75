"""TMX 1.4b (https://www.gala-global.org/tmx-14b): a unit a `<tu>`, with its abstract and place as properties."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.publish.forms.units import TOOL, About, Unit, fit_for_xml
from pipeline.publish.forms.whole import whole

_STAMP = str.maketrans("", "", "-:")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write_tmx(units: Iterable[Unit], about: About, path: Path) -> None:
    """Write units as one TMX file."""
    from lxml import etree

    header = {
        "creationtool": TOOL, "creationtoolversion": about.version, "segtype": "sentence", "o-tmf": TOOL,
        "adminlang": "en", "srclang": "en", "datatype": "plaintext",
    } | ({"creationdate": about.created.translate(_STAMP)} if about.created else {})  # fmt: skip
    with whole(path) as file, etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            head = etree.Element("header", header)
            _prop(head, "title", about.title)
            _prop(head, "system", about.system)
            xml.write(head, pretty_print=True)
            with xml.element("body"):
                for unit in units:
                    xml.write(_element(fit_for_xml(unit), about.language), pretty_print=True)


def _element(unit: Unit, language: str) -> Any:
    from lxml import etree

    element = etree.Element("tu", tuid=f"{unit.abstract}#{unit.place}")
    if unit.review:
        element.set("changeid", unit.review.by)
        element.set("changedate", unit.review.when.translate(_STAMP))
    for issue in unit.issues:
        etree.SubElement(element, "note").text = f"{issue.kind}: {issue.detail}"
    given = {"abstract": unit.abstract, "place": unit.place, "gap": unit.gap, "status": unit.status}
    if unit.review:
        given["machine"] = unit.review.machine
    for name, value in (given | {f"meta-{name}": value for name, value in unit.properties.items()}).items():
        if value:
            _prop(element, name, value)
    for tag, text in (("en", unit.source), (language, unit.target)):
        variant = etree.SubElement(element, "tuv", {_LANG: tag})
        etree.SubElement(variant, "seg").text = text
    return element


def _prop(parent: Any, name: str, value: str) -> None:
    from lxml import etree

    prop = etree.SubElement(parent, "prop", type=f"x-{TOOL}-{name}")
    if value != value.strip() or "\n" in value:  # readers fold white space, so it is written by name
        value = value.encode("unicode_escape").decode()
        prop.set("type", f"x-{TOOL}-{name}-escaped")
    prop.text = value
