"""One system's output is scored by id or line, raw and finished, against references of any kind; odd input is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import STANDARD, corpus_score, sentence_score
from eval.score import Sought, score_output, who_wrote
from pipeline.cli import main
from pipeline.errors import InputError, RunError, ZhaiyiError

FAST = "我们研究图，它很快。"
TEXTS = ["我们研究图，它很快。", "图很大。", "我们提出一种新方法。"]
MODEL_FILE = Path(__file__).resolve().parents[2] / "models" / "shipped" / "source.spm"


def row(identifier: str, target: str, raw: str = "", **more: Any) -> dict[str, Any]:
    segment = {"source": "We study graphs.", "target": target, "issues": []} | ({"raw": raw} if raw else {})
    return {"id": identifier, "target": target, "segments": [segment], "issues": [], "system": "tiny|beam:4"} | more


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")
    return path


def lines(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def scored(*paths: Path | str, **more: Any) -> str:
    hypotheses, *references = map(str, paths)
    return score_output(Sought(hypotheses, tuple(references), **{"resamples": 0, **more}))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of three abstracts, two of them with references; one finished target differs from the raw one."""
    folder = tmp_path / "run"
    folder.mkdir()
    write(
        folder / "translations.jsonl",
        [
            row("a", FAST, "我们研究图 , 它很快。", references=[FAST], reference_sources=["llm:x"]),
            row("b", "图很大。", references=["图非常大。"], reference_sources=["human"]),
            row("c", "没有参考译文。"),
        ],
    )
    write(folder / "failed.jsonl", [{"id": "d", "error": "empty text"}])
    return folder


def test_scores_are_joined_by_id_not_by_order(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours.jsonl", [{"id": "a", "target": TEXTS[0]}, {"id": "b", "target": TEXTS[1]}])
    refs = write(
        tmp_path / "refs.jsonl", [{"id": "b", "references": [TEXTS[1]]}, {"id": "a", "references": [TEXTS[0]]}]
    )
    assert scored(ours, refs).count("100.00") == 3


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        pytest.param("ab", "a", "1 abstracts translated, but without a reference: b;", id="no-reference"),
        pytest.param("a", "az", "1 abstracts with a reference, but not translated: z;", id="surplus"),
        pytest.param("a", "bcdefgha", "7 abstracts with .*: b, c, d, e, f and 2 more;", id="many"),
    ],
)
def test_ids_of_one_side_alone_are_refused(ours: str, theirs: str, message: str, tmp_path: Path) -> None:
    hypotheses = write(tmp_path / "ours.jsonl", [{"id": name, "target": "图。"} for name in ours])
    references = write(tmp_path / "refs.jsonl", [{"id": name, "references": ["图。"]} for name in theirs])
    with pytest.raises(InputError, match=message):
        scored(hypotheses, references)


def test_run_is_scored_against_its_own_references(run: Path) -> None:
    text = scored(run)
    bleu = corpus_score("BLEU", [FAST, "图很大。"], [[FAST], ["图非常大。"]])
    raw = corpus_score("BLEU", ["我们研究图 , 它很快。", "图很大。"], [[FAST], ["图非常大。"]])
    assert f"2 abstracts of {run}\nrun: 1 more have no reference\nrun: 1 records failed and are not scored" in text
    assert "references: 1 from llm:x, 1 from human\nreferences by a language model favour" in text
    assert "system: tiny|beam:4" in text
    assert f"finished  BLEU    {bleu.number}  {bleu.signature}" in text
    assert f"raw       BLEU    {raw.number}  {raw.signature}" in text
    assert [line.split()[:2] for line in text.splitlines()[-3:]] == [["raw", name] for name in STANDARD]


def test_run_is_scored_against_a_file_with_intervals(run: Path, tmp_path: Path) -> None:
    references = write(tmp_path / "refs.jsonl", [{"id": name, "references": ["图很大。"]} for name in "cba"])
    text = score_output(Sought(str(run), (str(references),)))
    assert text.startswith(f"3 abstracts of {run}\nrun: 1 records failed")
    assert "references: 3 from unknown" in text
    assert " ± " in text and "bs:1000" in text


def test_what_failed_counts_as_empty_where_it_has_a_reference(run: Path, tmp_path: Path) -> None:
    references = write(tmp_path / "refs.jsonl", [{"id": name, "references": ["图很大。"]} for name in "abcd"])
    text = scored(run, references)
    assert "run: 1 records failed and count as empty: d" in text and "1 empty hypotheses: d" in text
    texts = [FAST, "图很大。", "没有参考译文。", ""]
    assert corpus_score("chrF2", texts, [["图很大。"]] * 4).number in text


