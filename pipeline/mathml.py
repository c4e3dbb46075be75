r"""Formulas in mark-up as TeX: JATS' `<tex-math>`, MathML's own TeX annotation, or what the MathML itself says.

What this module does not do: layout, tables and everything else that an abstract's formulas hardly ever have; of these
the text is kept.
"""

import html
import re
from collections.abc import Callable
from xml.etree import ElementTree

_ALTERNATIVES = re.compile(
    r"<(?P<tag>(?:jats:)?alternatives)(?:\s[^<>]*)?>(?P<inside>(?:[^<]|<(?!/?(?P=tag)[\s>]))*)</(?P=tag)\s*>"
)
_TEX_MATH = re.compile(
    r"<(?P<tag>(?:jats:)?tex-math)(?:\s[^<>]*)?>(?P<inside>(?:[^<]|<(?!/?(?P=tag)[\s>]))*)</(?P=tag)\s*>"
)
_MATHML = re.compile(
    r"<(?P<tag>(?:mml:|m:)?math)(?P<attributes>\s[^<>]*)?>(?P<inside>(?:[^<]|<(?!/?(?P=tag)[\s>]))*)</(?P=tag)\s*>"
)
_ANNOTATION = re.compile(
    r"<(?:\w+:)?annotation\s[^<>]*encoding\s*=\s*[\"'](?:application/x-(?:la)?tex|(?:La)?TeX)[\"'][^<>]*>(?P<tex>[^<]*)</"
)
_ALT_TEXT = re.compile(r"\balttext\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
_DOCUMENT = re.compile(r"\\begin\{document\}(?P<body>.*)\\end\{document\}", re.DOTALL)
_DOLLARS = re.compile(r"\A\s*(?:\$\$?|\\\(|\\\[)(?P<tex>.*?)(?:\$\$?|\\\)|\\\])\s*\Z", re.DOTALL)
_PREFIX = re.compile(r"(</?)\w+:(?=[A-Za-z])")
_ATTRIBUTES = re.compile(r"<([A-Za-z]+)\s[^<>]*?(/?)>")
_PLAIN_AMOUNT = re.compile(r"[\d.,]+(?:\\%)?")
_ACCENTS = {
    "¯": "bar",
    "‾": "bar",
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "→": "vec",
    "˙": "dot",
    "¨": "ddot",
}
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064\u200b")
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in "%&#$_{}"})


def formulas_to_tex(text: str) -> str:
    r"""Formulas as `$...$`; a bare number loses its mark-up instead.

    >>> formulas_to_tex("of <math><msup><mi>n</mi><mn>2</mn></msup></math> in <math><mn>95</mn><mo>%</mo></math>")
    'of $n^{2}$ in 95%'
    """
    if "</" not in text or "math" not in text:
        return text
    text = _ALTERNATIVES.sub(_preferred, text)
    text = _TEX_MATH.sub(lambda match: _dollars(html.unescape(match["inside"])), text)
    return _MATHML.sub(_formula, text)


def _preferred(match: re.Match[str]) -> str:
    found = _TEX_MATH.search(match["inside"]) or _MATHML.search(match["inside"])
    return found[0] if found else match["inside"]


def _dollars(tex: str) -> str:
    """TeX between single dollars, whatever it stood in."""
    if document := _DOCUMENT.search(tex):
        tex = document["body"]
    tex = " ".join((found["tex"] if (found := _DOLLARS.match(tex)) else tex).split())
    if _PLAIN_AMOUNT.fullmatch(tex):
        return tex.replace("\\", "")
    return f"${tex}$" if tex else ""


def _formula(match: re.Match[str]) -> str:
    if annotation := _ANNOTATION.search(match["inside"]):
        return _dollars(html.unescape(annotation["tex"]))
    if alternative := _ALT_TEXT.search(match["attributes"] or ""):
        return _dollars(html.unescape(alternative["double"] or alternative["single"] or ""))
    plain = _ATTRIBUTES.sub(r"<\1\2>", _PREFIX.sub(r"\1", match["inside"]))
    # entities of MathML are not XML's; "<" and "&" go back to what XML reads
    plain = re.sub(r"&(?!lt;|gt;|amp;)\w+;", lambda entity: html.unescape(entity[0]), plain)
    try:
        return _dollars(_children(ElementTree.fromstring(f"<math>{plain}</math>")))
    except (ElementTree.ParseError, RecursionError):
        return _dollars(html.unescape(re.sub(r"<[^<>]*>", "", plain)))


def _tex(element: ElementTree.Element) -> str:
    if element.tag in _SCRIPTED and len(element) == len(_SCRIPTED[element.tag].split("{}")) - 1:
        return _SCRIPTED[element.tag].format(*map(_tex, element))
    if element.tag in _READ:
        return _READ[element.tag](element)
    return _children(element)


def _children(element: ElementTree.Element) -> str:
    inner = "".join(_tex(child) + (child.tail or "").strip() for child in element)
    return (element.text or "").strip().translate(_INVISIBLE).translate(_ESCAPED) + inner


def _identifier(element: ElementTree.Element) -> str:
    name = _children(element)
    return f"\\mathrm{{{name}}}" if len(name) > 1 and name.isalpha() else name


def _over(element: ElementTree.Element) -> str:
    if len(element) != 2:
        return _children(element)
    base, over = _tex(element[0]), _tex(element[1])
    return f"\\{_ACCENTS[over]}{{{base}}}" if over in _ACCENTS else f"\\overset{{{over}}}{{{base}}}"


_SCRIPTED = {
    "msup": "{}^{{{}}}", "msub": "{}_{{{}}}", "msubsup": "{}_{{{}}}^{{{}}}", "mfrac": "\\frac{{{}}}{{{}}}",
    "munder": "{}_{{{}}}", "munderover": "{}_{{{}}}^{{{}}}",
}  # fmt: skip
_READ: dict[str, Callable[[ElementTree.Element], str]] = {
    "mi": _identifier,
    "mtext": lambda element: f"\\text{{{_children(element)}}}" if _children(element) else "",
    "msqrt": lambda element: f"\\sqrt{{{_children(element)}}}",
    "mfenced": lambda element: f"({', '.join(map(_tex, element))})",
    "mover": _over,
    "mspace": lambda _: " ",
    "semantics": lambda element: _tex(element[0]) if len(element) else "",
}
