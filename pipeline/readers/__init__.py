"""Read abstracts from files, folders and standard input, whatever format they are in.

`read_paths` is the way in. To add a format: one function from a `Source` to abstracts and one that recognises it, as
a `Format`, a line in `FORMATS` and a fixture. What cannot be used becomes a `RecordError` in its place in the order.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ConfigError, InputError, RecordError
from pipeline.readers.archive import is_zip, members
from pipeline.readers.bibtex import BIBTEX
from pipeline.readers.choose import chooser, chosen
from pipeline.readers.columnar import ARROW, PARQUET
from pipeline.readers.folder import files_of, is_wanted
from pipeline.readers.formats import Format
from pipeline.readers.html import HTML
from pipeline.readers.hub import HUB, SCHEME, from_address
from pipeline.readers.jsonl import JSON_FORMATS
from pipeline.readers.markdown import MARKDOWN
from pipeline.readers.options import SPLITS, ReadOptions
from pipeline.readers.pages import PAGES
from pipeline.readers.pair import PAIR, without_chinese_halves
from pipeline.readers.ris import RIS
from pipeline.readers.source import Source, examine, from_path, from_stream
from pipeline.readers.table import CSV, TSV
from pipeline.readers.text import TEXT
from pipeline.readers.unique import with_unique_ids
from pipeline.readers.xml_formats import XML, refuse_unknown_xml
from pipeline.records import Abstract

__all__ = ["FORMATS", "Noticed", "ReadOptions", "detect", "read_paths", "read_source", "unnoticed"]

# in the order in which they are tried: what is most telling first; text takes what is left
_TRIED = (HUB, PARQUET, ARROW, PAIR, HTML, *JSON_FORMATS, *XML, BIBTEX, RIS, CSV, TSV, MARKDOWN, *PAGES, TEXT)
FORMATS: dict[str, Format] = {known.name: known for known in _TRIED}


Noticed = Callable[[Source, str, str], None]
"""Told of a source, the name of its format and why it is of it; no name if it is none that is read."""


def unnoticed(source: Source, name: str, why: str) -> None:
    """Nobody wants to know."""


def read_paths(
    paths: Sequence[str],
    options: ReadOptions,
    stdin: BinaryIO | None = None,
    left_out: Counter[str] | None = None,
    noticed: Noticed = unnoticed,
) -> Iterator[Abstract | RecordError]:
    """Abstracts of files, folders, archives, hub data sets and "-" (standard input), in order, as they are needed.

    Folders and zip archives are read recursively, sorted, by `options.pattern`, without hidden files and, unless the
    pattern says otherwise, without READMEs and licences. A record that cannot be used, or a whole file among several,
    is yielded as a `RecordError`. What the options do not choose is counted in `left_out` by its reason.
    Raised at once: `ConfigError` for options that make no sense, `InputError` for a path that is not there, a
    folder with no file that matches, a sole input that cannot be read.

    An id that came before gets "-2", "-3", ... and its original stands in `meta["original_id"]`. `noticed` is told of
    each source before its first item.
    """
    for name, value, known in (("format", options.format, ("auto", *FORMATS)), ("split", options.split, SPLITS)):
        if value not in known:
            raise ConfigError(f"unknown {name} {value!r}: known are {', '.join(known)}")
    chooser(options)
    if not paths:
        raise InputError("nothing to read: name a file, a folder or - for standard input")
    sources = [source for path in paths for source in _sources(path, options, stdin or sys.stdin.buffer)]
    items = chain.from_iterable(_read_one(source, options, noticed) for source in sources)
    if len(sources) == 1 and not Path(paths[0]).is_dir():
        first = next(items)
        if isinstance(first, _WholeError):
            raise InputError(str(first)) from first
        items = chain([first], items)
    return with_unique_ids(chosen(items, options, Counter() if left_out is None else left_out))


def read_source(source: Source, options: ReadOptions, noticed: Noticed = unnoticed) -> Iterator[Abstract | RecordError]:
    """Abstracts of one source in the format it is in; a `RecordError` is raised if it is unusable as a whole."""
    try:
        known = source if source.kind else examine(source)
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
        if source.kind not in ("", options.format):
            raise source.error(f"is {source.kind}, not {options.format}: let the format be recognised")
        return options.format, "as asked for"
    refuse_unknown_xml(source)
    for known in FORMATS.values():
        if (options.split == "file" or not known.whole) and (why := known.recognise(source)):
            return known.name, why
    for known in FORMATS.values():
        if source.suffix in known.suffixes and (options.split == "file" or not known.whole):
            return known.name, f"its name ends in .{source.suffix}"
    return TEXT.name, "nothing else fits"


class _WholeError(RecordError):
    """What is wrong with a source as a whole."""


def _read_one(source: Source, options: ReadOptions, noticed: Noticed) -> Iterator[Abstract | RecordError]:
    """The items of a source or of those in it; what makes it unusable, at once or from some point on, comes last."""
    try:
        if source.kind or not is_zip(source):
            yield from read_source(source, options, noticed)
            return
        for member in members(source, partial(is_wanted, pattern=options.pattern)):
            try:
                yield from [member] if isinstance(member, RecordError) else read_source(member, options, noticed)
            except RecordError as error:
                yield error
    except RecordError as error:
        yield _WholeError(str(error), error.record_id)


def _sources(path: str, options: ReadOptions, stdin: BinaryIO) -> Iterator[Source]:
    """The sources that a path stands for, not yet opened but for standard input and pipes."""
    if path == "-":
        yield from_stream(stdin, path)
        return
    if path.startswith(SCHEME):
        yield from_address(path)
        return
    where = Path(path)
    if where.is_dir():
        yield from map(from_path, without_chinese_halves(files_of(where, options.pattern)))
    elif where.is_file():
        yield from_path(where)
    elif where.exists():
        with where.open("rb") as stream:
            yield from_stream(stream, path)
    else:
        raise InputError(f"{path}: no such file or folder: check the path")
