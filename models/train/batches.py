"""Length-bucketed batches from encoded pairs, a pure function of seed and epoch, so that a run resumes where it was."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

ROUND = 8  # padded lengths and numbers of rows are multiples of this: few distinct shapes, so few compiled kernels
AHEAD = 16  # batches: a large GPU takes a tenth of a second for one, and a new epoch takes seconds to sort
Lengths = TypeVar("Lengths", int, npt.NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """Pieces of all pairs, one after the other, and how often an epoch holds each pair, before and in the decay."""

    source: npt.NDArray[np.uint16]
    source_offsets: npt.NDArray[np.int64]
    target: npt.NDArray[np.uint16]
    target_offsets: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    final_weights: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.weights)


class Batch(NamedTuple):
    """Padded source and target (rows, length), where the target's real pieces stand in it flattened, their counts."""

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    tokens: int
    source_tokens: int


def join_sources(parts: list[tuple[dict[str, Any], float, float]]) -> EncodedCorpus:
    """One corpus from the arrays of several sources (see `models.train.corpus.encode_pairs`) and their two weights."""
    offsets = {}
    for side in ("source", "target"):
        lengths = np.concatenate([np.diff(arrays[f"{side}_offsets"]) for arrays, *_ in parts])
        offsets[side] = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return EncodedCorpus(
        np.concatenate([arrays["source"] for arrays, *_ in parts]),
        offsets["source"],
        np.concatenate([arrays["target"] for arrays, *_ in parts]),
        offsets["target"],
        *(np.concatenate([np.full(len(p[0]["source_offsets"]) - 1, p[which]) for p in parts]) for which in (1, 2)),
    )


def epoch_batches(corpus: EncodedCorpus, batch_tokens: int, seed: int, epoch: int) -> list[npt.NDArray[np.int64]]:
    """The batches of one epoch, each an array of pair numbers whose padded size is at most `batch_tokens`.

    A pair of weight 2.25 is there twice, and a third time in a quarter of the epochs.
    """
    rng = np.random.default_rng([seed, epoch])
    whole = np.floor(corpus.weights).astype(np.int64)
    times = whole + (rng.random(len(corpus)) < corpus.weights - whole)
    order = rng.permutation(np.repeat(np.arange(len(corpus)), times))
    source = rounded(np.diff(corpus.source_offsets)[order] + 1)
    target = rounded(np.diff(corpus.target_offsets)[order] + 1)
    order_by_length = np.lexsort((source, target))
    order, source, target = order[order_by_length], source[order_by_length], target[order_by_length]
    batches, start = [], 0
    widest_source = 0
    for end in range(len(order)):
        widest = max(widest_source, int(source[end]))
        if end > start and (end - start + 1) * (widest + int(target[end])) > batch_tokens:
            size = max(1, (end - start) // ROUND * ROUND) if end - start > ROUND else end - start
            batches.append(order[start : start + size])
            start += size
            widest = int(source[start : end + 1].max())
        widest_source = widest
    if len(order) > 0:  # a few pairs of small weight may all be left out of an epoch
        batches.append(order[start:])
    return [batches[i] for i in rng.permutation(len(batches))]


def rounded(lengths: Lengths) -> Lengths:
    """Lengths, or one, up to the next multiple of `ROUND`."""
    return (lengths + ROUND - 1) // ROUND * ROUND


def padded(
    corpus: EncodedCorpus, rows: npt.NDArray[np.int64], pad: int, eos: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Source and target matrices (rows, length) of a batch: pieces, `eos`, then `pad`."""
    sides = []
    for pieces, offsets in ((corpus.source, corpus.source_offsets), (corpus.target, corpus.target_offsets)):
        starts, lengths = offsets[rows, None], (offsets[rows + 1] - offsets[rows])[:, None]
        columns = np.arange(rounded(int(lengths.max()) + 1))
        row = pieces[np.minimum(starts + columns, len(pieces) - 1)].astype(np.int64)
        sides.append(np.where(columns < lengths, row, np.where(columns == lengths, eos, pad)))
    return sides[0], sides[1]


def all_batches(corpus: EncodedCorpus, batch_tokens: int, seed: int, start: int) -> Iterator[npt.NDArray[np.int64]]:
    """Batches without end, epoch after epoch, from batch number `start` of the whole run."""
    epoch = 0
    while True:
        batches = epoch_batches(corpus, batch_tokens, seed, epoch)
        if start < len(batches):
            yield from batches[start:]
            start = 0
        else:
            start -= len(batches)
        epoch += 1


def ready_batches(corpus: EncodedCorpus, rows: Iterator[npt.NDArray[np.int64]], pad: int, eos: int) -> Iterator[Batch]:
    """The batches of `rows`, made `AHEAD` in another thread, so that no processor waits for them, nor for an epoch."""

    def make() -> Batch:
        numbers = next(rows)
        source, target = padded(corpus, numbers, pad, eos)
        places = np.flatnonzero(target != pad)
        return Batch(source, target, places, len(places), int((source != pad).sum()))

    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(make) for _ in range(AHEAD))
        while True:
            waiting.append(pool.submit(make))
            yield waiting.popleft().result()
