"""Find abstracts by the structure of an HTML page: elements that are named so, or what follows a heading "Abstract"."""

import re
from collections.abc import Container, Iterator
from copy import deepcopy
from itertools import islice

import lxml.html
from lxml import etree

from pipeline.readers.html_meta import CERTAIN, LIKELY, Found
from pipeline.readers.html_text import element_text, with_tags, without_marks
from pipeline.readers.page import NOISE, is_abstract_label, join_line, join_prose, label, page_lines
from pipeline.readers.page_values import find_arxiv_id, find_doi

_LOWER = "translate({0}, 'ABSTRC', 'abstrc')"
_PLACES = tuple(  # (where it is found, what finds it), the most telling first
    (where, etree.XPath(path))
    for where, path in (
        ("blockquote.abstract", "//blockquote[contains(@class, 'abstract')]"),
        (".abstract-full", "//*[contains(@class, 'abstract-full')]"),
        ("role=doc-abstract", "//*[@role = 'doc-abstract']"),
        (
            "itemprop=abstract",
            "//*[@itemprop = 'abstract' or @property = 'abstract' or @property = 'dcterms:abstract']",
        ),
        ("#abstract", f"//*[{_LOWER.format('@id')} = 'abstract' or @id = 'Abs1']"),
        ("[class*=abstract]", f"//*[contains({_LOWER.format('@class')}, 'abstract')]"),
        ("dd p.mathjax", "//dd//p[contains(@class, 'mathjax')]"),
        ("[id*=abstract]", f"//*[contains({_LOWER.format('@id')}, 'abstract')]"),
    )
)
_TITLES = etree.XPath(
    "descendant::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6 or contains(@class, 'title')]"
)
_OTHER_THINGS = re.compile(  # named after the abstract without being it
    r"graphical|short|teaser|link|button|btn|toggle|figure|image|icon|citation|nav|tab-|menu|no-abstract|head|title|label"
    r"|highlight|keyword|views|count|metric|translat",
    re.IGNORECASE,
)
_TOO_WIDE = ("html", "body", "main")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt")
_LABELLED = (
    "strong",
    "b",
    "em",
    "span",
    "div",
    "p",
    "label",
    "legend",
    "summary",
    "a",
    "button",
    "th",
    "td",
    *_HEADINGS,
)
_STRUCTURED = re.compile(  # the headings that abstracts have themselves
    r"(?:background|objectives?|aims?|purpose|introduction|methods?|methodology|materials and methods|design|setting"
    r"|participants|patients|interventions?|measurements|main outcome measures?|results?|findings|discussion"
    r"|conclusions?|interpretation|significance|limitations?|importance|summary|funding|trial registration"
    r"|background and (?:aims?|objectives?|purpose)|methods and (?:results|findings)|aims? and objectives?)",
    re.IGNORECASE,
)
_END = re.compile(  # what stands below an abstract in the same element
    r"(?:key ?words?(?: and phrases)?|index terms|subjects?|categories|comments|cite as|cite this|references|doi"
    r"|graphical abstract|highlights|introduction|msc classes|acm classes|journal reference|related|submission"
    r"|similar papers|copyright|jel|关键词|關鍵詞|primary area|supplementary material|pdf|code|published|authors)"
    r"\s*(?:[:：]|$)|©|https?://\S+$",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"(?:(?:show|see|read|view|expand|hide|collapse|display)\b.{0,24}|[▽△▼▲…+\s]+|(?:△|▽)\s*(?:less|more)|pdf|copy|share"
    r"|download(?: pdf)?|full text|original|translate)$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:abstract|summary|摘\s*要)\s*(?:[:：]\s*|\.\s+|[—–]\s*)", re.IGNORECASE)
_UNFOLDED = re.compile(r"\s*[△▽]\s*(?:Less|More)$")
_ARXIV = re.compile(r"(?:title\s*:?$|arxiv:)", re.IGNORECASE)  # what is called a title and is none
_MIN_WORDS = 12
_MIN_CHARACTERS = 40  # where words are not parted
_MAX_LABELS, _MAX_SIBLINGS = 100, 100  # that are looked at
_MAX_CLIMB = 4  # levels from a heading to the element that its abstract stands beside


