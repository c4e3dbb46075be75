"""The block: nothing is lost, the ladder keeps what is better, too long segments are split, failures have reasons.

A scripted translator stands in where a test is about what happens after a given hypothesis; the rest runs a real
tiny model.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from models.registry import open_translator
from models.translator import Decoding, Hypothesis, SystemInfo
from pipeline.errors import RecordError
from pipeline.records import Abstract, Translation
from pipeline.settings import Settings
from pipeline.translate import Failure, translate_block

INFO = SystemInfo("scripted", "0" * 40, "none", "float32", "cpu", "", "⟦{}⟧", "1")


class Scripted:
    """Answers each text by a function of the text and the decoding; counts a piece a word."""

    info, mask_style, max_source_pieces = INFO, "⟦{}⟧", 100

    def __init__(self, answer: Callable[[str, Decoding], str]) -> None:
        self.answer, self.asked = answer, []  # type: ignore[var-annotated]

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def translate(self, texts: Sequence[str], decoding: Decoding = Decoding()) -> list[Hypothesis]:  # noqa: B008
        return [found[0] for found in self.hypotheses(texts, decoding)]

    def hypotheses(self, texts: Sequence[str], decoding: Decoding) -> list[tuple[Hypothesis, ...]]:
        self.asked += [(text, decoding) for text in texts]
        answers = (self.answer(text, decoding).split("|") for text in texts)  # several, the best first
        return [tuple(Hypothesis(one, -1.0, False, 0) for one in found[: decoding.hypotheses]) for found in answers]


def translate_one(
    answer: Callable[[str, Decoding], str], text: str, **settings: object
) -> tuple[Translation, Scripted]:
    translator = Scripted(answer)
    [result] = translate_block([Abstract("a", "", text)], translator, replace(Settings(), **settings))  # type: ignore[arg-type]
    assert isinstance(result, Translation)
    return result, translator


def test_order_and_count_are_kept_and_failures_have_reasons(tiny_model: Path) -> None:
    records = [
        Abstract("one", "A title", "We propose a method. It works."),
        RecordError("in.jsonl:2: not JSON; correct the line", "line 2"),
        Abstract("two", "", ""),
        Abstract("three", "", "我们提出了一种新的方法。"),
        Abstract("four", "Another", "$$x = 1$$"),
    ]
    translator = open_translator(str(tiny_model))
    results = translate_block(records, translator, Settings(retry=False))
    assert [type(result) for result in results] == [Translation, Failure, Failure, Failure, Translation]
    assert [result.reason.split(":")[0] for result in results if isinstance(result, Failure)] == [
        "in.jsonl", "empty text", "already Chinese (100 % of its letters)",
    ]  # fmt: skip
    assert isinstance(results[4], Translation) and results[4].target == "$$x = 1$$"


def test_the_block_size_does_not_change_the_result(tiny_model: Path) -> None:
    abstracts = [
        Abstract(str(i), f"Title {i}", f"We study case {i}. It is harder than case {i + 1}.") for i in range(6)
    ]
    translator = open_translator(str(tiny_model), precision="float32")
    settings = Settings(retry=False)
    together = translate_block(abstracts, translator, settings)
    assert together == [translate_block([abstract], translator, settings)[0] for abstract in abstracts]


def test_sources_join_to_the_normalised_text() -> None:
    text = "We pro-\npose a method (see Sec. 2). It is\nfast, e.g. on CPUs.\n\nCode: https://a.org/x."
    result, _ = translate_one(lambda source, _: "译文" + source[-1:], text)
    assert result.source == "We propose a method (see Sec. 2). It is fast, e.g. on CPUs.\n\nCode: https://a.org/x."
    assert result.target.count("\n") == 2


def test_masks_are_restored_and_a_lost_one_is_translated_around() -> None:
    result, translator = translate_one(
        lambda source, _: "损失⟦0⟧在数据集上下降。", "The loss $L$ falls on the dataset."
    )
    assert result.target == "损失$L$在数据集上下降。" and not result.issues and len(translator.asked) == 1
    answers = {"The loss": "损失", "falls on the dataset.": "在数据集上下降。"}
    result, _ = translate_one(lambda source, _: answers.get(source, "损失下降。"), "The loss $L$ falls on the dataset.")
    assert result.target == "损失$L$在数据集上下降。" and not result.issues


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("损失下降。|损失⟦0⟧下降。|损失⟦0⟧在数据集上下降。", "损失$L$下降。"),
        ("损失下降。|损失⟦0⟧（下降。|损失⟦0⟧在数据集上下降。", "损失$L$在数据集上下降。"),
        ("损失⟦0⟧在数据集上下降。|损失⟦0⟧下降。", "损失$L$在数据集上下降。"),
    ],
    ids=["the first that passes", "not one that is doubtful", "the best"],
)
def test_the_hypotheses_of_the_beam_are_looked_at_before_any_retry(found: str, expected: str) -> None:
    result, translator = translate_one(lambda *_: found, "The loss $L$ falls.")
    assert result.target == expected and not result.issues
    assert [(decoding.beam, decoding.hypotheses) for _, decoding in translator.asked] == [(4, 4)]
    unretried, translator = translate_one(lambda *_: found, "The loss $L$ falls.", retry=False)
    assert unretried.segments[0].raw == found.split("|")[0].replace("⟦0⟧", "$L$")
    assert [decoding.hypotheses for _, decoding in translator.asked] == [1]


def test_a_loop_is_retried_without_repetition_and_flagged_if_it_stays() -> None:
    source, loop = "We propose a simple and efficient method.", "我们提出提出提出提出提出提出提出提出提出提出"

    def escaping(_: str, decoding: Decoding) -> str:
        return "我们提出一种简单而高效的方法。" if decoding.no_repeat_ngram else loop

    result, translator = translate_one(escaping, source)
    assert result.target == "我们提出一种简单而高效的方法。" and not result.issues
    assert len({decoding for _, decoding in translator.asked}) == 3
    stuck, _ = translate_one(lambda *_: loop, source)
    assert "repetition" in {issue.kind for issue in stuck.issues}
    assert stuck.segments[0].issues and stuck.issues[0].detail.startswith("segment 1: ")
    unretried, translator = translate_one(lambda *_: loop, source, retry=False)
    assert len(translator.asked) == 1 and unretried.issues


def test_a_wrong_amount_is_masked_and_converted() -> None:
    answers = {"It has ⟦0⟧ parameters in ⟦1⟧ layers.": "它在⟦1⟧层中有⟦0⟧个参数。"}
    result, translator = translate_one(
        lambda source, _: answers.get(source, "它在⟦0⟧层中有2.6亿个参数。"),
        "It has 2.6 billion parameters in $L$ layers.",
    )
    assert result.target == "它在$L$层中有26亿个参数。" and not result.issues and len(translator.asked) == 2


def test_a_lost_amount_in_words_is_masked_and_converted() -> None:
    answers = {"It serves ⟦0⟧ users on two continents with ⟦1⟧.": "它用⟦1⟧在两大洲为⟦0⟧名用户服务。"}
    result, translator = translate_one(
        lambda source, _: answers.get(source, "它用⟦0⟧在两大洲为数万名用户服务。"),
        "It serves tens of millions of users on two continents with $L$.",
    )
    assert result.target == "它用$L$在两大洲为数千万名用户服务。" and not result.issues and len(translator.asked) == 2
    wrong, _ = translate_one(lambda *_: "它为六百万人服务。", "It serves sixteen million people.")
    assert [(issue.kind, issue.detail) for issue in wrong.issues] == [("numbers", "segment 1: missing sixteen million")]


def test_a_rare_noun_that_the_search_does_not_find_is_masked() -> None:
    answers = {"We draw plans of ⟦0⟧ with ⟦1⟧.": "我们用⟦1⟧绘制⟦0⟧的平面图。"}
    result, translator = translate_one(
        lambda source, _: answers.get(source, "我们用⟦0⟧绘制部门的平面图。"),
        "We draw plans of apartments with $L$.",
    )
    assert result.target == "我们用$L$绘制公寓的平面图。" and not result.issues
    assert [decoding.beam for _, decoding in translator.asked] == [4, 6, 4]


def test_an_amount_that_was_mended_is_not_lost_again_with_a_rare_noun() -> None:
    answers = {
        "It draws plans of apartments for ⟦0⟧ users.": "它为⟦0⟧用户绘制部门的平面图。",
        "It draws plans of ⟦0⟧ for ⟦1⟧ users.": "它为⟦1⟧用户绘制⟦0⟧的平面图。",
    }
    result, _ = translate_one(
        lambda source, _: answers.get(source, "它为用户绘制部门的平面图。"),
        "It draws plans of apartments for tens of millions of users.",
    )
    assert result.target == "它为数千万用户绘制公寓的平面图。" and not result.issues


def test_a_later_hypothesis_that_is_no_better_does_not_win() -> None:
    answers = iter(["它达到94%的准确率。", "它达到93%的准确率。"])
    result, _ = translate_one(lambda *_: next(answers, "它达到92%的准确率。"), "It reaches 95% accuracy.")
    assert result.target == "它达到94%的准确率。" and [issue.kind for issue in result.issues] == ["numbers"]


def test_a_segment_over_the_limit_is_split_at_clauses_and_never_cut() -> None:
    text = ", ".join(f"we show that claim number {i} is true" for i in range(40)) + "."
    result, translator = translate_one(lambda source, _: "译" * len(source.split()), text, max_pieces=30, retry=False)
    assert result.source == text and len(result.segments) > 5
    assert max(len(source.split()) for source, _ in translator.asked) <= 30
    assert " ".join(" ".join(source for source, _ in translator.asked).split()) == text


def test_paragraphs_stay_and_chinese_sentences_join_without_space() -> None:
    result, _ = translate_one(lambda *_: "甲。", "One is here. Two is here.\n\nThree is here.", retry=False)
    assert result.target == "甲。甲。\n\n甲。"


@pytest.mark.parametrize("script", ["hans", "hant"])
def test_script_of_the_target(script: str) -> None:
    result, _ = translate_one(lambda *_: "我们训练网络。", "We train networks.", script=script, retry=False)
    assert result.target == {"hans": "我们训练网络。", "hant": "我們訓練網絡。"}[script]


def test_signature_names_what_decides_the_output() -> None:
    settings = Settings()
    base = settings.signature(Scripted(lambda *_: ""))  # type: ignore[arg-type]
    others = [
        replace(settings, decoding=replace(settings.decoding, beam=1)),
        replace(settings, script="hant"),
        replace(settings, max_pieces=50),
        replace(settings, retry=False),
        replace(settings, limits=replace(settings.limits, repeated_share=0.3)),
    ]
    assert len({base, *(other.signature(Scripted(lambda *_: "")) for other in others)}) == 6  # type: ignore[arg-type]


LONG = "The annotation cost of oriented objects is significantly higher than that of their horizontal counterparts."
WHOLE = "定向物体的标注成本显著高于与它们对应的水平物体。"
BERT = "We train a BERT model on 7 tasks."


@pytest.mark.parametrize(
    ("text", "narrow", "wide", "expected"),
    [
        (BERT, "我们在7个任务上训练。", "训练。|在7个任务上训练BERT。|7个BERT。", "在7个任务上训练BERT。"),
        (LONG, "标注成本更高。", f"成本高。|{WHOLE}", WHOLE),
        (LONG, "标注成本更高。", "成本高。|成本更高。", "标注成本更高。"),
        (BERT, "我们在7个任务上训练。", "在8个任务上训练BERT。|训练。", "我们在7个任务上训练。"),
        (BERT, "我们训练训练7个BERT。", "训练训练7个BERT。|我们训练7个BERT。", "我们训练7个BERT。"),
        (BERT, "在7个任务（上训练BERT。", "在7个任务）上训练BERT。|在7个任务上训练BERT。", "在7个任务上训练BERT。"),
    ],
    ids=["a name", "a clause", "nothing better", "nothing that passes", "a word twice", "half a bracket"],
)
def test_what_seems_to_lack_something_gets_a_second_look(text: str, narrow: str, wide: str, expected: str) -> None:
    limits = replace(Settings().limits, lengths=((10_000, 0.0, 2.0),))
    result, translator = translate_one(lambda _, d: narrow if d.beam == 4 else wide, text, limits=limits)
    assert (result.target, result.segments[0].issues) == (expected, ())
    asked = [(asked, decoding.beam) for asked, decoding in translator.asked if "⟦" not in asked]
    assert asked == [(text, 4), (text, 6)]


def test_a_stumble_is_decoded_without_repetition_too() -> None:
    text, stumble, fine = (
        "We use orthogonal subspaces of it.",
        "我们使用它的正交正交子空间。",
        "我们使用它的正交子空间。",
    )
    result, translator = translate_one(lambda _, d: fine if d.no_repeat_ngram else stumble, text)
    assert result.target == fine
    assert [(decoding.beam, decoding.no_repeat_ngram) for _, decoding in translator.asked] == [(4, 0), (6, 0), (6, 4)]


@pytest.mark.parametrize("script", ["hans", "hant"])
def test_of_hypotheses_the_one_that_lost_fewest_words_is_taken(script: str) -> None:
    text, found = "The entropy of the policy is bounded.", "策略有界。|熵有界。|策略的熵有界。"
    result, translator = translate_one(lambda *_: found, text, script=script)
    assert result.target == {"hans": "策略的熵有界。", "hant": "策略的熵有界。"}[script]
    assert len(translator.asked) == 1


def test_the_model_reads_a_title_as_a_sentence() -> None:
    translator = Scripted(lambda text, _: "超越已知facts。" if "known" in text else "Gibbs知道facts。")
    abstract = Abstract("a", "Beyond Known Facts", "We know facts.")
    [result] = translate_block([abstract], translator, Settings(retry=False))
    assert isinstance(result, Translation)
    assert [text for text, _ in translator.asked] == ["Beyond known facts", "We know facts."]
    assert (result.abstract.title, result.title_zh) == ("Beyond Known Facts", "超越已知Facts")


def test_what_lacks_nothing_is_translated_once() -> None:
    _, translator = translate_one(lambda *_: "我们在两个任务上训练BERT模型。", "We train a BERT model on two tasks.")
    assert len(translator.asked) == 1
