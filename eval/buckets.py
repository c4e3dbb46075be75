"""Groups of items that have something in common, so that one sees where a system is weak.

Each rule puts every item in one group, or in none; a group with fewer than `FEWEST` items says nothing and is left
out, as is a rule with one group. To add a rule: a function from all items to a label each ("" for none), and its line
in `RULES`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from eval.conduct import Asked
from eval.references import Facts
from pipeline.mask import find_protected

FEWEST = 5
"""Items of the smallest group that is shown."""

_PARTS = 4  # of lengths, each with about as many items
_MANY_NUMBERS = 3
_MOST_CATEGORIES = 8
_WORD = re.compile(r"[a-z]{4,}")
_Rule = Callable[[Sequence[Facts], Sequence[Asked]], list[str]]


def by_length(facts: Sequence[Facts], asked: Sequence[Asked]) -> list[str]:
    """Four groups of about as many items each, by words of the source.

    >>> by_length([Facts("a " * count) for count in (1, 2, 3, 4)], [])
    ['1 to 1 words', '2 to 2 words', '3 to 3 words', '4 to 4 words']
    """
    lengths = [len(one.source.split()) for one in facts]
    ordered = sorted(lengths)
    # equal lengths stay together
    bounds = sorted({ordered[len(ordered) * part // _PARTS] for part in range(1, _PARTS)})
    groups = [sum(length >= bound for bound in bounds) for length in lengths]
    ends = {
        group: (min(found), max(found))
        for group in set(groups)
        if (found := [length for length, own in zip(lengths, groups, strict=True) if own == group])
    }
    return [f"{ends[group][0]} to {ends[group][1]} words" for group in groups]


def by_math(facts: Sequence[Facts], asked: Sequence[Asked]) -> list[str]:
    """With math or without."""
    return [
        "with math" if any(kind in ("math", "tex") for _, _, kind in find_protected(one.source)) else "without math"
        for one in facts
    ]


def by_numbers(facts: Sequence[Facts], asked: Sequence[Asked]) -> list[str]:
    """None, some or many numbers outside of math."""
    return [
        "no numbers" if not one.numbers else "1 or 2 numbers" if one.numbers < _MANY_NUMBERS else "3 or more numbers"
        for one in asked
    ]


def by_rare_words(facts: Sequence[Facts], asked: Sequence[Asked]) -> list[str]:
    """Three groups of about as many items each, by the share of their words that no other item has."""
    words = [set(_WORD.findall(one.source.lower())) for one in facts]
    spread = Counter(word for own in words for word in own)
    shares = [sum(spread[word] == 1 for word in own) / max(1, len(own)) for own in words]
    ordered = sorted(shares)
    few, many = ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]
    return [
        "many rare words" if one >= many else "some rare words" if one >= few else "few rare words" for one in shares
    ]


def by_category(facts: Sequence[Facts], asked: Sequence[Asked]) -> list[str]:
    """The first category; beyond the commonest ones, "other"."""
    first = [one.categories[0] if one.categories else "" for one in facts]
    common = {name for name, _ in Counter(filter(None, first)).most_common(_MOST_CATEGORIES)}
    return [name if name in common or not name else "other" for name in first]


RULES: dict[str, _Rule] = {
    "length": by_length,
    "math": by_math,
    "numbers": by_numbers,
    "rare words": by_rare_words,
    "category": by_category,
}
"""Kind -> rule."""


def group(facts: Sequence[Facts], asked: Sequence[Asked]) -> dict[tuple[str, str], list[int]]:
    """(kind, label) -> the positions of its items. Where sources are not known there are no groups but categories."""
    found: dict[tuple[str, str], list[int]] = {}
    with_source = sum(bool(one.source) for one in facts) * 2 > len(facts)
    for kind, rule in RULES.items():
        if kind != "category" and not with_source:
            continue
        groups: dict[str, list[int]] = {}
        for position, label in enumerate(rule(facts, asked)):
            if label:
                groups.setdefault(label, []).append(position)
        large = {label: items for label, items in groups.items() if len(items) >= FEWEST}
        if len(groups) > 1:
            found |= {(kind, label): large[label] for label in sorted(large, key=_in_order)}
    return found


def _in_order(label: str) -> tuple[int, str]:
    number = re.match(r"\d+", label)
    order = {"few": 0, "some": 1, "many": 2, "no": -1}.get(label.split()[0], 10**9)
    return (int(number[0]) if number else order, label)
