"""Translation units: the segments of abstracts, and their titles, as translators' tools exchange them.

A unit knows its abstract and its place in it ("title", or a segment's number from 1), so that whole abstracts are put
together again from a file of units. XML cannot hold some control characters: a text that has one is an error.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.errors import RunError
from pipeline.publish.items import Item, Review
from pipeline.readers.units import TITLE
from pipeline.records import Issue

TOOL = "zhaiyi"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class About:
    """What a file of units says of itself; `script` is hans or hant."""

    title: str
    system: str
    script: str
    version: str
    created: str = ""

    @property
    def language(self) -> str:
        """The tag of the Chinese side (BCP 47)."""
        return "zh-Hant" if self.script == "hant" else "zh-Hans"


@dataclass(frozen=True, slots=True)
class Unit:
    """A source and its target; `gap` is the white space after the source, `status` what a reviewer says of it."""

    abstract: str
    place: str
    source: str
    target: str
    gap: str = ""
    issues: tuple[Issue, ...] = ()
    review: Review | None = None
    status: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"{self.abstract}, {self.place if self.place == TITLE else f'segment {self.place}'}"


def units(items: Iterable[Item]) -> Iterator[Unit]:
    """The units of items in order, a title first; the first of each abstract has what is known of it as properties."""
    for item in items:
        first = True
        for unit in _of(item):
            yield replace(unit, properties=_properties(item)) if first else unit
            first = False


def _of(item: Item) -> Iterator[Unit]:
    if item.title:
        titles = tuple(issue for issue in item.issues if issue.detail.startswith("title: "))
        yield Unit(item.id, TITLE, item.title, item.title_zh, issues=titles, review=item.title_review)
    for number, pair in enumerate(item.segments, 1):
        yield Unit(item.id, str(number), pair.source, pair.target, pair.gap, pair.issues, pair.review)


def _properties(item: Item) -> dict[str, str]:
    meta = {name: value for name, value in item.meta.items() if isinstance(value, str | int | float)}
    kept = {name: str(value) for name, value in meta.items() if name not in ("path", "references_path")}
    if isinstance(names := item.meta.get("categories"), list):
        kept["categories"] = " ".join(map(str, names))
    return kept | {"system": item.system}


def fit_for_xml(unit: Unit) -> Unit:
    """The unit itself. Raises `RunError` where it holds a character that XML has no way to write."""
    for text in (unit.source, unit.target):
        if match := _NOT_XML.search(text):
            raise RunError(
                f"{unit.name}: U+{ord(match[0]):04X}, which XML cannot hold: take another form, or correct the text"
            )
    return unit
