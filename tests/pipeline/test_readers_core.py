"""Packed input, archives, columns, data sets: all of it is read, nothing of it is trusted, memory stays small."""

import bz2
import gzip
import io
import json
import lzma
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, archive, read_paths, source, table, text, unpack
from pipeline.readers.hub import Address, parse_address
from pipeline.readers.unique import Seen
from pipeline.readers.unpack import zstd
from pipeline.records import Abstract, Reference

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


# --- compression


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_files_are_read_by_their_content(tmp_path: Path, kind: str) -> None:
    packed = PACKERS[kind](lines_of(3)) + PACKERS[kind](lines_of(5)[len(lines_of(3)) :])  # one stream after another
    assert (
        ids(read_bytes(tmp_path, packed, f"a.jsonl.{kind}")) == ids(read_bytes(tmp_path, packed, "b")) == list("01234")
    )


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_that_is_cut_off_gives_what_comes_before(tmp_path: Path, kind: str) -> None:
    packed = PACKERS[kind](lines_of(8_000))
    *items, last = read_bytes(tmp_path, packed[: len(packed) * 2 // 3], f"a.jsonl.{kind}")
    assert 0.45 * 8_000 < len(items) < 8_000
    assert ids(items) == [str(i) for i in range(len(items))]
    assert str(last).startswith(f"{tmp_path}/a.jsonl.{kind}: damaged compressed file (")


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_that_is_broken_inside_gives_what_comes_before(tmp_path: Path, kind: str) -> None:
    first, second = PACKERS[kind](lines_of(2_000)), bytearray(PACKERS[kind](lines_of(8_000)))
    second[len(second) // 2 : len(second) // 2 + 64] = b"\xaa" * 64
    items = read_bytes(tmp_path, first + second, f"a.jsonl.{kind}")
    assert sum(isinstance(item, Abstract) for item in items) > 2_000
    assert "damaged compressed file" in str(items[-1])


@given(st.binary(max_size=3_000), st.sampled_from(sorted(PACKERS)), st.integers(1, 700), st.integers(0))
@settings(max_examples=100, deadline=None)
def test_unpacking_gives_the_bytes_back_whatever_is_read_at_once(data: bytes, kind: str, size: int, cut: int) -> None:
    packed = PACKERS[kind](data)
    stream = unpack.unpacked(io.BytesIO(packed))
    assert stream is not None
    assert b"".join(iter(lambda: stream.read(size), b"")) == data
    cut %= len(packed)
    if unpack.packing(packed[:cut]):
        stream, found = unpack.unpacked(io.BytesIO(packed[:cut])), b""
        assert stream is not None
        with pytest.raises(unpack.Damaged):
            while chunk := stream.read(size):
                found += chunk
        assert data.startswith(found)


@pytest.mark.parametrize("kind", PACKERS)
def test_what_unpacks_out_of_all_proportion_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(unpack, "FREE", 1 << 20)
    items = read_bytes(tmp_path, PACKERS[kind](lines_of(1) + b"\n" * (16 << 20)), f"a.jsonl.{kind}")
    assert ids(items[:1]) == ["0"]
    assert len(items) == 2 and "unpacks to over 200 times its size" in str(items[1])


def test_memory_that_a_header_asks_for_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = zstd.compress(lines_of(1), options={zstd.CompressionParameter.window_log: 28})
    assert ids(read_bytes(tmp_path, wide, "a.jsonl.zst")) == ["0"]  # a window of no more than the text is fine
    stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 30})
    many = stream.compress(lines_of(1)) + stream.flush()
    with pytest.raises(InputError, match="too much memory"):
        read_bytes(tmp_path, many, "a.jsonl.zst")
    monkeypatch.setattr(unpack, "_MAX_LZMA", 1 << 20)
    with pytest.raises(InputError, match="Memory usage limit exceeded"):
        read_bytes(tmp_path, lzma.compress(lines_of(1)), "a.jsonl.xz")


def test_bytes_that_are_packed_twice_are_refused_and_a_name_is_no_packing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="packed twice"):
        read_bytes(tmp_path, gzip.compress(zstd.compress(lines_of(1))), "a.jsonl.gz")
    assert len(read_bytes(tmp_path, b"BZhang and others study networks.", "a.txt")) == 1


