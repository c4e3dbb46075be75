"""Find what is wrong with a translated segment: each check is a measure, and a decision by a threshold of `Limits`.

The limits were set on 234,000 segments with good translations, so that a check is rarely wrong: see `Limits`. What this
module does not do: repair (`pipeline.retry` tries again), or judge how good a translation is.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.counts import SMALL, lost_counts
from pipeline.finish import HAN, Script
from pipeline.numbers import compare_numbers
from pipeline.records import Issue
from pipeline.repetition import FEWEST_REPEATED, longest_loop, repeated_clause, repeated_grams, repeats_too
from pipeline.script import foreign_characters, half_width_marks, has_chinese, out_of_place


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a measure becomes an issue.

    `lengths` are (source characters up to, least, most target characters per source character), the last also for all
    longer sources: the 0.1 and 99.9 percentiles of good translations, 10 % wider. A unit of the target may stand on end
    fewer than `loop_repeats` times if that takes `loop_chars` characters, and only once from `doubled_chars` on, as may
    a clause from `clause_chars` on; at most `repeated_share` of it may repeat what stood before. `copied_words` in one
    run, or in many if they are `copied_share` of the source's words, are copied English. A source with
    `words_for_chinese` lower-case words needs Chinese in its target. Beyond these limits are 0.2 % of good segments.
    """

    lengths: tuple[tuple[int, float, float], ...] = (
        (20, 0.12, 1.1),
        (45, 0.11, 1.2),
        (80, 0.13, 0.9),
        (150, 0.17, 0.75),
        (300, 0.18, 0.65),
        (1_000_000, 0.18, 0.6),
    )
    loop_repeats: int = 3
    loop_chars: int = 8
    doubled_chars: int = 7
    clause_chars: int = 8
    repeated_share: float = 0.45
    copied_words: int = 4
    copied_share: float = 0.25
    words_for_chinese: int = 2
    unknown: int = 0
    script: Script = "hans"


_HOLE = "¤"  # stands for a protected span while the rest is measured
_LEFT_OVER_MASK = re.compile(r"⟦\s?\d+\s?⟧")
_LOWER_WORD = re.compile(r"(?<![A-Za-z])[a-z]{2,}")
_COPIED_RUN = re.compile(r"(?<![A-Za-z])[a-z][a-z'’-]*(?:,? [a-z][a-z'’-]*)+(?![A-Za-z])")
_GLOSS = re.compile(rf"(?<=[{HAN}”A-Za-z])[（(][^（）()，]{{1,80}}(?:，[^（）()，]{{1,40}})?[）)]")
_UNKNOWN = re.compile("<unk>|⁇|\ufffd", re.IGNORECASE)
_MANY_NUMBERS = 5  # shown in an issue's detail


def check(
    source: str,
    target: str,
    *,
    originals: Sequence[str] = (),
    truncated: bool = False,
    unknown: int = 0,
    limits: Limits = Limits(),
) -> tuple[Issue, ...]:
    """What is wrong with `target` as the finished translation of `source`, in the order of the checks.

    `originals` are the protected spans of the source, which must stand in the target, each as often; `truncated` and
    `unknown` (unknown pieces) come from the hypothesis.

    >>> check("We gain 3.5% on 2 tasks.", "我们在2个任务上提高5%。")
    (Issue(kind='numbers', detail='missing 3.5%; not in the source: 5%'),)
    """
    found = [Issue("truncated", "the hypothesis reached its greatest length")] if truncated else []
    if not any(map(str.isalnum, target)) and any(map(str.isalnum, source)):
        return (Issue("empty", "no text for a source that has some"), *found)
    source_rest, _ = take_spans(source, originals)
    target_rest, missing = take_spans(target, originals)
    found += check_masks(source_rest, target_rest, originals, missing)
    source_rest, target_rest = (_LEFT_OVER_MASK.sub(_HOLE, rest) for rest in (source_rest, target_rest))
    found += check_numbers(source_rest, target_rest)
    found += check_length(source_rest, target_rest, limits)
    found += check_repetition(source_rest, target_rest, limits)
    found += check_copied(source_rest, target_rest, limits)
    found += check_script(source_rest, target_rest, limits)
    found += check_unknown(source, target, unknown, limits)
    return tuple(found)


def take_spans(text: str, spans: Sequence[str]) -> tuple[str, list[str]]:
    """A text with "¤" for each of the spans, and the spans that it does not have (as often).

    >>> take_spans("从$x$到$x_1$", ["$x$", "$x_1$", "$x$"])
    ('从¤到¤', ['$x$'])
    """
    missing = []
    for span in sorted(spans, key=len, reverse=True):  # "x_11" before the "x_1" that it contains
        if span in text:
            text = text.replace(span, _HOLE, 1)
        else:
            missing.append(span)
    return text, missing


