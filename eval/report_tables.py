"""The tables of a comparison's page: what stands in each cell, how it is sorted, tinted and linked.

A tint says how far a cell lies from what it is held against: 1 is the best of its table, -1 the worst, 0 no tint. A
link leads to the items behind a number. What this module does not do: HTML; `templates/comparison` has that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from eval.comparison import Comparison, Significance, System

SIGNIFICANT = 0.05
"""A difference is called real below this p-value, corrected for the number of systems, in both tests."""

_LEAST_POINTS = 3.0
"""A smaller difference is tinted faintly, though it be the greatest of a table."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is what is sorted by, None where nothing is known."""

    text: str
    value: float | None = None
    heat: float = 0.0
    link: str = ""
    strong: bool = False

    @property
    def sorted_by(self) -> str:
        """The value as the page's script reads it."""
        return "" if self.value is None else f"{self.value:.6g}"


@dataclass(frozen=True, slots=True)
class Column:
    """`lowest_first` if low values are the good ones; `group` stands above neighbours that share it."""

    title: str
    note: str = ""
    lowest_first: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A system and its cells; the first column's cell is its name."""

    name: str
    cells: tuple[Cell, ...]
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are those after the name's."""

    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    head: str = "system"

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Headings over neighbouring columns, and how many; none if no column has one."""
        found = [(group, len(list(columns))) for group, columns in groupby(self.columns, key=lambda one: one.group)]
        return found if any(group for group, _ in found) else []


def link(**view: str) -> str:
    """The address, within the page, of the items that a view shows; see `templates/comparison/state.js`.

    >>> link(system="a b", sort="worst")
    '#system=a+b&sort=worst'
    """
    return "#" + urlencode({name: value for name, value in view.items() if value})


def heats(differences: Sequence[float | None], least: float, *, higher_is_better: bool = True) -> list[float]:
    """Tints of differences: the greatest gets 1 or -1, unless it is below `least`; better ones are positive.

    >>> heats([-1.0, 2.0, None], 0.5), heats([-1.0, 2.0], 10)
    ([-0.5, 1.0, 0.0], [-0.1, 0.2])
    """
    far = max(least, *(abs(one) for one in differences if one is not None), 0.0)
    sign = 1 if higher_is_better else -1
    return [0.0 if one is None else round(sign * one / far, 3) for one in differences]


def verdict(system: System, metric: str, *, higher_is_better: bool = True) -> str:
    """Whether a system is "better" or "worse" than the baseline in a metric, or "" if that may be chance.

    Both tests must say so, after correction, for every unit that was tested.
    """
    for one in system.differences:
        if one.metric == metric and one.tests and all(significant(test) for test in one.tests):
            return "better" if (one.difference.value > 0) == higher_is_better else "worse"
    return ""


def significant(test: Significance) -> bool:
    """Whether both corrected p-values are below `SIGNIFICANT`."""
    return max(test.p_bootstrap_holm, test.p_randomisation_holm) < SIGNIFICANT


def probability(p: float) -> str:
    """A p-value to three decimals.

    >>> probability(0.00049), probability(0.0312)
    ('<0.001', '0.031')
    """
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def signed(difference: float) -> str:
    """A difference with its sign, which is a minus and no hyphen.

    >>> signed(1.234), signed(-0.5)
    ('+1.23', '−0.50')
    """
    return f"{difference:+.2f}".replace("-", "−")


def differences_table(comparison: Comparison, metric: str) -> Table:
    """Every test of a metric's differences from the baseline."""
    units = list(dict.fromkeys(test.unit for one in comparison.systems for d in one.differences for test in d.tests))
    columns = [Column("difference"), Column("95 % interval")]
    for unit in units:
        columns += [Column(name, group=f"by {unit}", lowest_first=True) for name in _TESTS]
    rows = []
    for system in comparison.systems:
        cells: list[Cell] = []
        for one in system.differences:
            if one.metric != metric:
                continue
            found = one.difference
            cells += [
                Cell(signed(found.value), found.value),
                Cell(f"{signed(found.low)} to {signed(found.high)}", found.low),
            ]
            by_unit = {test.unit: test for test in one.tests}
            for unit in units:
                cells += [_p_cell(getattr(by_unit.get(unit), field, None)) for field in _TESTS.values()]
        cells += [Cell("")] * (len(columns) - len(cells))
        rows.append(Row(system.name, tuple(cells), system.name == comparison.baseline))
    return Table(
        f"Differences from {comparison.baseline} in {metric}", f"{metric}, difference from {comparison.baseline}",
        tuple(columns), tuple(rows),
    )  # fmt: skip


_TESTS = {
    "bootstrap": "p_bootstrap",
    "bootstrap, Holm": "p_bootstrap_holm",
    "randomisation": "p_randomisation",
    "randomisation, Holm": "p_randomisation_holm",
}


def _p_cell(p: float | None) -> Cell:
    return Cell("") if p is None else Cell(probability(p), p, strong=p < SIGNIFICANT)


def raw_table(comparison: Comparison) -> Table | None:
    """Scores before punctuation and spacing were finished, and what finishing changed; None where none is known."""
    known = [system for system in comparison.systems if system.raw]
    if not known:
        return None
    metrics = [metric for metric in comparison.metrics if any(metric.name in system.raw for system in known)]
    columns = [
        Column(title, group=metric.name, lowest_first=not metric.higher_is_better)
        for metric in metrics
        for title in ("raw", "finished − raw")
    ]
    rows = []
    for system in known:
        cells: list[Cell] = []
        for metric in metrics:
            raw = system.raw.get(metric.name)
            gain = system.scores[metric.name].value - raw.value if raw else 0.0
            cells += [Cell(f"{raw.value:.2f}", raw.value), Cell(signed(gain), gain)] if raw else [Cell("")] * 2
        rows.append(Row(system.name, tuple(cells), system.name == comparison.baseline))
    return Table("Before finishing", "", tuple(columns), tuple(rows))


def buckets_table(comparison: Comparison, metric: str, *, higher_is_better: bool = True) -> Table:
    """Scores by bucket, tinted by the difference from the baseline; each leads to its items, the worst first."""
    base = [one.name for one in comparison.systems].index(comparison.baseline)
    scored = [bucket for bucket in comparison.buckets if metric in bucket.scores]
    differences = [score - bucket.scores[metric][base] for bucket in scored for score in bucket.scores[metric]]
    tints = heats(differences, _LEAST_POINTS, higher_is_better=higher_is_better)
    rows = []
    for number, system in enumerate(comparison.systems):
        cells = []
        for bucket, tint in zip(scored, tints[number :: len(comparison.systems)], strict=True):
            score = bucket.scores[metric][number]
            address = link(bucket=f"{bucket.kind}:{bucket.label}", system=system.name, sort="worst")
            cells.append(Cell(f"{score:.1f}", score, tint, address))
        rows.append(Row(system.name, tuple(cells), number == base))
    columns = tuple(
        Column(bucket.label, f"{bucket.count:,} items", not higher_is_better, bucket.kind) for bucket in scored
    )
    return Table(f"{metric} by kind of item", "", columns, tuple(rows))
