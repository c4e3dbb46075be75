"""Our own JSON lines: abstracts as `to_record` writes them, and the translations and failures of a run."""

from typing import Any

from pipeline.readers.json_values import Unusable, identity
from pipeline.records import RECORD_SCHEMA, Abstract, Reference

_ROW = {"id": str, "source": str, "target": str, "segments": list, "system": str}
_FAILURE = {"id", "error"}


def is_own(record: dict[str, Any]) -> bool:
    """Whether an object was written by this program."""
    return record.get("schema") == RECORD_SCHEMA or _is_row(record) or record.keys() == _FAILURE


def read_own(record: dict[str, Any]) -> Abstract:
    """The very abstract that was written; of a translation, the abstract that was translated.

    The translation of a run is no reference: it stands under `meta["previous"]` with the system that made it.
    """
    record_id = identity(record.get("id"))
    if record.keys() == _FAILURE:
        raise Unusable(f"failed in the run that is read: {record['error']}", record_id)
    if _is_row(record):
        previous = {name: record[name] for name in ("title_zh", "target", "system") if name in record}
        return Abstract(
            record["id"],
            title if isinstance(title := record.get("title"), str) else "",
            record["source"],
            _references(record),
            {**_meta(record), "previous": previous},
        )
    for name in ("id", "title", "abstract"):
        if not isinstance(record.get(name), str):
            raise Unusable(f"field {name!r} of a record of ours is missing or no text: write it again", record_id)
    return Abstract(record["id"], record["title"], record["abstract"], _references(record), _meta(record))


def _is_row(record: dict[str, Any]) -> bool:
    return all(isinstance(record.get(name), kind) for name, kind in _ROW.items())


def _references(record: dict[str, Any]) -> tuple[Reference, ...]:
    texts, origins = record.get("references", []), record.get("reference_sources", [])
    if not isinstance(texts, list) or not isinstance(origins, list) or len(texts) != len(origins):
        raise Unusable(
            "references and reference_sources do not belong together: write it again", identity(record["id"])
        )
    return tuple(Reference(str(text), str(origin)) for text, origin in zip(texts, origins, strict=True))


def _meta(record: dict[str, Any]) -> dict[str, Any]:
    meta = record.get("meta")
    return dict(meta) if isinstance(meta, dict) else {}
