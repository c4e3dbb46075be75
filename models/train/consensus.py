"""The candidate that most others agree with: minimum Bayes risk with chrF as the gain.

Among hypotheses of a model, the one nearest to all that it might have said is better than the likeliest one (Eikema
and Aziz 2022, arXiv 2108.04718). Nearness is chrF with the mean counts of n-grams of all samples, which is about as
good as the mean chrF with each, and takes one comparison a candidate (reference aggregation: Vamvas and Sennrich
2024, arXiv 2402.04251).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

_ORDER, _BETA = 6, 2.0  # those of chrF2 (Popović 2015, doi 10.18653/v1/W15-3049)


def consensus(candidates: Sequence[str], samples: Sequence[str]) -> str:
    """The candidate with the highest chrF against the mean of `samples`; of equals the first.

    >>> consensus(["我们提出模型", "我们训练模型"], ["我们训练模型", "我们训练一个模型", "我们提出模型", "训练模型"])
    '我们训练模型'
    """
    total: Counter[str] = Counter()
    for sample in samples:
        total.update(ngrams(sample))
    mean = {gram: count / len(samples) for gram, count in total.items()}
    return max(candidates, key=lambda candidate: chrf(ngrams(candidate), mean))


def ngrams(text: str) -> Counter[str]:
    """The n-grams of a text without its white space, of one to six characters, with their counts.

    >>> sorted(ngrams("a b").items())
    [('a', 1), ('ab', 1), ('b', 1)]
    """
    text = "".join(text.split())
    return Counter(text[i : i + n] for n in range(1, _ORDER + 1) for i in range(len(text) - n + 1))


def chrf(hypothesis: Mapping[str, float], reference: Mapping[str, float]) -> float:
    """chrF2 from 0 to 1 of two texts' n-grams, as sacrebleu's default: mean precision and recall of the orders."""
    made, wanted, matched = ([0.0] * (_ORDER + 1) for _ in range(3))
    for gram, count in hypothesis.items():
        made[len(gram)] += count
        matched[len(gram)] += min(count, reference.get(gram, 0.0))
    for gram, count in reference.items():
        wanted[len(gram)] += count
    both = [n for n in range(1, _ORDER + 1) if made[n] and wanted[n]]
    if not any(matched):
        return 0.0
    precision = sum(matched[n] / made[n] for n in both) / len(both)
    recall = sum(matched[n] / wanted[n] for n in both) / len(both)
    return (1 + _BETA**2) * precision * recall / (_BETA**2 * precision + recall)
