"""Scores are sacrebleu's own, with the Chinese tokeniser, and agree with independent computations."""

import math
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import (
    STANDARD,
    corpus_score,
    corpus_scores,
    is_chinese,
    make_metric,
    sentence_score,
    streams,
    usual_metrics,
)

HYPOTHESES = ["我们提出一种新方法，它在ImageNet上达到95.2%。", "图神经网络很快。"]
REFERENCES = [["我们提出了一种新的方法，在ImageNet上达到95.2%。", "本文提出新方法。"], ["图神经网络速度很快。"]]
HAN_TEXTS = st.text("我们提出一种新方法图神经网络很快。", min_size=5, max_size=20)


def ngrams(items: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(items[i : i + order]) for i in range(len(items) - order + 1))


def bleu(pairs: Sequence[tuple[str, str]]) -> float:
    """BLEU over characters as in Papineni et al. (2002), smoothed as NIST does: right for text all Chinese."""
    logs, halvings = 0.0, 0
    for order in range(1, 5):
        found = sum((ngrams(h, order) & ngrams(r, order)).total() for h, r in pairs)
        total = sum(ngrams(h, order).total() for h, r in pairs)
        if not total:
            return 0.0
        if order == 1 and not found:
            return 0.0
        halvings += not found
        logs += math.log(found / total if found else 1 / (2**halvings * total)) / 4
    ours, theirs = sum(len(h) for h, _ in pairs), sum(len(r) for _, r in pairs)
    return 100 * min(1.0, math.exp(1 - theirs / ours)) * math.exp(logs)


def chrf(hypothesis: str, reference: str, beta: int = 2) -> float:
    """chrF of one text as in Popović (2015): the mean of precision and recall over orders 1 to 6 that both have."""
    precisions, recalls = [], []
    for order in range(1, 7):
        ours, theirs = ngrams(hypothesis, order), ngrams(reference, order)
        if ours and theirs:
            precisions.append((ours & theirs).total() / ours.total())
            recalls.append((ours & theirs).total() / theirs.total())
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    if not precision + recall:
        return 0.0
    return 100 * (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


@given(st.lists(st.tuples(HAN_TEXTS, HAN_TEXTS), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_bleu_agrees_with_an_independent_one(pairs: list[tuple[str, str]]) -> None:
    ours = corpus_score("BLEU", [h for h, _ in pairs], [[r] for _, r in pairs])
    assert ours.value == pytest.approx(bleu(pairs), abs=1e-6)


@given(HAN_TEXTS, HAN_TEXTS)
@settings(max_examples=40, deadline=None)
def test_chrf_agrees_with_an_independent_one(hypothesis: str, reference: str) -> None:
    assert sentence_score("chrF2", hypothesis, [reference]).value == pytest.approx(
        chrf(hypothesis, reference), abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "sacrebleus", "parts"),
    [
        pytest.param("BLEU", sacrebleu.BLEU(tokenize="zh"), {"tok:zh", "nrefs:var", "eff:no"}, id="BLEU"),
        pytest.param("chrF2", sacrebleu.CHRF(), {"nc:6", "nw:0", "nrefs:var"}, id="chrF2"),
        pytest.param("chrF++", sacrebleu.CHRF(word_order=2), {"nc:6", "nw:2", "nrefs:var"}, id="chrF++"),
        pytest.param(
            "TER", sacrebleu.TER(normalized=True, asian_support=True), {"norm:yes", "asian:yes", "nrefs:var"}, id="TER"
        ),
    ],
)
def test_value_and_signature_are_sacrebleus(name: str, sacrebleus: Any, parts: set[str]) -> None:
    expected = sacrebleus.corpus_score(HYPOTHESES, streams(REFERENCES))
    score = corpus_score(name, HYPOTHESES, REFERENCES)
    assert (score.name, score.value, score.interval) == (name, pytest.approx(expected.score, rel=1e-12), 0.0)
    assert score.signature == str(sacrebleus.get_signature())
    assert parts <= set(score.signature.split("|"))
    assert f"version:{sacrebleu.__version__}" in score.signature


@pytest.mark.parametrize("language", ["zh", "ZH", "zh-CN", "zh_Hans", "zh-Hant-TW", "zho", "cmn_Hans", "Chinese"])
def test_every_chinese_tag_gets_the_chinese_tokeniser(language: str) -> None:
    assert is_chinese(language)
    assert "tok:zh" in corpus_score("BLEU", HYPOTHESES, REFERENCES, language=language).signature


def test_another_language_gets_its_own_tokeniser() -> None:
    assert "tok:13a" in corpus_score("BLEU", ["a b c d"], [["a b c d"]], language="de").signature


def test_sentence_bleu_has_effective_order() -> None:
    score = sentence_score("BLEU", "很快", ["很快"])
    assert score.value == pytest.approx(100)
    assert "eff:yes" in score.signature


def test_bootstrap_gives_an_interval_that_repeats_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "12345")
    hypotheses, references = HYPOTHESES * 5, REFERENCES * 5
    first = corpus_scores(hypotheses, references, n_bootstrap=50)
    assert first == corpus_scores(hypotheses, references, n_bootstrap=50)
    assert [score.name for score in first] == list(STANDARD)
    for score in first:
        assert score.interval > 0
        assert {"bs:50", "seed:12345"} <= set(score.signature.split("|"))
        assert re.fullmatch(r"\S+ [\d.]+ ± [\d.]+  nrefs:\S+", str(score))


@given(st.lists(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), max_size=6))
def test_streams_keep_every_reference_of_every_item(references: list[list[str]]) -> None:
    turned = streams(references)
    assert [[s[i] for s in turned if s[i] is not None] for i in range(len(references))] == references


