"""Files and folders that appear complete or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import RunError


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes its name when all is written; nothing stays of it if that fails.

    Raises `RunError` if it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}; make room, or name another") from error
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def replacing(to: Path) -> Iterator[Path]:
    """An empty folder beside `to`, which is gone at the end whatever happens.

    Raises `RunError` if it cannot be written, or if `to` is where the caller stands, who would lose the ground.
    """
    if Path.cwd().is_relative_to(to.resolve()):
        raise RunError(f"{to}: the folder that you are in, or one around it; go out of it, or name another")
    part = to.with_name(f".{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        yield part
    except OSError as error:
        raise RunError(f"{to}: cannot be written: {error.strerror or error}; name another folder") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def take_place(part: Path, to: Path) -> None:
    """Give the finished folder `part` the name `to`, in place of what has it."""
    old = to.with_name(f".{to.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if to.exists():
        to.rename(old)
    part.rename(to)
    shutil.rmtree(old, ignore_errors=True)
