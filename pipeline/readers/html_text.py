"""The text of a part of an HTML page, in lines as a browser's copy gives them.

Blocks end lines, paragraphs are parted by an empty line, items of lists have a bullet or their number. Subscripts and
superscripts are marked by private characters until it is known whether they stand in an abstract (`with_tags`) or
elsewhere (`without_marks`).
"""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree

_PARAGRAPHS = set(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "dl",
        "pre",
        "table",
        "hr",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "figure",
        "form",
    ]
)
_BLOCKS = set(
    [
        "html",
        "body",
        "main",
        "div",
        "li",
        "dt",
        "dd",
        "tr",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "address",
        "details",
        "summary",
        "fieldset",
        "legend",
        "label",
        "option",
        "figcaption",
        "center",
        "button",
        "textarea",
        "title",
    ]
)
_BLOCK, _PARAGRAPH = "\x1e", "\x1f"
_MARKS = {"sub": "\ue000", "/sub": "\ue001", "sup": "\ue002", "/sup": "\ue003"}
_TAGS = str.maketrans({mark: f"<{name}>" for name, mark in _MARKS.items()})
_NO_MARKS = str.maketrans(dict.fromkeys(_MARKS.values(), ""))
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # icons of the site's own fonts
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BREAKS = re.compile(r"[ \t]*[\x1e\x1f\n][\x1e\x1f\n \t]*")
_SUPERSCRIPT = re.compile("\ue002[^\ue003]*\ue003")


def element_text(element: lxml.html.HtmlElement) -> str:
    r"""The text of an element in lines, with marks for subscripts and superscripts.

    >>> element_text(lxml.html.fromstring("<div><h2>Abstract</h2>We <b>study</b>\n nets.<ul><li>One</ul></div>"))
    'Abstract\n\nWe study nets.\n\n• One'
    """
    return _BREAKS.sub(_break, "".join(_pieces(element))).strip()


def _pieces(element: lxml.html.HtmlElement) -> Iterator[str]:
    verbatim = 0  # how many elements that keep their line breaks stand around
    for event, node in etree.iterwalk(element, events=("start", "end")):
        tag = node.tag
        yield _PARAGRAPH if tag in _PARAGRAPHS else _BLOCK if tag in _BLOCKS else ""
        verbatim += (tag in ("pre", "textarea")) * (1 if event == "start" else -1)
        if event == "start":
            yield _bullet(node) if tag == "li" else "\n" if tag == "br" else _MARKS.get(tag, "")
            text = node.text
        else:
            yield _MARKS.get(f"/{tag}", " " if tag in ("td", "th") else "")
            text = node.tail if node is not element else ""
        if text:
            text = _PRIVATE.sub("", text)
            yield text if verbatim else _SPACES.sub(" ", text)


def _bullet(item: lxml.html.HtmlElement) -> str:
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return "• "
    number, before = 1, item.getprevious()
    while before is not None and number < 100:  # no list of an abstract is longer, and counting takes time
        number, before = number + 1, before.getprevious()
    return f"{number}. "


def _break(match: re.Match[str]) -> str:
    run = match[0]
    if _PARAGRAPH in run:
        return "\n\n"
    return "\n" * min(max(run.count("\n"), _BLOCK in run), 2)


def with_tags(text: str) -> str:
    """Marked subscripts and superscripts as tags."""
    return text.translate(_TAGS)


def without_marks(text: str) -> str:
    """Marked subscripts and superscripts as plain text."""
    return text.translate(_NO_MARKS)


def without_superscripts(text: str) -> str:
    """A text without what is set as a superscript: beside names these are numbers of affiliations."""
    return without_marks(_SUPERSCRIPT.sub("", text))
