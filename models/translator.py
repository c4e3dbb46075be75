"""The translator: any number of texts in, as many hypotheses out, in order, whatever engine does the work.

Equal texts are translated once; texts go through the engine sorted by length, in batches of so many padded pieces, so
that memory is bounded and little of it is padding. Nothing is ever cut: a text over the model's length is an error.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from models.errors import ModelError, OutOfMemory
from models.tokens import Encoded, Tokens

DRAWN_FROM = 10
"""The likeliest words that sampling chooses from (top-k sampling: Fan et al. 2018, arXiv 1805.04833)."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How hypotheses are searched, with the same meaning in every engine.

    `length_penalty` is the exponent of the length that a hypothesis' log-probability is divided by; a hypothesis has
    at most `max_ratio * source pieces + max_extra` pieces, `</s>` among them, and no more than the model's positions:
    of 950,000 training pairs three are longer, and a loop costs no more than that. `hypotheses` are the best that the
    beam ends with; looking for more than one takes a fifth longer. `shortlist` searches only the
    candidates that the model's shortlist gives, where it has one (`models.shortlist`). With a `temperature` nothing is
    searched: hypotheses are drawn at random, each word among the `DRAWN_FROM` likeliest, and `beam` is 1.
    """

    beam: int = 4
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    max_ratio: float = 2.0
    max_extra: int = 16
    hypotheses: int = 1
    shortlist: bool = True
    temperature: float = 0.0

    def __post_init__(self) -> None:
        if (
            not 1 <= self.hypotheses <= (math.inf if self.temperature else self.beam)
            or not 0 <= self.temperature < math.inf
            or (self.temperature and self.beam != 1)
            or self.no_repeat_ngram < 0
            or self.max_ratio <= 0
            or self.max_extra < 1
        ):
            raise ModelError(f"decoding settings out of range: {self}")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a model made of one source text.

    `score` is the log-probability over the length to the power of the length penalty; `truncated` says that the
    length limit came before the end; `unknown` counts source pieces and target words the model does not know.
    """

    text: str
    score: float
    truncated: bool
    unknown: int


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """Everything about a translator, apart from decoding settings, that decides its output."""

    model: str
    revision: str
    engine: str
    precision: str
    device: str
    language_token: str
    mask_style: str
    engine_version: str
    shortlist: str = "none"


Generated: TypeAlias = tuple[list[str], float]
"""A hypothesis as an engine gives it: its pieces and its score."""


class Engine(Protocol):
    """Turns batches of source pieces into target pieces.

    `workers` is how many batches it works on at once; `generate` is then called from as many threads. `shortlist` is
    the digest of the shortlist that it searches where `decoding.shortlist` says so, or "none".
    """

    name: str
    version: str
    device: str
    precision: str
    workers: int
    shortlist: str

    def generate(self, batch: list[list[str]], decoding: Decoding, max_lengths: list[int]) -> list[list[Generated]]:
        """The best `decoding.hypotheses` of each source, the best first, or as many drawn at random where
        `decoding.temperature` says so: pieces without `</s>`, and a score.

        `max_lengths` count `</s>`: a hypothesis of that many pieces has not come to its end. Raises `OutOfMemory`.
        """
        ...

    def score(self, sources: list[list[str]], targets: list[list[str]]) -> list[float]:
        """The mean log-probability a piece, `</s>` included, that the model gives each target of its source."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes a translator keeps: the model's positions, and the padded source pieces of a batch."""

    positions: int
    batch_tokens: int


