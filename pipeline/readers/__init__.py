"""Read abstracts from files, folders and standard input, whatever format they are in.

`read_paths` is the way in. To add a format: one function from a `Source` to abstracts and one that recognises it, as
a `Format`, a line in `FORMATS` and a fixture. What cannot be used becomes a `RecordError` in its place in the order.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ConfigError, InputError, RecordError
from pipeline.readers.formats import Format
from pipeline.readers.jsonl import JSONL
from pipeline.readers.options import SPLITS, ReadOptions
from pipeline.readers.pages import PAGES
from pipeline.readers.source import Source, examine, from_path, from_stream
from pipeline.readers.table import CSV, TSV
from pipeline.readers.text import TEXT
from pipeline.readers.unread import refuse_unread
from pipeline.records import Abstract

__all__ = ["FORMATS", "Noticed", "ReadOptions", "detect", "read_paths", "read_source", "unnoticed"]

# in the order in which they are tried: what is most telling first; text takes what is left
FORMATS: dict[str, Format] = {known.name: known for known in (JSONL, CSV, TSV, *PAGES, TEXT)}
_NOT_INPUT = ("readme*", "license*", "licence*", "changelog*")  # in a folder, unless a pattern asks for them


Noticed = Callable[[Source, str, str], None]
"""Told of a source, the name of its format and why it is of it; no name if it is none that is read."""


def unnoticed(source: Source, name: str, why: str) -> None:
    """Nobody wants to know."""


def read_paths(
    paths: Sequence[str], options: ReadOptions, stdin: BinaryIO | None = None, noticed: Noticed = unnoticed
) -> Iterator[Abstract | RecordError]:
    """Abstracts of files, folders and "-" (standard input), in order, with unique ids, as they are needed.

    Folders are read recursively, sorted, by `options.pattern`, without hidden files and, unless the pattern says
    otherwise, without READMEs and licences. A record that cannot be used, or a whole file among several, is yielded as
    a `RecordError`. Raised at once: `ConfigError` for an unknown format, `InputError` for a path that is not there, a
    folder with no file that matches, a sole input that cannot be read.

    An id that came before gets "-2", "-3", ... and its original stands in `meta["original_id"]`. `noticed` is told of
    each source before its first item.
    """
    for name, value, known in (("format", options.format, ("auto", *FORMATS)), ("split", options.split, SPLITS)):
        if value not in known:
            raise ConfigError(f"unknown {name} {value!r}: known are {', '.join(known)}")
    if not paths:
        raise InputError("nothing to read: name a file, a folder or - for standard input")
    sources = [source for path in paths for source in _sources(path, options, stdin or sys.stdin.buffer)]
    if len(sources) > 1 or (paths[0] != "-" and Path(paths[0]).is_dir()):
        return _with_unique_ids(item for source in sources for item in _read_one(source, options, noticed))
    items = _read_one(sources[0], options, noticed)
    first = next(items)
    if isinstance(first, _WholeError):
        raise InputError(str(first)) from first
    return _with_unique_ids(chain([first], items))


def read_source(source: Source, options: ReadOptions, noticed: Noticed = unnoticed) -> Iterator[Abstract | RecordError]:
    """Abstracts of one source in the format it is in; a `RecordError` is raised if it is unusable as a whole."""
    try:
        known = examine(source)
        name, why = detect(known, options)
    except RecordError:
        noticed(source, "", "")
        raise
    noticed(known, name, why)
    empty = True
    for item in FORMATS[name].read(known, options):
        empty = False
        yield item
    if empty:
        raise source.error(f"no abstract in it, read as {name}")


def detect(source: Source, options: ReadOptions) -> tuple[str, str]:
    """The name of the format of an examined source and, in a few words, why; a `RecordError` if it is not read."""
    if options.format != "auto":
        return options.format, "as asked for"
    refuse_unread(source)
    for known in FORMATS.values():
        if (options.split == "file" or not known.whole) and (why := known.recognise(source)):
            return known.name, why
    for known in FORMATS.values():
        if source.suffix in known.suffixes:
            return known.name, f"its name ends in .{source.suffix}"
    return TEXT.name, "nothing else fits"


class _WholeError(RecordError):
    """What is wrong with a source as a whole."""


def _read_one(source: Source, options: ReadOptions, noticed: Noticed) -> Iterator[Abstract | RecordError]:
    """A source's items; what makes it unusable, from the start or from some point on, comes as the last one."""
    try:
        yield from read_source(source, options, noticed)
    except RecordError as error:
        yield _WholeError(str(error), error.record_id)


def _sources(path: str, options: ReadOptions, stdin: BinaryIO) -> Iterator[Source]:
    """The sources that a path stands for, not yet opened but for standard input and pipes."""
    if path == "-":
        yield from_stream(stdin, path)
        return
    where = Path(path)
    if where.is_dir():
        files = _files(where, options.pattern)
        if not files:
            raise InputError(
                f"{path}: no file in this folder matches {options.pattern!r}: give another pattern or path"
            )
        yield from map(from_path, files)
    elif where.is_file():
        yield from_path(where)
    elif where.exists():
        with where.open("rb") as stream:
            yield from_stream(stream, path)
    else:
        raise InputError(f"{path}: no such file or folder: check the path")


def _files(folder: Path, pattern: str) -> list[Path]:
    """Files below a folder that match, sorted by their path; hidden files and folders are left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            matched = fnmatch(path.relative_to(folder).as_posix() if "/" in pattern else name, pattern)
            left_out = name.startswith(".") or (pattern == "*" and any(fnmatch(name.lower(), n) for n in _NOT_INPUT))
            if matched and not left_out:
                found.append(path)
    return sorted(found, key=lambda path: path.parts)


def _with_unique_ids(items: Iterator[Abstract | RecordError]) -> Iterator[Abstract | RecordError]:
    seen: set[str] = set()
    repeats: dict[str, int] = {}
    for item in items:
        if isinstance(item, Abstract):
            unique = item.id
            while unique in seen:
                repeats[item.id] = repeats.get(item.id, 1) + 1
                unique = f"{item.id}-{repeats[item.id]}"
            seen.add(unique)
            if unique != item.id:
                item = replace(item, id=unique, meta={**item.meta, "original_id": item.id})
        yield item
