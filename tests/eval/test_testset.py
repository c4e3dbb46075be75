"""The bundled test set is as its README says, and test sets are read strictly."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from eval.testset import BUNDLED, load_testset, read_rows
from pipeline.errors import InputError, RecordError
from pipeline.finish import HAN, finish
from pipeline.mask import find_protected
from pipeline.normalize import normalize
from pipeline.numbers import compare_numbers
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract

ABSTRACTS = load_testset("abstracts")
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "abstracts.test.jsonl"
FORM = {"id", "title", "title_zh", "categories", "abstract", "references", "reference_sources"}

NARRATIVE_CITATION = {"zy-045"}
"""Ids whose reference has a citation such as "Foo (2020)" before Chinese, whose brackets `finish` widens."""

SHARED_UNIT = {"zy-014"}
"""Ids whose abstract has a range such as "22 to 350 million", whose first number leaves its unit out."""

each = pytest.mark.parametrize("abstract", ABSTRACTS, ids=[one.id for one in ABSTRACTS])


def test_bundled_set_is_large_enough_and_varied() -> None:
    assert len(ABSTRACTS) >= 60
    assert len({one.title for one in ABSTRACTS}) == len(ABSTRACTS)
    wrapped = sum("\n" in one.text for one in ABSTRACTS)
    assert 0.2 < wrapped / len(ABSTRACTS) < 0.5, "about a third have hard-wrapped lines"
    assert len({category for one in ABSTRACTS for category in one.meta["categories"]}) >= 10


def test_bundled_file_has_one_form() -> None:
    for place, row in read_rows(BUNDLED["abstracts"]):
        assert row.keys() == FORM, place
    lines = BUNDLED["abstracts"].read_text(encoding="utf-8").splitlines()
    assert lines == [json.dumps(json.loads(line), ensure_ascii=False) for line in lines], "no ASCII escapes"


@each
def test_bundled_abstract_has_150_to_250_words_and_one_reference(abstract: Abstract) -> None:
    assert 150 <= len(abstract.text.split()) <= 250
    assert [reference.origin for reference in abstract.references] == ["zhaiyi"]
    assert "\n" not in abstract.references[0].text


@each
def test_bundled_reference_keeps_the_conventions(abstract: Abstract) -> None:
    for text in (abstract.references[0].text, abstract.meta["title_zh"]):
        assert finish(text) == text or abstract.id in NARRATIVE_CITATION
        assert not re.search(rf"[{HAN}] *[,;:?!()] *[{HAN}]", text)


@each
def test_bundled_reference_has_every_protected_span(abstract: Abstract) -> None:
    def spans(text: str) -> Counter[str]:
        return Counter(text[start:end] for start, end, _ in find_protected(text))

    assert spans(normalize(abstract.text)) == spans(abstract.references[0].text)


@each
def test_bundled_reference_has_the_numbers_of_its_source(abstract: Abstract) -> None:
    difference = compare_numbers(normalize(abstract.text), abstract.references[0].text)
    assert not any(difference) or abstract.id in SHARED_UNIT


def test_bundled_set_is_what_the_readers_read() -> None:
    read = list(read_paths([str(BUNDLED["abstracts"])], ReadOptions()))
    assert [one for one in read if isinstance(one, RecordError)] == []
    assert [replace(one, meta={}) for one in read if isinstance(one, Abstract)] == [
        replace(one, meta={}) for one in ABSTRACTS
    ]


ROW = {"id": "a", "abstract": "We study X.", "references": ["我们研究X。"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "empty; a test set has an abstract on each line", id="empty"),
        pytest.param("{", r":1: not JSON: Expecting property name", id="broken"),
        pytest.param('\n"text"', r":2: not a JSON object", id="not-an-object"),
        pytest.param(json.dumps(ROW | {"id": ""}), r":1: no `id`", id="no-id"),
        pytest.param(json.dumps(ROW) + "\n" + json.dumps(ROW), r":2: the id 'a' stands on an earlier", id="same-id"),
        pytest.param(json.dumps(ROW | {"references": []}), r":1: a has no references", id="no-references"),
        pytest.param(json.dumps(ROW | {"references": [""]}), r":1: `references` must be", id="empty-reference"),
        pytest.param(json.dumps(ROW | {"references": [7]}), r":1: `references` must be", id="number-as-reference"),
        pytest.param(json.dumps(ROW | {"reference_sources": []}), r"as long as `references` \(1\)", id="sources"),
    ],
)
def test_bad_test_set_is_refused_with_its_place(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "refs.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_testset(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_test_set_lists_the_known_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no bundled test set of that name \\(abstracts\\)"):
        load_testset("abstrakts")
    with pytest.raises(InputError, match="cannot be read"):
        load_testset(tmp_path)


def test_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "refs.jsonl"
    path.write_bytes(json.dumps(ROW, ensure_ascii=False).encode("gb18030"))
    with pytest.raises(InputError, match=":1: not UTF-8"):
        load_testset(path)


def test_other_fields_go_to_meta_and_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "refs.jsonl"
    path.write_text("\ufeff" + json.dumps(ROW | {"id": 7, "year": 2020, "references": "我们研究X。"}), encoding="utf-8")
    (abstract,) = load_testset(path)
    assert (abstract.id, abstract.text, abstract.meta) == ("7", "We study X.", {"year": 2020})
    assert [(one.text, one.origin) for one in abstract.references] == [("我们研究X。", "unknown")]


@pytest.mark.skipif(not SHARED.exists(), reason="the in-domain test set is not here")
def test_in_domain_test_set_is_read() -> None:
    testset = load_testset(SHARED)
    assert len(testset) == 400
    assert all(len(one.references) >= 2 for one in testset)
