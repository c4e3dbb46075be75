"""Read JSON lines: one object a line, streamed; also one JSON document holding an object or a list of them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import build
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import TOO_LONG, Source, broken, too_long
from pipeline.records import Abstract


def _constant(name: str) -> str | None:
    """NaN as null; an infinity as its name, so that what is written later is JSON."""
    return None if name == "NaN" else name


_DECODE = json.JSONDecoder(parse_constant=_constant).decode


def read_jsonl(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """Abstracts of a file of JSON objects; a line that is none becomes an error, and the rest is read.

    NaN, which JSON does not have but pandas writes for "missing", counts as null.
    """
    if is_document(source.head):
        yield from _read_document(source, options)
        return
    for number, line in enumerate(source.lines(), 1):
        if too_long(line):
            yield source.error(f"a line {TOO_LONG}", number)
        elif line and not line.isspace():
            yield _record(line, number, source, options)


def is_document(head: str) -> bool:
    """Whether the text is one JSON document over several lines: a list, or an object that is only opened."""
    start = head.lstrip()
    return start.startswith("[") or start.partition("\n")[0].strip() == "{"


def _record(line: str, number: int, source: Source, options: ReadOptions) -> Abstract | RecordError:
    try:
        record = _DECODE(line)
    except json.JSONDecodeError as error:
        return source.error(
            f"not JSON ({error.msg} at column {error.colno}): repair or remove the line, one object a line", number
        )
    except (ValueError, RecursionError) as error:
        return source.error(f"not usable JSON ({error}): repair or remove the line", number)
    if broken(line):
        return source.error("bytes that are not UTF-8: repair the line or save the file as UTF-8", number)
    if "\\u" in line and broken(json.dumps(record, ensure_ascii=False)):
        return source.error("half a character (a lone \\ud... escape): repair the line", number)
    return _abstract(record, number, source, options, line=number)


def _read_document(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    try:
        document = _DECODE(source.text())
    except json.JSONDecodeError as error:
        raise source.error(f"not JSON ({error.msg} at column {error.colno}): repair it", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise source.error(f"not usable JSON ({error}): repair it") from error
    records = document if isinstance(document, list) else [document]
    if not records:
        raise source.error("a JSON list with nothing in it: give it objects with an abstract each")
    for number, record in enumerate(records, 1):
        if broken(json.dumps(record, ensure_ascii=False)):
            yield source.error(f"record {number}: half a character (a lone \\ud... escape): repair it")
        else:
            yield _abstract(record, number, source, options, line=0)


def _abstract(record: Any, number: int, source: Source, options: ReadOptions, line: int) -> Abstract | RecordError:
    fallback_id = f"{source.stem}-{number}"

    def fail(message: str, record_id: str) -> RecordError:
        return source.error(message if line else f"record {number}: {message}", line, record_id or fallback_id)

    if not isinstance(record, dict):
        return fail(f"a JSON {type(record).__name__}, not an object: give each abstract as an object with fields", "")
    return build(record, source.meta("jsonl"), options, fallback_id, fail)


def _is_json(head: str) -> bool:
    """Whether the first line that is not empty is an object, or begins a document of them."""
    first = head.lstrip().partition("\n")[0]
    if not first.startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(first), dict | list)
    except ValueError:
        return is_document(head) and re.match(r'[\[{]\s*(?:[\[{"\]}]|\Z)', head.lstrip()) is not None
    except RecursionError:
        return True


def _recognise(source: Source) -> str:
    return "it begins with a JSON object" if _is_json(source.head) else ""


JSONL = Format("jsonl", read_jsonl, _recognise, suffixes=("jsonl", "ndjson", "json"))
