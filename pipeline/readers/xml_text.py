"""The text of XML elements: mark-up of text is kept in plain form, what belongs to the container is undone.

`<sup>`, `<i>` and the like stay as tags without attributes and namespaces, for `pipeline.normalize`; paragraphs and
sections become paragraphs; a formula given in TeX is taken as TeX; other elements leave their text.
"""

import re
from xml.sax.saxutils import escape

from pipeline.readers.xml import Element, local_name

_KEPT = {
    "i": "i", "italic": "i", "em": "em", "b": "b", "bold": "b", "strong": "strong", "sup": "sup", "sub": "sub",
    "u": "u", "underline": "u", "sc": "sc", "tt": "tt", "monospace": "tt",
}  # fmt: skip
_PARAGRAPHS = {"p", "sec", "list", "list-item", "disp-formula"}
_TEX = ("tex-math", "texmath")
_CODES = ("bpt", "ept", "ph", "it", "ut")
CHARACTER = "x-zhaiyi-char"
"""The type of a `<ph>` of TMX that stands for a character which XML cannot hold: in it is the code, in hexadecimal."""

_CODE = re.compile(r"(?:10|0?[0-9A-F])?[0-9A-F]{1,4}", re.IGNORECASE)
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_BREAKS = re.compile(r"\s*\n\s*\n\s*")


def plain_text(element: Element | None) -> str:
    """All text in an element in one line, its mark-up kept in plain form; "" for None."""
    if element is not None and not len(element):  # most are, and PubMed has hundreds in a record
        return " ".join((element.text or "").split())
    return " ".join(inner_text(element).split())


def inner_text(element: Element | None) -> str:
    """The text in an element with its mark-up in plain form and its line breaks as they are; "" for None.

    >>> from lxml import etree
    >>> inner_text(etree.fromstring("<a><p>H<sub>2</sub>O &lt; <xref id='b'>1</xref></p><p>Two.</p></a>"))
    'H<sub>2</sub>O < 1\\n\\nTwo.'
    """
    if element is None:
        return ""
    if not len(element):
        return (element.text or "").strip()
    parts: list[str] = []
    _inside(element, parts, "")
    text = "".join(parts).strip()
    return _BREAKS.sub("\n\n", text) if "\n\n" in text else text


def _inside(element: Element, parts: list[str], parent: str) -> None:
    """Append what stands between an element's tags. libxml2 bounds how deep this goes."""
    in_math = parent == "math"
    parts.append(_escaped(element.text, in_math))
    for child in element:
        name = local_name(child)
        if not name:
            parts.append(child.text)  # an entity that XML does not know, as it is written
        elif name in _TEX:
            parts.append(_tex(child))
        elif name == "alternatives":
            _alternatives(child, parts)
        elif name == "math" or in_math:
            _tagged(child, name, parts, "math")
        elif name in _KEPT:
            _tagged(child, _KEPT[name], parts, "")
        elif name == "title":
            heading: list[str] = []
            _inside(child, heading, "")
            label = "".join(heading).strip()
            parts.append(f"\n\n{label.rstrip(':')}: " if label else "")
        elif name in _PARAGRAPHS:
            _paragraph(child, name, parts)
        elif name in ("br", "break"):
            parts.append(" ")
        else:
            _inside(child, parts, "")
        parts.append(_escaped(child.tail, in_math))


def _escaped(text: str | None, in_math: bool) -> str:
    """A sign in a formula stays escaped: `<mo><</mo>` would be no tag for anyone."""
    return escape(text) if text and in_math else text or ""


def _tagged(child: Element, name: str, parts: list[str], parent: str) -> None:
    parts.append(f"<{name}>")
    _inside(child, parts, parent)
    parts.append(f"</{name}>")


def _paragraph(child: Element, name: str, parts: list[str]) -> None:
    """A paragraph of its own, but for the first one behind a heading, which goes on with it."""
    before = child.getprevious()
    after_heading = before is not None and local_name(before) == "title" and not (before.tail or "").strip()
    if after_heading:
        parts[-1] = ""  # the white space between the two
    else:
        parts.append("\n\n")
    _inside(child, parts, "")
    parts.append("\n\n")


def _alternatives(child: Element, parts: list[str]) -> None:
    """One of several forms of the same thing: the one in TeX, else the first."""
    forms = [form for form in child if local_name(form)]
    chosen = next((form for form in forms if local_name(form) in _TEX), forms[0] if forms else None)
    if chosen is None:
        return
    if local_name(chosen) in _TEX:
        parts.append(_tex(chosen))
    elif local_name(chosen) == "math":
        _tagged(chosen, "math", parts, "math")
    else:
        _inside(chosen, parts, "")


def _tex(element: Element) -> str:
    """A formula in TeX between dollar signs, whatever stood around it: `x^2`, `$$x^2$$`, a whole TeX document."""
    text = "".join(element.itertext()).strip()
    if body := _TEX_BODY.search(text):
        text = body[1].strip()
    bare = text.strip("$").strip()
    return f"${bare}$" if bare else ""


def inline_text(element: Element) -> str:
    """The text of a segment of TMX or XLIFF as it is, without codes, which hold another program's formatting.

    A character that XML cannot hold is had from the element that stands for it.

    >>> from lxml import etree
    >>> inline_text(etree.fromstring("<seg>We <bpt i='1'>{b</bpt>do<ept i='1'>}</ept> <hi>this</hi>.</seg>"))
    'We do this.'
    """
    parts = [element.text or ""]
    for child in element:
        name = local_name(child)
        if not name:
            parts.append(child.text)  # an entity that XML does not know, as it is written
        elif name == "cp":
            parts.append(_character(child.get("hex", "")))
        elif child.get("type") == CHARACTER:
            parts.append(_character(child.text or ""))
        elif name not in _CODES:
            parts.append(inline_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _character(code: str) -> str:
    """The character that a code stands for; nothing if it is none."""
    return chr(int(code, 16)) if _CODE.fullmatch(code) else ""


def tmx_variants(unit: Element) -> list[tuple[Element, str, str]]:
    """The `<tuv>` elements of a TMX unit, each with its language in lower case (`lang` before TMX 1.4) and its text."""
    return [
        (one, language_of(one) or (one.get("lang") or "").strip().lower(),
         "".join(inline_text(segment) for segment in one.iterchildren("{*}seg")).strip())
        for one in unit.iterchildren("{*}tuv")
    ]  # fmt: skip


def child_named(element: Element, name: str) -> Element | None:
    """The first child of this plain name in any namespace."""
    return next(element.iterchildren(f"{{*}}{name}"), None)


def texts_named(element: Element, name: str) -> list[str]:
    """The texts in one line each, empty ones left out, of the children of this plain name."""
    return [text for child in element.iterchildren(f"{{*}}{name}") if (text := plain_text(child))]


def text_named(element: Element, name: str) -> str:
    """The text in one line of the first child of this plain name; "" if there is none."""
    return plain_text(child_named(element, name))


def language_of(element: Element) -> str:
    """Its `xml:lang` in lower case, or ""."""
    value: str = element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return value.strip().lower()
