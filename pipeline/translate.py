"""Translate a block of abstracts: normalise, segment, recall, mask, translate, restore, finish, check, retry.

A pure function of the abstracts, the settings and the translator; reading and writing are elsewhere. All segments of
a block go through the translator in one stream. What stays wrong after the retry ladder is flagged, never hidden; an
abstract that cannot be translated at all becomes a `Failure` with its reason.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.translator import Translator
from pipeline.errors import RecordError
from pipeline.finish import HAN, finish, join_targets
from pipeline.mask import MAX_MASKS, mask
from pipeline.memory import Correction
from pipeline.normalize import repair, repair_title
from pipeline.records import Abstract, Field, MaskedSegment, Repairs, Review, Segment, SegmentTranslation, Translation
from pipeline.retry import all_of_beam, completed, first_choice, retry, worded
from pipeline.segment import segment, split_long
from pipeline.settings import Settings
from pipeline.title_case import plain_case

_HAN_CHAR = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that was not translated, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An abstract with normalised references, its normalised title, and its segments ready for the translator.

    A segment that the memory knows is translated already.
    """

    abstract: Abstract
    title: str
    repairs: Repairs
    segments: Sequence[MaskedSegment | SegmentTranslation]


def translate_block(
    records: Sequence[Abstract | RecordError], translator: Translator, settings: Settings
) -> list[Translation | Failure]:
    """Translate abstracts in order; the result has one entry a record.

    A reader's `RecordError` passes through as a `Failure`. Raises `models.errors.ModelError` if the translator fails.
    """
    system = settings.signature(translator)  # a person's word says of itself that it is one
    prepared: list[_Prepared | Failure] = []
    for record in records:
        prepared.append(_prepare(record, translator, settings))
    if settings.memory:
        prepared = _recall(prepared, settings)
    segments = [one for entry in prepared if not isinstance(entry, Failure) for one in entry.segments]
    queue = [one for one in segments if isinstance(one, MaskedSegment)]
    answers = iter(translate_segments(queue, translator, settings))
    done = iter([next(answers) if isinstance(one, MaskedSegment) else one for one in segments])
    results: list[Translation | Failure] = []
    for entry in prepared:
        if isinstance(entry, Failure):
            results.append(entry)
        else:
            results.append(_join(entry, [next(done) for _ in entry.segments], system))
    return results


def _recall(prepared: Sequence[_Prepared | Failure], settings: Settings) -> list[_Prepared | Failure]:
    """The same with what the memory knows: segments of a text, and titles as a whole."""
    texts = [
        text
        for entry in prepared
        if isinstance(entry, _Prepared)
        for text in (entry.title, *(one.segment.text for one in entry.segments))
    ]
    known = settings.recall(texts)
    return [_recalled(entry, known) if isinstance(entry, _Prepared) else entry for entry in prepared]


def _recalled(entry: _Prepared, known: Mapping[str, Correction]) -> _Prepared:
    segments: list[MaskedSegment | SegmentTranslation] = []
    if entry.title in known:
        segments.append(_by_person(Segment(entry.abstract.id, "title", 0, entry.title), known))
    for one in entry.segments:
        if one.segment.field == "text" and one.segment.text in known:
            segments.append(_by_person(one.segment, known))
        elif one.segment.field == "text" or entry.title not in known:
            segments.append(one)
    return replace(entry, segments=segments)


def _by_person(segment: Segment, known: Mapping[str, Correction]) -> SegmentTranslation:
    """A person's word, as it is: neither finished nor checked."""
    found = known[segment.text]
    return SegmentTranslation(segment, found.target, found.target, review=Review(found.by, found.when, ""))


def _prepare(record: Abstract | RecordError, translator: Translator, settings: Settings) -> _Prepared | Failure:
    if isinstance(record, RecordError):
        return Failure(record.record_id, str(record))
    of_title, of_text = repair_title(record.title), repair(record.text)
    text, title = of_text.text, of_title.text
    if reason := unfit(text, settings.max_words):
        return Failure(record.id, reason)
    fields: list[tuple[Field, str]] = [("title", title), ("text", text)]
    segments = [
        replace(masked, text=plain_case(masked.text, text)) if name == "title" else masked
        for name, content in fields
        if content
        for masked in _fit(segment(record.id, name, content), translator, settings)
    ]
    of_references = [repair(reference.text) for reference in record.references]
    references = tuple(
        replace(reference, text=repaired.text)
        for reference, repaired in zip(record.references, of_references, strict=True)
    )
    repairs = Repairs(
        source=of_title.rules + of_text.rules,
        references=tuple(rule for one in of_references for rule in one.rules),
        removed=tuple(cut for one in (of_text, *of_references) for cut in one.removed),
    )
    return _Prepared(replace(record, references=references), title, repairs, segments)


