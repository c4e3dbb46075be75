"""How masks are written for a model: reserved tokens where it has them, else the style that survives best, measured.

A mask stands for a span that must not be translated. A style is a format such as `⟦{}⟧` with the mask's number for
`{}`. Which one a model carries through unharmed differs from model to model, so the probes below are translated once
in every style, and the choice is kept with the model.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from models.tokens import Tokens

RESERVED = "⟦{}⟧"
"""The style of models trained here, which have one word for each of the first `RESERVED_COUNT` masks."""
RESERVED_COUNT = 32

STYLES = (RESERVED, "MATH{}", "XX{}", "[{}]", "<{}>", "__{}__", "@{}@", "«{}»", "#{}", "({})", "X{}")
"""The styles that are tried; of equals the first is taken. Plainer ones, which real text may look like, come last."""

PROBES = (
    "The loss {} is minimized with gradient descent.",
    "We assume that {} is convex and that {} is bounded.",
    "Our code is available at {}.",
    "Let {} denote the number of samples.",
    "Given a graph {}, we learn an embedding of each node.",
    "The proposed algorithm runs in {} time and needs {} space.",
    "We compare our method with BERT {} and GPT-2 {} on nine tasks.",
    "In this paper, we study the problem of estimating {} from noisy observations.",
    "{} is a popular method for image classification.",
    "We prove a regret bound of {}, where {} is the horizon and {} is the number of arms.",
    "The model improves accuracy by {} over the baseline.",
    "When {}, the estimator converges to the true value at rate {}.",
    "For more details, see {}.",
    "This extends the results of Smith et al. {} to the setting in which {} is unknown.",
    "The dataset and the pretrained models can be downloaded from {} under an open license.",
    "Our {}-approximation algorithm is the first that does not depend on {}.",
)


def reserved(tokens: Tokens) -> bool:
    """Whether the model has a word of its own for every mask of the style `RESERVED`."""
    return tokens.has([RESERVED.format(number) for number in range(RESERVED_COUNT)])


@cache
def mask_pattern(style: str) -> re.Pattern[str]:
    """A pattern that finds masks of `style`, spaces that a model put inside forgiven; group 1 is the number.

    >>> mask_pattern("XX{}").findall("MAX 3 和 XX3")
    ['3']
    """
    before, after = (r"\s?".join(map(re.escape, part)) for part in style.split("{}"))
    apart = "(?<![A-Za-z])" if len(style.split("{}")[0].strip()) == 1 and style[0].isalpha() else ""  # "MAX 3" is no X3
    closed = rf"\s?{after}" if after else r"(?!\d)"
    return re.compile(rf"{apart}{before}\s?(\d{{1,4}}){closed}", re.IGNORECASE)


def find_masks(text: str, style: str) -> list[int]:
    """The numbers of the masks in a hypothesis, in order.

    >>> find_masks("其中⟦0⟧和⟦ 1 ⟧", "⟦{}⟧")
    [0, 1]
    """
    return [int(number) for number in mask_pattern(style).findall(text)]


def survival(translate: Callable[[Sequence[str]], Sequence[str]], style: str) -> float:
    """The share of probes whose hypothesis has exactly the masks of its source, each once."""
    sources = [with_masks(probe, style) for probe in PROBES]
    kept = 0
    for probe, hypothesis in zip(PROBES, translate(sources), strict=True):
        kept += Counter(find_masks(hypothesis, style)) == Counter(range(probe.count("{}")))
    return kept / len(PROBES)


def with_masks(probe: str, style: str) -> str:
    """A probe with its masks written in `style`.

    >>> with_masks("{} of {}", "#{}")
    '#0 of #1'
    """
    return probe.format(*(style.format(number) for number in range(probe.count("{}"))))


def measure(translate: Callable[[Sequence[str]], Sequence[str]], styles: Sequence[str] = STYLES) -> dict[str, float]:
    """The survival of each style, rounded to four digits."""
    return {style: round(survival(translate, style), 4) for style in styles}


def best(shares: dict[str, float]) -> str:
    """The style that survives most often; of equals the first.

    >>> best({"⟦{}⟧": 0.1, "MATH{}": 0.9, "XX{}": 0.9})
    'MATH{}'
    """
    return max(shares, key=shares.__getitem__)
