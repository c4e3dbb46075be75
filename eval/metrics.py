"""BLEU, chrF2 and chrF++ as sacrebleu computes them, each number with the signature that says how it was made.

What this module does not do: tokenise or count anything itself, or read files. The choice of tokeniser is the one thing
it insists on: sacrebleu picks its Chinese one for the exact tag `zh` alone, and any other tag, such as `zh-Hans` or
`zho`, would be scored with the one for European languages, which sees a Chinese sentence as one word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

_CHINESE_TAGS = frozenset({"zh", "zho", "chi", "cmn", "chinese", "mandarin"})


@dataclass(frozen=True, slots=True)
class Score:
    """A number from 0 to 100 and how it was made: `signature` is sacrebleu's own.

    `interval` is half the width of the 95 % bootstrap confidence interval, 0 where none was asked for; the signature
    says which (`bs`).

    >>> print(Score("BLEU", 31.416, "nrefs:1|tok:zh", interval=0.6))
    BLEU 31.42 ± 0.60  nrefs:1|tok:zh
    """

    name: str
    value: float
    signature: str
    interval: float = 0.0

    def __str__(self) -> str:
        return f"{self.name} {self.number}  {self.signature}"

    @property
    def number(self) -> str:
        """The value with its interval, to two decimals."""
        return f"{self.value:.2f}" + (f" ± {self.interval:.2f}" if self.interval else "")


def is_chinese(language: str) -> bool:
    """Whether a language tag of any common kind means Chinese.

    >>> [is_chinese(tag) for tag in ("zh", "zh-Hant-TW", "zh_CN", "cmn_Hans", "zho_Hans", "en", "zha")]
    [True, True, True, True, True, False, False]
    """
    return language.lower().replace("_", "-").split("-")[0] in _CHINESE_TAGS


def _bleu(language: str, sentence: bool) -> "Metric":
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="zh" if is_chinese(language) else None, trg_lang=language, effective_order=sentence)


def _chrf(word_order: int) -> Callable[[str, bool], "Metric"]:
    def build(language: str, sentence: bool) -> "Metric":
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(word_order=word_order)

    return build


METRICS: dict[str, Callable[[str, bool], "Metric"]] = {"BLEU": _bleu, "chrF2": _chrf(0), "chrF++": _chrf(2)}
"""Name -> function of (target language, whether single texts are scored) that makes sacrebleu's metric."""


def corpus_score(
    name: str,
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    language: str = "zh",
    n_bootstrap: int = 0,
) -> Score:
    """Score a corpus with the metric `name` of `METRICS`; `references[i]` are those of `hypotheses[i]`, one or more.

    With `n_bootstrap` resamples the score has a confidence interval (sacrebleu's seed: 12345, or what its variable
    SACREBLEU_SEED says). Raises `ValueError` for an unknown metric, no hypotheses, and unequal counts.

    >>> print(corpus_score("BLEU", ["我们提出一种新方法。"], [["我们提出了一种新方法。"]]))  # doctest: +ELLIPSIS
    BLEU 71.09  nrefs:1|case:mixed|eff:no|tok:zh|smooth:exp|version:...
    """
    metric = _metric(name, language, sentence=False)
    if not hypotheses or len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses and {len(references)} lists of references; both must be equal")
    if isinstance(hypotheses, str) or any(isinstance(texts, str) for texts in references):
        raise TypeError("hypotheses must be a list of texts, references a list of lists of texts")
    result = metric.corpus_score(list(hypotheses), _for_sacrebleu(references), n_bootstrap=max(1, n_bootstrap))
    interval = float(result._ci) if n_bootstrap > 1 else 0.0
    return Score(name, float(result.score), str(metric.get_signature()), interval)


def corpus_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, language: str = "zh", n_bootstrap: int = 0
) -> tuple[Score, ...]:
    """Score a corpus with every metric of `METRICS`, in the table's order; otherwise as `corpus_score`."""
    return tuple(
        corpus_score(name, hypotheses, references, language=language, n_bootstrap=n_bootstrap) for name in METRICS
    )


def sentence_score(name: str, hypothesis: str, references: Sequence[str], *, language: str = "zh") -> Score:
    """Score one text against its references; BLEU with effective order, as is right for single texts.

    Raises `ValueError` for an unknown metric or no references.

    >>> sentence_score("chrF2", "我们提出一种方法。", ["我们提出一种方法。"]).value
    100.0
    """
    metric = _metric(name, language, sentence=True)
    if not references:
        raise ValueError("a text without a reference cannot be scored")
    result = metric.sentence_score(hypothesis, list(references))
    return Score(name, float(result.score), str(metric.get_signature()))


def streams(references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """References as sacrebleu takes them: the first ones of all items, then the second ones, and so on.

    None stands where an item has no n-th reference. Raises `ValueError` for an item without any.

    >>> streams([["一", "壹"], ["二"]])
    [['一', '二'], ['壹', None]]
    """
    if empty := [position for position, texts in enumerate(references) if not texts]:
        raise ValueError(f"items without a reference, by position: {empty[:10]}")
    return [list(stream) for stream in zip_longest(*references)]


def _for_sacrebleu(references: Sequence[Sequence[str]]) -> Any:
    return streams(references)  # untyped: sacrebleu's annotation knows nothing of None, its documentation and code do


def _metric(name: str, language: str, *, sentence: bool) -> "Metric":
    if name not in METRICS:
        raise ValueError(f"unknown metric {name!r}; known are {', '.join(METRICS)}")
    return METRICS[name](language, sentence)
