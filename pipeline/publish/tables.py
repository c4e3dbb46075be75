"""Write and read the Parquet files of a data set: shards of each split of each table, in constant memory.

    data/train-00000.parquet, data/train-00001.parquet, ..., segments/train-00000.parquet, ...

A shard's name does not hold how many there are, so a corpus that grows keeps the names, and the bytes, of its old ones.
Shard n of `data` and of `segments` hold the same abstracts.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import RunError
from pipeline.publish.items import Item
from pipeline.publish.schema import CONFIGS, Row, item_from, schemas

SHARD_ROWS = 50_000  # abstracts: some 60 MB
GROUP_ROWS = 1_000  # abstracts written at once
COMPRESSION = "zstd"
REPEATED = (
    "id", "categories.list.element", "date", "source", "licence", "licence_from", "system",
    "issues.list.element.kind", "reference_sources.list.element", "gap",
)  # fmt: skip
"""Columns whose values come again and again: texts never do, and looking for it takes time."""


class SplitWriter:
    """Writes the shards of one split, from shard number `first` on; `written` tells what each file holds."""

    def __init__(self, folder: Path, split: str, first: int = 0, shard_rows: int = SHARD_ROWS) -> None:
        self.folder, self.split, self.number, self.shard_rows = folder, split, first - 1, shard_rows
        self.fingerprints: dict[str, list[str]] = {}
        """File -> a digest of the values of each row group."""
        self.rows: Counter[str] = Counter()
        self._schemas = schemas()
        self._waiting: dict[str, list[Row]] = {config: [] for config in CONFIGS}
        self._writers: dict[str, Any] = {}
        self._in_shard = 0

    def add(self, abstract: Row, segments: list[Row]) -> None:
        """Add an abstract and its segments."""
        if not self._writers or self._in_shard == self.shard_rows:
            self._next_shard()
        self._waiting["abstracts"].append(abstract)
        self._waiting["segments"] += segments
        self._in_shard += 1
        if len(self._waiting["abstracts"]) == GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what waits, and end the last shard."""
        self._flush()
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _next_shard(self) -> None:
        import pyarrow.parquet as pq

        self.close()
        self.number, self._in_shard = self.number + 1, 0
        for config, name in CONFIGS.items():
            path = self.folder / shard_name(name, self.split, self.number)
            path.parent.mkdir(exist_ok=True)
            self._writers[config] = pq.ParquetWriter(
                path, self._schemas[config], compression=COMPRESSION, use_dictionary=list(REPEATED)
            )

    def _flush(self) -> None:
        import pyarrow as pa

        for config, rows in self._waiting.items():
            if rows or (config == "segments" and self._waiting["abstracts"]):
                table = pa.Table.from_pylist(rows, schema=self._schemas[config])
                file = shard_name(CONFIGS[config], self.split, self.number)
                self._writers[config].write_table(table, row_group_size=max(1, len(rows)))
                self.fingerprints.setdefault(file, []).append(fingerprint(table))
                self.rows[file] += len(rows)
        self._waiting = {config: [] for config in CONFIGS}


def shard_name(folder: str, split: str, number: int) -> str:
    """A shard's path in the data set.

    >>> shard_name("data", "train", 7)
    'data/train-00007.parquet'
    """
    return f"{folder}/{split}-{number:05d}.parquet"


def shards(folder: Path, config: str = "abstracts") -> list[Path]:
    """The shards of a table, split after split, in order."""
    return sorted((folder / CONFIGS[config]).glob("*.parquet"))


def split_of(shard: Path) -> str:
    """The split that a shard belongs to."""
    return shard.name.rsplit("-", 1)[0]


def read_shard_rows(folder: Path, name: str) -> Iterator[tuple[Row, list[Row]]]:
    """Each abstract of a shard (`train-00000.parquet`) with its segments, in order."""
    segments = _rows(folder / CONFIGS["segments"] / name)
    waiting = next(segments, None)
    for row in _rows(folder / CONFIGS["abstracts"] / name):
        found = []
        while waiting is not None and waiting["id"] == row["id"]:
            found.append(waiting)
            waiting = next(segments, None)
        yield row, found
    if waiting is not None:
        raise RunError(f"{folder}: segments/{name} has a segment of {waiting['id']!r}, which data/{name} has not")


def _rows(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(GROUP_ROWS):
            yield from batch.to_pylist()


def published_items(folder: Path) -> Iterator[tuple[Item, Row, str]]:
    """All items of a data set, rebuilt, each with its row of `abstracts` and its split."""
    for shard in shards(folder):
        for row, segments in read_shard_rows(folder, shard.name):
            yield item_from(row, segments), row, split_of(shard)


def fingerprint(table: Any) -> str:
    """A digest of all values of a table, whatever its chunks and offsets: equal tables have equal ones.

    >>> import pyarrow as pa
    >>> table = pa.table({"a": [["x"], [], None, ["y", "z"]]})
    >>> whole = fingerprint(table)
    >>> whole == fingerprint(pa.concat_tables([table[:2], table[2:]])), whole == fingerprint(table[:3])
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=16)
    for column in table.combine_chunks().columns:
        for chunk in column.chunks or [column.combine_chunks()]:
            _update(digest, chunk)
    return digest.hexdigest()


def _update(digest: Any, array: Any) -> None:
    """Validity, lengths and values of an Arrow array, nested ones value by value."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    digest.update(np.packbits(array.is_valid().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_struct(array.type):
        for number in range(array.type.num_fields):
            _update(digest, pc.struct_field(array, number))
    elif pa.types.is_list(array.type):
        digest.update(pc.fill_null(pc.list_value_length(array), -1).to_numpy(zero_copy_only=False).tobytes())
        _update(digest, array.flatten())
    elif pa.types.is_string(array.type):
        digest.update(pc.fill_null(pc.binary_length(array), -1).to_numpy(zero_copy_only=False).tobytes())
        _, offsets, values = array.buffers()
        if values is not None:
            first, last = np.frombuffer(offsets, np.int32)[[array.offset, array.offset + len(array)]]
            digest.update(memoryview(values)[first:last])
    else:
        digest.update(pc.fill_null(array, 0).to_numpy(zero_copy_only=False).tobytes())
