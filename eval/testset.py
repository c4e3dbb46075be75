"""Test sets: abstracts with references, from the bundled set by name or from a file of JSON lines.

What this module does not do: read the many formats in which people hold abstracts (`pipeline.readers` does). A test
set, a file of references and a run's `translations.jsonl` share one form: an object a line with `id` and
`references`; `reference_sources` says who wrote each of them.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.records import Abstract, Reference

BUNDLED: dict[str, Path] = {"abstracts": Path(__file__).parent / "testsets" / "abstracts.jsonl"}
"""Name -> file of the test sets that come with the program."""

_TEXT_FIELDS = ("abstract", "text", "source")
_KNOWN = frozenset({"id", "title", "references", "reference_sources", *_TEXT_FIELDS})


def load_testset(name_or_path: str | Path) -> list[Abstract]:
    """Read a test set in file order; every abstract has an id of its own and at least one reference.

    `name_or_path` is a name in `BUNDLED` or a file. Fields other than those of the form above go to `meta` untouched.
    Raises `InputError`, with file and line, for a name or file that does not exist, a line that is not such an object,
    an id seen before, and an abstract without references.

    >>> testset = load_testset("abstracts")
    >>> testset[0].id, testset[0].references[0].origin
    ('zy-001', 'zhaiyi')
    """
    path = BUNDLED.get(str(name_or_path), Path(name_or_path))
    abstracts: dict[str, Abstract] = {}
    for place, row in read_rows(path, f"no such file, and no bundled test set of that name ({', '.join(BUNDLED)})"):
        abstract = _abstract(row, place)
        if abstract.id in abstracts:
            raise InputError(f"{place}: the id {abstract.id!r} stands on an earlier line too; ids must be unique")
        if not abstract.references:
            raise InputError(f"{place}: {abstract.id} has no references; give it `references`, a list of texts")
        abstracts[abstract.id] = abstract
    if not abstracts:
        raise InputError(f"{path}: empty; a test set has an abstract on each line")
    return list(abstracts.values())


def read_rows(path: Path, missing: str = "no such file") -> Iterable[tuple[str, dict[str, Any]]]:
    """The objects of a JSON-lines file, each with its place, `file:line`; blank lines are passed over.

    Raises `InputError` if the file cannot be read (the message says `missing` where it does not exist), or for a
    line that is not UTF-8 or not a JSON object.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        raise InputError(f"{path}: {missing}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; name a file of JSON lines") from error
    for number, line in enumerate(lines, 1):
        place = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise InputError(f"{place}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
        except json.JSONDecodeError as error:
            raise InputError(f"{place}: not JSON: {error}; write one object a line") from error
        if not isinstance(row, dict):
            raise InputError(f"{place}: not a JSON object; write one object a line, with `id` and `references`")
        yield place, row


def references_of(row: Mapping[str, Any], place: str) -> tuple[Reference, ...]:
    """The references of an object in the form above, each with its origin; none if it has no field `references`.

    Raises `InputError` if they are not texts, or not as many as their sources.

    >>> references_of({"id": "a", "references": ["我们研究X。"]}, "refs.jsonl:1")
    (Reference(text='我们研究X。', origin='unknown'),)
    """
    texts = row.get("references", [])
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise InputError(f"{place}: `references` must be a list of texts, none of them empty")
    origins = row.get("reference_sources", ["unknown"] * len(texts))
    if not isinstance(origins, list) or len(origins) != len(texts):
        raise InputError(f"{place}: `reference_sources` must be a list as long as `references` ({len(texts)})")
    return tuple(Reference(text, str(origin)) for text, origin in zip(texts, origins, strict=True))


def _abstract(row: Mapping[str, Any], place: str) -> Abstract:
    identifier = row.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
        raise InputError(f"{place}: no `id`; give each abstract a text or a number that is its own")
    text = next((row[name] for name in _TEXT_FIELDS if name in row), "")
    meta = {name: value for name, value in row.items() if name not in _KNOWN}
    return Abstract(str(identifier), str(row.get("title", "")), str(text), references_of(row, place), meta)
