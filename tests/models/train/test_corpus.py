"""Text to train on: what is read, held out, chosen and joined."""

import json
import lzma
import random
from pathlib import Path

import pytest

from eval.testset import load_testset
from models.errors import ModelError
from models.train.config import CorpusSource
from models.train.corpus import is_heading, prepare_source, read_documents, titled
from models.train.heldout import HeldOut, held_out_texts
from pipeline.numbers import compare_numbers
from pipeline.parallel import VARY, prepare_pair


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jsonl", '{"segments": []}\n{"segments"', "a.jsonl:2: expected a JSON object"),
        ("a.jsonl", '{"segments": [["one"]]}\n', "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", '{"segments": ["ab"]}\n', "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", '{"segments": [["one", null]]}\n', "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", '{"segments": [["one", 1]]}\n', "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", '\n["one", "一"]\n', "a.jsonl:2: expected a JSON object"),
        ("a.jsonl", '"ab"\n', "a.jsonl:1: expected a JSON object"),
        ("a.tsv", "one\t\udcff\n", "a.tsv: not UTF-8 after line 0"),
        ("a.tsv", "one\t一\nnothing\n", "a.tsv:2: expected tab-separated"),
        ("a.jsonl.xz", "no archive", "a.jsonl.xz: broken after line 0"),
        ("", "", "missing.tsv: no such file"),
    ],
    ids=[
        "cut off",
        "one side",
        "no pair",
        "nothing",
        "a number",
        "no object",
        "a text",
        "not UTF-8",
        "one column",
        "not packed",
        "missing",
    ],
)
def test_a_broken_corpus_is_one_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    if name:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=words):
        list(read_documents(CorpusSource(name or "missing.tsv", 1.0), tmp_path))


def test_documents_near_to_a_test_set_are_left_out_whole(tmp_path: Path) -> None:
    said = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    (tmp_path / "test.jsonl").write_text(json.dumps({"abstract": f"First. {said}", "title": None}) + "\n", "utf-8")
    (tmp_path / "lines.tsv").write_text("We study such graphs with care here.\t我们\n", "utf-8")
    rows = [
        {"segments": [["We train.", "我们训练。"], [f"So {said.upper()}!", "等等。"]]},
        {"segments": [["We study such graphs, with care, here", "我们在此仔细研究这类图。"]]},
        {"segments": [["We study such graphs with care.", "我们仔细研究这类图。"]]},
    ]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    held_out = HeldOut(held_out_texts(("test.jsonl", "*.tsv"), tmp_path))
    source = CorpusSource("pairs.jsonl", 1.0)
    pairs, counts = prepare_source(source, tmp_path, prepare_pair, VARY, 0.0, 1, held_out)
    assert [english for english, _ in pairs] == ["We study such graphs with care."]
    assert counts == {"held_out": 3, "kept": 1}


def test_a_text_that_is_near_across_segments_is_found(tmp_path: Path) -> None:
    test = {"abstract": "We study the graphs of all small\u2028groups here. They are large and we count them."}
    with lzma.open(tmp_path / "test.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(test, ensure_ascii=False) + "\n\n")
    segments = [["We study the graphs of all small groups here.", "一"], ["They are large and we count them.", "二"]]
    (tmp_path / "pairs.jsonl").write_text("\ufeff" + json.dumps({"segments": segments}) + "\n\n", "utf-8")
    held_out = HeldOut(held_out_texts(("test.jsonl.xz",), tmp_path))
    source = CorpusSource("pairs.jsonl", 1.0)
    pairs, counts = prepare_source(source, tmp_path, prepare_pair, VARY, 0.0, 1, held_out)
    assert not pairs and counts == {"held_out": 2}
    assert not held_out.near([segments[0][0]])


@pytest.mark.parametrize("line", ["{", "[]", '"abstract"', '{"text": "a"}', '{"abstract": null}', '{"abstract": 3}'])
def test_a_broken_held_out_line_is_one_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "test.jsonl").write_text('{"abstract": "a"}\n' + line + "\n", "utf-8")
    with pytest.raises(ModelError, match=r"test\.jsonl:2: expected a JSON object with `abstract`"):
        list(held_out_texts(("test.jsonl",), tmp_path))


def test_a_held_out_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such held-out file"):
        list(held_out_texts(("none/*.tsv",), tmp_path))


def test_headings_are_taken_from_a_corpus(tmp_path: Path) -> None:
    lines = ["Training a model\t训练模型", "It works well here.\t在此效果很好。", "a b c\t甲"]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), "utf-8")
    source = CorpusSource("pairs.tsv", 1.0, headings=True)
    pairs, _ = prepare_source(source, tmp_path, prepare_pair, VARY, 0.0, 1, HeldOut([]))
    assert [english.lower() for english, _ in pairs] == ["training a model"]
    assert is_heading("Deep GPU training", "深度训练") and titled("the use of GPU") == "the Use of GPU"


