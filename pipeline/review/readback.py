"""Take what people answered into a run and into a memory: who, when, and what the machine had written.

All answers are judged before anything is written. The memory comes first, then the shards, then the outputs, each
whole; whatever stops that, reading the same file back again does the rest, and so does the translation's own command.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.check import Limits, check
from pipeline.corrections import TITLE, Place, corrected, places
from pipeline.errors import ConfigError, InputError
from pipeline.finish import Script
from pipeline.mask import mask
from pipeline.memory import Correction, create_memory
from pipeline.progress import Tally
from pipeline.publish.items import open_runs, rows_of
from pipeline.records import Segment
from pipeline.review import sheet
from pipeline.review.forms import read_answers
from pipeline.review.sheet import Answer
from pipeline.run import RunFolder
from pipeline.script import out_of_place
from pipeline.shards import to_line, write_whole

_SHOWN = 40  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who made the corrections, when (ISO 8601, UTC), and in which file they came."""

    by: str
    when: str
    file: str


@dataclass(slots=True)
class Outcome:
    """What came of the answers; `remembered` counts what is new in the memory, `warnings` are lines for the person."""

    corrected: int = 0
    approved: int = 0
    unchanged: int = 0
    remembered: int = 0
    warnings: list[str] = field(default_factory=list)


def read_back(run: Path, path: Path, reviewer: Reviewer, memory: Path) -> Outcome:
    """Set the answers in a file into a finished run, and add them to a memory, which is made if it is not there.

    Raises `InputError` with the place of an answer that cannot be taken, `RunError` for a folder that is no finished
    run or is being worked in, `ConfigError` for a reviewer without a name; nothing is changed then.
    """
    if not reviewer.by.strip():
        raise ConfigError("corrections need a name: say who made them")
    runs = open_runs([run], allow_failed=True)
    script: Script = "hant" if runs.script == "hant" else "hans"
    folder = RunFolder(run)
    with folder.locked():
        judged = _Judged(path, reviewer, script)
        for row in rows_of(run / "translations.jsonl"):
            judged.add(row)
        judged.finish(run)
        if judged.corrections:
            kept = create_memory(memory)
            judged.outcome.remembered = kept.add(judged.all())
            kept.close()
            _rewrite(folder, judged.corrections)
    return judged.outcome


class _Judged:
    """The answers of a file, and what of the rows that were seen so far they change: id -> number of place."""

    def __init__(self, path: Path, reviewer: Reviewer, script: Script) -> None:
        self.path, self.reviewer, self.script = path, reviewer, script
        self.outcome = Outcome()
        self.corrections: dict[str, dict[int, Correction]] = {}
        self._answers: dict[str, dict[int, Answer]] = {}
        self._limits = Limits(script=script)
        self._given: dict[str, tuple[str, str]] = {}
        for answer in read_answers(path):
            number = TITLE if answer.place == sheet.TITLE else int(answer.place)
            first = self._answers.setdefault(answer.id, {}).setdefault(number, answer)
            if first is not answer:
                raise self._error(answer, f"stands in line {first.line} too; leave one of them")

    def _error(self, answer: Answer, message: str) -> InputError:
        return InputError(f"{self.path}:{answer.line}: {answer.name}: {message}")

    def all(self) -> Iterator[Correction]:
        """What is new, in the order of the run."""
        return (one for several in self.corrections.values() for one in several.values())

    def add(self, row: Mapping[str, Any]) -> None:
        """Judge the answers about a row."""
        answers = self._answers.pop(row["id"], {})
        there = {place.number: place for place in places(row)} if answers else {}
        for number, answer in sorted(answers.items()):
            if number not in there:
                raise self._error(answer, f"the run has no such place: its segments are 1 to {max(there, default=0)}")
            if found := self._judge(answer, there[number]):
                self.corrections.setdefault(row["id"], {})[number] = found

    def finish(self, run: Path) -> None:
        """Whatever is left is about abstracts that the run does not have."""
        for several in self._answers.values():
            for answer in several.values():
                raise self._error(answer, f"{run} has no such abstract; take the file that was exported from it")

    def _judge(self, answer: Answer, place: Place) -> Correction | None:
        target, there, was = answer.corrected.strip(), place.target.strip(), answer.chinese.strip()
        if _folded(answer.english) != _folded(place.source):
            raise self._error(answer, f"its English is not the run's ({_shown(place.source)}); was it edited?")
        if (not answer.approved and target == was) or (target == there and place.review):
            self.outcome.unchanged += 1
            return None
        if not target:
            raise self._error(answer, "no Chinese; write some, or take the line out to leave it as it is")
        if target == there:
            self.outcome.approved += 1
        elif _folded(was) != _folded(there):
            raise self._error(
                answer,
                f"the run has changed since the export, to {_shown(place.target)}, or the file's encoding "
                "was not kept; export again",
            )
        else:
            self._check(answer, place, target)
            self.outcome.corrected += 1
        return self._correction(answer, place, target)

    def _check(self, answer: Answer, place: Place, target: str) -> None:
        """What speaks against a correction: another script is an error, all else is said and kept."""
        other: Script = "hans" if self.script == "hant" else "hant"
        if (wrong := out_of_place(target, self.script)) and not out_of_place(target, other):
            names = {"hans": "simplified", "hant": "traditional"}
            raise self._error(answer, f"{names[other]} characters ({wrong[:10]}) in a run in {names[self.script]} ones")
        originals = mask(Segment("", "text", 0, place.source)).originals
        for issue in check(place.source, target, originals=originals, limits=self._limits):
            self.outcome.warnings.append(f"{self.path}:{answer.line}: {answer.name}: {issue.kind}: {issue.detail}")

    def _correction(self, answer: Answer, place: Place, target: str) -> Correction:
        before, name = self._given.setdefault(place.source, (target, answer.name))
        if before != target:
            self.outcome.warnings.append(
                f"{self.path}:{answer.line}: {answer.name}: the same English as {name}, other Chinese: "
                "the memory keeps this one"
            )
        by, origin = " ".join(self.reviewer.by.split()), self.reviewer.file
        return Correction(place.source, target, self.script, by, self.reviewer.when, origin)


def _folded(text: str) -> str:
    """A text for comparing: programs are free with white space."""
    return " ".join(text.split())


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _rewrite(folder: RunFolder, corrections: Mapping[str, Mapping[int, Correction]]) -> None:
    """Set corrections into the shards, then into the outputs."""

    def rows(path: Path) -> Iterator[dict[str, Any]]:
        for row in rows_of(path):
            yield corrected(row, corrections[row["id"]]) if "error" not in row and row["id"] in corrections else row

    for shard in sorted(folder.shards.glob("*.jsonl")):
        if any(row["id"] in corrections for row in rows_of(shard)):
            write_whole(shard, map(to_line, rows(shard)))
    tally, output = Tally(), folder.path / "translations.jsonl"
    write_whole(output, map(to_line, _counted(rows(output), tally)))
    info = folder.read_info() | {
        "flagged_abstracts": tally.flagged,
        "reviewed": tally.reviewed,
        "issues": dict(tally.issues.most_common()),
    }
    folder.write_info(info)


def _counted(rows: Iterable[dict[str, Any]], tally: Tally) -> Iterator[dict[str, Any]]:
    for row in rows:
        tally.add_rows([row])
        yield row
