"""Is a difference chance? Bootstrap and approximate randomisation over arrays of statistics.

A resample is a row of weights over units (how often each is drawn), so all resamples of all systems are one product of
matrices. Draws are those of sacrebleu with the same seed: intervals and p-values are its own. The order of
the arguments is always (systems, units, numbers).

Koehn (2004), Riezler and Maxwell (2005); Holm (1979); clusters as in the findings of the WMT conferences.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RESAMPLES = 1_000
"""Resamples of a bootstrap: sacrebleu's default."""

TRIALS = 10_000
"""Trials of a randomisation test: sacrebleu's default."""

SIGNIFICANT = 0.05
_DRAWN = 8_000_000  # units drawn at a time, a multiple of 32 rows at most: bounds memory
_Formula = Callable[["Array"], "Array"]


def seed() -> int | None:
    """sacrebleu's seed: 12345, or what SACREBLEU_SEED says; None ("none") is another one each time."""
    found = os.environ.get("SACREBLEU_SEED", "12345")
    return None if found.lower() == "none" else int(found)


def resampled(statistics: "Array", formula: _Formula, resamples: int = RESAMPLES) -> "Array":
    """Bootstrap scores, an array of (systems, resamples): units drawn with replacement, for all systems the same.

    >>> import numpy as np
    >>> found = resampled(np.array([[[1.0], [3.0]]]), lambda sums: sums[..., 0], 4)
    >>> found.shape, set(found[0].tolist()) <= {2.0, 4.0, 6.0}
    ((1, 4), True)
    """
    import numpy as np

    units = statistics.shape[1]
    rng = np.random.default_rng(seed())

    def weights(rows: int) -> "Array":
        drawn = rng.choice(units, size=(rows, units), replace=True) + units * np.arange(rows)[:, None]
        return np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)

    flat = _flat(statistics)
    return np.concatenate(
        [formula(_summed(weights(rows), flat, len(statistics))) for rows in _chunks(resamples, units)], axis=1
    )


def randomised(statistics: "Array", formula: _Formula, baseline: int, trials: int = TRIALS) -> "Array":
    """Absolute differences to a baseline under chance, (systems, trials): at random, units are exchanged with it."""
    import numpy as np

    systems, units, _ = statistics.shape
    rng = np.random.default_rng(seed())
    total = statistics.sum(axis=1)
    both = total + total[baseline]
    gaps = _flat(statistics[baseline] - statistics)
    found = []
    for rows in _chunks(trials, units):
        chosen = rng.integers(2, size=(rows, units), dtype=bool).astype(np.float64)
        one = total[:, None] + _summed(chosen, gaps, systems)
        found.append(np.abs(formula(one) - formula(both[:, None] - one)))
    return np.concatenate(found, axis=1)


def interval(scores: "Array") -> tuple[float, float]:
    """The ends of the 95 % interval of a system's bootstrap scores, as sacrebleu takes them.

    >>> import numpy as np
    >>> interval(np.arange(100.0))
    (2.0, 97.0)
    """
    import numpy as np

    ordered = np.sort(scores)
    cut = len(ordered) // 40
    return float(ordered[cut]), float(ordered[-1 - cut])


def bootstrap_p(scores: "Array", baseline: "Array", difference: float) -> float:
    """sacrebleu's two-sided p-value of a difference from bootstrap scores of both systems.

    It takes the mean off the sizes of the differences, not off the differences, and so is too small for small ones.
    """
    import numpy as np

    gaps = np.abs(scores - baseline)
    return p_value(gaps - gaps.mean(), difference)


def centred_p(scores: "Array", baseline: "Array", difference: float) -> float:
    """The two-sided p-value of a difference from bootstrap scores of both systems: their spread about its own mean."""
    import numpy as np

    gaps = scores - baseline
    return p_value(np.abs(gaps - gaps.mean()), difference)


def p_value(under_chance: "Array", difference: float) -> float:
    """How often chance gives more than a difference, never 0; 1 where there is no difference.

    The last is the one thing that is not sacrebleu's, for which a system differs from itself significantly.

    >>> import numpy as np
    >>> p_value(np.array([0.1, 0.3, 0.2]), -0.25)
    0.5
    """
    if not difference:
        return 1.0
    return float(((under_chance > abs(difference)).sum() + 1) / (len(under_chance) + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for being many, by Holm's method: the family of all of them errs at the level asked for.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for done, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - done) * p_values[place]))
        corrected[place] = highest
    return corrected


def clusters(pairs: Sequence[Sequence[float]], level: float = SIGNIFICANT) -> list[int]:
    """The cluster of each system, from 1, of systems in the order of their scores.

    `pairs[i][j]` is the p-value of systems i and j. A new cluster begins where every system before differs from
    every one from there on.

    >>> clusters([[1, 0.2, 0.01], [0.2, 1, 0.01], [0.01, 0.01, 1]])
    [1, 1, 2]
    """
    found: list[int] = []
    for place in range(len(pairs)):
        apart = place > 0 and all(
            pairs[above][below] < level for above in range(place) for below in range(place, len(pairs))
        )
        found.append(found[-1] + apart if found else 1)
    return found


def _flat(statistics: "Array") -> "Array":
    """Statistics as one matrix, a row a unit."""
    flat: Array = statistics.transpose(1, 0, 2).reshape(statistics.shape[1], -1)
    return flat


def _summed(weights: "Array", flat: "Array", systems: int) -> "Array":
    """The weighted sums of flat statistics: (systems, rows of weights, numbers)."""
    sums: Array = (weights @ flat).reshape(len(weights), systems, -1).transpose(1, 0, 2)
    return sums


def _chunks(rows: int, units: int) -> Iterator[int]:
    """Sizes of parts of so many rows. But for the last they are multiples of 32, the bits that a generator keeps."""
    size = max(32, _DRAWN // units // 32 * 32)
    yield from (min(size, rows - start) for start in range(0, rows, size))
