"""Repair what copying, PDF extraction, mark-up and TeX leave in an abstract, before it is split into segments.

Each rule is one function from text to text with one subject, listed in `RULES` in the order of use; sources and
references go through the same ones. Math is never touched but for its line breaks. What this module does not do: change
words, or fold typographic quotes (`pipeline.mask.fold_typography` does that for the model alone).

The result has single spaces; a newline stands only before the items of a list, two between paragraphs.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping

from pipeline.hyphens import join_hyphenated
from pipeline.markup import has_markup, remove_markup
from pipeline.mask import MATH
from pipeline.mathml import formulas_to_tex
from pipeline.notices import cut_label, cut_notices
from pipeline.records import Normalized
from pipeline.tex import unwrap_tex

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_UNICODE_COMMAND = re.compile(r"\$?\\unicode\{x([0-9A-Fa-f]{2,5})\}\$?")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SOFT_HYPHEN = re.compile("\u00ad[^\\S\n]*\n?[^\\S\n]*")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_BULLET = re.compile(r"\s*(?:[-*•▪‣]\s|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s)")
_MATH = re.compile(MATH)
_MATH_OVER_LINES = re.compile(MATH.replace(r"\n\u3000", r"\u3000"), re.DOTALL)
_MATH_MARK = "\ufdd0"  # stands for a math span; no character, and gone from any text once `remove_invisible` has run
_SPACE_CHARS = re.compile(r"[^\S\n]+")
_ROUNDS = 8  # repairs that uncover others ("&amp;lt;") settle within two or three rounds


def compose(text: str) -> str:
    """Unicode NFC, and the typographic ligatures of PDF text as letters.

    >>> compose("eﬃcient")
    'efficient'
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_LIGATURES))


def unescape_entities(text: str) -> str:
    r"""HTML entities and MathJax's `\\unicode` left in exported text; only whole entities, so URLs keep their `&`.

    >>> unescape_entities("p &lt; 0.05 &amp; q, a.org/?x=1&copy=2")
    'p < 0.05 & q, a.org/?x=1&copy=2'
    """
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "\\unicode" in text:
        text = _UNICODE_COMMAND.sub(lambda match: chr(int(match[1], 16)), text)
    return text


def remove_invisible(text: str) -> str:
    """Control, zero-width and direction characters and soft hyphens; every line end becomes a newline."""
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
        text = text.replace("\x0b", "\n").replace("\x0c", "\n").replace("\x85", "\n")
        text = _INVISIBLE.sub("", _SOFT_HYPHEN.sub("", text))
    return text


def unwrap_lines(text: str) -> str:
    """Hard-wrapped lines become one; lists keep a newline before each item, paragraphs an empty line."""
    if "\n" not in text:
        return text
    paragraphs = []
    for block in _PARAGRAPHS.split(text):
        merged: list[str] = []
        for line in filter(None, (line.strip() for line in block.split("\n"))):
            if not merged:
                merged.append(line)
            elif not _BULLET.match(line):
                # a break inside a URL or after a dash leaves no space in print
                merged[-1] += line if merged[-1].endswith(("/", "—")) else " " + line
            elif _BULLET.match(merged[-1]) or merged[-1].endswith((":", ".", ";")):
                merged.append(line)
            else:
                merged[-1] += " " + line  # "(2) ..." in the middle of a sentence is no list
        paragraphs.append("\n".join(merged))
    return "\n\n".join(filter(None, paragraphs))


def squeeze_spaces(text: str) -> str:
    """Runs of any white space but newlines become one plain space; none at the ends of lines."""
    if "  " in text or not text.isprintable():  # of all white space, only the plain space is printable
        text = re.sub(r" ?\n ?", "\n", _SPACE_CHARS.sub(" ", text))
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip()


def join_breaks(text: str) -> str:
    """Join words hyphenated at a line end (`pipeline.hyphens`), but leave what stands in math."""
    return _join_beside_math(text) if "\n" in text else text


def beside_math(rule: Callable[[str], str], math: re.Pattern[str] = _MATH) -> Callable[[str], str]:
    """Apply `rule` to a text in which one character stands for each math span, and put the math back."""

    def apply(text: str) -> str:
        if "$" not in text and "\\" not in text:
            return rule(text)
        spans: list[str] = []

        def take(match: re.Match[str]) -> str:
            spans.append(match[0])
            return _MATH_MARK

        ruled = rule(math.sub(take, text))
        remaining = iter(spans)
        return re.sub(_MATH_MARK, lambda _: next(remaining), ruled) if spans else ruled

    return apply


_join_beside_math = beside_math(join_hyphenated, _MATH_OVER_LINES)

_markup_beside_math = beside_math(remove_markup)


def read_markup(text: str) -> str:
    r"""HTML, JATS and MathML as plain text and TeX (`pipeline.markup`, `pipeline.mathml`), outside of TeX's own math.

    >>> read_markup("<p>CO<sub>2</sub> and $x<sub>y</sub>$</p>")
    'CO₂ and $x<sub>y</sub>$'
    """
    return _markup_beside_math(formulas_to_tex(text)) if has_markup(text) else text


RULES: dict[str, Callable[[str], str]] = {
    "markup": read_markup,
    "entities": unescape_entities,
    "invisible": remove_invisible,
    "compose": compose,
    "label": cut_label,
    "notices": cut_notices,
    "hyphens": join_breaks,
    "lines": unwrap_lines,
    "tex": beside_math(unwrap_tex),
    "spaces": squeeze_spaces,
}
_CUTS = ("label", "notices")
TITLE_RULES = {name: rule for name, rule in RULES.items() if name not in _CUTS}
"""For a title, which may well be "Summary: ..." """


def normalize(text: str) -> str:
    r"""Apply all rules in order, until nothing changes any more.

    >>> normalize("We  pro-\npose \\emph{ReQuest},\na method.")
    'We propose ReQuest, a method.'
    """
    return repair(text).text


def repair_title(title: str) -> Normalized:
    r"""A title as `repair` gives it by `TITLE_RULES`, in one line.

    >>> repair_title("Summary:\na \\emph{new} task").text
    'Summary: a new task'
    """
    repaired = repair(title, TITLE_RULES)
    return Normalized(" ".join(repaired.text.split()), repaired.rules, repaired.removed)


def repair(text: str, rules: Mapping[str, Callable[[str], str]] = RULES) -> Normalized:
    r"""A text as `normalize` gives it, with the names of the rules that changed it and what was cut off its ends.

    >>> repair("Abstract: We pro-\npose it.")
    Normalized(text='We propose it.', rules=('label', 'hyphens'), removed=('Abstract:',))
    """
    changed: dict[str, None] = {}
    removed: list[str] = []
    for _ in range(_ROUNDS):
        before = text
        for name, rule in rules.items():
            ruled = rule(text)
            if ruled != text:
                changed[name] = None
                if name in _CUTS:
                    cut = text[: -len(ruled)] if text.endswith(ruled) else text[len(ruled) :]
                    removed.append(" ".join(cut.split()))
                text = ruled
        if text == before:
            break
    return Normalized(text, tuple(changed), tuple(removed))