def abstracts(root: lxml.html.HtmlElement) -> list[Found]:
    """The texts at the first place of a tidied page that has any, in order; one where one repeats another."""
    for where, path in _PLACES:
        chosen: dict[lxml.html.HtmlElement, str] = {}
        for node in path(root):
            if _is_place(node) and not any(parent in chosen for parent in node.iterancestors()):
                chosen |= {node: text} if (text := _prose(element_text(node))) else {}
        if chosen:
            return _distinct([Found(text, where, CERTAIN, *_entry(node, chosen)) for node, text in chosen.items()])
    found = [text for node in _below_labels(root) if (text := _prose(element_text(node)))]
    return _distinct([Found(text, 'below "Abstract"', LIKELY) for text in found])


def _entry(node: lxml.html.HtmlElement, abstracts: Container[lxml.html.HtmlElement]) -> tuple[str, str]:
    """(title, id) of the entry of a list that an abstract belongs to: the element around it and no other abstract."""
    entry = node
    for parent in islice(node.iterancestors(), 2 * _MAX_CLIMB):
        others = (one for one in parent.iter() if one in abstracts and one is not node)
        if parent.tag in _TOO_WIDE or next(others, None) is not None:
            break
        entry = parent
    parts = [entry, *islice(entry.itersiblings("dt", preceding=True), 1)]
    links = " ".join(link.get("href") or "" for part in parts for link in part.iter("a"))
    titles = [
        text for text in map(_line, _TITLES(entry)) if text and not is_abstract_label(text) and not _ARXIV.match(text)
    ]
    return (titles[0] if titles else ""), find_arxiv_id(links) or find_doi(links)


def _line(node: lxml.html.HtmlElement) -> str:
    return join_line(without_marks(element_text(node)).removeprefix("Title:").split("\n"))


def _is_place(node: lxml.html.HtmlElement) -> bool:
    named = f"{node.get('class', '')} {node.get('id', '')}".split()
    others = [name for name in named if "abstract" in name.lower()]
    if others and all(_OTHER_THINGS.search(name) for name in others):
        return False
    return node.tag not in _TOO_WIDE and next(node.iter("h1", "main"), None) is None


def _distinct(found: list[Found]) -> list[Found]:
    """What was found without what another begins with, such as the folded half of an unfolded abstract."""
    kept: list[Found] = []
    for one in found:
        twin = next((index for index, other in enumerate(kept) if other.text.startswith(one.text[:60])), -1)
        if twin < 0:
            kept.append(one)
        elif len(one.text) > len(kept[twin].text):
            kept[twin] = one
    return kept


def _prose(marked: str) -> str:
    """The abstract among an element's lines: no heading, no buttons, nothing of what stands below; "" if none."""
    taken: list[str] = []
    heading = ""
    for line in page_lines(with_tags(marked)):
        if not taken and not heading and (is_abstract_label(line) or label(line).lower() in ("summary", "摘要")):
            continue
        line = _UNFOLDED.sub("", line if taken else _LABEL.sub("", line))
        if _STRUCTURED.fullmatch(label(line)):
            heading = label(line)
        elif taken and (_END.match(line) or NOISE.match(line)):
            break
        elif heading and line:
            taken += ["", f"{heading.upper()}: {line}"]
            heading = ""
        elif not _BUTTON.fullmatch(line):
            taken.append(line)
    text = join_prose(taken)
    return text if len(text.split()) >= _MIN_WORDS or len(text) >= _MIN_CHARACTERS else ""


def _is_label(node: lxml.html.HtmlElement) -> bool:
    return not len(node) and is_abstract_label((node.text or "").strip())


def _below_labels(root: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """For each element that says "Abstract" and nothing else, an element with what follows it."""
    for node in islice(filter(_is_label, root.iter(*_LABELLED)), _MAX_LABELS):
        for _ in range(_MAX_CLIMB):
            if (node.tail or "").strip() or node.getnext() is not None or node.getparent() is None:
                break
            node = node.getparent()
        below = lxml.html.Element("div")
        below.text = node.tail
        for sibling in islice(node.itersiblings(), _MAX_SIBLINGS):
            heading = sibling.tag in _HEADINGS and not _STRUCTURED.fullmatch(label(sibling.text_content().strip()))
            if heading or (sibling.tag in _LABELLED and _is_label(sibling)):
                break
            below.append(deepcopy(sibling))
        yield below
