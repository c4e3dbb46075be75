"""Which plots a comparison's page has: what is drawn, and what a reader sees in it."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from eval import plots
from eval.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and what it shows."""

    svg: Markup
    caption: str


def draw(comparison: Comparison) -> Iterator[Plot]:
    """The plots that say something about these systems."""
    systems, first = comparison.systems, comparison.metrics[0]
    names = [one.name for one in systems]
    base = names.index(comparison.baseline)
    values = [one.scores[first.name].value for one in systems]
    if len(systems) > 1:
        rows = [number for number in range(len(names)) if number != base]
        yield Plot(
            plots.boxes([names[number] for number in rows], _quantiles(comparison, rows, base), comparison.item_metric),
            f"Item by item: {comparison.item_metric} minus that of {comparison.baseline}. A line holds the middle 90 % "
            "of all items, its thick part half of them, the dot is the median.",
        )
    if len(systems) > 2:
        yield Plot(
            plots.matrix(names, comparison.pairs),
            f"Each with each: the bootstrap p-value of the difference in {first.name}, not corrected. Filled pairs "
            "may differ by chance.",
        )
    speeds = [(number, one.cost.segments_per_second) for number, one in enumerate(systems)]
    known = [(number, speed) for number, speed in speeds if speed]
    if len(known) > 1:
        shown = [number for number, _ in known]
        yield Plot(
            plots.scatter(
                [names[number] for number in shown],
                [speed for _, speed in known], [values[number] for number in shown],
                ("segments per second", first.name), logarithmic=True, name="speed",
                marked=shown.index(base) if base in shown else None,
            ),
            "Quality against speed, where speed is known.",
        )  # fmt: skip
    if len(comparison.metrics) > 1 and len(systems) > 2:
        second = comparison.metrics[1].name
        yield Plot(
            plots.scatter(
                names, values, [one.scores[second].value for one in systems], (first.name, second), marked=base
            ),
            f"{first.name} and {second}: off the diagonal, the metrics disagree.",
        )
    lengths = [one for one in comparison.buckets if one.kind == "length" and first.name in one.scores]
    if len(lengths) > 2:
        best = 1 if base == 0 and len(systems) > 1 else 0
        yield Plot(
            plots.lines(
                names, [one.label for one in lengths],
                [[one.scores[first.name][number] for one in lengths] for number in range(len(names))],
                ("length of the source", first.name), marked=(best, base),
            ),
            f"{first.name} by length: {names[best]}, {names[base]} (baseline)"
            + (", and in grey all others." if len(names) > 2 else "."),
        )  # fmt: skip


def _quantiles(comparison: Comparison, rows: list[int], base: int) -> list[list[float]]:
    """The 5th, 25th, 50th, 75th and 95th percentile of each system's item scores minus the baseline's."""
    found = []
    for number in rows:
        cuts = statistics.quantiles(
            [one.scores[number] - one.scores[base] for one in comparison.items], n=20, method="inclusive"
        )
        found.append([cuts[0], cuts[4], cuts[9], cuts[14], cuts[18]])
    return found
