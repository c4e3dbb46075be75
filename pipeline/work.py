"""One piece of work as a user asks for it: what to read, with which system, where to write.

Stands between the command line and the pure parts: builds the translator and settings from options, counts the input
for the estimate, and calls `pipeline.run`.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from models.registry import SHIPPED, open_translator
from models.translator import Decoding, Translator
from pipeline.check import Limits
from pipeline.progress import Progress
from pipeline.readers import Noticed, ReadOptions, read_paths, unnoticed
from pipeline.run import RunFolder, run, stream, summary
from pipeline.shards import Record
from pipeline.translate import Settings

COUNTED_BYTES = 1 << 30  # inputs larger than this are not read twice only to show how much is left


@dataclass(frozen=True, slots=True)
class Work:
    """Inputs, how to read them, the settings, and what the translator is opened with."""

    paths: tuple[str, ...]
    reading: ReadOptions
    settings: Settings
    opening: dict[str, Any]
    limit: int | None

    @classmethod
    def from_options(cls, paths: Sequence[str], options: Mapping[str, Any], limits: Mapping[str, Any]) -> "Work":
        """From the command line's options and the configuration's `[limits]`."""
        reading = ReadOptions(**{field.name: options[field.name] for field in fields(ReadOptions)})
        settings = Settings(
            decoding=replace(Decoding(), beam=options["beam"]),
            limits=replace(Limits(), script=options["script"], **limits),
            script=options["script"],
            retry=not options["no_retry"],
        )
        opening = {key: options[key] for key in ("engine", "device", "precision", "threads", "batch_tokens", "script")}
        opening |= {"model": options["model"] or SHIPPED, "offline": options["offline"]}
        return cls(tuple(paths), reading, settings, opening, options["limit"])

    def records(self, noticed: Noticed = unnoticed) -> Iterator[Record]:
        """The records to translate, in input order; `noticed` is told of each source."""
        return islice(read_paths(self.paths, self.reading, sys.stdin.buffer, noticed), self.limit)

    def count(self) -> int:
        """How many records there are, or 0 where finding out would cost too much: stdin, very large files."""
        if "-" in self.paths or sum(_size(Path(path)) for path in self.paths) > COUNTED_BYTES:
            return 0
        return sum(1 for _ in self.records())

    def open_translator(self) -> Translator:
        """The translator, opened as asked."""
        return open_translator(**self.opening)

    def command(self, translator: Translator) -> dict[str, Any]:
        """What must be equal for a run folder to be gone on with."""
        paths = [path if path == "-" else str(Path(path).resolve()) for path in self.paths]
        return {
            "paths": paths,
            "reading": asdict(self.reading),
            "system": self.settings.signature(translator),
            "limits": asdict(self.settings.limits),
            "limit": self.limit,
        }


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0


def translate_paths(work: Work, output: Path, *, fresh: bool, quiet: bool) -> int:
    """Translate into a run folder; returns how many records failed."""
    total = work.count()  # before the model is loaded: bad input shows at once
    translator = work.open_translator()
    command = work.command(translator)
    folder = RunFolder(output)
    if not quiet:
        info = translator.info
        count = f"{total} records" if total else "records not counted beforehand"
        click.echo(f"{count}; {info.model}, {info.engine} {info.precision} on {info.device}", err=True)
    with folder.opened(command, fresh):
        done = run(work.records(), translator, work.settings, folder, command, Progress(total, quiet))
    if not quiet:
        click.echo(summary(done, output), err=True)
    return int(done["failed"])


def translate_to_stdout(work: Work, *, bilingual: bool, quiet: bool) -> int:
    """Translate to stdout, one abstract a line; returns how many records failed, each named on stderr."""
    failed = 0
    total = work.count()
    progress = Progress(total, quiet or total <= 1)
    for row in stream(work.records(), work.open_translator(), work.settings, progress):
        if "error" in row:
            failed += 1
            click.echo(f"zhaiyi: {row['id']}: {row['error']}", err=True)
            continue
        target = row["target"].replace("\n", " ")
        click.echo(f"{' '.join(row['source'].split())}\t{target}" if bilingual else target)
    return failed
