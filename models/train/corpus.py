"""Turn files of pairs into compact arrays of pieces that training reads.

Reading, preparing (normalising, masking, filtering: a function handed in, the same that the pipeline uses), joining
consecutive segments into windows, encoding: uint16 pieces and offsets.
"""

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import ModelError
from models.masks import RESERVED, RESERVED_COUNT, mask_pattern
from models.train.config import CorpusSource
from models.train.heldout import HeldOut
from models.train.text import read_lines

_MASK = mask_pattern(RESERVED)
_MOST_RENDERINGS = 3  # of one text: several translators teach more than one, a common sentence does not teach more
Pair = tuple[str, str]
Encode = Callable[[list[str]], list[list[int]]]
"""Texts -> the numbers of their pieces."""
Prepare = Callable[[str, str, random.Random], Pair]
"""English, Chinese, random numbers -> the model's source and target; raises an exception whose text is the reason."""
Vary = Mapping[str, Callable[[str, str, random.Random], Pair | None]]
"""For "amounts", "numbers" and "words": English, Chinese, random numbers -> the pair with others, or None."""


def read_documents(source: CorpusSource, base: Path) -> Iterator[list[Pair]]:
    """The documents of a source, each a list of aligned pairs in order.

    JSON lines with `segments`, pairs or a run's objects of `source` and `target` (and `grade`), or TSV with the
    columns en, zh, or, where its name begins with "general", source, en, zh. Raises `ModelError` with file and line.
    """
    path = base / source.path
    name = path.name.removesuffix(".xz")
    wanted = "a JSON object with `segments`" if name.endswith(".jsonl") else "tab-separated English and Chinese"
    for number, line in read_lines(path):
        try:
            if name.endswith(".jsonl"):
                document = json.loads(line)
                pairs = [_sides(segment) for segment in document["segments"]]
                there = not source.grade or document.get("grade") == source.grade
            elif name.startswith("general"):
                kind, *pair = line.split("\t")
                pairs, there = [(pair[0], pair[1])], not source.names or kind in source.names
            else:
                pair = line.split("\t")
                pairs, there = [(pair[0], pair[1])], True
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise ModelError(f"{path}:{number}: expected {wanted}") from None
        if there:
            yield pairs


def _sides(segment: Any) -> Pair:
    sides = [segment["source"], segment["target"]] if isinstance(segment, dict) else segment
    if not isinstance(sides, list) or len(sides) != 2 or not all(isinstance(side, str) for side in sides):
        raise TypeError(segment)
    return sides[0], sides[1]


def is_heading(english: str, chinese: str) -> bool:
    """Whether a pair looks like a title: a few words, a capital, no closing mark on either side.

    >>> is_heading("Training a model on several devices", "在多个设备上训练模型"), is_heading("It works.", "可以。")
    (True, False)
    """
    return 3 <= len(english.split()) <= 14 and english[0].isupper() and english[-1].isalnum() and chinese[-1].isalnum()


def titled(english: str) -> str:
    """A heading in a title's capitals; words that have capitals inside stay.

    >>> titled("Training a model of iOS with the GPU")
    'Training a Model of iOS With the GPU'
    """
    small = {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "via"}
    return " ".join(word.capitalize() if word.islower() and word not in small else word for word in english.split())


def prepare_source(
    source: CorpusSource, base: Path, prepare: Prepare, vary: Vary, window_share: float, seed: int, held_out: HeldOut
) -> tuple[list[Pair], Counter[str]]:
    """All fit pairs of a source and windows of two or three consecutive ones, with counts by reason.

    An English text is kept with at most `_MOST_RENDERINGS` different Chinese ones; documents near to held-out text are
    dropped whole.
    """
    pairs: list[Pair] = []
    counts: Counter[str] = Counter()
    seen: defaultdict[int, set[int]] = defaultdict(set)  # English -> its Chinese
    wanted = re.compile(source.pattern)
    varied = [(what, times) for what in vary if (times := getattr(source, what))]
    rng = random.Random(f"{seed} {source.path} {source.grade}")
    for document in read_documents(source, base):
        if held_out.near([english for english, _ in document]):
            counts["held_out"] += len(document)
            continue
        if varied:
            document = [
                made
                for what, times in varied
                for pair in document
                if vary[what](*pair, rng)  # most pairs have nothing to vary: asked once
                for made in (vary[what](*pair, rng) for _ in range(times))
                if made
            ]
        fit: list[Pair | None] = []
        for english, chinese in document:
            if not wanted.search(english):
                fit.append(None)
                continue
            if source.headings:
                if not (english and chinese and is_heading(english, chinese)):
                    continue
                english = titled(english) if rng.random() < 0.5 else english
            renderings, rendering = seen[hash(english)], hash(chinese)
            if rendering in renderings or len(renderings) >= _MOST_RENDERINGS:
                counts["duplicate"] += 1
                fit.append(None)
                continue
            renderings.add(rendering)
            try:
                fit.append(prepare(english, chinese, rng))
                counts["kept"] += 1
            except ValueError as reason:
                counts[str(reason)] += 1
                fit.append(None)
        pairs += [pair for pair in fit if pair]
        for start in range(len(fit) - 1):
            if not varied and rng.random() < window_share:
                window = fit[start : start + rng.choice((2, 2, 3))]
                if all(window) and (joined := join_window([pair for pair in window if pair])):
                    counts["windows"] += 1
                    pairs.append(joined)
    return pairs, counts


def join_window(window: list[Pair]) -> Pair | None:
    """Consecutive pairs as one, their masks renumbered; None where there are not enough mask tokens.

    >>> join_window([("Let ⟦0⟧ be.", "设⟦0⟧。"), ("Then ⟦0⟧ is ⟦3⟧.", "则⟦0⟧为⟦3⟧。")])
    ('Let ⟦0⟧ be. Then ⟦1⟧ is ⟦4⟧.', '设⟦0⟧。则⟦1⟧为⟦4⟧。')
    """
    sides: tuple[list[str], list[str]] = ([], [])
    first = 0
    for pair in window:
        for side, text in zip(sides, pair, strict=True):
            side.append(_renumbered(text, first))
        first += max((int(number) + 1 for number in _MASK.findall(pair[0])), default=0)
    return (" ".join(sides[0]), "".join(sides[1])) if first <= RESERVED_COUNT else None


def _renumbered(text: str, first: int) -> str:
    return _MASK.sub(lambda mask: RESERVED.format(first + int(mask[1])), text)


def encode_pairs(pairs: list[Pair], source: Encode, target: Encode, max_pieces: int) -> dict[str, Any]:
    """Pieces of all pairs as `source`, `source_offsets`, `target`, `target_offsets` (uint16 and int64 arrays)."""
    sources, targets = source([en for en, _ in pairs]), target([zh for _, zh in pairs])
    kept = [
        (s, t) for s, t in zip(sources, targets, strict=True) if 0 < len(s) <= max_pieces and 0 < len(t) <= max_pieces
    ]
    arrays: dict[str, Any] = {}
    for name, side in (("source", [s for s, _ in kept]), ("target", [t for _, t in kept])):
        arrays[name] = np.fromiter((piece for row in side for piece in row), dtype=np.uint16)
        arrays[f"{name}_offsets"] = np.cumsum([0, *map(len, side)], dtype=np.int64)
    return arrays
