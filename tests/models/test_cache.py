"""What is derived appears whole or not at all, and a cache that cannot be written says so."""

import threading
import time
from pathlib import Path

import pytest

from models.cache import build_once, cache_root, load_json, write_json
from models.errors import ModelError


def test_built_once_by_many_threads(tmp_path: Path) -> None:
    target, built = tmp_path / "models" / "abc" / "ct2", []

    def build(part: Path) -> None:
        built.append(part)
        (part / "one").write_text("1")
        time.sleep(0.05)
        assert not target.exists() or (target / "two").exists(), "half of it was seen"
        (part / "two").write_text("2")

    threads = [threading.Thread(target=build_once, args=(target, build)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in target.iterdir()) == ["one", "two"]
    assert [path.name for path in target.parent.iterdir()] == ["ct2"]
    count = len(built)
    assert build_once(target, build) == target
    assert len(built) == count


def test_nothing_stays_of_a_failed_build(tmp_path: Path) -> None:
    def build(part: Path) -> None:
        (part / "one").write_text("1")
        raise ModelError("broken weights")

    with pytest.raises(ModelError, match="broken weights"):
        build_once(tmp_path / "ct2", build)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_killed_build_are_removed_in_time(tmp_path: Path) -> None:
    import os

    old, young = tmp_path / ".building-old", tmp_path / ".building-young"
    old.mkdir()
    young.mkdir()
    os.utime(old, (0, 0))
    build_once(tmp_path / "ct2", lambda part: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".building-young", "ct2"]


def test_unwritable_cache_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for write in (lambda p: build_once(p, lambda part: None), lambda p: write_json(p, {})):
        with pytest.raises(ModelError, match="set ZHAIYI_CACHE to a folder that can be written"):
            write(tmp_path / "file" / "models" / "x")


def test_json_is_read_back(tmp_path: Path) -> None:
    assert load_json(tmp_path / "a" / "b.json") == {}
    write_json(tmp_path / "a" / "b.json", {"风格": "⟦{}⟧"})
    assert load_json(tmp_path / "a" / "b.json") == {"风格": "⟦{}⟧"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]


def test_root_is_the_variable_or_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", "/some/where")
    assert cache_root() == Path("/some/where")
    monkeypatch.delenv("ZHAIYI_CACHE")
    assert cache_root().name == "zhaiyi"
