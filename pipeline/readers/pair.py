"""Read line pairs: a text with one abstract a line, `corpus.en`, and beside it `corpus.zh` with their references."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import RecordError
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source, broken, examine, from_path, is_empty
from pipeline.records import Abstract, Reference

_ENGLISH = re.compile(r"\.en((?:\.txt)?(?:\.gz|\.bz2|\.xz)?)$", re.IGNORECASE)
_CHINESE = re.compile(r"\.zh((?:\.txt)?(?:\.gz|\.bz2|\.xz)?)$", re.IGNORECASE)


def chinese_half(path: str) -> str:
    """The file with the references for an English file of lines, "" if there is none."""
    other = _ENGLISH.sub(r".zh\1", path)
    return other if other != path and Path(other).is_file() else ""


def without_chinese_halves(files: Iterable[Path]) -> Iterator[Path]:
    """The files but those that are read as references of another one."""
    for path in files:
        other = _CHINESE.sub(r".en\1", path.as_posix())
        if other == path.as_posix() or not Path(other).is_file():
            yield path


def read_pair(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstracts of the lines of an English file with the lines beside it as references; both must have as many."""
    other = chinese_half(source.path)
    if not other:
        raise source.error("no file with its references beside it: name it like this one, with .zh for .en")
    chinese = examine(from_path(Path(other)))
    counts = [line_count(half) for half in (source, chinese)]
    if counts[0] != counts[1]:
        raise source.error(f"{counts[0]} lines, but {counts[1]} in {other}: they must be the same, line by line")
    meta = {**source.meta("pair"), "references_path": other}
    stem = _ENGLISH.sub("", source.stem)
    for number, (text, reference) in enumerate(zip(source.lines(), chinese.lines(), strict=True), 1):
        abstract_id = f"{stem}-{number}"
        empty = [is_empty(half) for half in (text, reference)]
        if broken(text) or broken(reference):
            yield source.error("bytes that are not UTF-8, here or in its reference: repair them", number, abstract_id)
        elif all(empty):
            continue
        elif any(empty):
            which = "abstract" if empty[0] else "reference"
            yield source.error(
                f"no words in the {which} of this pair: fill it or leave both empty", number, abstract_id
            )
        else:
            yield Abstract(abstract_id, "", text.strip(), (Reference(reference.strip()),), dict(meta))


def line_count(source: Source) -> int:
    """How many lines a text has; empty ones at its end do not count."""
    count = 0
    for number, line in enumerate(source.lines(), 1):
        if not line.isspace():
            count = number
    return count


def _recognise(source: Source) -> str:
    return "its references stand beside it, line by line" if chinese_half(source.path) else ""


PAIR = Format("pair", read_pair, _recognise)