class Translator:
    """Translates texts with one model and engine; `info` says which."""

    def __init__(self, tokens: Tokens, engine: Engine, limits: Limits, info: SystemInfo) -> None:
        self._tokens, self._engine, self._limits, self.info = tokens, engine, limits, info
        self._stopped = False

    @property
    def workers(self) -> int:
        """How many batches are worked on at once."""
        return self._engine.workers

    def stop(self) -> None:
        """Begin no further batch, in whatever thread: translating raises `ModelError` from now on."""
        self._stopped = True

    @property
    def mask_style(self) -> str:
        """How masks are written for this model, such as `⟦{}⟧`."""
        return self.info.mask_style

    @property
    def max_source_pieces(self) -> int:
        """The longest text that the model takes, in pieces."""
        return self._limits.positions - self._tokens.added

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """The length of each text in pieces, to compare with `max_source_pieces`."""
        return [len(pieces) for pieces in self._tokens.split(texts)]

    def translate(self, texts: Sequence[str], decoding: Decoding | None = None) -> list[Hypothesis]:
        """The best hypothesis of each text; see `hypotheses`."""
        return [found[0] for found in self.hypotheses(texts, decoding)]

    def hypotheses(self, texts: Sequence[str], decoding: Decoding | None = None) -> list[tuple[Hypothesis, ...]]:
        """Translate each text: its best `decoding.hypotheses`, the best first, or as many that are drawn at random.

        Raises `ModelError` if a text is longer than `max_source_pieces`. A text without a piece (empty, or white
        space) has an empty hypothesis. A hypothesis that runs into its length limit may depend on the texts around it:
        the batch is searched up to the longest limit, then cut.
        """
        decoding = decoding or Decoding()
        unique = list(dict.fromkeys(texts))
        encoded = self._tokens.encode(unique)
        for text, source in zip(unique, encoded, strict=True):
            if (count := len(source.pieces) - self._tokens.added) > self.max_source_pieces:
                raise ModelError(
                    f"a text of {count} pieces is over the model's {self.max_source_pieces}, split it: {text[:60]!r}..."
                )
        found: dict[str, tuple[Hypothesis, ...]] = {}
        order = sorted(range(len(unique)), key=lambda i: -len(encoded[i].pieces))
        filled = [i for i in order if len(encoded[i].pieces) > self._tokens.added]
        batches = list(batched(filled, [len(source.pieces) for source in encoded], self._limits.batch_tokens))
        results = self._run([[encoded[i] for i in batch] for batch in batches], decoding)
        for batch, made in zip(batches, results, strict=True):
            found |= {unique[i]: hypotheses for i, hypotheses in zip(batch, made, strict=True)}
        nothing = (Hypothesis("", 0.0, truncated=False, unknown=0),)
        return [found.get(text, nothing) for text in texts]

    def scores(self, sources: Sequence[str], targets: Sequence[str]) -> list[float]:
        """The mean log-probability a piece, `</s>` included, that the model gives each target as text of its source.

        Raises `ModelError` for a target of more pieces than the model has positions.
        """
        pieces = self._tokens.split_target(targets)
        if (longest := max(map(len, pieces), default=0)) >= self._limits.positions:
            raise ModelError(f"a target of {longest} pieces is over the model's {self._limits.positions} positions")
        return self._engine.score([source.pieces for source in self._tokens.encode(sources)], pieces)

    def _run(self, batches: list[list[Encoded]], decoding: Decoding) -> Iterator[list[tuple[Hypothesis, ...]]]:
        if self._engine.workers == 1 or len(batches) == 1:
            yield from (self._batch(batch, decoding) for batch in batches)
            return
        pool = ThreadPoolExecutor(self._engine.workers)
        try:
            yield from pool.map(lambda batch: self._batch(batch, decoding), batches)
        finally:
            pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, no new batch is begun

    def _batch(self, batch: list[Encoded], decoding: Decoding) -> list[tuple[Hypothesis, ...]]:
        if self._stopped:
            raise ModelError("translating was stopped")
        limits = [self._max_length(source, decoding) for source in batch]
        try:
            results = self._engine.generate([source.pieces for source in batch], decoding, limits)
        except OutOfMemory as error:
            if len(batch) == 1:
                raise ModelError(f"{error}: not even one text of {len(batch[0].pieces)} pieces fits") from error
            middle = len(batch) // 2
            return self._batch(batch[:middle], decoding) + self._batch(batch[middle:], decoding)
        return [
            tuple(self._hypothesis(source, limit, one) for one in made)
            for source, limit, made in zip(batch, limits, results, strict=True)
        ]

    def _max_length(self, source: Encoded, decoding: Decoding) -> int:
        count = len(source.pieces) - self._tokens.added
        return min(self._limits.positions, int(decoding.max_ratio * count) + decoding.max_extra)

    def _hypothesis(self, source: Encoded, limit: int, result: Generated) -> Hypothesis:
        pieces, score = result
        text, unknown = self._tokens.decode(pieces[:limit])
        return Hypothesis(text, score, truncated=len(pieces) >= limit, unknown=source.unknown + unknown)


def batched(order: Sequence[int], lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Cut `order`, sorted from long to short, into batches of at most `batch_tokens` pieces with padding.

    >>> list(batched([2, 0, 1], [4, 3, 9], batch_tokens=10))
    [[2], [0, 1]]
    """
    batch: list[int] = []
    for index in order:
        if batch and lengths[batch[0]] * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
