"""Numbers in words: what they are, how Chinese writes them, and when a target has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.counts import counts, in_words, lost_counts
from pipeline.numerals import chinese_values, english_values

WRITTEN = {
    "one": ("one model", []),
    "seven of eight": ("Seven of eight models", ["7", "8"]),
    "tens": ("twenty-four and forty five runs", ["24", "45"]),
    "hundreds": ("one hundred fifty of a hundred and six", ["150", "106"]),
    "large": (
        "sixteen million, two hundred thousand, a billion, hundred-billion",
        ["1600万", "20万", "10亿", "1000亿"],
    ),
    "parts": ("one thousand two hundred and four students", ["1204"]),
    "compound": ("a seven-billion-parameter model, a fourteen-stage plan", ["70亿", "14"]),
    "percent": ("sixty-four percent, five per cent", ["64%", "5%"]),
    "vague": ("tens of thousands, hundreds of billions, millions", ["数万", "数千亿", "数百万"]),
    "few": ("several hundred or a few thousand", ["数百", "数千"]),
    "ordinals": ("the twenty-first century, one hundredth, a third model, by a third party, two quarters ahead", []),
    "fractions": (
        "two thirds, three-quarters, by a third, a tenth as big",
        ["三分之二", "四分之三", "三分之一", "十分之一"],
    ),
    "scale": ("a billion-scale set, three million-scale sets, two million-image sets, a hundred-billion-scale one", []),
    "months": ("twenty-four months, fifteen deaths, thirty-two paths", ["24", "15", "32"]),
    "two scales": ("two million three hundred thousand users", ["230万"]),
    "several hundred thousand": ("several hundred thousand, a few hundred million", ["数十万", "数亿"]),
    "years": ("in twenty twenty-four, the nineteen seventies, the eighteen hundreds", []),
    "points": ("ninety-nine point nine percent, fifty-fifty, two hundred twenty-first", []),
    "and one": ("a thousand and one nights", ["1001"]),
    "comma": ("Seventeen thousand, four hundred and sixty", ["460"]),
    "digits": ("12 million, 3 hundred thousand, 1.5 billion, 475 thousands", []),
    "other words": ("a benign network often tends to", []),
    "half": ("half a million", []),
}
FOUND = {
    "digits": ("sixteen million", "1,600万"),
    "words": ("sixteen million", "一千六百万"),
    "more": ("over one million", "一百多万"),
    "traditional": ("ten million on two sets", "兩個集合上的1000萬"),
    "of a kind": ("twenty-one terms", "二十一项"),
    "thousands": ("tens of thousands", "成千上万"),
    "hyphen": ("twenty‑five users", "25位用户"),
    "about": ("twenty to thirty, thirty to forty thousand, fifteen or sixteen", "二三十、三四万、十五六"),
    "tenths": ("ninety percent and ninety-five percent", "九成和九成五"),
    "fractions": ("a third of it, two-thirds, one fifth of 9 and two fifths", "33%、2/3、9的五分之一和四成"),
    "half an hour": ("thirty minutes", "半小时"),
    "weeks": ("fourteen days", "两周"),
    "percent": ("sixty-four percent", "百分之六十四"),
    "many": ("millions of users", "数以百万计的用户"),
}
LOST = {
    "smaller": ("tens of millions of users", "数万用户", ["tens of millions"]),
    "larger": ("hundreds of thousands of nodes", "数百万个节点", ["hundreds of thousands"]),
    "ten times": ("tens of billions of voxels", "数十亿体素", ["tens of billions"]),
    "fraction": ("falls by a third.", "下降第三。", ["a third"]),
    "part": ("sixteen million people", "六百万人", ["sixteen million"]),
    "small": ("seven of eight models", "八个模型", ["seven"]),
}


@pytest.mark.parametrize(("text", "written"), WRITTEN.values(), ids=WRITTEN)
def test_numbers_in_words(text: str, written: list[str]) -> None:
    assert [count.chinese for count in counts(text)] == written


@pytest.mark.parametrize(("source", "target"), FOUND.values(), ids=FOUND)
def test_a_target_has_it(source: str, target: str) -> None:
    assert lost_counts(source, target) == []


@pytest.mark.parametrize(("source", "target", "lost"), LOST.values(), ids=LOST)
def test_a_target_lost_it(source: str, target: str, lost: list[str]) -> None:
    assert lost_counts(source, target) == lost
    assert lost_counts(source, target, 13) == [words for words in lost if words != "seven"]


@given(st.integers(2, 99), st.sampled_from(["", " thousand", " million", " billion"]))
def test_what_is_written_answers(value: int, scale: str) -> None:
    words = in_words(value) + scale
    (count,) = counts(f"It has {words} users.")
    assert count.value in english_values(words)
    assert lost_counts(f"It has {words} users.", f"它有{count.chinese}用户。") == []
    assert chinese_values(in_words(value, chinese=True))[value] == 1  # type: ignore[index]
