"""Load a data set back before it is shown to anyone, and prove that it holds what was to be published."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import RunError
from pipeline.publish.facts import Facts
from pipeline.publish.items import Item
from pipeline.publish.manifest import check_folder
from pipeline.publish.schema import CONFIGS, item_from
from pipeline.publish.tables import fingerprint, read_shard_rows, shards


def verify(
    folder: Path, written: Mapping[str, Sequence[str]], sample: Mapping[str, Sequence[Item]], facts: Facts
) -> None:
    """Check values, counts, ids, empty targets, digests, a sample item by item, and that `datasets` loads it.

    `written` are the row groups' digests of the files that were written, `sample` some items of each split. Raises
    `RunError` with what is wrong.
    """
    _check_values(folder, written)
    _check_ids(folder, facts)
    _check_sample(folder, written, sample)
    check_folder(folder)
    if find_spec("datasets"):
        _check_loading(folder, facts)


def _wrong(folder: Path, what: str) -> RunError:
    return RunError(f"{folder}: {what}; nothing was published. Please report this")


def _check_values(folder: Path, written: Mapping[str, Sequence[str]]) -> None:
    import pyarrow.parquet as pq

    for name, digests in written.items():
        with pq.ParquetFile(folder / name) as file:
            found = [fingerprint(file.read_row_group(number)) for number in range(file.num_row_groups)]
        if found != list(digests):
            raise _wrong(folder, f"{name} does not hold what was written")


def _check_ids(folder: Path, facts: Facts) -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    seen: set[str] = set()
    for shard in shards(folder):
        with pq.ParquetFile(shard) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number, columns=["id", "translation.zh"])
                before, ids = len(seen), table["id"].to_pylist()
                seen.update(ids)
                if len(seen) < before + len(ids):
                    raise _wrong(folder, f"{shard.name} has an id that stands twice")
                targets = pc.struct_field(table["translation"], "zh")
                if pc.any(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(targets)), 0)).as_py():
                    raise _wrong(folder, f"{shard.name} has an empty Chinese text")
    if len(seen) != facts.count:
        raise _wrong(folder, f"{len(seen)} abstracts instead of {facts.count}")


def _check_sample(folder: Path, written: Mapping[str, Sequence[str]], sample: Mapping[str, Sequence[Item]]) -> None:
    for split, items in sample.items():
        wanted = {item.id: item for item in items}
        for name in sorted(Path(file).name for file in written if file.startswith(f"{CONFIGS['abstracts']}/{split}-")):
            for row, segments in read_shard_rows(folder, name):
                if (item := wanted.pop(row["id"], None)) and item_from(row, segments) != item:
                    raise _wrong(folder, f"{item.id!r} is not what the run holds")
                if not wanted:
                    break
        if wanted:
            raise _wrong(folder, f"{next(iter(wanted))!r} is missing")


def _check_loading(folder: Path, facts: Facts) -> None:
    """`load_dataset(folder)`, both tables, whole and streamed, in a cache that is thrown away."""
    import datasets

    bars = datasets.are_progress_bars_disabled() if hasattr(datasets, "are_progress_bars_disabled") else False
    datasets.disable_progress_bars()
    try:
        with tempfile.TemporaryDirectory(prefix="zhaiyi-") as cache:
            for config in CONFIGS:
                counts = facts.abstracts if config == "abstracts" else facts.segments
                loaded: Any = datasets.load_dataset(str(folder), config, cache_dir=cache)
                found = {split: data.num_rows for split, data in loaded.items() if data.num_rows}
                if found != {split: count for split, count in counts.items() if count}:
                    raise _wrong(folder, f"load_dataset gives {found} rows of {config} instead of {dict(counts)}")
                split = next(iter(found))
                translation = loaded[split].features["translation"]
                if not isinstance(translation, datasets.Translation):
                    raise _wrong(folder, f"load_dataset does not see a translation in {config}")
                streamed = datasets.load_dataset(str(folder), config, split=split, streaming=True, cache_dir=cache)
                if next(iter(streamed)) != loaded[split][0]:
                    raise _wrong(folder, f"streaming {config} gives another first row")
                loaded.cleanup_cache_files()
    finally:
        if not bars:
            datasets.enable_progress_bars()
