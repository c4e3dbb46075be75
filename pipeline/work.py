"""One piece of work as a user asks for it: what to read, with which system, where to write.

Stands between the command line and the pure parts: builds the translator and settings from options, counts the input
for the estimate, and calls `pipeline.run`.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from models.registry import SHIPPED, open_translator
from models.translator import Decoding, Translator
from pipeline.check import Limits
from pipeline.errors import RecordError
from pipeline.estimate import estimate
from pipeline.memory import NAME
from pipeline.memory_tmx import read_memory
from pipeline.progress import Progress, duration
from pipeline.readers import Noticed, ReadOptions, read_paths, unnoticed
from pipeline.readers.choose import chooser
from pipeline.readers.hub import SCHEME
from pipeline.records import Abstract
from pipeline.references import read_references, with_references
from pipeline.run import RunFolder, left_out_line, memory_line, run, stream, summary
from pipeline.settings import Settings
from pipeline.shards import Record

ESTIMATED = 200  # records from which on it is said beforehand how long they will take
SAMPLE = 60  # abstracts drawn for that
_LINE_BREAKS = re.compile(r"\s*\n\s*")
COUNTED_BYTES = 1 << 30  # inputs larger than this are not read twice only to show how much is left


@dataclass(frozen=True, slots=True)
class Work:
    """Inputs, how to read them, the settings, and what the translator is opened with."""

    paths: tuple[str, ...]
    reading: ReadOptions
    settings: Settings
    opening: dict[str, Any]
    limit: int | None
    references: Path | None = None

    @classmethod
    def from_options(cls, paths: Sequence[str], options: Mapping[str, Any], limits: Mapping[str, Any]) -> "Work":
        """From the command line's options and the configuration's `[limits]`."""
        names = [field.name for field in fields(ReadOptions) if field.name in options]
        reading = ReadOptions(**{name: options[name] for name in names})
        chooser(reading)  # what makes no sense shows at once
        settings = Settings(
            decoding=replace(Decoding(), beam=options["beam"]),
            limits=replace(Limits(), script=options["script"], **limits),
            script=options["script"],
            retry=not options["no_retry"],
            memory=read_memory(options["memory"]) if options.get("memory") else None,
        )
        opening = {key: options[key] for key in ("engine", "device", "precision", "threads", "batch_tokens", "script")}
        opening |= {"model": options["model"] or SHIPPED, "offline": options["offline"]}
        opening["shortlist"] = not options["no_shortlist"]
        return cls(tuple(paths), reading, settings, opening, options["limit"], options["references"])

    def records(self, left_out: Counter[str] | None = None, noticed: Noticed = unnoticed) -> Iterator[Record]:
        """The records to translate, in input order; what the options leave out on the way is counted by reason.

        `noticed` is told of each source.
        """
        return islice(self._all(left_out, noticed=noticed), self.limit)

    def _all(
        self,
        left_out: Counter[str] | None = None,
        tell: Callable[[str], None] = lambda _: None,
        noticed: Noticed = unnoticed,
    ) -> Iterator[Record]:
        records = read_paths(self.paths, self.reading, sys.stdin.buffer, left_out, noticed)
        if self.references is None:
            return records
        references = read_references(self.references, self.paths, self.reading)
        chooses = bool(self.reading.category or self.reading.since or self.reading.until)
        return with_references(records, references, str(self.references), tell=tell, complete=not chooses)

    def check_references(self) -> None:
        """Read all that can be read twice, so that references that do not match show before anything is translated."""
        if self.references is not None and "-" not in self.paths:
            for _ in self._all(tell=lambda line: click.echo(f"zhaiyi: {line}", err=True)):
                pass

    def count(self) -> "Counted":
        """What there is to translate; not looked at where that costs too much: stdin, the hub, very large files."""
        counted = Counted()
        if any(path == "-" or path.startswith(SCHEME) for path in self.paths):
            return counted
        if sum(_size(Path(path)) for path in self.paths) <= COUNTED_BYTES:
            for record in self.records():
                counted.add(record)
            counted.complete = True
        return counted

    def open_translator(self) -> Translator:
        """The translator, opened as asked."""
        return open_translator(**self.opening)

    def command(self, translator: Translator) -> dict[str, Any]:
        """What must be equal for a run folder to be gone on with."""
        given = (path == "-" or path.startswith(SCHEME) for path in self.paths)
        paths = [path if as_is else str(Path(path).resolve()) for path, as_is in zip(self.paths, given, strict=True)]
        reading = asdict(self.reading)
        for name in ("offline", "text_optional"):  # where the data are asked for changes nothing of what they are
            del reading[name]
        return {
            "paths": paths,
            "reading": reading,
            "system": self.settings.signature(translator),
            "limits": asdict(self.settings.limits),
            "limit": self.limit,
            **({"references": str(self.references.resolve())} if self.references else {}),
            **({"memory": str(Path(memory.name).resolve())} if (memory := self.settings.memory) else {}),
        }


class Counted:
    """How many records there are, how many words of titles and texts, and some abstracts drawn at random.

    `complete` is False where nothing was counted, since looking would cost too much.
    """

    def __init__(self) -> None:
        self.complete = False
        self.records = self.words = self._abstracts = 0
        self.sample: list[Abstract] = []
        self._rng = random.Random(1)

    def add(self, record: Record) -> None:
        """Count a record."""
        self.records += 1
        if isinstance(record, RecordError):
            return
        self.words += record.title.count(" ") + record.text.count(" ") + 2
        self._abstracts += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(record)
        elif (place := self._rng.randrange(self._abstracts)) < SAMPLE:
            self.sample[place] = record


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0


def translate_paths(work: Work, output: Path, *, fresh: bool, quiet: bool) -> int:
    """Translate into a run folder; returns how many records failed."""
    work.check_references()
    counted = work.count()  # before the model is loaded: bad input shows at once
    total = counted.records
    translator = work.open_translator()
    command = work.command(translator)
    folder = RunFolder(output)
    if not quiet:
        info = translator.info
        count = f"{total} records" if counted.complete else "records not counted beforehand"
        click.echo(f"{count}; {info.model}, {info.engine} {info.precision} on {info.device}", err=True)
        if fresh and work.settings.memory is None and (output / NAME).is_file():
            click.echo(f"{output / NAME}: what people corrected in this run stays there; it is not used now", err=True)
    left_out: Counter[str] = Counter()
    with folder.opened(command, fresh):
        if not quiet and total >= ESTIMATED and not any(folder.shards.iterdir()):
            found = estimate(counted.sample, counted.words, translator, work.settings)
            known = f", {found.recalled} of {found.segments} segments from the memory" if found.recalled else ""
            speed = f"{found.words_per_second:.0f} words/s on a sample{known}"
            click.echo(f"about {duration(found.seconds)} ({speed})", err=True)
        records = work.records(left_out)
        done = run(records, translator, work.settings, folder, command, Progress(total, quiet), left_out)
    if not quiet:
        click.echo(summary(done, output), err=True)
    return int(done["failed"])


def translate_to_stdout(work: Work, *, bilingual: bool, quiet: bool) -> int:
    """Translate to stdout, one abstract a line; returns how many records failed, each named on stderr."""
    failed = 0
    work.check_references()
    total = work.count().records
    progress = Progress(total, quiet or total <= 1)
    left_out: Counter[str] = Counter()
    for row in stream(work.records(left_out), work.open_translator(), work.settings, progress):
        if "error" in row:
            failed += 1
            click.echo(f"zhaiyi: {row['id']}: {row['error']}", err=True)
            continue
        target = _LINE_BREAKS.sub(" ", row["target"])
        click.echo(f"{' '.join(row['source'].split())}\t{target}" if bilingual else target)
    if left_out and not quiet:
        click.echo(f"zhaiyi: {left_out_line(left_out)}", err=True)
    if (memory := work.settings.memory) and not quiet:
        entries, _ = memory.summary(work.settings.script)
        click.echo(f"zhaiyi: {memory_line(progress.tally.recalled, entries, memory.name)}", err=True)
    return failed
