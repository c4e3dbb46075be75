"""Terms: are those of a list rendered as accepted, and the same way throughout an abstract?

A list has a line a term, `English<TAB>Chinese`, where Chinese may be several accepted renderings, `一|二`; the same
English on several lines has all of theirs. A first line "en<TAB>zh" is a heading; more columns are left alone.
What this module does not do: know what else would have been right. A rendering that is not on the list counts as none.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from eval.comparison import Kept, Term, TermsKept
from eval.references import read_lines
from pipeline.errors import InputError

Terms = Mapping[str, tuple[str, ...]]
"""English -> its accepted renderings."""

_WORD = re.compile(r"[A-Za-z0-9]+")
_BETWEEN = {" ", "-", "\n", ""}  # what may stand between the words of a term
_HEADINGS = {("en", "zh"), ("english", "chinese"), ("term", "translation")}


def read_terms(path: Path) -> Terms:
    """Read a list of terms. Raises `InputError` with the line that is none, and for a list without terms."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(read_lines(path), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or (number == 1 and tuple(map(str.lower, cells[:2])) in _HEADINGS):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise InputError(f"{path}:{number}: no term: write English, a tab, and Chinese (several with | between)")
        renderings = [one.strip() for one in cells[1].split("|") if one.strip()]
        found[cells[0]] = tuple(dict.fromkeys([*found.get(cells[0], ()), *renderings]))
    if not found:
        raise InputError(f"{path}: no terms in it; write English, a tab, and Chinese on each line")
    return found


class Finder:
    """Finds the terms of a list in English; the longest wins where several stand, case and plural s set aside.

    >>> Finder({"graph": ("图",), "graph neural network": ("图神经网络",)}).find("Graph neural networks on graphs")
    {'graph neural network': 1, 'graph': 1}
    """

    def __init__(self, terms: Terms) -> None:
        self._beginning: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in terms:
            if words := tuple(_stem(match[0]) for match in _WORD.finditer(name)):
                self._beginning.setdefault(words[0], []).append((words, name))
        for known in self._beginning.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def find(self, source: str) -> dict[str, int]:
        """The terms of a source and how often each stands there."""
        matches = list(_WORD.finditer(source))
        words = [_stem(match[0]) for match in matches]
        joined = [source[a.end() : b.start()] in _BETWEEN for a, b in pairwise(matches)]
        found: Counter[str] = Counter()
        place = 0
        while place < len(words):
            for term, name in self._beginning.get(words[place], ()):
                end = place + len(term)
                if tuple(words[place:end]) == term and all(joined[place : end - 1]):
                    found[name] += 1
                    place = end - 1
                    break
            place += 1
        return dict(found)


def _stem(word: str) -> str:
    """A word in lower case without the ending of the plural.

    >>> [_stem(word) for word in ("Networks", "policies", "losses", "indexes")]
    ['network', 'policy', 'loss', 'index']
    """
    word = word.lower()
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def renderings_in(text: str, accepted: Sequence[str]) -> list[str]:
    """Those of the accepted renderings that a text has, apart from those that only stand within longer ones.

    >>> renderings_in("图 神经网络和图", ["图", "图神经网络", "网络"])
    ['图神经网络', '图']
    """
    text = text.replace(" ", "").lower()
    found = []
    for rendering in sorted(accepted, key=len, reverse=True):
        wanted = rendering.replace(" ", "").lower()
        if wanted in text:
            found.append(rendering)
            text = text.replace(wanted, "\n")
    return found


def score_terms(
    terms: Terms, found: Sequence[Mapping[str, int]], systems: Sequence[Sequence[str]]
) -> tuple[list[Term], list[TermsKept]]:
    """Each term that occurs, the commonest first, and each system's sums.

    `found[i]` are the terms of item i as `Finder` finds them, `systems[s][i]` is what a system made of it.

    >>> listed, kept = score_terms({"graph": ("图", "图形")}, [{"graph": 2}], [["图和图"], ["图和图形"], ["表"]])
    >>> listed[0].kept, [one.consistent for one in kept]
    ((1, 1, 0), [Kept(kept=1, count=1), Kept(kept=0, count=1), Kept(kept=0, count=1)])
    """
    count = Counter(name for names in found for name in names)
    kept = {name: [0] * len(systems) for name in count}
    sums = []
    for number, texts in enumerate(systems):
        consistent = repeated = 0
        for names, text in zip(found, texts, strict=True):
            for name, times in names.items():
                used = renderings_in(text, terms[name])
                kept[name][number] += bool(used)
                repeated += times > 1
                consistent += times > 1 and len(used) == 1
        rendered = Kept(sum(of_system[number] for of_system in kept.values()), count.total())
        sums.append(TermsKept(rendered, Kept(consistent, repeated)))
    listed = [Term(name, terms[name], times, tuple(kept[name])) for name, times in count.most_common()]
    return listed, sums
