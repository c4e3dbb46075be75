"""Rows of a run and what people corrected in them: the places of a row, and a row with corrections set in.

A person's word is kept as it is and has no issues; the row tells whose it is, when it came, and what the machine had
written. It stays until a later correction comes: a memory that lacks it does not undo it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.finish import gaps, join_targets
from pipeline.memory import Correction
from pipeline.normalize import repair_title
from pipeline.shards import read_shard, to_line, write_whole

TITLE = 0
"""The number of the place that is a row's title; its segments are counted from 1."""

Recall = Callable[[Iterable[str]], Mapping[str, Correction]]


@dataclass(frozen=True, slots=True)
class Place:
    """The title or a segment of a row: its text as it was translated, what stands there, and who reviewed it."""

    number: int
    source: str
    target: str
    issues: tuple[Mapping[str, str], ...]
    review: Mapping[str, str] | None

    @property
    def name(self) -> str:
        """ "title" or "segment 3"."""
        return f"segment {self.number}" if self.number else "title"


def places(row: Mapping[str, Any]) -> Iterator[Place]:
    """The title of a row, if it has one, and its segments; none for a failure."""
    title = repair_title(row.get("title", "")).text
    if title and "segments" in row:
        issues = tuple(
            {**issue, "detail": issue["detail"].removeprefix("title: ")}
            for issue in row["issues"]
            if issue["detail"].startswith("title: ")
        )
        yield Place(TITLE, title, row["title_zh"], issues, row.get("title_review"))
    for number, segment in enumerate(row.get("segments", ()), 1):
        yield Place(number, segment["source"], segment["target"], tuple(segment["issues"]), segment.get("review"))


def corrected(row: Mapping[str, Any], corrections: Mapping[int, Correction]) -> dict[str, Any]:
    """A row with corrections set in, by the numbers of their places; what stands there already stays as it is."""
    segments = [
        _set(segment, corrections[number]) if number in corrections else segment
        for number, segment in enumerate(row["segments"], 1)
    ]
    pairs = zip(
        (segment["target"] for segment in segments),
        gaps(row["source"], [segment["source"] for segment in segments]),
        strict=True,
    )
    new = {**row, "segments": segments, "target": join_targets(pairs)}
    title_issues = [issue for issue in row["issues"] if issue["detail"].startswith("title: ")]
    if TITLE in corrections:
        old = {"target": row["title_zh"], "issues": title_issues, "review": row.get("title_review")}
        title = _set(old, corrections[TITLE])
        new |= {"title_zh": title["target"], "title_review": title["review"]}
        title_issues = title["issues"]
    new["issues"] = title_issues + [
        {**issue, "detail": f"segment {number}: {issue['detail']}"}
        for number, segment in enumerate(segments, 1)
        for issue in segment["issues"]
    ]
    return new


def _set(segment: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    """A segment of a row with a correction set in; "raw" goes on saying what the model itself wrote, if it did."""
    old, review = segment["target"], segment.get("review")
    if review and old == correction.target:
        return dict(segment)
    machine = review["machine"] if review else old
    new = {**segment, "target": correction.target, "issues": []}
    raw = segment.get("raw", "" if review else old)
    if raw and raw != correction.target:
        new["raw"] = raw
    return new | {"review": {"by": correction.by, "when": correction.when, "machine": machine}}


def renewed(row: Mapping[str, Any], known: Mapping[str, Correction]) -> tuple[dict[str, Any], int]:
    """A row with what a memory knows, and in how many places that stands now; later corrections of the row stay."""
    corrections = {}
    for place in places(row):
        found = known.get(place.source)
        if found and (not place.review or place.review["when"] < found.when or place.target == found.target):
            corrections[place.number] = found
    return (corrected(row, corrections) if corrections else dict(row)), len(corrections)


def renew_shard(path: Path, recall: Recall) -> int:
    """Set what a memory knows into a finished shard, which is rewritten if that changes it; the places that hold it."""
    rows = list(read_shard(path))
    known = recall(place.source for row in rows for place in places(row))
    results = [renewed(row, known) for row in rows]
    if any(new != row for row, (new, _) in zip(rows, results, strict=True)):
        write_whole(path, (to_line(row) for row, _ in results))
    return sum(count for _, count in results)
