"""A leaderboard file: scores of many systems on many sets, kept together only where they mean the same.

BOARD.json holds sets; a set has a name, a digest of its references, the signature of each metric, and an entry a
system. Scores with another signature or other references of the same set are refused: they cannot be compared.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.comparison import Comparison
from pipeline.errors import InputError
from pipeline.shards import write_whole

SCHEMA = "zhaiyi.board/1"


def add_to_board(path: Path, name: str, comparison: Comparison) -> str:
    """Add a comparison's systems to a board, a new file if there is none; a line that says what was done.

    A system of the same name and signature on the same set is replaced. Raises `InputError` for a file that is no
    board, and where references or a signature differ from the board's, naming both.
    """
    board = _read(path)
    found = add(board, name, comparison)
    write_whole(path, [json.dumps(found, ensure_ascii=False, indent=1) + "\n"])
    entries = found["sets"][name]["entries"]
    return f"{path}: {len(comparison.systems)} systems added to {name!r}, which has {len(entries)}"


def add(board: Mapping[str, Any], name: str, comparison: Comparison) -> dict[str, Any]:
    """The board with a comparison's systems on the set `name`."""
    digest, signatures = references_digest(comparison), {one.name: one.signature for one in comparison.metrics}
    sets = dict(board["sets"])
    old = sets.get(name, {"references": digest, "items": comparison.items_count, "metrics": {}, "entries": []})
    if old["references"] != digest:
        raise InputError(
            f"the board's set {name!r} has other references ({old['references']}, these are {digest}): "
            "use the same, or give these a set name of their own"
        )
    for metric, signature in signatures.items():
        if scoring(known := old["metrics"].get(metric, signature)) != scoring(signature):
            raise InputError(
                f"{metric} of the board's set {name!r} is {known}, this is {signature}: scores with different "
                "signatures cannot be compared; score again as the board was made, or begin another"
            )
    entries = {(one["system"], one["signature"]): one for one in old["entries"]}
    for system in comparison.systems:
        entries[system.name, system.signature] = {
            "system": system.name,
            "signature": system.signature,
            "date": comparison.date,
            "scores": {
                metric: [round(value, 4) for value in (one.value, one.low, one.high)]
                for metric, one in system.scores.items()
            },
        }
    sets[name] = {**old, "metrics": {**old["metrics"], **signatures}, "entries": list(entries.values())}
    return {"schema": SCHEMA, "sets": sets}


def scoring(signature: str) -> str:
    """A signature without what only decides the interval.

    >>> scoring("nrefs:1|bs:1000|seed:12345|tok:zh")
    'nrefs:1|tok:zh'
    """
    return "|".join(part for part in signature.split("|") if not part.startswith(("bs:", "seed:")))


def references_digest(comparison: Comparison) -> str:
    """What the references and their ids are known by: the first 12 figures of a SHA-256."""
    content = [[item.id, *item.references] for item in comparison.items]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:12]


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"schema": SCHEMA, "sets": {}}
    try:
        board = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not readable as JSON ({error}); name a board, or a new file") from error
    if not isinstance(board, dict) or board.get("schema") != SCHEMA:
        raise InputError(f"{path}: no board (its schema is not {SCHEMA!r}); name a board, or a new file")
    return board
