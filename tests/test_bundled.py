"""The shipped model on the bundled test set, as `make demo` runs it: nothing lost, nothing mangled."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import corpus_scores
from eval.testset import load_testset
from models.registry import open_translator
from pipeline.finish import HAN
from pipeline.mask import find_protected
from pipeline.records import Abstract, Reference, Translation
from pipeline.settings import Settings
from pipeline.shards import to_row
from pipeline.translate import translate_block

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
BLEU_FLOOR = 44.0
"""A guard against regressions, somewhat below what the shipped model's card says."""


def translated(abstracts: list[Abstract]) -> list[Translation]:
    results = translate_block(abstracts, open_translator(), Settings())
    assert all(isinstance(result, Translation) for result in results)
    return [result for result in results if isinstance(result, Translation)]


def assert_whole(abstracts: list[Abstract], results: list[Translation]) -> None:
    """As many out as in, no empty target, masks restored or flagged, Chinese punctuation in Chinese."""
    assert [result.abstract.id for result in results] == [abstract.id for abstract in abstracts]
    for result in results:
        for one in result.segments:
            kinds = {issue.kind for issue in one.issues}
            assert one.target, one
            for start, end, _ in find_protected(one.segment.text):
                assert one.segment.text[start:end] in one.target or "masks" in kinds, one
        between = re.search(f"[{HAN}][,.;:?][{HAN}]", result.target)
        assert between is None, between
        assert "⟦" not in result.target or "⟦" in result.source or result.issues


@pytest.fixture(scope="module")
def bundled() -> list[Translation]:
    return translated(load_testset("abstracts"))


def test_bundled_abstracts_come_out_whole(bundled: list[Translation]) -> None:
    assert_whole(load_testset("abstracts"), bundled)


def test_bundled_score_is_no_worse_than_what_was_shipped(bundled: list[Translation]) -> None:
    scores = corpus_scores(
        [result.target for result in bundled],
        [[reference.text for reference in result.abstract.references] for result in bundled],
    )
    bleu = next(score for score in scores if score.name == "BLEU")
    assert bleu.value > BLEU_FLOOR and "tok:zh" in bleu.signature


def test_rows_are_json_that_a_stranger_can_read(bundled: list[Translation]) -> None:
    for result in bundled:
        row: dict[str, Any] = json.loads(json.dumps(to_row(result), ensure_ascii=False))
        assert row["title_zh"] and row["references"] and row["system"].startswith("model:zhaiyi-en-zh-tiny@")
        joined = re.sub(r"\s", "", "".join(one["source"] for one in row["segments"]))
        assert joined == re.sub(r"\s", "", row["source"])


@pytest.mark.skipif(not (SHARED / "data").exists(), reason="needs the development data")
def test_abstracts_never_seen_come_out_whole() -> None:
    lines = (SHARED / "data" / "abstracts.test.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[:30]]
    abstracts = [
        Abstract(row["id"], row["title"], row["abstract"], tuple(map(Reference, row["references"]))) for row in rows
    ]
    assert_whole(abstracts, translated(abstracts))
