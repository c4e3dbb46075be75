"""Blocks and shards: the unit of work and of resuming, and the form of a translation on disk.

A block is some hundreds of consecutive records. Its shard is named by the content of the block and the system's
signature, and appears whole or not at all; so a rerun does only the blocks whose shard is missing, whatever
stopped the run before.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.errors import RecordError, RunError
from pipeline.records import Abstract, Issue, Translation
from pipeline.translate import Failure

BLOCK_SIZE = int(os.environ.get("ZHAIYI_BLOCK_SIZE", "100"))
"""Abstracts in a block: about 750 segments, enough to sort by length, little to lose when a run is cut off."""

Record = Abstract | RecordError
PATHS = ("path", "references_path")
"""The files that a record was read from, as its `meta` names them."""
REPAIRED = ("source", "references")
"""The sides of a record whose normalising is told, as a row's "normalised" and `run.json` name them."""


def blocks(records: Iterable[Record], size: int = BLOCK_SIZE) -> Iterator[list[Record]]:
    """Consecutive records in lists of `size`.

    >>> [len(block) for block in blocks([Abstract(str(i), "", "text") for i in range(5)], 2)]
    [2, 2, 1]
    """
    iterator = iter(records)
    while block := list(islice(iterator, size)):
        yield block


def shard_name(number: int, block: Sequence[Record], signature: str) -> str:
    """The file name of a block's shard: its number and a digest of what it was made from."""
    digest = hashlib.sha256(signature.encode())
    for record in block:
        digest.update(json.dumps(_content(record), ensure_ascii=False, sort_keys=True, default=str).encode())
    return f"{number:07d}-{digest.hexdigest()[:16]}.jsonl"


def _content(record: Record) -> list[Any]:
    if isinstance(record, RecordError):
        return ["error", record.record_id, str(record)]
    references = [[reference.text, reference.origin] for reference in record.references]
    # a file is the same from wherever it is named
    paths = {key: _whole_path(path) for key in PATHS if isinstance(path := record.meta.get(key), str)}
    return ["abstract", record.id, record.title, record.text, references, {**record.meta, **paths}]


@lru_cache(maxsize=1024)
def _whole_path(path: str) -> str:
    return path if path == "-" or "://" in path else os.path.realpath(path)


def to_row(result: Translation | Failure) -> dict[str, Any]:
    """A result as the JSON object that users read; a failure has `id` and `error` alone.

    "normalised" (the rules that changed the source or the references) and "removed" (what was cut off their ends) stand
    there where there is something to tell; so do "review" of a segment and "title_review", where a person's word is.
    """
    if isinstance(result, Failure):
        return {"id": result.id, "error": result.reason}
    abstract = result.abstract
    row: dict[str, Any] = {
        "id": abstract.id,
        "title": abstract.title,
        "title_zh": result.title_zh,
        "source": result.source,
        "target": result.target,
        "segments": [
            {"source": one.segment.text, "target": one.target, "issues": _issues(one.issues)}
            | ({"raw": one.raw} if one.raw != one.target else {})
            | ({"review": asdict(one.review)} if one.review else {})
            for one in result.segments
        ],
    }
    if abstract.references:
        row["references"] = [reference.text for reference in abstract.references]
        row["reference_sources"] = [reference.origin for reference in abstract.references]
    repairs = result.repairs
    if normalised := {side: rules for side in REPAIRED if (rules := list(getattr(repairs, side)))}:
        row["normalised"] = normalised
    if repairs.removed:
        row["removed"] = list(repairs.removed)
    row |= {"issues": _issues(result.issues), "system": result.system, "meta": abstract.meta}
    return row | ({"title_review": asdict(result.title_review)} if result.title_review else {})


def _issues(issues: Sequence[Issue]) -> list[dict[str, str]]:
    return [{"kind": issue.kind, "detail": issue.detail} for issue in issues]


def to_line(row: dict[str, Any]) -> str:
    """One line of JSON lines, UTF-8 without escapes; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    line = json.dumps(row, ensure_ascii=False, default=str)
    return line.encode("utf-8", "replace").decode("utf-8") + "\n"


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a text file that appears complete or not at all (temporary file, fsync, rename).

    Raises `RunError` if the disk is full or the folder cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunError(
            f"{path}: cannot be written: {error.strerror or error}; finished blocks are kept, make room and run again"
        ) from error


def read_shard(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a shard."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
