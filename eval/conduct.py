"""What systems did that scores do not show: numbers, masks, English left over, loops, nothing at all.

The checks of the pipeline look at segments; a hypothesis is looked at here as a whole, against the whole source, so
that systems of any kind are measured alike.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.comparison import Behaviour, Kept
from pipeline.check import Limits, check_copied, take_spans
from pipeline.mask import find_protected
from pipeline.numbers import compare_numbers, numbers
from pipeline.repetition import FEWEST_REPEATED, longest_loop, repeated_grams, repeats_too
from pipeline.script import has_chinese

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source asks to be kept: its protected spans, and its numbers outside of them."""

    source: str
    spans: tuple[str, ...]
    rest: str
    numbers: int


@dataclass(frozen=True, slots=True)
class Conduct:
    """What one hypothesis did: numbers and spans lost, and the kinds of what is wrong with it."""

    lost_numbers: int
    lost_spans: int
    issues: tuple[str, ...]


def asked(source: str) -> Asked:
    """What must be kept of a source, in which nothing is known to be protected where it is empty.

    >>> asked("We gain 3% on $x$.")
    Asked(source='We gain 3% on $x$.', spans=('$x$',), rest='We gain 3% on ¤.', numbers=1)
    """
    spans = tuple(source[start:end] for start, end, _ in find_protected(source))
    rest, _ = take_spans(source, spans)
    return Asked(source, spans, rest, len(numbers(rest)))


def conduct(wanted: Asked, hypothesis: str) -> Conduct:
    """What a hypothesis did with its source.

    >>> conduct(asked("We gain 3% on $x$."), "我们在y上提高5%。").issues
    ('numbers', 'masks')
    """
    if not hypothesis.strip():
        return Conduct(wanted.numbers, len(wanted.spans), ("empty",))
    rest, missing = take_spans(hypothesis, wanted.spans)
    difference = compare_numbers(wanted.rest, rest) if wanted.source else None
    found = {
        "numbers": difference is not None and any(difference),
        "masks": bool(missing),
        "repetition": loops(wanted.source, hypothesis),
        "copied": bool(wanted.source and check_copied(wanted.rest, rest, _LIMITS)),
    }
    lost = min(len(difference.missing), wanted.numbers) if difference else 0
    return Conduct(lost, len(missing), tuple(kind for kind, wrong in found.items() if wrong))


def loops(source: str, hypothesis: str) -> bool:
    """Whether a hypothesis says something over and over that its source does not.

    >>> loops("a model", "一种模型的模型的模型的模型"), loops("a model", "一种模型")
    (True, False)
    """
    text = hypothesis.replace(" ", "")
    if repeated_grams(text) < FEWEST_REPEATED:
        return False
    loop = longest_loop(text)
    often = loop.repeats >= _LIMITS.loop_repeats and loop.chars >= _LIMITS.loop_chars
    return often and has_chinese(loop.unit) and not repeats_too(source, loop)


def behaviour(wanted: Sequence[Asked], found: Sequence[Conduct]) -> Behaviour:
    """The sums of a system over all items."""
    known = any(one.source for one in wanted)
    kinds = Counter(kind for one in found for kind in one.issues)
    count, spans = sum(one.numbers for one in wanted), sum(len(one.spans) for one in wanted)
    return Behaviour(
        numbers=Kept(count - sum(one.lost_numbers for one in found), count) if known else None,
        masks=Kept(spans - sum(one.lost_spans for one in found), spans) if known else None,
        empty=kinds["empty"],
        looping=kinds["repetition"],
        copied=kinds["copied"] if known else None,
    )
