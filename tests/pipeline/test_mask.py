"""Masking: what is protected, what is not, and that restoring gives the text back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mask import find_protected, fold_typography, mask, restore
from pipeline.records import Segment

# text: the spans that must be protected, as the list of them
SPANS = {
    "math": (r"the loss $L(\theta)$ fell", [r"$L(\theta)$"]),
    "math-plain": ("the top-$k$ of $n$ items", ["$k$", "$n$"]),
    "math-times": (r"256$\times$256 pixels", [r"$\times$"]),
    "math-number": (r"up to $9.2 \%$ on", [r"$9.2 \%$"]),
    "math-paren": (r"with \(O(n)\) and \[x = y\]", [r"\(O(n)\)", r"\[x = y\]"]),
    "math-display": ("so $$a + b$$ holds", ["$$a + b$$"]),
    "math-environment": (r"as \begin{equation}a=b\end{equation}.", [r"\begin{equation}a=b\end{equation}"]),
    "math-braces": (r"a $\tilde{O}(\frac{n}{\sqrt{d}})$ bound", [r"$\tilde{O}(\frac{n}{\sqrt{d}})$"]),
    "currency": ("between $5 and $10 a month", []),
    "currency-million": ("raised $5 million, then $7.2M (a = b) to $9", []),
    "currency-and-math": ("costs $5 per $n$ calls", ["$n$"]),
    "tex-cite": (r"as \cite{smith2020,doe} and \citet[p. 3]{x}", [r"\cite{smith2020,doe}", r"\citet[p. 3]{x}"]),
    "tex-macro": (r"\method{} and \ours work", [r"\method{}", r"\ours"]),
    "tex-subscript": (r"the \ell_2 norm", [r"\ell_2"]),
    "url": ("at https://github.com/a-b/c_d.", ["https://github.com/a-b/c_d"]),
    "url-in-brackets": ("(see https://a.org/x_(y)).", ["https://a.org/x_(y)"]),
    "url-comma": ("https://a.org/x, and www.b.org!", ["https://a.org/x", "www.b.org"]),
    "url-chinese": ("代码见https://a.org/x。数据见https://b.org/y，", ["https://a.org/x", "https://b.org/y"]),
    "url-chinese-text": ("在https://a.org/x获取", ["https://a.org/x"]),
    "url-markdown": ("[data](https://a.org/x) is", ["https://a.org/x"]),
    "url-quoted": ("“https://a.org/x” is", ["https://a.org/x"]),
    "url-bare": ("at github.com/a/b and objectrl.readthedocs.io.", ["github.com/a/b", "objectrl.readthedocs.io"]),
    "email": ("mail a.b+c@cs.example.edu.", ["a.b+c@cs.example.edu"]),
    "email-group": ("{ann, bob}@x.edu and 邮箱a@b.cn。", ["{ann, bob}@x.edu", "a@b.cn"]),
    "arxiv-new": ("in arXiv:2110.02932v2 [cs.LG] we", ["arXiv:2110.02932v2 [cs.LG]"]),
    "arxiv-old": (
        "in arXiv:hep-th/9901001 and arXiv:math.GT/0309136",
        ["arXiv:hep-th/9901001", "arXiv:math.GT/0309136"],
    ),
    "doi": ("(doi:10.1016/j.patcog.2025.112591)", ["doi:10.1016/j.patcog.2025.112591"]),
    "code": ("run `pip` or `x = y` or model.fit() now", ["`pip`", "`x = y`", "model.fit()"]),
    "backticks-in-prose": ("the `robust' and `fast and loose' cases of `quoted prose` here", []),
    "snake-case": ("set max_features to 3", ["max_features"]),
    "citation-number": ("as in [3, 5-7] and Maptr[9]", ["[3, 5-7]", "[9]"]),
    "citation-names": ("it (Smith et al., 2019; Doe and Roe, 2020) is", ["(Smith et al., 2019; Doe and Roe, 2020)"]),
    "citation-no-comma": ("it (Wang et al. 2016) is", ["(Wang et al. 2016)"]),
    "citation-many": ("(see Ren, Liu, and Sun, 2015a,b)", ["(see Ren, Liu, and Sun, 2015a,b)"]),
    "citation-particle": ("(van der Maaten & Hinton, 2008)", ["(van der Maaten & Hinton, 2008)"]),
    "citation-in-text": ("Tanzer et al. [2024] show", ["[2024]"]),
    "date-is-text": ("since then (March, 2020) it", []),
    "year-is-text": ("the conference (2019) was", []),
    "growth": ("in O(n^2) or O(n log^3 n), not O(n)", ["O(n^2)", "O(n log^3 n)"]),
    "growth-inner": ("in O(2^{d} (n + m)) time", ["O(2^{d} (n + m))"]),
    "script": ("x_i, R^{n \\times m}, 10^-4, H_2O, ℓ_2", ["x_i", "R^{n \\times m}", "10^-4", "H_2O", "ℓ_2"]),
    "script-in-brackets": ("(z_t)", ["z_t"]),
    "looks-like-mask": ("a ⟦3⟧ and ⟦ 4 ⟧", ["⟦3⟧", "⟦ 4 ⟧"]),
    "stray-dollar-in-chinese": ("成本$x的方法，和$y$。", ["$y$"]),
    "plain": ("We use 3D CNNs, e.g., ResNet-50 (95.2%) vs. F1 = 0.9; see Sec. 2 (Fig. 3).", []),
    "plain-dotted": ("It works well.In short, i.e. v1.2.3 of U.S. origin", []),
}


@pytest.mark.parametrize(("text", "spans"), SPANS.values(), ids=SPANS)
def test_what_is_protected(text: str, spans: list[str]) -> None:
    assert [text[start:end] for start, end, _ in find_protected(text)] == spans


STYLES = ["⟦{}⟧", "@{}@", "<{}>", "__M{}__", "XX{}XX"]
PIECES = [
    "$", "$x$", "$5 ", "\\", "{", "}", "`", '"', "'", "—", "–", "“", "…", " ", "  ", "\n", "https://a.org/x",
    "www.a.io", "a@b.cn", "[3]", "(Smith et al., 2019)", "x_i", "^", "_", "⟦3⟧", "⟦", "⟧", "⟦ 1", "3", "@0@", "<1>",
    "__M2__", "XX3XX", "arXiv:2101.00001", "10.1234/abc", "foo()", "\\(", "\\)", "图", "，", "a", "B", ".", ",",
    "\u00a0", "\ue000", "\\alpha", "O(n^2)",
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))


@pytest.mark.parametrize("style", STYLES)
@given(text=TEXT)
@settings(max_examples=150, deadline=None)
def test_restoring_gives_the_text_back(style: str, text: str) -> None:
    masked = mask(Segment("a", "text", 0, text), style)
    assert fold_typography(restore(masked.text, masked.originals, style)) == fold_typography(text)


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_spans_are_in_order_and_apart(text: str) -> None:
    last = 0
    for start, end, kind in find_protected(text):
        assert last <= start < end <= len(text) and kind
        last = end


RESTORED = {
    "order": ("⟦1⟧在⟦0⟧前", ("$a$", "$b$"), "$b$在$a$前"),
    "spaces": ("损失⟦ 0 ⟧", ("$L$",), "损失$L$"),
    "unknown-number": ("⟦0⟧⟦7⟧", ("$a$",), "$a$⟦7⟧"),
    "huge-number": (f"⟦{'9' * 5000}⟧", ("$a$",), f"⟦{'9' * 5000}⟧"),
    "backslash": ("⟦0⟧", (r"\1 \g<0>",), r"\1 \g<0>"),
    "none": ("⟦0⟧", (), "⟦0⟧"),
}


@pytest.mark.parametrize(("hypothesis", "originals", "expected"), RESTORED.values(), ids=RESTORED)
def test_restore(hypothesis: str, originals: tuple[str, ...], expected: str) -> None:
    assert restore(hypothesis, originals) == expected


def test_fold_typography_twice_is_once() -> None:
    folded = fold_typography("“a”—‘b’…\u00a0–  c")
    assert folded == "\"a\" - 'b'... - c" == fold_typography(folded)


@pytest.mark.parametrize(
    "unit", ["$", "$a ", "\\", "\\(", "{", "(", "(A", "[1,", "a_", "a.", "a@", "`a", "O((^", "A ", "(Smith, "]
)
def test_long_odd_input_takes_no_time(unit: str) -> None:
    mask(Segment("a", "text", 0, unit * 3000))  # would take minutes if a pattern were quadratic


@pytest.mark.parametrize(
    "text", ["Code is at this https URL.", "a loss of this http URL propose it", "(this https URL)"]
)
def test_what_stands_for_an_address_is_kept(text: str) -> None:
    masked = mask(Segment("a", "text", 0, text))
    assert re.fullmatch("this https? URL", *masked.originals) and restore(masked.text, masked.originals) == text
    assert not find_protected("use this https URLs")
