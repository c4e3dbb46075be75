"""The checks: good translations pass, each kind of bad one gives its issue, and no text breaks them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.check import Limits, check, check_length, check_repetition, copied_runs, length_ratio, take_spans
from pipeline.finish import finish
from pipeline.mask import find_protected
from pipeline.normalize import normalize
from pipeline.repetition import Loop, longest_loop, repeated_clause, repeats_too
from pipeline.script import foreign_characters, half_width_marks, out_of_place

SOURCE = "We propose a simple method that improves the accuracy of large models by 3.5% on two data sets."
TARGET = "我们提出一种简单的方法，在两个数据集上将大模型的准确率提高3.5%。"

GOOD: dict[str, tuple[str, str, list[str]]] = {
    "plain": (SOURCE, TARGET, []),
    "names": (
        "We use ResNet and Vision Transformer in PyTorch.",
        "我们在PyTorch中使用ResNet和Vision Transformer。",
        [],
    ),
    "kept-token": ("We prune tokens by attention.", "我们按注意力对token进行剪枝。", []),
    "gloss": (
        "We study retrieval-augmented generation (RAG) for medical questions.",
        "我们研究医学问题的检索增强生成（retrieval-augmented generation，RAG）。",
        [],
    ),
    "masks": ("The loss $L$ of $f(x_1)$ is $L$.", "$f(x_1)$的损失$L$为$L$。", ["$L$", "$f(x_1)$", "$L$"]),
    "mask-in-mask": ("Let x_1 and x_11 be given here.", "给定x_11和x_1。", ["x_1", "x_11"]),
    "only-mask": ("$x = 3$", "$x = 3$", ["$x = 3$"]),
    "name-alone": ("ImageNet-1K", "ImageNet-1K", []),
    "marks-alone": ("...", "……", []),
    "source-repeats": (
        "A very very very very large model is trained here.",
        "这里训练了一个非常非常非常非常大的模型。",
        [],
    ),
    "name-repeats": (
        "We report results on the Something-Something V2 data.",
        "我们在Something-Something V2数据上报告结果。",
        [],
    ),
    "lists": ("They take 12.5/12.5/12.9 ms per image on a phone.", "在手机上每张图像耗时12.5/12.5/12.9毫秒。", []),
    "latin-list": (
        "Models (GPT-4, Claude, Gemini) are compared here.",
        "本文比较了模型（GPT-4, Claude, Gemini）。",
        [],
    ),
    "own-mask": ("The sign ⟦3⟧ is in the text itself.", "符号⟦3⟧在文本中。", ["⟦3⟧"]),
    "foreign-in-source": ("The word мир is Russian for peace.", "мир一词在俄语中意为和平。", []),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "originals"), GOOD.values(), ids=GOOD)
def test_good_translations_pass(source: str, target: str, originals: list[str]) -> None:
    assert check(source, target, originals=originals) == ()


LONG = "We propose a simple method that improves the accuracy of models and is easy to use in practice."
# source, target, originals, kinds of issues, what the detail of the first says
BAD: dict[str, tuple[str, str, list[str], list[str], str]] = {
    "empty": (SOURCE, "", [], ["empty"], "no text"),
    "empty-marks": (SOURCE, "。", [], ["empty"], "no text"),
    "number": (SOURCE, TARGET.replace("3.5", "5.3"), [], ["numbers"], "missing 3.5%; not in the source: 5.3%"),
    "percent": (SOURCE, TARGET.replace("%", ""), [], ["numbers"], "other signs: 3.5% as 3.5"),
    "mask-missing": ("The loss $L$ is convex.", "损失是凸的。", ["$L$"], ["masks"], "missing $L$"),
    "mask-changed": ("The loss $L$ is convex.", "损失$l$是凸的。", ["$L$"], ["masks"], "missing $L$"),
    "mask-once": ("From $x$ to $x$ we go.", "我们到$x$。", ["$x$", "$x$"], ["masks"], "missing $x$"),
    "mask-within": ("Let x_1 and x_11 be given.", "给定x_11。", ["x_1", "x_11"], ["masks"], "missing x_1"),
    "mask-repeated": ("The loss $L$ is convex.", "损失$L$是凸的$L$。", ["$L$"], ["masks"], "repeated $L$"),
    "mask-left": ("The loss is convex.", "损失⟦0⟧是凸的。", [], ["masks"], "left over ⟦0⟧"),
    "short": (LONG, "我们提出方法。", [], ["length"], "too short"),
    "long": (
        "We use a fast method.",
        "我们提出一种快速的方法，它在许多任务上都比以前的方法更好，也更容易使用。",
        [], ["length"], "too long",
    ),
    "loop": (
        LONG,
        "我们提出的方法提高了模型的准确率准确率准确率准确率，在实践中易于使用。",
        [], ["repetition"], "'准确率' 4 times",
    ),
    "loop-of-one": (
        LONG,
        "我们提出的的的的的的的的的方法提高了模型的准确率，易于使用。",
        [], ["repetition"], "'的' 9 times",
    ),
    "doubled": (LONG, "我们提出一种简单的方法一种简单的方法，提高了准确率，易于使用。", [], ["repetition"], "2 times"),
    "clause-again": (
        LONG,
        "我们提出一种简单的方法，提高了准确率，我们提出一种简单的方法。",
        [], ["repetition"], "the clause",
    ),
    "copied": (
        LONG,
        "我们提出的方法improves the accuracy of models，在实践中易于使用。",
        [], ["copied"], "'improves the accuracy",
    ),
    "copied-in-parts": (
        "It is fast and cheap, small and simple.",
        "它fast and小而cheap and简单的。",
        [], ["copied"], "English",
    ),
    "copied-whole": (SOURCE, SOURCE, [], ["length", "copied", "script"], "too long"),
    "no-chinese": ("Attention is all you need", "Attention Is All You Need", [], ["script"], "no Chinese"),
    "traditional": (SOURCE, TARGET.replace("数据", "數據"), [], ["script"], "traditional characters: 數據"),
    "japanese": (SOURCE, TARGET.replace("简单的", "简单の"), [], ["script"], "letters of another language: の"),
    "russian": (SOURCE, TARGET.replace("简单", "прост"), [], ["script"], "letters of another language"),
    "korean": (SOURCE, TARGET.replace("简单", "간단"), [], ["script"], "letters of another language"),
    "half-width": (
        SOURCE,
        TARGET.replace("，", ","),
        [], ["script"], "half-width marks between Chinese characters: 1",
    ),
    "unknown": (SOURCE, TARGET.replace("简单", "⁇"), [], ["unknown"], "unknown pieces: 1"),
    "unknown-replacement": (SOURCE, TARGET.replace("简单", "\ufffd\ufffd"), [], ["unknown"], "unknown pieces: 2"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "originals", "kinds", "detail"), BAD.values(), ids=BAD)
def test_bad_translations_are_found(
    source: str, target: str, originals: list[str], kinds: list[str], detail: str
) -> None:
    issues = check(source, target, originals=originals)
    assert [issue.kind for issue in issues] == kinds
    assert detail in issues[0].detail


def test_what_the_hypothesis_says() -> None:
    assert [issue.kind for issue in check(SOURCE, TARGET, truncated=True, unknown=2)] == ["truncated", "unknown"]
    assert [issue.kind for issue in check(SOURCE, " ", truncated=True)] == ["empty", "truncated"]


def test_limits_are_obeyed() -> None:
    strict = replace(Limits(), lengths=((1_000_000, 0.5, 0.6),))
    assert [issue.kind for issue in check(SOURCE, TARGET, limits=strict)] == ["length"]
    assert check(SOURCE, TARGET, unknown=2, limits=replace(Limits(), unknown=2)) == ()


def test_traditional_chinese_is_right_where_it_is_asked_for() -> None:
    limits = Limits(script="hant")
    traditional = finish(TARGET, "hant")
    assert check(SOURCE, traditional, limits=limits) == ()
    assert check(SOURCE, TARGET, limits=limits)[0].detail.startswith("simplified characters: ")


def test_every_length_has_its_limits() -> None:
    ends = [up_to for up_to, _, _ in Limits().lengths]
    assert ends == sorted(ends) and ends[-1] >= 1_000_000
    assert check_length("a word " * 200_000, "词" * 900_000, Limits())[0].detail.startswith("too long")


LOOPS = {
    "none": ("我们提出一种新的方法", Loop("", 1, 0)),
    "one": ("好的的的的的的的的", Loop("的", 8, 8)),
    "three": ("一种新的模型的模型的模型", Loop("的模型", 3, 9)),
    "broken": ("模型A模型B模型C", Loop("", 1, 0)),
    "long-unit": ("我们提出了一种方法我们提出了一种方法", Loop("我们提出了一种方法", 2, 18)),
}


@pytest.mark.parametrize(("text", "loop"), LOOPS.values(), ids=LOOPS)
def test_longest_loop(text: str, loop: Loop) -> None:
    assert longest_loop(text) == loop


@given(st.text("图像的方法", min_size=1, max_size=12), st.integers(3, 9))
@settings(max_examples=100, deadline=None)
def test_a_unit_on_end_is_found(unit: str, times: int) -> None:
    text = f"我们采用{unit * times}进行训练"
    assert len(unit) * times < 8 or check_repetition("We use it for training here", text, Limits())


def test_measures() -> None:
    assert take_spans("从$x$到$x_1$", ["$x_1$", "$x$", "$y$"]) == ("从¤到¤", ["$y$"])
    assert length_ratio("ab cd", "图 像") == 0.4
    assert copied_runs("使用robust and fast, cheap的Vision Transformer方法token") == ["robust and fast, cheap"]
    assert repeated_clause("提高了模型的准确率。提高了模型的准确率", 8) == "提高了模型的准确率"
    assert repeats_too("Prefill Prefill-capable Decode", Loop("Prefill", 2, 14))
    assert foreign_characters("の模型のмир", "мир") == "の"
    assert out_of_place("學習與学习", "hans") == "學習與"
    assert half_width_marks("图,像; 的:3 A,B") == 2


PIECES = [
    "图",
    "像",
    "，",
    "。",
    ",",
    ".",
    " ",
    "A",
    "the ",
    "model ",
    "3",
    "%",
    "$x$",
    "⟦0⟧",
    "¤",
    "⁇",
    "の",
    "學",
    "的模型",
    "（",
    "）",
    "\n",
]
TEXT = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


@example("", "0\n%", [])
@given(TEXT, TEXT, st.lists(st.sampled_from(["$x$", "3", "A", "图", "¤"]), max_size=3))
@settings(max_examples=300, deadline=None)
def test_any_texts_can_be_checked(source: str, target: str, originals: list[str]) -> None:
    issues = check(source, target, originals=originals)
    kinds = [issue.kind for issue in issues]
    assert len(kinds) == len(set(kinds))
    assert all(issue.detail and "\n" not in issue.detail for issue in issues)


SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_few_good_abstracts_are_flagged() -> None:
    flagged = pairs = 0
    with (SHARED / "data" / "abstracts.valid.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            source = normalize(record["abstract"]).replace("\n", " ")
            originals = [source[start:end] for start, end, _ in find_protected(source)]
            target = finish(normalize(record["references"][0]).replace("\n", ""))
            if all(original in target for original in originals):
                pairs += 1
                flagged += check(source, target, originals=originals) != ()
    assert pairs > 200 and flagged <= 0.05 * pairs
