"""Translation units: the segments of abstracts, and their titles, as translators' tools exchange them.

A unit knows its abstract and its place in it ("title", or a segment's number from 1), and the first one what is known
of the abstract and how many units it has, so that whole abstracts are put together again from a file of units.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from pipeline.errors import RunError
from pipeline.publish.items import Item, Review
from pipeline.readers.units import META, NOT_XML, TITLE
from pipeline.records import Issue

TOOL = "zhaiyi"


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
    """A source and its target; `gap` is the white space after the source."""

    abstract: str
    place: str
    source: str
    target: str
    gap: str = ""
    issues: tuple[Issue, ...] = ()
    review: Review | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"{self.abstract}, {self.place if self.place == TITLE else f'segment {self.place}'}"


def units(items: Iterable[Item]) -> Iterator[Unit]:
    """The units of items in order, a title first; the first of each abstract has what is known of it as properties."""
    for item in items:
        found = list(_of(item))
        for unit in found:
            yield replace(unit, properties=_properties(item, len(found))) if unit is found[0] else unit


def _of(item: Item) -> Iterator[Unit]:
    if item.title:
        yield Unit(item.id, TITLE, item.title, item.title_zh, issues=title_issues(item), review=item.title_review)
    for number, pair in enumerate(item.segments, 1):
        yield Unit(item.id, str(number), pair.source, pair.target, pair.gap, pair.issues, pair.review)


def title_issues(item: Item) -> tuple[Issue, ...]:
    """The issues of an item that are its title's."""
    return tuple(issue for issue in item.issues if issue.detail.startswith("title: "))


def _properties(item: Item, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {"system": item.system, "units": count}
    if item.references:
        found["references"] = list(zip_longest(item.references, item.origins, fillvalue="unknown"))
    return found | {
        f"{META}{name}": value for name, value in item.meta.items() if name not in ("path", "references_path")
    }


def id_for_xml(name: str) -> str:
    """The id of an abstract itself. Raises `RunError` where it holds a character that XML has no way to write."""
    if match := NOT_XML.search(name):
        raise RunError(f"{name!r}: its id holds U+{ord(match[0]):04X}, which XML cannot: take another form")
    return name


def fill(element: Any, text: str, stand_in: Callable[[str], Any]) -> None:
    """Put a text into an element: for a character that XML cannot hold, by its code, another element stands in."""
    element.text, *rest = NOT_XML.split(text)
    for found, tail in zip(NOT_XML.findall(text), rest, strict=True):
        one = stand_in(f"{ord(found):04X}")
        one.tail = tail
        element.append(one)
