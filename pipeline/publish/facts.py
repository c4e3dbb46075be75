"""What is counted of a data set while its items stream by, in constant memory: what its card is written from."""

import heapq
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.publish.items import Item
from pipeline.retry import weight

EXAMPLES = 5
SCORED = 20_000  # abstracts with references that the card's scores are of, at most
WORDS, CHARACTERS = 20, 50  # widths of the bins of the lengths


@dataclass(slots=True)
class Facts:
    """Counts, samples and the worst items; `add` takes one item after the other."""

    abstracts: Counter[str] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)
    words: int = 0
    characters: int = 0
    flagged: int = 0
    flagged_segments: int = 0
    issues: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    years: Counter[str] = field(default_factory=Counter)
    licences: Counter[tuple[str, str]] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    reviewed: Counter[str] = field(default_factory=Counter)
    english_lengths: Counter[int] = field(default_factory=Counter)
    chinese_lengths: Counter[int] = field(default_factory=Counter)
    with_references: int = 0
    scored: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """The target and the references of the first `SCORED` abstracts that have references."""
    sample: list[Item] = field(default_factory=list)
    _worst: list[tuple[int, int, Item]] = field(default_factory=list)
    _rng: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def count(self) -> int:
        """How many abstracts there are."""
        return self.abstracts.total()

    @property
    def worst(self) -> list[Item]:
        """The items whose issues weigh most, the worst first; none without issues."""
        return [item for _, _, item in sorted(self._worst, key=lambda one: (-one[0], -one[1]))]

    def add(self, item: Item, row: Mapping[str, Any], split: str) -> None:
        """Count an item of a split; `row` is its row of the table `abstracts`."""
        number = self.count
        self.abstracts[split] += 1
        self.segments[split] += len(item.segments)
        words, characters = len(item.source.split()), len(item.target)
        self.words += words
        self.characters += characters
        self.english_lengths[words // WORDS * WORDS] += 1
        self.chinese_lengths[characters // CHARACTERS * CHARACTERS] += 1
        self.sources[row["source"]] += 1
        self.categories.update(row["categories"])
        self.years[row["date"][:4]] += 1
        self.licences[row["licence"], row["licence_from"]] += 1
        self.with_references += bool(item.references)
        if item.references and len(self.scored) < SCORED:
            self.scored.append((item.target, item.references))
        self.origins.update(item.origins)
        self._count_segments(item)
        self._choose(item, number)

    def _count_segments(self, item: Item) -> None:
        self.flagged += bool(item.issues)
        self.issues.update({issue.kind for issue in item.issues})
        for pair in item.segments:
            self.flagged_segments += bool(pair.issues)
            if pair.review:
                self.reviewed[pair.review.by] += 1
        if item.title_review:
            self.reviewed[item.title_review.by] += 1

    def _choose(self, item: Item, number: int) -> None:
        if len(self.sample) < EXAMPLES:
            self.sample.append(item)
        elif (place := self._rng.randrange(number + 1)) < EXAMPLES:
            self.sample[place] = item
        if item.issues:
            entry = (sum(weight(issue.kind) for issue in item.issues), -number, item)  # of equal ones the first
            if len(self._worst) < EXAMPLES:
                heapq.heappush(self._worst, entry)
            else:
                heapq.heappushpop(self._worst, entry)
