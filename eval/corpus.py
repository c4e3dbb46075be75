"""Join hypotheses and references item by item, by id or line by line, and notice what is odd about them.

Nothing is joined by luck: ids that one side alone has, and files of different length, are errors that name them. Plain
lines are joined by their order to lines, and to records in the order of their file, which a note says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.comparison import ReferenceInfo
from eval.hypotheses import Hypotheses
from eval.oddities import named_ids, oddities
from eval.references import Facts, ReferenceSet, read_lines, segment_id
from pipeline.errors import InputError
from pipeline.records import Reference

OWN = "with the input"
"""What references are called that came with the runs' input."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Items in the order of the first references; every system has a text for each id, but `raw` may be empty."""

    ids: tuple[str, ...]
    references: tuple[tuple[Reference, ...], ...]
    facts: tuple[Facts, ...]
    systems: tuple[Hypotheses, ...]
    sets: tuple[ReferenceInfo, ...]
    notes: tuple[str, ...]

    @property
    def reference_texts(self) -> list[list[str]]:
        """The references of each item."""
        return [[one.text for one in references] for references in self.references]

    def texts(self, system: Hypotheses, output: str = "finished") -> list[str]:
        """A system's hypotheses in the order of the items, "finished" or "raw"."""
        found = system.raw if output == "raw" else system.finished
        return [found[identifier] for identifier in self.ids]


def join_corpus(systems: Sequence[Hypotheses], sets: Sequence[ReferenceSet]) -> Corpus:
    """Join systems to references; each set of references covers all items, and each system has all of them.

    Where no set is given, the references that came with the runs' input are taken, and what has none is left out, which
    a note says. Raises `InputError` naming the ids that do not match.
    """
    notes: list[str] = []
    if not sets:
        sets = [_own_references(systems, notes)]
        systems = [_restricted(system, sets[0], notes) for system in systems]
    first = sets[0]
    ids = list(first.texts)
    for other in sets[1:]:
        _match(first, other)
    aligned = [_aligned(one, first, ids) for one in sets]
    joined = tuple(_joined(system, first, ids, notes) for system in systems)
    references = tuple(tuple(one for found in aligned for one in found[i]) for i in range(len(ids)))
    facts = tuple(_facts(identifier, [*sets, *joined]) for identifier in ids)
    infos = [ReferenceInfo(one.name, _origin(one), len(one.texts), one.script) for one in sets]
    notes += oddities(joined, sets, ids, references)
    return Corpus(tuple(ids), references, facts, joined, tuple(infos), tuple(notes))


def _own_references(systems: Sequence[Hypotheses], notes: list[str]) -> ReferenceSet:
    with_some = [system for system in systems if system.references]
    if not with_some:
        what = "its input had no references" if systems[0].kind == "run" else "no references in it"
        raise InputError(f"{systems[0].path}: {what}; name a file of references to score against")
    system = with_some[0]
    for other in with_some[1:]:
        if other.references != system.references:
            raise InputError(
                f"{other.path}: its references are not those of {system.path}; name a file of references for both"
            )
    return ReferenceSet(OWN, system.references, system.facts)


def _restricted(system: Hypotheses, references: ReferenceSet, notes: list[str]) -> Hypotheses:
    """A system without what has no reference."""
    without = [name for name in system.finished if name not in references.texts]
    if without:
        notes.append(f"{system.name}: {len(without)} more have no reference")
    kept = {name: text for name, text in system.finished.items() if name in references.texts}
    return replace(system, finished=kept)


def _match(first: ReferenceSet, other: ReferenceSet) -> None:
    if first.by_line or other.by_line:
        if len(first.texts) != len(other.texts):
            raise InputError(
                f"{other.name}: {len(other.texts)} references, but {len(first.texts)} in {first.name}: "
                "line by line they must be as many"
            )
        return
    _refuse(other.name, first.texts.keys() - other.texts.keys(), f"of {first.name} have no reference in it")
    _refuse(other.name, other.texts.keys() - first.texts.keys(), f"are not in {first.name}")


def _aligned(one: ReferenceSet, first: ReferenceSet, ids: Sequence[str]) -> list[tuple[Reference, ...]]:
    return list(one.texts.values()) if one.by_line or first.by_line else [one.texts[name] for name in ids]


