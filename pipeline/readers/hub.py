"""Read data sets of the Hugging Face hub: `hf://user/name`, streamed by the library datasets.

hf://user/name                      all splits, one after the other, of the only or the default configuration
hf://user/name?split=test           one split
hf://user/name/config?split=test    of a configuration; its name is what the data set's card calls it
hf://user/name@revision             as it was at a commit, tag or branch

Nothing is kept on disk but what the library caches of the data set's description. Offline, what its cache holds is
read. Data sets that need a program of their own to be loaded are not supported, and none is ever run.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.errors import InputError, RecordError
from pipeline.readers.columnar import abstracts
from pipeline.readers.formats import Format
from pipeline.readers.options import ReadOptions
from pipeline.readers.source import Source
from pipeline.records import Abstract

if TYPE_CHECKING:
    import pyarrow

SCHEME = "hf://"
_ADDRESS = re.compile(
    r"hf://(?:datasets/)?(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+))?"
    r"(?:/(?P<config>[\w.-]+))?/?(?:\?split=(?P<split>[\w.]+))?"
)
_ROWS = 256  # of a batch


@dataclass(frozen=True, slots=True)
class Address:
    """What of the hub is meant; empty is what the data set has as its default, and for the split all."""

    name: str
    config: str = ""
    split: str = ""
    revision: str = ""


def parse_address(text: str) -> Address:
    """The parts of an address; an `InputError` says how one is written.

    >>> parse_address("hf://user/name/config?split=train")
    Address(name='user/name', config='config', split='train', revision='')
    """
    if not (match := _ADDRESS.fullmatch(text)):
        raise InputError(f"{text}: no address of a data set: write hf://user/name or hf://user/name/config?split=train")
    return Address(**{key: value or "" for key, value in match.groupdict().items()})


def from_address(text: str) -> Source:
    """A data set as a source, not yet opened; an `InputError` if the address is none."""
    parse_address(text)

    def no_file() -> NoReturn:
        raise OSError("a data set of the hub is no file")

    return Source(text, no_file, kind="hub")


def _read(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    if source.kind != "hub":
        raise source.error("no data set of the hub: give its address, hf://user/name")
    address = parse_address(source.path)
    stem = address.name.rpartition("/")[2]
    for split, data in _splits(source, address, options.offline):
        meta = {**source.meta("hub"), "split": split}
        yield from abstracts(_batches(source, data), f"{stem}-{split}", meta, source, options)


def _splits(source: Source, address: Address, offline: bool) -> list[tuple[str, Any]]:
    """The splits that are asked for, by name; nothing of them is read yet."""
    try:
        import datasets
    except ImportError as error:
        raise source.error("reading data sets of the hub needs more: pip install 'zhaiyi[datasets]'") from error
    with _offline(offline) as offline:
        try:
            found = datasets.load_dataset(
                f"hf://datasets/{address.name}",  # with the scheme no folder here is taken in its place
                address.config or None,
                split=address.split or None,
                revision=address.revision or None,
                streaming=not offline,  # a stream asks the hub for each file
            )
        except Exception as error:  # the library lets the errors of its HTTP clients through, and changes clients
            raise source.error(f"cannot be loaded: {_reason(error)}") from error
    return list(found.items()) if isinstance(found, Mapping) else [(address.split, found)]


def _batches(source: Source, data: Any) -> Iterator["pyarrow.RecordBatch"]:
    tables = data.with_format("arrow").iter(_ROWS)
    while True:
        try:
            table = next(tables, None)
        except Exception as error:  # as above
            raise source.error(f"cannot be read on: {_reason(error)}") from error
        if table is None:
            return
        yield from table.to_batches()


@contextmanager
def _offline(wanted: bool) -> Iterator[bool]:
    """Keep the libraries from asking the hub while a data set is opened; gives whether they are kept from it."""
    import datasets.config
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE
    try:
        if wanted or any(before):
            constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = True
        yield wanted or any(before)
    finally:
        constants.HF_HUB_OFFLINE, datasets.config.HF_HUB_OFFLINE = before


def _reason(error: Exception) -> str:
    """An error of the library as one line that is not too long."""
    return " ".join(str(error).split())[:300] or type(error).__name__


HUB = Format("hub", _read, lambda source: "its address begins with hf://" if source.kind == "hub" else "")
