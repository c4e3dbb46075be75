"""What the kinds of saved pages share: labels, dates, categories, names, and joining hard-wrapped prose.

A page is a list of stripped lines, "" where one is empty. A kind recognises its pages and takes them apart; see
`pipeline.readers.pages` for the table of kinds. What this module does not do: HTML.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from pipeline.normalize import join_breaks, unwrap_lines
from pipeline.readers.page_unroll import unroll
from pipeline.readers.page_values import is_categories
from pipeline.records import Reference

Lines = Sequence[str]

_BEFORE_LABEL = " \t#>*_•▸▾▼▶◦·|"
_BEHIND_LABEL = " \t#*_▸▾▼▶|:："
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]}»」』）$*]*$")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|cf|vs|al|resp|approx|w\.r\.t|Fig|Eq|Sec|No|Dr|St|Prof)\.$")
NOISE = re.compile(  # what the site says itself, wherever it stands
    r"This website uses cookies|Get AI-generated|Found \d+ papers?|Comments? \(\d+\)|Replies \(\d+\)|Comment Rejected"
    r"|Your comment contains|Display is limited|Title Authors Year Actions|Learn more$|Loading PDF|Failed to load PDF"
    r"|(?:Search|Log ?in|Sign (?:in|up)|Register|Menu|Imprint|Privacy policy|Accept all cookies)$"
    r"|Join ArxivLens|Someone just found|(?:Show|See|Read) (?:more|less)$|Page of\b.{0,4}$"
)
_INLINE_ABSTRACT = re.compile(
    r"[#*_\s]*(?:ABSTRACT|Abstract)[*_]*(?:\s*[:：.][*_]*\s+|\s*[—–]\s*|\s+-\s+)(?P<text>\S.*)"
)
_NO_ABSTRACT = re.compile(
    r"(?:no abstract(?: is)?(?: available| provided| found)?|abstract (?:is )?(?:not |un)available|n/?a|none|loading)"
    r"[.…]*",
    re.IGNORECASE,
)
_MAX_LABEL = 80  # characters of a line that can be a label
_MIN_DOUBLED = 12  # lines from which "no two lines stand together" is no chance


@dataclass(frozen=True, slots=True)
class PageRecord:
    """An abstract as found on a page; `id` is empty where the page has none, `text` where only its place was found."""

    text: str
    title: str = ""
    id: str = ""
    references: tuple[Reference, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageKind:
    """A kind of page: how to recognise it, how to take it apart, and what a page with no abstract lacks."""

    name: str
    recognise: Callable[[Lines], bool]
    parse: Callable[[Lines], list[PageRecord]]
    looked_for: str


def page_lines(text: str) -> list[str]:
    """The page's lines without outer white space, invisible characters and no-break spaces.

    A copy that put an empty line after every line loses these again; one without line breaks gets them at labels.
    """
    text = unroll(_INVISIBLE.sub("", text.replace("\u00a0", " ").replace("\u2028", "\n")))
    lines = [line.strip() for line in text.split("\n")]
    doubled = not any(line and after for line, after in pairwise(lines))
    if not doubled or sum(map(bool, lines)) < _MIN_DOUBLED:
        return lines
    single: list[str] = []
    for line, group in groupby(lines):
        single += [line] if line else [""] * ((sum(1 for _ in group) - 1) // 2)
    return single


def label(line: str) -> str:
    """A line as a label: without list or Markdown signs and the colon.

    >>> label("## Abstract:")
    'Abstract'
    """
    return line if len(line) > _MAX_LABEL else line.lstrip(_BEFORE_LABEL).rstrip(_BEHIND_LABEL)


def is_abstract_label(line: str) -> bool:
    """Whether a line is the heading "Abstract" and nothing else."""
    return label(line) in ("Abstract", "ABSTRACT")


def inline_abstract(line: str) -> str:
    """What follows the label on its own line; "" if the line is no labelled abstract.

    >>> inline_abstract("Abstract: We study."), inline_abstract("Abstract reasoning is hard.")
    ('We study.', '')
    """
    return match["text"] if (match := _INLINE_ABSTRACT.match(line)) else ""


def ends_sentence(line: str) -> bool:
    """Whether a line ends where a sentence may.

    >>> ends_sentence('It works."'), ends_sentence("we study")
    (True, False)
    """
    return _SENTENCE_END.search(line) is not None and _ABBREVIATED.search(line) is None


def neighbour(lines: Lines, index: int, step: int) -> str:
    """The next line that is not empty in the direction of `step` (1 or -1); "" at the end."""
    index += step
    while 0 <= index < len(lines):
        if lines[index]:
            return lines[index]
        index += step
    return ""


def stands_apart(lines: Lines, index: int) -> bool:
    """Whether a line can be a label among prose: it begins after an empty line or a sentence's end, and no sentence
    goes on behind it in lower case.
    """
    before = lines[index - 1] if index else ""
    after = lines[index + 1] if index + 1 < len(lines) else ""
    return (not before or ends_sentence(before)) and not (after[:1].islower() and not is_categories(after))


def join_prose(lines: Lines) -> str:
    """Hard-wrapped lines as paragraphs of one line each, parted by an empty line.

    An empty line in the middle of a sentence parts nothing: copies double them.
    """
    paragraphs: list[list[str]] = []
    for index, line in enumerate(lines):
        if not line:
            continue
        if paragraphs and (lines[index - 1] or not ends_sentence(paragraphs[-1][-1])):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    text = "\n\n".join(unwrap_lines(join_breaks("\n".join(paragraph))) for paragraph in paragraphs)
    return "" if _NO_ABSTRACT.fullmatch(text) else text


def join_line(lines: Lines) -> str:
    """Lines of a title or another short value as one line."""
    return " ".join(" ".join(lines).split())
