"""Join references that stand apart from their abstracts: by id, by line, or by the names of their files.

Nothing is joined by luck: an id that stands twice, a reference that belongs to no abstract, files of different length
are errors that name them. References are read as the abstracts are, in step with them; as long as both have the same
order, memory does not grow with their number.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, detect, read_paths, read_source
from pipeline.readers.fields import is_chinese
from pipeline.readers.pair import line_count
from pipeline.readers.source import Source, examine, from_path
from pipeline.readers.text import strip_label
from pipeline.records import Abstract, Reference

Key = tuple[Literal["id", "file"], str]
"""What a reference is known by: an abstract's id, or the name of its file without folder and suffix."""

Keyed = tuple[Key, tuple[Reference, ...]]
"""A reference, in all its versions, and what it is known by."""

_PLAIN = ("text", "markdown")  # formats that give one document, without an id of its own
_NAMED = 5  # ids that a message names


def read_references(path: Path, paths: Sequence[str], options: ReadOptions) -> Iterator[Keyed]:
    """The references in a file or folder for the abstracts of `paths`, which are read with `options`.

    A folder has a file for each abstract, of the same name up to the suffix, or files with ids. A plain text is cut as
    the one plain text in `paths` is: by lines, by paragraphs, or not at all. All else is joined by id.
    Raises `InputError` for what cannot be read or matched.
    """
    if path.is_dir():
        yield from _of_folder(path)
    elif not path.is_file():
        raise InputError(f"{path}: no such file or folder: name the one with the references")
    elif (source := _examined(path)) and detect(source, ReadOptions())[0] in _PLAIN:
        yield from _in_step(source, paths, options)
    else:
        yield from _by_id(source)


def with_references(
    items: Iterable[Abstract | RecordError],
    references: Iterator[Keyed],
    label: str,
    *,
    complete: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Abstract | RecordError]:
    """The items, each abstract with what `references` has for it.

    `complete` says that references left over at the end are an error, for all abstracts were there; `tell` is given a
    line about abstracts without a reference. `label` names the references in messages.

    >>> items = [Abstract("a", "", "We."), Abstract("b", "", "They.")]
    >>> references = [(("id", "b"), (Reference("他们"),)), (("id", "a"), (Reference("我们"),))]
    >>> [(item.id, item.references[0].text) for item in with_references(items, iter(references), "refs.tsv")]
    [('a', '我们'), ('b', '他们')]
    """
    waiting: dict[Key, tuple[Reference, ...]] = {}
    used: set[Key] = set()
    missing: list[str] = []
    missed = 0

    def found(keys: Sequence[Key]) -> Key | None:
        """The first of the keys that has a reference, reading on until there is one."""
        while not (known := [key for key in keys if key in waiting]):
            following = next(references, None)
            if following is None:
                return None
            key, texts = following
            if key in waiting or key in used:
                raise InputError(f"{label}: {key[1]!r} has two references apart from each other: give each id once")
            waiting[key] = texts
        return known[0]

    for item in items:
        keys = _keys(item)
        if again := next((key for key in keys if key in used), None):
            if isinstance(item, Abstract):
                raise InputError(f"{label}: {again[1]!r} is the name of more than one abstract: give each its own id")
            yield item
            continue
        if key := found(keys):
            used.add(key)
            texts = waiting.pop(key)
            item = replace(item, references=(*item.references, *texts)) if isinstance(item, Abstract) else item
        elif isinstance(item, Abstract):
            missed += 1
            missing += [item.id] if missed <= _NAMED else []
        yield item
    if not complete and used:
        return
    waiting |= dict(references)
    if waiting:
        names = _some([name for _, name in waiting])
        raise InputError(f"{label}: {len(waiting)} references belong to no abstract: {names}; check the ids")
    if missed:
        tell(f"{label}: {missed} abstracts have no reference in it: {_some(missing, missed)}")


def _keys(item: Abstract | RecordError) -> list[Key]:
    """What an item's reference may be known by."""
    if isinstance(item, RecordError):
        return [("id", item.record_id), ("file", item.record_id)] if item.record_id else []
    path = item.meta.get("path")
    by_file: list[Key] = [("file", from_path(Path(path)).stem)] if isinstance(path, str) and path else []
    return [("id", str(item.meta.get("original_id", item.id))), *by_file]


def _of_folder(folder: Path) -> Iterator[Keyed]:
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        source = _examined(path)
        if detect(source, ReadOptions())[0] not in _PLAIN:
            yield from _by_id(source)
            continue
        if source.stem in found:
            raise InputError(f"{path}: its name is that of {found[source.stem]} too: keep one reference for each")
        found[source.stem] = path
        yield ("file", source.stem), (_reference(source, strip_label(source.text())),)
    if not found and not any(folder.rglob("*")):
        raise InputError(f"{folder}: no file in it: name the folder with the references")


def _in_step(source: Source, paths: Sequence[str], options: ReadOptions) -> Iterator[Keyed]:
    """The parts of a plain text under the ids that the same parts of the one plain text in `paths` have."""
    english = _examined(Path(paths[0])) if len(paths) == 1 and Path(paths[0]).is_file() else None
    if english is None or detect(english, options)[0] not in _PLAIN:
        raise InputError(
            f"{source.path}: plain text has no ids: give references with ids, or one plain text for another"
        )
    if options.split == "lines":
        counts = [line_count(text) for text in (english, source)]
        if counts[0] != counts[1]:
            raise InputError(
                f"{source.path}: {counts[1]} lines, but {counts[0]} in {english.path}: they must be the same"
            )
    for item in read_source(source, replace(options, format="text")):
        if isinstance(item, RecordError):
            raise InputError(str(item)) from item
        key: Key = ("id", english.stem + item.id.removeprefix(source.stem))
        yield ("file", english.stem) if options.split == "file" else key, (_reference(source, item.text, item.id),)


def _by_id(source: Source) -> Iterator[Keyed]:
    options = ReadOptions(text_optional=True)
    for item in read_paths([source.path], options):
        if isinstance(item, RecordError):
            raise InputError(str(item)) from item
        if "original_id" in item.meta:
            raise InputError(
                f"{source.path}: the id {item.meta['original_id']!r} stands twice in it: give each id once"
            )
        texts = item.references or (_reference(source, item.text, item.id),)
        yield ("id", item.id), texts


def _reference(source: Source, text: str, record_id: str = "") -> Reference:
    if not is_chinese(text):
        where = f"{source.path}: record {record_id!r}" if record_id else source.path
        raise InputError(f"{where}: no Chinese text in it: a reference is the Chinese of an abstract")
    return Reference(text.strip())


def _examined(path: Path) -> Source:
    try:
        return examine(from_path(path))
    except RecordError as error:
        raise InputError(str(error)) from error


def _some(names: list[str], count: int = 0) -> str:
    """Some of the names, and how many more there are."""
    more = max(count, len(names)) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
