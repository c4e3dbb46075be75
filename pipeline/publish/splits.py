"""Which split an item is in: by a hash of its id, or the split of an earlier item whose text is near to it.

A hash of the id stays the same while the corpus grows. Near-same texts (two versions of a paper, a text under two ids)
are found by MinHash over word trigrams (Broder 1997, doi 10.1109/SEQUEN.1997.666900) with banding, so that nothing of
the test set stands in the training set under another name.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pipeline.errors import ConfigError

SPLITS = ("train", "validation", "test")
HASHES, BAND = 16, 2  # 8 bands of 2: of trigram sets that share a half, 90 % meet in a band
ALIKE = 6  # equal hashes of 16 that make texts near-same: about 0.4 of all trigrams are shared


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of ids in the validation and in the test split; the rest is for training."""

    validation: float = 0.01
    test: float = 0.01

    def __post_init__(self) -> None:
        if min(self.validation, self.test) < 0 or self.validation + self.test > 1:
            raise ConfigError(f"splits of {self.validation} and {self.test}: shares are from 0 to 1, together too")

    def split(self, identifier: str) -> str:
        """The split of an id, always the same.

        >>> [Shares(0.3, 0.3).split(str(number)) for number in range(4)]
        ['validation', 'validation', 'train', 'validation']
        """
        place = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big") / 2**64
        if place < self.test:
            return "test"
        return "validation" if place < self.test + self.validation else "train"


class NearSame:
    """Texts seen so far, each with a label; finds the label of one that is near to a new text."""

    def __init__(self) -> None:
        import numpy

        self._numpy: Any = numpy
        self._words: defaultdict[str, int] = defaultdict(count(1).__next__)
        rng = numpy.random.default_rng(1)
        self._factors = rng.integers(1, 2**63, (HASHES, 1), dtype=numpy.uint64) | numpy.uint64(1)
        self._mixers = rng.integers(1, 2**63, 3, dtype=numpy.uint64) | numpy.uint64(1)
        self._bands: list[dict[int, int]] = [{} for _ in range(HASHES // BAND)]
        self._labels: list[str] = []
        self._signatures: list[bytes] = []

    def add(self, text: str, label: str) -> str:
        """The label of the first text that is near to this one, or "" if there is none; then it is known too.

        >>> seen = NearSame()
        >>> text = "We study how small models learn to translate abstracts without any loss of numbers."
        >>> seen.add(text, "train"), seen.add("Another text about other things entirely.", "test")
        ('', '')
        >>> seen.add(text.replace("small", "tiny"), "test")
        'train'
        """
        signature = self._signature(text)
        keys = signature.view("uint64").tolist()
        found = ""
        for band, key in zip(self._bands, keys, strict=True):
            if (known := band.get(key)) is not None and self._alike(self._signatures[known], signature):
                found = self._labels[known]
                break
        number = len(self._labels)
        for band, key in zip(self._bands, keys, strict=True):
            band.setdefault(key, number)
        self._labels.append(found or label)
        self._signatures.append(signature.tobytes())
        return found

    def _signature(self, text: str) -> Any:
        """The least hash of all word trigrams under each of 16 functions, 32 bits each."""
        numpy, words = self._numpy, text.casefold().split()
        numbers = numpy.array(list(map(self._words.__getitem__, words)), numpy.uint64)
        if len(numbers) < 3:
            numbers = numpy.concatenate([numbers, numpy.zeros(3 - len(numbers), numpy.uint64)])
        first, second, third = self._mixers
        grams = numbers[:-2] * first + numbers[1:-1] * second + numbers[2:] * third
        grams ^= grams >> numpy.uint64(29)
        return ((grams * self._factors).min(axis=1) >> numpy.uint64(32)).astype(numpy.uint32)

    def _alike(self, known: bytes, signature: Any) -> bool:
        equal = self._numpy.frombuffer(known, self._numpy.uint32) == signature
        return int(equal.sum()) >= ALIKE


@dataclass(slots=True)
class Splitter:
    """Gives each item its split; `moved` counts those that follow a near-same item into its split."""

    shares: Shares
    near: NearSame = field(default_factory=NearSame)
    moved: int = 0
    alike: int = 0
    """Items that are near to an earlier one, moved or not."""

    def keep(self, text: str, split: str) -> None:
        """An item that was published in a split before."""
        self.near.add(text, split)

    def split(self, identifier: str, text: str) -> str:
        """The split of a new item."""
        own = self.shares.split(identifier)
        found = self.near.add(text, own)
        self.alike += bool(found)
        self.moved += bool(found) and found != own
        return found or own
