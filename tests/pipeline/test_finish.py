"""Finishing: Chinese punctuation and spacing by context, nothing else changed, and twice is once."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.finish import finish
from pipeline.mask import find_protected

TEXTS = {
    "comma": ("然而, 我们的方法,在5个数据集上有效.", "然而，我们的方法，在5个数据集上有效。"),
    "colon-semicolon": ("步骤: 训练;测试", "步骤：训练；测试"),
    "question": ("为什么? 因为!", "为什么？因为！"),
    "stop-before-latin": ("结果良好. We", "结果良好。We"),
    "stop-in-word": ("见train.py文件", "见train.py文件"),
    "stop-latin-chinese": ("使用BERT.然而", "使用BERT。然而"),
    "stop-abbreviation": ("Smith et al. 的方法", "Smith et al.的方法"),
    "decimal": ("提高3.5倍,达到1,000次", "提高3.5倍，达到1,000次"),
    "decimal-full-width": ("准确率９５．２％", "准确率95.2%"),
    "latin-list": ("模型（GPT-4, Claude, Gemini）", "模型（GPT-4, Claude, Gemini）"),
    "brackets": ("图神经网络 (GNN) 和(CNN)", "图神经网络（GNN）和（CNN）"),
    "brackets-after-latin": ("Low-Rank Adaptation (LoRA) 方法", "Low-Rank Adaptation（LoRA）方法"),
    "brackets-of-function": ("在SO(3)上的O(B)时间", "在SO(3)上的O(B)时间"),
    "brackets-mixed": ("模型(GPT）和（BERT)", "模型（GPT）和（BERT）"),
    "numbered": ("两点：1)速度；2) 质量", "两点：1）速度；2）质量"),
    "lettered": ("通过a)构建和b) 分析，在SO(c)上", "通过a）构建和b）分析，在SO(c)上"),
    "numbered-roman": ("iv)速度; ii)“质量”", "iv）速度；ii）“质量”"),
    "double-quotes": ('称为"假设 挖掘"的任务', "称为“假设挖掘”的任务"),
    "single-quotes": ("由'员工'和'CEO'组成", "由‘员工’和‘CEO’组成"),
    "apostrophe": ("对Let's的研究, Bayes' 定理", "对Let's的研究，Bayes'定理"),
    "ellipsis": ("当然,这里是...", "当然，这里是……"),
    "dash-double": ("基准--一个新集", "基准——一个新集"),
    "dash-single": ("知识—即认知", "知识——即认知"),
    "dash-kept": ("多模态LLM——Kimi", "多模态LLM——Kimi"),
    "range": ("提高3-5%和2019–2021年", "提高3-5%和2019–2021年"),
    "doubled": ("方法，,有效。.", "方法，有效。"),
    "spaces": ("我们 提出 ReQuest 方法 ， 它 很快", "我们提出ReQuest方法，它很快"),
    "spaces-latin": ("使用 Vision Transformer 模型", "使用Vision Transformer模型"),
    "percent-space": ("达到 95 % 的准确率", "达到95%的准确率"),
    "url-then-chinese": ("代码在https://a.org/x获取", "代码在https://a.org/x 获取"),
    "url-then-stop": ("代码见 https://a.org/x .", "代码见https://a.org/x。"),
    "email": ("联系 a@b.cn, 谢谢", "联系a@b.cn，谢谢"),
    "math": ("其中 $f(x, y)$ , $a:b$ 是", "其中$f(x, y)$, $a:b$是"),
    "math-at-end": ("误差为$O(n^2)$.", "误差为$O(n^2)$。"),
    "citation": ("如 [3, 5] 和 (Smith et al., 2019) 所示", "如[3, 5]和(Smith et al., 2019)所示"),
    "unrestored-mask": ("损失 ⟦0⟧ 下降", "损失⟦0⟧下降"),
    "private-use": ("图\ue000, 像 \uf8ff\ue001.", "图\ue000，像\uf8ff\ue001。"),
    "not-chinese": (" BERT: a model, (x) ", "BERT: a model, (x)"),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_text(text: str, expected: str) -> None:
    assert finish(text) == expected


PIECES = [
    "图", "像", "的", "方法", "A", "b", "GNN", " ", "  ", ",", ".", ";", ":", "?", "!", "，", "。", "；", "：", "？",
    "！", "、", "(", ")", "（", "）", '"', "'", "“", "”", "‘", "’", "``", "''", "--", "---", "-", " - ", "—", "——",
    "–", "…", "...", "..", "。。", "1", "95.2", "%", "1,000", "３", "Ａ", "％", "＿", "．", "\u3000", "\ue000",
    "\uf8ff", "$x$", "$", "x_i", "https://a.org/x", "www.a.io", "a@b.cn", "[3]", "⟦3⟧", "10.1234/abc", "foo()",
    "`x`", "\\alpha", "\n", "\t", "《", "》", "etc", "e.g", "1)", "http://",
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
BETWEEN_CHINESE = re.compile(r"[\u4e00-\u9fff][,.;:?!][\u4e00-\u9fff]")


def signs(text: str) -> list[str]:
    """Letters and digits, whatever their width."""
    return [char for char in unicodedata.normalize("NFKC", text) if char.isalnum()]


@given(TEXT)
@settings(max_examples=400, deadline=None)
def test_laws(text: str) -> None:
    finished = finish(text)
    assert finish(finished) == finished, "twice is once"
    assert not BETWEEN_CHINESE.search(finished), "no half-width mark between Chinese characters"
    assert signs(finished) == signs(text), "letters and digits stay, in their order"
    assert all(text[start:end] in finished for start, end, _ in find_protected(text)), "protected spans stay"
    private = re.compile(r"[^\ue000-\uf8ff]")
    assert private.sub("", finished) == private.sub("", text), "private-use characters stay"


def test_traditional_spares_protected_spans() -> None:
    assert finish("图像的损失 $L_{\\text{a}}$ 与发展, 见 https://a.org/x", "hant") == (
        "圖像的損失$L_{\\text{a}}$與發展，見https://a.org/x"
    )


@pytest.mark.parametrize("unit", ["图,", "图(", '图"', "图'a", "图—", "图…", "图 - ", "图$", "((", "图. "])
def test_long_odd_input_takes_no_time(unit: str) -> None:
    finish(unit * 3000)  # would take minutes if a pattern were quadratic
