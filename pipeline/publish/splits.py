"""Which split an item is in: by a hash of its id, or the split of an earlier item whose text is near to it.

A hash of the id stays the same while the corpus grows. Near-same texts (two versions of a paper, a text under two ids)
are kept together (`pipeline.publish.near`), so that nothing of the test set stands in the training set under another
name; a text that is near to those of two splits can stand in none.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.errors import ConfigError
from pipeline.publish.near import NearSame

SPLITS = ("train", "validation", "test")
APART = "near to texts of two splits"  # why an item is in none


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


@dataclass(slots=True)
class Splitter:
    """Gives items their splits; `moved` counts those that follow a near-same item into its split."""

    shares: Shares
    moved: int = 0
    alike: int = 0
    """Items that are near to an earlier one, moved or not."""
    _near: NearSame = field(default_factory=NearSame)
    _splits: list[str] = field(default_factory=list)
    """The split of each text that `_near` knows; "" for one that is in none."""

    def keep(self, texts: Sequence[str], split: str) -> None:
        """Texts that were published in a split before."""
        self._near.find(texts)
        self._splits += [split] * len(texts)

    def place(self, items: Sequence[tuple[str, str]]) -> list[str]:
        """The split of each new item, an id and its text; "" where the text is near to those of two splits.

        >>> splitter = Splitter(Shares(0.5, 0.5))
        >>> splitter.place([("a", "We count the sheep at night."), ("a2", "we count the sheep, at night")])
        ['validation', 'validation']
        """
        placed = []
        for (identifier, _), earlier in zip(items, self._near.find([text for _, text in items]), strict=True):
            own = self.shares.split(identifier)
            splits = {self._splits[number] for number in earlier} - {""} or {own}
            split = splits.pop() if len(splits) == 1 else ""
            self.alike += bool(earlier)
            self.moved += split not in ("", own)
            self._splits.append(split)
            placed.append(split)
        return placed
