"""A data set that grows: what was published stays as it is, byte for byte, unless its text was corrected.

New abstracts go into new shards; of the old shards only those that hold a corrected abstract are written again.
"""

import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import RunError
from pipeline.publish.items import Item
from pipeline.publish.manifest import check_folder
from pipeline.publish.near import BATCH
from pipeline.publish.schema import CONFIGS, abstract_row, item_from, segment_rows
from pipeline.publish.tables import SplitWriter, read_shard_rows, shards, split_of
from pipeline.shards import PATHS

if TYPE_CHECKING:
    from pipeline.publish.dataset import Builder

SCHEMA = "zhaiyi.dataset/1"  # what tells a data set of ours


@dataclass(frozen=True, slots=True)
class Previous:
    """A data set that is there already; `info` is its `run.json`."""

    path: Path
    info: dict[str, Any]

    @property
    def version(self) -> str:
        """Such as 1.2.0."""
        return str(self.info["version"])

    @property
    def system(self) -> str:
        """The signature of the system that made it."""
        return str(self.info["system"])

    def check_choices(self, choices: Mapping[str, Mapping[str, Any]]) -> None:
        """Raise `RunError` where the items that are there were chosen or split otherwise."""
        for group, values in choices.items():
            for name, value in values.items():
                if value != (was := self.info[group][name]):
                    raise RunError(
                        f"{self.path}: its abstracts were chosen and split with {name} {was!r}, not {value!r}: "
                        "give the same as before, or name a new folder"
                    )

    def next_shards(self) -> dict[str, int]:
        """The number of the first new shard of each split."""
        return dict(Counter(split_of(shard) for shard in shards(self.path)))


def previous(path: Path) -> Previous | None:
    """The data set in a folder; None if there is no folder, or an empty one.

    Raises `RunError` for other content, and for a data set that is not as it was published: files of the user's in it
    would be lost, and changed ones signed again.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    try:
        info = json.loads((path / "run.json").read_text(encoding="utf-8"))
        ours = info.get("schema") == SCHEMA
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        raise RunError(f"{path}: holds something else than a data set of ours; name a new folder")
    if hidden := check_folder(path).ignored:
        raise RunError(f"{path / hidden[0]}: is no part of the data set; move it elsewhere")
    return Previous(path, info)


def grow(before: Previous, part: Path, items: Iterable[Item], builder: "Builder") -> Counter[str]:
    """Take over the shards of `before`, add what is new, rewrite the shards of what was corrected; how many of each."""
    _take_over(before.path, part)
    known: dict[str, tuple[str, bytes, str]] = {}  # shard, digest, and the English of what people corrected
    for shard in shards(part):
        rows = read_shard_rows(part, shard.name)
        while batch := [item_from(row, segments) for row, segments in islice(rows, BATCH)]:
            builder.splitter.keep([item.source for item in batch], split_of(shard))
            for item in batch:
                known[item.id] = shard.name, digest(item), item.source if by_people(item) else ""
    counts: Counter[str] = Counter()
    corrected: defaultdict[str, dict[str, Item]] = defaultdict(dict)

    def unpublished() -> Iterator[Item]:
        for item in items:
            if item.id not in known:
                yield item
                continue
            name, published, reviewed = known[item.id]
            if digest(item) == published or (reviewed == item.source and not by_people(item)):
                counts["same"] += 1  # the machine's word does not take the place of what people corrected
            else:
                counts["changed"] += 1
                corrected[name][item.id] = item

    counts["new"] = builder.add(unpublished())
    for name, changed in corrected.items():
        _rewrite(part, name, changed, builder)
    return counts


def by_people(item: Item) -> bool:
    """Whether people corrected or approved any of an item."""
    return item.title_review is not None or any(pair.review for pair in item.segments)


def digest(item: Item) -> bytes:
    """A digest of all that an item holds but where it was read: another name of its file is no correction."""
    item = replace(item, meta={key: value for key, value in item.meta.items() if key not in PATHS})
    return hashlib.blake2b(repr(item).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _take_over(path: Path, part: Path) -> None:
    for folder in CONFIGS.values():
        (part / folder).mkdir()
        for file in (path / folder).iterdir():
            try:
                os.link(file, part / folder / file.name)
            except OSError:  # another file system, or one without links
                shutil.copy2(file, part / folder / file.name)


def _rewrite(part: Path, name: str, changed: dict[str, Item], builder: "Builder") -> None:
    """Write a shard again with some of its items changed, the others as they were."""
    split, number = split_of(Path(name)), int(Path(name).stem.rsplit("-", 1)[1])
    rows = list(read_shard_rows(part, name))
    for folder in CONFIGS.values():
        (part / folder / name).unlink()  # it may be a link to the published file, which must not be written into
    writer = SplitWriter(part, split, number, len(rows))
    for row, segments in rows:
        item = changed.get(row["id"])
        if item is None:
            writer.add(row, segments)
            continue
        licence = builder.licences.of(item)
        writer.add(abstract_row(item, licence, builder.scores(item)), segment_rows(item))
    writer.close()