def test_an_english_text_has_at_most_three_different_renderings(tmp_path: Path) -> None:
    document = {"segments": [["We train A.", f"训练{name}。"] for name in "甲乙甲丙丁"]}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(document) + "\n", "utf-8")
    source = CorpusSource("pairs.jsonl", 1.0)
    pairs, counts = prepare_source(
        source, tmp_path, lambda english, chinese, _: (english, chinese), VARY, 0.0, 1, HeldOut([])
    )
    assert [chinese for _, chinese in pairs] == ["训练甲。", "训练乙。", "训练丙。"]
    assert counts == {"kept": 3, "duplicate": 2}


def test_windows_are_of_neighbours_and_repeated_pairs_are_left_out(tmp_path: Path) -> None:
    segments = [["We train A.", "训练甲。"], ["We train B.", "训练乙。"], ["We train A.", "训练甲。"], ["Say it.", ""]]
    segments += [["We train C.", "训练丁。"], ["We train D.", "训练戊。"]]
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"segments": segments}) + "\n", "utf-8")

    def prepare(english: str, chinese: str, rng: random.Random) -> tuple[str, str]:
        if not chinese:
            raise ValueError("empty")
        return english, chinese

    source = CorpusSource("pairs.jsonl", 1.0)
    seen = set()
    for seed in range(9):
        pairs, counts = prepare_source(source, tmp_path, prepare, VARY, 1.0, seed, HeldOut([]))
        windows = [pair for pair in pairs if " We" in pair[0]]
        assert counts == {"kept": 4, "duplicate": 1, "empty": 1, "windows": len(windows)}
        assert len(pairs) == 4 + len(windows)
        seen |= {*windows}
    assert seen == {
        ("We train A. We train B.", "训练甲。训练乙。"),
        ("We train C. We train D.", "训练丁。训练戊。"),
    }
    assert prepare_source(source, tmp_path, prepare, VARY, 0.0, 1, HeldOut([]))[1]["windows"] == 0


def test_amounts_are_varied_so_many_times(tmp_path: Path) -> None:
    segments = [["It has 7 million rows.", "它有700万行。"], ["We train A.", "训练甲。"]]
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"segments": segments}) + "\n", "utf-8")
    source = CorpusSource("pairs.jsonl", 1.0, amounts=30)
    pairs, counts = prepare_source(source, tmp_path, prepare_pair, VARY, 1.0, 1, HeldOut([]))
    assert counts["kept"] + counts["duplicate"] == 30 and counts["windows"] == 0
    assert len({english for english, _ in pairs}) == len(pairs) > 20
    assert all(english.startswith("It has ") and not any(compare_numbers(english, zh)) for english, zh in pairs)


def test_pairs_are_chosen_by_a_pattern_and_windows_are_of_neighbours(tmp_path: Path) -> None:
    segments = [["We train A.", "训练甲。"], ["It fails.", "它失败。"], ["We train B.", "训练乙。"]]
    segments += [["We train C.", "训练丙。"]]
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"segments": segments}) + "\n", "utf-8")
    source = CorpusSource("pairs.jsonl", 1.0, pattern=r"train [A-C]\b")
    pairs, counts = prepare_source(
        source, tmp_path, lambda english, chinese, _: (english, chinese), VARY, 1.0, 1, HeldOut([])
    )
    assert [english for english, _ in pairs] == [
        "We train A.", "We train B.", "We train C.", "We train B. We train C."
    ]  # fmt: skip
    assert counts == {"kept": 3, "windows": 1}


def test_a_part_of_a_general_corpus_is_taken_by_name(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "general.tsv.xz", "wt", encoding="utf-8") as file:
        file.write("a\tone\t一\nb\ttwo\t二\na\tthree\t三\n")
    one, both = (CorpusSource("general.tsv.xz", 1.0, names=names) for names in (("a",), ()))
    assert list(read_documents(one, tmp_path)) == [[("one", "一")], [("three", "三")]]
    assert len(list(read_documents(both, tmp_path))) == 3


def test_our_own_pairs_are_whole_and_in_no_test_set() -> None:
    path = Path(__file__).parents[3] / "models" / "train" / "pairs.tsv"
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert len(rows) > 500 and rows == sorted(rows) and all(len(row) == 2 for row in rows)
    assert len({english for english, _ in rows}) == len(rows)
    held_out = HeldOut(one.text for one in load_testset("abstracts"))
    assert not [english for english, _ in rows if held_out.near([english])]
    unlike = [english for english, chinese in rows if any(compare_numbers(english, chinese))]
    assert len(unlike) <= 3, unlike  # "six nines", 六个9
