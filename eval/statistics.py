"""sacrebleu's statistics of each item as arrays, and its formulas over many sums of them at once.

A corpus score is a function of sums over items: n-grams matched and counted, edits, lengths. sacrebleu itself counts,
item by item, as for its own scores; what is ours is that references are counted once for all systems, that chrF2 and
chrF++ share their character n-grams, and that a formula works on an array of many sums, which makes resampling cheap.
Items go by one at a time, so that memory holds numbers and no n-grams.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sacrebleu.metrics.base import Metric
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    Array = NDArray[np.float64]

_LOG_OF_NOTHING = -9999999999.0  # sacrebleu's


def statistics(
    metrics: Mapping[str, "Metric"], systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> dict[str, "Array"]:
    """For each metric an array of (systems, items, numbers), the numbers in sacrebleu's order.

    `systems[s][i]` is a system's hypothesis for the item whose references, one or more, are `references[i]`; equal
    hypotheses of an item are counted once. Sets `num_refs` of the metrics, which their signatures need.
    Raises `ValueError` for no items, unequal counts and items without a reference.

    >>> from sacrebleu.metrics.ter import TER
    >>> statistics({"TER": TER()}, [["a b", "c"]], [["a c"], ["c", "d e"]])["TER"].tolist()
    [[[1.0, 2.0], [0.0, 1.5]]]
    """
    import numpy as np
    from sacrebleu.metrics.chrf import CHRF

    for texts in systems:
        if not texts or len(texts) != len(references):
            raise ValueError(f"{len(texts)} hypotheses and {len(references)} lists of references; both must be equal")
    if empty := [position for position, texts in enumerate(references) if not texts]:
        raise ValueError(f"items without a reference, by position: {empty[:10]}")
    of_chrf = {name: metric for name, metric in metrics.items() if isinstance(metric, CHRF)}
    others = {name: metric for name, metric in metrics.items() if name not in of_chrf}
    found: dict[str, Array] = {}
    for position, texts in enumerate(references):
        hypotheses = [system[position] for system in systems]
        distinct = dict.fromkeys(hypotheses)
        counted = {name: _count(metric, distinct, texts) for name, metric in others.items()}
        counted |= _count_chrf(of_chrf, distinct, texts)
        for name, rows in counted.items():
            if name not in found:
                found[name] = np.empty((len(systems), len(references), len(rows[hypotheses[0]])))
            found[name][:, position] = [rows[hypothesis] for hypothesis in hypotheses]
    counts = {len(texts) for texts in references}
    for metric in metrics.values():
        setattr(metric, "num_refs", counts.copy().pop() if len(counts) == 1 else -1)  # noqa: B010  # it declares none
    return found


def _count(metric: "Metric", hypotheses: Mapping[str, Any], references: Sequence[str]) -> dict[str, list[float]]:
    """The statistics of each hypothesis."""
    known = metric._extract_reference_info([metric._preprocess_segment(text) for text in references])
    return {text: metric._compute_segment_statistics(metric._preprocess_segment(text), known) for text in hypotheses}


def _count_chrf(
    metrics: Mapping[str, "CHRF"], hypotheses: Mapping[str, Any], references: Sequence[str]
) -> dict[str, dict[str, list[float]]]:
    """The statistics of each hypothesis for metrics that differ in word order alone.

    The metric with the most orders counts against each reference; each takes the first of its best reference, as
    sacrebleu does, and of that the orders that it has.
    """
    if not metrics:
        return {}
    widest = max(metrics.values(), key=lambda metric: metric.order)
    known = [{"ref_ngrams": [one]} for one in widest._extract_reference_info(references)["ref_ngrams"]]
    found: dict[str, dict[str, list[float]]] = {name: {} for name in metrics}
    for text in hypotheses:
        rows = [widest._compute_segment_statistics(text, one) for one in known]
        for name, metric in metrics.items():
            own = [row[: 3 * metric.order] for row in rows]
            found[name][text] = [*max(own, key=metric._compute_f_score)]
    return found


def scores(metric: "Metric", sums: "Array") -> "Array":
    """The scores of sums of statistics, an array of (..., numbers), as sacrebleu computes each.

    >>> import numpy as np
    >>> from sacrebleu.metrics.ter import TER
    >>> scores(TER(), np.array([[1.0, 2.0], [0.0, 1.5]])).tolist()
    [50.0, 0.0]
    """
    import numpy as np
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(metric, BLEU):
            return _bleu(metric, sums)
        if isinstance(metric, CHRF):
            return _chrf(metric, sums)
    if isinstance(metric, TER):
        return _rate(sums)
    raise TypeError(f"no formula for {type(metric).__name__}")


def _bleu(metric: "BLEU", sums: "Array") -> "Array":
    import numpy as np

    if metric.smooth_method != "exp":
        raise ValueError(f"no formula for BLEU smoothed by {metric.smooth_method!r}")
    ours, theirs = sums[..., 0], sums[..., 1]
    correct, total = np.split(sums[..., 2:], 2, axis=-1)
    counted = np.logical_and.accumulate(total > 0, axis=-1)  # it stops at the first order without n-grams
    halvings = np.cumsum((correct == 0) & counted, axis=-1)
    precisions = 100.0 * np.where(correct > 0, correct, 0.5**halvings) / total
    logs = np.where(counted, np.log(precisions), _LOG_OF_NOTHING)
    if metric.effective_order:
        orders = counted.sum(axis=-1)
        mean = np.where(counted, logs, 0.0).sum(axis=-1) / np.maximum(orders, 1)
    else:
        mean = logs.sum(axis=-1) / correct.shape[-1]
    brevity = np.where(ours >= theirs, 1.0, np.where(ours > 0, np.exp(1.0 - theirs / ours), 0.0))
    return np.where((correct > 0).any(axis=-1), brevity * np.exp(mean), 0.0)


def _chrf(metric: "CHRF", sums: "Array") -> "Array":
    import numpy as np

    parts = sums.reshape(*sums.shape[:-1], metric.order, 3)
    ours, theirs, matched = parts[..., 0], parts[..., 1], parts[..., 2]
    counted = (ours > 0) & (theirs > 0)
    orders = np.maximum(counted.sum(axis=-1), 1)
    precision = np.where(counted, matched / ours, 0.0).sum(axis=-1) / orders
    recall = np.where(counted, matched / theirs, 0.0).sum(axis=-1) / orders
    factor = metric.beta**2
    return np.where(
        precision + recall > 0, 100.0 * (1 + factor) * precision * recall / (factor * precision + recall), 0.0
    )


def _rate(sums: "Array") -> "Array":
    import numpy as np

    edits, lengths = sums[..., 0], sums[..., 1]
    return 100.0 * np.where(lengths > 0, edits / np.where(lengths > 0, lengths, 1.0), (edits > 0).astype(np.float64))
