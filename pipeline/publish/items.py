"""What runs hold, as items to publish: one an abstract, in input order, typed; and which of them are chosen.

A row that the run wrote is a promise to its reader, so an item keeps all of it: what has no field of its own stands in
`meta`, as in the run.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import RunError
from pipeline.finish import gaps, has_chinese
from pipeline.readers.choose import categories_of, is_wanted
from pipeline.records import Issue
from pipeline.records import Review as Review


@dataclass(frozen=True, slots=True)
class Pair:
    """A segment and its target; `gap` is the white space after the source, as in the abstract."""

    source: str
    target: str
    gap: str = ""
    issues: tuple[Issue, ...] = ()
    review: Review | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A translated abstract: `source` and `target` are its text; `segments` are those of the text, without the title.

    `origins` says where each reference comes from.
    """

    id: str
    title: str
    title_zh: str
    source: str
    target: str
    segments: tuple[Pair, ...]
    system: str
    references: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    removed: tuple[str, ...] = ()
    normalised: Mapping[str, Any] = field(default_factory=dict)
    title_review: Review | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def item_of(row: Mapping[str, Any]) -> Item:
    """An item from a row of `translations.jsonl`.

    >>> row = {"id": "7", "title": "", "title_zh": "", "source": "We do. ", "target": "我们做。", "issues": [],
    ...        "segments": [{"source": "We do.", "target": "我们做。", "issues": []}], "system": "s", "meta": {}}
    >>> item_of(row).segments[0].gap
    ' '
    """
    return Item(
        id=row["id"],
        title=row["title"],
        title_zh=row["title_zh"],
        source=row["source"],
        target=row["target"],
        segments=_pairs(row["source"], row["segments"]),
        system=row["system"],
        references=tuple(row.get("references", ())),
        origins=tuple(row.get("reference_sources", ())),
        issues=_issues(row["issues"]),
        removed=tuple(row.get("removed", ())),
        normalised=row.get("normalised", {}),
        title_review=_review(row.get("title_review")),
        meta=row["meta"],
    )


def _pairs(source: str, segments: Sequence[Mapping[str, Any]]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            source=segment["source"],
            target=segment["target"],
            gap=gap,
            issues=_issues(segment["issues"]),
            review=_review(segment.get("review")),
            raw=segment.get("raw", ""),
        )
        for segment, gap in zip(segments, gaps(source, [segment["source"] for segment in segments]), strict=True)
    )


def _issues(issues: Iterable[Mapping[str, str]]) -> tuple[Issue, ...]:
    return tuple(Issue(issue["kind"], issue["detail"]) for issue in issues)


def _review(review: Mapping[str, str] | None) -> Review | None:
    return Review(**review) if review else None


@dataclass(frozen=True, slots=True)
class Runs:
    """Finished runs of one system, whose items are published together; `infos` is each one's `run.json`."""

    paths: tuple[Path, ...]
    infos: tuple[Mapping[str, Any], ...]

    @property
    def system(self) -> str:
        """The signature of the system, a memory of corrections left aside (`without_memory`)."""
        return without_memory(self.infos[0]["system"])

    @property
    def script(self) -> str:
        """`hans` or `hant`."""
        return system_parts(self.system)["script"]

    @property
    def failed(self) -> int:
        """How many records of the runs could not be translated."""
        return sum(int(info["failed"]) for info in self.infos)

    def items(self) -> Iterator[Item]:
        """All items, run after run. Raises `RunError` for an id that stands twice, with both places."""
        seen: dict[int, str] = {}
        for path in self.paths:
            file_path = path / "translations.jsonl"
            for number, row in enumerate(rows_of(file_path), 1):
                place, key = f"{file_path}:{number}", hash(row["id"])
                if key in seen:
                    raise RunError(f"{place}: id {row['id']!r} stands twice, first in {seen[key]}: publish it once")
                seen[key] = file_path.as_posix()
                try:
                    yield item_of(row)
                except (KeyError, TypeError, ValueError) as error:
                    raise RunError(f"{place}: not a row as zhaiyi writes it ({error!r}): translate it again") from error


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of a run. Raises `RunError` with the line of what is none."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    row["id"]
                except (json.JSONDecodeError, KeyError, TypeError) as error:
                    raise RunError(f"{path}:{number}: not a row of a run ({error}): translate it again") from error
                yield row
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}; run the translation again") from error


def open_runs(paths: Sequence[Path], allow_failed: bool = False) -> Runs:
    """Runs to publish together.

    Raises `RunError` for one that is no run or unfinished, that has failures unless they are allowed, and for runs of
    different systems or scripts, naming what differs.
    """
    infos = tuple(_info(path) for path in paths)
    for path, info in zip(paths, infos, strict=True):
        if info["failed"] and not allow_failed:
            raise RunError(
                f"{path}: {info['failed']} records failed (see {path / 'failed.jsonl'}): "
                "translate them, or allow failed ones to be left out"
            )
        first, this = (system_parts(without_memory(one["system"])) for one in (infos[0], info))
        if differing := [name for name in first | this if first.get(name) != this.get(name)]:
            what = ", ".join(f"{name}: {first.get(name)} and {this.get(name)}" for name in differing)
            mixed = "scripts" if differing == ["script"] else "systems"
            raise RunError(f"{path}: mixed {mixed}: {paths[0]} and this differ in {what}; publish them apart")
    return Runs(tuple(paths), infos)


def _info(path: Path) -> dict[str, Any]:
    try:
        info = json.loads((path / "run.json").read_text(encoding="utf-8"))
        finished = info["state"] == "finished"
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise RunError(f"{path}: not a run (no run.json that can be read); name a folder of `translate`") from error
    if not finished:
        raise RunError(f"{path}: unfinished: run its command again to the end, then publish")
    return dict(info)


def system_parts(signature: str) -> dict[str, str]:
    """The parts of a system's signature by name.

    >>> system_parts("model:tiny@57d5|beam:4|script:hans")["script"]
    'hans'
    """
    return dict(part.split(":", 1) for part in signature.split("|") if ":" in part)


def without_memory(signature: str) -> str:
    """A signature without the memory of corrections: what people corrected does not make another system of it.

    >>> without_memory("model:tiny@57d5|beam:4|memory:1f2e|script:hans")
    'model:tiny@57d5|beam:4|script:hans'
    """
    return "|".join(part for part in signature.split("|") if not part.startswith("memory:"))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items are published: at most so many issues, none of these kinds, of one of these categories, long enough.

    `categories` are those of `wanted_categories`.
    """

    max_issues: int | None = None
    drop: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()
    min_chars: int = 0

    def reason(self, item: Item) -> str:
        """Why an item is left out, or nothing.

        >>> Choice(min_chars=9).reason(Item("7", "", "", "We do.", "我们做。", (), "s"))
        'shorter than 9 characters'
        """
        if not has_chinese(item.target):
            return "no Chinese in it"
        kinds = {issue.kind for issue in item.issues}
        if self.max_issues is not None and len(item.issues) > self.max_issues:
            return f"more than {self.max_issues} issues"
        if dropped := sorted(self.drop & kinds):
            return f"issue: {dropped[0]}"
        if self.categories and not is_wanted(categories_of(item.meta), self.categories):
            return "other categories"
        return f"shorter than {self.min_chars} characters" if len(item.source) < self.min_chars else ""

    def apply(self, items: Iterable[Item], left_out: Counter[str]) -> Iterator[Item]:
        """The chosen items in order; the others are counted by reason."""
        for item in items:
            if reason := self.reason(item):
                left_out[reason] += 1
            else:
                yield item
