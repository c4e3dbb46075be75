"""Read JSON, one object a line or whole documents of any size, in every shape that `json_shapes` knows.

How the objects are contained (lines, a list, an API's envelope) and which shape they have are found out one apart from
the other. Naming a field, or forcing "json" or "jsonl", takes the fields as `fields.build` guesses them.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import build
from pipeline.readers.formats import Format
from pipeline.readers.json_decode import Flaw, loads
from pipeline.readers.json_shapes import SHAPES, Shape, is_known, shape_of
from pipeline.readers.json_stream import LISTS, NotJSON, records, unwrap
from pipeline.readers.json_values import Unusable
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import HEAD, TOO_LONG, Source, too_long
from pipeline.records import Abstract

_BEGINS = re.compile(  # a list of objects, null, lists or texts; an object with a first name
    r'\ufeff?\s*(?:\[\s*(?:[{\]]|null\b|\[\s*[\[{\]"]|"(?:[^"\\]|\\.)*"\s*[,\]])|\{\s*(?:\}|\Z|"(?:[^"\\]|\\.)*"\s*(?::|\Z)))'
)
_PROBED = 3  # records at the beginning of which one must have a shape for all to be tried with it first


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a text holds its objects: one a line, or in documents; and the shape of the first of them."""

    in_lines: bool
    shape: Shape | None


