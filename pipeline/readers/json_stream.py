"""Find the records in JSON documents of any size: lists, envelopes of APIs, several documents one after another.

Only one record and a window around it are held in memory. An envelope is an object that has the records in a list
under one of `LISTS`, also inside one of `WRAPPERS` (`{"message": {"items": [...]}}`); whatever else it has is left out.
Of a key that stands twice in an object the last value counts, as everywhere with JSON, but for two different abstracts.
"""

import io
import json
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any

from pipeline.readers.json_decode import ANY_INTEGER, DECODER, DEEP, HUGE, Flaw, flaw_in

MAX_RECORD = 16 << 20  # characters of one record, and of all that an envelope holds beside its records
LISTS = frozenset(
    ("abstracts", "articles", "data", "docs", "documents", "entries", "hits", "items", "notes", "papers",
     "publications", "recommendedPapers", "records", "results", "works")
)  # fmt: skip
WRAPPERS = frozenset(("data", "hits", "message", "paper", "response", "result"))
_DEPTH = 3  # wrappers inside each other
_CHUNK = 1 << 18
_AHEAD = 1 << 12  # characters that are in the window when a sign is looked for
_SPACE = re.compile(r"[\s\ufeff]*")  # byte-order marks stand where files were joined
_LIST_OF_OBJECTS = re.compile(r"\[\s*(?=\{)")
_CUT = "it ends in the middle: get the rest of it"

Known = Callable[[dict[str, Any]], bool]
"""Whether an object is a record of an abstract, as opposed to something else that an API answers."""