# --- long lines


@pytest.mark.parametrize(
    ("name", "split", "rows"),
    [
        pytest.param(
            "a.jsonl",
            "file",
            [b'{"id": "a", "abstract": "We."}', b'{"id": "b", "abstract": "', b'{"id": "c", "abstract": "We."}'],
            id="JSON lines",
        ),
        pytest.param("a.csv", "file", [b"id,abstract\na,We.", b"b,We ", b"c,We."], id="a table"),
        pytest.param("a.txt", "lines", [b"We study a.", b"We ", b"We study c."], id="text by lines"),
        pytest.param(
            "a.txt", "paragraphs", [b"We study a.\n", b"We\nstudy ", b"\nWe study c."], id="text by paragraphs"
        ),
    ],
)
def test_a_line_that_is_too_long_is_an_error_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, split: str, rows: list[bytes]
) -> None:
    for module in (source, text, table):
        monkeypatch.setattr(module, "MAX_LINE", 1 << 16)
    first, long, last = rows
    size = 8 << 20
    (tmp_path / name).write_bytes(first + b"\n" + long + b"x" * size + b"\n" + last + b"\n")
    tracemalloc.start()
    items = read(tmp_path / name, split=split)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(item) for item in items] == [Abstract, RecordError, Abstract]
    assert "over 16 MiB" in str(items[1]) or "a row over 0 MiB" in str(items[1])
    assert peak < size * 0.9 + (4 << 20)  # the head of 1 MiB is looked at in several forms


def test_a_row_of_many_lines_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_LINE", 1 << 12)
    many = '"\n",' * 10_000
    *_, last = read_bytes(tmp_path, f'id,abstract\na,We.\nb,{many}"\nc,We.\n'.encode(), "a.csv")
    assert isinstance(last, Abstract) and last.id == "c"


# --- zip archives


def test_the_files_of_a_zip_archive_are_sources_of_their_own(tmp_path: Path) -> None:
    left_out = dict.fromkeys(("README.md", "x/LICENSE", ".hidden.txt", "__MACOSX/b.txt", ".git/c.txt", "x/"), b"We.")
    files = {"z.txt": b"We study z.", "x/b.jsonl.gz": gzip.compress(lines_of(2)), "../../up.txt": b"We study up."}
    items = read_bytes(tmp_path, zipped({**files, **left_out}), "a.zip")
    assert ids(items) == ["up", "0", "1", "z"]
    assert items[1].meta["path"] == f"{tmp_path}/a.zip/x/b.jsonl.gz"  # type: ignore[union-attr]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]
    assert ids(read(tmp_path / "a.zip", pattern="*.txt")) == ["up", "z"]
    assert ids(read(tmp_path)) == ids(items)
    stdin = io.BytesIO((tmp_path / "a.zip").read_bytes())
    assert ids(list(read_paths(["-"], ReadOptions(), stdin))) == ids(items)


def test_what_cannot_be_read_in_a_zip_archive_is_one_error_each(tmp_path: Path) -> None:
    data = bytearray(
        zipped({"a.txt": b"We study.", "b.zip": zipped({"c.txt": b"We."}), "d.txt": lines_of(3_000), "e.txt": b"We."})
    )
    offset = data.index(b"d.txt") + 8_000
    data[offset : offset + 20] = b"\xaa" * 20
    first, nested, *some, damaged, last = read_bytes(tmp_path, bytes(data), "a.zip")
    assert ids([first, last]) == ["a", "e"]
    assert "a.zip/b.zip: a zip archive inside another archive" in str(nested)
    assert "a.zip/d.txt: damaged file in a zip archive" in str(damaged)
    assert len(some) > 100 and all(isinstance(item, Abstract) for item in some[:100])


