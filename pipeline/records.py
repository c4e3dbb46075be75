"""The records that flow through the pipeline, one frozen type per state.

    Abstract -> Segment -> MaskedSegment -> (models) Hypothesis -> SegmentTranslation -> Translation

Lists keep order and count; a record is never changed in place (`dataclasses.replace` copies it).
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Field = Literal["title", "text"]
RECORD_SCHEMA = "zhaiyi.abstract/1"  # what tells a record of ours from other JSON


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference translation of an abstract and where it comes from.

    >>> Reference("机器学习", origin="page").text
    '机器学习'
    """

    text: str
    origin: str = "unknown"


@dataclass(frozen=True, slots=True)
class Abstract:
    """One document to translate; `meta` is everything else that came in, untouched.

    >>> Abstract("2110.02932", "A title", "We study X.").references
    ()
    """

    id: str
    title: str
    text: str
    references: tuple[Reference, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


def to_record(abstract: Abstract) -> dict[str, Any]:
    """An abstract as a JSON object that is read back as the same abstract.

    >>> to_record(Abstract("7", "T", "We.", (Reference("我们。", "page"),), {"date": "2021"}))
    {'schema': 'zhaiyi.abstract/1', 'id': '7', 'title': 'T', 'abstract': 'We.',
    'references': ['我们。'], 'reference_sources': ['page'], 'meta': {'date': '2021'}}
    """
    record: dict[str, Any] = {"schema": RECORD_SCHEMA, "id": abstract.id, "title": abstract.title}
    record["abstract"] = abstract.text
    if abstract.references:
        record["references"] = [reference.text for reference in abstract.references]
        record["reference_sources"] = [reference.origin for reference in abstract.references]
    return record | {"meta": abstract.meta}


@dataclass(frozen=True, slots=True)
class Normalized:
    """A normalised text: `rules` are the names of those that changed it, `removed` is what was cut off its ends."""

    text: str
    rules: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repairs:
    """What normalising did to a record: the rules that changed its title or text, and its references, once for each
    text that they changed; and what was cut off their ends.
    """

    source: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence of an abstract's title or text, or a piece of a long one.

    `gap` is the white space after it: joining `text + gap` over a field's segments gives the normalised field back.
    """

    abstract_id: str
    field: Field
    index: int
    text: str
    gap: str = ""


@dataclass(frozen=True, slots=True)
class MaskedSegment:
    """A segment whose protected spans are replaced by numbered masks; `originals[i]` is the span of mask `i`."""

    segment: Segment
    text: str
    originals: tuple[str, ...] = ()


KINDS = frozenset({"copied", "empty", "length", "masks", "numbers", "repetition", "script", "truncated", "unknown"})
"""The kinds of issues: the names of the checks (`pipeline.check`)."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something a check found: `kind` names the check, `detail` says what, in one line."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """Who corrected a segment, when (ISO 8601, UTC), and what the machine had written ("" if it was not asked)."""

    by: str
    when: str
    machine: str


@dataclass(frozen=True, slots=True)
class SegmentTranslation:
    """A segment with its finished target; `raw` is the hypothesis with masks restored, before finishing.

    With a `review` the target is a person's word, `raw` the same.
    """

    segment: Segment
    target: str
    raw: str
    issues: tuple[Issue, ...] = ()
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated abstract: `source` and `target` are the joined segments of its text.

    `abstract` is as it was read, but for its references, which are normalised like the source; `repairs` says what
    that changed.
    """

    abstract: Abstract
    title_zh: str
    source: str
    target: str
    segments: tuple[SegmentTranslation, ...]
    issues: tuple[Issue, ...]
    system: str
    repairs: Repairs = Repairs()
    title_review: Review | None = None
