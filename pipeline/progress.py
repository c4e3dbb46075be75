"""What a user sees while a run goes on: a progress bar on a terminal, plain lines elsewhere, nothing with `--quiet`."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

from pipeline.records import Translation
from pipeline.shards import REPAIRED
from pipeline.translate import Failure

_Item = TypeVar("_Item")
PLAIN_SECONDS = 15.0  # between two plain lines when stderr is no terminal


@dataclass(slots=True)
class Tally:
    """Counts of one run so far: segments and titles that people corrected are `reviewed`, and `recalled` if it was the
    memory that gave them.
    """

    abstracts: int = 0
    failed: int = 0
    resumed: int = 0
    segments: int = 0
    words: int = 0
    flagged: int = 0
    reviewed: int = 0
    recalled: int = 0
    issues: Counter[str] = field(default_factory=Counter)
    normalised: dict[str, Counter[str]] = field(default_factory=lambda: {side: Counter() for side in REPAIRED})

    def add(self, results: Sequence[Translation | Failure]) -> None:
        """Count freshly translated results."""
        known = reviewed(results)
        self.reviewed, self.recalled = self.reviewed + known, self.recalled + known
        for result in results:
            if isinstance(result, Failure):
                self.failed += 1
                continue
            self.abstracts += 1
            self.segments += len(result.segments)
            self.words += len(result.source.split())
            self.flagged += bool(result.issues)
            self.issues.update(issue.kind for issue in result.issues)
            for side, rules in self.normalised.items():
                rules.update(getattr(result.repairs, side))

    def add_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Count the rows of a shard that an earlier run had finished."""
        for row in rows:
            if "error" in row:
                self.failed += 1
                continue
            self.abstracts += 1
            self.resumed += 1
            self.segments += len(row["segments"])
            self.flagged += bool(row["issues"])
            self.reviewed += ("title_review" in row) + sum("review" in one for one in row["segments"])
            self.issues.update(issue["kind"] for issue in row["issues"])
            for side, rules in self.normalised.items():
                rules.update(row.get("normalised", {}).get(side, ()))


def reviewed(results: Sequence[Translation | Failure]) -> int:
    """How many segments and titles of results are people's words."""
    done = [result for result in results if isinstance(result, Translation)]
    return sum(bool(one.title_review) + sum(bool(segment.review) for segment in one.segments) for one in done)


class Progress:
    """Shows a `Tally` on stderr; `total` is the number of records, 0 if unknown."""

    def __init__(self, total: int, quiet: bool = False) -> None:
        self.total, self.quiet, self.tally = total, quiet, Tally()
        self.started = self.shown = time.monotonic()
        self._bar: Any = None
        self._fresh = 0

    def __enter__(self) -> "Progress":
        if not self.quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self.total or None, unit=" abstracts", file=sys.stderr, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def results(self, results: Sequence[Translation | Failure]) -> None:
        """A block was translated."""
        self.tally.add(results)
        self._fresh += len(results)
        self._show(len(results))

    def resumed(self, rows: Sequence[dict[str, Any]], recalled: int = 0) -> None:
        """A block was found finished; so many of its segments and titles are the memory's."""
        self.tally.add_rows(rows)
        self.tally.recalled += recalled
        self._show(len(rows))

    def _show(self, records: int) -> None:
        if self._bar is not None:
            self._bar.update(records)
            self._bar.set_postfix_str(self.rates())
        elif not self.quiet and time.monotonic() - self.shown > PLAIN_SECONDS:
            self.shown = time.monotonic()
            done = self.tally.abstracts + self.tally.failed
            of = f"/{self.total}" if self.total else ""
            left = (self.total - done) * (self.shown - self.started) / self._fresh if self.total and self._fresh else 0
            eta = f", about {duration(left)} left" if left else ""
            print(f"{done}{of} abstracts, {self.rates()}{eta}", file=sys.stderr, flush=True)

    def rates(self) -> str:
        """Rates of what this run translated itself, and what was flagged."""
        seconds = max(1e-9, time.monotonic() - self.started)
        tally = self.tally
        share = self._fresh / max(1, tally.abstracts + tally.failed)
        recalled = f", {tally.recalled} from the memory" if tally.recalled else ""
        return (
            f"{self._fresh / seconds:.1f} abstracts/s, {tally.segments * share / seconds:.0f} segments/s, "
            f"{tally.words / seconds:.0f} words/s, {tally.flagged} flagged, {tally.failed} failed{recalled}"
        )


def counted(items: Iterable[_Item], unit: str, quiet: bool) -> Iterator[_Item]:
    """The same items, while stderr shows how many there were and how many a second."""
    if not quiet and sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(items, unit=f" {unit}", file=sys.stderr, dynamic_ncols=True)
        return
    started = shown = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        if not quiet and (now := time.monotonic()) - shown > PLAIN_SECONDS:
            shown = now
            print(f"{number:,} {unit}, {number / (now - started):,.0f} {unit}/s", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """A duration for people.

    >>> [duration(seconds) for seconds in (5, 125, 7300)]
    ['5 s', '2 min', '2.0 h']
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
