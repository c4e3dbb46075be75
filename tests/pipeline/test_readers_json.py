"""Reading JSON of every shape and size: fields under common names, envelopes, what is broken, our own records."""

import io
import itertools
import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, json_stream, read_paths
from pipeline.readers.json_shapes import SHAPES, is_known, shape_of
from pipeline.readers.json_stream import NotJSON, records
from pipeline.readers.json_values import without_jats
from pipeline.records import Abstract, Issue, Reference, Segment, SegmentTranslation, Translation, to_record
from pipeline.shards import to_line, to_row
from pipeline.translate import Failure

SHAPED = Path(__file__).resolve().parents[1] / "fixtures" / "readers" / "shapes"
ENGLISH = "We study how networks forget."
CHINESE = "我们研究神经网络如何遗忘。"
WORK = {"id": "https://openalex.org/W1", "abstract_inverted_index": {"study.": [1], "We": [0]}}
PAPER = {"corpusid": 7, "abstract": ENGLISH}


def read_text(tmp_path: Path, text: str | bytes, name: str = "a.json", **options: str) -> list[Abstract | RecordError]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_paths([str(path)], ReadOptions(**options)))


def read_shaped(name: str) -> list[Abstract | RecordError]:
    return list(read_paths([str(SHAPED / name)], ReadOptions()))


def only_error(tmp_path: Path, text: str, **options: str) -> str:
    """What is said of a document that gives nothing but one error, in its place or for the whole."""
    try:
        (error,) = read_text(tmp_path, text, **options)
    except InputError as whole:
        return str(whole)
    assert isinstance(error, RecordError)
    return str(error)


def told(items: list[Abstract | RecordError]) -> list[tuple[str, str]]:
    """(id, text) of abstracts, (id, "! " and what is wrong) of errors."""
    return [
        (item.id, item.text) if isinstance(item, Abstract) else (item.record_id, "! " + str(item).rpartition("/")[2])
        for item in items
    ]


def ids(items: list[Abstract | RecordError]) -> list[str]:
    return [record_id for record_id, _ in told(items)]


# --- shapes