def check_masks(source_rest: str, target_rest: str, originals: Sequence[str], missing: Sequence[str]) -> list[Issue]:
    """Every protected span stands in the target as often as in the source, and no mask is left over.

    The rests are the texts with the spans taken out: what of them is still in the target's rest is there too often.
    """
    repeated = [span for span in set(originals) if target_rest.count(span) > source_rest.count(span)]
    left: list[str] = []
    if "⟦" in target_rest:
        left += Counter(_LEFT_OVER_MASK.findall(target_rest)) - Counter(_LEFT_OVER_MASK.findall(source_rest))
    details = [
        f"{what} {', '.join(spans)}"
        for what, spans in (("missing", missing), ("repeated", sorted(repeated)), ("left over", left))
        if spans
    ]
    return [Issue("masks", "; ".join(details))] if details else []


def check_numbers(source: str, target: str) -> list[Issue]:
    """The numbers of both sides agree (`pipeline.numbers`), and no amount in words is lost (`pipeline.counts`)."""
    missing, *others = compare_numbers(source, target)
    difference = ((*missing, *lost_counts(source, target, SMALL + 1)), *others)
    details = [
        f"{what} {', '.join(numbers[:_MANY_NUMBERS])}"
        for what, numbers in zip(("missing", "not in the source:", "other signs:"), difference, strict=True)
        if numbers
    ]
    # one line: a number and its "%" may stand on two
    return [Issue("numbers", " ".join("; ".join(details).split()))] if details else []


def length_ratio(source: str, target: str) -> float:
    """Target characters, spaces aside, per source character.

    >>> length_ratio("a method", "一种 方法")
    0.5
    """
    return len(target.replace(" ", "")) / max(1, len(source))


def check_length(source: str, target: str, limits: Limits) -> list[Issue]:
    """The target is about as long as good translations of sources of this length."""
    ratio, length = length_ratio(source, target), len(source)
    bounds = next((bounds for bounds in limits.lengths if length <= bounds[0]), limits.lengths[-1])
    _, least, most = bounds
    if least <= ratio <= most or length <= len(_HOLE):
        return []
    what = "short" if ratio < least else "long"
    return [Issue("length", f"too {what}: {ratio:.2f} target characters per source character")]


def check_repetition(source: str, target: str, limits: Limits) -> list[Issue]:
    """The target repeats nothing over and over that the source does not (`pipeline.repetition`)."""
    text = target.replace(" ", "")
    grams = repeated_grams(text)
    if grams < FEWEST_REPEATED:
        return []
    loop = longest_loop(text)
    has_words = any(map(str.isalpha, loop.unit)) and _HOLE not in loop.unit
    often = loop.repeats >= limits.loop_repeats and loop.chars >= limits.loop_chars
    doubled = loop.repeats >= 2 and loop.chars >= 2 * limits.doubled_chars and has_chinese(loop.unit)
    if has_words and (often or doubled) and not repeats_too(source, loop):
        return [Issue("repetition", f"{loop.unit[:20]!r} {loop.repeats} times on end")]
    if clause := repeated_clause(text, limits.clause_chars):
        return [Issue("repetition", f"the clause {clause[:20]!r} again")]
    share = grams / len(text)
    if share > limits.repeated_share and repeated_grams(source) < limits.repeated_share / 2 * len(source):
        return [Issue("repetition", f"{share:.0%} of the target repeats what stood before")]
    return []


def copied_runs(target: str) -> list[str]:
    """Runs of two or more lower-case English words; names, acronyms and glosses in brackets do not count.

    >>> copied_runs("我们使用robust and fast的ResNet方法（random forest，RF）")
    ['robust and fast']
    """
    if not _COPIED_RUN.search(target):
        return []
    return _COPIED_RUN.findall(_GLOSS.sub("", target))


def check_copied(source: str, target: str, limits: Limits) -> list[Issue]:
    """The target has no English clauses, in one run of words or in many small ones."""
    runs = copied_runs(target)
    counts = [run.count(" ") + 1 for run in runs]
    many = max(limits.copied_words, limits.copied_share * (source.count(" ") + 1))
    if not runs or (max(counts) < limits.copied_words and sum(counts) < many):
        return []
    return [Issue("copied", f"English left as it is: {max(runs, key=len)[:60]!r}")]


def check_script(source: str, target: str, limits: Limits) -> list[Issue]:
    """The target is in Chinese, in the script asked for, with its marks full-width."""
    details = []
    if not has_chinese(target) and len(_LOWER_WORD.findall(source)) >= limits.words_for_chinese:
        details.append("no Chinese")
    if foreign := foreign_characters(target, source):
        details.append(f"letters of another language: {foreign[:10]}")
    if chars := out_of_place(target, limits.script):
        details.append(f"{'traditional' if limits.script == 'hans' else 'simplified'} characters: {chars[:10]}")
    if count := half_width_marks(target):
        details.append(f"half-width marks between Chinese characters: {count}")
    return [Issue("script", "; ".join(details))] if details else []


def check_unknown(source: str, target: str, unknown: int, limits: Limits) -> list[Issue]:
    """The model knew all that it wrote."""
    count = max(unknown, len(_UNKNOWN.findall(target)) - len(_UNKNOWN.findall(source)))
    return [Issue("unknown", f"unknown pieces: {count}")] if count > limits.unknown else []
