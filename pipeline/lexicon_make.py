"""Make `lexicon.tsv` from aligned text and the dictionary:

    python -m pipeline.lexicon_make abstracts.train.jsonl.xz > pipeline/lexicon.tsv

For a common word, characters are taken one by one, each the most telling where the ones before are lacking. What is
learnt from every other sentence is tried on those between, and kept where nearly all of them have one of the
characters. For other words the dictionary's renderings are tried on all sentences, whole and, where too few have one,
by their telling characters; nouns and adjectives that hardly stand in any are to be rendered as the dictionary does.

From what this prints some rows were taken out by hand: of names that methods have too (Mercury, Raphael), and of
"correspondent", which papers use in a sense of their own. Six (Nash, aerial vehicle) stay of an earlier run.
"""

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from models.train.config import CorpusSource
from models.train.corpus import read_documents
from pipeline.dictionary import Entry, dictionary
from pipeline.finish import HAN
from pipeline.lexicon import Row, by_first_word, singulars, terms_of, words
from pipeline.numerals import TENS, UNITS

_NOMINAL = "nap"  # nouns, adjectives and names, which can be given to a model as masks
_HAN = re.compile(f"[{HAN}]")
_COMMON = 0.25  # characters in a larger share of all targets tell nothing
_LEAST = 120  # sentences with a word, to learn its characters from
_MOST = 4_000
_SIGNS, _SIGN_SHARE = 6, 0.02
_COVERED = 0.97  # share of the sentences tried that have one of the characters, at least
_CHANCE = 0.3  # of any other target to have one of the characters, at most
_TELLING = 0.03  # share of all targets that have a character of a rendering by which it is known, at most
_COVERED_RARE, _COVERED_FEW = 0.9, 0.75  # the latter of nouns and adjectives in less than `_SOME` sentences
_FEW, _SOME = 4, 20
_AS_VERB, _AT_START = 0.15, 0.3
_NUMBERS = frozenset(f"{UNITS} {TENS}".split())  # `pipeline.counts` looks for them


def make(pairs: Iterable[tuple[str, str]], known: Mapping[str, Entry]) -> dict[str, Row]:
    """The row of each word, by word.

    >>> animals = zip(["cat", "cow", "dog", "hen", "pig"], "猫牛狗鸡猪", strict=True)
    >>> pairs = [(f"This is the {animal}.", f"这是那只{sign}。") for animal, sign in animals] * 150
    >>> make(pairs, {"mice": Entry("n", ("老鼠",))})["cow"], make(pairs, {"emu": Entry("n", ("鸸鹋",))})["emu"]
    (Row(signs=('牛',), rendering=''), Row(signs=('鸸鹋',), rendering='鸸鹋'))
    """
    targets: list[str] = []
    places: defaultdict[str, list[int]] = defaultdict(list)
    terms = by_first_word(map(str.lower, known))
    for row, (source, target) in enumerate(pairs):
        targets.append(target)
        for word in [*words(source), *terms_of(source, terms)]:
            places[word].append(row)
    count = Counter(char for target in targets for char in set(_HAN.findall(target)))
    base = {char: number / len(targets) for char, number in count.items()}
    found: dict[str, Row] = {}
    for word, rows in places.items():
        at_start = word[0].isupper() and len(places.get(word.lower(), ())) > _AT_START * len(rows)
        if at_start or word in _NUMBERS:  # the first word of a sentence or title is no name
            continue
        if len(rows) >= _LEAST and (learnt := _learnt([targets[row] for row in rows[:_MOST]], base)):
            found[word] = Row(tuple(learnt), "")
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for word in places:
        for noun in singulars(word):
            forms[noun].append(word)
    for name, entry in known.items():
        word = name.lower() if " " in name or "-" in name else name
        lines = [line for form in [word, *(forms[word] if entry.use == "n" else [])] for line in places.get(form, ())]
        if signs := found[word].signs if word in found else _signs(entry, [targets[line] for line in lines], base):
            nominal = entry.use in _NOMINAL and _as_verb(word, places) <= _AS_VERB * len(lines)
            usual = max(entry.renderings, key=lambda one: sum(one in targets[line] for line in lines))
            found[word] = Row(signs, usual if nominal else "")
    return dict(sorted(found.items()))


def _as_verb(word: str, places: Mapping[str, list[int]]) -> int:
    """How many sentences have a word as a verb in -ed or -ing: what is one too often is no noun ("issue", "jump")."""
    stems = {word, word.removesuffix("e"), word + word[-1]}
    return sum(len(places.get(stem + end, ())) for stem in stems for end in ("ed", "ing"))


def _learnt(targets: list[str], base: Mapping[str, float]) -> str:
    """The characters that nearly all of these targets have one of, and few others; none if there are none."""
    chosen, rest = "", [set(_HAN.findall(target)) for target in targets[::2]]
    least = max(3.0, _SIGN_SHARE * len(rest))
    while rest and len(chosen) < _SIGNS:
        count = Counter(char for target in rest for char in target if base[char] < _COMMON)
        sign = max(count, key=lambda char: count[char] / len(rest) - base[char], default="")
        if count[sign] < least:
            break
        chosen += sign
        rest = [target for target in rest if sign not in target]
    chance = 1 - math.prod(1 - base[sign] for sign in chosen)
    return chosen if _share(chosen, targets[1::2]) >= _COVERED and chance <= _CHANCE else ""


def _signs(entry: Entry, targets: list[str], base: Mapping[str, float]) -> tuple[str, ...]:
    """The renderings, or their telling characters, if nearly all of these targets have one; else none."""
    if len(targets) < _FEW:
        return entry.renderings if entry.use in _NOMINAL else ()
    least = _COVERED_FEW if len(targets) < _SOME and entry.use in _NOMINAL else _COVERED_RARE
    tried = (entry.renderings, tuple(_telling(entry.renderings, base)))
    return next((signs for signs in tried if _share(signs, targets) >= least), ())


def _telling(renderings: Iterable[str], base: Mapping[str, float]) -> list[str]:
    """The characters of renderings that few targets have; of a rendering without any the whole."""
    signs: dict[str, None] = {}
    for rendering in renderings:
        signs |= dict.fromkeys([char for char in rendering if base.get(char, 0) < _TELLING] or [rendering])
    return list(signs)


def _share(signs: Iterable[str], targets: list[str]) -> float:
    return sum(any(sign in target for sign in signs) for target in targets) / len(targets)


def main(paths: list[str]) -> None:
    """Print the lexicon of the `good` and `fair` pairs of files of graded abstracts, and of the dictionary."""
    documents = (
        document
        for path in map(Path, paths)
        for grade in ("good", "fair")
        for document in read_documents(CorpusSource(path.name, 1.0, grade=grade), path.parent)
    )
    for word, row in make((pair for document in documents for pair in document), dictionary()).items():
        print(word, "|".join(row.signs), row.rendering, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
