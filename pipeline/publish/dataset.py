"""Publish finished runs as a data set in a folder that `load_dataset` reads and a hub shows.

DIR/data/, DIR/segments/   the tables, see `pipeline.publish.tables`
DIR/README.md, plots/      the card
DIR/run.json               the version, the runs, what was chosen
DIR/CHANGES.md             what each version brought
DIR/croissant.json         the same in Croissant
DIR/manifest.sha256        a digest of each file, as sha256sum writes and checks it

Everything is made in a folder beside DIR, checked by loading it back, and takes DIR's place at the end.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from pipeline.errors import RunError
from pipeline.progress import counted
from pipeline.publish.facts import Facts
from pipeline.publish.forms.whole import replacing, take_place
from pipeline.publish.growth import Previous, grow, previous
from pipeline.publish.items import Choice, Item, Runs, open_runs
from pipeline.publish.licences import Licence, Licensing
from pipeline.publish.near import BATCH
from pipeline.publish.schema import abstract_row, segment_rows
from pipeline.publish.scores import Scorer
from pipeline.publish.splits import APART, Shares, Splitter
from pipeline.publish.tables import SplitWriter, published_items
from pipeline.shards import PATHS

SAMPLE = 100  # items of each split that are compared with what is loaded back


@dataclass(frozen=True, slots=True)
class Plan:
    """What to publish and where: runs, a choice of their items, and what the publisher states."""

    runs: tuple[Path, ...]
    to: Path
    choice: Choice = field(default_factory=Choice)
    licences: Licensing = field(default_factory=Licensing)
    shares: Shares = field(default_factory=Shares)
    allow_failed: bool = False
    title: str = ""
    card: str = ""
    contact: str = ""
    command: str = ""
    quiet: bool = True

    def says_more_than(self, info: Mapping[str, Any]) -> bool:
        """Whether the card would say other words of the publisher than that of an earlier version."""
        said = {"title": self.title, "contact": self.contact, "card": self.card}
        return any(words and words != info.get(name, "") for name, words in said.items())

    def choices(self) -> dict[str, Any]:
        """What decides which items are in, and in which split: the same for all versions of a data set."""
        choice = self.choice
        return {
            "choice": {
                "max_issues": choice.max_issues, "drop": sorted(choice.drop),
                "categories": list(choice.categories), "min_chars": choice.min_chars,
            },
            "shares": {"validation": self.shares.validation, "test": self.shares.test},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: the version, and how many abstracts are new, changed, as before, and left out by reason."""

    to: Path
    version: str
    new: int
    changed: int
    same: int
    left_out: Mapping[str, int]
    written: bool = True

    def summary(self) -> str:
        """What was done, in a few lines."""
        if not self.written:
            return f"nothing new: {self.to} stays as it is, version {self.version} ({self.same:,} abstracts)"
        lines = [
            f"version {self.version}: {self.new:,} new abstracts, {self.changed:,} corrected, {self.same:,} as before",
            f"written to {self.to}, and loaded back",
        ]
        return "\n".join([*lines, *_told(self.left_out)])


class Builder:
    """Gives items their licence and split and writes them into the tables of `folder`."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        scorer: Scorer | None,
        left_out: Counter[str],
        first: Mapping[str, int] | None = None,
    ) -> None:
        self.folder, self.licences, self.scorer, self.left_out = folder, plan.licences, scorer, left_out
        self.splitter, self.facts = Splitter(plan.shares), Facts()
        self.sample: defaultdict[str, list[Item]] = defaultdict(list)
        """The first new items of each split."""
        self._first = first or {}
        self._writers: dict[str, SplitWriter] = {}

    def add(self, items: Iterable[Item]) -> int:
        """Write the new items that may be published; how many there were.

        One whose licence is refused is noted by `licences`, one that no split can take is counted in `left_out`.
        """
        licensed = ((item, licence) for item in items if not (licence := self.licences.of(item)).refusal)
        added = 0
        while batch := list(islice(licensed, BATCH)):
            splits = self.splitter.place([(item.id, item.source) for item, _ in batch])
            for (item, licence), split in zip(batch, splits, strict=True):
                if split:
                    self._write(item, licence, split)
                    added += 1
                else:
                    self.left_out[APART] += 1
        return added

    def _write(self, item: Item, licence: Licence, split: str) -> None:
        if split not in self._writers:
            self._writers[split] = SplitWriter(self.folder, split, self._first.get(split, 0))
        row = abstract_row(item, licence, self.scores(item))
        self._writers[split].add(row, segment_rows(item))
        self.facts.add(item, row, split)
        if len(self.sample[split]) < SAMPLE:
            self.sample[split].append(item)

    def scores(self, item: Item) -> Mapping[str, float]:
        """The scores of an item, where it has references."""
        return self.scorer.of_item(item.target, item.references) if self.scorer and item.references else {}

    def close(self) -> dict[str, list[str]]:
        """End all files: what each holds, by its row groups' digests."""
        for writer in self._writers.values():
            writer.close()
        return {file: digests for writer in self._writers.values() for file, digests in writer.fingerprints.items()}


