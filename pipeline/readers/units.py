"""Whole abstracts from files of their segments, which this program wrote as TMX or XLIFF.

The Chinese becomes the reference, whose origin is the system that made it: the output of a machine is not mistaken
for a person's translation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.errors import RecordError
from pipeline.finish import join_targets
from pipeline.records import Abstract, Reference

TITLE = "title"


@dataclass(frozen=True, slots=True)
class Part:
    """A title or a segment, and the abstract and the place ("title", or a number from 1) that it has there."""

    abstract: str
    place: str
    source: str
    target: str
    gap: str = ""
    status: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


def whole_abstracts(
    parts: Iterable[Part | Abstract | RecordError], meta: Mapping[str, str]
) -> Iterator[Abstract | RecordError]:
    """Abstracts from parts that stand together; what is no part passes as it is."""
    waiting: list[Part] = []
    for part in parts:
        if waiting and not (isinstance(part, Part) and part.abstract == waiting[0].abstract):
            yield _abstract(waiting, meta)
            waiting = []
        if isinstance(part, Part):
            waiting.append(part)
        else:
            yield part
    if waiting:
        yield _abstract(waiting, meta)


def _abstract(parts: list[Part], meta: Mapping[str, str]) -> Abstract:
    title = next((part for part in parts if part.place == TITLE), None)
    texts = [part for part in parts if part.place != TITLE]
    kept = dict(parts[0].properties)
    model = kept.get("system", "").partition("|")[0].removeprefix("model:")
    target = join_targets((part.target, part.gap) for part in texts)
    references = (Reference(target, f"mt:{model}" if model else "unknown"),) if target else ()
    if title and title.target:
        kept["title_zh"] = title.target
    source = "".join(part.source + part.gap for part in texts)
    return Abstract(parts[0].abstract, title.source if title else "", source, references, {**kept, **meta})
