"""A model's card is made of facts: what training recorded and what was measured."""

import json
import shutil
from pathlib import Path

import pytest

from eval import card
from eval.card import Measured, SetResult, load, measure, render, training_of
from eval.metrics import Score
from models.registry import resolve
from pipeline.errors import InputError

RUN = {
    "steps": 7,
    "weights_of": 5,
    "config": {
        "sources": [
            {"path": "a.jsonl", "grade": "good", "names": [], "headings": False, "pattern": r"\d|±", "amounts": 30,
             "licence": "CC0", "weight": 2.0, "final_weight": 1.0},
        ],
        "held_out": ["tests/*.tsv"], "batch_tokens": 1000, "optimizer": "muon", "learning_rate": 0.001, "warmup": 2,
        "decay_from": 0.5, "label_smoothing": 0.1, "init": "", "licence": "mit",
    },
    "pairs": [{"kept": 12345, "windows": 6, "held_out": 3}],
    "curve": [{"step": 7, "target_pieces": 2_500_000, "seconds": 1800, "chrF2": 55.5, "BLEU": 66.6, "loss": 2.0}],
    "notes": ["A note of the recipe."],
    "before": None,
}  # fmt: skip


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    second = {**RUN, "before": RUN, "config": {**RUN["config"], "init": "model", "added_layers": 4}}  # type: ignore[dict-item]
    (folder / "training.json").write_text(json.dumps(second), "utf-8")
    return folder


def test_the_card_says_what_was_recorded_and_measured(model: Path) -> None:
    scores = (Score("BLEU", 12.345, "tok:zh", 0.5), Score("chrF2", 23.4, "nc:6"), Score("chrF++", 3.0, "nw:2"))
    result = SetResult("mine", 10, 20, scores, 3, {"numbers": 3}, 4.4, ("references: 10 from llm:x",))
    measured = Measured("model:x|beam:4", (result,), {"masks kept": "99.50 % of 2,000"}, -0.123, "mine")
    text = render(str(model), measured)
    for fact in (
        "# model", "run 1 of 2", "run 2 of 2", "12,345 and 6 windows", "held_out 3", "2.0, 1.0", "CC0", "`tests/*.tsv`",
        "2.5 M target pieces, 30 min", "| 7 | 2.5 M | 55.5 | 66.6 |", "A note of the recipe.",
        "| `mine` | 10 | 12.35 ± 0.50 | 23.40 | 3.00 | 3 | 4 | references: 10 from llm:x |", "`tok:zh` (BLEU of mine)",
        "-0.12 chrF2", "| masks kept | 99.50 % of 2,000 |", "the model of the run above, with 4 encoder layers more",
        r"`good`, with ``\d\|±``, 30 other amounts each |",
        "at step 5, the best by validation", "--set mine=FILE",
        resolve(str(model)).fingerprint, "\nlicense: mit\n",
    ):  # fmt: skip
        assert fact in text, fact


def test_a_model_of_unknown_training_says_so(tiny_model: Path) -> None:
    measured = Measured("x", (), {}, 0.0, "mine")
    assert training_of(resolve(str(tiny_model))) == []
    assert "how the model was made is not known" in render(str(tiny_model), measured)


def test_sets_are_measured_with_their_references(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "MEASURES", {})
    monkeypatch.setattr(card, "BOOTSTRAP", 0)  # sacrebleu's intervals need scores that are not all zero
    path = tmp_path / "set.tsv"
    path.write_text("en\tzh\nWe train the model.\t我们训练模型。\nWe study it here.\t我们在此研究。\n", "utf-8")
    measured = measure(str(model), {"pairs": str(path)})
    (result,) = measured.sets
    assert (result.name, result.abstracts, result.segments) == ("pairs", 2, 2)
    assert [score.name for score in result.scores] == ["BLEU", "chrF2", "chrF++"]
    assert measured.signatures.keys() == {score.signature for score in result.scores}
    path.write_text("en\tzh\nWe train the model.\t\n", "utf-8")
    with pytest.raises(InputError, match="have no reference"):
        load(str(path))
