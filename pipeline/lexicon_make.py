"""Make `lexicon.tsv` from aligned text: python -m pipeline.lexicon_make abstracts.train.jsonl.xz > pipeline/lexicon.tsv

For each word, characters are taken one by one, each the most telling where the ones before are lacking. What is learnt
from every other sentence is tried on those between, and kept where nearly all of them have one of the characters.
"""

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from models.train.config import CorpusSource
from models.train.corpus import read_documents
from pipeline.finish import HAN
from pipeline.lexicon import words

_HAN = re.compile(f"[{HAN}]")
_COMMON = 0.25  # characters in a larger share of all targets tell nothing
_LEAST = 120  # sentences with a word
_MOST = 4_000
_SIGNS, _SIGN_SHARE = 6, 0.02
_COVERED = 0.97  # share of the sentences tried that have one of the characters, at least
_CHANCE = 0.3  # of any other target to have one of the characters, at most


def make(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The characters that stand for each word, by word.

    >>> animals = zip(["cat", "cow", "dog", "hen", "pig"], "猫牛狗鸡猪", strict=True)
    >>> make([(f"This is the {animal}.", f"这是那只{sign}。") for animal, sign in animals] * 150)
    {'cat': '猫', 'cow': '牛', 'dog': '狗', 'hen': '鸡', 'pig': '猪'}
    """
    targets: list[str] = []
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row, (source, target) in enumerate(pairs):
        targets.append("".join(dict.fromkeys(_HAN.findall(target))))
        for word in words(source):
            places[word].append(row)
    count = Counter(char for target in targets for char in target)
    base = {char: number / len(targets) for char, number in count.items()}
    found = {
        word: signs
        for word, rows in places.items()
        if len(rows) >= _LEAST and (signs := _signs([targets[row] for row in rows[:_MOST]], base))
    }
    return dict(sorted(found.items()))


def _signs(targets: list[str], base: dict[str, float]) -> str:
    """The characters that nearly all of these targets have one of, and few others; none if there are none."""
    chosen, rest = "", targets[::2]
    least = max(3.0, _SIGN_SHARE * len(rest))
    while rest and len(chosen) < _SIGNS:
        count = Counter(char for target in rest for char in target if base[char] < _COMMON)
        sign = max(count, key=lambda char: count[char] / len(rest) - base[char], default="")
        if count[sign] < least:
            break
        chosen += sign
        rest = [target for target in rest if sign not in target]
    tried = targets[1::2]
    covered = sum(any(sign in target for sign in chosen) for target in tried) / len(tried)
    chance = 1 - math.prod(1 - base[sign] for sign in chosen)
    return chosen if covered >= _COVERED and chance <= _CHANCE else ""


def main(paths: list[str]) -> None:
    """Print the lexicon of the `good` and `fair` pairs of files of graded abstracts."""
    documents = (
        document
        for path in map(Path, paths)
        for grade in ("good", "fair")
        for document in read_documents(CorpusSource(path.name, 1.0, grade=grade), path.parent)
    )
    for word, signs in make(pair for document in documents for pair in document).items():
        print(word, signs, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
