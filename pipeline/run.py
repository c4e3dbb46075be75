"""A run on one machine: records in, a run folder out, resumable at any moment.

RUN/translations.jsonl  one translation an abstract, in input order
RUN/failed.jsonl        records that could not be translated, each with its reason
RUN/run.json            what was run, on what, with which versions, how long, which issues
RUN/shards/             finished blocks; a later run of the same command does only what is missing
"""

import json
import platform
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from models.translator import Translator
from pipeline.ahead import ahead
from pipeline.corrections import places, renew_shard
from pipeline.errors import RunError
from pipeline.memory import NAME
from pipeline.progress import Progress, reviewed
from pipeline.readers.choose import REASONS
from pipeline.records import Translation
from pipeline.settings import Settings
from pipeline.shards import Record, blocks, read_shard, shard_name, to_line, to_row, write_whole
from pipeline.translate import Failure, translate_block

OUTPUTS = ("translations.jsonl", "failed.jsonl", "run.json")
_BEGUN = {".lock", "shards", ".run.json.part"}


class RunFolder:
    """The folder of a run: opened for one command at a time, refused if it holds something else."""

    def __init__(self, path: Path) -> None:
        self.path, self.shards = path, path / "shards"

    @contextmanager
    def opened(self, command: dict[str, Any], fresh: bool = False) -> Iterator["RunFolder"]:
        """Lock the folder and make sure that it belongs to the same command; `fresh` starts it anew.

        `command` is everything that must be equal for a run to go on: inputs, options, the system's signature.
        Raises `RunError` if another process works in it, if it was made with other options, if it is some other
        folder with files in it, or if it cannot be written.
        """
        known = (self.path / "run.json").exists()
        if self.path.is_file():
            raise RunError(f"{self.path}: is a file; name a folder for the run")
        # a run killed in its first moments leaves no run.json yet
        if self.path.is_dir() and not known and any(entry.name not in _BEGUN for entry in self.path.iterdir()):
            raise RunError(f"{self.path}: holds files but no run.json, so it is no run of ours; name a new folder")
        with self.locked():
            self._claim(command, fresh)
            yield self

    @contextmanager
    def locked(self) -> Iterator["RunFolder"]:
        """Keep others out of the folder, which is made if it is not there. Raises `RunError` as `opened` does."""
        from filelock import FileLock, Timeout

        try:
            self.shards.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise RunError(
                f"{self.path}: another zhaiyi is working in this folder; wait for it, or name another"
            ) from None
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written: {error.strerror or error}; name another folder") from error
        try:
            yield self
        finally:
            lock.release()

    def _claim(self, command: dict[str, Any], fresh: bool) -> None:
        command = json.loads(json.dumps(command, ensure_ascii=False, default=str))
        previous = self.read_info().get("command") if (self.path / "run.json").exists() else None
        if fresh:
            shutil.rmtree(self.shards)
            self.shards.mkdir()
            for name in OUTPUTS:
                (self.path / name).unlink(missing_ok=True)
        elif previous is not None and (changed := _changed(previous, command)):
            what = "; ".join(_change(key, previous.get(key), command.get(key)) for key in changed)
            raise RunError(
                f"{self.path}: made with other options ({what}); use the same, name another folder, or start it anew"
            )
        if previous is None or fresh:
            self.write_info({"state": "running", "command": command})

    def read_info(self) -> dict[str, Any]:
        """What `run.json` says. Raises `RunError` if it is not ours."""
        path = self.path / "run.json"
        try:
            info: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return info
        except (OSError, json.JSONDecodeError) as error:
            raise RunError(f"{path}: not readable as JSON ({error}); name another folder, or start it anew") from error

    def write_info(self, info: dict[str, Any]) -> None:
        """Write `run.json` whole."""
        write_whole(self.path / "run.json", [json.dumps(info, ensure_ascii=False, indent=2, default=str) + "\n"])


def _changed(previous: Mapping[str, Any], command: Mapping[str, Any]) -> list[str]:
    """What keeps a run from being gone on with; a memory may come or grow, since it is set into what is there."""
    changed = sorted(key for key in command.keys() | previous.keys() if command.get(key) != previous.get(key))
    return [key for key in changed if key != "memory" or not command.get("memory")]


def _change(key: str, was: Any, now: Any) -> str:
    """What changed in one thing of a command; of options and of a signature only the parts that differ.

    >>> _change("system", "model:a|beam:4|retry:yes", "model:a|beam:1|retry:yes")
    'system: was beam:4, now beam:1'
    """
    if isinstance(was, dict) and isinstance(now, dict):
        names = [name for name in now if was.get(name) != now[name]]
        was, now = ({name: side.get(name) for name in names} for side in (was, now))
    elif key == "system" and isinstance(was, str) and isinstance(now, str):
        sides = was.split("|"), now.split("|")
        was, now = ("|".join(part for part in side if part not in other) for side, other in (sides, sides[::-1]))
        return f"{key}: was {was}, now {now}"
    return f"{key}: was {was!r}, now {now!r}"


