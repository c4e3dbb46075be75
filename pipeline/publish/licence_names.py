"""What sources write of a licence, as an SPDX identifier: names, addresses and identifiers.

A licence without its version is none. Of the identifiers of SPDX (https://spdx.org/licenses/) those are known that
texts and data are under.
"""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from pipeline.errors import ConfigError
from pipeline.readers.fields import plain

_CC = ("CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-ND", "CC-BY-NC-SA", "CC-BY-NC-ND")
_OTHERS = (
    "AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 C-UDA-1.0 "
    "CC-BY-3.0-AT CC-BY-3.0-AU CC-BY-3.0-DE CC-BY-3.0-IGO CC-BY-3.0-NL CC-BY-3.0-US CC-PDDC CC-PDM-1.0 CC0-1.0 "
    "CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 DL-DE-BY-2.0 EPL-2.0 etalab-2.0 EUPL-1.2 "
    "GFDL-1.3-only GFDL-1.3-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only "
    "LGPL-3.0-only LGPL-3.0-or-later MIT MPL-2.0 MulanPSL-2.0 NLOD-2.0 O-UDA-1.0 ODbL-1.0 ODC-By-1.0 OGL-UK-3.0 "
    "PDDL-1.0 Unlicense WTFPL Zlib"
)
KNOWN = {
    name.casefold(): name
    for name in [*_OTHERS.split(), *(f"{kind}-{v}" for kind in _CC for v in ("1.0", "2.0", "2.5", "3.0", "4.0"))]
}
"""SPDX identifiers, of those that texts and data are under, by themselves in small letters."""

_NAMES = {  # what is written for them elsewhere, without case, spaces and signs
    "cc0": "CC0-1.0",
    "cc010": "CC0-1.0",
    "cc0universal": "CC0-1.0",
    "cc010universal": "CC0-1.0",
    "creativecommonszero": "CC0-1.0",
    "mitlicense": "MIT",
    "apache2": "Apache-2.0",
    "apache20": "Apache-2.0",
    "apachelicense20": "Apache-2.0",
    "apache20license": "Apache-2.0",
    "gpl30": "GPL-3.0-only",
    "lgpl30": "LGPL-3.0-only",
    "odcby": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "pddl": "PDDL-1.0",
    "publicdomain": "CC-PDM-1.0",
}
_CC_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>by(?:-nc)?(?:-nd|-sa)?)/(?P<version>\d\.\d)(?:/(?P<port>[a-z]{2,4})\b)?"
    r"|publicdomain/(?P<public>zero|mark)/1\.0)"
)
_CC_NAME = re.compile(
    r"\b(?:cc|creative\s+commons)[\s-]*(?P<kind>(?:by|attribution)[a-z\s-]*?)[\s-]*(?P<version>[1-4]\.[05])"
    r"(?:\s+(?:international|generic|unported|licen[sc]e|deed)\b)*[\s).]*$"
)
_PARTS = {"nc": r"\bnc\b|non[\s-]?commercial", "nd": r"\bnd\b|no[\s-]?deriv", "sa": r"\bsa\b|share[\s-]?alike"}
_RESTRICTS = re.compile(r"\bnc\b|\bnd\b|non[\s-]?commercial|no[\s-]?deriv|\btdm\b|text[\s-]and[\s-]data")
_RESERVES = re.compile(  # what only matters where no licence is named beside it
    r"nonexclusive-distrib|all rights reserved|userlicen[sc]e|©|\(c\)|copyright|publisher-specific|closed|proprietary"
    r"|terms-?and-?conditions"
)


class Found(NamedTuple):
    """What a source's words mean: an SPDX identifier, or "" where none is known; and whether they restrict use."""

    licence: str
    restrictive: bool


@lru_cache(maxsize=4096)
def recognise(words: str) -> Found:
    """The licence that a name, an address or an SPDX identifier means; one without its version is none.

    >>> recognise("http://creativecommons.org/licenses/by-sa/4.0/"), recognise("CC BY-NC 4.0")
    (Found(licence='CC-BY-SA-4.0', restrictive=False), Found(licence='CC-BY-NC-4.0', restrictive=True))
    >>> recognise("cc-by"), recognise("http://arxiv.org/licenses/nonexclusive-distrib/1.0/")
    (Found(licence='', restrictive=False), Found(licence='', restrictive=True))
    """
    text = " ".join(words.casefold().split())
    licence = KNOWN.get(text) or _NAMES.get(plain(text)) or _creative_commons(text)
    restricts = _RESTRICTS.search(f"{licence.casefold()} {text}")
    return Found(licence, bool(restricts or (not licence and _RESERVES.search(text))))


def _creative_commons(text: str) -> str:
    if match := _CC_ADDRESS.search(text):
        if match["public"]:
            return "CC0-1.0" if match["public"] == "zero" else "CC-PDM-1.0"
        port = "" if match["port"] in (None, "deed", "lega") else f"-{match['port']}"
        return KNOWN.get(f"cc-{match['kind']}-{match['version']}{port}", "")
    if match := _CC_NAME.search(text):
        parts = [name for name, pattern in _PARTS.items() if re.search(pattern, match["kind"])]
        return KNOWN.get("-".join(["cc-by", *parts, match["version"]]), "")
    return ""


def identifier(name: str) -> str:
    """A known identifier in its own spelling, or a `LicenseRef-NAME`. Raises `ConfigError` for anything else.

    >>> identifier("cc-by-4.0")
    'CC-BY-4.0'
    """
    name = name.strip()
    if known := KNOWN.get(name.casefold()):
        return known
    if re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", name):
        return name
    near = get_close_matches(name.casefold(), KNOWN, n=3, cutoff=0.4)
    like = f"like {', '.join(KNOWN[one] for one in near)}" if near else "like CC-BY-4.0"
    raise ConfigError(f"{name!r} is no SPDX identifier that is known: give one {like}, or LicenseRef-NAME")
