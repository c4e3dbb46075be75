"""Protect what must not be translated: math, TeX commands, URLs, addresses, identifiers, code, citations, scripts.

A protected span becomes a numbered mask (`⟦0⟧`, `⟦1⟧`, ...) that the model carries through; `restore` puts the
span back. The style of the mask is the model's: the shipped model has reserved tokens, for others the style that
survives best is measured (`models.masks`). What this module does not do: decide whether a restored
hypothesis is good; that is `pipeline.check`.
"""

import re
from collections.abc import Iterator, Sequence

from models.masks import RESERVED, RESERVED_COUNT, mask_pattern
from pipeline.foreign import FOREIGN
from pipeline.records import MaskedSegment, Segment

MAX_MASKS = RESERVED_COUNT
"""Masks in one segment: the shipped model reserves this many tokens."""

# Never inside a span, so that a stray "$" in a target takes no Chinese.
_CJK = r"\u3000-\u303f\u3400-\u9fff\uff00-\uffef"

MATH = (
    r"\$\$(?:\\.|[^$\\{cjk}])+\$\$"
    # $...$ with something only TeX has in it, whatever follows ("2$\times$3"), but not two amounts of dollars
    r"|(?<!\\)\$(?=[^$\n]{0,300}?[\\^_{}=<>])(?!{money})(?:\\[^{cjk}]|[^$\\\n{cjk}])+?\$"
    # $...$ of anything else, by Pandoc's rule, so that "$5 and $10" stays text
    r"|(?<!\\)\$(?=[^\s$])(?!{money})(?:\\[^{cjk}]|[^$\\\n{cjk}])*?(?<=[^\s\\])\$(?!\d)"
    r"|\\\((?:(?!\\[()])[^\n{cjk}])+\\\)"
    r"|\\\[(?:(?!\\[\[\]])[^\n{cjk}])+\\\]"
    r"|\\begin\{(?P<env>[A-Za-z]+\*?)\}(?:(?!\\begin\b)[^\n{cjk}])*?\\end\{(?P=env)\}"
)
_MONEY = r"\d[\d.,]*(?:[^\\^_{}$\n]*?\s)?(?!(?:mod|if|log|ln|exp|min|max)\b)[A-Za-z]{2,}[\s,.;)]"
MATH = MATH.replace("{money}", _MONEY).replace("{cjk}", _CJK)

_NAME = r"(?:(?:van|von|de|der|den|del|la|le|di) ){0,3}[A-Z][A-Za-zÀ-ɏ'’-]*(?: [A-Z][A-Za-zÀ-ɏ'’-]*)?"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
_CITE = (
    rf"(?!{_MONTH}){_NAME}(?:(?:, {_NAME}){{0,4}},? (?:and|&|et) {_NAME},?| et al\.?,?|,)"
    r" (?:19|20)\d\d[a-z]?(?:, ?(?:(?:19|20)\d\d)?[a-z]?(?![\w-]))*"
)
_URL_END = rf"[^\s<>\"\[\]\u2010-\u2027{_CJK}]+(?<![.,;:!?'\"\]}}*])"
_BRACED = rf"(?:[^{{}}\n{_CJK}]|\{{(?:[^{{}}\n{_CJK}]|\{{[^{{}}\n{_CJK}]*\}})*\}})*"
_RAISED = r"⁰ⁱ⁴-ⁿ₀-ₜᵢ-ᵪ"  # raised and lowered signs of Unicode, without ¹²³
_WORD = r"A-Za-z0-9\u0370-\u03ff\u2100-\u214f\u2200-\u22ff\U0001d400-\U0001d7ff|∥"

