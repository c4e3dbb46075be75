"""Measure what a text repeats: units on end ("的模型的模型的模型"), whole clauses, and fours of characters anywhere."""

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.finish import HAN

FEWEST_REPEATED = 2
"""Fours of characters that come again in the shortest loop worth looking for (3 units of 2 characters)."""

_GRAM = 4  # characters; Chinese repeats few fours of characters unless it loops
_LONGEST_UNIT = 60  # characters of a repeated unit that are looked for
_FEW_GRAMS = 5  # repeated fours that any English sentence may have
_CLAUSE_END = re.compile("[，。；：？！]")
_HAN_CHAR = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Loop:
    """A unit that a text repeats without anything between: how often, and how many characters that takes."""

    unit: str
    repeats: int
    chars: int


def repeated_grams(text: str) -> int:
    """How many of a text's fours of characters stood in it before.

    >>> repeated_grams("的模型的模型的模型")
    3
    """
    count = len(text) - _GRAM + 1
    return count - len({text[i : i + _GRAM] for i in range(count)}) if count > 0 else 0


def longest_loop(text: str) -> Loop:
    """The longest stretch of a text that is one unit repeated.

    >>> longest_loop("一种新的模型的模型的模型")
    Loop(unit='的模型', repeats=3, chars=9)
    """
    best = Loop("", 1, 0)
    for size in _likely_units(text):
        run = 0
        for i in range(size, len(text)):
            run = run + 1 if text[i] == text[i - size] else 0
            if run >= size and run + size > best.chars:
                start = i + 1 - run - size
                best = Loop(text[start : start + size], (run + size) // size, run + size)
    return best


def _likely_units(text: str) -> list[int]:
    """Sizes of units that a text may repeat: the distances at which its fours of characters come again."""
    last: dict[str, int] = {}
    distances: Counter[int] = Counter()
    for i in range(len(text) - _GRAM + 1):
        gram = text[i : i + _GRAM]
        if gram in last:
            distances[i - last[gram]] += 1
        last[gram] = i
    return sorted(size for size, count in distances.items() if count >= FEWEST_REPEATED and size <= _LONGEST_UNIT)


def repeated_clause(text: str, least_chars: int) -> str:
    """A clause with at least so many Chinese characters that a text has twice, or nothing.

    >>> repeated_clause("我们提出新的方法，该方法很快，我们提出新的方法。", 8)
    '我们提出新的方法'
    """
    seen: set[str] = set()
    for clause in _CLAUSE_END.split(text):
        if len(clause) >= least_chars:
            if clause in seen and len(_HAN_CHAR.findall(clause)) >= least_chars:
                return clause
            seen.add(clause)
    return ""


def repeats_too(source: str, loop: Loop) -> bool:
    """Whether a source repeats as a target does: the same unit ("Something-Something"), or one of its own as often.

    >>> repeats_too("on Something-Something V2", Loop("Something-", 2, 20))
    False
    >>> repeats_too("a very very very very long text", Loop("非常", 4, 8))
    True
    """
    return loop.unit * 2 in source.replace(" ", "") or (
        repeated_grams(source) >= _FEW_GRAMS and longest_loop(source).repeats >= loop.repeats
    )