def read_json(name: str, source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """Abstracts of JSON objects in their order; what is no usable record becomes an error, and the rest is read.

    After what is not JSON, reading goes on with the next line, but not inside a document: its error is raised.
    NaN, which JSON does not have but pandas writes for "missing", counts as null.
    """
    layout = _layout(source.head, source.suffix)
    in_lines = layout.in_lines if layout else "json" not in (name, source.suffix)
    reading = _Reading(source, options, name, layout.shape if layout else None, in_lines)
    if in_lines:
        for number, value in _lines(source):
            yield from reading.items(value, number)
        return
    number = 0
    try:
        with source.text_file() as file:
            for number, value in enumerate(records(file, reading.known), 1):
                yield from reading.items(value, number)
    except NotJSON as error:
        so_far = f"; records before it: {number}" if number else ""
        raise source.error(f"not JSON at column {error.column}: {error}{so_far}", error.line) from error
    if not number:
        raise source.error("a JSON list with nothing in it: give it objects with an abstract each")


class _Reading:
    """The reading of one source: what is the same for all of its records."""

    def __init__(self, source: Source, options: ReadOptions, name: str, first: Shape | None, in_lines: bool) -> None:
        self._source, self._options, self._in_lines = source, options, in_lines
        self._stem = source.stem
        named = bool(options.id_field or options.text_field or options.title_field)
        forced = options.format != "auto"
        self._by_names = named or (forced and name not in SHAPES)
        self._forced = SHAPES.get(name) if forced else None
        self._shape = self._forced or first
        self._meta = {shape: source.meta(shape) for shape in SHAPES}
        self._meta_by_names = source.meta(name if forced else "jsonl" if in_lines else "json")

    def known(self, record: dict[str, Any]) -> bool:
        """Whether an object is a record, and not an envelope around some."""
        if path := self._options.text_field:
            return path in record or path.partition(".")[0] in record
        return is_known(record)

    def items(self, value: Any, number: int, part: str = "") -> Iterator[Abstract | RecordError]:
        """What one value gives: an abstract or an error; those of the records in it if it is an envelope."""
        if isinstance(value, Flaw):
            yield self._error(value.reason, number)
        elif not isinstance(value, dict):
            what = "null" if value is None else f"a JSON {type(value).__name__}"  # null: asked for and not found
            yield self._error(f"{what}, not an object: give each abstract as an object with fields", number)
        elif (shape := self._shape_of(value)) is None and not part and (inside := self._inside(value)):
            for index, record in enumerate(inside, 1):
                yield from self.items(record, number, f"-{index}")
        elif shape is None and (name := _empty_list(value)) and not self.known(value):
            yield self._error(f"nothing in its list {name!r}: ask for records that there are", number)
        else:
            yield from self._item(value, number, part, shape)

    def _item(
        self, record: dict[str, Any], number: int, part: str, shape: Shape | None
    ) -> Iterator[Abstract | RecordError]:
        fallback_id = f"{self._stem}-{number}{part}"
        if shape is None:
            yield build(
                record, self._meta_by_names, self._options, fallback_id, partial(self._fail, number, fallback_id)
            )
            return
        try:
            found = shape.read(record)
        except Unusable as error:
            yield self._error(str(error), number, error.record_id or fallback_id)
            return
        if found is not None:
            meta = found.meta if shape.keeps_meta else {**self._meta[shape.name], **found.meta}
            yield Abstract(found.id or fallback_id, found.title, found.text, found.references, meta)

    def _inside(self, value: dict[str, Any]) -> list[Any]:
        """The records in an envelope; none if it is a record itself."""
        return inside if (inside := unwrap(value, self.known)) and not self.known(value) else []

    def _shape_of(self, record: dict[str, Any]) -> Shape | None:
        if self._by_names:
            return None
        if self._shape is not None and self._shape.recognise(record):
            return self._shape
        if self._forced is None:
            return shape_of(record)
        return None if _is_envelope(record) else self._forced

    def _fail(self, number: int, fallback_id: str, message: str, record_id: str) -> RecordError:
        return self._error(message, number, record_id or fallback_id)

    def _error(self, message: str, number: int, record_id: str = "") -> RecordError:
        record_id = record_id or f"{self._stem}-{number}"
        if self._in_lines:
            return self._source.error(message, number, record_id)
        return self._source.error(f"record {number}: {message}", record_id=record_id)


def _empty_list(record: dict[str, Any]) -> str:
    """The name of the list of records in an envelope that holds none; "" if it has no such list."""
    return next((name for name in record if name in LISTS and record[name] == []), "")


def _lines(source: Source) -> Iterator[tuple[int, Any]]:
    """The values of lines that are not empty, with their numbers."""
    for number, line in enumerate(source.lines(), 1):
        if too_long(line):
            yield number, Flaw(f"a line {TOO_LONG}")
        elif not line.isspace():
            yield number, _value(line)


def _value(line: str) -> Any:
    try:
        return loads(line.strip("\ufeff\x1e\r\n"))  # marks where files were joined, and of JSON text sequences
    except json.JSONDecodeError as error:
        what = f"{error.msg} at column {error.colno}"
        return Flaw(f"not JSON ({what}): repair or remove the line, one object a line")
    except RecursionError:
        return Flaw("not usable JSON (nested too deeply): repair or remove the line")


@lru_cache(maxsize=1)  # each format of JSON asks it of the same head
def _layout(head: str, suffix: str) -> _Layout | None:
    """How a text that begins so holds its objects, None if it is no JSON."""
    if not _BEGINS.match(head):
        return None
    in_lines = _in_lines(head, suffix)
    values: Iterator[Any]
    if in_lines:
        values = (_value(line) for line in io.StringIO(head) if not line.isspace())
    else:
        values = records(io.StringIO(head), is_known)
    shape: Shape | None = None
    try:
        for value in islice(values, _PROBED):
            inside = [value] if isinstance(value, dict) else []
            if inside and not is_known(value):
                inside = [record for record in unwrap(value, is_known)[:1] if isinstance(record, dict)]
            shape = shape or next(filter(None, map(shape_of, inside)), None)
    except NotJSON:
        pass  # where the head ends, or what is told when it is read
    return _Layout(in_lines, shape)


def _in_lines(head: str, suffix: str) -> bool:
    """Whether each line is a value of its own, judged by the first two; the others say so if one of them is broken."""
    lines = [line for line in islice(io.StringIO(head), 100) if not line.isspace()][:2]
    first = lines[0].lstrip("\ufeff").strip()
    if not first.startswith("{") or first == "{":
        return False
    if not lines[0].endswith("\n") and len(head) >= HEAD:
        return False  # longer than can be seen: an answer of an API rather than one record
    if _is_object(first):
        return len(lines) > 1 or not _is_envelope(json.loads(first))
    return suffix in ("jsonl", "ndjson") or (len(lines) > 1 and first[-1] not in "[{,:" and _is_object(lines[1]))


def _is_envelope(record: dict[str, Any]) -> bool:
    return not is_known(record) and bool(unwrap(record, is_known))


def _is_object(line: str) -> bool:
    return line.lstrip().startswith("{") and not isinstance(_value(line), Flaw)


def _recognise_shape(name: str, source: Source) -> str:
    layout = _layout(source.head, source.suffix)
    return f"JSON objects with the fields of {name}" if layout and layout.shape and layout.shape.name == name else ""


def _recognise(in_lines: bool, source: Source) -> str:
    layout = _layout(source.head, source.suffix)
    return "it begins with a JSON object" if layout and layout.in_lines == in_lines else ""


_SHAPED = (Format(name, partial(read_json, name), partial(_recognise_shape, name)) for name in SHAPES)
_JSONL = Format("jsonl", partial(read_json, "jsonl"), partial(_recognise, True), suffixes=("jsonl", "ndjson"))
_JSON = Format("json", partial(read_json, "json"), partial(_recognise, False), suffixes=("json",))
JSON_FORMATS = (*_SHAPED, _JSONL, _JSON)
