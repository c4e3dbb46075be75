"""Distilling: pairs that a model makes are fit to learn from, none is lost, and a killed run goes on."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from eval.testset import load_testset
from models.masks import RESERVED, find_masks
from models.registry import SHIPPED, open_translator
from models.train.config import CorpusSource
from models.train.corpus import read_documents
from pipeline.cli import main
from pipeline.distill import distill
from pipeline.normalize import repair
from pipeline.parallel import Unfit, is_fit, prepare_pair, prepare_source
from pipeline.records import to_record
from pipeline.segment import segment


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve abstracts of our own."""
    path = tmp_path_factory.mktemp("english") / "english.jsonl"
    records = [to_record(abstract) for abstract in load_testset("abstracts")[:12]]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def zhaiyi(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_pairs_are_fit_counted_and_read_by_training(english: Path, tmp_path: Path) -> None:
    output = tmp_path / "distilled.jsonl"
    counts = distill([str(english)], open_translator(SHIPPED, device="cpu"), output, beam=1, samples=4, quiet=True)
    abstracts = load_testset("abstracts")[:12]
    assert [row["id"] for row in rows(output)] == [abstract.id for abstract in abstracts for _ in range(2)]
    pairs = {grade: [pair for row in rows(output) if row["grade"] == grade for pair in row["segments"]]
             for grade in ("best", "mended")}  # fmt: skip
    assert all(is_fit(*pair) for each in pairs.values() for pair in each)
    assert {grade: len(each) for grade, each in pairs.items()} == {grade: counts[grade] for grade in pairs}
    assert sum(counts.values()) == sum(len(segment(one.id, "text", repair(one.text).text)) for one in abstracts)
    assert len(pairs["best"]) > 0.8 * sum(counts.values())
    assert any(find_masks(source, RESERVED) for source, _ in pairs["best"]), "names and numbers are masked too"
    read = [
        pair for document in read_documents(CorpusSource(output.name, 1.0, grade="best"), tmp_path) for pair in document
    ]
    assert [[*pair] for pair in read] == pairs["best"]
    kept = 0
    for source, target in read:
        masks = len(find_masks(source, RESERVED))
        made, _ = prepare_pair(source, target, random.Random(1))
        kept += len(find_masks(made, RESERVED)) >= masks
    assert kept == len(read), "training reads masked text as it is"


def test_a_killed_run_goes_on(english: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["models", "distill", SHIPPED, str(english), "--beam", "1", "--samples", "2", "--quiet", "-o"]
    whole, half = tmp_path / "whole.jsonl", tmp_path / "half.jsonl"
    assert zhaiyi(*command, str(whole)) == 0
    text = whole.read_bytes()
    half.write_bytes(text[: len(text) // 2])
    assert zhaiyi(*command, str(half)) == 0
    assert "best" in capsys.readouterr().err

    assert [(row["id"], row["grade"]) for row in rows(half)] == [(row["id"], row["grade"]) for row in rows(whole)]
    assert half.read_bytes()[: len(text) // 3] == text[: len(text) // 3], "what was whole is kept"
    before = half.read_bytes()
    assert zhaiyi(*command, str(half)) == 0 and half.read_bytes() == before, "nothing is made twice"


def test_a_file_of_another_kind_is_left_alone(
    english: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes\n", "utf-8")
    assert zhaiyi("models", "distill", SHIPPED, str(english), "-o", str(other)) == 2
    assert "notes.txt: not a file of this command: name another one" in capsys.readouterr().err
    assert other.read_text("utf-8") == "my notes\n"


def test_a_model_with_masks_of_another_style(opus_model: Path, english: Path, tmp_path: Path) -> None:
    """Its output is noise, so that all is left out; what counts is that no mask is taken for a mistake."""
    counts = distill([str(english)], open_translator(str(opus_model)), tmp_path / "o.jsonl", 1, 1, quiet=True)
    assert counts["none"] > 0 and counts["none"] >= counts["best"]


def test_names_and_numbers_of_a_source_are_masked() -> None:
    text = "We train BERT on ImageNet, with Adam and 128 cores, in 3.5 hours."
    made = [prepare_source(text, random.Random(seed)) for seed in range(40)]
    assert text in made, "not always"
    assert any(len(find_masks(one, RESERVED)) == 4 for one in made)
    assert all("We" in one and "Adam" in one for one in made), "a translator may put these into Chinese"
    with pytest.raises(Unfit, match="masks"):
        prepare_source(" ".join(f"$x_{n}$" for n in range(40)), random.Random(1))