# Order matters: where two kinds start at the same place, the first wins.
PROTECTED: dict[str, str] = {
    "mask": r"⟦\s*\d{1,4}\s*⟧",  # text that looks like a mask of ours, or will once its spaces are folded
    "math": MATH,
    "url": (
        rf"(?:https?|ftp)://{_URL_END}|(?<![A-Za-z0-9.])www\.{_URL_END}"
        rf"|(?<![A-Za-z0-9._@/-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:com|org|net|io|co|ai|edu|gov|be|ly|me|dev|cn|de|uk)/{_URL_END}"
        r"|(?<![A-Za-z0-9._@/-])(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|org|net|io|edu|gov)(?![A-Za-z0-9_/-]|\.[A-Za-z0-9])"
    ),
    # What arXiv's pages show for an address. Models make "[insert link here]" of it.
    "link": r"(?<![A-Za-z])this https? URL(?![A-Za-z])",
    "email": (
        r"(?<![A-Za-z0-9_.+-])(?:[A-Za-z0-9_.+-]{1,64}|\{[A-Za-z0-9_.,+ -]{1,120}\})"
        r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![A-Za-z0-9])"
    ),
    "arxiv": (
        r"(?<![A-Za-z0-9])ar[Xx]iv(?::\s?|\s)"
        r"(?:\d{4}\.\d{4,5}(?:v\d+)?(?!\d)|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)"
        r"(?:\s?\[[a-z-]+(?:\.[A-Z]{2})?\])?"
    ),
    "doi": rf"(?<![A-Za-z0-9.])(?:doi:\s?)?10\.\d{{4,9}}/{_URL_END}",
    "code": (
        rf"`[^`\s'{_CJK}]{{1,80}}`|`[^`\n'{_CJK}]{{0,60}}[_={{}}<>][^`\n'{_CJK}]{{0,60}}`"
        r"|(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_]{0,60}(?:\.[A-Za-z0-9_]{1,60}){0,6}\(\)"
    ),
    "tex": (
        rf"\\(?:[a-zA-Z]+\*?|[^\sa-zA-Z{_CJK}])(?:\[[^\]\n{_CJK}]*\])?(?:\{{{_BRACED}\}})*"
        rf"(?:[_^](?:\{{[^{{}}\n{_CJK}]*\}}|[A-Za-z0-9]))*"
    ),
    "citation": (
        rf"\[@[^\]\n{_CJK}]+\]"
        r"|\[\d+(?:\s?[-–,;]\s?\d+)*\]"
        rf"|[(\[](?:(?:e\.g\.|see|cf\.|i\.e\.|see also|see, e\.g\.),?\s)?{_CITE}(?:[;,] ?{_CITE})*[)\]]"
    ),
    "script": (
        # orders of growth, as O(n^2 log n), whole
        rf"(?<![A-Za-z0-9\\$])[OoΘΩΟωÕ]~?\((?=[^()\n]{{0,60}}[\^_])(?:[^()\n{_CJK}]|\([^()\n{_CJK}]*\)){{1,80}}\)"
        # x_i, R^{n \times m}, 10^-4, snake_case
        rf"|(?<![{_WORD}$\\^_])[{_WORD}][{_WORD}(*+/.=-]{{0,60}}?[\^_]"
        rf"(?:\{{{_BRACED}\}}|\([^()\n{_CJK}]*\)|[-+−]?[{_WORD}]+|[*†⊤′])"
        rf"(?:[\^_](?:\{{{_BRACED}\}}|[-+−]?[{_WORD}]+|[*†⊤′]))*\)?"
    ),
    # H₂SO₄, Ca²⁺, 10⁻⁴: models have no pieces for these and make other signs of them; ¹²³ alone they know.
    # Of "method⁴" the sign alone.
    "raised": (
        rf"(?:(?<![{_WORD}{_RAISED}])(?![A-Za-z]?[a-z]{{3}})[{_WORD}¹²³{_RAISED}]{{1,30}}?)?"
        rf"(?<![{_RAISED}])[{_RAISED}][{_WORD}¹²³{_RAISED}]*"
    ),
}  # fmt: skip
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PROTECTED.items()}
_DOMAIN_HINT = re.compile(r"\.(?:com|org|net|io|co|ai|edu|gov|be|ly|me|dev|cn|de|uk)(?![A-Za-z0-9])")
_SCRIPT_HINT = re.compile(r"[\^_]")
_RAISED_HINT = re.compile(f"[{_RAISED}]")

_FOLD = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "‛": "'",
        "´": "'", "–": "-", "‐": "-", "‑": "-", "‒": "-", "—": " - ", "―": " - ", "…": "...", "−": "-",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    }
)  # fmt: skip
_SPACES = re.compile(r" {2,}")


def fold_typography(text: str) -> str:
    """Write typographic quotes, dashes and spaces in ASCII, as OPUS-MT's and our own training text has them.

    Source of the table: Moses' `normalize-punctuation.perl -l en`, which Marian's tokenizer never applies.

    >>> fold_typography("a “robust” model—it’s fast")
    'a "robust" model - it\\'s fast'
    """
    folded = text if text.isascii() else text.translate(_FOLD)
    return _SPACES.sub(" ", folded) if "  " in folded else folded


def find_protected(text: str) -> list[tuple[int, int, str]]:
    """Spans of `text` that must not be translated, as (start, end, kind), in order and without overlap.

    >>> find_protected("see https://a.org/x. Loss $L$ [3]")
    [(4, 19, 'url'), (26, 29, 'math'), (30, 33, 'citation')]
    """
    # For each kind that may occur, its next match; the leftmost of them is taken, as one alternation would.
    ahead: list[tuple[int, int, re.Match[str]]] = []
    for rank, kind in enumerate(_kinds(text)):
        if match := _COMPILED[kind].search(text):
            ahead.append((match.start(), rank, match))
    if not ahead:
        return []
    patterns = {rank: (kind, _COMPILED[kind]) for rank, kind in enumerate(_kinds(text))}
    found: list[tuple[int, int, str]] = []
    while ahead:
        start, rank, match = min(ahead, key=lambda candidate: candidate[:2])
        end = start + len(_balanced(match[0]))
        if end > start:
            found.append((start, end, patterns[rank][0]))
        position = max(end, start + 1)
        ahead = [
            candidate
            for other in ahead
            if (candidate := other if other[0] >= position else _next(patterns[other[1]][1], text, position, other[1]))
        ]
    return found