NONE = "field 'abstract' is empty or missing: no abstract to translate"
NO_INDEX = NONE.replace("abstract'", "abstract_inverted_index'")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "arxiv.jsonl",
            [
                (
                    "0704.0301",
                    "We train nets on graphs of $n^2$ edges and compare them with\nErd\\H{o}s graphs. "
                    "The cost falls by 12%.\n\nA second paragraph follows \\cite{doe2007}.",
                ),
                ("hep-th/9901001", "! arxiv.jsonl:2: withdrawn: no abstract to translate"),
                ("2101.00001", f"! arxiv.jsonl:3: {NONE}"),
                ("2101.00002", "This paper studies how submissions are withdrawn from conferences in São Paulo."),
            ],
        ),
        (
            "openalex.json",
            [
                ("W1001", "We place words in places. We also Also, count."),
                ("W1002", f"! openalex.json: record 2: {NO_INDEX}"),
                ("W1003", f"! openalex.json: record 3: {NO_INDEX}"),
                ("W1004", "! openalex.json: record 4: abstract is in fr, not English"),
                ("W1005", "! openalex.json: record 5: position '0' of a word is no number from 0: repair the index"),
                ("W1006", "We learn."),
            ],
        ),
        (
            "scholar-bulk.jsonl",
            [
                (
                    "501",
                    "! scholar-bulk.jsonl:1: no abstract: this is the papers data set, "
                    "abstracts are a data set of their own",
                ),
                ("502", "We bulk. It is done."),
                ("503", f"! scholar-bulk.jsonl:3: {NONE}"),
                ("00aa", "We were older."),
                ("00ab", f"! scholar-bulk.jsonl:5: {NONE.replace('abstract', 'paperAbstract', 1)}"),
            ],
        ),
        (
            "scholar-api.json",
            [
                ("0123456789abcdef0123456789abcdef01234567", "We ask an API."),
                (
                    "scholar-api-2",
                    "! scholar-api.json: record 2: null, not an object: give each abstract as an object with fields",
                ),
                ("fedcba9876543210fedcba9876543210fedcba98", f"! scholar-api.json: record 3: {NONE}"),
                ("00000000000000000000fedcba98765432100000", "We cite."),
            ],
        ),
        (
            "crossref.json",
            [
                (
                    "10.1000/c.1",
                    "Background: Nets are <jats:italic>slow</jats:italic> &amp; large "
                    "(<jats:italic>p</jats:italic> &lt; 0.05).\n\n"
                    "Methods: We use <jats:inline-formula>$n^2$</jats:inline-formula> edges, "
                    "CO<jats:sub>2</jats:sub>.\n\nTwice.",
                ),
                ("10.1000/c.2", "We have\ntwo titles."),
                ("10.1000/c.3", f"! crossref.json: record 3: {NONE}"),
                ("10.1000/c.4", "! crossref.json: record 4: abstract is in de, not English"),
            ],
        ),
        (
            "csl.json",
            [
                ("doe2021", "We are cited."),
                ("roe2020", "We print early."),
                ("foo2019", f"! csl.json: record 3: {NONE}"),
                ("bar2018", "! csl.json: record 4: abstract is in fr, not English"),
            ],
        ),
        (
            "openreview-v1.json",
            [
                ("aB1_xY", "We open nets."),
                ("cD2", f"! openreview-v1.json: record 3: {NONE.replace('abstract', 'content.abstract', 1)}"),
            ],
        ),
        ("openreview-v2.json", [("eF3", "We renew nets.")]),
        (
            "run.jsonl",
            [
                ("2101.00041", "We run."),
                ("2101.00042", f"! run.jsonl:2: failed in the run that is read: a.jsonl:2: {NONE}"),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_shape_gives_its_abstracts_and_says_what_is_missing(name: str, expected: list[tuple[str, str]]) -> None:
    assert told(read_shaped(name)) == expected


@pytest.mark.parametrize(
    ("name", "title", "meta", "rest"),
    [
        (
            "arxiv.jsonl",
            "Slow Nets on Fast Graphs",
            {
                "format": "arxiv-json",
                "authors": ["Jo Do\\'e", "A. Roe Jr.", "The Grid Group"],
                "categories": ["cs.LG", "stat.ML"],
                "date": "2007-04-02",
                "updated": "2008-11-26",
                "arxiv_id": "0704.0301",
                "doi": "10.1000/jn.7.11",
                "venue": "J. Nets 7 (2008) 11-19",
                "licence": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
                "comments": "12 pages, 3 figures",
            },
            {"path", "submitter", "versions"},
        ),
        (
            "openalex.json",
            "Words in Places",
            {
                "format": "openalex",
                "authors": ["Jo Doe", "A. Roe"],
                "categories": ["Graph Networks", "Computer science"],
                "date": "2021-01-05",
                "updated": "2024-05-01",
                "arxiv_id": "2101.00007",
                "doi": "10.48550/arxiv.2101.00007",
                "venue": "arXiv",
                "licence": "cc-by",
                "language": "en",
                "url": "https://openalex.org/W1001",
                "abstract_gaps": 1,
                "abstract_collisions": 1,
            },
            {"path", "ids", "publication_year", "primary_location", "best_oa_location", "is_retracted"}
            | {"referenced_works"},
        ),
        (
            "scholar-api.json",
            "From the API",
            {
                "format": "semantic-scholar",
                "authors": ["Jo Doe", "A. Roe"],
                "categories": ["Computer Science", "Mathematics"],
                "date": "2021",
                "arxiv_id": "2101.00021",
                "doi": "10.48550/arXiv.2101.00021",
                "venue": "arXiv.org",
                "licence": "CCBYSA",
                "url": "https://www.semanticscholar.org/paper/0123",
            },
            {"path", "corpusId", "externalIds", "year", "openAccessPdf", "tldr"},
        ),
        (
            "crossref-one.json",
            "Nets &amp; Graphs",
            {
                "format": "crossref",
                "authors": ["Jo Doe", "The Grid Group"],
                "categories": ["Computer Science Applications", "Software"],
                "date": "2021-03-05",
                "doi": "10.1000/c.1",
                "venue": "Journal of Nets",
                "licence": "https://creativecommons.org/licenses/by/4.0/",
                "language": "en",
                "url": "https://doi.org/10.1000/c.1",
            },
            {"path", "indexed", "publisher", "type", "created", "prefix", "member", "license", "reference"},
        ),
        (
            "csl.json",
            "Cited",
            {
                "format": "csl-json",
                "authors": ["Jo Doe", "The Grid Group", "Ludwig van Beethoven"],
                "date": "2021-03-05",
                "arxiv_id": "2101.00031",
                "doi": "10.1000/z.1",
                "venue": "Journal of Nets",
                "language": "en-US",
                "url": "https://doi.org/10.1000/z.1",
            },
            {"path", "citation-key", "item", "note", "page", "type"},
        ),
        (
            "openreview-v1.json",
            "Open Nets",
            {
                "format": "openreview",
                "authors": ["Jo Doe", "A. Roe"],
                "date": "2020-09-28",
                "updated": "2021-03-17",
                "venue": "X 2021 Poster",
                "url": "https://openreview.net/forum?id=aB1_xY",
                "keywords": ["nets", "graphs"],
            },
            {"path", "content", "original", "number", "forum", "invitation"},
        ),
        (
            "openreview-v2.json",
            "Newer Nets",
            {
                "format": "openreview",
                "authors": ["Jo Doe", "A. Roe"],
                "date": "2023-09-28",
                "updated": "2024-04-01",
                "venue": "X 2024",
                "licence": "CC BY 4.0",
                "keywords": ["nets"],
                "content": {"primary_area": "graphs"},
            },
            {"path", "url", "forum", "number", "invitations", "domain"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_each_shape_gives_its_fields_under_the_common_names_and_keeps_the_others(
    name: str, title: str, meta: dict[str, Any], rest: set[str]
) -> None:
    first = read_shaped(name)[0]
    assert isinstance(first, Abstract)
    assert first.title == title
    assert {key: first.meta.get(key) for key in meta} == meta
    assert first.meta.keys() - meta.keys() == rest


def test_the_other_sources_of_semantic_scholar_and_dates_and_authors_of_arxiv() -> None:
    _, dump, _, older, _ = read_shaped("scholar-bulk.jsonl")
    assert isinstance(dump, Abstract) and isinstance(older, Abstract)
    assert [dump.meta[key] for key in ("doi", "licence", "updated")] == ["10.1000/s.2", "CCBY", "2022-02-10"]
    assert [older.title, older.meta["date"], older.meta["categories"]] == ["Older", "2018", ["Medicine"]]
    last = read_shaped("arxiv.jsonl")[-1]
    assert isinstance(last, Abstract)
    assert (last.meta["authors"], "date" in last.meta) == (["B. Bar", "C. Foo"], False)
    second = read_shaped("crossref.json")[1]
    assert isinstance(second, Abstract)
    assert (second.title, second.meta["title"], second.meta["date"]) == ("One", ["One", "第二"], "2020-12")


@pytest.mark.parametrize(
    ("record", "shape"),
    [
        ({"id": "1", "abstract": ENGLISH, "update_date": "2020-01-01"}, "arxiv-json"),
        ({"id": "https://openalex.org/W1", "title": "T"}, "openalex"),
        ({"DOI": "10.1/x", "title": ["T"]}, "crossref"),
        ({"id": "x", "type": "book", "issued": {"date-parts": [[2020]]}}, "csl-json"),
        ({"paperId": "0" * 40}, "semantic-scholar"),
        ({"id": "a", "error": "x"}, "zhaiyi"),
        ({"paperId": 7, "abstract": ENGLISH}, ""),
        ({"id": "1", "title": "T", "content": ENGLISH, "forum": "x"}, ""),
        ({"id": "1", "type": "article", "abstract": ENGLISH, "DOI": "10.1/x", "title": "T"}, ""),
        ({"id": "1", "summary": ENGLISH, "authors": [{"name": "Jo"}], "publishedAt": "2024-01-01"}, ""),
    ],
)
def test_a_shape_is_told_by_its_own_keys_and_claims_nothing_else(record: dict[str, Any], shape: str) -> None:
    found = shape_of(record)
    assert (found.name if found else "") == shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("<jats:p>One.</jats:p><jats:p>Two.</jats:p>", "One.\n\nTwo."),
        ("<p>x<sup>2</sup></p>", "x<sup>2</sup>"),
        ("<jats:sec><jats:title>Aim</jats:title><jats:p>We.</jats:p></jats:sec>", "Aim: We."),
        ("<h4>ABSTRACT</h4><p>We.</p>", "We."),
        ("<jats:title>Open", "Open"),
        ("<jats:list><jats:list-item><jats:p>a</jats:p></jats:list-item></jats:list>", "a"),
        ("<jats:tex-math>$$x$$</jats:tex-math> is", "$x$ is"),
        ("<primary>x</primary>", "<primary>x</primary>"),
    ],
)
def test_blocks_of_jats_become_paragraphs_and_marks_stay(text: str, expected: str) -> None:
    assert without_jats(text) == expected


# --- containers

CONTAINERS = {
    "lines": lambda found: "".join(json.dumps(record) + "\n" for record in found),
    "list": json.dumps,
    "list over lines": lambda found: json.dumps(found, indent=1),
    "envelope": lambda found: json.dumps({"meta": {"n": 1}, "results": found, "next": None}),
    "envelope over lines": lambda found: json.dumps({"count": 2, "data": found}, indent="\t"),
    "two envelopes": lambda found: "".join(json.dumps({"message": {"items": [record]}}) + "\n" for record in found),
    "envelopes in a list": lambda found: json.dumps([{"notes": [record]} for record in found]),
    "objects one after another": lambda found: "\n".join(json.dumps(record, indent=2) for record in found),
    "with byte-order marks": lambda found: "".join("\ufeff" + json.dumps(record) + "\r\n" for record in found),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("records", "shape", "expected"),
    [
        ([WORK, {**WORK, "id": "https://openalex.org/W2"}], "openalex", ["W1", "W2"]),
        ([PAPER, {**PAPER, "corpusid": 8}], "semantic-scholar", ["7", "8"]),
        ([{"id": "a", "summary": ENGLISH}, {"id": "b", "abstract": ENGLISH}], "", ["a", "b"]),
        ([WORK, {"id": "b", "abstract": ENGLISH}], "openalex", ["W1", "b"]),
    ],
    ids=["openalex", "scholar", "any names", "mixed"],
)
def test_a_shape_is_read_from_every_container(
    tmp_path: Path, container: str, records: list[Any], shape: str, expected: list[str]
) -> None:
    items = read_text(tmp_path, CONTAINERS[container](records), "a.txt")
    assert ids(items) == expected
    first = items[0]
    assert isinstance(first, Abstract)
    lines = container in ("lines", "two envelopes", "with byte-order marks")
    assert first.meta["format"] == (shape or ("jsonl" if lines else "json"))
    assert ids(read_text(tmp_path, CONTAINERS[container](records), "a.jsonl")) == expected


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "abstract": ENGLISH, "data": [{"abstract": "not this"}]},
        {"id": "1", "data": [{"x": 1}], "abstract": ENGLISH},
        {"id": "1", "data": {"x": {}}, "message": "m", "results": [1, 2], "abstract": ENGLISH},
    ],
)
@pytest.mark.parametrize("indent", [None, 1], ids=["line", "document"])
def test_an_object_with_an_abstract_is_no_envelope(tmp_path: Path, record: dict[str, Any], indent: int | None) -> None:
    (item,) = read_text(tmp_path, json.dumps(record, indent=indent))
    assert isinstance(item, Abstract)
    assert (item.id, item.text, item.meta["data"]) == ("1", ENGLISH, record["data"])


def test_a_format_may_be_forced(tmp_path: Path) -> None:
    work = {"title": "T", "abstract": ENGLISH}
    assert set(SHAPES) >= {"arxiv-json", "openalex", "semantic-scholar", "crossref", "csl-json", "openreview"}
    for name in ("arxiv-json", "openalex", "semantic-scholar", "crossref", "csl-json", "jsonl", "json"):
        for text in (json.dumps(work), json.dumps([work], indent=1), json.dumps({"results": [work]})):
            (item,) = read_text(tmp_path, text, format=name)
            assert isinstance(item, Abstract)
            assert (item.text, item.meta["format"]) == (ENGLISH, name)
    (item,) = read_text(tmp_path, json.dumps({"corpusid": 5, "abstract": ENGLISH, "year": 2020}), format="json")
    assert isinstance(item, Abstract)
    assert item.meta == {"path": str(tmp_path / "a.json"), "format": "json", "year": 2020}
    said = only_error(tmp_path, json.dumps({"id": 1, "text": ENGLISH}), format="openalex")
    assert "field 'abstract_inverted_index' is empty or missing" in said


def test_named_fields_are_taken_as_they_are(tmp_path: Path) -> None:
    record = {"corpusid": 5, "data": {"mine": ENGLISH}, "abstract": None}
    for text in (json.dumps(record), json.dumps([record], indent=1), json.dumps(record, indent=1)):
        (item,) = read_text(tmp_path, text, text_field="data.mine")
        assert isinstance(item, Abstract)
        assert (item.id, item.text) == ("5", ENGLISH)


# --- what is broken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[{"id": "1", "abstract": "x"},\n{"id": "2", "abstract": "y"},\n {"id": "3", "abst',
            "a.json:3: not JSON at column 14: it ends in the middle: get the rest of it; records before it: 2",
        ),
        (
            '{"results": [{"id": "1", "abstract": "x"}, {"id": "2", "abstract": "y"}\n {"id": "3"}]}',
            "a.json:2: not JSON at column 2: ',' is missing: repair it; records before it: 2",
        ),
        (
            '[{"id": "1", "abstract": "x"},\n\n{"id": "2", "abstract": "y"}, {id: 3}]',
            "a.json:3: not JSON at column 32: Expecting",
        ),
        (
            '[{"id": "1", "abstract": "x"}, {"id": "2", "abstract": "y"}, ' + "[" * 100_000,
            "a.json:1: not JSON at column 62: nested too deeply",
        ),
        (
            '[{"id": "1", "abstract": "x"}, {"id": "2", "abstract": "y"}',
            "a.json:1: not JSON at column 60: it ends in the middle",
        ),
    ],
    ids=["cut off", "comma", "name", "too deep", "not closed"],
)
def test_what_stands_before_a_fault_is_read_and_the_fault_is_named(tmp_path: Path, text: str, expected: str) -> None:
    *before, fault = read_text(tmp_path, text)
    assert ids(before) == ["1", "2"]
    assert isinstance(fault, RecordError) and "\n" not in str(fault)
    assert told([fault])[0][1].startswith("! " + expected)


