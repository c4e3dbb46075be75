"""Terms are found whole, the longest first, and counted as rendered only where an accepted rendering stands."""

from pathlib import Path

import pytest

from eval.comparison import Kept
from eval.terms import Finder, read_terms, renderings_in, score_terms
from pipeline.errors import InputError

TERMS = {
    "graph": ("图",),
    "graph neural network": ("图神经网络", "图网络"),
    "loss": ("损失", "损失函数"),
    "Bias": ("偏差",),
}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("Graph Neural Networks and a graph", {"graph neural network": 1, "graph": 1}, id="longest"),
        pytest.param("graph-neural\nnetworks", {"graph neural network": 1}, id="hyphen-and-break"),
        pytest.param("graph. Neural network", {"graph": 1}, id="not-across-marks"),
        pytest.param("losses, the loss", {"loss": 2}, id="plurals"),
        pytest.param("paragraph graphic", {}, id="within-words"),
        pytest.param("graph, graphs, GRAPH", {"graph": 3}, id="times"),
    ],
)
def test_terms_are_found(source: str, found: dict[str, int]) -> None:
    assert Finder(TERMS).find(source) == found


def test_a_list_is_read_with_all_renderings(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("en\tzh\tsource\ngraph\t图|图形\tx\n\ngraph\t图表\ty\n", encoding="utf-8")
    assert read_terms(path) == {"graph": ("图", "图形", "图表")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("graph\n", "terms.tsv:1: no term", id="one-column"),
        pytest.param("graph\t图\nloss\t\n", "terms.tsv:2: no term", id="no-chinese"),
        pytest.param("en\tzh\n", "no terms in it", id="heading-alone"),
    ],
)
def test_a_broken_list_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_terms(path)


def test_consistency_needs_one_rendering_throughout() -> None:
    found = [{"loss": 2}, {"loss": 2}, {"loss": 1}]
    texts = ["损失和损失", "损失函数和损失", "损失"]
    listed, (kept,) = score_terms(TERMS, found, [texts])
    assert (listed[0].count, listed[0].kept) == (3, (3,))
    assert (kept.rendered, kept.consistent) == (Kept(3, 3), Kept(1, 2))


def test_renderings_within_longer_ones_do_not_count() -> None:
    assert renderings_in("损失函数很小", TERMS["loss"]) == ["损失函数"]
    assert renderings_in("BERT 模型", ("bert模型",)) == ["bert模型"]
