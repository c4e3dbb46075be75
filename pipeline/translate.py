"""Translate a block of abstracts: normalise, segment, mask, translate, restore, finish, check, retry.

A pure function of the abstracts, the settings and the translator; reading and writing are elsewhere. All segments of
a block go through the translator in one stream. What stays wrong after the retry ladder is flagged, never hidden; an
abstract that cannot be translated at all becomes a `Failure` with its reason.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from models.translator import Decoding, Hypothesis, Translator
from pipeline.amounts import mask_numbers
from pipeline.check import Limits, check
from pipeline.errors import RecordError
from pipeline.finish import HAN, Script, end_like, finish, join_targets
from pipeline.mask import MAX_MASKS, find_protected, mask, restore
from pipeline.normalize import TITLE_RULES, repair
from pipeline.records import Abstract, Field, Issue, MaskedSegment, Repairs, Segment, SegmentTranslation, Translation
from pipeline.segment import segment, split_long

FLOW_VERSION = "3"
"""Version of normalising, segmenting, masking and finishing: part of the system's signature."""

_RETRIED = frozenset({"empty", "masks", "numbers", "repetition", "copied", "length", "script", "truncated", "unknown"})
_WEIGHTS = {"empty": 8, "repetition": 4, "masks": 4, "script": 4, "copied": 3, "truncated": 3, "numbers": 2}
_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN_CHAR = re.compile(f"[{HAN}]")
_CLAUSE_PIECES = 24  # re-splitting aims at clauses of about this many source pieces


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the output besides the translator: decoding, limits of the checks, script, sizes.

    `max_pieces` is the longest segment given to a model; longer ones are split at a clause. Small models are trained on
    sentences, so it is well below what their positions allow.
    """

    decoding: Decoding = field(default_factory=Decoding)
    limits: Limits = field(default_factory=Limits)
    script: Script = "hans"
    max_pieces: int = 200
    max_words: int = 5_000
    retry: bool = True

    def signature(self, translator: Translator) -> str:
        """The system in one line: everything that decides the output, in sacrebleu's manner."""
        info, decoding = translator.info, self.decoding
        parts = {
            "model": f"{info.model}@{info.revision[:12]}",
            "engine": f"{info.engine}-{info.engine_version}",
            "precision": info.precision,
            "beam": decoding.beam,
            "lp": decoding.length_penalty,
            "len": f"{decoding.max_ratio}+{decoding.max_extra}/{self.max_pieces}",
            "lang": info.language_token or "none",
            "mask": info.mask_style,
            "list": info.shortlist if decoding.shortlist else "none",
            "flow": FLOW_VERSION,
            "script": self.script,
            "retry": "yes" if self.retry else "no",
            "limits": self._limits_digest(),
        }
        return "|".join(f"{name}:{value}" for name, value in parts.items())

    def _limits_digest(self) -> str:
        """The checks decide what is retried, so their limits take part: "default", or a digest of others."""
        limits = replace(self.limits, script=Limits().script)
        return "default" if limits == Limits() else hashlib.sha256(repr(limits).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that was not translated, and why."""

    id: str
    reason: str


def translate_block(
    records: Sequence[Abstract | RecordError], translator: Translator, settings: Settings
) -> list[Translation | Failure]:
    """Translate abstracts in order; the result has one entry a record.

    A reader's `RecordError` passes through as a `Failure`. Raises `models.errors.ModelError` if the translator fails.
    """
    system = settings.signature(translator)
    prepared: list[_Prepared | Failure] = []
    for record in records:
        prepared.append(_prepare(record, translator, settings))
    queue = [masked for entry in prepared if not isinstance(entry, Failure) for masked in entry.segments]
    done = iter(translate_segments(queue, translator, settings))
    results: list[Translation | Failure] = []
    for entry in prepared:
        if isinstance(entry, Failure):
            results.append(entry)
        else:
            results.append(_join(entry, [next(done) for _ in entry.segments], system))
    return results


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An abstract with normalised references, and its segments ready for the translator."""

    abstract: Abstract
    repairs: Repairs
    segments: list[MaskedSegment]


def _prepare(record: Abstract | RecordError, translator: Translator, settings: Settings) -> _Prepared | Failure:
    if isinstance(record, RecordError):
        return Failure(record.record_id, str(record))
    of_title, of_text = repair(record.title, TITLE_RULES), repair(record.text)
    text, title = of_text.text, " ".join(of_title.text.split())
    if reason := unfit(text, settings.max_words):
        return Failure(record.id, reason)
    fields: list[tuple[Field, str]] = [("title", title), ("text", text)]
    segments = [
        masked
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
    return _Prepared(replace(record, references=references), repairs, segments)


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
    wordy = [masked for masked in queue if _worded(masked)]
    hypotheses = iter(translator.translate([masked.text for masked in wordy], settings.decoding))
    results = [
        _complete(masked, next(hypotheses), translator, settings)
        if _worded(masked)
        else SegmentTranslation(masked.segment, finish(masked.segment.text, settings.script), masked.segment.text)
        for masked in queue
    ]
    if not settings.retry:
        return results
    _retry_numbers(queue, results, translator, settings)
    for decoding in _ladder(settings.decoding):
        failed = [i for i, result in enumerate(results) if _failed(result)]
        if not failed:
            return results
        again = translator.hypotheses([queue[i].text for i in failed], decoding)
        for i, candidates in zip(failed, again, strict=True):
            for hypothesis in candidates:  # the best first: the first that passes is taken
                if _failed(results[i]):
                    results[i] = _better(results[i], _complete(queue[i], hypothesis, translator, settings))
    for cut in (_around_masks, _clauses):
        _retry_pieces(queue, results, cut, translator, settings)
    return results


def _retry_numbers(
    queue: Sequence[MaskedSegment], results: list[SegmentTranslation], translator: Translator, settings: Settings
) -> None:
    """Translate segments with wrong numbers once more, all numbers masked, amounts ("2.6 billion") converted by us."""
    style = translator.mask_style
    again: list[tuple[int, str, tuple[str, ...]]] = []
    for i, result in enumerate(results):
        if any(issue.kind == "numbers" for issue in result.issues):
            text, values = mask_numbers(queue[i].text, queue[i].originals, style)
            if len(queue[i].originals) < len(values) <= MAX_MASKS:
                again.append((i, text, values))
    hypotheses = translator.translate([text for _, text, _ in again], settings.decoding)
    for (i, _, values), hypothesis in zip(again, hypotheses, strict=True):
        raw = restore(hypothesis.text, values, style)
        new = _checked(queue[i], raw, settings, hypothesis.truncated, hypothesis.unknown)
        results[i] = _better(results[i], new)


def _worded(masked: MaskedSegment) -> bool:
    """Whether a segment holds words outside its protected spans."""
    text = masked.segment.text
    for original in masked.originals:
        text = text.replace(original, " ", 1)
    return _WORD.search(text) is not None


def _ladder(first: Decoding) -> list[Decoding]:
    """Other ways to decode, in the order of trying: all that a wider beam ends with, then no repeated 4-grams.

    Both search the whole vocabulary, in case it was the shortlist that lacked a word.
    """
    wide = replace(first, beam=max(6, first.beam + 2), shortlist=False)
    return [replace(wide, hypotheses=wide.beam), replace(wide, no_repeat_ngram=4)]


def _failed(result: SegmentTranslation) -> bool:
    return any(issue.kind in _RETRIED for issue in result.issues)


def weight(kind: str) -> int:
    """How bad an issue of a kind is: those that lose content weigh more than 1."""
    return _WEIGHTS.get(kind, 1)


def _better(old: SegmentTranslation, new: SegmentTranslation) -> SegmentTranslation:
    """The one with fewer issues, weighing those that lose content; the earlier one if equal."""

    def badness(result: SegmentTranslation) -> int:
        return sum(weight(issue.kind) for issue in result.issues)

    return new if badness(new) < badness(old) else old


def _complete(
    masked: MaskedSegment, hypothesis: Hypothesis, translator: Translator, settings: Settings
) -> SegmentTranslation:
    raw = restore(hypothesis.text, masked.originals, translator.mask_style)
    return _checked(masked, raw, settings, hypothesis.truncated, hypothesis.unknown)


def _checked(
    masked: MaskedSegment, raw: str, settings: Settings, truncated: bool = False, unknown: int = 0
) -> SegmentTranslation:
    target = end_like(masked.segment.text, finish(raw, settings.script))
    issues = check(
        masked.segment.text,
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
    asked = [part.text.strip() for several in parts.values() for part in several if _worded(part)]
    answers = iter(translator.translate(asked, settings.decoding))
    for i, several in parts.items():
        raw, unknown, truncated = [], 0, False
        for part, piece in zip(several, pieces[i], strict=True):
            if not _worded(part):  # such as a protected span: it stays as it is
                raw.append(piece)
                continue
            hypothesis = next(answers)
            raw.append(end_like(piece, restore(hypothesis.text, part.originals, translator.mask_style)))
            unknown, truncated = unknown + hypothesis.unknown, truncated or hypothesis.truncated
        results[i] = _better(results[i], _checked(queue[i], "".join(raw), settings, truncated, unknown))


def _part(text: str, wrong: Sequence[Issue], style: str) -> MaskedSegment:
    """A piece of a segment, masked; its numbers too if it was numbers that were wrong."""
    part = mask(Segment("", "text", 0, text), style)
    if all(issue.kind != "numbers" for issue in wrong):
        return part
    masked, values = mask_numbers(part.text, part.originals, style)
    return replace(part, text=masked, originals=values) if len(values) <= MAX_MASKS else part


def _join(prepared: _Prepared, segments: Sequence[SegmentTranslation], system: str) -> Translation:
    """Put an abstract's segments together: no space between Chinese sentences, line breaks as in the source."""
    title = [one for one in segments if one.segment.field == "title"]
    text = [one for one in segments if one.segment.field == "text"]
    issues = [replace(issue, detail=f"title: {issue.detail}") for one in title for issue in one.issues]
    for number, one in enumerate(text, 1):
        issues += [replace(issue, detail=f"segment {number}: {issue.detail}") for issue in one.issues]
    return Translation(
        prepared.abstract,
        _joined(title),
        "".join(one.segment.text + one.segment.gap for one in text),
        _joined(text),
        tuple(text),
        tuple(issues),
        system,
        prepared.repairs,
    )


def _joined(segments: Sequence[SegmentTranslation]) -> str:
    return join_targets((one.target, one.segment.gap) for one in segments)
