"""The retry ladder: what fails a check is decoded in other ways, then cut into pieces; the better result is kept.

What passes but is doubtful gets a second look: small models drop clauses and names, and stumble over words. Also what a
hypothesis becomes on the way to a target: restored, finished, checked.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from models.translator import Decoding, Hypothesis, Translator
from pipeline.amounts import mask_numbers
from pipeline.check import check, take_spans
from pipeline.counts import amounts, lost_counts, mask_counts
from pipeline.finish import end_like, finish
from pipeline.lexicon import lost, mask_words
from pipeline.mask import MAX_MASKS, find_protected, mask, restore
from pipeline.records import Issue, MaskedSegment, Segment, SegmentTranslation
from pipeline.segment import split_long
from pipeline.settings import Settings
from pipeline.spelling import spell_like
from pipeline.title_case import capitals_back
from pipeline.whole import missing, stumbles

_RETRIED = frozenset({"empty", "masks", "numbers", "repetition", "copied", "length", "script", "truncated", "unknown"})
_WEIGHTS = {"empty": 8, "repetition": 4, "masks": 4, "script": 4, "copied": 3, "truncated": 3, "numbers": 2}
_WORD = re.compile(r"[^\W\d_]{2,}")
_CLAUSE_PIECES = 24  # re-splitting aims at clauses of about this many source pieces


def first_choice(masked: MaskedSegment, candidates: Iterable[SegmentTranslation]) -> SegmentTranslation:
    """The first that neither fails a check nor is doubtful; else the first of all, for the ladder to mend."""
    first: SegmentTranslation | None = None
    for new in candidates:
        if not _wanting(masked, new):
            return new
        first = first or new
    if first is None:
        raise ValueError("nothing to choose from")
    return first


def retry(
    queue: Sequence[MaskedSegment], results: list[SegmentTranslation], translator: Translator, settings: Settings
) -> None:
    """Climb the ladder with the results that are wanting, changing `results` in place where something better is found.

    What passes the checks and is only doubtful is not cut into pieces; without repetition only stumbles are decoded.
    """
    _retry_counts(queue, results, translator, settings)
    _retry_numbers(queue, results, translator, settings)
    wider, unrepeated = _ladder(settings.decoding)
    _retry_decoding(queue, results, _wanting, wider, translator, settings)
    _retry_words(queue, results, translator, settings)
    _retry_decoding(queue, results, _stumbled, unrepeated, translator, settings)
    for cut in (_around_masks, _clauses):
        _retry_pieces(queue, results, cut, translator, settings)


def _retry_decoding(
    queue: Sequence[MaskedSegment],
    results: list[SegmentTranslation],
    again: Callable[[MaskedSegment, SegmentTranslation], bool],
    decoding: Decoding,
    translator: Translator,
    settings: Settings,
) -> None:
    rows = [i for i, result in enumerate(results) if again(queue[i], result)]
    made = translator.hypotheses([queue[i].text for i in rows], decoding)
    for i, found in zip(rows, made, strict=True):
        results[i] = _better(queue[i], results[i], completed(queue[i], found, translator, settings))


def _wanting(masked: MaskedSegment, result: SegmentTranslation) -> bool:
    return _failed(result) or _doubts(masked, result) > 0


def _stumbled(masked: MaskedSegment, result: SegmentTranslation) -> bool:
    return _failed(result) or stumbles(*_words(masked, result))


def _doubts(masked: MaskedSegment, result: SegmentTranslation) -> int:
    source, target = _words(masked, result)
    # the lexicon is in simplified characters, as models write before a target is finished
    return (missing(source, target) != "") + stumbles(source, target) + len(lost(source, result.raw))


def _words(masked: MaskedSegment, result: SegmentTranslation) -> tuple[str, str]:
    """Both sides without protected spans."""
    source, target = (take_spans(text, masked.originals)[0] for text in (masked.segment.text, result.target))
    return source, target


def _retry_counts(
    queue: Sequence[MaskedSegment], results: list[SegmentTranslation], translator: Translator, settings: Settings
) -> None:
    """Translate segments that lost numbers in words ("ten million") once more, these masked, converted by us."""
    lost = [lost_counts(*_words(queue[i], result)) for i, result in enumerate(results)]
    again = {
        i: mask_counts(queue[i].text, queue[i].originals, words, translator.mask_style)
        for i, words in enumerate(lost)
        if words
    }
    _retry_masked(queue, results, again, translator, settings)


def _retry_numbers(
    queue: Sequence[MaskedSegment], results: list[SegmentTranslation], translator: Translator, settings: Settings
) -> None:
    """Translate segments with wrong numbers once more, all numbers masked, amounts ("2.6 billion") converted by us."""
    again = {
        i: mask_numbers(queue[i].text, queue[i].originals, translator.mask_style)
        for i, result in enumerate(results)
        if any(issue.kind == "numbers" for issue in result.issues)
    }
    _retry_masked(queue, results, again, translator, settings)


def _retry_words(
    queue: Sequence[MaskedSegment], results: list[SegmentTranslation], translator: Translator, settings: Settings
) -> None:
    """Translate segments that lost rare nouns or adjectives once more, these masked, as the dictionary renders them.

    Amounts in words are masked too: one that was mended before would be lost again.
    """
    again = {}
    for i, result in enumerate(results):
        if words := lost(_words(queue[i], result)[0], result.raw):
            text, style = queue[i].text, translator.mask_style
            text, values = mask_counts(text, queue[i].originals, amounts(text), style)
            again[i] = mask_words(text, values, words, style)
    _retry_masked(queue, results, again, translator, settings)


def _retry_masked(
    queue: Sequence[MaskedSegment],
    results: list[SegmentTranslation],
    again: Mapping[int, tuple[str, tuple[str, ...]]],
    translator: Translator,
    settings: Settings,
) -> None:
    """Translate the texts that have more masks than before, and restore the values that are given with them."""
    rows = {i: both for i, both in again.items() if len(queue[i].originals) < len(both[1]) <= MAX_MASKS}
    made = translator.hypotheses([text for text, _ in rows.values()], all_of_beam(settings.decoding))
    for (i, (_, values)), found in zip(rows.items(), made, strict=True):
        candidates = (
            checked(queue[i], restore(one.text, values, translator.mask_style), settings, one.truncated, one.unknown)
            for one in found
        )
        results[i] = _better(queue[i], results[i], candidates)


def worded(masked: MaskedSegment) -> bool:
    """Whether a segment holds words outside its protected spans."""
    text = masked.segment.text
    for original in masked.originals:
        text = text.replace(original, " ", 1)
    return _WORD.search(text) is not None


def all_of_beam(decoding: Decoding) -> Decoding:
    """The same search with all hypotheses that its beam ends with: they cost nothing more."""
    return replace(decoding, hypotheses=decoding.beam)


def _ladder(first: Decoding) -> tuple[Decoding, Decoding]:
    """Other ways to decode, in the order of trying: a wider beam, then the same without repeated 4-grams.

    Both search the whole vocabulary, in case it was the shortlist that lacked a word.
    """
    wide = all_of_beam(replace(first, beam=max(6, first.beam + 2), shortlist=False))
    return wide, replace(wide, no_repeat_ngram=4)


def _failed(result: SegmentTranslation) -> bool:
    return any(issue.kind in _RETRIED for issue in result.issues)


def weight(kind: str) -> int:
    """How bad an issue of a kind is: those that lose content weigh more than 1."""
    return _WEIGHTS.get(kind, 1)


def _better(
    masked: MaskedSegment, old: SegmentTranslation, candidates: Iterable[SegmentTranslation]
) -> SegmentTranslation:
    """The first candidate that is not wanting; else that which fails least, the earlier one if equal."""
    for new in candidates:
        if not _wanting(masked, old):
            break
        old = min(old, new, key=lambda result: _rank(masked, result))
    return old


def _rank(masked: MaskedSegment, result: SegmentTranslation) -> tuple[int, int]:
    """How bad a result is: issues, those that lose content weighing more; then doubts."""
    return sum(weight(issue.kind) for issue in result.issues), _doubts(masked, result)


def completed(
    masked: MaskedSegment, hypotheses: Iterable[Hypothesis], translator: Translator, settings: Settings
) -> Iterator[SegmentTranslation]:
    """What hypotheses come to, one by one: masks restored, then as `checked`."""
    for one in hypotheses:
        raw = restore(one.text, masked.originals, translator.mask_style)
        yield checked(masked, raw, settings, one.truncated, one.unknown)


def checked(
    masked: MaskedSegment, raw: str, settings: Settings, truncated: bool = False, unknown: int = 0
) -> SegmentTranslation:
    """The model's own words spelt as the source spells them, finished, ended as the source ends, and checked."""
    source = masked.segment.text
    spelt = spell_like(source, raw)
    if masked.segment.field == "title":
        spelt = capitals_back(source, spelt)
    target = end_like(source, finish(spelt, settings.script))
    issues = check(
        source,
        target,
        originals=masked.originals,
        truncated=truncated,
        unknown=unknown,
        limits=settings.limits,
    )
    return SegmentTranslation(masked.segment, target, raw, issues)


