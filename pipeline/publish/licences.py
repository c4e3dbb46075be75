"""The licence of each record: what its source says, in SPDX where it can be, and whether it may be published.

arXiv gives the descriptive metadata of its papers, abstracts included, to the public under CC0
(https://info.arxiv.org/help/license); the licence that its records name is that of the paper.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, RunError
from pipeline.publish.items import Item
from pipeline.shards import write_whole

_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<url>by(?:-nc)?(?:-nd|-sa)?)/(?P<url_version>\d\.\d)|"
    r"publicdomain/(?P<zero>zero|mark)/1\.0)|"
    r"\b(?:cc|creative commons)[\s_-]*(?:(?P<name>by(?:[\s_-]*nc)?(?:[\s_-]*(?:nd|sa))?)\b"
    r"(?:[\s_-]*v?(?P<version>\d\.\d))?|(?P<cc0>zero|0))",
    re.IGNORECASE,
)
_SPELT_OUT = (
    (re.compile(r"\battribution\b", re.IGNORECASE), "BY"),
    (re.compile(r"[\s-]*\bnon[\s-]?commercial\b", re.IGNORECASE), "-NC"),
    (re.compile(r"[\s-]*\bno[\s-]?deriv\w*(?: works)?", re.IGNORECASE), "-ND"),
    (re.compile(r"[\s-]*\bshare[\s-]?alike\b", re.IGNORECASE), "-SA"),
)
_KNOWN = {
    name.casefold(): name
    for name in (
        "CC0-1.0", "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ODC-By-1.0", "ODbL-1.0", "PDDL-1.0",
        "CDLA-Permissive-2.0", "ISC", "Unlicense", "GPL-3.0-only", "LGPL-3.0-only", "MPL-2.0", "EUPL-1.2",
        "GFDL-1.3-only", "OGL-UK-3.0",
    )
}  # fmt: skip
_OTHER_NAMES = {"cc0": "CC0-1.0", "public domain": "CC-PDM-1.0", "apache 2.0": "Apache-2.0", "mit license": "MIT"}
_RESTRICTIVE = re.compile(
    r"\b(?:nc|nd|non-?commercial|no ?deriv\w*|all rights reserved|nonexclusive-distrib|tdm|copyright|proprietary)\b|©|"
    r"-NC|-ND",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_FIELDS = ("licence", "license", "rights", "copyright")
ARXIV, STATED, SOURCE = "arXiv metadata", "stated by the publisher", "source"
SHOWN = 3  # refused records named in the error


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as it is published: its name, `origin` says who says so; what may not be published has a `refusal`."""

    name: str
    origin: str
    refusal: str = ""


def spdx(said: str) -> str:
    """The SPDX identifier of what a source says, or what it says where that is none of the known ones.

    >>> [spdx(said) for said in ("http://creativecommons.org/licenses/by-sa/4.0/", "CC BY 4.0", "cc-by", "MIT License")]
    ['CC-BY-SA-4.0', 'CC-BY-4.0', 'CC-BY', 'MIT']
    """
    said = " ".join(said.split())
    short = said
    for words, letters in _SPELT_OUT:
        short = words.sub(letters, short)
    if match := _CREATIVE_COMMONS.search(short):
        if match["zero"] or match["cc0"]:
            return "CC-PDM-1.0" if match["zero"] == "mark" else "CC0-1.0"
        kind = re.sub(r"[\s_-]+", "-", (match["url"] or match["name"]).upper())
        version = match["url_version"] or match["version"]
        return f"CC-{kind}" + (f"-{version}" if version else "")
    return _KNOWN.get(said.casefold()) or _OTHER_NAMES.get(said.casefold(), said)


def is_open(name: str) -> bool:
    """Whether a licence is a known one that lets anyone share and adapt, for any purpose.

    >>> [is_open(name) for name in ("CC-BY-4.0", "CC-BY-NC-4.0", "Terms of use", "MIT")]
    [True, False, False, True]
    """
    if _RESTRICTIVE.search(name):
        return False
    return name.casefold() in _KNOWN or bool(re.fullmatch(r"CC-(BY(-SA)?(-\d\.\d)?|PDM-1\.0)", name))


def said_of(meta: Mapping[str, Any]) -> str:
    """What a record's source says of its licence, or nothing."""
    values = (meta.get(name) for name in _FIELDS)
    return next((" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()), "")


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
        name = spdx(said)
        if stated := self.stated.get(said.casefold()) or self.stated.get(name.casefold()):
            return Licence(stated, STATED)
        if is_open(name):
            return Licence(name, SOURCE)
        if said and _RESTRICTIVE.search(f"{name} {said}"):
            return Licence(name, SOURCE, f"restrictive: {said}")
        if self.general:
            return Licence(self.general, STATED)
        return Licence(name, SOURCE, f"not known: {said}" if said else "none is named")

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

    Raises `ConfigError` for what is no licence identifier.

    >>> licensing(["CC0-1.0", "All rights reserved=CC-BY-4.0"]).stated
    {'all rights reserved': 'CC-BY-4.0'}
    """
    general, stated = "", {}
    for one in given:
        said, _, name = one.rpartition("=")
        if not _IDENTIFIER.fullmatch(name):
            raise ConfigError(f"{one!r}: {name!r} is no licence identifier; give one such as CC-BY-4.0 (SPDX)")
        if said:
            stated[" ".join(said.split()).casefold()] = spdx(name)
        elif general and general != spdx(name):
            raise ConfigError(f"two licences for records that name none: {general} and {name}; give one")
        else:
            general = spdx(name)
    return Licensing(general, stated)
