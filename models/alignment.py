"""Which source words explain which target words: IBM model 1 over pairs of word numbers.

P. F. Brown et al. 1993, The Mathematics of Statistical Machine Translation (https://aclanthology.org/J93-2003), each
word counted once a pair. Expectation maximisation as array arithmetic: every pair, source word and target word make a
cell, some 30 bytes each, so `MOST_CELLS` bounds the memory at about 2.5 GB.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_CELLS = 80_000_000
ITERATIONS = 5

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Links between words: `source[i]` becomes `target[i]` with `chance[i]`; in how many pairs each target word was.

    The links of a source word sum to 1. What no source word explains is linked to the number `source_size`.
    """

    source: Numbers
    target: Numbers
    chance: Numbers
    frequency: Numbers


def align(pairs: Iterable[tuple[Numbers, Numbers]], source_size: int, target_size: int) -> Links:
    """Learn links from pairs of source and target word numbers, as many of them as `MOST_CELLS` allows.

    >>> pairs = [([0, 1], [0, 1]), ([0, 2], [0, 2]), ([1], [1])]
    >>> links = align([(np.array(s), np.array(t)) for s, t in pairs], 3, 3)
    >>> best = [links.target[links.source == word][links.chance[links.source == word].argmax()] for word in range(3)]
    >>> [int(number) for number in best]  # each word its own
    [0, 1, 2]
    """
    keys, widths, frequency, cells = [], [], np.zeros(target_size, np.int64), 0
    for source, target in pairs:
        source, target = np.append(np.unique(source), source_size), np.unique(target)
        cells += len(source) * len(target)
        if cells > MOST_CELLS:
            break
        # the cells of a target word lie side by side
        keys.append((target[:, None].astype(np.int64) * (source_size + 1) + source).ravel())
        widths.append(np.full(len(target), len(source)))
        frequency[target] += 1
    if not keys:
        nothing = np.zeros(0, np.int64)
        return Links(nothing, nothing, np.zeros(0), frequency)
    kinds, cell_kinds = np.unique(np.concatenate(keys), return_inverse=True)
    width = np.concatenate(widths)
    starts = np.concatenate([[0], np.cumsum(width)[:-1]])
    source, target = kinds % (source_size + 1), kinds // (source_size + 1)
    chance = np.ones(len(kinds), np.float32)
    for _ in range(ITERATIONS):
        share = chance[cell_kinds]
        share /= np.repeat(np.add.reduceat(share, starts), width)
        expected = np.bincount(cell_kinds, share, len(kinds))
        chance = (expected / np.bincount(source, expected, source_size + 1)[source]).astype(np.float32)
    return Links(source, target, chance, frequency)
