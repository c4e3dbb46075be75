"""Mark-up: known tags in well-formed pairs go, what they raise and lower stays, as does anything else in brackets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mask import find_protected
from pipeline.normalize import normalize, repair

MML = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">{}</mml:math>'
MARKUP = {
    "jats-paragraphs": ("<jats:p>We study.</jats:p>\n<jats:p>It works.</jats:p>", "We study.\n\nIt works."),
    "jats-abstract-title": ("<jats:title>Abstract</jats:title>\n<jats:p>We study.</jats:p>", "We study."),
    "jats-sections": (
        "<jats:sec><jats:title>Background</jats:title>\n<jats:p>One is known.</jats:p></jats:sec>"
        "<jats:sec>\n  <jats:title>Results.</jats:title>\n  <jats:p>Two is new.</jats:p>\n</jats:sec>",
        "Background: One is known.\n\nResults. Two is new.",
    ),
    "jats-fonts": ("<jats:italic>E. coli</jats:italic> in <jats:bold>all</jats:bold> cases", "E. coli in all cases"),
    "jats-list": (
        "<jats:p>We show:</jats:p><jats:list list-type='bullet'><jats:list-item><jats:p>one</jats:p></jats:list-item>"
        "<jats:list-item><jats:p>two</jats:p></jats:list-item></jats:list>",
        "We show:\n\n- one\n\n- two",
    ),
    "jats-unknown-inside": ("we <jats:sc>Prove</jats:sc> <jats:related-object>it</jats:related-object>", "we Prove it"),
    "sec-without-prefix": ("<sec><title>Aim</title><p>To do it.</p></sec>", "Aim: To do it."),
    "html-paragraphs": ("<p>One <b>is</b>.</p><p class='x'>Two <i>is</i>.</p>", "One is.\n\nTwo is."),
    "html-paragraphs-left-open": ("One is. </p> <p>Two is. </p> <p>(iii) is.", "One is.\n\nTwo is.\n\n(iii) is."),
    "html-breaks": ("One.<br/><br />Two<BR>three.", "One.\n\nTwo three."),
    "html-list": ("<ul><li>One</li><li>Two</li></ul>", "- One\n\n- Two"),
    "html-span": ('a <span style="font-style:italic">b</span> <font color="red">c</font>', "a b c"),
    "html-nested-same": ("<b>very <b>bold</b> move</b>", "very bold move"),
    "html-comment": ("a<!-- hidden <b>x</b> --> b", "a b"),
    "cdata": ("<![CDATA[a <i>b</i>]]>", "a b"),
    "escaped-once": ("&lt;p&gt;H&lt;sub&gt;2&lt;/sub&gt;O&lt;/p&gt;", "H₂O"),
    "escaped-twice": ("&amp;lt;i&amp;gt;n&amp;lt;/i&amp;gt; &amp;lt; 5", "n < 5"),
    "formula-of-chemistry": ("H<sub>2</sub>SO<sub>4</sub>, Ca<sup>2+</sup>, <sup>18</sup>F", "H₂SO₄, Ca²⁺, ¹⁸F"),
    "exponent": ("10<sup>-4</sup> m<sup>2</sup> 10<sup>−3</sup>", "10⁻⁴ m² 10⁻³"),
    "index": ("<i>x</i><sub>i</sub>, x<sub>max</sub>, 2<sup>n</sup>, (a)<sup>k</sup>", "x_i, x_{max}, 2^n, (a)^k"),
    "index-of-index": ("x<sup>a<sub>i</sub></sup>", "x^{a_i}"),
    "ordinal-and-signs": ("1<sup>st</sup>, X<sup>®</sup>, Y<sup>TM</sup>, a<sup>*</sup>", "1st, X®, YTM, a*"),
    "note-numbers": ("this method<sup>1,2</sup>. Then<sup>3–5</sup>", "this method¹,². Then³⁻⁵"),
    "sub-upper-case": ("N<SUB>2</SUB> <I>x</I>", "N₂ x"),
    "link": ('our <a href="https://b.org/x">page</a>.', "our page (https://b.org/x)."),
    "link-arxiv": ('at <a href="http://a.org/x.">this http URL</a>', "at http://a.org/x"),
    "link-same": ('<a href="https://arxiv.org/abs/2101.00001">arXiv:2101.00001</a>', "arXiv:2101.00001"),
    "link-jats": (
        '<jats:ext-link xlink:href="http://a.org" ext-link-type="uri">http://a.org</jats:ext-link>',
        "http://a.org",
    ),
    "link-without-address": ('see <a name="x">here</a>', "see here"),
    "quote": ("the <q>big</q> one", "the “big” one"),
    "tex-math": (
        "<jats:inline-formula><jats:alternatives><jats:tex-math>$$\\alpha &lt; 1$$</jats:tex-math>"
        f"{MML.format('<mml:mi>α</mml:mi>')}</jats:alternatives></jats:inline-formula> holds",
        "$\\alpha < 1$ holds",
    ),
    "tex-document": (
        "<tex-math>\\documentclass[12pt]{minimal} \\begin{document}$$x_1$$\\end{document}</tex-math> is",
        "$x_1$ is",
    ),
    "mathml-annotation": (
        "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>\\hat{x}</annotation></semantics></math>",
        "$\\hat{x}$",
    ),
    "mathml-alttext": ('<math alttext="O(n^2)"><mi>O</mi></math>', "$O(n^2)$"),
    "mathml-read": (
        MML.format(
            "<mml:mrow><mml:msubsup><mml:mi>x</mml:mi><mml:mi>i</mml:mi><mml:mn>2</mml:mn></mml:msubsup>"
            "<mml:mo>&lt;</mml:mo><mml:mfrac><mml:mn>1</mml:mn><mml:mi>log</mml:mi></mml:mfrac></mml:mrow>"
        ),
        "$x_{i}^{2}<\\frac{1}{\\mathrm{log}}$",
    ),
    "mathml-accent-root": (
        "<math><mover><mi>y</mi><mo>¯</mo></mover><msqrt><mi>n</mi></msqrt></math>",
        "$\\bar{y}\\sqrt{n}$",
    ),
    "mathml-number": ("of <math><mn>95</mn><mo>%</mo></math>", "of 95%"),
    "mathml-broken": ("<math><mi>x</mi><mo>=</mi></math> is", "$x=$ is"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MARKUP.values(), ids=MARKUP)
def test_markup(text: str, expected: str) -> None:
    assert normalize(text) == expected


NO_MARKUP = [
    "significant (p<0.05 and n>3), a<b and c>d, x <y> z",
    "a <b> c, the <i> token and <p> too",
    "delimited by <s> and </s>, by <think> and </think> tags",
    "[MASK] <pad> <eos> <unk> tokens, <cls>text</cls>, <answer>42</answer>",
    "List<int> and Map<String, List<b>> and vector<p>",
    "the tags <b> and </b>, and tags such as <br> are removed",
    "|0> and <v, 1> = 0, <x|y>",
    "$x<sub>i</sub>$ and \\(a<b>c</b>\\)",
    "<title>Deep</title> is in the head",
]


@pytest.mark.parametrize("text", NO_MARKUP)
def test_what_is_no_markup_stays(text: str) -> None:
    result = repair(text)
    assert result.text == text and not result.rules


TAGS = [
    "<s>",
    "</s>",
    "<pad>",
    "<think>",
    "</think>",
    "<int>",
    "<",
    ">",
    "<b>",
    "<0.05",
    "<x, y>",
    "a",
    " ",
    "and",
    "n>3",
    "&",
]


@given(st.lists(st.sampled_from(TAGS), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_without_a_pair_or_a_break_no_tag_goes(text: str) -> None:
    assert normalize(text) == " ".join(text.split())


NESTED = st.recursive(
    st.sampled_from(["x", "n = 2", "p &lt; 0.05", "<s>", "a & b", "[MASK]"]),
    lambda inside: st.tuples(
        st.sampled_from(["i", "b", "p", "sec", "jats:italic", "jats:p", "sub", "sup", "span", "q", "li"]),
        st.lists(inside, max_size=3),
    ).map(lambda one: f"<{one[0]}>{' '.join(one[1])}</{one[0]}>"),
    max_leaves=8,
)


@given(NESTED)
@settings(max_examples=300, deadline=None)
def test_twice_is_once_and_no_known_tag_is_left(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert "</" not in once


@given(st.text(st.sampled_from("abc<>/ip ="), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_math_stays_as_it_is(content: str) -> None:
    math = f"$x_1 {content.strip()}y$"
    assert " ".join(math.split()) in normalize(f"<p>We <i>show</i> {math} here.</p>")


RAISED = {
    "chemistry": ("H₂SO₄ and Ca²⁺", ["H₂SO₄", "Ca²⁺"]),
    "exponent": ("3×10⁻⁴", ["10⁻⁴"]),
    "isotope": ("[¹⁸F]FDG", ["¹⁸F"]),
    "after-word": ("this method⁴ works", ["⁴"]),
    "known-to-models": ("R² of 5 m³", []),
    "markup": (normalize("CO<sub>2</sub> of x<sub>max</sub>"), ["CO₂", "x_{max}"]),
}


@pytest.mark.parametrize(("text", "expected"), RAISED.values(), ids=RAISED)
def test_raised_and_lowered_signs_are_protected(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end, _ in find_protected(text)] == expected


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<i>",
        "<i><b>",
        "</p>",
        "<p",
        "<sub>",
        "<math>",
        "<!--",
        "<![CDATA[",
        "<a href='",
        "<br> ",
        "x₂",
        "<tex-math>",
    ],
)
def test_long_odd_input_takes_no_time(unit: str) -> None:
    normalize("</i>" + unit * 3000)  # would take minutes if a pattern were quadratic
    find_protected(unit * 3000)