def test_faults_of_a_record_leave_the_others_be(tmp_path: Path) -> None:
    bad = [
        ('{"id": 1, "n": ' + "9" * 5000 + ', "abstract": "x"}', "a number with thousands of digits"),
        ('{"id": 1, "abstract": "x \\ud835"}', "half a character"),
        ('{"id": 1, "abstract": "x", "y": 1, "abstract": "z"}', "field 'abstract' stands twice with different values"),
        ('{"id": 1, "abstract": "x \udcff"}', "bytes that are not UTF-8"),
        ('{"id": 1, "abstract": null, "results": null}', "field 'abstract' is empty"),
        ('{"id": 1, "results": []}', "nothing in its list 'results'"),
        ('{"id": 1, "abstract": "x", "deep": ' + "[" * 450 + "]" * 450 + "}", "nested too deeply"),
        ("null", "null, not an object"),
        ("12", "a JSON int, not an object"),
    ]
    field = '"abstract": "Caf\\u00e9 and \\ud835\\udd4f."'
    good = f'{{"id": "g", {field}, "x": 1e999, {field}, "zh": "{CHINESE * 3}"}}'
    for text, reason in bad:
        lines = f"{good}\n{text}\n{good}\n"
        for whole in (lines, "[" + ",".join(lines.splitlines()) + "]", "[\n" + ",\n".join(lines.splitlines()) + "\n]"):
            first, error, last = read_text(tmp_path, whole.encode("utf-8", "surrogateescape"), "a.jsonl")
            assert isinstance(first, Abstract) and isinstance(last, Abstract) and isinstance(error, RecordError)
            assert (first.text, first.meta["x"], last.id) == ("Café and 𝕏.", "1e999", "g-2")
            assert reason in str(error), whole[:80]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"data":' * 100_000, "nested too deeply"),
        ('{"results": []}', "nothing in its list 'results'"),
        ('{"status": "error", "message": "no such thing"}', "no field is known as the abstract"),
        ('{"id": "1", "abstract": ', "it ends in the middle"),
        ('{"results": [\n', "it ends in the middle"),
        ('{"x" 1}\n', "not JSON"),
        ('{"id": ' + "9" * 5000 + "}", "a number with thousands of digits"),
    ],
)
def test_a_document_without_records_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    said = only_error(tmp_path, text)
    assert message in said and "\n" not in said and len(said) < 500