def unfit(text: str, max_words: int) -> str:
    """Why a normalised text is not translated, or nothing.

    >>> unfit("我们提出了一种方法。", 5000)
    'already Chinese (100 % of its letters): nothing to translate'
    """
    han = len(_HAN_CHAR.findall(text))
    letters = sum(map(str.isalpha, text)) if han else 0  # most texts have no Chinese, and counting takes time
    words = text.count(" ") + text.count("\n") + 1
    if not text:
        return "empty text: nothing to translate"
    if letters and han / letters > 0.5:
        return f"already Chinese ({100 * han / letters:.0f} % of its letters): nothing to translate"
    if words > max_words:
        return f"{words} words, more than the limit of {max_words}: not one abstract; split the text into its abstracts"
    return ""


def _fit(segments: Sequence[Segment], translator: Translator, settings: Settings) -> list[MaskedSegment]:
    """Mask segments, and split those that are too long for the model or hold too many masks."""
    style, limit = translator.mask_style, min(settings.max_pieces, translator.max_source_pieces)
    masked = [mask(one, style) for one in segments]

    def fits_text(text: str) -> bool:
        piece = mask(Segment("", "text", 0, text), style)
        return len(piece.originals) <= MAX_MASKS and translator.count_pieces([piece.text])[0] <= limit

    sizes = translator.count_pieces([one.text for one in masked])
    fitted: list[MaskedSegment] = []
    for one, size in zip(masked, sizes, strict=True):
        if size <= limit and len(one.originals) <= MAX_MASKS:
            fitted.append(replace(one, segment=replace(one.segment, index=len(fitted))))
            continue
        pieces = split_long(one.segment.text, fits_text)
        for number, (text, gap) in enumerate(pieces, 1):
            end = one.segment.gap if number == len(pieces) else ""
            fitted.append(mask(replace(one.segment, index=len(fitted), text=text, gap=gap + end), style))
    return fitted


def translate_segments(
    queue: Sequence[MaskedSegment], translator: Translator, settings: Settings
) -> list[SegmentTranslation]:
    """Translate masked segments, check them, and climb the ladder with those that fail; order and count are kept."""
    decoding = all_of_beam(settings.decoding) if settings.retry else settings.decoding
    hypotheses = iter(translator.hypotheses([masked.text for masked in queue if worded(masked)], decoding))
    results = [
        first_choice(masked, completed(masked, next(hypotheses), translator, settings))
        if worded(masked)
        else SegmentTranslation(masked.segment, finish(masked.segment.text, settings.script), masked.segment.text)
        for masked in queue
    ]
    if settings.retry:
        retry(queue, results, translator, settings)
    return results


def _join(prepared: _Prepared, segments: Sequence[SegmentTranslation], system: str) -> Translation:
    """Put an abstract's segments together: no space between Chinese sentences, line breaks as in the source."""
    title = [one for one in segments if one.segment.field == "title"]
    text = [one for one in segments if one.segment.field == "text"]
    issues = [replace(issue, detail=f"title: {issue.detail}") for one in title for issue in one.issues]
    for number, one in enumerate(text, 1):
        issues += [replace(issue, detail=f"segment {number}: {issue.detail}") for issue in one.issues]
    review = title[0].review if title else None  # only a title as a whole has one
    return Translation(
        prepared.abstract,
        _joined(title),
        "".join(one.segment.text + one.segment.gap for one in text),
        _joined(text),
        tuple(text),
        tuple(issues),
        system,
        prepared.repairs,
        review,
    )


def _joined(segments: Sequence[SegmentTranslation]) -> str:
    return join_targets((one.target, one.segment.gap) for one in segments)
