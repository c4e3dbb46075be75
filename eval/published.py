"""Scores of a published data set: of each abstract, and of all that have references."""

from collections import Counter
from collections.abc import Mapping, Sequence

from eval.metrics import corpus_scores, make_metric
from eval.oddities import who_wrote
from eval.score import BOOTSTRAP
from pipeline.publish.scores import ScoreLine

ITEM_METRICS = ("BLEU", "chrF2")


class DatasetScorer:
    """Scores as `zhaiyi score` gives them; see `pipeline.publish.scores.Scorer`.

    >>> DatasetScorer().of_item("我们提出一种方法。", ["我们提出一种方法。"])["chrF2"]
    100.0
    """

    def __init__(self) -> None:
        self._metrics = {name: make_metric(name, sentence=True) for name in ITEM_METRICS}

    def of_item(self, target: str, references: Sequence[str]) -> Mapping[str, float]:
        """Sentence scores of one abstract."""
        texts = list(references)
        return {name: float(metric.sentence_score(target, texts).score) for name, metric in self._metrics.items()}

    def of_all(self, targets: Sequence[str], references: Sequence[Sequence[str]]) -> list[ScoreLine]:
        """Corpus scores with bootstrap intervals."""
        scores = corpus_scores(list(targets), [list(texts) for texts in references], n_bootstrap=BOOTSTRAP)
        return [ScoreLine(score.name, score.number, score.signature) for score in scores]

    def about(self, origins: Mapping[str, int]) -> list[str]:
        """Who wrote the references, and what that means for the scores."""
        return list(who_wrote(Counter(origins)))
