"""Split a normalised English text into segments (sentences), and an over-long segment into pieces.

`split` looks at every stop that white space follows, and at a stop glued to the next sentence's first word, and asks
`pipeline.borders`. No border is set inside brackets, quotes or a protected span (`pipeline.mask.find_protected`). A
newline, which normalised text has only between paragraphs and list items, is always a border. Joining segments and
gaps gives the text back, whatever the text is. How `split` compares with the known libraries: `eval.segmenters`.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from pipeline.borders import STARTERS, Candidate, ends_sentence
from pipeline.mask import find_protected
from pipeline.records import Field, Segment

MAX_ASIDE = 300
"""Characters after a border within which a bracket or quote must close to count as open around it."""

_CANDIDATE = re.compile(
    r"""(?<![.!?…])([.!?…]+)                           # 1: the stop
    ((?:["'”’»)\]}$]|\\[)\]])*                         # 2: what closes after it: quotes, brackets, math,
    (?:\ ?\[\d[\d,–\-\ ]*\](?=\ [A-Z])                 #    and a citation in brackets
      |(?<=[a-z]{3}\.)\d{1,2}(?:,\d{1,2})*(?=\ [A-Z])  #    or raised
    )?)
    (?:[^\S\n]+|(?=([A-Z][\w-]*)([ ,])))               # white space, or 3: a word glued to the stop, 4: what follows it
    (?=(\S+))                                          # 5: the next token""",
    re.VERBOSE,
)
_LINE_BREAK = re.compile(r"\s*\n\s*")
_CLOSES_LATER = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*\)")
_LIBRARIES = "torch|numpy|scipy|keras|pandas|sklearn|pytorch|tensorflow|transformers"
_BEFORE_STARTER = re.compile(r".+[a-z0-9)\]%”\"]$")
_BEFORE_NAME = re.compile(rf"(?!(?:{_LIBRARIES})$)(?:[a-z]{{5,}}|.*\))$")

_CONJUNCTION = "and|but|or|nor|so|which|who|whose|that|where|when|while|whereas|because|since|although|if"
_PREPOSITION = "as|at|by|for|from|in|of|on|than|to|under|using|via|with|without"
_CUTS = (
    # where an over-long segment is cut, best first, and the share of its length that must stay on each side
    (re.compile(r"[;:]\s+|this http URL\s+"), 0.2),  # arXiv's pages show "work.To" as "this http URL"
    (re.compile(r",\s+|\s[-–—]{1,3}\s|—"), 0.2),
    (re.compile(rf"\s+(?=(?:{_CONJUNCTION})\s)"), 0.2),
    (re.compile(rf"\s+(?=(?:{_PREPOSITION})\s)"), 0.2),
    (re.compile(r"\s+"), 0.0),
    (re.compile(r"(?=\S)"), 0.0),
)


class _Spans:
    """The protected spans of a text, for asking whether a position lies inside one."""

    def __init__(self, text: str) -> None:
        self.spans = [(start, end) for start, end, _ in find_protected(text)]
        self.starts = [start for start, _ in self.spans]

    def around(self, position: int) -> tuple[int, int] | None:
        """The span that holds `position` inside it, not at its ends."""
        index = bisect_left(self.starts, position) - 1
        return self.spans[index] if index >= 0 and position < self.spans[index][1] else None


def split(text: str) -> list[tuple[str, str]]:
    """Segments of a normalised text, each with the white space after it; joined they give the text back.

    >>> split("We follow Smith et al. (2019). The loss is $L$. wav2vec is used, e.g. in Fig. 3.")
    [('We follow Smith et al. (2019).', ' '), ('The loss is $L$.', ' '), ('wav2vec is used, e.g. in Fig. 3.', '')]
    """
    spans, text_end = _Spans(text), len(text.rstrip())
    matches: Iterable[re.Match[str]] = _CANDIDATE.finditer(text)
    if "\n" in text:
        matches = sorted([*matches, *_LINE_BREAK.finditer(text)], key=re.Match.start)
    segments, last = [], 0
    for match in matches:
        is_break = match.re is _LINE_BREAK
        border = match.start() if is_break else match.end(2)
        if not last < border < text_end or spans.around(border):
            continue
        if is_break or _is_border(text, last, match):
            segments.append((text[last:border], text[border : match.end()]))
            last = match.end()
    if last < len(text):
        text_end = max(text_end, last)
        segments.append((text[last:text_end], text[text_end:]))
    return segments


