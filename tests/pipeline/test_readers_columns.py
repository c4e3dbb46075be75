"""Columns and data sets, in folders and on the hub."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from reading import CHINESE, ENGLISH, ids, lines_of, read, read_bytes, zipped

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.hub import Address, parse_address
from pipeline.records import Abstract, Reference

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
