"""The consensus of samples: chrF is sacrebleu's, and the candidate that most agree with is taken."""

import random

import pytest
from sacrebleu.metrics import CHRF

from models.train.consensus import chrf, consensus, ngrams


def test_chrf_is_that_of_sacrebleu() -> None:
    rng = random.Random(5)
    metric = CHRF()
    for _ in range(200):
        one, other = ("".join(rng.choices("我们训练模型 AB。", k=rng.randint(1, 30))) for _ in range(2))
        expected = metric.sentence_score(one, [other]).score / 100
        assert chrf(ngrams(one), ngrams(other)) == pytest.approx(expected), (one, other)


def test_consensus_is_the_candidate_nearest_to_the_samples() -> None:
    samples = ["我们训练一个模型。"] * 3 + ["我们提出一个模型。"] * 2 + ["他们训练模型。"]
    assert consensus(["他们训练模型。", "我们提出一个模型。", "我们训练一个模型。"], samples) == "我们训练一个模型。"
    assert consensus(["模型", "数据"], ["图"]) == "模型", "of equals the first"
    assert consensus(["", "图"], ["图"]) == "图"