def test_an_encrypted_file_in_a_zip_archive_is_one_error(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"We study.", "b.txt": b"We."}))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    first, second = read_bytes(tmp_path, bytes(data), "a.zip")
    assert "a.zip/a.txt: encrypted: unpack it with its password first" in str(first)
    assert ids([second]) == ["b"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(zipped({"a.txt": b"We study."})[:-10], "damaged zip archive", id="cut off"),
        pytest.param(zipped({}), "no file in this zip archive is wanted", id="empty"),
        pytest.param(zipped({"README.md": b"We."}), "no file in this zip archive is wanted", id="nothing to read"),
        pytest.param(
            zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "an Office file", id="docx"
        ),
    ],
)
def test_a_zip_archive_that_is_unusable_is_one_error(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, data, "a.zip")
    assert "\n" not in str(caught.value)


def test_a_zip_archive_out_of_all_proportion_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE", 1 << 20)
    with pytest.raises(InputError, match="over 200 times its size"):
        read_bytes(tmp_path, zipped({"a.txt": b"\n" * (8 << 20)}), "a.zip")


# --- columns

ROWS = {
    "ID": ["a", "b", "c", "d"],
    "translation": [{"en": ENGLISH, "zh": CHINESE}, {"en": "", "zh": None}, {"en": ENGLISH, "zh": None}, None],
    "categories": [["cs.LG"], ["stat.ML"], [], None],
    "score": [1.5, float("nan"), None, float("inf")],
    "blob": [b"text", b"\xff\xfe", None, b""],
}


def write_parquet(path: Path, rows: dict[str, list[Any]], **options: Any) -> Path:
    parquet.write_table(pa.table(rows), path, **options)
    return path


def write_arrow(path: Path, rows: dict[str, list[Any]], new: Any = pa.ipc.new_stream) -> Path:
    values = pa.table(rows)
    with new(path, values.schema) as writer:
        writer.write_table(values)
    return path


@pytest.mark.parametrize(
    "write",
    [
        write_parquet,
        lambda path, rows: write_parquet(path, rows, row_group_size=2, compression="zstd"),
        write_arrow,
        lambda path, rows: write_arrow(path, rows, pa.ipc.new_file),
    ],
    ids=["parquet", "row groups", "arrow stream", "arrow file"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "in an archive"])
def test_columns_are_known_by_their_names(tmp_path: Path, write: Callable[..., Path], packed: bool) -> None:
    path = write(tmp_path / "x.data", ROWS)
    if packed:
        data = path.read_bytes()
        path = tmp_path / "x.zip"
        path.write_bytes(zipped({"x.data": data}))
    first, second, third, fourth = read(path)
    assert isinstance(first, Abstract) and isinstance(third, Abstract)
    assert (first.id, first.text, first.references) == ("a", ENGLISH, (Reference(CHINESE, "unknown"),))
    rest = {key: value for key, value in first.meta.items() if key not in ("path", "format")}
    assert rest == {"categories": ["cs.LG"], "score": 1.5, "blob": "text"}
    assert third.references == () and third.meta["score"] is None
    assert "x.data: row 2: field 'translation' is empty" in str(second)
    assert "x.data: row 4: field 'translation' is empty" in str(fourth)


def test_parquet_streams_in_little_memory(tmp_path: Path) -> None:
    rows = {"id": [str(i) for i in range(30_000)], "abstract": [f"{i} {ENGLISH * 40}" for i in range(30_000)]}
    path = write_parquet(tmp_path / "a.parquet", rows, compression="none", use_dictionary=False)
    del rows
    pool = pa.default_memory_pool()
    before, most = pool.bytes_allocated(), 0
    count = 0
    for item in read_paths([str(path)], ReadOptions()):
        count += isinstance(item, Abstract)
        most = max(most, pool.bytes_allocated() - before)
    assert count == 30_000
    assert most < path.stat().st_size / 2


