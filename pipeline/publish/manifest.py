"""The files of a published folder and its manifest: written at the end, checked before anything is done with them.

The manifest is what `sha256sum` writes and checks: a line a file, of all files but the manifest itself.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.errors import RunError

MANIFEST = "manifest.sha256"
RUN = "run.json"
CARD = "README.md"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_VERSION = re.compile(r"\d+(?:\.\d+)*(?:[-+.][0-9A-Za-z]+)*")
_CHUNK = 1 << 20
_RESTORE = "bring it back as it was published, or publish to a new folder"  # over a changed one nothing is published


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file by its path in the folder, with / between names; `git` is the hash git gives its content."""

    path: str
    size: int
    sha256: str
    git: str


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """A published folder whose files are those of its manifest; `ignored` are hidden ones, which it does not list."""

    path: Path
    version: str
    files: tuple[LocalFile, ...]
    ignored: tuple[str, ...] = ()


def write_manifest(folder: Path) -> None:
    """Write the sha256 of every file of a folder."""
    names = sorted(path.relative_to(folder).as_posix() for path in _walk(folder))
    lines = [f"{hash_file(folder, name).sha256}  {name}\n" for name in names if name != MANIFEST]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8", newline="\n")


def check_folder(folder: Path) -> CheckedFolder:
    """Read every file of a published folder and compare it with the manifest.

    Raises `RunError` if the folder was not published, a file is missing, changed or not listed, or no version is
    said in `run.json`.
    """
    manifest = folder / MANIFEST
    try:
        wanted = read_manifest(manifest.read_text(encoding="utf-8"), str(manifest))
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{manifest}: cannot be read, so this is no published folder; publish a run to it") from error
    there = {path.relative_to(folder).as_posix() for path in _walk(folder)} - {MANIFEST}
    hidden = {name for name in there - wanted.keys() if any(part.startswith(".") for part in name.split("/"))}
    for problem, names in (
        (f"missing; {_RESTORE}", wanted.keys() - there),
        ("not in the manifest; move it elsewhere", there - wanted.keys() - hidden),
    ):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise RunError(f"{folder / min(names)}{more}: {problem}")
    files = [hash_file(folder, name) for name in sorted(wanted)]
    for file in files:
        if file.sha256 != wanted[file.path]:
            raise RunError(f"{folder / file.path}: changed since it was published; {_RESTORE}")
    if CARD not in wanted or RUN not in wanted:
        raise RunError(f"{folder}: has no {RUN if CARD in wanted else CARD}; {_RESTORE}")
    version = version_of((folder / RUN).read_bytes(), str(folder / RUN))
    return CheckedFolder(folder, version, (*files, hash_file(folder, MANIFEST)), tuple(sorted(hidden)))


def read_manifest(text: str, name: str) -> dict[str, str]:
    r"""The hash of each path that a manifest lists; `name` is what an error calls it.

    >>> read_manifest("0" * 64 + "  data/a.parquet\n", "m")["data/a.parquet"] == "0" * 64
    True
    """
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if not match or match[2] == MANIFEST or not _is_inside(match[2]) or match[2] in hashes:
            raise RunError(f"{name}:{number}: no line of a manifest: a hash, two spaces and a path, each path once")
        hashes[match[2]] = match[1]
    return hashes


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and all(part not in ("", ".", "..") for part in path.split("/"))


def _walk(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names)


def hash_file(folder: Path, name: str) -> LocalFile:
    """A file of the folder with its hashes, read once, a piece at a time. Raises `RunError` if it cannot be read."""
    path = folder / PurePosixPath(name)
    sha256 = hashlib.sha256()
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            git = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
            while piece := file.read(_CHUNK):
                sha256.update(piece)
                git.update(piece)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    return LocalFile(name, size, sha256.hexdigest(), git.hexdigest())


def version_of(run: bytes, name: str) -> str:
    """The version that a data set's `run.json` says; `name` is what an error calls it.

    >>> version_of(b'{"version": "1.2.0"}', "run.json")
    '1.2.0'
    """
    try:
        version = json.loads(run).get("version")
    except (ValueError, AttributeError):
        version = None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise RunError(f'{name}: says no version, as "version": "1.2.0"; {_RESTORE}')
    return version