def _next(pattern: re.Pattern[str], text: str, position: int, rank: int) -> tuple[int, int, re.Match[str]] | None:
    match = pattern.search(text, position)
    return (match.start(), rank, match) if match else None


def _kinds(text: str) -> Iterator[str]:
    """The kinds that may occur in a text, by signs that are cheap to look for, in their order."""
    if "⟦" in text:
        yield "mask"
    if "$" in text or "\\" in text:
        yield "math"
    if "://" in text or "www." in text or _DOMAIN_HINT.search(text):
        yield "url"
    if "this http" in text:
        yield "link"
    if "@" in text:
        yield "email"
    if "Xiv" in text or "xiv" in text:
        yield "arxiv"
    if "10." in text and "/" in text:
        yield "doi"
    if "`" in text or "()" in text:
        yield "code"
    if "\\" in text:
        yield "tex"
    if "[" in text or "(" in text:
        yield "citation"
    if _SCRIPT_HINT.search(text):
        yield "script"
    if not text.isascii() and _RAISED_HINT.search(text):
        yield "raised"


def _balanced(span: str) -> str:
    """A span without the closing brackets at its end that were opened before it: `(see x.org/a)` keeps its own."""
    while span and span[-1] in ")]}" and span.count(span[-1]) > span.count({")": "(", "]": "[", "}": "{"}[span[-1]]):
        span = span[:-1].rstrip(".,;:!?")
    return span


def mask(segment: Segment, style: str = RESERVED) -> MaskedSegment:
    """Replace what must not be translated by masks written in `style`, and fold typography in the rest.

    There may be more than `MAX_MASKS`: whoever translates splits such a segment.

    >>> mask(Segment("a", "text", 0, "The loss $L$ fell."))
    MaskedSegment(segment=Segment(abstract_id='a', field='text', index=0, text='The loss $L$ fell.', gap=''), \
text='The loss ⟦0⟧ fell.', originals=('$L$',))
    """
    text = segment.text
    spans = [(start, end) for start, end, _ in find_protected(text)]
    if not text.isascii():
        spans = _with_others(text, spans, FOREIGN)
    if (prefix := style.split("{}")[0].strip()) != "⟦" and prefix.lower() in text.lower():
        spans = _with_others(text, spans, mask_pattern(style))  # what looks like a mask must come back as it is
    if not spans:
        return MaskedSegment(segment, fold_typography(text))
    parts: list[str] = []
    originals: list[str] = []
    last = 0
    for start, end in spans:
        parts += [fold_typography(text[last:start]), style.format(len(originals))]
        originals.append(text[start:end])
        last = end
    parts.append(fold_typography(text[last:]))
    return MaskedSegment(segment, "".join(parts), tuple(originals))


def _with_others(text: str, spans: list[tuple[int, int]], pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """The spans, and what matches between them."""
    found, last = [], 0
    for start, end in [*spans, (len(text), len(text))]:
        found += [(match.start() + last, match.end() + last) for match in pattern.finditer(text[last:start])]
        found.append((start, end))
        last = end
    return found[:-1]


def restore(hypothesis: str, originals: Sequence[str], style: str = RESERVED) -> str:
    """Put the protected spans back into a hypothesis; a mask number that was never given out is left as it is.

    >>> restore("损失⟦0⟧下降。", ("$L$",))
    '损失$L$下降。'
    """
    if not originals:
        return hypothesis

    def original(match: re.Match[str]) -> str:
        number = int(match[1])
        return originals[number] if number < len(originals) else match[0]

    return mask_pattern(style).sub(original, hypothesis)


def in_order(text: str, values: Sequence[str], style: str) -> tuple[str, tuple[str, ...]]:
    """A masked text with its masks numbered from the first to the last, and their values in that order.

    Nothing where the masks are not those of the values.
    """
    if any(int(number) >= len(values) for number in mask_pattern(style).findall(text)):
        return "", ()  # in a style that ends in the number, digits of the text stood behind a mask
    order = {number: str(place) for place, number in enumerate(mask_pattern(style).findall(text))}
    text = mask_pattern(style).sub(lambda match: style.format(order[match[1]]), text)
    return text, tuple(values[int(number)] for number in order)
