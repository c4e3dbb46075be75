"""The text of a part of an HTML page, in lines as a browser's copy gives them.

Blocks end lines, paragraphs are parted by an empty line, items of lists have a bullet or their number. Subscripts and
superscripts are marked by private characters until it is known whether they stand in an abstract (`with_tags`) or
elsewhere (`without_marks`).
"""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree

_PARAGRAPHS = re.compile(
    "p|h[1-6]|blockquote|[uod]l|pre|table|hr|section|article|header|footer|aside|figure|form",
)
_BLOCKS = re.compile(
    "html|body|main|div|li|d[td]|tr|caption|t(?:head|body|foot)|address|details|summary|fieldset|legend|label|option|"
    "figcaption|center|button|textarea|title"
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
    items = [-1]  # how many items the lists around have had; negative in lists without numbers
    for event, node in etree.iterwalk(element, events=("start", "end")):
        tag = node.tag
        yield _PARAGRAPH if _PARAGRAPHS.fullmatch(tag) else _BLOCK if _BLOCKS.fullmatch(tag) else ""
        if tag in ("ol", "ul"):
            items = [*items, 0 if tag == "ol" else -1] if event == "start" else items[:-1] or [-1]
        verbatim += (tag in ("pre", "textarea")) * (1 if event == "start" else -1)
        if event == "start":
            if tag == "li":
                items[-1] += items[-1] >= 0
                yield f"{items[-1]}. " if items[-1] > 0 else "• "
            yield "\n" if tag == "br" else _MARKS.get(tag, "")
            text = node.text
        else:
            yield _MARKS.get(f"/{tag}", " " if tag in ("td", "th") else "")
            text = node.tail if node is not element else ""
        if text:
            text = _PRIVATE.sub("", text)
            yield text if verbatim else _SPACES.sub(" ", text)


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
