"""What is derived from a model once and kept: the converted weights, the choice of mask style, the parity check.

It lies in `$ZHAIYI_CACHE`, or the platform's cache folder, as `models/<fingerprint of the model>/...`. Everything
appears whole, under its final name, or not at all, so that processes that start together cannot see half of it.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.folder import ModelFolder, read_json

STALE_SECONDS = 3_600  # what a killed process left half-built is removed after this time


def cache_root() -> Path:
    """The cache folder: `$ZHAIYI_CACHE` if set, else the platform's, such as `~/.cache/zhaiyi`."""
    if chosen := os.environ.get("ZHAIYI_CACHE"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("zhaiyi", appauthor=False))


def derived(folder: ModelFolder, name: str) -> Path:
    """Where the derived file or folder `name` of a model lies, whether it exists or not."""
    return cache_root() / "models" / folder.fingerprint / name


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return the folder `target`, first made by `build(temporary folder)` if it does not exist."""
    if target.is_dir():
        return target
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target.parent)
        part = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
        try:
            build(part)
            for path in part.iterdir():
                _flush(path)
            part.chmod(0o755)
            try:
                part.rename(target)
            except OSError:
                if not target.is_dir():  # else another process was faster, with the same content
                    raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


def write_json(target: Path, value: dict[str, Any]) -> None:
    """Write a small derived file whole."""
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".building-", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(value, file, ensure_ascii=False, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def load_json(path: Path) -> dict[str, Any]:
    """Read a derived file; empty if it has not been made yet."""
    return read_json(path) if path.is_file() else {}


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"{target}: cannot keep what is derived from the model: {error.strerror or error}; "
            f"set ZHAIYI_CACHE to a folder that can be written"
        ) from error


def _remove_stale(parent: Path) -> None:
    for path in parent.glob(".building-*"):
        if path.is_dir() and time.time() - path.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
