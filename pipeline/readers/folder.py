"""Which files of a folder, a data set or an archive are input."""

import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from pipeline.errors import InputError

# unless a pattern asks for them; the last four go with data sets, which hold their data beside them
_NOT_INPUT = ("readme*", "license*", "licence*", "changelog*", "dataset_dict.json", "dataset_infos.json")
_NOT_INPUT_OF_SAVED = ("dataset_info.json", "state.json", "cache-*.arrow")
_MAX_CARD = 1 << 20  # bytes of a data set's card
_MAX_GLOBS = 1000  # patterns that it may name


def is_wanted(name: PurePath, pattern: str) -> bool:
    """Whether a file in a folder is input, by its name relative to the folder.

    The pattern is held against the name, or against the whole path if it has a slash. Hidden files are never wanted,
    nor what a Mac packs beside them; READMEs and licences only where the pattern says more than `*`.

    >>> [is_wanted(PurePath(name), "*") for name in ("a/b.txt", ".git/b.txt", "README.md", "__MACOSX/b.txt")]
    [True, False, False, False]
    """
    if any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in name.parts):
        return False
    if pattern == "*":
        return not any(fnmatch(name.name.lower(), left_out) for left_out in _NOT_INPUT)
    return fnmatch(name.as_posix() if "/" in pattern else name.name, pattern)


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files below a folder that are wanted, sorted by their path; an `InputError` if there is none.

    A folder with a data set's card (`README.md` with YAML that lists `configs`) gives the data files that the card
    names. In a folder written by `save_to_disk` the files that describe the data are left out.
    """
    found = [path for path in _walk(folder, pattern) if is_wanted(path.relative_to(folder), pattern)]
    if pattern == "*" and (globs := _card_globs(folder)):
        named: set[Path] = set()
        for glob in globs:
            with suppress(ValueError):  # no pattern after all
                named.update(folder.glob(glob))
        found = [path for path in found if path in named] or found
    if not found:
        raise InputError(f"{folder}: no file in this folder matches {pattern!r}: give another pattern or path")
    return sorted(found, key=lambda path: path.parts)


def _walk(folder: Path, pattern: str) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        saved = pattern == "*" and {"dataset_info.json", "state.json"} <= set(names)
        for name in names:
            if not (saved and any(fnmatch(name, left_out) for left_out in _NOT_INPUT_OF_SAVED)):
                yield Path(parent, name)


def _card_globs(folder: Path) -> list[str]:
    """The patterns of the data files that a data set's card names, of all its configurations and splits."""
    try:
        with (folder / "README.md").open(encoding="utf-8", errors="replace") as file:
            if file.readline().strip() != "---":
                return []
            text = file.read(_MAX_CARD).partition("\n---")[0]
    except OSError:
        return []
    import yaml

    try:
        card = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []  # a broken card tells nothing; the folder is read as any other
    configs = card.get("configs") if isinstance(card, dict) else None
    configs = configs if isinstance(configs, list) else []
    entries = [config.get("data_files") for config in configs if isinstance(config, dict)]
    return [glob for glob in islice(_globs(entries), _MAX_GLOBS) if glob and not PurePath(glob).is_absolute()]


def _globs(data_files: Any) -> Iterator[str]:
    """Patterns as a card may write them: one, a list of them, or splits with one or more each.

    >>> list(_globs([{"split": "train", "path": ["a/*.parquet", "b.csv"]}, "c.jsonl"]))
    ['a/*.parquet', 'b.csv', 'c.jsonl']
    """
    if isinstance(data_files, str):
        yield data_files
    elif isinstance(data_files, dict):
        yield from _globs(data_files["path"] if "path" in data_files else list(data_files.values()))
    elif isinstance(data_files, list):
        for item in data_files:
            yield from _globs(item)
