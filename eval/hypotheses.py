"""Read what systems wrote: a run's folder, a text file with one hypothesis a line, or JSON lines with ids.

The name of a system is that of its folder or file, unless it is given as NAME=PATH.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.comparison import Cost, Kind
from eval.references import HYPOTHESIS_FIELDS, Facts, facts_of, read_lines
from eval.testset import read_rows, references_of
from pipeline.errors import ConfigError, InputError, RunError
from pipeline.records import Reference
from pipeline.script import has_chinese

_NAMED = re.compile(r"([^/=\\]+)=(.+)")
_OUTER_SUFFIXES = (".txt", ".zh", ".jsonl", ".out", ".hyp")


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What a system wrote, by id or (`by_line`) by the number of the line.

    `raw` is what it was before finishing, empty where that is not known; `failed` are ids that a run gave up; a run
    also has its segments (source, target, raw), and the references and facts that came with its input.
    """

    name: str
    kind: Kind
    path: str
    finished: Mapping[str, str]
    raw: Mapping[str, str] = field(default_factory=dict)
    by_line: bool = False
    signature: str = ""
    failed: tuple[str, ...] = ()
    references: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    segments: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)


def named(argument: str) -> tuple[str, str]:
    """The name and the path of a system as a user gives it.

    >>> named("runs/small/"), named("mine=out/hyp.zh"), named("wmt/news.A.zh"), named("owner/model")
    (('small', 'runs/small/'), ('mine', 'out/hyp.zh'), ('news.A', 'wmt/news.A.zh'), ('model', 'owner/model'))
    """
    if (match := _NAMED.fullmatch(argument)) and not Path(argument).exists():
        return match[1], match[2]
    name = Path(argument).name or argument
    for suffix in _OUTER_SUFFIXES:
        name = name.removesuffix(suffix) or name
    return name, argument


def names_of(arguments: Sequence[str]) -> dict[str, str]:
    """Each argument's system's name; what the names of several files begin with alike, up to a dot, is left off.

    Raises `ConfigError` where two systems would have one name.

    >>> names_of(["old=a.zh", "owner/model"])
    {'old=a.zh': 'old', 'owner/model': 'model'}
    """
    found = {argument: named(argument) for argument in arguments}
    if len(found) < len(arguments):
        twice = next(one for one in arguments if list(arguments).count(one) > 1)
        raise ConfigError(f"{twice} is given twice: give each system once")
    given = [argument for argument, (name, path) in found.items() if path == argument and Path(path).is_file()]
    # character by character is what is wanted: what follows the last dot is left alone
    shared = os.path.commonprefix([found[argument][0] for argument in given]) if len(given) > 1 else ""  # noqa: RUF071
    shared = shared[: shared.rfind(".") + 1]
    names = {one: name.removeprefix(shared) if one in given else name for one, (name, _) in found.items()}
    seen: dict[str, str] = {}
    for argument, name in names.items():
        if name in seen:
            raise ConfigError(f"two systems are called {name!r}, {seen[name]} and {argument}: give one as NAME=PATH")
        seen[name] = argument
    return names


def is_output(path: str) -> bool:
    """Whether there is a run or a file of hypotheses at a path; what is not may be a model."""
    where = Path(path)
    return where.is_file() or (where / "run.json").is_file() or (where / "translations.jsonl").is_file()


def read_hypotheses(argument: str, name: str = "") -> Hypotheses:
    """Read a system's output; it is called `name`, or as `named` says.

    Raises `InputError` or `RunError` with the place of what is wrong.
    """
    usual, path = named(argument)
    name = name or usual
    where = Path(path)
    if where.is_dir():
        return _run(name, where)
    if not where.is_file():
        raise InputError(f"{path}: no such run or file of hypotheses")
    made = _json_lines(name, where) if _looks_like_json(where) else _lines(name, where)
    if not made.finished:
        raise InputError(f"{path}: empty; a file of hypotheses has one a line")
    if not any(map(str.strip, made.finished.values())):
        raise InputError(f"{path}: all {len(made.finished)} hypotheses are empty")
    if not any(map(has_chinese, made.finished.values())):
        raise InputError(f"{path}: no Chinese in any of its {len(made.finished)} hypotheses; is it the source?")
    return made