@pytest.mark.parametrize("start", ["[", '{"n": [], "results": [', '{"message": {"items": ['])
def test_large_documents_are_streamed(tmp_path: Path, start: str) -> None:
    path = tmp_path / "large.json"
    record = json.dumps({"id": "x", "abstract": ENGLISH * 100})
    end = "".join("]" if sign == "[" else "}" for sign in reversed(start) if sign in "[{")
    if start.startswith('{"n"'):
        end = "]}"
    path.write_text(start + ",".join([record] * 3_500) + end)
    tracemalloc.start()
    count = sum(1 for _ in read_paths([str(path)], ReadOptions()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, path.stat().st_size > 10_000_000, peak < 7_000_000) == (3_500, True, True)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_record_that_is_too_large_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("pipeline.readers.json_stream.MAX_RECORD", 1 << 20)
    monkeypatch.setattr("pipeline.readers.source.MAX_LINE", 1 << 20)
    good, large = json.dumps(PAPER), json.dumps({"corpusid": 1, "abstract": "x" * (2 << 20)})
    if name == "a.jsonl":
        first, error, last = read_text(tmp_path, f"{good}\n{large}\n{good}", name)
        assert isinstance(last, Abstract)
    else:
        first, error = read_text(tmp_path, f"[{good},\n{large},{good}]", name)
    assert isinstance(first, Abstract) and isinstance(error, RecordError)
    assert re.search("over 1 MiB in one|a line over", str(error))
    many = json.dumps({str(key): "x" * 1000 for key in range(2000)}, indent=1)
    with pytest.raises(InputError, match="over 1 MiB in one object"):
        read_text(tmp_path, many)


# --- laws

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    leaves | words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(words, values, max_size=4).map(lambda fields: {**fields, "abstract": "x"})


@given(st.lists(objects, min_size=1, max_size=4), st.integers(1, 40), st.sampled_from([None, 0, 3]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_document_is_read_alike_however_it_is_cut(
    found: list[dict[str, Any]], chunk: int, indent: int | None, ascii_only: bool
) -> None:
    for document in (found, {"meta": [1], "results": found}, {"message": {"items": found}}, found[0]):
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_stream, "_CHUNK", chunk)
            patch.setattr(json_stream, "_AHEAD", 16)
            assert list(records(io.StringIO(text), is_known)) == (found if document is not found[0] else found[:1])


@given(st.lists(objects, min_size=1, max_size=4), st.data())
@settings(max_examples=40, deadline=None)
def test_a_document_that_is_cut_off_gives_what_was_whole(found: list[dict[str, Any]], data: st.DataObject) -> None:
    text = json.dumps({"results": found})
    cut = data.draw(st.integers(1, len(text) - 1))
    read = []
    with pytest.raises(NotJSON):
        for record in records(io.StringIO(text[:cut]), is_known):
            read.append(record)
    assert read == found[: len(read)]
    ends = list(itertools.accumulate((len(json.dumps(record)) + 2 for record in found), initial=len('{"results": [')))
    assert len(read) >= sum(end - 2 < cut for end in ends[1:]) - 1


@given(st.text(alphabet='{}[]":,\\ \n0ae.-tu', max_size=40))
@settings(max_examples=150, deadline=None)
def test_nothing_crashes_it(text: str) -> None:
    try:
        found = list(records(io.StringIO(text), is_known))
    except NotJSON as error:
        assert error.line >= 1 and error.column >= 1
        with pytest.raises(ValueError):  # several values after each other are read, so wrap each alone
            json.loads(text)
    else:
        assert found or not text.strip() or isinstance(json.loads(text), list)


TELLING = (
    "id", "title", "abstract", "authors", "authors_parsed", "categories", "versions", "update_date",
    "abstract_inverted_index", "display_name", "authorships", "language", "topics", "ids", "doi",
    "primary_location", "corpusid", "externalIds", "openaccessinfo", "citedPaper", "paperId", "paperAbstract",
    "DOI", "author", "issued", "license", "subject", "container-title", "type", "forum", "content", "replyto",
    "cdate", "schema", "source", "target", "segments", "system", "references", "reference_sources", "meta",
    "error", "data", "results",
)  # fmt: skip
INNER = (
    "date-parts", "value", "abstract", "title", "author", "display_name", "license", "ArXiv", "given", "family",
    "name", "URL", "created",
)  # fmt: skip
odd = st.recursive(
    leaves | words | st.just(ENGLISH),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["auto", *SHAPES]), st.dictionaries(st.sampled_from(TELLING), odd, min_size=1, max_size=7))
@settings(max_examples=300, deadline=None)
def test_no_value_of_a_field_crashes_a_shape(tmp_path_factory: pytest.TempPathFactory, name: str, record: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.jsonl"
    path.write_text(json.dumps({"abstract": ENGLISH, **record}) + '\n{"id": "last", "abstract": "x"}\n')
    for item in read_paths([str(path)], ReadOptions(format=name)):
        if isinstance(item, Abstract):
            assert item.id and item.text.strip() and all(isinstance(x, str) for x in (item.id, item.title, item.text))
            json.dumps(item.meta)


visible = words.filter(lambda text: any(map(str.isalnum, text)))
abstracts = st.builds(
    Abstract,
    id=visible,
    title=words,
    text=visible,
    references=st.lists(st.builds(Reference, words, words), max_size=3).map(tuple),
    meta=st.dictionaries(words, values, max_size=4),
)


@given(st.lists(abstracts, min_size=1, max_size=5, unique_by=lambda one: one.id))
@settings(max_examples=40, deadline=None)
def test_abstracts_that_we_wrote_are_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, found: list[Abstract]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    text = "".join(to_line(to_record(abstract)) for abstract in found)
    assert read_text(folder, text, "a.jsonl") == found
    assert read_text(folder, json.dumps([to_record(abstract) for abstract in found], indent=1)) == found


@given(st.lists(abstracts, min_size=1, max_size=4, unique_by=lambda one: one.id))
@settings(max_examples=25, deadline=None)
def test_a_run_is_read_as_what_was_translated(tmp_path_factory: pytest.TempPathFactory, found: list[Abstract]) -> None:
    def translated(one: Abstract) -> Translation:
        segment = SegmentTranslation(Segment(one.id, "text", 0, one.text), CHINESE, CHINESE, (Issue("x"),))
        return Translation(one, "题目", one.text, CHINESE, (segment,), (), "tiny")

    lines = [to_line(to_row(translated(one))) for one in found]
    items = read_text(tmp_path_factory.mktemp("run"), "".join(lines), "translations.jsonl")
    previous = {"title_zh": "题目", "target": CHINESE, "system": "tiny"}
    assert items == [replace(one, meta={**one.meta, "previous": previous}) for one in found]
    (error,) = list(_errors(tmp_path_factory.mktemp("failed"), to_line(to_row(Failure("7", "a.txt: no words")))))
    assert (error.record_id, "failed in the run that is read: a.txt: no words" in str(error)) == ("7", True)


def _errors(folder: Path, text: str) -> list[RecordError]:
    good = to_line(to_record(Abstract("g", "", ENGLISH)))
    return [item for item in read_text(folder, good + text, "failed.jsonl") if isinstance(item, RecordError)]


def test_a_record_of_ours_that_was_edited_says_what_is_wrong(tmp_path: Path) -> None:
    record = to_record(Abstract("1", "T", ENGLISH, (Reference(CHINESE),)))
    for change, reason in (
        ({"abstract": None}, "field 'abstract' of a record of ours"),
        ({"references": []}, "belong"),
    ):
        assert reason in only_error(tmp_path, json.dumps({**record, **change}))