def test_run_without_raw_has_no_raw_rows(tmp_path: Path) -> None:
    write(tmp_path / "translations.jsonl", [row("a", "我们研究图。", references=["我们研究图。"])])
    assert "\nraw " not in scored(tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
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
def test_unusable_run_is_refused(rows: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "translations.jsonl").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        scored(tmp_path)


def test_a_file_without_references_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "out.zh").write_text("我们提出一种方法。\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"out\.zh: no references in it; name a file"):
        scored(tmp_path / "out.zh")


def test_unfinished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no translations\.jsonl; it is written when a run is complete"):
        scored(tmp_path)


def test_references_of_other_abstracts_are_refused(run: Path) -> None:
    with pytest.raises(InputError, match="68 abstracts with a reference, but not translated: zy-001, zy-002"):
        scored(run, "abstracts")


def tmx(path: Path) -> Path:
    units = "".join(
        f'<tu tuid="{number}"><tuv xml:lang="en"><seg>We study graph number {number} here.</seg></tuv>'
        f'<tuv xml:lang="zh"><seg>{text}</seg></tuv></tu>'
        for number, text in enumerate(TEXTS, 1)
    )
    path.write_text(f'<?xml version="1.0"?><tmx version="1.4"><body>{units}</body></tmx>', encoding="utf-8")
    return path


def tsv(path: Path) -> Path:
    return lines(path, ["id\ten\tzh", *(f"{n}\tWe study graph {n}.\t{text}" for n, text in enumerate(TEXTS, 1))])


REFERENCE_FILES: dict[str, Callable[[Path], Path]] = {
    "jsonl": lambda folder: write(
        folder / "refs.jsonl", [{"id": n, "references": [text]} for n, text in enumerate(TEXTS, 1)]
    ),
    "zh-field": lambda folder: write(folder / "refs.jsonl", [{"id": n, "zh": text} for n, text in enumerate(TEXTS, 1)]),
    "tsv": lambda folder: tsv(folder / "refs.tsv"),
    "tmx": lambda folder: tmx(folder / "refs.tmx"),
    "run": lambda folder: (
        write(
            folder / "translations.jsonl", [row(str(n), "图", references=[text]) for n, text in enumerate(TEXTS, 1)]
        ).parent
    ),
}


@pytest.mark.parametrize("kind", REFERENCE_FILES)
def test_references_come_in_any_format(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "refs"
    folder.mkdir()
    references = REFERENCE_FILES[kind](folder)
    ours = write(
        tmp_path / "ours.jsonl", [{"id": str(n), "target": text} for n, text in reversed([*enumerate(TEXTS, 1)])]
    )
    assert scored(ours, references).count("100.00") == 3
    by_line = lines(tmp_path / "ours.txt", TEXTS)
    text = scored(by_line, references)
    assert text.count("100.00") == 3 and "joined line by line to the records of refs" in text


def test_several_references_are_one_score(tmp_path: Path) -> None:
    first, second = lines(tmp_path / "a.zh", TEXTS), lines(tmp_path / "b.zh", ["它", "大图。", "新方法。"])
    ours = lines(tmp_path / "ours.zh", ["大图。", "图很大。", "我们提出一种新方法"])
    pairs = [list(pair) for pair in zip(TEXTS, ["它", "大图。", "新方法。"], strict=True)]
    expected = corpus_score("BLEU", ["大图。", "图很大。", "我们提出一种新方法"], pairs)
    assert f"finished  BLEU    {expected.number}  {expected.signature}" in scored(ours, first, second)
    assert "nrefs:2" in expected.signature


def test_items_are_scored_one_by_one(run: Path) -> None:
    heading, *rows = scored(run, tsv=True).splitlines()
    assert "eff:yes|tok:zh" in heading and len(heading.split("\t")) == 6
    expected = sentence_score("chrF2", "图很大。", ["图非常大。"])
    assert rows[1].split("\t")[:3] == ["b", "b", "finished"] and rows[1].split("\t")[4] == f"{expected.value:.2f}"
    assert [one.split("\t")[2] for one in rows] == ["finished"] * 2 + ["raw"] * 2


def test_json_has_everything(run: Path) -> None:
    found = json.loads(scored(run, as_json=True, resamples=50))
    assert found["abstracts"] == 2 and found["system"] == "tiny|beam:4"
    assert [one["metric"] for one in found["scores"]] == [*STANDARD, *STANDARD]
    assert all(one["low"] <= one["score"] <= one["high"] and "bs:50" in one["signature"] for one in found["scores"])
    assert found["items"][1]["finished"]["chrF2"] == pytest.approx(
        sentence_score("chrF2", "图很大。", ["图非常大。"]).value, abs=1e-4
    )


ENGLISH = ["We study graphs.", "Graphs are large.", "We propose a new method."]


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        pytest.param(TEXTS[:2], TEXTS, "ours.zh: 2 lines, but refs.zh has 3 references", id="counts"),
        pytest.param(ENGLISH, TEXTS, "ours.zh: no Chinese in any of its 3 hypotheses; is it the source", id="source"),
        pytest.param(TEXTS, ENGLISH, "refs.zh: no Chinese in 3 of 3 references, the first is 1", id="english"),
        pytest.param(TEXTS, [TEXTS[0], "", TEXTS[2]], "refs.zh:2: the reference is empty", id="empty-reference"),
        pytest.param(["", "", ""], TEXTS, "all 3 hypotheses are empty", id="all-empty"),
    ],
)
def test_unusable_lines_are_refused(ours: list[str], theirs: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        scored(lines(tmp_path / "ours.zh", ours), lines(tmp_path / "refs.zh", theirs))


@pytest.mark.parametrize(
    ("ours", "theirs", "note"),
    [
        pytest.param(["", *TEXTS[1:]], TEXTS, "ours: 1 empty hypotheses: 1", id="empty"),
        pytest.param(TEXTS, TEXTS, "ours: every hypothesis is a reference; are the files swapped", id="same"),
        pytest.param(
            ["我们对学习的问题进行优化。"] * 3,
            ["我們對學習的問題進行優化。"] * 3,
            "refs.zh: in traditional",
            id="script",
        ),
        pytest.param(TEXTS, ["BBC", *TEXTS[1:]], "refs.zh: 1 references have no Chinese: 1", id="name-only"),
    ],
)
def test_what_is_odd_is_said(ours: list[str], theirs: list[str], note: str, tmp_path: Path) -> None:
    assert note in scored(lines(tmp_path / "ours.zh", ours), lines(tmp_path / "refs.zh", theirs))


def test_swapped_files_are_noticed(tmp_path: Path) -> None:
    refs, hyps = lines(tmp_path / "news.ref.A.zh", TEXTS), lines(tmp_path / "news.hyp.X.zh", [*TEXTS[:2], "新方法"])
    assert "are they swapped?" in scored(refs, hyps)
    assert "they swapped" not in scored(hyps, refs)
    refs = write(tmp_path / "refs.jsonl", [{"id": "1", "references": ["图。"]}])
    hyps = write(tmp_path / "hyps.jsonl", [{"id": "1", "target": "图。"}])
    with pytest.raises(InputError, match=r"refs.jsonl:1: it has `references` and no hypothesis: are the files swapped"):
        scored(refs, refs)
    with pytest.raises(InputError, match=r"hyps.jsonl: its lines have `target`, so it holds hypotheses"):
        scored(hyps, hyps)


def test_lines_are_not_joined_to_ids(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours.jsonl", [{"id": str(n), "target": text} for n, text in enumerate(TEXTS, 1)])
    with pytest.raises(InputError, match=r"refs.zh: plain lines have no ids, but .*ours.jsonl has"):
        scored(ours, lines(tmp_path / "refs.zh", TEXTS))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--metric", "bleu"], "zhaiyi: unknown metric 'bleu'; known are BLEU, chrF2", id="metric"),
        pytest.param(["--tokenizer", "13a"], "zhaiyi: the tokeniser '13a' sees a Chinese sentence as one", id="13a"),
        pytest.param(["--tokenizer", "13a", "--language", "zh-Hant"], "sees a Chinese sentence", id="13a-hant"),
    ],
)
def test_wrong_options_are_one_line(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(lines(tmp_path / "a.zh", TEXTS))
    with pytest.raises(SystemExit) as exit_:
        main(["score", file, "--ref", file, *options])
    error = capsys.readouterr().err
    assert exit_.value.code == 2 and message in error and error.count("\n") == 1


def test_errors_are_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(ZhaiyiError, match="no such run or file of hypotheses"):
        scored(tmp_path / "none", "abstracts")
    with pytest.raises(ZhaiyiError, match="no such file or run, and no bundled test set"):
        scored(lines(tmp_path / "a.zh", TEXTS), tmp_path / "none")


def test_spbleu_is_shown_where_its_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sacrebleu.utils.SACREBLEU_DIR", str(tmp_path))
    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_spm.SACREBLEU_DIR", str(tmp_path))
    file = lines(tmp_path / "a.zh", TEXTS)
    assert "spBLEU" not in scored(file, file)
    (tmp_path / "models").mkdir()
    shutil.copy(MODEL_FILE, tmp_path / "models" / "flores200sacrebleuspm")
    assert "tok:flores200" in scored(file, file)


def test_bundled_references_are_named_for_what_they_are() -> None:
    found = who_wrote({"zhaiyi": 68})
    assert found[0] == "references: 68 from zhaiyi"
    assert "not by professional translators" in found[1]
    assert who_wrote({"human": 2}) == ["references: 2 from human"]
    assert who_wrote({}) == []
