"""Ask people about a run: its flagged segments, or all of them, as questions in one file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.corrections import TITLE, Place, places
from pipeline.errors import ConfigError
from pipeline.publish.forms.whole import whole
from pipeline.publish.items import open_runs, rows_of
from pipeline.review import sheet
from pipeline.review.forms import form_of
from pipeline.review.sheet import Question


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which segments and titles are asked about: those with an issue (of a kind), or all; of some abstracts, or all."""

    kind: str = ""
    all: bool = False
    ids: frozenset[str] = frozenset()

    def wants(self, place: Place) -> bool:
        """Whether a place of a wanted abstract is asked about."""
        return self.all or any(self.kind in ("", issue["kind"]) for issue in place.issues)

    def questions(self, row: Mapping[str, Any]) -> Iterator[Question]:
        """The questions about a row of a run."""
        if self.ids and row["id"] not in self.ids:
            return
        there = list(places(row))
        texts = {place.number: place.source for place in there if place.number != TITLE}
        for place in there:
            if self.wants(place):
                yield Question(
                    id=row["id"],
                    place=str(place.number) if place.number else sheet.TITLE,
                    english=place.source,
                    chinese=place.target,
                    issues=tuple(f"{issue['kind']}: {issue['detail']}" for issue in place.issues),
                    before=texts.get(place.number - 1, ""),
                    after=texts.get(place.number + 1, "") if place.number else "",
                    done=place.review is not None,
                )


def export(run: Path, path: Path, wanted: Wanted) -> int:
    """Write the questions about a finished run to a new file in the form of its suffix; how many there are.

    Where there is nothing to ask, no file is written. Raises `RunError` for a folder that is no finished run,
    `ConfigError` for a suffix that stands for no form, for a file that is there already, with someone's work perhaps,
    and for ids and kinds of issues that the run does not have.
    """
    form = form_of(path)
    runs = open_runs([run], allow_failed=True)
    if path.exists():
        raise ConfigError(f"{path}: exists already, perhaps with corrections in it; name a new file")
    count = _count(run, wanted)
    if count:
        asked = (question for row in rows_of(run / "translations.jsonl") for question in wanted.questions(row))
        with whole(path) as file:
            file.writelines(piece.encode() for piece in form.write(asked, run.resolve().name, runs.script))
    return count


def _count(run: Path, wanted: Wanted) -> int:
    """How many questions there are; what does not exist is an error."""
    kinds: set[str] = set()
    missing, count = set(wanted.ids), 0
    for row in rows_of(run / "translations.jsonl"):
        kinds |= {issue["kind"] for issue in row["issues"]}
        missing.discard(row["id"])
        count += sum(1 for _ in wanted.questions(row))
    if missing:
        raise ConfigError(f"{run}: no abstract {', '.join(map(repr, sorted(missing)[:5]))} in this run")
    if wanted.kind and wanted.kind not in kinds:
        there = ", ".join(sorted(kinds)) or "no issues"
        raise ConfigError(f"{run}: no issue of kind {wanted.kind!r}: there are {there}")
    return count
