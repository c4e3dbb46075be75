"""Near texts and splits: edited texts are found, unrelated ones not, and no two splits hold nearly the same text."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.publish.near import NearSame, runs
from pipeline.publish.splits import Shares, Splitter

WORDS = [f"{first}{second}" for first in "bcdfglmnprst" for second in ("an", "eto", "ilum", "ors", "upe", "ing")] + [
    "we", "propose", "a", "method", "the", "of", "and", "in", "is", "model", "data", "for", "on", "with", "to", "that"
]  # fmt: skip
STOCK = "In this paper we propose a new method for the task"  # as real abstracts share it


def text(rng: random.Random) -> str:
    """A made-up abstract: a stock phrase, then eight sentences of 12 to 28 words."""
    sentences = [" ".join(rng.choices(WORDS, k=rng.randint(12, 28))).capitalize() for _ in range(8)]
    return ". ".join([f"{STOCK} {sentences[0]}", *sentences[1:]]) + "."


def change(rng: random.Random, given: str, share: float = 0.1) -> str:
    words = given.split()
    for place in rng.sample(range(len(words)), round(share * len(words))):
        words[place] = rng.choice(WORDS)
    return " ".join(words)


def drop(rng: random.Random, given: str) -> str:
    sentences = given.split(". ")
    del sentences[rng.randrange(len(sentences))]
    return ". ".join(sentences)


def add(rng: random.Random, given: str) -> str:
    sentences = given.split(". ")
    sentences.insert(rng.randrange(len(sentences) + 1), " ".join(rng.choices(WORDS, k=20)))
    return ". ".join(sentences)


EDITS: dict[str, Callable[[random.Random, str], str]] = {
    "the same": lambda rng, given: given,
    "case and signs": lambda rng, given: given.upper().replace(".", ";"),
    "10 % of the words": change,
    "a sentence gone": drop,
    "a sentence more": add,
    "10 % and a sentence gone": lambda rng, given: drop(rng, change(rng, given)),
    "10 % and a sentence more": lambda rng, given: add(rng, change(rng, given)),
}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rng = random.Random(7)
    return [text(rng) for _ in range(1_200)]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_edited_texts_are_found_and_no_others(texts: list[str], edit: Callable[[random.Random, str], str]) -> None:
    rng = random.Random(8)
    near = NearSame()
    assert not any(near.find(texts)), "unrelated texts were taken for near ones"
    found = near.find([edit(rng, texts[number]) for number in range(0, 1_200, 4)])
    missed = sum(number not in earlier for number, earlier in zip(range(0, 1_200, 4), found, strict=True))
    wrong = sum(
        other < 1_200 and other != number
        for number, earlier in zip(range(0, 1_200, 4), found, strict=True)
        for other in earlier
    )
    assert missed <= 3 and wrong == 0


def test_found_in_one_go_or_in_many(texts: list[str]) -> None:
    rng = random.Random(9)
    some = [*texts[:700], *(change(rng, one) for one in texts[:300])]
    whole, parts = NearSame(), NearSame()
    in_parts = [found for at in range(0, len(some), 97) for found in parts.find(some[at : at + 97])]
    assert [bool(found) for found in whole.find(some)] == [bool(found) for found in in_parts]
    assert len(whole) == len(parts) == 1_000


def test_hashes_are_the_same_in_every_process(texts: list[str]) -> None:
    code = f"from pipeline.publish.near import runs; print(runs([{texts[0]!r}])[0].tolist())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(runs([texts[0]])[0].tolist())


@given(st.lists(st.text(alphabet="ab c.,é中", max_size=40), min_size=1, max_size=6))
def test_runs_are_told_apart_by_text(some: list[str]) -> None:
    found, starts = runs(some)
    ends = [*starts.tolist()[1:], len(found)]
    alone = [runs([one])[0].tolist() for one in some]
    assert [found[start:end].tolist() for start, end in zip(starts.tolist(), ends, strict=True)] == alone


@given(st.lists(st.text(max_size=30), max_size=5))
@settings(max_examples=30)
def test_any_text_is_near_to_itself(some: list[str]) -> None:
    near = NearSame()
    near.find(some)
    assert all(near.find(some)) if some else near.find(some) == []


def test_a_split_is_that_of_the_id() -> None:
    shares = Shares(0.1, 0.2)
    counts = Counter(shares.split(f"id-{number}") for number in range(5_000))
    assert abs(counts["validation"] - 500) < 100 and abs(counts["test"] - 1_000) < 150
    with pytest.raises(ConfigError, match="shares are from 0 to 1"):
        Shares(0.7, 0.7)


def test_no_two_splits_hold_nearly_the_same_text(texts: list[str]) -> None:
    rng = random.Random(5)
    versions = [(f"{i}v{v}", change(rng, texts[i], 0.05) if v else texts[i]) for i in range(60) for v in range(5)]
    rng.shuffle(versions)
    splitter = Splitter(Shares(0.3, 0.3))
    placed = [split for at in range(0, 300, 70) for split in splitter.place(versions[at : at + 70])]
    by_text: dict[str, set[str]] = {}
    for (identifier, _), split in zip(versions, placed, strict=True):
        by_text.setdefault(identifier.partition("v")[0], set()).add(split)
    assert all(len(splits) == 1 for splits in by_text.values())
    assert {split for splits in by_text.values() for split in splits} == {"train", "validation", "test"}
    own = [Shares(0.3, 0.3).split(identifier) for identifier, _ in versions]
    assert splitter.moved == sum(split != hashed for split, hashed in zip(placed, own, strict=True)) > 50
    assert splitter.alike == 240


def test_a_text_between_two_splits_can_go_into_none(texts: list[str]) -> None:
    splitter = Splitter(Shares(0, 0))
    splitter.keep([texts[0]], "train")
    splitter.keep([texts[1]], "test")
    both = f"{texts[0]} {texts[1]}"
    assert splitter.place([("both", both), ("other", texts[2]), ("a", texts[1])]) == ["", "train", "test"]
    assert splitter.place([("both again", both)]) == [""], "its first copy is in no split, and decides nothing"
