"""Read Parquet and Arrow files: rows streamed, columns known by their names as the fields of JSON are.

Arrow files are what `save_to_disk` of the library datasets writes, and Feather. A row is one abstract; a column
`translation` that holds objects `{en, zh}` gives the text and its reference.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from pipeline.errors import RecordError
from pipeline.readers.fields import build
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import MAX_LINE, Source
from pipeline.readers.values import plain_value
from pipeline.records import Abstract

if TYPE_CHECKING:
    import pyarrow

_MAX_ROWS = 1000  # of a batch
_BATCH = 32 << 20  # bytes of a batch, by the sizes that the file tells; a single row may be larger
_COPY = 1 << 20


def _read(name: str, source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of a file; what is damaged further on ends it with an error, after the rows before."""
    import pyarrow

    if source.kind != name:
        raise source.error(f"no {name} file by its beginning: let the format be recognised")
    with _seekable(source) as file:
        batches = _parquet_batches(file) if name == "parquet" else _arrow_batches(file)
        try:
            yield from abstracts(batches, source.stem, source.meta(name), source, options)
        except (pyarrow.ArrowException, MemoryError, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the file system's, not the format's
            raise source.error(f"damaged {name} file ({error}): get or write it again") from error


def abstracts(
    batches: Iterable["pyarrow.RecordBatch"], stem: str, meta: Mapping[str, Any], source: Source, options: ReadOptions
) -> Iterator[Abstract | RecordError]:
    """An abstract a row; one without an id is called by `stem` and its number."""
    rows = (row for batch in batches for row in _rows(batch))
    for number, row in enumerate(rows, 1):
        fallback_id = f"{stem}-{number}"
        fail = partial(_fail, source, f"row {number}", fallback_id)
        yield fail(row, "") if isinstance(row, str) else build(row, meta, options, fallback_id, fail)


def _fail(source: Source, place: str, fallback_id: str, message: str, record_id: str) -> RecordError:
    return source.error(f"{place}: {message}", 0, record_id or fallback_id)


def _parquet_batches(file: IO[bytes]) -> Iterator["pyarrow.RecordBatch"]:
    from pyarrow.parquet import ParquetFile

    # neither a whole row group nor a whole column of one is held
    opened = ParquetFile(file, pre_buffer=False, buffer_size=_COPY)
    for index in range(opened.num_row_groups):
        group = opened.metadata.row_group(index)
        rows = _BATCH * group.num_rows // max(group.total_byte_size, 1)
        yield from opened.iter_batches(max(1, min(rows, _MAX_ROWS)), row_groups=[index], use_threads=False)


def _arrow_batches(file: IO[bytes]) -> Iterator["pyarrow.RecordBatch"]:
    from pyarrow import ipc

    indexed = file.read(6) == b"ARROW1"
    file.seek(0)
    reader = ipc.open_file(file) if indexed else ipc.open_stream(file)
    batches = map(reader.get_batch, range(reader.num_record_batches)) if indexed else iter(reader)
    for batch in batches:
        batch.validate(full=True)  # the format itself trusts its writer
        for start in range(0, batch.num_rows, _MAX_ROWS):
            yield batch.slice(start, _MAX_ROWS)


def _rows(batch: "pyarrow.RecordBatch") -> Iterator[dict[str, Any] | str]:
    """The rows of a batch; of a row that cannot be used, what is wrong with it."""
    names = batch.schema.names
    if len(set(names)) < len(names):
        names = [f"{name}_{i}" if name in names[: i - 1] else name for i, name in enumerate(names, 1)]
        batch = batch.rename_columns(names)
    typed = [field.name for field in batch.schema if not _is_plain(field.type)]
    try:
        rows = batch.to_pylist() if batch.nbytes <= MAX_LINE else None
    except UnicodeDecodeError:
        rows = None
    for index in range(batch.num_rows):
        row = rows[index] if rows is not None else _row(batch.slice(index, 1))
        if isinstance(row, dict):
            row.update((name, plain_value(row[name])) for name in typed)
        yield row


def _row(batch: "pyarrow.RecordBatch") -> dict[str, Any] | str:
    """The one row of a batch, or what is wrong with it."""
    if batch.nbytes > MAX_LINE:
        return f"over {MAX_LINE >> 20} MiB: no abstract is that long, cut it"
    try:
        (row,) = batch.to_pylist()
    except UnicodeDecodeError:
        return "bytes that are not UTF-8: repair the row"
    return row  # type: ignore[no-any-return]


def _is_plain(kind: "pyarrow.DataType") -> bool:
    """Whether the values of a type are as JSON has them: texts, whole numbers, truths."""
    from pyarrow import types

    tests = (types.is_string, types.is_large_string, types.is_integer, types.is_boolean, types.is_null)
    if types.is_list(kind) or types.is_large_list(kind):
        return _is_plain(kind.value_type)
    if types.is_struct(kind):
        return all(_is_plain(field.type) for field in kind)
    return any(test(kind) for test in tests)


@contextmanager
def _seekable(source: Source) -> Iterator[IO[bytes]]:
    """Its bytes as a file to seek in: itself, or a temporary copy where it is packed."""
    with source.readable() as packed:
        if packed.seekable():
            yield packed
            return
        with tempfile.TemporaryFile(prefix="zhaiyi-") as copy:
            shutil.copyfileobj(packed, copy, _COPY)
            copy.seek(0)
            yield copy


def _recognise(name: str, source: Source) -> str:
    return f"its first bytes are those of {name}" if source.kind == name else ""


PARQUET = Format("parquet", partial(_read, "parquet"), partial(_recognise, "parquet"), suffixes=("parquet",))
ARROW = Format("arrow", partial(_read, "arrow"), partial(_recognise, "arrow"), suffixes=("arrow", "feather"))
