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
_CODE = (
    r"(?:(?:cs|stat|math|eess|physics|q-bio|q-fin|econ|astro-ph|cond-mat|nlin)\.[A-Za-z-]{2,}"
    r"|hep-[a-z]+|nucl-[a-z]+|quant-ph|gr-qc|math-ph|astro-ph|cond-mat|cmp-lg)"
)
_CATEGORIES = re.compile(rf"{_CODE}(?:[\s,;|/]+(?:{_CODE}|[A-Z]?\.?\d[\w.]*))*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?",
        r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})",
        rf"{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+{_MONTH},?\s+(?P<y>\d{{4}})",
        rf"{_MONTH},?\s+(?P<y>\d{{4}})",
        r"(?P<y>\d{4})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?)?",
        r"(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"(?P<y>(?:19|20)\d{2})",
    )
)
_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|arxiv[:.]\s*)(?P<id>\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)",
    re.IGNORECASE,
)
_ARXIV_ID = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}]+")
_MAX_LABEL = 80  # characters of a line that can be a label
_MIN_DOUBLED = 12  # lines from which "no two lines stand together" is no chance
_PARTICLES = frozenset(
    (
        "de",
        "da",
        "di",
        "do",
        "dos",
        "du",
        "del",
        "della",
        "der",
        "den",
        "des",
        "van",
        "von",
        "zu",
        "la",
        "le",
        "el",
        "ter",
    )
)


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

    A copy that put an empty line after every line loses these again.
    """
    text = _INVISIBLE.sub("", text.replace("\u00a0", " ").replace("\u2028", "\n"))
    lines = [line.strip() for line in text.split("\n")]
    doubled = not any(line and after for line, after in pairwise(lines))
    if not doubled or sum(map(bool, lines)) < _MIN_DOUBLED:
        return lines
    single: list[str] = []
    for line, group in groupby(lines):
        single += [line] if line else [""] * ((sum(1 for _ in group) - 1) // 2)
    return single


def label(line: str) -> str:
    """A line as a label: without list or Markdown signs and the colon. >>> label("## Abstract:")  # 'Abstract'"""
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


def is_categories(text: str) -> bool:
    """Whether a text is a list of arXiv categories. >>> is_categories("cs.CY cs.LG")  # True"""
    return _CATEGORIES.fullmatch(text.strip()) is not None


def split_categories(text: str) -> list[str]:
    """A list of categories as they are written.

    >>> split_categories("cs.LG stat.ML"), split_categories("Machine Learning, Robotics")
    (['cs.LG', 'stat.ML'], ['Machine Learning', 'Robotics'])
    """
    parts = re.split(r"[\s,;|/]+" if is_categories(text) else r"\s*[,;|]\s*", text.strip())
    return [part for part in parts if part]


def iso_date(text: str) -> str:
    """A date as ISO 8601, as exact as it is given; "" if it is none, or if month and day could be swapped.

    >>> iso_date("Oct 07, 2021"), iso_date("07.09.2023"), iso_date("Sept 2023"), iso_date("07/09/2023")
    ('2021-10-07', '2023-09-07', '2023-09', '')
    """
    for pattern in _DATES:
        if match := pattern.fullmatch(text.strip()):
            found = match.groupdict()
            month = found.get("m") or (_MONTHS.index(found["month"].lower()) + 1 if found.get("month") else 0)
            parts = [int(part) for part in (found["y"], month, found.get("d")) if part]
            if len(parts) > 1 and not (1 <= parts[1] <= 12 and 1 <= (parts[2:] or [1])[0] <= 31):
                return ""
            return "-".join(f"{part:02d}" for part in parts)
    return ""


def dated(text: str) -> dict[str, str]:
    """What meta says of a date: as the page has it, and in ISO form if that is clear."""
    return {"published": text, **({"date": date} if (date := iso_date(text)) else {})} if text else {}


def find_arxiv_id(text: str) -> str:
    """The first arXiv id that is marked as one, by a link or by "arXiv:"; "" if there is none."""
    return match["id"] if (match := _ARXIV.search(text)) else ""


def as_arxiv_id(text: str) -> str:
    """The arXiv id that a field's value is or links to; else the value. >>> as_arxiv_id("arXiv:2110.02932v2 [cs]")"""
    bare = _ARXIV_ID.match(text.strip())
    return find_arxiv_id(text) or (bare[0] if bare else text.strip())


def find_doi(text: str) -> str:
    """The first DOI in a text, without what punctuation follows it; "" if there is none."""
    return match[0].rstrip(".,;)]") if (match := _DOI.search(text)) else ""


def split_names(text: str) -> list[str]:
    """Names of people in a row.

    >>> split_names("Yongji Wu, Matthew Lentz and Danyang Zhuo et al.")
    ['Yongji Wu', 'Matthew Lentz', 'Danyang Zhuo']
    """
    text = re.sub(r",?\s*\bet al\.?$", "", text.strip())
    names = re.split(r"\s*[,;•·]\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+", text)
    return [name for name in (part.strip() for part in names) if name]


def looks_like_names(line: str) -> bool:
    """Whether a line is nothing but names of people: capitalised words, at least two, few to a name.

    >>> looks_like_names("Inga Luchs, J. van der Berg"), looks_like_names("Deep nets learn")
    (True, False)
    """
    parts = split_names(line)
    words = [word for part in parts for word in part.split()]
    if not parts or len(words) < 2 or re.search(r"[\d:?!]", line) or (len(words[-1]) > 2 and line.endswith(".")):
        return False
    return all(len(part.split()) <= 5 for part in parts) and all(w[0].isupper() or w in _PARTICLES for w in words)