def _joined(system: Hypotheses, references: ReferenceSet, ids: Sequence[str], notes: list[str]) -> Hypotheses:
    """A system with the ids of the references."""
    if references.segmented and system.segments:
        system = _split(system, references, ids)
    if system.by_line:
        if len(system.finished) != len(ids):
            raise InputError(
                f"{system.path}: {len(system.finished)} lines, but {references.name} has {len(ids)} references: "
                "line by line they must be as many"
            )
        if not references.by_line:
            notes.append(f"{system.name}: joined line by line to the records of {references.name}, in their order")
        return replace(system, finished=dict(zip(ids, system.finished.values(), strict=True)), by_line=False)
    if references.by_line:
        raise InputError(f"{references.name}: plain lines have no ids, but {system.path} has; give references with ids")
    lost = [name for name in system.failed if name in references.texts]
    if lost:
        notes.append(f"{system.name}: {len(lost)} records failed and count as empty: {named_ids(lost)}")
    if unscored := len(system.failed) - len(lost):
        notes.append(f"{system.name}: {unscored} records failed and are not scored")
    found = {**system.finished, **dict.fromkeys(lost, "")}
    _refuse(system.path, references.texts.keys() - found.keys(), "with a reference, but not translated")
    _refuse(system.path, found.keys() - references.texts.keys(), "translated, but without a reference")
    return replace(system, finished=found, raw={**system.raw, **dict.fromkeys(lost, "")} if system.raw else {})


def _split(system: Hypotheses, references: ReferenceSet, ids: Sequence[str]) -> Hypotheses:
    """A run's segments as items of their own; they must be those of the references, spaces aside."""
    wanted: dict[str, list[str]] = {}
    for identifier in ids:
        facts = references.facts[identifier]
        wanted.setdefault(facts.document, []).append("".join(facts.source.split()))
    others = [
        identifier for identifier, pieces in system.segments.items()
        if identifier in wanted and ["".join(source.split()) for source, _, _ in pieces] != wanted[identifier]
    ]  # fmt: skip
    if others:
        raise InputError(
            f"{system.path}: {len(others)} abstracts are segmented otherwise than in {references.name}: "
            f"{named_ids(others)}; use whole references, or translate these segments as records of their own"
        )
    parts = {
        segment_id(identifier, number): piece
        for identifier, pieces in system.segments.items() for number, piece in enumerate(pieces, 1)
    }  # fmt: skip
    lost = [name for one in system.failed for name in ids if references.facts[name].document == one]
    finished = {name: piece[1] for name, piece in parts.items()}
    raw = {name: piece[2] for name, piece in parts.items()} if system.raw else {}
    return replace(system, finished=finished, raw=raw, failed=tuple(lost), facts={})


def _refuse(path: str, identifiers: Iterable[str], what: str) -> None:
    if names := sorted(identifiers):
        raise InputError(
            f"{path}: {len(names)} abstracts {what}: {named_ids(names)}; use the references of the same abstracts"
        )


def with_lines(corpus: Corpus, source: Path | None = None, documents: Path | None = None) -> Corpus:
    """The corpus with sources and names of documents from files that have a line an item."""
    facts = corpus.facts
    if source:
        facts = tuple(replace(one, source=line) for one, line in zip(facts, lines_for(source, len(facts)), strict=True))
    if documents:
        names = lines_for(documents, len(facts))
        facts = tuple(replace(one, document=name) for one, name in zip(facts, names, strict=True))
    return replace(corpus, facts=facts)


def lines_for(path: Path, count: int) -> list[str]:
    """The lines of a file that must have as many as there are items. Raises `InputError`."""
    lines = read_lines(path)
    if len(lines) != count:
        raise InputError(f"{path}: {len(lines)} lines, but there are {count} items: give one line an item")
    return lines


def _facts(identifier: str, known: Sequence[ReferenceSet | Hypotheses]) -> Facts:
    """What the first that knows it says of an item."""
    found = [one.facts[identifier] for one in known if identifier in one.facts]
    source = next((one.source for one in found if one.source), "")
    title = next((one.title for one in found if one.title), "")
    categories = next((one.categories for one in found if one.categories), ())
    return Facts(source, title, categories, next((one.document for one in found if one.document), identifier))


def _origin(one: ReferenceSet) -> str:
    return ", ".join(dict.fromkeys(reference.origin for texts in one.texts.values() for reference in texts))
