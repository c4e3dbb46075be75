"""Make training pairs exactly as the pipeline makes model input: normalised, masked, the Chinese side finished.

A pair is a source and a target as the model sees them. `prepare_pair` either gives one or the reason why the pair is
unfit, so that a corpus can be counted by reason. Used by `models.train` through the command line, which hands this
function in: the model layer itself imports nothing of the pipeline.
"""

import random
import re

from models.masks import RESERVED, find_masks
from pipeline.amounts import vary_amount, vary_numbers
from pipeline.check import Limits, check_length
from pipeline.dictionary import vary_words
from pipeline.finish import HAN, finish
from pipeline.lexicon import lost
from pipeline.mask import MAX_MASKS, find_protected, fold_typography
from pipeline.normalize import normalize
from pipeline.numbers import compare_numbers
from pipeline.whole import FILL_IN, missing

_HAN_CHAR = re.compile(f"[{HAN}]")
_LATIN_AFTER_CHINESE = re.compile(rf"(?<=[{HAN}，。；：？！（）“”‘’、《》—…])(?=[A-Za-z])")
_PLACEHOLDER_LINK = re.compile(
    r"此链接|此处链接|https? ?URL|\[链接\]|请注意，|注[:：]|译文|翻译如下|原文", re.IGNORECASE
)
_LOST_FROM = 1  # words of the lexicon: 5 % of `good` pairs and 15 % of `fair` ones lost one
_MASK = re.compile(r"⟦(\d+)⟧")
_COPYABLE = re.compile(  # names and numbers, none of them a part of a longer one
    r"(?<![A-Za-z0-9⟦.,-])(?:[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|\d+(?:[.,]\d+)*%?)(?![A-Za-z0-9⟧%]|[.,-]\d|-[A-Za-z])"
)
_COPIED = re.compile(r"\d|[A-Z].*[A-Z]")
_SYNTHETIC_MASKS = 0.6  # share of pairs in which copied names and numbers become masks, so that masks are learnt well
_MOST_SYNTHETIC = 5  # of them in one pair
_LIMITS = Limits()

VARY = {"amounts": vary_amount, "numbers": vary_numbers, "words": vary_words}
"""What can be put in place of a part of a pair, by the name of the setting of a training configuration."""


class Unfit(ValueError):
    """A pair that no model should learn from; the text is the reason in one word."""


def spaced_for_model(text: str) -> str:
    """Chinese as the shipped model writes it: a space before each Latin run, so that copies are the source's pieces.

    `pipeline.finish` takes the space away again.

    >>> spaced_for_model("我们提出ReQuest。")
    '我们提出 ReQuest。'
    """
    return _LATIN_AFTER_CHINESE.sub(" ", text)


def prepare_pair(english: str, chinese: str, rng: random.Random) -> tuple[str, str]:
    """The model's source and target for a pair of texts. Raises `Unfit` with the reason.

    >>> prepare_pair("We propose $L$.", "我们提出$L$。", random.Random(7))[1][:4]
    '我们提出'
    """
    source, target = " ".join(normalize(english).split()), finish(normalize(chinese).replace("\n", ""))
    source, target, count = _mask_shared(source, target)
    check_pair(source, target)
    if rng.random() < _SYNTHETIC_MASKS:
        source, target, count = _mask_copies(source, target, count, rng)
    source, target = _renumber(source, target, count, rng)
    return source, spaced_for_model(target)


def prepare_source(english: str, rng: random.Random) -> str:
    """The model's source of a text that has no translation yet, with masks as in `prepare_pair`.

    Of its names those are masked that no translator would put into Chinese: with a second capital, or a digit.

    >>> prepare_source("We train BERT and GPT-2 on $x$.", random.Random(7))
    'We train ⟦0⟧ and ⟦1⟧ on ⟦2⟧.'
    """
    source, _, count = _mask_shared(english, english)
    if rng.random() < _SYNTHETIC_MASKS:
        copied = " ".join(word for word in _once(source) if _COPIED.search(word))
        source, _, count = _mask_copies(source, copied, count, rng)
    return _renumber(source, source, count, rng)[0]


