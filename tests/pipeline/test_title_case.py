"""Title Case: words of a title get small initials for the model, names keep theirs."""

import pytest

from pipeline.title_case import capitals_back, plain_case

ABSTRACT = (
    "Many methods fail. We use Gaussian Processes and a Swin Transformer in Iceland. Locally Competitive Nets (LCN) of"
    " attention learn, and Lipschitz-bounded transformers too."
)
TITLES = {
    "words": ("Beyond Known Facts: When Methods Fail", "Beyond known facts: when methods fail"),
    "names": ("Gaussian Models of Iceland With Lipschitz Maps", "Gaussian models of Iceland with Lipschitz maps"),
    "plural-of-name": ("Many Gaussians Are Swin Maps", "Many Gaussians are Swin maps"),
    "small-in-abstract": ("Attention in Transformers", "Attention in transformers"),
    "spelt-out": ("Learning Locally Competitive Nets", "Learning locally competitive nets"),
    "acronyms": ("LLM-Powered GPT-4o and ReBeCA Agents", "LLM-powered GPT-4o and ReBeCA agents"),
    "head": ("ReBeCA-Net: A New Method", "ReBeCA-Net: A new method"),
    "masks": ("Bounds on ⟦0⟧-Norm Maps, Not Sets", "Bounds on ⟦0⟧-norm maps, not sets"),
    "apostrophe": ("Baselines Aren't Worth Training", "Baselines aren't worth training"),
    "sentence": ("Known facts on the maps of Bergen", "Known facts on the maps of Bergen"),
    "all-capitals": ("ATTENTION IS ALL", "ATTENTION IS ALL"),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("title", "expected"), TITLES.values(), ids=TITLES)
def test_plain_case(title: str, expected: str) -> None:
    assert plain_case(title, ABSTRACT) == expected
    assert plain_case(expected, ABSTRACT) == expected


@pytest.mark.parametrize(
    ("title", "target", "expected"),
    [
        ("On Kolmogorov-Arnold Networks", "论kolmogorov-arnold网络", "论Kolmogorov-Arnold网络"),
        ("Tokens and the tokens", "论tokens", "论tokens"),
        ("Hidden Code at github.com/a", "隐藏code见github.com/code", "隐藏Code见github.com/code"),
    ],
)
def test_words_left_as_they_are_get_their_capitals_back(title: str, target: str, expected: str) -> None:
    assert capitals_back(title, target) == expected


def test_long_odd_titles_take_no_time() -> None:
    for unit in ("Aa ", "Aa-", "A ", "Aa of "):
        plain_case(unit * 3000, unit * 20_000)