def publish(plan: Plan, scorer: Scorer | None = None) -> Published:
    """Make the data set, or let the one that is there grow.

    Raises `RunError` for runs that cannot be published (see `open_runs`), for licences that are unknown or restrictive,
    and for a folder with other content; then nothing is left behind.
    """
    from pipeline.publish.finish import finish
    from pipeline.publish.verify import verify

    runs, before = open_runs(plan.runs, plan.allow_failed), previous(plan.to)
    left_out: Counter[str] = Counter()
    if runs.failed:
        left_out["failed to be translated"] = runs.failed
    with replacing(plan.to) as part, _uncollected():
        grows = before is not None and before.system == runs.system
        if before and grows:
            before.check_choices(plan.choices())
        builder = Builder(part, plan, scorer, left_out, before.next_shards() if before and grows else None)
        items = counted(shared(plan.choice.apply(runs.items(), left_out)), "abstracts", plan.quiet)
        counts = grow(before, part, items, builder) if before and grows else Counter(new=builder.add(items))
        written = builder.close()
        plan.licences.check(plan.to)
        if not counts["new"] + counts["changed"] + counts["same"]:
            raise RunError(f"{', '.join(map(str, plan.runs))}: nothing is left to publish; choose less strictly")
        if before and grows and not counts["new"] + counts["changed"] and not plan.says_more_than(before.info):
            return Published(plan.to, before.version, 0, 0, counts["same"], left_out, written=False)
        facts = _facts_of(part) if before and grows else builder.facts
        made = Made(plan, runs, before, facts, builder.splitter, counts, left_out)
        finish(part, made, scorer)
        verify(part, written, builder.sample, facts)
        take_place(part, plan.to)
    return Published(plan.to, made.version, counts["new"], counts["changed"], counts["same"], left_out)


def publish_form(plan: Plan, form: str) -> str:
    """Write the chosen items in another form (`pipeline.publish.forms.write.FORMS`); what was done, in a few lines."""
    from pipeline.publish.forms.units import About
    from pipeline.publish.forms.write import write_form

    runs, left_out = open_runs(plan.runs, plan.allow_failed), Counter[str]()
    if runs.failed:
        left_out["failed to be translated"] = runs.failed
    about = About(
        plan.title or plan.to.resolve().name, runs.system, runs.script, version("zhaiyi"),
        str(runs.infos[-1].get("started", "")),
    )  # fmt: skip

    def licensed() -> Iterator[Item]:
        for item in shared(plan.choice.apply(runs.items(), left_out)):
            licence = plan.licences.of(item)
            if not licence.refusal:
                yield replace(item, meta={**item.meta, "licence": licence.name, "licence_from": licence.origin})
        plan.licences.check(plan.to)

    count = write_form(form, counted(licensed(), "abstracts", plan.quiet), about, plan.to)
    return "\n".join([f"{count:,} abstracts written to {plan.to}", *_told(left_out)])


def _told(left_out: Mapping[str, int]) -> list[str]:
    """A line that says what was left out, by reason; none for nothing."""
    out = ", ".join(f"{reason} {count:,}" for reason, count in left_out.items())
    return [f"left out: {out}"] if out else []


@dataclass(frozen=True, slots=True)
class Made:
    """A data set as it is before its card is written."""

    plan: Plan
    runs: Runs
    before: Previous | None
    facts: Facts
    splitter: Splitter
    counts: Mapping[str, int]
    left_out: Mapping[str, int]

    @property
    def version(self) -> str:
        """1.0.0 at first; another system makes a new major version, more abstracts a minor one, else it is a patch."""
        if self.before is None:
            return "1.0.0"
        major, minor, patch = map(int, self.before.version.split("."))
        if self.before.system != self.runs.system:
            return f"{major + 1}.0.0"
        return f"{major}.{minor + 1}.0" if self.counts["new"] else f"{major}.{minor}.{patch + 1}"


def shared(items: Iterator[Item]) -> Iterator[Item]:
    """Items as they may be shared: of paths of this machine, only the file's name."""
    for item in items:
        paths = {name: PurePath(str(item.meta[name])).name for name in PATHS if name in item.meta}
        yield replace(item, meta={**item.meta, **paths}) if paths else item


def _facts_of(folder: Path) -> Facts:
    """The facts of all that a folder holds."""
    facts = Facts()
    for item, row, split in published_items(folder):
        facts.add(item, row, split)
    return facts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles of garbage: there are none here, and it takes a seventh of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