def _looks_like_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _lines(name: str, path: Path) -> Hypotheses:
    texts = {str(number): line for number, line in enumerate(read_lines(path), 1)}
    return Hypotheses(name, "file", str(path), texts, by_line=True)


def _json_lines(name: str, path: Path) -> Hypotheses:
    finished: dict[str, str] = {}
    raw: dict[str, str] = {}
    facts: dict[str, Facts] = {}
    systems: dict[str, None] = {}
    for place, row in read_rows(path):
        text = next((row[known] for known in HYPOTHESIS_FIELDS if known in row), None)
        if text is None and "references" in row:
            raise InputError(f"{place}: it has `references` and no hypothesis: are the files swapped?")
        if not isinstance(text, str) or "id" not in row:
            raise InputError(f"{place}: no `id` and `target`; a hypothesis needs both")
        identifier = str(row["id"])
        if identifier in finished:
            raise InputError(f"{place}: the id {identifier!r} stands on an earlier line too; ids must be unique")
        finished[identifier], facts[identifier] = text, facts_of(row)
        if isinstance(row.get("raw"), str):
            raw[identifier] = row["raw"]
        systems |= {str(row["system"]): None} if row.get("system") else {}
    whole = raw if len(raw) == len(finished) else {}
    return Hypotheses(name, "file", str(path), finished, whole, facts=facts, signature=" + ".join(systems))


def _run(name: str, run: Path) -> Hypotheses:
    path = run / "translations.jsonl"
    if not path.is_file():
        raise RunError(f"{run}: no translations.jsonl; it is written when a run is complete, so run it again to go on")
    failed = run / "failed.jsonl"
    lost = tuple(str(row.get("id", "")) for _, row in read_rows(failed)) if failed.is_file() else ()
    made = from_rows(name, "run", str(run), read_rows(path), _cost(run))
    return replace(made, failed=lost)


def from_rows(name: str, kind: Kind, path: str, rows: Any, cost: Cost) -> Hypotheses:
    """Hypotheses from the rows of a run, each with its place; the signature tells how much people corrected."""
    finished: dict[str, str] = {}
    raw: dict[str, str] = {}
    references: dict[str, tuple[Reference, ...]] = {}
    facts: dict[str, Facts] = {}
    systems: dict[str, None] = {}
    split: dict[str, list[tuple[str, str, str]]] = {}
    keeps_raw = False
    reviewed = 0
    for place, row in rows:
        try:
            identifier, target, segments = str(row["id"]), str(row["target"]), row["segments"]
            pieces = [(str(one.get("source", "")), one["target"], one.get("raw", one["target"])) for one in segments]
            raw[identifier] = join([str(piece[2]) for piece in pieces])
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{place}: not a translation as a run writes it ({error!r}); run it again") from error
        if identifier in finished:
            raise InputError(f"{place}: the id {identifier!r} stands on an earlier line too; ids must be unique")
        finished[identifier], facts[identifier], split[identifier] = target, facts_of(row), pieces
        keeps_raw = keeps_raw or any("raw" in one for one in segments)
        systems[str(row.get("system", "unknown"))] = None
        reviewed += ("title_review" in row) + sum("review" in one for one in segments)
        if found := references_of(row, place):
            references[identifier] = found
    signature = " + ".join(systems) + (f"|reviewed:{reviewed}" if reviewed else "")
    return Hypotheses(
        name, kind, path, finished, raw if keeps_raw else {}, signature=signature, references=references,
        facts=facts, segments=split, cost=cost,
    )  # fmt: skip


def join(texts: Sequence[str]) -> str:
    """Segments of Chinese one after the other, with a space only between two ends of Latin text.

    >>> join(["我们研究X。", "它", "uses", "Y."])
    '我们研究X。它uses Y.'
    """
    joined = ""
    for text in texts:
        space = " " if joined[-1:].isascii() and text[:1].isascii() and joined and text else ""
        joined += space + text
    return joined


def _cost(run: Path) -> Cost:
    """What a run took, as its `run.json` says; of a run that was gone on with no one knows."""
    try:
        info = json.loads((run / "run.json").read_text(encoding="utf-8"))
        if info.get("resumed"):
            return Cost()
        wall, cpu = float(info["wall_seconds"]), float(info["cpu_seconds"])
        return Cost(cpu, wall, round(int(info["segments"]) / wall, 1) if wall else None)
    except (OSError, ValueError, KeyError, TypeError):
        return Cost()
