"""Whole abstracts from files of their segments, which this program wrote as TMX or XLIFF.

The Chinese becomes the first reference, whose origin is the system that made it: the output of a machine is not
mistaken for a person's translation. An abstract some units of which are missing or moved is an error, never a shorter
one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import RecordError
from pipeline.finish import join_targets
from pipeline.readers.source import Source
from pipeline.records import Abstract, Reference

TITLE, META = "title", "meta-"
"""The place of a title; what the names of properties begin with that are an abstract's own `meta`."""

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML has no way to write."""

_JSON = "-json"


@dataclass(frozen=True, slots=True)
class Part:
    """A title or a segment, and the abstract and the place ("title", or a number from 1) that it has there.

    The first of an abstract has its properties.
    """

    abstract: str
    place: str
    source: str
    target: str
    line: int
    gap: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


def written(name: str, value: Any) -> tuple[str, str]:
    """The name and the text of a property in XML; what is no text, or one that readers might fold, is JSON.

    >>> written("year", 2020), written("place", "title"), written("gap", "\\n")
    (('year-json', '2020'), ('place', 'title'), ('gap-json', '"\\\\n"'))
    """
    plain = isinstance(value, str) and value == " ".join(value.split()) and not NOT_XML.search(value)
    if plain and not name.endswith(_JSON):
        return shown(name), value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return shown(name) + _JSON, NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def read_properties(found: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The properties that were `written`. Raises `ValueError` for JSON that is none."""
    try:
        return {name.removesuffix(_JSON): json.loads(value) if name.endswith(_JSON) else value for name, value in found}
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def shown(text: str) -> str:
    """A text for people alone, in which what XML cannot hold is named.

    >>> shown("a\\x07")
    'aU+0007'
    """
    return NOT_XML.sub(lambda found: f"U+{ord(found[0]):04X}", text)


def origin_of(system: str) -> str:
    """The origin of a reference that a system made.

    >>> origin_of("model:tiny@57d5|beam:4")
    'mt:tiny@57d5'
    """
    return f"mt:{system.partition('|')[0].removeprefix('model:')}"


def whole_abstracts(
    parts: Iterable[Part | Abstract | RecordError], source: Source, meta: Mapping[str, str]
) -> Iterator[Abstract | RecordError]:
    """Abstracts from parts that stand together; what is no part passes as it is."""
    waiting: list[Part] = []
    for part in parts:
        if isinstance(part, RecordError):  # perhaps of the abstract that waits, which then is not whole
            yield part
            continue
        if waiting and not (isinstance(part, Part) and part.abstract == waiting[0].abstract):
            yield _abstract(waiting, source, meta)
            waiting = []
        if isinstance(part, Part):
            waiting.append(part)
        else:
            yield part
    if waiting:
        yield _abstract(waiting, source, meta)


def _abstract(parts: list[Part], source: Source, meta: Mapping[str, str]) -> Abstract | RecordError:
    first, properties = parts[0], parts[0].properties
    title, texts = (first, parts[1:]) if first.place == TITLE else (None, parts)
    moved = [part.place for part in texts] != [str(number) for number in range(1, len(texts) + 1)]
    try:
        if properties["units"] != len(parts) or moved:
            raise ValueError(f"{len(parts)} of its {properties['units']} units are there, or they were moved")
        people = [Reference(str(text), str(origin)) for text, origin in properties.get("references", ())]
    except KeyError:
        return _not_whole(source, first, "the first of its units, which tells how many there are, is missing")
    except (TypeError, ValueError) as error:
        return _not_whole(source, first, str(error))
    kept = {name.removeprefix(META): value for name, value in properties.items() if name.startswith(META)}
    system = str(properties.get("system", ""))
    kept |= {"system": system, "title_zh": title.target if title else ""}
    kept = {name: value for name, value in kept.items() if value != ""}
    target = join_targets((part.target, part.gap) for part in texts)
    made = [Reference(target, origin_of(system) if system else "unknown")] if target else []
    text = "".join(part.source + part.gap for part in texts)
    return Abstract(first.abstract, title.source if title else "", text, (*made, *people), {**kept, **meta})


def _not_whole(source: Source, part: Part, why: str) -> RecordError:
    message = f"{part.abstract}: not the whole abstract: {why}; repair the file, or publish it again"
    return source.error(message, part.line, part.abstract)
