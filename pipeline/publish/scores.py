"""What scores a data set: scoring is another package's, and is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A score of a whole data set as it is shown: `value` with its interval, and its signature."""

    name: str
    value: str
    signature: str


class Scorer(Protocol):
    """Scores targets against references."""

    def of_item(self, target: str, references: Sequence[str]) -> Mapping[str, float]:
        """The scores of one text by name: BLEU, chrF2."""
        ...

    def of_all(self, targets: Sequence[str], references: Sequence[Sequence[str]]) -> Sequence[ScoreLine]:
        """The scores of all texts together."""
        ...

    def about(self, origins: Mapping[str, int]) -> Sequence[str]:
        """What has to be known of where references come from."""
        ...
