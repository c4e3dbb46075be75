"""Decode JSON values, and say what makes one unusable that is JSON: numbers, half characters, depth, two abstracts."""

import json
import re
from dataclasses import dataclass
from typing import Any

from pipeline.readers.source import broken

_MAX_DEPTH = 400  # some versions of Python cannot write what is nested a thousand deep
HUGE = "a number with thousands of digits: repair or remove it"
DEEP = "nested too deeply: repair or remove it"
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What stands in the place of a record that is JSON but cannot be used, and why."""

    reason: str


def _constant(name: str) -> str | None:
    """NaN, which pandas writes for "missing", as null; an infinity as its name: what is written later is JSON."""
    return None if name == "NaN" else name


def _float(digits: str) -> float | str:
    """A number, or its digits where it is too large for one."""
    return digits if abs(number := float(digits)) == float("inf") else number


DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_float)
ANY_INTEGER = json.JSONDecoder(parse_constant=_constant, parse_int=str)


def loads(text: str) -> Any:
    """The value of a JSON text that holds one, or `Flaw`; a `ValueError` or `RecursionError` if it is no JSON.

    >>> loads('{"id": NaN}'), loads('{"id": "\\\\ud835"}')
    ({'id': None}, Flaw(reason='half a character (a lone \\\\ud... escape): repair it'))
    """
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        ANY_INTEGER.decode(text)  # raises if this is not JSON after all
        return Flaw(HUGE)
    return value if not (reason := flaw_in(text, value)) else Flaw(reason)


def flaw_in(text: str, value: Any) -> str:
    """What makes a value unusable that was read from this text; "" if nothing does."""
    if text.count("]") + text.count("}") > _MAX_DEPTH and isinstance(value, dict | list) and _is_too_deep(value):
        return DEEP
    if broken(text):
        return "bytes that are not UTF-8: repair it or save the file as UTF-8"
    if "\\u" in text and _HALF.search(text) and broken(json.dumps(value, ensure_ascii=False)):
        return "half a character (a lone \\ud... escape): repair it"
    if text.count('"abstract"') > 1 and (name := _twice(text)):
        return f"field {name!r} stands twice with different values: keep the right one"
    return ""


def _is_too_deep(value: Any) -> bool:
    """Whether objects and lists stand deeper inside each other than every writer of JSON can follow."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True


def _twice(text: str) -> str:
    """The name of an abstract that an object has twice, "" if there is none."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = [value for key, value in pairs if key == "abstract"]
        found.extend("abstract" for value in values if value != values[-1])
        return dict(pairs)

    json.loads(text, object_pairs_hook=look)
    return next(iter(found), "")
