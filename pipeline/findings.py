"""What the checks found in a run: issues by kind, failures by reason, the worst abstracts.

Rows stream by; only the worst are kept. `pipeline.findings_report` renders it.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, RunError
from pipeline.reasons import Reasons
from pipeline.retry import weight

_TITLE = "title: "  # begins the detail of an issue of a title


def is_run(path: Path) -> bool:
    """Whether a path is the folder of a run."""
    return (path / "run.json").is_file()


class Findings:
    """Counts the rows of a run; `keep` of the worst abstracts stay in memory. `kind` counts issues of that kind alone.

    An abstract is the worse the more its issues weigh (`pipeline.retry.weight`), then the more they are.
    """

    def __init__(self, keep: int, kind: str = "") -> None:
        self.keep, self.kind = keep, kind
        self.abstracts = self.segments = self.flagged = self.flagged_segments = 0
        self.issues: Counter[str] = Counter()
        self.abstracts_with: Counter[str] = Counter()
        self.failed = Reasons()
        self._worst: list[tuple[int, int, int, dict[str, Any]]] = []

    def add(self, row: dict[str, Any]) -> None:
        """Count one row of the run."""
        if "error" in row:
            self.failed.add(row["error"], row["id"])
            return
        self.abstracts += 1
        self.segments += len(row["segments"]) + bool(row.get("title_zh"))
        kinds = Counter(issue["kind"] for issue in row["issues"] if self.kind in ("", issue["kind"]))
        self.issues.update(kinds)
        self.abstracts_with.update(kinds.keys())
        if kinds:
            self.flagged += 1
            self.flagged_segments += len(flagged_segments(row, self.kind))
            badness = sum(weight(kind) * count for kind, count in kinds.items())
            entry = (badness, kinds.total(), -self.abstracts, row)  # the earlier one first where equal
            if len(self._worst) < self.keep:
                heapq.heappush(self._worst, entry)
            elif self.keep:
                heapq.heappushpop(self._worst, entry)

    @property
    def worst(self) -> list[dict[str, Any]]:
        """The rows of the worst abstracts, the worst first."""
        return [row for *_, row in sorted(self._worst, key=lambda entry: entry[:3], reverse=True)]


def flagged_segments(row: dict[str, Any], kind: str = "") -> list[tuple[str, dict[str, Any]]]:
    """The segments of a row with issues (of a kind), each as (its name, a segment as in the row); the title first."""
    found = []
    title = [issue for issue in row["issues"] if issue["detail"].startswith(_TITLE)]
    title = [{**issue, "detail": issue["detail"].removeprefix(_TITLE)} for issue in title]
    whole = {"source": row["title"], "target": row["title_zh"], "issues": title}
    for number, segment in enumerate([whole, *row["segments"]]):
        if issues := [issue for issue in segment["issues"] if kind in ("", issue["kind"])]:
            found.append((f"segment {number}" if number else "title", {**segment, "issues": issues}))
    return found


def find(run: Path, keep: int, kind: str = "") -> tuple[Findings, str]:
    """The findings of a run and its state ("finished", or what there is so far).

    Raises `RunError` for a folder or file that cannot be used, `ConfigError` for a kind that no issue of it is of.
    """
    findings, kinds = Findings(keep, kind), set()
    state, paths = _files(run)
    for path in paths:
        for row in _rows(path):
            findings.add(row)
            kinds |= {issue["kind"] for issue in row.get("issues", [])}
    if kind and kind not in kinds:
        raise ConfigError(f"{run}: no issue of kind {kind!r}: there are {', '.join(sorted(kinds)) or 'no issues'}")
    return findings, state


def _files(run: Path) -> tuple[str, list[Path]]:
    """A run's state and the files that hold its rows: its outputs if it is finished, else the blocks so far."""
    try:
        state = json.loads((run / "run.json").read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{run / 'run.json'}: not the record of a run ({error}): translate again") from error
    outputs = [run / "translations.jsonl", run / "failed.jsonl"]
    if state == "finished" and all(path.is_file() for path in outputs):
        return "finished", outputs
    shards = sorted((run / "shards").glob("*.jsonl"))
    return f"not finished, {len(shards)} blocks so far", shards


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                row = json.loads(line)
                if not isinstance(row, dict) or not (
                    {"id", "error"} <= row.keys() or {"segments", "issues"} <= row.keys()
                ):
                    raise RunError(f"{path}:{number}: not a row of a run: translate again")
                yield row
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error}): translate again") from error
