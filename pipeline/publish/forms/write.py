"""The forms in which a run's abstracts can be given away, besides a data set, and the one function that writes them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipeline.errors import ConfigError, RunError
from pipeline.publish.forms.site import write_site
from pipeline.publish.forms.tables import write_jsonl, write_moses, write_tsv
from pipeline.publish.forms.tmx import write_tmx
from pipeline.publish.forms.units import About, units
from pipeline.publish.forms.whole import replacing, take_place
from pipeline.publish.forms.xliff import write_xliff
from pipeline.publish.items import Item

FORMS: dict[str, Callable[[Iterable[Item], About, Path], None]] = {
    "tmx": lambda items, about, to: write_tmx(units(items), about, to / "corpus.tmx"),
    "xliff": lambda items, about, to: write_xliff(units(items), about, to / "corpus.xlf"),
    "moses": lambda items, _, to: write_moses(units(items), to),
    "tsv": lambda items, _, to: write_tsv(items, to / "corpus.tsv"),
    "jsonl": lambda items, _, to: write_jsonl(items, to / "corpus.jsonl"),
    "site": write_site,
}
"""Name -> what writes it into a folder."""


def write_form(name: str, items: Iterable[Item], about: About, to: Path) -> int:
    """Write items into the new or empty folder `to`; how many there were.

    Raises `ConfigError` for an unknown form, `RunError` for a folder with other content; then nothing is left of it.
    """
    if name not in FORMS:
        raise ConfigError(f"unknown form {name!r}; known are {', '.join(FORMS)}")
    if to.exists() and (to.is_file() or any(to.iterdir())):
        raise RunError(f"{to}: is there already and is not empty; name a new folder")
    count = 0

    def passing() -> Iterator[Item]:
        nonlocal count
        for item in items:
            count += 1
            yield item

    with replacing(to) as part:
        FORMS[name](passing(), about, part)
        if not count:
            raise RunError(f"{to}: nothing is left to write; choose less strictly")
        take_place(part, to)
    return count
