"""Amounts keep their value: what is written in Chinese is the number that English wrote."""

import random
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.amounts import chinese_amount, mask_numbers, vary_amount, vary_numbers
from pipeline.counts import mask_counts
from pipeline.mask import mask
from pipeline.numbers import compare_numbers
from pipeline.records import Segment

MAGNITUDES = ("thousand", "million", "billion", "trillion")


@given(st.decimals("0.01", "9999", places=2), st.sampled_from(MAGNITUDES))
def test_the_value_is_kept(value: Decimal, magnitude: str) -> None:
    units = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}
    written = chinese_amount(str(value), magnitude)
    digits = written.rstrip("万亿")
    assert Decimal(digits) * units[written[len(digits) :]] == value * 1000 ** (MAGNITUDES.index(magnitude) + 1)
    assert "E" not in written


CASES = {
    "two": ("from 1.2 million to 3 billion tokens", "from ⟦0⟧ to ⟦1⟧ tokens", ["120万", "30亿"]),
    "separator": ("45,000 thousand rows", "⟦0⟧ rows", ["4500万"]),
    "dollars": ("costs $5 million", "costs ⟦0⟧", ["500万美元"]),
    "range": ("22 to 350 million parameters", "⟦0⟧ to ⟦1⟧ parameters", ["2200万", "3.5亿"]),
    "plain": (
        "from 53.1% to 1,234 in 3D with 4-bit ints, 7B",
        "from ⟦0⟧ to ⟦1⟧ in 3D with 4-bit ints, 7B",
        ["53.1%", "1,234"],
    ),
    "spread": (
        "0.118 ± 0.009 of 95%±1% (±1.1 over 10 seeds)",
        "⟦0⟧ of ⟦1⟧ (⟦2⟧ over ⟦3⟧ seeds)",
        ["0.118 ± 0.009", "95%±1%", "±1.1", "10"],
    ),
    "years": ("in 2014, 12 of 40", "in ⟦0⟧, ⟦1⟧ of ⟦2⟧", ["2014", "12", "40"]),
    "compound": ("a 7 billion-parameter model of 7B", "a 7 billion-parameter model of 7B", []),
    "in words": (
        "sixteen million of two billion users in 13 to thirty years",
        "⟦0⟧ of ⟦1⟧ users in ⟦2⟧ to ⟦3⟧ years",
        ["1600万", "20亿", "13", "30"],
    ),
    "vague": ("millions of users, hundreds of thousands of items", "⟦0⟧ users, ⟦1⟧ items", ["数百万", "数十万"]),
    "no number": ("one of two users", "one of two users", []),
}


@pytest.mark.parametrize(("text", "masked", "amounts"), CASES.values(), ids=CASES.keys())
def test_amounts_in_text(text: str, masked: str, amounts: list[str]) -> None:
    assert mask_numbers(text, ()) == (masked, tuple(amounts))


@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_the_check_of_numbers_agrees(magnitude: str) -> None:
    difference = compare_numbers(f"It has 2.5 {magnitude} rows.", f"它有{chinese_amount('2.5', magnitude)}行。")
    assert not any(difference)


def test_digits_that_run_into_a_mask_are_left_alone() -> None:
    masked = mask(Segment("", "text", 0, "We cite [1]2 of ten million users."), "MATH{}")
    assert mask_counts(masked.text, masked.originals, ["ten million"], "MATH{}") == ("", ())


def test_masks_are_numbered_in_the_order_of_the_text() -> None:
    text, values = mask_numbers("With ⟦0⟧ and 3 billion rows, ⟦1⟧ holds.", ("$a$", "$b$"))
    assert (text, values) == ("With ⟦0⟧ and ⟦1⟧ rows, ⟦2⟧ holds.", ("$a$", "30亿", "$b$"))


PAIRS = {
    "million": ("We train on 1.2 million images of 35 kinds.", "我们在35类的120万张图像上训练。"),
    "billion": ("The model has 7 billion parameters.", "该模型有70亿个参数。"),
    "grouped": ("About 1,200 million words are used.", "使用了约12亿个词。"),
    "two": ("From 2 million to 3 billion tokens.", "从200万到30亿词元。"),
    "dollars": ("It costs $2 million.", "它花费200万美元。"),
    "within": ("Of 2 million and 12 million rows.", "在200万和1200万行中。"),
}


@pytest.mark.parametrize(("english", "chinese"), PAIRS.values(), ids=PAIRS.keys())
def test_another_amount_is_the_same_on_both_sides(english: str, chinese: str) -> None:
    amount = re.compile(r"[\d.,]*\d|[万亿]|thousand|million|billion|trillion")
    seen = set()
    for seed in range(60):
        made = vary_amount(english, chinese, random.Random(seed))
        assert made and not any(compare_numbers(*made)), made
        assert [amount.sub("", side) for side in made] == [amount.sub("", side) for side in (english, chinese)]
        assert len(amount.findall(made[0])) == len(amount.findall(english))
        seen.add(made)
    assert len(seen) > 30


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("We use 35 layers.", "我们使用35层。"),
        ("It has 2 million rows.", "它有很多行。"),
        ("It has 2 million rows.", "它有300万行。"),
        ("Of 2 million rows, 2 million fit.", "200万行中，200万行合适。"),
        ("It has 2 million rows.", "它有200万亿行。"),
        ("It has 2 million rows.", "它有1,200万行。"),
    ],
)
def test_what_has_no_amount_or_not_just_once_is_left_alone(english: str, chinese: str) -> None:
    assert vary_amount(english, chinese, random.Random(1)) is None


def test_several_numbers_become_others_of_the_same_form_on_both_sides() -> None:
    english = "It needs 0.85 s on 1,024 GPUs (K = 4), or 7 of the 23 on A100-80 and GPT-4, in 2021, 2021 and 7%."
    chinese = "它在1,024个GPU上需要0.85秒（K = 4），或在A100-80和GPT-4上为23个中的7个，2021年，2021年，7%。"
    seen = set()
    for seed in range(40):
        made = vary_numbers(english, chinese, random.Random(seed))
        seen.add(made)
        assert made and not any(compare_numbers(*made))
        for side, before in zip(made, (english, chinese), strict=True):
            assert re.sub(r"\d", "0", side) == re.sub(r"\d", "0", before)
            assert side.count("2021") == 2 and "GPT-4" in side and "A100-80" in side and "0." in side
        assert " 0" not in made[0].replace(" 0.", "")
    assert len(seen) == 40
    assert vary_numbers("It has 23 rows.", "它有23行。", random.Random(1)) is None
    assert vary_numbers("It has 23 rows in 4 files.", "它在四个文件中有23行。", random.Random(1)) is None
