"""Make training pairs exactly as the pipeline makes model input: normalised, masked, the Chinese side finished.

A pair is a source and a target as the model sees them. `prepare_pair` either gives one or the reason why the pair is
unfit, so that a corpus can be counted by reason. Used by `models.train` through the command line, which hands this
function in: the model layer itself imports nothing of the pipeline.
"""

import random
import re
from collections import Counter

from pipeline.finish import HAN, finish
from pipeline.mask import MAX_MASKS, find_protected, fold_typography
from pipeline.normalize import normalize

_HAN_CHAR = re.compile(f"[{HAN}]")
_LATIN_AFTER_CHINESE = re.compile(rf"(?<=[{HAN}，。；：？！（）“”‘’、《》—…])(?=[A-Za-z])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PLACEHOLDER_LINK = re.compile(
    r"此链接|此处链接|https? ?URL|\[链接\]|请注意，|注[:：]|译文|翻译如下|原文", re.IGNORECASE
)
_COPYABLE = re.compile(r"(?<![\w⟦⟧-])(?:[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|\d+(?:\.\d+)?%?)(?![\w⟦⟧%-])")
_SYNTHETIC_MASKS = 0.12  # share of pairs in which copied names and numbers become masks, so that masks are learnt well


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
    check_numbers(source, target)
    source, target, count = _mask_shared(source, target)
    check_pair(source, target)
    if rng.random() < _SYNTHETIC_MASKS:
        source, target, count = _mask_copies(source, target, count, rng)
    source, target = _renumber(source, target, count, rng)
    return source, spaced_for_model(target)


def check_pair(source: str, target: str) -> None:
    """Refuse masked pairs that are empty, unequal in length, untranslated, repetitive or chat about themselves."""
    han = len(_HAN_CHAR.findall(target))
    if not source or not target:
        raise Unfit("empty")
    if _HAN_CHAR.search(source):
        raise Unfit("source_chinese")
    if not han or han < 0.25 * len(re.sub(r"\s|⟦\d+⟧", "", target)):
        raise Unfit("copied")
    if len(source) > 24 and not 0.1 < len(target) / len(source) < 0.85:
        raise Unfit("length")
    if _PLACEHOLDER_LINK.search(target):
        raise Unfit("chatter")
    if re.search(r"(.{4,})\1{2,}", target):
        raise Unfit("repetition")


def check_numbers(source: str, target: str) -> None:
    """Refuse pairs whose target misses numbers of the source; one may be rewritten where Chinese counts by 万 or 亿."""
    missing = Counter(_numbers(source)) - Counter(_numbers(target))
    if sum(missing.values()) > (1 if re.search("[万亿千百]", target) else 0) and any(len(n) > 1 for n in missing):
        raise Unfit("numbers")


def _numbers(text: str) -> list[str]:
    return [number.replace(",", "") for number in _NUMBER.findall(text)]


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
    """Mask up to three names or numbers that stand once on each side."""
    candidates = [
        word
        for word, times in Counter(_COPYABLE.findall(source)).items()
        if times == 1 and source.count(word) == 1 and target.count(word) == 1 and not word.isdigit()
    ]
    rng.shuffle(candidates)
    for word in candidates[: rng.randint(1, 3)]:
        if count == MAX_MASKS or source.count(word) != 1 or target.count(word) != 1:
            continue
        source, target = source.replace(word, f"⟦{count}⟧"), target.replace(word, f"⟦{count}⟧")
        count += 1
    return source, target, count


def _renumber(source: str, target: str, count: int, rng: random.Random) -> tuple[str, str]:
    """Number masks in the source's order, half the time with gaps, so that every mask token is trained."""
    order = list(dict.fromkeys(re.findall(r"⟦(\d+)⟧", source)))
    numbers = range(count) if rng.random() < 0.5 else sorted(rng.sample(range(MAX_MASKS), count))
    new = {old: f"⟦{number}⟧" for old, number in zip(order, numbers, strict=True)}
    return tuple(re.sub(r"⟦(\d+)⟧", lambda m: new[m[1]], side) for side in (source, target))  # type: ignore[return-value]
