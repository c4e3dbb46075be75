"""Normalising: what copying, PDF and TeX leave is repaired, math is not touched, and twice is once."""

import re
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.hyphens import join_hyphenated
from pipeline.normalize import RULES, normalize

HYPHENS = {
    "word": ("repre-\nsentation", "representation"),
    "word-with-spaces": ("repre- \n  sentation", "representation"),
    "unicode-hyphen": ("convolu\u2010\ntional", "convolutional"),
    "not-sign": ("convolu\u00ac\ntional", "convolutional"),
    "crlf": ("convolu-\r\ntional", "convolutional"),
    "compound-chain": ("state-of-the-\nart", "state-of-the-art"),
    "chain-broken-inside": ("self-super-\nvised", "self-supervised"),
    "self": ("self-\nsupervised", "self-supervised"),
    "non": ("non-\nlinear", "non-linear"),
    "last-part": ("Wasserstein-\nbased", "Wasserstein-based"),
    "capital-after": ("Encoder-\nDecoder", "Encoder-Decoder"),
    "acronym-before": ("GAN-\nbased", "GAN-based"),
    "letter": ("$n$ points, k-\nmeans", "$n$ points, k-means"),
    "pre-compound": ("pre-\ntrained", "pre-trained"),
    "pre-word": ("pre-\ndicted", "predicted"),
    "in-compound": ("in-\ncontext", "in-context"),
    "in-word": ("in-\nformation", "information"),
    "re-word": ("re-\nsearch", "research"),
    "one-word": ("data-\nset and hard-\nware", "dataset and hardware"),
    "text-decides-join": ("the dataflow, a data-\nflow", "the dataflow, a dataflow"),
    "text-decides-keep": ("re-estimate, then re-\nestimate", "re-estimate, then re-estimate"),
    "number": ("GPT-\n4", "GPT- 4"),
    "math-kept": ("$a-\nb$", "$a- b$"),
    "url": ("at https://github.com/a/\nb.", "at https://github.com/a/b."),
}


@pytest.mark.parametrize(("text", "expected"), HYPHENS.values(), ids=HYPHENS)
def test_hyphens_at_line_ends(text: str, expected: str) -> None:
    assert normalize(text) == expected


