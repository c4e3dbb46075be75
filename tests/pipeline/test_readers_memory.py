"""Ids and memory: repeated ids are seen, and memory does not grow with the file."""

import gzip
import json
import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from reading import lines_of, read_bytes

from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.unique import Seen
from pipeline.records import Abstract


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