def is_fit(source: str, target: str) -> bool:
    """Whether a model's target has each mask of its source once more, and is one to learn from (`check_pair`).

    >>> is_fit("We minimise ⟦0⟧.", "我们最小化⟦0⟧。"), is_fit("We minimise ⟦0⟧.", "我们最小化它。")
    (True, False)
    """
    try:
        check_pair(source, target)
    except Unfit:
        return False
    return sorted(find_masks(source, RESERVED)) == sorted(find_masks(target, RESERVED))


def check_pair(source: str, target: str) -> None:
    """Refuse masked pairs that are empty, untranslated, repetitive, chat of themselves, or not the whole of the source.

    A model learns to drop clauses, names and amounts from pairs that do, so what lacks anything (`pipeline.whole`,
    `pipeline.lexicon`) or fails the pipeline's checks of lengths and numbers is left out.

    >>> check_pair("We train a BERT model on two tasks.", "我们训练了一个模型。")
    Traceback (most recent call last):
    pipeline.parallel.Unfit: names
    """
    han = len(_HAN_CHAR.findall(target))
    if not source or not target:
        raise Unfit("empty")
    if _HAN_CHAR.search(source):
        raise Unfit("source_chinese")
    if not han or han < 0.25 * len(re.sub(r"\s|⟦\d+⟧", "", target)):
        raise Unfit("copied")
    source, target = (_MASK.sub("¤", side) for side in (source, target))
    if check_length(source, target, _LIMITS):
        raise Unfit("length")
    if lacking := missing(source, target):
        raise Unfit(lacking)
    if len(lost(source, target)) >= _LOST_FROM:
        raise Unfit("words")
    if any(compare_numbers(source, target)):
        raise Unfit("numbers")
    if _PLACEHOLDER_LINK.search(target) or FILL_IN.search(target):
        raise Unfit("chatter")
    if re.search(r"(.{4,})\1{2,}", target):
        raise Unfit("repetition")


def _mask_shared(source: str, target: str) -> tuple[str, str, int]:
    """Mask the source's protected spans, each of which must stand in the target too, white space aside."""
    spans = find_protected(source)
    if len(spans) > MAX_MASKS:
        raise Unfit("masks")
    parts, last = [], 0
    available: dict[str, list[tuple[int, int]]] = {}
    for start, end, _ in find_protected(target):
        available.setdefault(re.sub(r"\s", "", target[start:end]), []).append((start, end))
    places = []
    for number, (start, end, _) in enumerate(spans):
        where = available.get(re.sub(r"\s", "", source[start:end]))
        if not where:
            raise Unfit("masks")
        places.append((*where.pop(0), number))
        parts += [fold_typography(source[last:start]), f"⟦{number}⟧"]
        last = end
    if any(available.values()):
        raise Unfit("masks")
    parts.append(fold_typography(source[last:]))
    for start, end, number in sorted(places, reverse=True):
        target = f"{target[:start]}⟦{number}⟧{target[end:]}"
    return "".join(parts), target, len(spans)


def _mask_copies(source: str, target: str, count: int, rng: random.Random) -> tuple[str, str, int]:
    """Mask some of the names and numbers that stand once on each side."""
    places = [_once(side) for side in (source, target)]
    words = sorted(places[0].keys() & places[1].keys())
    wanted = min(len(words), MAX_MASKS - count, rng.randint(1, _MOST_SYNTHETIC))
    chosen = {word: f"⟦{count + number}⟧" for number, word in enumerate(rng.sample(words, wanted))}
    source, target = (_COPYABLE.sub(lambda match: chosen.get(match[0], match[0]), side) for side in (source, target))
    return source, target, count + wanted


def _once(text: str) -> dict[str, int]:
    """Names and numbers that stand once in a text, and where."""
    found: dict[str, list[int]] = {}
    for match in _COPYABLE.finditer(text):
        found.setdefault(match[0], []).append(match.start())
    return {word: starts[0] for word, starts in found.items() if len(starts) == 1}


def _renumber(source: str, target: str, count: int, rng: random.Random) -> tuple[str, str]:
    """Number masks in the source's order, half the time with gaps, so that every mask token is trained."""
    order = list(dict.fromkeys(_MASK.findall(source)))
    numbers = range(count) if rng.random() < 0.5 else sorted(rng.sample(range(MAX_MASKS), count))
    new = {old: f"⟦{number}⟧" for old, number in zip(order, numbers, strict=True)}
    return tuple(_MASK.sub(lambda mask: new[mask[1]], side) for side in (source, target))  # type: ignore[return-value]