def test_rows_that_cannot_be_used_are_errors_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.readers import columnar

    broken = pa.array([b"We.", b"We \xff\xfe.", b"We."]).view(pa.string())
    parquet.write_table(pa.table({"abstract": broken}), tmp_path / "a.parquet")
    first, second, third = read(tmp_path / "a.parquet")
    assert ids([first, third]) == ["a-1", "a-3"]
    assert "row 2: bytes that are not UTF-8" in str(second)
    monkeypatch.setattr(columnar, "MAX_LINE", 1_000)
    write_parquet(tmp_path / "b.parquet", {"abstract": ["We.", "We " * 1_000, "We."]})
    first, second, third = read(tmp_path / "b.parquet")
    assert ids([first, third]) == ["b-1", "b-3"]
    assert "row 2: over" in str(second)


def test_damaged_columns_are_one_error(tmp_path: Path) -> None:
    path = write_parquet(
        tmp_path / "a.parquet", {"abstract": [f"{i} {ENGLISH}" for i in range(9_000)]}, row_group_size=3_000
    )
    data = bytearray(path.read_bytes())
    with pytest.raises(InputError, match="damaged parquet file"):
        read_bytes(tmp_path, bytes(data[:-20]), "b.parquet")
    middle = len(data) // 2
    data[middle : middle + 200] = b"\xff" * 200
    *some, last = read_bytes(tmp_path, bytes(data), "c.parquet")
    assert len(some) >= 3_000 and isinstance(last, RecordError)
    stream = write_arrow(tmp_path / "d.arrow", {"abstract": [ENGLISH] * 100}).read_bytes()
    with pytest.raises(InputError, match="damaged arrow file"):
        read_bytes(tmp_path, stream[: len(stream) // 2], "e.arrow")


def test_a_forced_format_must_fit_columns(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", {"abstract": [ENGLISH]})
    with pytest.raises(InputError, match="is parquet, not csv"):
        read(path, format="csv")
    with pytest.raises(InputError, match="no parquet file by its beginning"):
        read_bytes(tmp_path, b"We study.", format="parquet")


# --- data sets


def test_a_folder_written_by_save_to_disk_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    splits = {name: datasets.Dataset.from_dict({"text": [f"{ENGLISH} {name}"]}) for name in ("train", "test")}
    datasets.DatasetDict(splits).save_to_disk(tmp_path / "saved")
    items = read(tmp_path / "saved")
    assert [item.text.split()[-1] if isinstance(item, Abstract) else str(item) for item in items] == ["test", "train"]
    assert {item.meta["format"] for item in items if isinstance(item, Abstract)} == {"arrow"}


CARD = """---
language: [en, zh]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: [data/test.jsonl, ../outside.txt]
---
# A data set
"""


def test_a_folder_with_a_card_gives_the_files_that_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text(ENGLISH)
    (folder / "notes.txt").write_text(ENGLISH)
    (folder / "data" / "test.jsonl").write_bytes(lines_of(1))
    write_parquet(folder / "data" / "train-00000-of-00001.parquet", {"id": ["t"], "abstract": [ENGLISH]})
    assert ids(read(folder)) == ["0", "t", "notes"]
    (folder / "README.md").write_text(CARD)
    assert ids(read(folder)) == ["0", "t"]
    assert ids(read(folder, pattern="*.txt")) == ["notes"]
    for broken in ("---\nconfigs: [1, {data_files: 7}]\n---\n", "---\n{{{\n---\n", "---\nconfigs: yes", "# Title"):
        (folder / "README.md").write_text(broken)
        assert ids(read(folder)) == ["0", "t", "notes"]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("hf://user/name", ("user/name", "", "", "")),
        ("hf://datasets/user/name", ("user/name", "", "", "")),
        ("hf://user/na.me-1?split=test", ("user/na.me-1", "", "test", "")),
        ("hf://user/name/en-zh?split=train", ("user/name", "en-zh", "train", "")),
        ("hf://user/name@v1.0/en-zh", ("user/name", "en-zh", "", "v1.0")),
    ],
)
def test_addresses_of_data_sets(address: str, parts: tuple[str, ...]) -> None:
    assert parse_address(address) == Address(*parts)


@pytest.mark.parametrize(
    "address", ["hf://", "hf://name", "hf://user/name?config=x", "hf://user/name/a/b", "hf://u/n x"]
)
def test_what_is_no_address_is_one_error(address: str) -> None:
    with pytest.raises(InputError, match="no address of a data set: write hf://user/name"):
        read(address)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The library's loader, where data sets of the hub are a folder here; gives the calls that it gets."""
    datasets = pytest.importorskip("datasets")
    (tmp_path / "set").mkdir()
    for split in ("train", "test"):
        rows = {"id": [f"{split}{i}" for i in range(600)], "translation": [{"en": ENGLISH, "zh": CHINESE}] * 600}
        write_parquet(tmp_path / "set" / f"{split}.parquet", rows | {"score": [float("nan")] * 600})
    calls: list[dict[str, Any]] = []
    load = datasets.load_dataset

    def load_folder(path: str, name: str | None, **options: Any) -> Any:
        calls.append({"path": path, "name": name, **options, "offline": datasets.config.HF_HUB_OFFLINE})
        if path.endswith("/missing"):
            raise datasets.exceptions.DatasetNotFoundError("Dataset 'user/missing' doesn't exist\non the Hub")
        return load(str(tmp_path / "set"), name, **options, cache_dir=str(tmp_path / "cache"))

    monkeypatch.setattr(datasets, "load_dataset", load_folder)
    return calls


def test_a_data_set_of_the_hub_is_streamed(hub: list[dict[str, Any]]) -> None:
    items = read("hf://user/name")
    assert len(items) == 1_200 and {"train0", "test599"} < set(ids(items))
    first = items[0]
    assert isinstance(first, Abstract)
    assert first.references == (Reference(CHINESE, "unknown"),)
    assert first.meta == {"path": "hf://user/name", "format": "hub", "split": first.id.rstrip("0"), "score": None}
    assert ids(read("hf://user/name@main/default?split=test"))[::599] == ["test0", "test599"]
    streamed = {"streaming": True, "offline": False}
    assert hub == [
        {"path": "hf://datasets/user/name", "name": None, "split": None, "revision": None, **streamed},
        {"path": "hf://datasets/user/name", "name": "default", "split": "test", "revision": "main", **streamed},
    ]


def test_offline_the_hub_is_not_asked(hub: list[dict[str, Any]]) -> None:
    items = list(read_paths(["hf://user/name?split=test"], ReadOptions(offline=True)))
    assert len(items) == 600
    assert [(call["streaming"], call["offline"]) for call in hub] == [(False, True)]


def test_what_the_hub_says_is_one_line(hub: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match=r"hf://user/missing: cannot be loaded: .*doesn't exist on the Hub"):
        read("hf://user/missing")
    with pytest.raises(InputError, match=r"cannot be loaded: .*no_such"):
        read("hf://user/name?split=no_such")


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match=r"pip install 'zhaiyi\[datasets\]'"):
        read("hf://user/name")


# --- ids and memory


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3)))
def test_seen_is_a_set(names: list[str]) -> None:
    seen, known = Seen(), set[str]()
    for name in names:
        assert seen.add(name) == (name not in known)
        known.add(name)


def test_seen_takes_some_bytes_an_id() -> None:
    tracemalloc.start()
    seen = Seen()
    assert sum(seen.add(str(i % 20_000)) for i in range(30_000)) == 20_000
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 24 * 20_000 and peak < 48 * 20_000


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines_of(count)))
        tracemalloc.start()
        assert (
            sum(isinstance(item, Abstract) for item in read_paths([str(tmp_path / "a.jsonl.gz")], ReadOptions()))
            == count
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(9_000), peak(18_000)
    assert many < few + 24 * 9_000 + 100_000


def test_names_of_fields_may_be_anything(tmp_path: Path) -> None:
    rows = [{"abstract": "We.", "k" * 10_000: 1, str(i): 2} for i in range(3)]
    items = read_bytes(tmp_path, "".join(json.dumps(row) + "\n" for row in rows).encode())
    assert [len(item.meta) for item in items if isinstance(item, Abstract)] == [4] * 3
