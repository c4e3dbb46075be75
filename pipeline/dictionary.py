"""A dictionary of what abstracts have now and then: "apartment" 公寓, "box plot" 箱线图, "Peruvian" 秘鲁.

A small model sees such a word too seldom to learn it, and takes another for it. `dictionary.tsv`, written for this
project by a language model, has 47,000 of them with their main use and their renderings, the likeliest first. Training
text with one of them is varied with others, so that all are met (targeting rare words: Fadaee et al. 2017, arXiv
1705.00440).
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipeline.lexicon import WORD, singulars

FILE = Path(__file__).with_name("dictionary.tsv")
_VARIED = "nad"  # nouns, adjectives and adverbs: verbs ask for their own company
_MOST = 3
_IRREGULAR = re.compile(r"(?:fe?|[iu]s|[sz]|man|child|mouse|foot|tooth|ch|sheep|data|media|a)$")
_ARTICLE = re.compile(r"\b([Aa])n?( ?)$")


class Entry(NamedTuple):
    """A word's main use and its renderings, the likeliest first.

    The uses are `n`, `v`, `a`, `d` for adverbs, `p` for names of places and peoples and `x` for what is left.
    """

    use: str
    renderings: tuple[str, ...]


@cache
def dictionary() -> Mapping[str, Entry]:
    """Lower-case words, nouns in the singular.

    >>> dictionary()["apartment"]
    Entry(use='n', renderings=('公寓',))
    """
    rows = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())
    return {word: Entry(use, tuple(renderings.split("|"))) for word, use, renderings in rows}


def look_up(word: str) -> tuple[Entry, bool] | None:
    """A word's entry, and whether the word is its plural.

    >>> look_up("apartments")
    (Entry(use='n', renderings=('公寓',)), True)
    """
    known = dictionary()
    if entry := known.get(word):
        return entry, False
    return next(((entry, True) for noun in singulars(word) if (entry := known.get(noun)) and entry.use == "n"), None)


def plural(noun: str) -> str:
    """The plural of a regular noun.

    >>> plural("fee"), plural("allergy"), plural("patch")
    ('fees', 'allergies', 'patches')
    """
    if re.search("[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


@cache
def _by_use() -> Mapping[str, Sequence[tuple[str, str]]]:
    found = defaultdict(list)
    for word, entry in dictionary().items():
        found[entry.use].append((word, entry.renderings[0]))
    return found


def vary_words(english: str, chinese: str, rng: random.Random) -> tuple[str, str] | None:
    """A pair with other words of the dictionary in place of some of its own; None where it has none.

    A word is changed where it stands once on each side, a noun for a noun. What comes out may make no sense, but says
    how words are rendered in a sentence.
    """
    found = []
    for match in WORD.finditer(english):
        looked_up = look_up(match[0])
        if looked_up and looked_up[0].use in _VARIED and len(re.findall(rf"\b{match[0]}\b", english)) == 1:
            entry, many = looked_up
            there = [one for one in entry.renderings if len(one) > 1 and one in chinese]
            if there and chinese.count(longest := max(there, key=len)) == 1:
                found.append((match.span(), entry.use, many, longest))
    if not found:
        return None
    for (start, end), use, many, rendering in sorted(rng.sample(found, min(len(found), rng.randint(1, _MOST))))[::-1]:
        if chinese.count(rendering) != 1:  # one before has changed it
            continue
        word, other = rng.choice(_by_use()[use])
        while many and _IRREGULAR.search(word):
            word, other = rng.choice(_by_use()[use])
        before = english[:start]
        if article := _ARTICLE.search(before):
            before = before[: article.end(1)] + "n" * word.startswith(tuple("aeio")) + article[2]
        english = before + (plural(word) if many else word) + english[end:]
        chinese = chinese.replace(rendering, other)
    return english, chinese
