"""Validation while a model trains."""

import json
from pathlib import Path

import pytest

from eval.validate import validator
from models.cache import cache_root


def test_the_first_abstracts_are_scored_and_nothing_stays_in_the_cache(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path / "cache"))
    rows = [
        {"id": "a", "abstract": "We train the model.", "references": ["我们训练模型。", "训练该模型。"]},
        {"id": "b", "abstract": "", "references": ["我们训练模型。"]},
        {"id": "c", "abstract": "We study it.", "references": ["我们研究它。"]},
    ]
    path = tmp_path / "valid.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    scores = validator(path)(tiny_model)
    assert list(scores) == ["chrF2", "BLEU", "chrF++"]
    path.write_text(json.dumps(rows[0]) + "\n", "utf-8")
    alone = validator(path)(tiny_model)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert validator(path, limit=1)(tiny_model) == alone != scores
    assert not [file for file in cache_root().rglob("*") if file.is_file()]
