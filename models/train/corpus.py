"""Turn files of pairs into compact arrays of pieces that training reads.

Reading, preparing (normalising, masking, filtering: a function handed in, the same that the pipeline uses), joining
consecutive segments into windows, encoding: uint16 pieces and offsets.
"""

import json
import lzma
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from models.errors import ModelError
from models.train.config import CorpusSource

Pair = tuple[str, str]
Prepare = Callable[[str, str, random.Random], Pair]
"""English, Chinese, random numbers -> the model's source and target; raises an exception whose text is the reason."""


def open_text(path: Path) -> IO[str]:
    """A text file, plain or `.xz`."""
    if not path.exists():
        raise ModelError(f"{path}: no such file of pairs")
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def read_documents(source: CorpusSource, base: Path) -> Iterator[list[Pair]]:
    """The documents of a source, each a list of aligned pairs in order.

    JSON lines with `segments` (and `grade`), or TSV with columns source, en, zh or en, zh[, source].
    """
    path = base / source.path
    name = path.name.removesuffix(".xz")
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if name.endswith(".jsonl"):
                row: dict[str, Any] = json.loads(line)
                if not source.grade or row.get("grade") == source.grade:
                    yield [(en, zh) for en, zh in row["segments"]]
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 2:
                raise ModelError(f"{path}:{number}: expected tab-separated columns, found {len(cells)}")
            if name.startswith("general"):
                if not source.names or cells[0] in source.names:
                    yield [(cells[1], cells[2])]
            else:
                yield [(cells[0], cells[1])]


def prepare_source(
    source: CorpusSource, base: Path, prepare: Prepare, window_share: float, seed: int
) -> tuple[list[Pair], Counter[str]]:
    """All fit pairs of a source and windows of two or three consecutive ones, with counts by reason.

    Duplicates of the English side are dropped after the first.
    """
    pairs: list[Pair] = []
    counts: Counter[str] = Counter()
    seen: set[int] = set()
    rng = random.Random(f"{seed} {source.path} {source.grade}")
    for document in read_documents(source, base):
        fit: list[Pair | None] = []
        for english, chinese in document:
            key = hash(english)
            if key in seen:
                counts["duplicate"] += 1
                fit.append(None)
                continue
            seen.add(key)
            try:
                fit.append(prepare(english, chinese, rng))
                counts["kept"] += 1
            except ValueError as reason:
                counts[str(reason)] += 1
                fit.append(None)
        pairs += [pair for pair in fit if pair]
        for start in range(len(fit) - 1):
            if rng.random() < window_share:
                window = fit[start : start + rng.choice((2, 2, 3))]
                if all(window) and not any("⟦" in pair[0] for pair in window if pair):
                    counts["windows"] += 1
                    kept = [pair for pair in window if pair]
                    pairs.append((" ".join(en for en, _ in kept), "".join(zh for _, zh in kept)))
    return pairs, counts


def encode_pairs(pairs: list[Pair], encode: Callable[[list[str]], list[list[int]]], max_pieces: int) -> dict[str, Any]:
    """Pieces of all pairs as `source`, `source_offsets`, `target`, `target_offsets` (uint16 and int64 arrays)."""
    sources, targets = encode([en for en, _ in pairs]), encode([zh for _, zh in pairs])
    kept = [
        (s, t) for s, t in zip(sources, targets, strict=True) if 0 < len(s) <= max_pieces and 0 < len(t) <= max_pieces
    ]
    arrays: dict[str, Any] = {}
    for name, side in (("source", [s for s, _ in kept]), ("target", [t for _, t in kept])):
        arrays[name] = np.fromiter((piece for row in side for piece in row), dtype=np.uint16)
        arrays[f"{name}_offsets"] = np.cumsum([0, *map(len, side)], dtype=np.int64)
    return arrays