def _around_masks(masked: MaskedSegment, _translator: Translator) -> list[str]:
    """The segment's text cut before and after each protected span: text and spans alternate."""
    text, last, pieces = masked.segment.text, 0, []
    for start, end, _ in find_protected(text):
        pieces += [text[last:start], text[start:end]]
        last = end
    return [piece for piece in [*pieces, text[last:]] if piece]


def _clauses(masked: MaskedSegment, translator: Translator) -> list[str]:
    """The segment's text cut into short clauses."""

    def short(text: str) -> bool:
        return translator.count_pieces([text])[0] <= _CLAUSE_PIECES

    return [text + gap for text, gap in split_long(masked.segment.text, short)]


def _retry_pieces(
    queue: Sequence[MaskedSegment],
    results: list[SegmentTranslation],
    cut: Callable[[MaskedSegment, Translator], list[str]],
    translator: Translator,
    settings: Settings,
) -> None:
    """Translate the pieces of what still fails on their own, all of them in one stream, and join them."""
    pieces = {i: cut(queue[i], translator) for i, result in enumerate(results) if _failed(result)}
    parts = {
        i: [_part(text, results[i].issues, translator.mask_style) for text in texts]
        for i, texts in pieces.items()
        if len(texts) > 1
    }
    asked = [part.text.strip() for several in parts.values() for part in several if worded(part)]
    answers = iter(translator.translate(asked, settings.decoding))
    for i, several in parts.items():
        raw, unknown, truncated = [], 0, False
        for part, piece in zip(several, pieces[i], strict=True):
            if not worded(part):  # such as a protected span: it stays as it is
                raw.append(piece)
                continue
            hypothesis = next(answers)
            raw.append(end_like(piece, restore(hypothesis.text, part.originals, translator.mask_style)))
            unknown, truncated = unknown + hypothesis.unknown, truncated or hypothesis.truncated
        new = checked(queue[i], "".join(raw), settings, truncated, unknown)
        results[i] = _better(queue[i], results[i], [new])


def _part(text: str, wrong: Sequence[Issue], style: str) -> MaskedSegment:
    """A piece of a segment, masked; its numbers too if it was numbers that were wrong."""
    part = mask(Segment("", "text", 0, text), style)
    if all(issue.kind != "numbers" for issue in wrong):
        return part
    masked, values = mask_numbers(part.text, part.originals, style)
    return replace(part, text=masked, originals=values) if len(part.originals) <= len(values) <= MAX_MASKS else part
