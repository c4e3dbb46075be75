"""The columns of a published data set, and how a run's row becomes them and is rebuilt from them.

Two tables: `abstracts`, one row an abstract, and `segments`, one row a segment of an abstract's text. Together they
hold all that the run's row holds.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish.items import Item, Pair, Review
from pipeline.publish.licences import Licence
from pipeline.readers.choose import categories_of, date_of
from pipeline.records import Issue

CONFIGS = {"abstracts": "data", "segments": "segments"}
"""Name of a table, as `load_dataset` takes it -> its folder; the first one is the default."""

Row = dict[str, Any]


def abstract_row(item: Item, licence: Licence, scores: Mapping[str, float]) -> Row:
    """An item's row of the table `abstracts`."""
    return {
        "id": item.id,
        "translation": {"en": item.source, "zh": item.target},
        "title": item.title,
        "title_zh": item.title_zh,
        "categories": categories_of(item.meta),
        "date": date_of(item.meta),
        "source": str(item.meta.get("format", "")),
        "licence": licence.name,
        "licence_from": licence.origin,
        "system": item.system,
        "issues": _issues(item.issues),
        "references": list(item.references),
        "reference_sources": list(item.origins),
        "bleu": scores.get("BLEU"),
        "chrf2": scores.get("chrF2"),
        "reviewed": sum(pair.review is not None for pair in item.segments) + (item.title_review is not None),
        "title_review": _review(item.title_review),
        "removed": list(item.removed),
        "normalised": json.dumps(item.normalised, ensure_ascii=False) if item.normalised else "",
        "meta": json.dumps(item.meta, ensure_ascii=False, default=str),
    }


def segment_rows(item: Item) -> list[Row]:
    """An item's rows of the table `segments`: a Chinese text is the finished one, `raw` is the model's own."""
    return [
        {
            "id": item.id,
            "index": index,
            "translation": {"en": pair.source, "zh": pair.target},
            "gap": pair.gap,
            "issues": _issues(pair.issues),
            "review": _review(pair.review),
            "raw": pair.raw or None,
        }
        for index, pair in enumerate(item.segments)
    ]


def item_from(row: Row, segments: Sequence[Row]) -> Item:
    """The item that was published as these rows."""
    return Item(
        id=row["id"],
        title=row["title"],
        title_zh=row["title_zh"],
        source=row["translation"]["en"],
        target=row["translation"]["zh"],
        segments=tuple(
            Pair(
                one["translation"]["en"],
                one["translation"]["zh"],
                one["gap"],
                tuple(Issue(**issue) for issue in one["issues"]),
                Review(**one["review"]) if one["review"] else None,
                one["raw"] or "",
            )
            for one in segments
        ),
        system=row["system"],
        references=tuple(row["references"]),
        origins=tuple(row["reference_sources"]),
        issues=tuple(Issue(**issue) for issue in row["issues"]),
        removed=tuple(row["removed"]),
        normalised=json.loads(row["normalised"]) if row["normalised"] else {},
        title_review=Review(**row["title_review"]) if row["title_review"] else None,
        meta=json.loads(row["meta"]),
    )


def _issues(issues: Sequence[Issue]) -> list[dict[str, str]]:
    return [{"kind": issue.kind, "detail": issue.detail} for issue in issues]


def _review(review: Review | None) -> dict[str, str] | None:
    return {"by": review.by, "when": review.when, "machine": review.machine} if review else None


def schemas() -> dict[str, Any]:
    """The Arrow schema of each table, with the features that `datasets` reads from it."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    translation = pa.struct({"en": text, "zh": text})
    issues = pa.list_(pa.struct({"kind": text, "detail": text}))
    review = pa.struct({"by": text, "when": text, "machine": text})
    columns: dict[str, dict[str, Any]] = {
        "abstracts": {
            "id": text, "translation": translation, "title": text, "title_zh": text, "categories": texts, "date": text,
            "source": text, "licence": text, "licence_from": text, "system": text, "issues": issues,
            "references": texts, "reference_sources": texts, "bleu": pa.float32(), "chrf2": pa.float32(),
            "reviewed": pa.int32(), "title_review": review, "removed": texts, "normalised": text, "meta": text,
        },
        "segments": {
            "id": text, "index": pa.int32(), "translation": translation, "gap": text, "issues": issues,
            "review": review, "raw": text,
        },
    }  # fmt: skip
    made = {}
    for name, fields in columns.items():
        schema = pa.schema(list(fields.items()))
        features = {field.name: feature(field.name, field.type) for field in schema}
        made[name] = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    return made


def feature(name: str, kind: Any) -> dict[str, Any]:
    """A column's feature in the form in which `datasets` writes it into Parquet."""
    import pyarrow.types as types

    if name == "translation":
        return {"languages": ["en", "zh"], "_type": "Translation"}
    if types.is_list(kind):
        return {"feature": feature("", kind.value_type), "_type": "List"}
    if types.is_struct(kind):
        return {field.name: feature(field.name, field.type) for field in kind}
    names = {"float": "float32"}
    return {"dtype": names.get(str(kind), str(kind)), "_type": "Value"}
