"""A metric over all systems of a corpus: scores, intervals and single items from statistics counted once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from eval.comet import ItemScores
from eval.comparison import Estimate, MetricInfo
from eval.metrics import LOWER_IS_BETTER, make_metric, signature
from eval.resampling import RESAMPLES, TRIALS, interval, resampled
from eval.statistics import scores, statistics
from eval.terms import Terms

if TYPE_CHECKING:
    from eval.statistics import Array


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to compare by: metrics (the first one ranks), the baseline's name, how often to resample, terms.

    `extra` are metrics that were measured elsewhere, item by item, for the systems in the order of the corpus.
    """

    baseline: str
    metrics: tuple[str, ...]
    language: str = "zh"
    tokenizer: str = ""
    resamples: int = RESAMPLES
    trials: int = TRIALS
    terms: Terms = field(default_factory=dict)
    extra: tuple[ItemScores, ...] = ()
    title: str = ""
    command: str = ""
    date: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric over all systems: its formula from sums of statistics to scores, statistics, bootstrap, single items.

    Arrays: `rows` (systems, items, numbers), `values` (systems,), `bootstrap` (systems, resamples), `items` (systems,
    items). `sign` turns scores so that more is better.
    """

    info: MetricInfo
    formula: "Callable[[Array], Array]"
    rows: "Array"
    values: "Array"
    bootstrap: "Array"
    items: "Array"

    @property
    def sign(self) -> int:
        """1 where a higher score is better, else -1."""
        return 1 if self.info.higher_is_better else -1

    def of(self, system: int) -> "Measured":
        """This of one system alone."""
        return self.ordered([system])

    def ordered(self, order: list[int]) -> "Measured":
        """This of some systems, in another order."""
        return Measured(
            self.info, self.formula, self.rows[order], self.values[order], self.bootstrap[order], self.items[order]
        )

    def estimate(self, system: int) -> Estimate:
        """The score of a system with its interval."""
        low, high = interval(self.bootstrap[system])
        return Estimate(float(self.values[system]), low, high)


def measure(systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]], wanted: Wanted) -> list[Measured]:
    """All metrics asked for over systems, given by their texts, with as many resamples as asked for."""
    metrics = {name: make_metric(name, language=wanted.language, tokenizer=wanted.tokenizer) for name in wanted.metrics}
    found = []
    for name, rows in statistics(metrics, systems, references).items():
        formula = partial(scores, metrics[name])
        single = partial(scores, make_metric(name, language=wanted.language, sentence=True, tokenizer=wanted.tokenizer))
        info = MetricInfo(name, signature(metrics[name], wanted.resamples), name not in LOWER_IS_BETTER)
        found.append(_measured(info, formula, rows, single(rows), wanted))
    return found


def measure_items(scored: ItemScores, wanted: Wanted) -> Measured:
    """A metric whose corpus score is the mean of its items."""
    import numpy as np

    values = np.array(scored.values)
    rows = np.stack([values, np.ones_like(values)], axis=2)
    with_resamples = scored.signature + (f"|bs:{wanted.resamples}" if wanted.resamples > 1 else "")
    return _measured(
        MetricInfo(scored.name, with_resamples), lambda sums: sums[..., 0] / sums[..., 1], rows, values, wanted
    )


def _measured(
    info: MetricInfo, formula: "Callable[[Array], Array]", rows: "Array", items: "Array", wanted: Wanted
) -> Measured:
    values = formula(rows.sum(axis=1))
    bootstrap = resampled(rows, formula, wanted.resamples) if wanted.resamples > 1 else values[:, None]
    return Measured(info, formula, rows, values, bootstrap, items)
