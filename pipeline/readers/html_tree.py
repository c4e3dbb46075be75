"""Parse HTML into a tree of what a reader sees: without scripts and hidden parts, formulas as TeX.

lxml parses what is broken as browsers do. What would be slow or huge is bounded here: images in the page's own text are
dropped before parsing, a tag with a flood of attributes is no tag, a page nested too deeply is an error.
"""

import re

import lxml.html
from lxml import etree

MAX_PAGE = 16 << 20  # characters of mark-up, images left out
_DATA_URI = re.compile(r"data:[\w.+/-]{0,80}(?:;[\w.=-]{1,40}){0,4};base64,[A-Za-z0-9+/=%]*")
_LONG_TAG = re.compile(r"<[A-Za-z][^>]{1000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MAX_ATTRIBUTES = 300  # the parser's time grows with the square of their number
_UNSEEN = etree.XPath(
    "//script | //style | //template | //noscript | //nav | //iframe | //object | //embed | //svg | //canvas"
    " | //select | //datalist | //audio | //video"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_RENDERED = {"MathJax", "MathJax_Display", "MathJax_Preview", "MathJax_CHTML", "MathJax_SVG", "mjx-chtml"}
_MATH = etree.XPath(
    "//*[local-name() = 'math' or self::mjx-container or starts-with(@type, 'math/tex') or contains(@class, 'katex')"
    " or contains(@class, 'MathJax') or contains(@class, 'mjx-chtml')]"
)
_TEX = etree.XPath("descendant-or-self::*[local-name() = 'annotation'][contains(@encoding, 'tex')]")
_MATHML = etree.XPath("descendant-or-self::*[local-name() = 'math']")
_SCRIPTS = {"msub": "{0}_{{{1}}}", "msup": "{0}^{{{1}}}", "msubsup": "{0}_{{{1}}}^{{{2}}}", "munder": "{0}_{{{1}}}"}
_SCRIPTS |= {"mover": "{0}^{{{1}}}", "munderover": "{0}_{{{1}}}^{{{2}}}", "mfrac": r"\frac{{{0}}}{{{1}}}"}
_SCRIPTS |= {"msqrt": r"\sqrt{{{0}}}", "mroot": r"\sqrt[{1}]{{{0}}}"}


def parse_html(text: str) -> lxml.html.HtmlElement:
    """The tree of a page; a `ValueError` says why there is none.

    >>> parse_html("<p>We study <b>nets").text_content()
    'We study nets'
    """
    text = _LONG_TAG.sub(_unless_flooded, _DATA_URI.sub("data:,", text.replace("\0", "\ufffd")))
    if len(text) > MAX_PAGE:
        raise ValueError(f"over {MAX_PAGE >> 20} MiB of mark-up: save the page as text")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(text.encode(), parser=parser)
    except etree.ParserError as error:
        raise ValueError("an HTML page with nothing on it: save the page again") from error
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise ValueError("mark-up nested too deeply for any page: save the page as text")
    return root


def _unless_flooded(match: re.Match[str]) -> str:
    words = len(_QUOTED.sub("", match[0]).split())
    return "&lt;" + match[0][1:] if words > _MAX_ATTRIBUTES else match[0]


def tidy(root: lxml.html.HtmlElement) -> None:
    """Write formulas as `$TeX$`, once each, and drop what a reader does not see, in place."""
    _write_math(root)
    for node in _UNSEEN(root):
        _replace(node, "")
    for node in root.xpath("//*[@hidden or contains(@style, 'none') or contains(@style, 'hidden')]"):
        # an abstract that unfolds on a click is hidden until then
        folded = "abstract" in f"{node.get('class', '')} {node.get('id', '')}".lower()
        if (node.get("hidden") is not None or _HIDDEN.search(node.get("style", ""))) and not folded:
            _replace(node, "")


def _write_math(root: lxml.html.HtmlElement) -> None:
    scripted = bool(root.xpath("//script[starts-with(@type, 'math/tex')]"))
    done: set[lxml.html.HtmlElement] = set()
    for node in _MATH(root):
        if any(parent in done for parent in node.iterancestors()):
            continue
        if scripted and not node.get("type") and _RENDERED & set(node.get("class", "").split()):
            tex = ""  # the same formula stands beside it as a script
        elif not (tex := _tex(node)):
            continue
        done.add(node)
        _replace(node, f"${tex}$" if tex else "", keep=True)


def _tex(node: lxml.html.HtmlElement) -> str:
    """The TeX of a rendered formula: as annotated, as an attribute gives it, or made from its MathML."""
    if node.get("type", "").startswith("math/tex"):
        return " ".join((node.text or "").split())
    if annotations := _TEX(node):
        tex = annotations[0].text_content()
    else:
        maths = _MATHML(node)
        tex = node.get("data-latex") or node.get("data-tex") or (maths[0].get("alttext") if maths else "") or ""
        tex = tex or (_from_mathml(maths[0]) if maths else "")
    return " ".join(tex.replace("\\displaystyle", "").split()).strip("$ ")


def _from_mathml(math: lxml.html.HtmlElement) -> str:
    """TeX of simple MathML: letters, scripts, fractions, roots; from the leaves upwards, as trees may be deep."""
    made: dict[lxml.html.HtmlElement, str] = {}
    for _, node in etree.iterwalk(math, events=("end",)):
        parts = [made.pop(child) for child in node if child in made]
        form = _SCRIPTS.get(etree.QName(node).localname)
        fits = form and form.count("{0}") and len(parts) >= len(set(re.findall(r"\{(\d)\}", form)))
        made[node] = form.format(*parts) if form and fits else (node.text or "").strip() + "".join(parts)
        made[node] = "" if etree.QName(node).localname == "annotation" else made[node]
    return made[math]


def _replace(node: lxml.html.HtmlElement, text: str, keep: bool = False) -> None:
    """Put a text in a node's place; `keep` leaves the emptied node, for those that are still looked at."""
    if keep:
        tail = node.tail
        node.clear()
        node.tag, node.text, node.tail = "span", text, tail
    elif node.getparent() is not None:
        node.drop_tree()
