"""What a translation must have for the words of its source: of "entropy" 熵, of "scar" 瘢痕 or 疤痕.

A small model drops clauses, and takes a word that it has seldom seen for another. For 41,000 words and terms
`lexicon.tsv` has signs, characters or words of Chinese, of which careful translations nearly always have one: those of
common words are learnt from aligned text, those of rare ones come from the dictionary (`pipeline.lexicon_make`). A
target without any of them most likely lost the word; a noun or adjective then can be given to the model as a mask.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from models.masks import RESERVED
from pipeline.mask import in_order

FILE = Path(__file__).with_name("lexicon.tsv")
WORD = re.compile(r"(?<![\w'’\\-])[a-z]{3,}(?![\w'’-])")
_NAME = re.compile("[A-Z][a-z]{2,}")
_CAPITALS = re.compile(r"(?<![\w'’\\-])[A-Z]\w*(?:[ -][A-Z]\w*)*(?![\w'’-])")  # of several words they name other things
_WORD = re.compile(r"(?<![\w-])[a-z]+")
_FIRST = re.compile(r"[a-z]+(?=['’ -])")
_VERBAL = ("to", "can", "could", "may", "might", "will", "would", "must", "should", "we", "they", "us", "not")
_BEFORE_VERB = "".join(rf"(?<!\b{word} )" for word in _VERBAL)
_END = re.compile(r"(?:e?s)?(?![\w-])")


class Row(NamedTuple):
    """The signs of a word, and for rare nouns and adjectives the likeliest rendering."""

    signs: tuple[str, ...]
    rendering: str


@cache
def lexicon() -> Mapping[str, Row]:
    """Lower-case English words; rare nouns only in the singular.

    >>> lexicon()["entropy"]
    Row(signs=('熵',), rendering='')
    """
    rows = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines())
    return {word: Row(tuple(signs.split("|")), rendering) for word, signs, rendering in rows}


@cache
def _terms() -> Mapping[str, Sequence[str]]:
    return by_first_word(lexicon())


def look_up(word: str) -> Row | None:
    """The row of a word, or of the noun that it is the plural of.

    >>> look_up("entropies") is None, look_up("apartments").rendering
    (True, '公寓')
    """
    known = lexicon()
    if row := known.get(word):
        return row
    return next((row for noun in singulars(word) if (row := known.get(noun)) and row.rendering), None)


def singulars(word: str) -> list[str]:
    """What a word may be the plural of.

    >>> singulars("allergies"), singulars("boxes")
    (['allergy', 'allergi', 'allergie'], ['box', 'boxe'])
    """
    ends = (("ies", "y"), ("es", ""), ("s", ""))
    return [word.removesuffix(end) + single for end, single in ends if word.endswith(end) and not word.endswith("ss")]


def words(source: str) -> list[str]:
    """The lower-case words of a text, each once; the first counts as one. Then names of one word with one capital.

    >>> words("Entropy is the entropy of GPT-4 and top-k sampling from Peruvian texts.")
    ['entropy', 'the', 'and', 'sampling', 'from', 'texts', 'Entropy', 'Peruvian']
    """
    names = [name for name in _CAPITALS.findall(source) if _NAME.fullmatch(name)]
    return list(dict.fromkeys(WORD.findall(source[:1].lower() + source[1:]) + names))


def by_first_word(terms: Iterable[str]) -> dict[str, list[str]]:
    """Terms of several words by their first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for term in terms:
        if first := _FIRST.match(term):
            found[first[0]].append(term)
    return dict(found)


def terms_of(source: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """The known terms that stand in a text, in the singular; of those that overlap the first and longest.

    >>> terms_of("Box plots and the box plotted", by_first_word(["box plot"]))
    ['box plot']
    """
    return list(dict.fromkeys(term for term, _, _ in _found_terms(source, known)))


def _found_terms(source: str, known: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, int, int]]:
    """The terms with where they start and end."""
    text, last = source.lower(), 0
    for first in _WORD.finditer(text):
        start = first.start()
        there = [term for term in known.get(first[0], ()) if text.startswith(term, start)] if start >= last else []
        for term in sorted(there, key=len, reverse=True):
            if end := _END.match(text, start + len(term)):
                last = end.end()
                yield term, start, last
                break


def lost(source: str, target: str) -> list[str]:
    """The words of a source that its target (in simplified characters) seems to have lost.

    The words of a term are not looked for one by one. A first word that the target keeps is a name.

    >>> lost("The entropy of each policy is bounded.", "每个策略都有界。")
    ['entropy']
    >>> lost("Panda beats humans.", "Panda优于人类。"), lost("Panda beats humans.", "潘达优于人类。")
    ([], ['panda'])
    """
    first = _NAME.match(source)
    name = first[0].lower() if first and first[0] in target and first[0].lower() not in source else ""
    terms: dict[str, None] = {}
    rest = source
    for term, start, end in _found_terms(source, _terms()):
        terms[term] = None
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return [
        word
        for word in [*terms, *words(rest)]
        if (row := look_up(word))
        and not any(map(target.__contains__, row.signs))
        and (row.rendering or word not in target)
        and word != name
    ]


def mask_words(
    text: str, originals: Sequence[str], lost: Iterable[str], style: str = RESERVED
) -> tuple[str, tuple[str, ...]]:
    """Mask the rare nouns and adjectives in `lost` of a masked text too; returns it and what to restore, in its order.

    Not where the word before makes a verb of it ("to scheme").

    >>> mask_words("Plans of ⟦0⟧ apartments.", ("$n$",), ["apartments"])
    ('Plans of ⟦0⟧ ⟦1⟧.', ('$n$', '公寓'))
    """
    values = list(originals)
    for word in lost:
        if (row := look_up(word)) and row.rendering:
            one = f"(?i:{word}(?:e?s)?)" if _FIRST.match(word) else f"(?:{word}|{word.capitalize()})"
            before = _BEFORE_VERB if word in lexicon() else ""
            pieces = re.split(rf"(?<![\w'’-]){before}{one}(?![\w'’-])", text)
            text = pieces[0]
            for piece in pieces[1:]:
                text += style.format(len(values)) + piece
                values.append(row.rendering)
    return in_order(text, values, style)
