"""Comparing numbers: what agrees across English and Chinese, what does not, and how often the comparison is wrong."""

import json
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.finish import finish
from pipeline.mask import find_protected
from pipeline.normalize import normalize
from pipeline.numbers import NumberDifference, compare_numbers, numbers
from pipeline.numerals import chinese_values, english_values

AGREE = {
    "plain": ("12 layers and 768 dimensions", "12层、768维"),
    "decimal": ("an F1 of .86 and 0.90", "F1为0.86和0.9"),
    "percent": ("from 62.4% to 95.2 percent", "从62.4%提高到95.2%"),
    "percent-escaped": (r"by 95\%", "提高95%"),
    "percent-range": ("by 10-20%", "10%-20%"),
    "percent-list": ("by 3, 5 and 8%", "3%、5%和8%"),
    "percent-in-words": ("in 95% of cases", "在百分之95的情况下"),
    "percentage-points": ("by 4.2 percentage points", "4.2个百分点"),
    "points": ("by 4.2 points and 3.1 BLEU points", "4.2个百分点和3.1个BLEU点"),
    "thousands": ("1,000 of 12,345 images", "12345张图像中的1000张"),
    "thousands-by-space": ("59 800 runs", "59,800次运行"),
    "wan": ("on 10,000 and 120,000 images", "在1万和12万张图像上"),
    "million": ("1.2 million images", "120万张图像"),
    "million-digits": ("1.2 million images", "1,200,000张图像"),
    "million-kept": ("1.2M images and a 7B model", "1.2M图像和7B模型"),
    "billion": ("3 billion and 1.5B parameters", "30亿和15亿参数"),
    "range-of-millions": ("models of 22 to 350 million parameters", "参数量从2200万到3.5亿的模型"),
    "range-of-millions-kept": ("models of 22 to 350 million parameters", "参数量从22到3.5亿的模型"),
    "trillion": ("1.4 trillion tokens", "1.4万亿个token"),
    "thousand": ("5 thousand and 2.5k cases", "5000个和2500个案例"),
    "thousand-qian": ("5 thousand cases", "5千个案例"),
    "scale-twice": ("with only 2B parameters", "仅有20亿（2B）参数"),
    "exponent": ("10^5 steps, 10^{-3}, 1e-4", "10⁵步，0.001，10^{-4}"),
    "exponent-words": ("10^5 and 10^{-3}", "10的5次方和10的-3次方"),
    "exponent-wan": ("10^5 steps", "10万步"),
    "plus-minus": ("95.2 +/- 0.3 and 93 ± 1", "95.2±0.3和93±1"),
    "negative": ("a gain of -3.5 and −0.2", "增益为-3.5和-0.2"),
    "negative-in-words": ("a change of -3.5%", "下降3.5%"),
    "range-is-no-minus": ("10x-20x, 1B--3B", "10倍-20倍，1B到3B"),
    "times": ("3x faster, a 5-fold gain, 10$\\times$", "快3倍，提升5倍，10倍"),
    "words-as-digits": ("two of twelve tasks, three-fold, twice", "12个任务中的2个，3倍，2倍"),
    "words-compound": ("six hundred and eighty-five pages", "685页"),
    "words-large": ("half a million people, two million, a hundred", "50万人，200万，100"),
    "digits-as-words": ("in 3 of 10 cases, 2 orders", "在十个中的三个案例中，两个数量级"),
    "chinese-large": ("2000000 users", "两百万用户"),
    "fraction": ("one-third and 1/2", "三分之一和1/2"),
    "half": ("cut by half", "减少50%"),
    "smaller": ("4.7x smaller", "为其1/4.7"),
    "ordinal": ("the 1st and the third stage", "第一和第3阶段"),
    "date": ("in Oct 2021 and on May 3, 2022", "在2021年10月和2022年5月3日"),
    "decade": ("since the 1990s", "自20世纪90年代以来"),
    "decade-kept": ("since the 1990s", "自1990年代以来"),
    "century": ("in the early 2000s", "在21世纪初"),
    "items": ("(i) speed and (ii) size", "（1）速度和（2）大小"),
    "circled": ("(1) speed, (2) size", "①速度，②大小"),
    "time-of-day": ("at 04:00", "凌晨4点"),
    "version": ("version 1.2.3 of GPT-4", "GPT-4的1.2.3版"),
    "name-repeated": ("GPT-4 beats it", "GPT-4优于它，GPT-4更快"),
    "word-with-digit": ("an E2E sim2real pipeline", "端到端的模拟到现实流程"),
    "covid": ("during COVID-19", "在新冠疫情期间"),
    "kilogram": ("a 2kg load", "2千克负载"),
    "no-numbers": ("We propose a method.", "我们提出一种方法。"),
    "kept-tex": (r"$10^{-3}$ and $\sim$5%", r"$10^{-3}$和$\sim$5%"),
}


@pytest.mark.parametrize(("source", "target"), AGREE.values(), ids=AGREE)
def test_agree(source: str, target: str) -> None:
    assert compare_numbers(source, target) == NumberDifference()


