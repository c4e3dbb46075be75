"""Look before translating and after: what the input holds, what a run's checks found.

Stands between the command line and the pure parts, as `pipeline.work` does for translating.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from pipeline.errors import ConfigError, InputError, RecordError
from pipeline.estimate import estimate
from pipeline.findings import find, is_run
from pipeline.findings_report import LISTED, findings_lines, findings_object, side_by_side
from pipeline.layout import printable, wrap
from pipeline.normalize import normalize
from pipeline.records import Abstract, to_record
from pipeline.run import left_out_line
from pipeline.shards import to_line
from pipeline.survey import Survey
from pipeline.survey_report import estimate_lines, survey_lines, survey_object
from pipeline.work import Work

NARROWEST, WIDEST = 60, 120  # columns that are made use of on a terminal


@dataclass(frozen=True, slots=True)
class View:
    """What is wanted: some abstracts instead of a report, another form of it, one kind of issue, no estimate."""

    show: int | None = None
    to: str | None = None
    as_json: bool = False
    kind: str = ""
    timed: bool = True


def inspect(work: Work, view: View) -> int:
    """Print what is asked for about inputs or about a run; returns how many records of the input would be refused."""
    runs = [path for path in work.paths if path != "-" and is_run(Path(path))]
    if not runs:
        if view.kind:
            raise ConfigError(
                f"{view.kind!r}: only the issues of a run have kinds; none of {list(work.paths)} is a run"
            )
        return _inspect_input(work, view)
    if len(work.paths) > 1:
        raise ConfigError(f"{runs[0]}: a run is inspected alone: leave the other paths out")
    if view.to:
        raise ConfigError(f"{runs[0]}: a run is JSON lines already: take its translations.jsonl")
    inspect_run(Path(runs[0]), view)
    return 0


def _inspect_input(work: Work, view: View) -> int:
    if view.to or view.show:
        if view.to and view.show:
            raise ConfigError("either all abstracts as JSON lines or some for reading, not both; a limit shortens both")
        return _print_abstracts(work, view)
    survey, left_out = Survey(work.settings.max_words), Counter[str]()
    for record in work.records(left_out, survey.notice):
        survey.add(record)
    if not view.as_json:
        limited = (
            ["", f"Looked at the first {work.limit:,} records only, as asked for."]
            if work.limit == survey.records
            else []
        )
        chosen = ["", left_out_line(left_out)] if left_out else []
        _print([*survey_lines(survey), *chosen, *limited])
    words, found = survey.lengths.words + survey.title_words, None
    if view.timed and survey.sample:
        found = estimate(survey.sample, words, work.open_translator(), work.settings)
    if view.as_json:
        _print([json.dumps(survey_object(survey, found), ensure_ascii=False, indent=2)])
    elif found is not None:
        _print(estimate_lines(found))
    if not survey.languages:
        raise InputError(f"nothing can be read: all {survey.reasons.total} records or files are refused")
    return survey.reasons.total


def _print_abstracts(work: Work, view: View) -> int:
    """Abstracts as they are read, for people or as JSON lines; what is refused is named on stderr."""
    refused = shown = 0
    width = _terminal_width()
    for record in work.records():
        if isinstance(record, RecordError):
            refused += 1
            click.echo(f"zhaiyi: {record}", err=True)
            continue
        if view.to:
            sys.stdout.write(to_line(to_record(record)))
        elif view.as_json:
            sys.stdout.write(to_line(to_record(_normalized(record))))
        else:
            _print([*([""] if shown else []), *abstract_lines(_normalized(record), width)])
        shown += 1
        if shown == view.show:
            break
    if not shown:
        raise InputError(f"nothing can be read: all {refused} records or files are refused")
    return refused


def abstract_lines(abstract: Abstract, width: int) -> list[str]:
    """An abstract for reading, wrapped to `width` cells, or unwrapped if it is 0."""

    def paragraphs(text: str) -> Iterator[str]:
        for line in text.split("\n"):
            yield from (wrap(printable(line), width - 2) or [""]) if width else [printable(line)]

    lines = [f"id: {printable(abstract.id)}", f"title: {printable(abstract.title) or '-'}", "text:"]
    lines += [f"  {line}".rstrip() for line in paragraphs(abstract.text)]
    for reference in abstract.references:
        lines += [f"reference ({printable(reference.origin)}):"]
        lines += [f"  {line}".rstrip() for line in paragraphs(reference.text)]
    return [*lines, *(f"{printable(name)}: {_value(value)}" for name, value in abstract.meta.items())]


def inspect_run(run: Path, view: View) -> None:
    """Print what the checks found in a run, or its worst abstracts with English and Chinese beside each other."""
    findings, state = find(run, view.show or LISTED, view.kind)
    if view.as_json:
        _print([json.dumps(findings_object(findings, state), ensure_ascii=False, indent=2)])
        return
    width = _terminal_width()
    if not view.show:
        _print(findings_lines(findings, state, width or WIDEST))
    elif not findings.worst:
        _print([f"{run}: no abstract with issues"])
    for number, row in enumerate(findings.worst if view.show else []):
        _print([*([""] if number else []), *side_by_side(row, view.kind, width)])


def _normalized(abstract: Abstract) -> Abstract:
    references = tuple(replace(reference, text=normalize(reference.text)) for reference in abstract.references)
    title = " ".join(normalize(abstract.title).split())
    return replace(abstract, title=title, text=normalize(abstract.text), references=references)


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _terminal_width() -> int:
    """The columns to fill; 0 where standard output is no terminal."""
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST) if sys.stdout.isatty() else 0


def _print(lines: list[str]) -> None:
    click.echo("\n".join(lines))
