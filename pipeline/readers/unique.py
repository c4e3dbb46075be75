"""Make ids unique in little memory: 8 bytes an id, of which millions come in one run."""

from array import array
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from pipeline.errors import RecordError
from pipeline.records import Abstract


def with_unique_ids(items: Iterator[Abstract | RecordError]) -> Iterator[Abstract | RecordError]:
    """The items, where an id that came before gets "-2", "-3", ..., and its original `meta["original_id"]`.

    >>> ids = (Abstract(name, "", "We ...") for name in ("a", "b", "a"))
    >>> [item.id for item in with_unique_ids(ids)]
    ['a', 'b', 'a-2']
    """
    seen = Seen()
    repeats: dict[str, int] = {}
    for item in items:
        if isinstance(item, Abstract):
            unique = item.id
            while not seen.add(unique):
                repeats[item.id] = repeats.get(item.id, 1) + 1
                unique = f"{item.id}-{repeats[item.id]}"
            if unique != item.id:
                item = replace(item, id=unique, meta={**item.meta, "original_id": item.id})
        yield item


class Seen:
    """Texts that were seen, as 8 bytes of a digest each, in a table with open addressing.

    Two texts with the same 8 bytes (one chance in four million among three million texts) count as one: the second
    looks repeated, and what is then made unique still is. The digest is the same in every process, so that a run that
    is gone on with sees the same.

    >>> seen = Seen()
    >>> [seen.add(text) for text in ("a", "b", "a")]
    [True, True, False]
    """

    __slots__ = ("_count", "_table")

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 << 10))  # 0 is an empty place; the length is a power of two
        self._count = 0

    def add(self, text: str) -> bool:
        """Remember a text; whether it is new."""
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        key = int.from_bytes(digest, "little") or 1
        place = _place(self._table, key)
        if self._table[place]:
            return False
        self._table[place] = key
        self._count += 1
        if self._count * 3 > len(self._table) * 2:
            self._grow()
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(8)) * (2 * len(self._table))
        for key in self._table:
            if key:
                larger[_place(larger, key)] = key
        self._table = larger


def _place(table: "array[int]", key: int) -> int:
    """Where a key stands in a table, or the empty place for it."""
    last = len(table) - 1
    place = key & last
    while table[place] not in (0, key):
        place = (place + 1) & last
    return place
