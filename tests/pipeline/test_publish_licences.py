"""Licences: what sources write is recognised or said to be unknown; what nobody stated is not published under it."""

from typing import Any

import pytest
from published_runs import row

from pipeline.errors import ConfigError
from pipeline.publish.items import Item, item_of
from pipeline.publish.licence_names import KNOWN, recognise
from pipeline.publish.licences import Licence, licensing, said_of

ARXIV_PAPER = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
NONE = Licence("", "source", "none is named")


def item(**meta: Any) -> Item:
    return item_of(row(1, meta=meta))


@pytest.mark.parametrize(
    ("words", "licence"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by-sa/3.0/deed.de", "CC-BY-SA-3.0"),
        ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
        ("https://creativecommons.org/licenses/by/2.1/jp/", ""),
        ("https://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC-BY-SA 4.0 International", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International License", "CC-BY-SA-4.0"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("Apache License 2.0", "Apache-2.0"),
        ("CC0", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("© 2024 The Authors. https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("cc-by", ""),
        ("CC BY-SA 9.9", ""),
        ("FOO-7", ""),
        ("open access", ""),
        ("", ""),
    ],
)
def test_names_and_addresses_are_recognised(words: str, licence: str) -> None:
    found = recognise(words)
    assert found.licence == licence and not found.restrictive


@pytest.mark.parametrize(
    "words",
    [
        ARXIV_PAPER,
        "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        "CC BY-NC 4.0",
        "cc-by-nc",
        "cc-by-nd",
        "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0",
        "All rights reserved.",
        "© 2024 The Authors",
        "Copyright (c) ACM",
        "https://www.elsevier.com/tdm/userlicense/1.0/",
        "http://www.springer.com/tdm",
        "publisher-specific-oa",
        "CC BY 4.0 but not for text and data mining",
        "CC BY 4.0 (no derivatives)",
    ],
)
def test_restrictive_ones_are_known_as_such(words: str) -> None:
    assert recognise(words).restrictive
    assert licensing([]).of(item(licence=words)).refusal == f"restrictive: {words}"


@pytest.mark.parametrize("name", KNOWN.values())
def test_identifiers_mean_themselves(name: str) -> None:
    assert recognise(name).licence == recognise(name.lower()).licence == name


@pytest.mark.parametrize("kind", ["by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd"])
@pytest.mark.parametrize("version", ["1.0", "2.0", "2.5", "3.0", "4.0"])
def test_creative_commons_addresses_and_names_agree(kind: str, version: str) -> None:
    expected = f"CC-{kind.upper()}-{version}"
    assert recognise(f"http://creativecommons.org/licenses/{kind}/{version}/").licence == expected
    assert recognise(f"CC {kind.upper()} {version}").licence == expected


@pytest.mark.parametrize(
    ("meta", "licence"),
    [
        ({"format": "arxiv-json", "licence": ARXIV_PAPER}, Licence("CC0-1.0", "arXiv metadata")),
        ({"format": "arxiv-atom"}, Licence("CC0-1.0", "arXiv metadata")),
        ({"format": "oai-pmh", "oai_identifier": "oai:arXiv.org:2110.02932"}, Licence("CC0-1.0", "arXiv metadata")),
        ({"format": "oai-pmh", "oai_identifier": "oai:other.org:1", "arxiv_id": "2110.02932"}, NONE),
        ({"format": "jsonl", "arxiv_id": "2110.02932"}, NONE),
        ({"format": "jsonl", "License": "CC BY 4.0"}, Licence("CC-BY-4.0", "source")),
        ({"format": "crossref", "license": [{"URL": "http://creativecommons.org/licenses/by/4.0/"}]},
         Licence("CC-BY-4.0", "source")),
    ],
)  # fmt: skip
def test_licence_comes_from_arxiv_or_the_source(meta: dict[str, object], licence: Licence) -> None:
    assert licensing([]).of(item(**meta)) == licence


def test_what_is_stated_reaches_just_the_records_that_it_is_about() -> None:
    found = licensing(["CC-BY-4.0", "cc-by=CC-BY-3.0", f"{ARXIV_PAPER.upper()}=LicenseRef-asked-for"])
    stated = "stated by the publisher"
    assert found.of(item()) == Licence("CC-BY-4.0", stated)
    assert found.of(item(licence="CC-BY")) == Licence("CC-BY-3.0", stated)
    assert found.of(item(licence=ARXIV_PAPER)) == Licence("LicenseRef-asked-for", stated)
    assert found.of(item(licence="MIT")) == Licence("MIT", "source")
    assert found.of(item(format="arxiv-json")) == Licence("CC0-1.0", "arXiv metadata")
    assert not found.refused
    assert found.of(item(licence="odd")).refusal == "not known: odd" and found.refused == [("p-1", "not known: odd")]


def test_an_address_with_an_equals_sign_can_be_stated() -> None:
    found = licensing(["https://x.org/?l=3=MIT"]).of(item(licence="https://x.org/?l=3"))
    assert found == Licence("MIT", "stated by the publisher")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["CC-BY"], "'CC-BY' is no SPDX identifier that is known: give one like CC-BY-"),
        (["the usual"], "'the usual' is no SPDX identifier"),
        (["odd="], "'' is no SPDX identifier"),
        (["MIT", "CC0-1.0"], "records that name none: MIT and CC0-1.0"),
        (["a=MIT", "A=CC0-1.0"], "whose source says 'a': MIT and CC0-1.0"),
    ],
)
def test_statements_that_make_no_sense_are_refused(given: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        licensing(given)
    assert words in str(caught.value)


def test_what_a_source_says_is_the_first_field_with_words() -> None:
    assert said_of({"year": 2021, "licence": None, "Rights": ["", " all  rights "]}) == "all rights"
    assert said_of({"licences": "MIT"}) == ""