def segment(abstract_id: str, field: Field, text: str) -> tuple[Segment, ...]:
    """The segments of one field of an abstract, numbered from 0.

    >>> [s.text for s in segment("a", "text", "It works. We show why.")]
    ['It works.', 'We show why.']
    """
    return tuple(Segment(abstract_id, field, index, *piece) for index, piece in enumerate(split(text)))


def _is_border(text: str, last: int, match: re.Match[str]) -> bool:
    """Whether the segment that starts at `last` ends at the stop of `match`."""
    stop, closers, glued, follows, after = match.groups()
    word_start = max(text.rfind(" ", last, match.start()) + 1, last)
    word = text[word_start : match.start()]
    if glued is not None and not _are_two_words(word, glued, follows):
        return False
    previous = text[max(last, word_start - 40) : word_start].rpartition(" ")[0].rpartition(" ")[2]
    return ends_sentence(Candidate(word, stop, closers, after, previous)) and not _inside(text, last, match.end(2))


def _are_two_words(word: str, glued: str, follows: str) -> bool:
    """Whether `word.glued` is a sentence's end and the next one's start rather than a name such as "torch.Tensor"."""
    if glued in STARTERS:
        return _BEFORE_STARTER.match(word) is not None
    return follows == " " and _BEFORE_NAME.match(word) is not None


def _inside(text: str, last: int, border: int) -> bool:
    """Whether a bracket or quote that opened after `last` closes only after `border`."""
    aside_end = border + MAX_ASIDE
    opened = text.count("(", last, border)
    if opened and (
        opened > text.count(")", last, border) or text.rfind("(", last, border) > text.rfind(")", last, border)
    ):
        return _CLOSES_LATER.match(text, border, aside_end) is not None
    if text.rfind("[", last, border) > text.rfind("]", last, border):
        return text.find("]", border, aside_end) >= 0
    if text.count("“", last, border) > text.count("”", last, border):
        return text.find("”", border, aside_end) >= 0
    quote = text.rfind('"', last, border)
    opens = quote >= 0 and (quote == last or text[quote - 1] in " (") and quote < border - 1
    return opens and text.find('"', border, aside_end) >= 0


def split_long(text: str, fits: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Cut a text that is too long into pieces that each fit, with the white space after each; joined they give it back.

    The text is halved until all pieces fit, each time at the best border near the middle: after `;` or `:`, after `,`
    or a dash, before a conjunction, before a preposition, at a space, at last anywhere. A protected span is cut only
    if it does not fit alone.
    Raises `ValueError` if even one character does not fit.

    >>> split_long("We train a model, test it; then we stop.", lambda piece: len(piece) < 28)
    [('We train a model, test it;', ' '), ('then we stop.', '')]
    """
    spans = _Spans(text)
    pieces, waiting = [], [(0, len(text))]
    while waiting:
        start, end = waiting.pop()
        piece = text[start:end]
        body = piece.rstrip()
        if not body or fits(body):
            pieces.append((body, piece[len(body) :]))
        elif len(body) == 1:
            raise ValueError(f"no piece of text fits, not even {body!r}: the limit is too small")
        else:
            cut = _best_cut(text, start, start + len(body), spans)
            waiting += [(cut, end), (start, cut)]
    return pieces


def _best_cut(text: str, start: int, end: int, spans: _Spans) -> int:
    """Where to cut `text[start:end]`: a position inside it, in no span that lies whole in it and is not all of it."""

    def allowed(position: int, margin: float) -> bool:
        span = spans.around(position)
        whole = span is not None and start <= span[0] and span[1] <= end and span != (start, end)
        return not whole and start + margin < position < end - margin

    def places(pattern: re.Pattern[str], share: float) -> Iterator[int]:
        found = (match.end() for match in pattern.finditer(text, start, end))
        return (place for place in found if allowed(place, share * (end - start)))

    def off_middle(place: int) -> float:
        return abs(place - (start + end) / 2)

    # of two characters or more, one has a place before it, so the last pattern finds one
    return next(min(found, key=off_middle) for cut in _CUTS if (found := list(places(*cut))))
