"""The licence of each record: what its source says, in SPDX where it can be, and whether it may be published.

arXiv gives the descriptive metadata of its papers, abstracts included, to the public under CC0
(https://info.arxiv.org/help/license); the licence that its records name is that of the paper.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, RunError
from pipeline.publish.items import Item
from pipeline.publish.licence_names import identifier, recognise
from pipeline.readers.fields import plain
from pipeline.shards import write_whole

_FIELDS = ("licence", "license", "rights", "copyright", "licenceurl", "licenseurl")
ARXIV, STATED, SOURCE = "arXiv metadata", "stated by the publisher", "source"
SHOWN = 3  # refused records named in the error


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as it is published: its name, `origin` says who says so; what may not be published has a `refusal`."""

    name: str
    origin: str
    refusal: str = ""


def said_of(meta: Mapping[str, Any]) -> str:
    """What a record's source says of its licence, in its own words, or nothing.

    >>> said_of({"License": ["", {"URL": "http://creativecommons.org/licenses/by/4.0/"}]})
    'http://creativecommons.org/licenses/by/4.0/'
    """
    return next((text for key, value in meta.items() if plain(key) in _FIELDS and (text := _first(value))), "")


def _first(value: Any) -> str:
    """The first text in a value."""
    if isinstance(value, str):
        return " ".join(value.split())
    values: Iterable[Any] = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
    return next((text for one in values if (text := _first(one))), "")


@dataclass(slots=True)
class Licensing:
    """Finds licences, with what the publisher states of them, and counts those that are refused.

    `general` is that of records whose source names none; `stated` leads from what a source says to the licence.
    """

    general: str = ""
    stated: Mapping[str, str] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """The id of each refused record, and why."""

    def of(self, item: Item) -> Licence:
        """The licence of an item; one that may not be published has a `refusal`, and is noted in `refused`."""
        said = said_of(item.meta)
        found = self._found(item, said)
        if found.refusal:
            self.refused.append((item.id, found.refusal))
        return found

    def _found(self, item: Item, said: str) -> Licence:
        if item.meta.get("licence_from") == ARXIV or _is_arxiv_metadata(item.meta):
            return Licence("CC0-1.0", ARXIV)
        if not said:
            return Licence(self.general, STATED) if self.general else Licence("", SOURCE, "none is named")
        name, restrictive = recognise(said)
        if stated := self.stated.get(said.casefold()) or self.stated.get(name.casefold()):
            return Licence(stated, STATED)
        if restrictive or not name:
            return Licence(name, SOURCE, f"{'restrictive' if restrictive else 'not known'}: {said}")
        return Licence(name, SOURCE)

    def check(self, beside: Path) -> None:
        """Raise `RunError` if any record was refused: the first of each reason, and a file beside `beside` with all."""
        if not self.refused:
            return
        path = beside.with_name(f"{beside.name}-refused.tsv")
        write_whole(path, ("id\treason\n", *(f"{one}\t{reason}\n" for one, reason in self.refused)))
        reasons = Counter(reason for _, reason in self.refused).most_common(SHOWN)
        what = "; ".join(
            f"{reason}: {count:,} ({', '.join([one for one, why in self.refused if why == reason][:SHOWN])}"
            + (", ...)" if count > SHOWN else ")")
            for reason, count in reasons
        )
        raise RunError(
            f"{len(self.refused):,} records have a licence that is unknown or restrictive: {what}; all are in {path}; "
            "leave them out, or state the licence if you know it"
        )


def _is_arxiv_metadata(meta: Mapping[str, Any]) -> bool:
    """Whether a record came from arXiv itself: its snapshot, its API, or its OAI-PMH."""
    format_name = str(meta.get("format", ""))
    return format_name in ("arxiv-json", "arxiv-atom") or str(meta.get("oai_identifier", "")).startswith(
        "oai:arXiv.org:"
    )


def licensing(given: Iterable[str]) -> Licensing:
    """From what the publisher states: `ID` for records that name no licence, `FOUND=ID` for those that say FOUND.

    Raises `ConfigError` for what is no licence identifier, and for two of the same records.

    >>> licensing(["CC0-1.0", "All rights reserved=CC-BY-4.0"]).stated
    {'all rights reserved': 'CC-BY-4.0'}
    """
    stated: dict[str, str] = {}
    for one in given:
        said, _, name = one.rpartition("=")
        said, licence = " ".join(said.casefold().split()), identifier(name)
        if stated.setdefault(said, licence) != licence:
            what = f"records whose source says {said!r}" if said else "records that name none"
            raise ConfigError(f"two licences for {what}: {stated[said]} and {licence}; give one")
    return Licensing(stated.pop("", ""), stated)
