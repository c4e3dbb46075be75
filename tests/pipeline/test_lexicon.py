"""The lexicon: what a target must have for common words, and how it is made from aligned text."""

import json
import re
from pathlib import Path

import pytest

from eval.testset import load_testset
from pipeline import lexicon_make
from pipeline.finish import HAN
from pipeline.lexicon import lexicon, lost, words
from pipeline.lexicon_make import make

ANIMALS = list(zip(["cow", "dog", "emu", "hen", "pig"], "牛狗鸸鸡猪", strict=True))
OTHERS = [(f"a {word}", f"一只{sign}") for word, sign in ANIMALS] * 150


def test_the_lexicon_is_words_and_characters() -> None:
    assert len(lexicon()) > 2_000 and list(lexicon()) == sorted(lexicon())
    assert all(words(word) == [word] and re.fullmatch(f"[{HAN}]{{1,6}}", signs) for word, signs in lexicon().items())


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("The dataset has one billion demonstrations of grasping.", "该数据集包含十二个抓取演示。", ["billion"]),
        ("Auditing models is a challenging task.", "研究模型是一项具有挑战性的任务。", ["auditing"]),
        ("Auditing models is a challenging task.", "审计模型是一项具有挑战性的任务。", []),
        ("We reduce entropy, the entropy of a policy.", "我们减少它。", ["entropy", "policy"]),
        ("It keeps entropy in English.", "它保留英文的entropy。", []),
        ("Entropy-based GPT-entropy and ENTROPY", "这些", []),
        ("", "", []),
    ],
    ids=["a number", "a verb", "nothing", "each once", "kept in English", "parts of other words", "empty"],
)
def test_words_that_a_target_lost(source: str, target: str, expected: list[str]) -> None:
    assert lost(source, target) == expected


def test_careful_translations_lose_few_words() -> None:
    pairs = [(one.text, reference.text) for one in load_testset("abstracts") for reference in one.references]
    known = sum(sum(word in lexicon() for word in words(source)) for source, _ in pairs)
    missed = sum(len(lost(source, target)) for source, target in pairs)
    assert known > 1_000 and missed < 0.03 * known


def test_what_is_learnt_from_half_is_tried_on_the_other() -> None:
    half = [("a cat", "一只猫"), ("a cat", "一只喵")] * 75  # every other sentence has another word for it
    assert make(half + OTHERS) == dict(ANIMALS)
    mixed = [("a cat", "一只猫"), ("a cat", "一只猫"), ("a cat", "一只喵"), ("a cat", "一只喵")] * 40
    assert make(mixed + OTHERS)["cat"] in ("猫喵", "喵猫")


def test_rare_words_and_words_without_a_sign_are_left_out() -> None:
    assert make([*OTHERS, *[("a gnu", "一羚")] * 119]) == dict(ANIMALS)
    assert "gnu" in make([*OTHERS, *[("a gnu", "一羚")] * 120])


def test_the_command_reads_graded_abstracts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"grade": grade, "segments": OTHERS[:5]} for grade in ["good", "fair"] * 75]
    rows += [{"grade": "mt", "segments": [["a gnu", "一羚"]]}] * 200
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    lexicon_make.main([str(tmp_path / "pairs.jsonl")])
    assert capsys.readouterr().out == "".join(f"{word}\t{sign}\n" for word, sign in ANIMALS)