def run(
    records: Iterable[Record],
    translator: Translator,
    settings: Settings,
    folder: RunFolder,
    command: dict[str, Any],
    progress: Progress,
    left_out: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Translate all records into an opened `folder` and return what `run.json` says at the end.

    Shards of earlier runs are used; when all blocks are there, the outputs are written, each whole. `left_out` tells
    then, by reason, how many records the reading options did not choose.
    """
    started = time.time()
    cpu = time.process_time()
    signature = settings.signature(translator)
    names: list[str] = []

    def finish_block(numbered: tuple[int, list[Record]]) -> _Finished:
        name = shard_name(*numbered, signature)
        path = folder.shards / name
        if path.exists():
            return _Finished(name, None, renew_shard(path, settings.recall) if settings.memory else 0)
        results = translate_block(numbered[1], translator, settings)
        write_whole(path, (to_line(to_row(result)) for result in results))
        return _Finished(name, results, reviewed(results))

    with progress:
        for done in ahead(finish_block, enumerate(blocks(records)), in_work(translator), translator.stop):
            if done.results is None:
                progress.resumed(list(read_shard(folder.shards / done.name)), done.recalled)
            else:
                progress.results(done.results)
            names.append(done.name)
    gone = _write_outputs(folder, names)
    tally = progress.tally
    info = {
        "state": "finished",
        "command": json.loads(json.dumps(command, ensure_ascii=False, default=str)),
        "system": settings.signature_with_memory(translator),
        "translator": asdict(translator.info),
        "versions": versions(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "wall_seconds": round(time.time() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "abstracts": tally.abstracts,
        "failed": tally.failed,
        "left_out": dict(left_out or {}),
        "resumed": tally.resumed,
        "segments": tally.segments,
        "source_words": tally.words,
        "flagged_abstracts": tally.flagged,
        "reviewed": tally.reviewed,
        "issues": dict(tally.issues.most_common()),
        "normalised": {side: dict(rules.most_common()) for side, rules in tally.normalised.items()},
    }
    if settings.memory:
        entries, digest = settings.memory.summary(settings.script)
        info["memory"] = {"file": settings.memory.name, "digest": digest, "entries": entries, "used": tally.recalled}
    elif gone:
        info["corrections_gone"] = gone
    folder.write_info(info)
    return info


@dataclass(frozen=True, slots=True)
class _Finished:
    """A block whose shard is there: what was translated for it, None if it was there before; what the memory gave."""

    name: str
    results: Sequence[Translation | Failure] | None
    recalled: int


def _write_outputs(folder: RunFolder, names: Sequence[str]) -> int:
    """Join the shards, remove those whose input is no more, and return how many corrections these held."""

    def rows(wanted: Callable[[dict[str, Any]], bool]) -> Iterator[str]:
        return (to_line(row) for name in names for row in read_shard(folder.shards / name) if wanted(row))

    write_whole(folder.path / "translations.jsonl", rows(lambda row: "error" not in row))
    write_whole(folder.path / "failed.jsonl", rows(lambda row: "error" in row))
    gone = 0
    for stale in set(folder.shards.iterdir()) - {folder.shards / name for name in names}:
        if stale.suffix == ".jsonl":
            gone += sum(place.review is not None for row in read_shard(stale) for place in places(row))
        stale.unlink()
    return gone


def versions() -> dict[str, str]:
    """Versions of what takes part in translating, as installed; nothing is imported for it."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("zhaiyi", "ctranslate2", "sentencepiece", "transformers", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def summary(info: dict[str, Any], folder: Path) -> str:
    """The closing lines of a run: what was done, what was flagged, where it is."""
    issues = ", ".join(f"{kind} {count}" for kind, count in Counter(info["issues"]).most_common()) or "none"
    lines = [
        f"{info['abstracts']} abstracts ({info['resumed']} from an earlier run), {info['segments']} segments "
        f"in {info['wall_seconds']} s; {info['flagged_abstracts']} flagged; issues: {issues}",
        f"written to {folder / 'translations.jsonl'}",
    ]
    if memory := info.get("memory"):
        lines.append(memory_line(memory["used"], memory["entries"], memory["file"]))
    if gone := info.get("corrections_gone"):
        lines.append(
            f"{gone} corrections are not in this run any more, since its input has changed; "
            f"--memory {folder / NAME} sets them in again"
        )
    if info["left_out"]:
        lines.append(left_out_line(info["left_out"]))
    if info["failed"]:
        lines.append(f"{info['failed']} records failed: see {folder / 'failed.jsonl'}")
    return "\n".join(lines)


def memory_line(used: int, entries: int, name: str) -> str:
    """What a memory gave.

    >>> memory_line(3, 40, "team.sqlite")
    'segments from the memory: 3 (team.sqlite, 40 entries)'
    """
    return f"segments from the memory: {used} ({name}, {entries} entries)"


def left_out_line(left_out: Mapping[str, int]) -> str:
    """How many records the reading options left out, by reason.

    >>> left_out_line({"category": 12, "no date": 1})
    'left out: 12 by --category, 1 having no date'
    """
    counts = [f"{left_out[reason]} {why}" for reason, why in REASONS.items() if left_out.get(reason)]
    return f"left out: {', '.join(counts)}"


def in_work(translator: Translator) -> int:
    """How many blocks are worked on at once: while one is prepared, checked or tries again what failed, which takes
    one core, others keep all of them busy.
    """
    return 2 + translator.workers // 16


def command_line(arguments: Iterable[str]) -> str:
    """A command as it can be typed again."""
    return shlex.join(["zhaiyi", *arguments])


def stream(
    records: Iterable[Record], translator: Translator, settings: Settings, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Translate without a run folder: rows in input order, in small blocks, so that output starts early."""

    def translated(block: list[Record]) -> list[Translation | Failure]:
        return translate_block(block, translator, settings)

    with progress:
        for results in ahead(translated, blocks(records, 16), in_work(translator), translator.stop):
            progress.results(results)
            yield from map(to_row, results)