TEXTS = {
    "ligatures": ("e\ufb03cient \ufb01ne-tuning o\ufb00ers", "efficient fine-tuning offers"),
    "soft-hyphen": ("co\u00adoperate, repre\u00ad\nsent", "cooperate, represent"),
    "crlf": ("We propose\r\na method.\rIt works.", "We propose a method. It works."),
    "hard-wrap": ("  We propose\n  a method\n", "We propose a method"),
    "paragraphs": ("One.\n\n\n Two\nlines.", "One.\n\nTwo lines."),
    "list": ("We show:\n- one\n  more\n- two", "We show:\n- one more\n- two"),
    "no-list": ("We show that\n(2) holds", "We show that (2) holds"),
    "spaces": ("a\u00a0b\u2009c\t d", "a b c d"),
    "zero-width": ("a\u200bb\ufeffc", "abc"),
    "decomposed": ("nai\u0308ve", "naïve"),
    "entities": ("p &lt; 0.05 &amp; q&nbsp;&gt; 1", "p < 0.05 & q > 1"),
    "entity-twice": ("a &amp;lt; b", "a < b"),
    "entity-in-url": ("https://a.org/?x=1&copy=2&lt=3", "https://a.org/?x=1&copy=2&lt=3"),
    "mathjax": ("a method$\\unicode{x2014}$ours", "a method—ours"),
    "emph": (r"We call it \emph{ReQuest}.", "We call it ReQuest."),
    "nested": (r"\textbf{\texttt{ReBeCA}} is {\em new}", "ReBeCA is new"),
    "font-and-math": (r"\textbf{C$^2$}-Cite", "C$^2$-Cite"),
    "color": (r"\textcolor{red}{Note: {\bf x}}", "Note: x"),
    "quotes": ("the ``usability ceiling'' of it", "the “usability ceiling” of it"),
    "quotes-straight": ("the ''Golden Subset'' for", "the “Golden Subset” for"),
    "quotes-mixed": ('a ``bridge" to it', "a “bridge” to it"),
    "quote-single": ("a `patch', as text", "a ‘patch’, as text"),
    "apostrophe": ("the model's users' `x` isn't", "the model's users' `x` isn't"),
    "tie": (r"Lean~4 and Fig.~3 in~\cite{a}", r"Lean 4 and Fig. 3 in \cite{a}"),
    "about": ("in ~20 of ~5%", "in ~20 of ~5%"),
    "percent": (r"40\% of R\&D \#1 a\_b", "40% of R&D #1 a_b"),
    "dollars": (r"about \$12 a night", "about $12 a night"),
    "dashes": ("approaches---school-based, 2015--2025", "approaches—school-based, 2015–2025"),
    "accents": (
        r"Fr\'echet, Schr\"{o}dinger, Paran{\'a}, Erd\H{o}s, \v{S}id\'ak, na\"{\i}ve, Tur\'{a}n",
        "Fréchet, Schrödinger, Paraná, Erdős, Šidák, naïve, Turán",
    ),
    "letters": (r"Stra\ss{}e, {\O}rsted, Wa{\l}\c{e}sa, \AA lborg", "Straße, Ørsted, Wałȩsa, Ålborg"),
    "letters-rare": (r"\DJ or{\dj}e, {\TH}\'or, \i\j", "Đorđe, Þór, ıȷ"),
    "accent-in-word": (r"Fran\c cois, Ho\v rava, the \c method", r"François, Hořava, the \c method"),
    "accent-braced": (r"T{\"}ulu, \"{{o}}, {\'{e}}t{\'e}, Garc{\'\i}a", "Tülu, ö, été, García"),
    "accents-two": (r"Nguy\~{\^e}n, Vi\d{\^{e}}t", "Nguyễn, Việt"),
    "bold-letters": (r"\b{R}einforcement \b{L}earning", r"\b{R}einforcement \b{L}earning"),
    "degrees": (r"360{\deg} at 500\,\textcelsius{}, 0.2{\deg}~or", "360° at 500 °C, 0.2° or"),
    "split-greek": (r"the \b{eta}-VAE and {\Delta}FosB", "the β-VAE and ΔFosB"),
    "short-forms": (r"(\ie, \eg~this), Smith \etal. show", "(i.e., e.g. this), Smith et al. show"),
    "signs": (r"0.80 \pm 0.01, 40\times, \ldots", "0.80 ± 0.01, 40×, ..."),
    "thin-space": (r"3.5\,GHz and $2$\,ms", "3.5 GHz and $2$ ms"),
    "thousands": ("a 6{,}000-hour set", "a 6,000-hour set"),
    "footnote": (
        r"the field\footnote{\url{https://a.org/x}}. Next",
        "the field (https://a.org/x). Next",
    ),
    "link": (r"\href{https://a.org/x}{GitHub}", "GitHub (https://a.org/x)"),
    "link-same": (r"\href{https://a.org/x}{https://a.org/x}", "https://a.org/x"),
    "link-no-address": (r"on our \href{this https URL}{project page}", "on our project page"),
    "link-reversed": (r"\href{here}{https://a.org/x}", "here (https://a.org/x)"),
    "own-macro": (r"\method{} beats \ours", r"\method{} beats \ours"),
    "cite": (r"see \citep{a_b,c}", r"see \citep{a_b,c}"),
    "math-untouched": (r"$\textbf{3}\times$, \(a~b\), $x_{\text{a}}$", r"$\textbf{3}\times$, \(a~b\), $x_{\text{a}}$"),
    "chinese": ("图神经网络（GNN）。", "图神经网络（GNN）。"),
    "empty": (" \n ", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_text(text: str, expected: str) -> None:
    assert normalize(text) == expected


ACCENTS = {
    "'": "ACUTE", "`": "GRAVE", "^": "CIRCUMFLEX", '"': "DIAERESIS", "~": "TILDE", "=": "MACRON", ".": "DOT ABOVE",
    "u": "BREVE", "v": "CARON", "H": "DOUBLE ACUTE", "c": "CEDILLA", "k": "OGONEK", "r": "RING ABOVE", "d": "DOT BELOW",
}  # fmt: skip


@pytest.mark.parametrize("sign", ACCENTS)
def test_accents_against_the_names_of_unicode(sign: str) -> None:
    found = 0
    for letter in string.ascii_letters:
        size = "SMALL" if letter.islower() else "CAPITAL"
        try:
            expected = unicodedata.lookup(f"LATIN {size} LETTER {letter.upper()} WITH {ACCENTS[sign]}")
        except KeyError:
            continue
        if len(unicodedata.normalize("NFD", expected)) > 1 and len(unicodedata.normalize("NFC", expected)) == 1:
            forms = [
                f"\\{sign}{{{letter}}}",
                f"{{\\{sign}{{{letter}}}}}",
                f"{{\\{sign} {letter}}}",
                f"\\{sign} {letter}",
            ]
            forms += [] if sign.isalpha() else [f"\\{sign}{letter}", f"{{\\{sign}{letter}}}"]
            forms += [f"\\{sign}{{\\{letter}}}", f"\\{sign}\\{letter}"] if letter == "i" else []
            assert {form: normalize(form) for form in forms} == dict.fromkeys(forms, expected)
            found += 1
    assert found > 3


PIECES = [
    "\n", "\n\n", " ", "-\n", "$", "$x$", "$5", "\\", "\\emph{", "}", "{", "\\textbf{a", "``", "''", '"', "`", "'",
    "~", "--", "---", "\\%", "&amp;", "&lt;", "&", "amp;", "\\footnote{", "\\href{", "https://a.org/x", "[3]", "x_i",
    "\u00ad", "\u200b", "\ufb03", '\\"o', "\\'", "\\c", "\\\\", "\\,", "(1) ", "- ", "图", "，", "a", "B", ".", ":",
    "…", "—", "“", "\u00a0", "\u2028", "\r", "\t", "\ue000", "{\\alpha}", "\\unicode{x2014}", "\\(", "\\)", "\\ie",
    "e\u0301", "pre", "in",
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_spaces_of_the_result(text: str) -> None:
    result = normalize(text)
    assert result == result.strip()
    assert not any(odd in result for odd in ("\r", "\t", "\u00a0", "  ", " \n", "\n ", "\n\n\n"))


@given(st.text(st.sampled_from("abc $\\{}_^-\n"), max_size=30))
@settings(max_examples=200, deadline=None)
def test_math_comes_back(content: str) -> None:
    content = re.sub(r"\n\s*", "\n", re.sub(r"[$\\{}]", "", content)).strip()  # TeX has no paragraphs in math
    math = f"$x_{{1}} {content}y$"
    assert " ".join(math.split()) in " ".join(normalize(f"We ``show'' {math} here.").split())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_plain_text_is_left_alone_by_each_rule(rule: object) -> None:
    plain = "We propose GNN-based pre-training (5.2% better); see https://a.org/a_b."
    assert callable(rule) and rule(plain) == plain


@pytest.mark.parametrize("unit", ["-\n", "a-\n", "$", "\\(", "{", "\\emph{", "`", "''", "~", "&#1;", "\\\\", "- a\n"])
def test_long_odd_input_takes_no_time(unit: str) -> None:
    normalize(unit * 3000)  # would take minutes if a pattern were quadratic


def test_hyphens_without_line_breaks() -> None:
    assert join_hyphenated("pre-trained") == "pre-trained"
