"""Reading small files in tests of the readers."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.unpack import zstd
from pipeline.records import Abstract

Items = list[Abstract | RecordError]
ENGLISH = "We study how networks forget. A replay buffer of 1% is enough."
CHINESE = "我们研究神经网络如何遗忘，并提出一种新的方法。"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": partial(bz2.compress, compresslevel=1),  # the smallest blocks, of which each is packed as a whole
    "xz": lzma.compress,
    "zst": zstd.compress,
}


def read(path: Path | str, **options: str) -> Items:
    return list(read_paths([str(path)], ReadOptions(**options)))


def read_bytes(tmp_path: Path, data: bytes, name: str = "a.jsonl", **options: str) -> Items:
    (tmp_path / name).write_bytes(data)
    return read(tmp_path / name, **options)


def ids(items: Items) -> list[str]:
    return [item.id if isinstance(item, Abstract) else f"! {item}" for item in items]


def lines_of(count: int) -> bytes:
    """JSON lines that do not pack too well."""
    rows = ({"id": str(i), "abstract": f"{ENGLISH} {i * 2654435761 % (1 << 32)} {i * i}"} for i in range(count))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def zipped(files: dict[str, bytes], **options: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return stream.getvalue()