@pytest.mark.parametrize(
    ("hypotheses", "references", "error"),
    [
        pytest.param(["甲", "乙"], [["甲"]], "2 hypotheses and 1 lists of references", id="fewer-references"),
        pytest.param([], [], "0 hypotheses", id="nothing"),
        pytest.param(["甲", "乙"], [["甲"], []], r"without a reference, by position: \[1\]", id="item-without"),
    ],
)
def test_unequal_counts_are_refused(hypotheses: list[str], references: list[list[str]], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        corpus_score("BLEU", hypotheses, references)


def test_a_text_for_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="list of lists"):
        corpus_score("BLEU", ["甲"], ["甲"])


def test_unknown_metric_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'bleu'; known are BLEU, chrF2, chrF\+\+"):
        corpus_score("bleu", HYPOTHESES, REFERENCES)


def test_bootstrap_of_scores_that_are_all_zero_has_no_width() -> None:
    score = corpus_score("BLEU", ["甲", "乙"], [["丙"], ["丁"]], n_bootstrap=20)
    assert (score.value, score.interval) == (0.0, 0.0) and "bs:20" in score.signature


@pytest.mark.parametrize(
    ("tokenizer", "language", "error"),
    [
        pytest.param("13a", "zh-Hans", "'13a' sees a Chinese sentence as one word; use zh or char", id="european"),
        pytest.param("none", "zho", "'none' sees", id="none"),
        pytest.param("flores200", "zh", "'flores200' needs its model: put it at .*/models/flores200", id="no-model"),
    ],
)
def test_a_wrong_tokeniser_is_refused(
    tokenizer: str, language: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sacrebleu.utils.SACREBLEU_DIR", str(tmp_path))
    with pytest.raises(ValueError, match=error):
        make_metric("BLEU", language=language, tokenizer=tokenizer)


def test_another_tokeniser_for_chinese_is_in_the_signature(caplog: pytest.LogCaptureFixture) -> None:
    metric = make_metric("BLEU", tokenizer="char")
    metric.corpus_score(["很快"], [["很快"]])
    assert "tok:char" in str(metric.get_signature())
    assert not caplog.records


def test_spbleu_is_usual_where_its_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sacrebleu.utils.SACREBLEU_DIR", str(tmp_path))
    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_spm.SACREBLEU_DIR", str(tmp_path))
    assert usual_metrics() == STANDARD
    (tmp_path / "models").mkdir()
    model = Path(__file__).resolve().parents[2] / "models" / "shipped" / "source.spm"
    shutil.copy(model, tmp_path / "models" / "flores200sacrebleuspm")
    assert usual_metrics() == (*STANDARD, "spBLEU")
    assert "tok:flores200" in corpus_score("spBLEU", ["我们很快"], [["我们很快"]]).signature