class NotJSON(ValueError):
    """A document that is broken: at which line and column (from 1) and how."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def records(file: io.TextIOBase, known: Known) -> Iterator[Any]:
    """The records of a JSON document, or of several, as they are read: objects, other values, `Flaw`.

    What is broken raises `NotJSON` after everything before it was given.

    >>> text = '{"meta": {"count": 2}, "results": [{"id": 1}, {"id": 2}]} {"id": 3}'
    >>> list(records(io.StringIO(text), lambda record: "id" in record))
    [{'id': 1}, {'id': 2}, {'id': 3}]
    """
    window = _Window(file)
    while sign := window.peek():
        if sign == "[":
            yield from _elements(window)
        elif sign == "{":
            whole = yield from _members(window, known)
            if whole is not None:
                yield whole
        else:
            yield window.value()


def unwrap(record: dict[str, Any], known: Known, depth: int = 0) -> list[Any]:
    """The records that a small envelope holds, already decoded; none if it is no envelope.

    >>> unwrap({"message": {"items": [{"id": 1}]}}, lambda record: "id" in record)
    [{'id': 1}]
    """
    for key, value in record.items():
        if key in LISTS and isinstance(value, list) and value and isinstance(value[0], dict) and known(value[0]):
            return value
        is_wrapper = key in WRAPPERS and isinstance(value, dict) and depth < _DEPTH
        if is_wrapper and (found := [value] if known(value) else unwrap(value, known, depth + 1)):
            return found
    return []


def _elements(window: "_Window") -> Iterator[Any]:
    """The elements of a list, each as it is read."""
    window.take("[")
    while window.peek() != "]":
        yield window.value()
        if window.peek() != "]":
            window.take(",")
    window.take("]")


def _members(window: "_Window", known: Known, depth: int = 0) -> Generator[Any, None, Any]:
    """The records of an envelope; an object that is none is returned whole."""
    fields: dict[str, Any] = {}
    wrong: Flaw | None = None
    begun, is_envelope = window.read, False
    window.take("{")
    while window.peek() != "}":
        key = window.value()
        if not isinstance(key, str):
            raise window.fault("a name in double quotes is missing: repair it")
        window.take(":")
        sign = window.peek()
        if sign == "[" and key in LISTS and (is_envelope or not known(fields)) and window.has_records(known):
            is_envelope = True
            yield from _elements(window)
            begun = window.read
        elif sign == "{" and key in WRAPPERS and depth < _DEPTH and (is_envelope or not known(fields)):
            inner = yield from _members(window, known, depth + 1)
            if isinstance(inner, dict) and not known(inner):
                fields[key] = inner
            else:
                is_envelope = True
                if inner is not None:
                    yield inner
        else:
            value = window.value()
            if isinstance(value, Flaw):
                wrong = value
            elif key == "abstract" and fields.get(key, value) != value:
                wrong = Flaw("field 'abstract' stands twice with different values: keep the right one")
            else:
                fields[key] = value
        if window.read - begun > MAX_RECORD:
            raise window.fault(f"over {MAX_RECORD >> 20} MiB in one object: give each record as an object of its own")
        if window.peek() != "}":
            window.take(",")
    window.take("}")
    return None if is_envelope else wrong or fields


class _Window:
    """The part of a text that is being read; it moves on and grows only for a value that does not fit in it."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._file = file
        self._text, self._at, self._ended = "", 0, False
        self._before, self._line, self._column = 0, 1, 1  # characters before the window, and where it begins

    @property
    def read(self) -> int:
        """How many characters have been read."""
        return self._before + self._at

    def peek(self) -> str:
        """The next sign that is no white space, "" at the end."""
        while True:
            if match := _SPACE.match(self._text, self._at):
                self._at = match.end()
            if len(self._text) - self._at >= _AHEAD or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, sign: str) -> None:
        """Go past a sign that must come next."""
        if (found := self.peek()) != sign:
            raise self.fault(f"{sign!r} is missing: repair it" if found else _CUT)
        self._at += 1

    def value(self) -> Any:
        """The value that comes next, or `Flaw`."""
        if not self.peek():
            raise self.fault(_CUT)
        value, length = self._decode(0)
        text = self._text[self._at : self._at + length]
        self._at += length
        if length > MAX_RECORD:
            return Flaw(f"over {MAX_RECORD >> 20} MiB in one record: cut or remove it")
        if isinstance(value, Flaw):
            return value
        return value if not (reason := flaw_in(text, value)) else Flaw(reason)

    def has_records(self, known: Known) -> bool:
        """Whether a list comes next whose first element is a record."""
        if not (match := _LIST_OF_OBJECTS.match(self._text, self._at)):
            return False
        first, _ = self._decode(match.end() - self._at)
        return isinstance(first, Flaw) or known(first)

    def fault(self, message: str, offset: int = 0) -> NotJSON:
        """What is wrong here, or so many characters further on."""
        self._move()
        lines = self._text.count("\n", 0, offset)
        column = offset - self._text.rfind("\n", 0, offset) if lines else self._column + offset
        return NotJSON(message, self._line + lines, column)

    def _decode(self, skip: int) -> tuple[Any, int]:
        """The value that begins `skip` characters from here, and how many from here it ends."""
        decoder = DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at + skip)
                length = end - self._at
                ahead = self._text[end : end + 3]  # a number may go on where the window ends: "1", "1e", "1e+"
                if (ahead and not (len(ahead) < 3 and ahead[0] in ".eE")) or not self._more():
                    return value if decoder is DECODER else Flaw(HUGE), length
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > MAX_RECORD:
                    raise self.fault(
                        f"broken, or over {MAX_RECORD >> 20} MiB in one record: repair it", skip
                    ) from error
                if not self._more():
                    raise self._told(error) from error
            except RecursionError as error:
                raise self.fault(DEEP, skip) from error
            except ValueError:
                decoder = ANY_INTEGER  # only to find where the value ends

    def _told(self, error: json.JSONDecodeError) -> NotJSON:
        if error.msg.startswith("Unterminated string") or not self._text[error.pos :].strip():
            return self.fault(_CUT, error.pos - self._at)
        return self.fault(f"{error.msg}: repair it", error.pos - self._at)

    def _more(self) -> bool:
        """Read on, twice as far if what is in the window is not yet enough; whether there was more."""
        if self._ended:
            return False
        self._move()
        chunk = self._file.read(max(_CHUNK, len(self._text)))
        self._ended = not chunk
        self._text += chunk
        return not self._ended

    def _move(self) -> None:
        """Let go of what has been read."""
        if lines := self._text.count("\n", 0, self._at):
            self._line += lines
            self._column = self._at - self._text.rfind("\n", 0, self._at)
        else:
            self._column += self._at
        self._before += self._at
        self._text, self._at = self._text[self._at :], 0
