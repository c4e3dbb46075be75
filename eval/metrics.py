"""BLEU, chrF2, chrF++, TER and spBLEU as sacrebleu computes them, each number with the signature of how it was made.

What this module does not do: tokenise or count anything itself, or read files. The choice of tokeniser is the one thing
it insists on: sacrebleu picks its Chinese one for the exact tag `zh` alone, and any other tag, such as `zh-Hans` or
`zho`, would be scored with the one for European languages, which sees a Chinese sentence as one word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from eval.resampling import interval, resampled, seed
from eval.statistics import scores, statistics

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

STANDARD = ("BLEU", "chrF2", "chrF++")
"""The metrics that are shown unless others are asked for: those that take no more than seconds and no model."""

CHINESE_TOKENIZERS = ("zh", "char", "flores101", "flores200")
"""sacrebleu's tokenisers that split a Chinese sentence into words or characters."""

LOWER_IS_BETTER = frozenset({"TER"})
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


def _bleu(language: str, sentence: bool, tokenizer: str) -> "Metric":
    from sacrebleu.metrics.bleu import BLEU

    chinese = is_chinese(language)
    if chinese and tokenizer and tokenizer not in CHINESE_TOKENIZERS:
        raise ValueError(
            f"the tokeniser {tokenizer!r} sees a Chinese sentence as one word; use {' or '.join(CHINESE_TOKENIZERS)}"
        )
    if tokenizer.startswith("flores") and not has_model(tokenizer):
        raise ValueError(f"the tokeniser {tokenizer!r} needs its model: put it at {_model_path(tokenizer)}")
    # sacrebleu would log a warning about any other tokeniser if it were told that this is Chinese
    told = "" if chinese else language
    return BLEU(tokenize=tokenizer or ("zh" if chinese else None), trg_lang=told, effective_order=sentence)


def _spbleu(language: str, sentence: bool, tokenizer: str) -> "Metric":
    return _bleu(language, sentence, "flores200")


def _chrf(word_order: int) -> Callable[[str, bool, str], "Metric"]:
    def build(language: str, sentence: bool, tokenizer: str) -> "Metric":
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(word_order=word_order)

    return build


def _ter(language: str, sentence: bool, tokenizer: str) -> "Metric":
    from sacrebleu.metrics.ter import TER

    return TER(normalized=True, asian_support=is_chinese(language))


METRICS: dict[str, Callable[[str, bool, str], "Metric"]] = {
    "BLEU": _bleu,
    "chrF2": _chrf(0),
    "chrF++": _chrf(2),
    "TER": _ter,  # six seconds an abstract, a tenth of one a sentence: only when asked for
    "spBLEU": _spbleu,
}
"""Name -> function of (target language, whether single texts are scored, tokeniser asked for) that makes the metric."""


def has_model(tokenizer: str = "flores200") -> bool:
    """Whether the SentencePiece model of a tokeniser is where sacrebleu keeps it; it is never downloaded."""
    return _model_path(tokenizer).is_file()


def _model_path(tokenizer: str) -> Path:
    from sacrebleu.tokenizers.tokenizer_spm import SPM_MODELS
    from sacrebleu.utils import SACREBLEU_DIR

    return Path(SACREBLEU_DIR, "models", Path(SPM_MODELS[tokenizer]["url"]).name)


def usual_metrics() -> tuple[str, ...]:
    """The metrics that are shown unless others are asked for; spBLEU is among them where its model is at hand."""
    return (*STANDARD, "spBLEU") if has_model() else STANDARD


def make_metric(name: str, *, language: str = "zh", sentence: bool = False, tokenizer: str = "") -> "Metric":
    """The metric `name` of `METRICS`; with `sentence` as is right for single texts (BLEU with effective order).

    Raises `ValueError` for an unknown name, and for a tokeniser of BLEU that is wrong for the language or not there.
    """
    if name not in METRICS:
        raise ValueError(f"unknown metric {name!r}; known are {', '.join(METRICS)}")
    return METRICS[name](language, sentence, tokenizer)


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
    return _corpus_scores([name], hypotheses, references, language, n_bootstrap)[0]


def corpus_scores(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, language: str = "zh", n_bootstrap: int = 0
) -> tuple[Score, ...]:
    """Score a corpus with every metric of `STANDARD`, in this order; otherwise as `corpus_score`."""
    return _corpus_scores(STANDARD, hypotheses, references, language, n_bootstrap)


def _corpus_scores(
    names: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    language: str,
    n_bootstrap: int,
) -> tuple[Score, ...]:
    metrics = {name: make_metric(name, language=language) for name in names}
    if isinstance(hypotheses, str) or any(isinstance(texts, str) for texts in references):
        raise TypeError("hypotheses must be a list of texts, references a list of lists of texts")
    found = []
    for name, rows in statistics(metrics, [hypotheses], references).items():
        metric, half = metrics[name], 0.0
        formula = partial(scores, metric)
        if n_bootstrap > 1:
            low, high = interval(resampled(rows, formula, n_bootstrap)[0])
            half = (high - low) / 2
        found.append(Score(name, float(formula(rows.sum(axis=1))[0]), signature(metric, n_bootstrap), half))
    return tuple(found)


def signature(metric: "Metric", n_bootstrap: int = 0) -> str:
    """sacrebleu's signature of a metric that has seen its references; with resamples it says how many and the seed."""
    if n_bootstrap > 1:
        metric.n_bootstrap, metric.seed = n_bootstrap, "none" if seed() is None else str(seed())
    return str(metric.get_signature())


def sentence_score(name: str, hypothesis: str, references: Sequence[str], *, language: str = "zh") -> Score:
    """Score one text against its references; BLEU with effective order, as is right for single texts.

    Raises `ValueError` for an unknown metric or no references.

    >>> sentence_score("chrF2", "我们提出一种方法。", ["我们提出一种方法。"]).value
    100.0
    """
    metric = make_metric(name, language=language, sentence=True)
    if not references:
        raise ValueError("a text without a reference cannot be scored")
    result = metric.sentence_score(hypothesis, list(references))
    return Score(name, float(result.score), str(metric.get_signature()))


def streams(references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """References as sacrebleu takes them: the first ones of all items, then the second ones, and so on.

    None stands where an item has no n-th reference; sacrebleu leaves it out and says `nrefs:var`, which is what our
    scores of such items are and say. Raises `ValueError` for an item without any.

    >>> streams([["一", "壹"], ["二"]])
    [['一', '二'], ['壹', None]]
    """
    if empty := [position for position, texts in enumerate(references) if not texts]:
        raise ValueError(f"items without a reference, by position: {empty[:10]}")
    return [list(stream) for stream in zip_longest(*references)]
