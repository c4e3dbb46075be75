"""Which differences are chance: tests of systems against a baseline, by item and by document, and of each two."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.comparison import Difference, Estimate, Significance, Unit
from eval.measured import Measured, Wanted
from eval.resampling import bootstrap_p, centred_p, holm, interval, p_value, randomised, resampled

if TYPE_CHECKING:
    from eval.statistics import Array


def pairs_of(first: Measured) -> tuple[tuple[float, ...], ...]:
    """The p-value of each two systems, by the bootstrap with the spread of differences about their mean."""
    count = len(first.values)
    found = [[1.0] * count for _ in range(count)]
    for one in range(count):
        for other in range(one):
            difference = float(first.values[one] - first.values[other])
            found[one][other] = found[other][one] = centred_p(first.bootstrap[one], first.bootstrap[other], difference)
    return tuple(map(tuple, found))


def differences_of(measured: Measured, baseline: int, documents: Sequence[str], wanted: Wanted) -> list[Difference]:
    """Each system's difference to the baseline in a metric, with tests by item and, where they differ, by document."""
    gaps = [measured.values[system] - measured.values[baseline] for system in range(len(measured.values))]
    estimates = [
        Estimate(float(gap), *interval(measured.bootstrap[system] - measured.bootstrap[baseline]))
        for system, gap in enumerate(gaps)
    ]
    tests = [_tests("item", measured, measured.rows, measured.bootstrap, baseline, wanted)]
    if len(set(documents)) < len(documents):
        rows = _by_document(measured.rows, documents)
        bootstrap = resampled(rows, measured.formula, wanted.resamples)
        tests.append(_tests("document", measured, rows, bootstrap, baseline, wanted))
    return [
        Difference(measured.info.name, estimate, tuple(of_unit[system] for of_unit in tests))
        for system, estimate in enumerate(estimates)
    ]


def _by_document(rows: "Array", documents: Sequence[str]) -> "Array":
    """Statistics summed over the items of each document."""
    import numpy as np

    order = sorted(range(len(documents)), key=documents.__getitem__)
    starts = [at for at, i in enumerate(order) if not at or documents[i] != documents[order[at - 1]]]
    sums: Array = np.add.reduceat(rows[:, order], starts, axis=1)
    return sums


def _tests(
    unit: Unit, measured: Measured, rows: "Array", bootstrap: "Array", baseline: int, wanted: Wanted
) -> list[Significance]:
    """A test of each system; the corrections leave the baseline out."""
    chance = randomised(rows, measured.formula, baseline, wanted.trials)
    gaps = [float(value - measured.values[baseline]) for value in measured.values]
    by_bootstrap = [bootstrap_p(own, bootstrap[baseline], gap) for own, gap in zip(bootstrap, gaps, strict=True)]
    by_chance = [p_value(own, gap) for own, gap in zip(chance, gaps, strict=True)]
    others = [system for system in range(len(gaps)) if system != baseline]
    corrected = [
        dict(zip(others, holm([one[system] for system in others]), strict=True)) for one in (by_bootstrap, by_chance)
    ]
    return [
        Significance(
            unit, by_bootstrap[system], by_chance[system], corrected[0].get(system, 1.0), corrected[1].get(system, 1.0)
        )
        for system in range(len(gaps))
    ]
