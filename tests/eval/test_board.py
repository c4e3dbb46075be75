"""A board collects scores that mean the same and refuses others."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.board import add_to_board
from eval.comparison import Behaviour, Comparison, Cost, Estimate, Item, MetricInfo, System
from pipeline.errors import InputError


def comparison() -> Comparison:
    """One system with one score on one item."""
    system = System(
        "a", "run", "runs/a", "model:x", 1, 1, 1, 1, {"BLEU": Estimate(30.25, 29.0, 31.5)}, {}, (),
        Behaviour(None, None, 0, 0, None), None, Cost(),
    )  # fmt: skip
    return Comparison(
        title="", command="", versions={}, date="2026-01-01", baseline="a", items_count=1, documents_count=1,
        resamples=1000, trials=1000, seed=12345, item_metric="BLEU", metrics=(MetricInfo("BLEU", "nrefs:1|tok:zh"),),
        references=(), notes=(), systems=(system,), pairs=((1.0,),), buckets=(), terms=(), most_different=(),
        items=(Item("x", "x", "", (), "We.", ("我们。",), ("我们。",), (99.5,), ((),), ()),), worst=(("x",),),
    )  # fmt: skip


def test_systems_are_collected_and_replaced(tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    assert "1 systems added to 'set', which has 1" in add_to_board(board, "set", comparison())
    other = replace(comparison(), systems=(replace(comparison().systems[0], name="b"),))
    assert "which has 2" in add_to_board(board, "set", other)
    again = replace(comparison(), date="2026-02-02")
    assert "which has 2" in add_to_board(board, "set", again)
    found = json.loads(board.read_text(encoding="utf-8"))["sets"]["set"]
    assert {entry["system"]: entry["date"] for entry in found["entries"]} == {"a": "2026-02-02", "b": "2026-01-01"}
    assert found["entries"][0]["scores"] == {"BLEU": [30.25, 29.0, 31.5]}


def test_signatures_and_references_are_not_mixed(tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    add_to_board(board, "set", comparison())
    before = board.read_bytes()
    other = replace(comparison(), metrics=(MetricInfo("BLEU", "nrefs:1|tok:13a"),))
    with pytest.raises(InputError, match=r"BLEU of the board's set 'set' is nrefs:1\|tok:zh, this is nrefs:1\|tok:13a"):
        add_to_board(board, "set", other)
    other = replace(comparison(), items=(replace(comparison().items[0], references=("他们。",)),))
    with pytest.raises(InputError, match="set 'set' has other references"):
        add_to_board(board, "set", other)
    assert board.read_bytes() == before
    assert "which has 1" in add_to_board(board, "another", other)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "other"}'])
def test_what_is_no_board_is_left_alone(text: str, tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    board.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="name a board, or a new file"):
        add_to_board(board, "set", comparison())
    assert board.read_text(encoding="utf-8") == text
