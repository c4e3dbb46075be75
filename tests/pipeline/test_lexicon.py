"""The lexicon: what a target must have for common words, and how it is made from aligned text."""

import json
import re
from pathlib import Path

import pytest

from eval.testset import load_testset
from pipeline import lexicon_make
from pipeline.dictionary import Entry
from pipeline.finish import HAN
from pipeline.lexicon import Row, by_first_word, lexicon, look_up, lost, mask_words, terms_of, words
from pipeline.lexicon_make import make

ANIMALS = list(zip(["cow", "dog", "emu", "hen", "pig"], "牛狗鸸鸡猪", strict=True))
ROWS = {word: Row((sign,), "") for word, sign in ANIMALS}
OTHERS = [(f"a {word}", f"一只{sign}") for word, sign in ANIMALS] * 150


def test_the_lexicon_is_words_signs_and_renderings() -> None:
    assert len(lexicon()) > 15_000 and list(lexicon()) == sorted(lexicon())
    for word, row in lexicon().items():
        assert word in words(word) or terms_of(word, by_first_word([word])) == [word]
        assert row.signs and all(re.fullmatch(f"[{HAN}A-Za-z0-9·—-]+", sign) for sign in row.signs)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("The dataset has one billion demonstrations of grasping.", "该数据集包含十二个抓取演示。", ["billion"]),
        ("Auditing models is a challenging task.", "研究模型是一项具有挑战性的任务。", ["auditing"]),
        ("Auditing models is a challenging task.", "审计模型是一项具有挑战性的任务。", []),
        ("We reduce entropy, the entropy of a policy.", "我们减少它。", ["entropy", "policy"]),
        ("It is unclear in this.", "它是unclear。", []),
        (
            "It keeps dyslexia in Peruvian texts by Michael Lima.",
            "它在Peruvian文本中保留dyslexia。",
            ["dyslexia", "Peruvian"],
        ),
        ("Box plots of box plots.", "框图的框图。", ["box plot"]),
        ("A prison cell.", "牢房。", []),
        ("A prison cell.", "监狱细胞。", ["prison cell"]),
        ("Entropy-based GPT-entropy and ENTROPY", "这些", []),
        ("Plans of apartments and a microscope.", "部门和显微镜的图纸。", ["apartments"]),
        ("Spider beats an apartment.", "Spider优于部门。", ["apartment"]),
        ("Spider is a spider.", "Spider是它。", ["spider"]),
        (r"Let $\\entropy$ be it.", "设其为此。", []),
        ("", "", []),
    ],
    ids=[
        "number",
        "verb",
        "nothing",
        "once-each",
        "English",
        "English-noun",
        "term",
        "words-of-a-term",
        "words-for-a-term",
        "parts",
        "nouns",
        "first-name",
        "no-name",
        "command",
        "empty",
    ],
)
def test_words_that_a_target_lost(source: str, target: str, expected: list[str]) -> None:
    assert lost(source, target) == expected


def test_careful_translations_lose_few_words() -> None:
    pairs = [(one.text, reference.text) for one in load_testset("abstracts") for reference in one.references]
    known = sum(sum(look_up(word) is not None for word in words(source)) for source, _ in pairs)
    missed = sum(len(lost(source, target)) for source, target in pairs)
    assert known > 1_000 and missed < 0.03 * known


def test_what_is_learnt_from_half_is_tried_on_the_other() -> None:
    half = [("a cat", "一只猫"), ("a cat", "一只喵")] * 75  # every other sentence has another word for it
    assert make(half + OTHERS, {}) == ROWS
    mixed = [("a cat", "一只猫"), ("a cat", "一只猫"), ("a cat", "一只喵"), ("a cat", "一只喵")] * 40
    assert set(make(mixed + OTHERS, {})["cat"].signs) == {"猫", "喵"}


def test_rare_words_and_words_without_a_sign_are_left_out() -> None:
    assert make([*OTHERS, *[("a gnu", "一羚")] * 119], {}) == ROWS
    assert "gnu" in make([*OTHERS, *[("a gnu", "一羚")] * 120], {})


@pytest.mark.parametrize(
    ("pairs", "entry", "row"),
    [
        ([("two gnus", "两只角马")] * 4, Entry("n", ("羚", "角马")), Row(("羚", "角马"), "角马")),
        ([("two gnus", "两只角羚")] * 4, Entry("n", ("角马",)), Row(("角", "马"), "角马")),
        ([("two gnus", "两只角马")] * 2 + [("a gnu", "一头")] * 2, Entry("n", ("角马",)), None),
        ([("two gnus", "两只角马")] * 3 + [("a gnu", "一头")], Entry("n", ("角马",)), Row(("角马",), "角马")),
        ([("it gnued", "它奔跑")] * 3 + [("it gnued", "它走")], Entry("v", ("奔跑",)), None),
        ([("two gnus", "两只")] * 3, Entry("n", ("角马",)), Row(("角马",), "角马")),
        ([("gnus", "跑")] * 3, Entry("v", ("奔跑",)), None),
        ([("it gnued", "它奔跑")] * 4, Entry("n", ("奔跑",)), Row(("奔跑",), "")),
        ([("two gnus", "一只马")] * 4, Entry("n", ("一只",)), Row(("一只",), "一只")),
    ],
    ids=[
        "the usual rendering",
        "another with its characters",
        "seldom covered",
        "mostly covered",
        "a verb mostly covered",
        "hardly seen",
        "no noun",
        "a verb too",
        "common characters",
    ],
)
def test_words_of_the_dictionary(pairs: list[tuple[str, str]], entry: Entry, row: Row | None) -> None:
    assert make([*OTHERS, *pairs], {"gnu": entry}).get("gnu") == row


def test_rare_nouns_become_masks() -> None:
    text = "Apartments with ⟦0⟧ rooms, the apartments of entropy and non-apartments"
    masked = "⟦0⟧ with ⟦1⟧ rooms, the ⟦2⟧ of entropy and non-apartments"
    assert mask_words(text, ("$x$",), ["apartments", "entropy"]) == (masked, ("公寓", "$x$", "公寓"))
    text = "Box Plots of a loan we loan to loan, the loans of a loan-word"
    assert mask_words(text, (), ["box plot", "loan"])[0] == "⟦0⟧ of a ⟦1⟧ we loan to loan, the loans of a loan-word"


def test_the_command_reads_graded_abstracts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"grade": grade, "segments": OTHERS[:5]} for grade in ["good", "fair"] * 75]
    rows += [{"grade": "mt", "segments": [["a gnu", "一羚"]]}] * 200
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    monkeypatch.setattr(lexicon_make, "dictionary", lambda: {"gnu": Entry("n", ("角马",))})
    lexicon_make.main([str(tmp_path / "pairs.jsonl")])
    found = [f"{word}\t{sign}\t" for word, sign in ANIMALS]
    assert capsys.readouterr().out.splitlines() == [*found[:3], "gnu\t角马\t角马", *found[3:]]
