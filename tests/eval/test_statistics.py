"""Statistics and resampling are sacrebleu's: equal to its scores, intervals and tests, only faster."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER
from sacrebleu.significance import PairedTest

from eval.resampling import _chunks, bootstrap_p, centred_p, clusters, holm, interval, p_value, randomised, resampled
from eval.statistics import scores, statistics

METRICS: dict[str, Callable[[], Metric]] = {
    "BLEU": partial(BLEU, tokenize="zh"),
    "BLEU-sentence": partial(BLEU, tokenize="zh", effective_order=True),
    "chrF2": CHRF,
    "chrF++": partial(CHRF, word_order=2),
    "TER": partial(TER, normalized=True, asian_support=True),
}
TEXTS = st.text("我们提出图ab 1.，", max_size=14)


def corpus(count: int, systems: int) -> tuple[list[list[str]], list[list[str]]]:
    """Systems that change more and more characters of a reference, and two references an item."""
    rng = random.Random(4)
    characters = "我们提出一种新的图神经网络方法它在三个数据集上优于基线模型并且速度更快abc 1.5，。"

    def changed(text: str, share: float) -> str:
        return "".join(rng.choice(characters) if rng.random() < share else char for char in text)

    first = ["".join(rng.choices(characters, k=rng.randint(5, 40))) for _ in range(count)]
    references = [first, [changed(text, 0.2) for text in first]]
    return [[changed(text, 0.15 + 0.02 * number) for text in first] for number in range(systems)], references


HYPOTHESES, REFERENCES = corpus(60, 4)
BY_ITEM = [list(texts) for texts in zip(*REFERENCES, strict=True)]


@pytest.mark.parametrize("name", METRICS)
@given(pairs=st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_scores_are_sacrebleus(name: str, pairs: list[tuple[str, list[str]]]) -> None:
    ours, theirs = METRICS[name](), METRICS[name]()
    found = statistics({name: ours}, [[text for text, _ in pairs]], [texts for _, texts in pairs])[name]
    most = max(len(texts) for _, texts in pairs)
    streams: Any = [[texts[n] if n < len(texts) else None for _, texts in pairs] for n in range(most)]
    hypotheses = [text for text, _ in pairs]
    assert found[0].tolist() == theirs._extract_corpus_statistics(hypotheses, streams)
    expected = theirs._aggregate_and_compute(found[0].tolist()).score
    assert scores(ours, found.sum(axis=1))[0] == pytest.approx(expected, rel=1e-9)
    items = [theirs._compute_score_from_stats(row).score for row in found[0].tolist()]
    assert scores(ours, found)[0].tolist() == pytest.approx(items, rel=1e-9)
    assert str(ours.get_signature()) == str(theirs.get_signature())


def test_chrf_of_several_orders_is_counted_together_as_alone() -> None:
    chosen = {name: METRICS[name]() for name in ("chrF2", "chrF++", "BLEU")}
    together = statistics(chosen, HYPOTHESES, BY_ITEM)
    for name in chosen:
        alone = statistics({name: METRICS[name]()}, HYPOTHESES, BY_ITEM)
        np.testing.assert_array_equal(together[name], alone[name])


def paired(test: str, samples: int) -> Any:
    metrics = {name: METRICS[name]() for name in ("BLEU", "chrF2", "chrF++")}
    named = [(f"system {number}", texts) for number, texts in enumerate(HYPOTHESES)]
    _, found = PairedTest(named, metrics, REFERENCES, test_type=test, n_samples=samples)()
    return found


@pytest.mark.parametrize("name", ["BLEU", "chrF2", "chrF++"])
def test_paired_tests_are_sacrebleus_with_the_same_seed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SACREBLEU_SEED", raising=False)
    metric = METRICS[name]()
    rows = statistics({name: metric}, HYPOTHESES, BY_ITEM)[name]
    formula = partial(scores, metric)
    real = formula(rows.sum(axis=1))
    bootstrap = resampled(rows, formula, 200)
    chance = randomised(rows, formula, baseline=0, trials=200)
    known = {"chrF++": "chrF2++"}.get(name, name)
    by_bootstrap, by_chance = paired("bs", 200)[known], paired("ar", 200)[known]
    for number in range(4):
        assert by_bootstrap[number].score == pytest.approx(real[number])
        low, high = interval(bootstrap[number])
        assert by_bootstrap[number].ci == pytest.approx((high - low) / 2, abs=1e-4)
        assert by_bootstrap[number].mean == pytest.approx(bootstrap[number].mean(), abs=1e-4)
        if number:
            difference = float(real[number] - real[0])
            assert by_bootstrap[number].p_value == bootstrap_p(bootstrap[number], bootstrap[0], difference)
            assert by_chance[number].p_value == p_value(chance[number], difference)


def test_parts_change_no_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = CHRF()
    rows = statistics({"chrF2": metric}, HYPOTHESES, BY_ITEM)["chrF2"]
    formula = partial(scores, metric)
    whole = resampled(rows, formula, 100), randomised(rows, formula, 1, 100)
    monkeypatch.setattr("eval.resampling._DRAWN", 1)
    assert list(_chunks(100, 60)) == [32, 32, 32, 4]
    np.testing.assert_array_equal(whole[0], resampled(rows, formula, 100))
    np.testing.assert_array_equal(whole[1], randomised(rows, formula, 1, 100))


def test_resamples_that_all_score_nothing_have_an_interval() -> None:
    metric = METRICS["BLEU"]()
    rows = statistics({"BLEU": metric}, [["甲", "乙"]], [["丙"], ["丁"]])["BLEU"]
    assert interval(resampled(rows, partial(scores, metric), 50)[0]) == (0.0, 0.0)


def test_a_system_differs_from_itself_by_chance_alone() -> None:
    metric = CHRF()
    rows = statistics({"chrF2": metric}, [HYPOTHESES[0]] * 2, BY_ITEM)["chrF2"]
    formula = partial(scores, metric)
    bootstrap = resampled(rows, formula, 100)
    assert bootstrap_p(bootstrap[1], bootstrap[0], 0.0) == 1.0
    assert randomised(rows, formula, 0, 50).max() == 0.0
    assert p_value(randomised(rows, formula, 0, 50)[1], 0.0) == 1.0


def test_centred_bootstrap_agrees_with_randomisation() -> None:
    hypotheses, references = corpus(200, 3)
    metric = CHRF()
    by_item = [list(texts) for texts in zip(*references, strict=True)]
    rows = statistics({"chrF2": metric}, hypotheses, by_item)["chrF2"]
    formula = partial(scores, metric)
    real, bootstrap = formula(rows.sum(axis=1)), resampled(rows, formula, 2000)
    chance = randomised(rows, formula, 0, 2000)
    for number in (1, 2):
        difference = float(real[number] - real[0])
        expected = p_value(chance[number], difference)
        assert centred_p(bootstrap[number], bootstrap[0], difference) == pytest.approx(expected, abs=0.05)


@given(st.lists(st.floats(0.0001, 1.0), min_size=1, max_size=12))
def test_holm_lies_between_no_correction_and_bonferroni(values: list[float]) -> None:
    corrected = holm(values)
    for value, one in zip(values, corrected, strict=True):
        assert value <= one <= min(1.0, len(values) * value) + 1e-12
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [corrected[place] for place in order] == sorted(corrected)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([[1.0]], [1], id="one"),
        pytest.param([[1, 0.01], [0.01, 1]], [1, 2], id="apart"),
        pytest.param([[1, 0.5, 0.01], [0.5, 1, 0.5], [0.01, 0.5, 1]], [1, 1, 1], id="chain"),
    ],
)
def test_clusters_are_what_cannot_be_told_apart(pairs: list[list[float]], expected: list[int]) -> None:
    assert clusters(pairs) == expected
