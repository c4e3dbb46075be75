"""Texts that are nearly the same: with words changed here and there, a sentence more or less, or just the same.

Likeness is the share of three-word runs that two texts have in common (Jaccard's index), and is estimated by MinHash
(Broder 1997, doi 10.1109/SEQUEN.1997.666900): `BANDS * ROWS` minima over hashed runs. Two texts are compared if all
minima of one band are equal, and near if enough of all are. With 10 % of its words changed a text keeps a likeness of
about 0.57, with a sentence in eight gone too 0.5; unrelated abstracts of one field have less than 0.02. Hashes are the
same in every process.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Ints = NDArray[numpy.uint32]
    Places = NDArray[numpy.int64]

BANDS, ROWS = 40, 3  # of texts whose likeness is 0.5 one pair in 200 is missed, at 0.57 one in 3,000
NEAR = 0.35  # likeness from which texts count as near: six standard errors above unrelated, three below 0.5
BATCH = 512  # texts hashed at once: their runs fit the processor's second cache
_BLANKED = b"".join(bytes([i]) if bytes([i]).isalnum() or i > 127 else b" " for i in range(256))
_MIX = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)


def word_hashes(text: str) -> list[int]:
    """A hash of each word, without regard to case and signs.

    >>> word_hashes("A graph, (of) words.") == word_hashes("a Graph of words")
    True
    """
    return list(map(zlib.crc32, text.lower().encode("utf-8", "replace").translate(_BLANKED).split()))


def runs(texts: Sequence[str]) -> "tuple[Ints, Places]":
    """Hashes of all runs of three words, text after text, and where each text's begin.

    A text has as many runs as words: the last ones go on over its end. One without words has one run.
    """
    import numpy

    hashed: list[int] = []
    starts: list[int] = []
    for number, text in enumerate(texts):
        starts.append(len(hashed) - 2 * number)
        hashed += word_hashes(text) or [0]
        hashed += (0, 0)
    words = numpy.array(hashed, dtype=numpy.uint32)
    mixed = words[:-2] * numpy.uint32(_MIX[0])
    mixed = (mixed ^ (mixed >> 15)) + words[1:-1] * numpy.uint32(_MIX[1])
    mixed = (mixed ^ (mixed >> 13)) + words[2:] * numpy.uint32(_MIX[2])
    mixed ^= mixed >> 16
    mixed *= numpy.uint32(0x7FEB352D)
    mixed ^= mixed >> 15
    # runs that begin in the two words of nothing after a text are none
    lengths = numpy.diff([*starts, len(hashed) - 2 * len(texts)])
    keep = numpy.ones(len(hashed), dtype=bool)
    ends = numpy.cumsum(lengths + 2)
    keep[ends - 1] = keep[ends - 2] = False
    return mixed[keep[:-2]], numpy.array(starts, dtype=numpy.int64)


class NearSame:
    """Finds, for each of a stream of texts, the earlier ones that are nearly the same.

    It takes about 600 bytes a text. `seed` chooses the hash functions.
    """

    def __init__(self, seed: int = 1) -> None:
        import numpy

        random = numpy.random.default_rng(seed)
        size = BANDS * ROWS
        self._factors = random.integers(0, 1 << 31, size, dtype=numpy.uint32) * 2 + 1
        self._offsets = random.integers(0, 1 << 32, size, dtype=numpy.uint32)
        self._minima = numpy.zeros((BATCH, size), dtype=numpy.uint16)
        self._table = numpy.full(1 << 16, -1, dtype=numpy.int32)
        self._used = 0  # places of the table
        self._held = self._count = 0  # texts in the table, and those ever given

    def __len__(self) -> int:
        return self._count

    def find(self, texts: Iterable[str]) -> list[list[int]]:
        """For each text the numbers of earlier ones that are near to it; numbers count all texts ever given, from 0.

        Of many that are near to each other, not all are named.

        >>> near = NearSame()
        >>> near.find(["We train a graph network on text.", "Nothing like it.", "we train a graph network on text"])
        [[], [], [0]]
        """
        texts = list(texts)
        found: list[list[int]] = []
        for at in range(0, len(texts), BATCH):
            found += self._find(texts[at : at + BATCH])
        return found

    def _find(self, texts: Sequence[str]) -> list[list[int]]:
        import numpy

        first, self._count = self._held, self._held + len(texts)
        self._grow()
        self._held = self._count
        self._minima[first : self._count] = self._minhash(texts)
        numbers = numpy.arange(first, self._count)
        keys = self._keys(first, self._count)
        pairs = [self._look_up_and_put(numbers, keys)]
        order = numpy.argsort(keys, axis=0, kind="stable")
        for band in range(BANDS):  # those that share a band with the one before them in this batch
            places = order[:, band]
            same = keys[places[1:], band] == keys[places[:-1], band]
            pairs.append(numpy.stack([places[1:][same] + first, places[:-1][same] + first], axis=1))
        together = numpy.concatenate(pairs)
        codes = numpy.unique(together[:, 0] << 32 | together[:, 1])
        distinct = numpy.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1)
        agreeing = (self._minima[distinct[:, 0]] == self._minima[distinct[:, 1]]).mean(axis=1)
        found: list[list[int]] = [[] for _ in texts]
        for later, earlier in distinct[agreeing >= NEAR].tolist():
            found[later - first].append(earlier)
        return found

    def _minhash(self, texts: Sequence[str]) -> "NDArray[numpy.uint16]":
        import numpy

        hashed, starts = runs(texts)
        minima = numpy.empty((len(self._factors), len(texts)), dtype=numpy.uint16)
        for row, (factor, offset) in enumerate(zip(self._factors, self._offsets, strict=True)):
            values = numpy.minimum.reduceat(hashed * factor + offset, starts)
            # the upper bits of a minimum are all but constant; all of it is mixed into the 16 that are kept
            minima[row] = (values * numpy.uint32(_MIX[1])) >> 16
        return minima.T

    def _keys(self, start: int, end: int) -> "NDArray[numpy.uint64]":
        """A key for each band of the texts from `start` to `end`; no two bands have the same."""
        import numpy

        rows = self._minima[start:end].reshape(end - start, BANDS, ROWS).astype(numpy.uint64)
        keys = numpy.arange(1, BANDS + 1, dtype=numpy.uint64)[None, :]
        for row in range(ROWS):
            keys = (keys << numpy.uint64(16)) | rows[:, :, row]
        keys = keys * numpy.uint64(0x9E3779B97F4A7C15)
        mixed: NDArray[numpy.uint64] = keys ^ (keys >> numpy.uint64(29))
        return mixed

    def _look_up_and_put(self, numbers: "Places", keys: "NDArray[numpy.uint64]") -> "Places":
        """Pairs of (text, the earlier text that has the same key); keys that nobody has yet are put into the table.

        The table is open-addressed: a place holds the number of the first text with a key, -1 if it is free.
        """
        import numpy

        mask = len(self._table) - 1
        bands = numpy.tile(numpy.arange(BANDS), len(numbers))
        owners, wanted = numpy.repeat(numbers, BANDS), keys.reshape(-1)
        places = (wanted & numpy.uint64(mask)).astype(numpy.int64)
        pairs: list[Places] = []
        while len(places):
            holders = self._table[places]
            free = holders < 0
            # of several that want a free place the first gets it, being written last; the others look again
            self._table[places[free][::-1]] = owners[free][::-1]
            holders = self._table[places]
            self._used += int(numpy.count_nonzero(free & (holders == owners)))
            same = self._same_band(holders, owners, bands)
            earlier = same & (holders < numbers[0])
            pairs.append(numpy.stack([owners[earlier], holders[earlier].astype(numpy.int64)], axis=1))
            on = ~same
            owners, bands, places = owners[on], bands[on], (places[on] + 1) & mask
        return numpy.concatenate(pairs) if pairs else numpy.empty((0, 2), dtype=numpy.int64)

    def _same_band(self, some: "NDArray[numpy.int32]", others: "Places", bands: "Places") -> "NDArray[numpy.bool_]":
        import numpy

        columns = bands * ROWS
        same: NDArray[numpy.bool_] = self._minima[some, columns] == self._minima[others, columns]
        for row in range(1, ROWS):
            same &= self._minima[some, columns + row] == self._minima[others, columns + row]
        return same

    def _grow(self) -> None:
        """Make room for all texts, and keep the table at most half full."""
        import numpy

        if self._count > len(self._minima):
            bigger = numpy.zeros((max(self._count, 3 * len(self._minima) // 2), BANDS * ROWS), dtype=numpy.uint16)
            bigger[: len(self._minima)] = self._minima
            self._minima = bigger
        if 2 * (self._used + BATCH * BANDS) <= len(self._table):
            return
        size = len(self._table)
        while 2 * (self._used + BATCH * BANDS) > size:
            size *= 2
        self._table, self._used = numpy.full(size, -1, dtype=numpy.int32), 0
        for start in range(0, self._held, BATCH):
            end = min(start + BATCH, self._held)
            self._look_up_and_put(numpy.arange(start, end), self._keys(start, end))
