"""Packed input, long lines, archives: all of it is read, nothing of it is trusted."""

import gzip
import io
import lzma
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import PACKERS, ids, lines_of, read, read_bytes, zipped

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, archive, read_paths, source, table, text, unpack
from pipeline.readers.unpack import zstd
from pipeline.records import Abstract

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
