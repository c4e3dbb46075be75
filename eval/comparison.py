"""Everything that a comparison of systems found, as plain records, and their form as JSON (`comparison.json`).

`eval.compare` makes one, `eval.report` and `eval.summary` show it; nothing here computes. What stands "by system" in a
tuple has the order of `Comparison.systems`, which is that of their ranks, so that names are not repeated a thousand
times over. Scores are in points from 0 to 100 (TER may pass 100), p-values and shares from 0 to 1.
"""

import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

SCHEMA = "zhaiyi.comparison/1"

Kind = Literal["run", "file", "model"]
Unit = Literal["item", "document"]
"""What is drawn when resampling: items (abstracts or lines that references are joined to), or whole documents."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % bootstrap interval; without resampling both ends are the value."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric by the name that scores have, with sacrebleu's signature; of TER, less is better."""

    name: str
    signature: str
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """A set of references: who wrote it ("human", "llm:name", "mt:name", "unknown"), for how many items, its script.

    `script` is "hans", "hant", or "" where neither is seen.
    """

    name: str
    origin: str
    count: int
    script: str


@dataclass(frozen=True, slots=True)
class Significance:
    """Two-sided p-values of a difference, and the same after Holm's correction for all systems compared."""

    unit: Unit
    p_bootstrap: float
    p_randomisation: float
    p_bootstrap_holm: float
    p_randomisation_holm: float


@dataclass(frozen=True, slots=True)
class Difference:
    """By how many points a system is above the baseline (below: negative) in a metric, with its interval and tests."""

    metric: str
    difference: Estimate
    tests: tuple[Significance, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of `count` things were kept."""

    kept: int
    count: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a system did that scores do not show; items in which it happened, but for `numbers` and `masks`.

    `numbers` and `masks` (math, URLs, citations) count those of the source that stand in the hypothesis, and are None
    where no source is known; `copied` are items with long English left as it was, `looping` those that repeat much.
    """

    numbers: Kept | None
    masks: Kept | None
    empty: int
    looping: int
    copied: int | None


@dataclass(frozen=True, slots=True)
class TermsKept:
    """Terms rendered in an accepted way; `consistent` counts item and term that occur together more than once, and
    those of them that have one rendering throughout.
    """

    rendered: Kept
    consistent: Kept


@dataclass(frozen=True, slots=True)
class Cost:
    """What a system costs, where known: None is not known. Of a run these are what its `run.json` says."""

    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    segments_per_second: float | None = None
    peak_megabytes: float | None = None
    model_megabytes: float | None = None


@dataclass(frozen=True, slots=True)
class System:
    """A system compared: what it is, its scores by metric, its place, and what else is known of it.

    `raw` are scores before finishing, empty where only one form is known. Places count from 1 by the first metric;
    with chance counted the place is between `best_rank` and `worst_rank`; systems of one `cluster` cannot be told apart
    from each other, those of another one are all better or all worse. `differences` are none for the baseline.
    """

    name: str
    kind: Kind
    path: str
    signature: str
    rank: int
    best_rank: int
    worst_rank: int
    cluster: int
    scores: Mapping[str, Estimate]
    raw: Mapping[str, Estimate]
    differences: tuple[Difference, ...]
    behaviour: Behaviour
    terms: TermsKept | None
    cost: Cost
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Items that have something in common: `kind` says in what ("length"), `label` which ("1-20 words").

    `scores[metric]` is the corpus score of these items by system.
    """

    kind: str
    label: str
    count: int
    scores: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the list that stands in sources: in how many items, and in how many rendered as accepted by system."""

    english: str
    chinese: tuple[str, ...]
    count: int
    kept: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An abstract or a line with its references, and what every system made of it.

    `scores` are sentence scores in `Comparison.item_metric`; `issues` name the kinds of what is wrong with each
    hypothesis ("numbers", "masks", "copied", "repetition", "empty"); `buckets` are positions in `Comparison.buckets`.
    """

    id: str
    document: str
    title: str
    categories: tuple[str, ...]
    source: str
    references: tuple[str, ...]
    hypotheses: tuple[str, ...]
    scores: tuple[float, ...]
    issues: tuple[tuple[str, ...], ...]
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole comparison.

    `pairs[i][j]` is the uncorrected p-value of systems i and j in the first metric, by item, by the spread of their
    bootstrap differences about the mean; ranks and clusters rest on it. `most_different` are ids of the items on which
    systems differ most, `worst` by system those it does worst on, the worst first.
    """

    title: str
    command: str
    versions: Mapping[str, str]
    date: str
    baseline: str
    items_count: int
    documents_count: int
    resamples: int
    trials: int
    seed: int
    item_metric: str
    metrics: tuple[MetricInfo, ...]
    references: tuple[ReferenceInfo, ...]
    notes: tuple[str, ...]
    systems: tuple[System, ...]
    pairs: tuple[tuple[float, ...], ...]
    buckets: tuple[Bucket, ...]
    terms: tuple[Term, ...]
    items: tuple[Item, ...]
    most_different: tuple[str, ...]
    worst: tuple[tuple[str, ...], ...]


def to_object(comparison: Comparison) -> dict[str, Any]:
    """A comparison as a JSON object; `from_object` is its inverse."""
    return {"schema": SCHEMA, **asdict(comparison)}


def from_object(found: Mapping[str, Any]) -> Comparison:
    """A comparison from its JSON object. Raises `ValueError` for an object that is none, saying where."""
    if found.get("schema") != SCHEMA:
        raise ValueError(f"schema is {found.get('schema')!r}, not {SCHEMA!r}")
    made: Comparison = _build(Comparison, {name: value for name, value in found.items() if name != "schema"}, "")
    return made


_hints = cache(get_type_hints)


def _build(kind: Any, value: Any, place: str) -> Any:
    """`value` from JSON as an object of the annotated type `kind`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        names = [field.name for field in fields(kind)]
        if not isinstance(value, Mapping) or set(names) != set(value):
            raise ValueError(f"{place or 'the object'}: expected the fields {', '.join(names)}")
        return kind(**{name: _build(hints[name], value[name], f"{place}.{name}".lstrip(".")) for name in names})
    if origin in (Union, types.UnionType):
        return None if value is None else _build(arguments[0], value, place)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_build(arguments[0], one, f"{place}[{number}]") for number, one in enumerate(value))
    if origin is not None and isinstance(value, Mapping):
        return {name: _build(arguments[1], one, f"{place}.{name}") for name, one in value.items()}
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if value in arguments if origin is Literal else isinstance(value, kind):
        return value
    raise ValueError(f"{place}: {value!r} is not of the expected type")
