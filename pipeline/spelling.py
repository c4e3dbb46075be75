"""Spell the names in a target as its source does: small models slip in them ("Gibbbs", "NSCC" for NSCLC).

Words in small letters are English that was left as it is, in whatever form ("robustness" for "robust"): of them only
the doubled letters are mended.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_WORD = re.compile(r"[A-Za-z]{2,}")
_RUN = re.compile(r"([a-z])\1+")
_LEAST_LETTERS = 3  # of a source's word
_ALIKE, _ALIKE_CAPITALS = 0.75, 0.65  # the latter is one letter of three


def spell_like(source: str, target: str) -> str:
    """Give words of a target that its source does not have the spelling of the likest word that only the source has.

    >>> spell_like("The GBNs use Gibbs sampling.", "GBBN使用Gibbbs采样。")
    'GBN使用Gibbs采样。'
    """
    lower, found = source.lower(), set(_WORD.findall(target))
    words = _WORD.findall(source)
    stems, single = {_stem(word) for word in words}, {_single(word) for word in words}
    strange = {
        word
        for word in found
        # a part of a word may be meant: "Net" of ResNet
        if _stem(word) not in stems and (_stem(word) not in lower or _single(word) in single)
    }
    if not strange:
        return target
    initials = "".join(word[0] for word in words).lower()  # "LLM" may well stand for "large language models"
    kept = {_stem(word) for word in found}
    lost = {word for word in words if len(word) >= _LEAST_LETTERS and _stem(word) not in kept}
    slips = {word: _likest(word, lost) for word in strange if _stem(word) not in initials}
    return _WORD.sub(lambda match: slips.get(match[0], match[0]), target)


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")


def _single(word: str) -> str:
    return _RUN.sub(r"\1", word.lower())


def _likest(word: str, others: Iterable[str]) -> str:
    """The word most like `word` of those with the same initial; `word` itself if none is like it."""
    best, likest = 0.0, word
    for other in sorted(others):
        capitals = word.isupper() and _stem(other).upper() in other
        other = other.removesuffix("s") if capitals else other
        if word[0].lower() != other[0].lower():
            continue
        if _single(word) == _single(other):
            return other
        if word.islower() or other.islower() or other in word:  # "MobileNet" is no slip for "Mobile"
            continue
        alike = SequenceMatcher(None, word, other).ratio()
        if alike > best and alike >= (_ALIKE_CAPITALS if capitals else _ALIKE):
            best, likest = alike, other
    return likest