# source, target, missing, not in the source, other signs
DISAGREE = {
    "changed": ("by 3.5%", "提高5.3%", ("3.5%",), ("5.3%",), ()),
    "dropped": ("on 14 of 20 tasks", "在20个任务上", ("14",), (), ()),
    "added": ("on several tasks", "在8个任务上", (), ("8",), ()),
    "range": ("22 to 350 million words", "22万到3.5亿个词", ("22",), ("22万",), ()),
    "twice": ("from 5 to 5", "为5", ("5",), (), ()),
    "decimal-point": ("95.2", "952", ("95.2",), ("952",), ()),
    "thousands-as-decimal": ("4,590 trials", "4.590次试验", ("4,590",), ("4.590",), ()),
    "wan-wrong": ("100K slides", "100万张切片", ("100K",), ("100万",), ()),
    "billion-wrong": ("1.5B parameters", "1.5亿参数", ("1.5B",), ("1.5亿",), ()),
    "exponent-lost": ("10^5 steps", "105步", ("10^5",), ("105",), ()),
    "exponent-sign": ("10^{-3}", "10^3", ("10^{-3}",), ("10^3",), ()),
    "percent-lost": ("at 95% recall", "召回率为95", (), (), ("95% as 95",)),
    "percent-added": ("with 95 layers", "95%的层", (), (), ("95 as 95%",)),
    "minus-lost": ("a mean of -3.5", "均值为3.5", (), (), ("-3.5",)),
    "minus-added": ("a mean of 3.5", "均值为-3.5", (), (), ("-3.5",)),
    "plus-minus-lost": ("95 ± 2", "95和2", (), (), ("±",)),
    "name": ("GPT-4 and ResNet-50", "GPT-4和ResNet-101", ("50",), ("101",), ()),
    "year": ("since 2021", "自2012年以来", ("2021",), ("2012",), ()),
    "article-is-no-answer": ("a set of 1 and 7", "一种含7的集合", ("1",), (), ()),
    "word-answers-once": ("two stages for images", "两个阶段，用于2张图像", (), ("2",), ()),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "missing", "extra", "signs"), DISAGREE.values(), ids=DISAGREE)
def test_disagree(
    source: str, target: str, missing: tuple[str, ...], extra: tuple[str, ...], signs: tuple[str, ...]
) -> None:
    assert compare_numbers(source, target) == NumberDifference(missing, extra, signs)


WORDS = {
    "twenty-one": 21, "two hundred thousand": 200_000, "one million": 1_000_000, "twelfth": 12, "three hundred": 300,
    "ninety-nine": 99, "two thousand and five": 2005,
}  # fmt: skip
NUMERALS = {
    "二十一": 21, "十二": 12, "一百零五": 105, "两千": 2000, "三万五千": 35_000, "一百二十万": 1_200_000,
    "三亿": 300_000_000,
    "二十万亿": 20 * 10**12, "二〇二一": 2021, "三点五": Decimal("3.5"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "value"), WORDS.items(), ids=WORDS)
def test_english_numerals(words: str, value: int) -> None:
    assert english_values(words)[Decimal(value)] > 0


@pytest.mark.parametrize(("words", "value"), NUMERALS.items(), ids=NUMERALS)
def test_chinese_numerals(words: str, value: int) -> None:
    assert chinese_values(words)[Decimal(value)] > 0


PIECES = [
    "1", "2", "10", "95.2", ".5", "1,000", "%", " ", "-", "–", "±", "^", "^{-3}", "e-4", "K", "B", "M", " million",
    "万", "亿", "千", "百", "一", "二", "两", "三分之", "十", "点", "个百分点", " points", "GPT-", "s", "x", "/",
    ",", "，", "和", "to", "²", "⁻³", "①", "百分之", "$", "a ", "two ", "half a million", "的5次方", "(ii)", "May ",
    "次", ":00", "零", "〇",
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=10).map("".join))


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_a_text_agrees_with_itself(text: str) -> None:
    assert compare_numbers(text, text) == NumberDifference()


@given(TEXT, TEXT)
@settings(max_examples=200, deadline=None)
def test_any_texts_can_be_compared(source: str, target: str) -> None:
    compare_numbers(source, target)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
@settings(max_examples=100, deadline=None)
def test_two_numbers_agree_if_equal(one: int, other: int) -> None:
    found = compare_numbers(f"exactly {one:,} items", f"正好{other}项")
    assert (found == NumberDifference()) == (one == other)


def test_numbers_of_a_text() -> None:
    found = numbers("GPT-4 gains 3.5% (-0.2)")
    assert [(number.text, number.percent, number.negative, number.in_name) for number in found] == [
        ("4", "no", False, True), ("3.5%", "yes", False, False), ("-0.2", "no", True, False),
    ]  # fmt: skip


SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_false_alarms_and_misses_on_real_abstracts() -> None:
    """At most 3 % of good reference translations are flagged; at least 97 % of changed numbers are found."""
    rng = random.Random(7)
    flagged = pairs = changed = found = 0
    with (SHARED / "data" / "abstracts.valid.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for record in records[:150]:
        source = normalize(record["abstract"]).replace("\n", " ")
        target = finish(normalize(record["references"][0]).replace("\n", ""))
        for start, end, _ in reversed(find_protected(source)):
            span = source[start:end]
            if span in target:
                source, target = source[:start] + "¤" + source[end:], target.replace(span, "¤", 1)
        pairs += 1
        if compare_numbers(source, target) != NumberDifference():
            flagged += 1
            continue
        free = [
            match
            for match in re.finditer(r"(?<![A-Za-z\d.,-])\d+(?:\.\d+)?(?![A-Za-z\d.,-])", target)
            if match[0] in source
        ]
        if free:
            chosen = rng.choice(free)
            changed += 1
            worse = target[: chosen.start()] + str(rng.randint(13, 99)) + chosen[0] + target[chosen.end() :]
            found += compare_numbers(source, worse) != NumberDifference()
    assert flagged <= 0.03 * pairs
    assert changed > 30 and found >= 0.97 * changed
