"""A run is scored by id, raw and finished, against its own references or a file's."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import STANDARD, corpus_score
from eval.score import Row, join, read_run, render, score, score_run, who_wrote
from pipeline.errors import InputError, RunError

FAST = "我们研究图，它很快。"


def row(identifier: str, target: str, raw: str = "", **more: Any) -> dict[str, Any]:
    segment = {"source": "We study graphs.", "target": target, "issues": []} | ({"raw": raw} if raw else {})
    return {"id": identifier, "target": target, "segments": [segment], "issues": [], "system": "tiny|beam:4"} | more


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of three abstracts, two of them with references; one finished target differs from the raw one."""
    write(
        tmp_path / "translations.jsonl",
        [
            row("a", FAST, "我们研究图 , 它很快。", references=[FAST], reference_sources=["llm:x"]),
            row("b", "图很大。", references=["图非常大。"], reference_sources=["human"]),
            row("c", "没有参考译文。"),
        ],
    )
    write(tmp_path / "failed.jsonl", [{"id": "d", "error": "empty text"}])
    return tmp_path


def test_scores_are_joined_by_id_not_by_order() -> None:
    translations = {"a": "我们研究图神经网络。", "b": "速度非常快。"}
    references = {"b": ["速度非常快。"], "a": ["我们研究图神经网络。"]}
    assert [one.score.value for one in score(translations, references)] == pytest.approx([100] * 3)


@pytest.mark.parametrize(
    ("translations", "references", "message"),
    [
        pytest.param(
            {"a": "甲", "b": "乙"}, {"a": ["甲"]}, "1 abstracts translated, but without a reference: b;", id="no-ref"
        ),
        pytest.param({"a": "甲"}, {"a": []}, "1 abstracts translated, but without a reference: a;", id="empty-list"),
        pytest.param({"a": "甲"}, {"a": ["甲"], "z": ["乙"]}, "with a reference, but not translated: z;", id="surplus"),
        pytest.param(
            {}, {f"a{i}": ["甲"] for i in range(7)}, "7 abstracts with .*: a0, a1, a2, a3, a4 and 2 more;", id="many"
        ),
        pytest.param({}, {}, "no translations to score", id="nothing"),
    ],
)
def test_ids_of_one_side_alone_are_refused(
    translations: dict[str, str], references: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        score(translations, references)


def test_run_is_read_with_raw_and_references(run: Path) -> None:
    found = read_run(run)
    assert list(found.finished) == ["a", "b", "c"]
    assert found.raw == {"a": "我们研究图 , 它很快。", "b": "图很大。", "c": "没有参考译文。"}
    assert found.references == {"a": ("我们研究图，它很快。",), "b": ("图非常大。",)}
    assert (found.origins, found.systems) == (Counter({"llm:x": 1, "human": 1}), ("tiny|beam:4",))


def test_run_is_scored_against_its_own_references(run: Path) -> None:
    text = score_run(run, n_bootstrap=0)
    bleu = corpus_score("BLEU", ["我们研究图，它很快。", "图很大。"], [["我们研究图，它很快。"], ["图非常大。"]])
    assert f"2 abstracts of {run}; 1 more have no reference; 1 records failed and are not scored" in text
    assert "system: tiny|beam:4" in text
    assert "references: 1 from llm:x, 1 from human\nreferences by a language model favour" in text
    assert f"finished  BLEU    {bleu.number}  {bleu.signature}" in text
    assert [line.split()[:2] for line in text.splitlines()[-3:]] == [["raw", name] for name in STANDARD]


def test_run_is_scored_against_a_file(run: Path, tmp_path: Path) -> None:
    references = write(tmp_path / "refs.jsonl", [{"id": name, "references": ["图很大。"]} for name in "cba"])
    text = score_run(run, str(references))
    assert text.startswith(f"3 abstracts of {run}; 1 records failed")
    assert "references: 3 from unknown" in text
    assert " ± " in text and "bs:1000" in text


def test_run_without_raw_has_no_raw_rows(tmp_path: Path) -> None:
    write(tmp_path / "translations.jsonl", [row("a", "我们研究图。", references=["我们研究图。"])])
    assert "\nraw " not in score_run(tmp_path, n_bootstrap=0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param(
            ["{}"], r"translations.jsonl:1: not a translation as a run writes it \(KeyError\('id'\)\)", id="empty"
        ),
        pytest.param([json.dumps(row("a", "甲")), "{"], "translations.jsonl:2: not JSON", id="cut"),
        pytest.param(
            [json.dumps(row("a", "甲"))] * 2, "translations.jsonl:2: the id 'a' stands on an earlier", id="twice"
        ),
        pytest.param([json.dumps(row("a", "甲"))], "had no references; name a file", id="no-references"),
    ],
)
def test_unusable_run_is_refused(lines: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "translations.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        score_run(tmp_path)


def test_unfinished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no translations\.jsonl; it is written when a run is complete"):
        score_run(tmp_path)


def test_references_of_other_abstracts_are_refused(run: Path) -> None:
    with pytest.raises(InputError, match="3 abstracts translated, but without a reference: a, b, c;"):
        score_run(run, "abstracts")


def test_bundled_references_are_named_for_what_they_are() -> None:
    lines = who_wrote(Counter({"zhaiyi": 68}))
    assert lines[0] == "references: 68 from zhaiyi"
    assert "not by professional translators" in lines[1]
    assert who_wrote(Counter({"human": 2})) == ["references: 2 from human"]
    assert who_wrote(Counter()) == []


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["我们研究图。", "它很快。"], "我们研究图。它很快。", id="chinese"),
        pytest.param(["", "图。"], "图。", id="empty-first"),
        pytest.param(["We study", "X."], "We study X.", id="latin"),
        pytest.param(["用X", "我们"], "用X我们", id="latin-then-chinese"),
    ],
)
def test_segments_are_joined(texts: list[str], joined: str) -> None:
    assert join(texts) == joined


def test_table_is_aligned() -> None:
    rows = [Row(output, corpus_score(name, ["图"], [["图"]])) for output in ("finished", "raw") for name in STANDARD]
    lines = render(rows).splitlines()
    assert len({line.index("nrefs") for line in lines[1:]} | {lines[0].index("signature")}) == 1
