"""Reading files, folders and standard input: text and JSON lines, ids, encodings, and what is said of bad input."""

import bz2
import gzip
import io
import json
import lzma
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError, RecordError
from pipeline.readers import FORMATS, ReadOptions, read_paths, source
from pipeline.readers.encoding import guess_encoding
from pipeline.records import Abstract, Reference

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
ENGLISH = "We study how networks forget. A replay buffer of 1% is enough."
CHINESE = "我们研究神经网络如何遗忘，并提出一种新的方法。实验结果表明，百分之一的数据就足够了。"


def read_bytes(tmp_path: Path, data: bytes | str, name: str = "a.txt", **options: str) -> list[Abstract | RecordError]:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_paths([str(path)], ReadOptions(**options)))


def texts(items: list[Abstract | RecordError]) -> list[str]:
    return [item.text if isinstance(item, Abstract) else f"! {item}" for item in items]


def ids(items: list[Abstract | RecordError]) -> list[str]:
    return [item.id if isinstance(item, Abstract) else f"! {item.record_id}" for item in items]


def lines_of(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


# --- plain text


@pytest.mark.parametrize(
    ("split", "text", "expected"),
    [
        pytest.param("file", "One.\n\nTwo\nlines.\n", [("a", "One.\n\nTwo\nlines.")], id="one file is one abstract"),
        pytest.param(
            "lines", "One.\n\nTwo.\r\nThree.", [("a-1", "One."), ("a-3", "Two."), ("a-4", "Three.")], id="lines"
        ),
        pytest.param(
            "paragraphs", "\nOne\nmore.\n\n \nTwo.", [("a-1", "One\nmore."), ("a-2", "Two.")], id="paragraphs"
        ),
        pytest.param("file", "Abstract\n\nWe study.", [("a", "We study.")], id="a heading is no text"),
        pytest.param("file", "**Abstract:** We study.", [("a", "We study.")], id="a bold label"),
        pytest.param("file", "Abstract—We study.", [("a", "We study.")], id="a label with a dash"),
        pytest.param(
            "file", "Abstract reasoning is hard.", [("a", "Abstract reasoning is hard.")], id="a word of the text"
        ),
        pytest.param("file", "Abstract-level plans.", [("a", "Abstract-level plans.")], id="a compound of the text"),
        pytest.param("file", "{\\bf We} study $x$.", [("a", "{\\bf We} study $x$.")], id="TeX is no JSON"),
    ],
)
def test_plain_text(tmp_path: Path, split: str, text: str, expected: list[tuple[str, str]]) -> None:
    items = read_bytes(tmp_path, text, split=split)
    assert list(zip(ids(items), texts(items), strict=True)) == expected


def test_an_id_keeps_the_dot_of_an_arxiv_id(tmp_path: Path) -> None:
    assert [ids(read_bytes(tmp_path, ENGLISH, name)) for name in ("2110.02932", "2110.02932.txt")] == [
        ["2110.02932"]
    ] * 2


# --- JSON lines


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param({"arxiv_id": "1", "summary": ENGLISH}, ("1", "", ENGLISH, ()), id="arXiv's names"),
        pytest.param({"paperId": 7, "title": "T", "abstract": ENGLISH}, ("7", "T", ENGLISH, ()), id="a number as id"),
        pytest.param({"DOI": "10.1/x", "Title": None, "Abstract": ENGLISH}, ("10.1/x", "", ENGLISH, ()), id="capitals"),
        pytest.param({"text": ENGLISH}, ("a-1", "", ENGLISH, ()), id="no id"),
        pytest.param({"id": None, "content": ENGLISH}, ("a-1", "", ENGLISH, ()), id="null id"),
        pytest.param({"en": ENGLISH, "zh": CHINESE}, ("a-1", "", ENGLISH, ((CHINESE, "unknown"),)), id="en and zh"),
        pytest.param(
            {"translation": {"en": ENGLISH, "zh": CHINESE}},
            ("a-1", "", ENGLISH, ((CHINESE, "unknown"),)),
            id="translation",
        ),
        pytest.param(
            {"abstract": ENGLISH, "references": [CHINESE, CHINESE + "。"], "reference_sources": ["x", "y"]},
            ("a-1", "", ENGLISH, ((CHINESE, "x"), (CHINESE + "。", "y"))),
            id="references with sources",
        ),
        pytest.param(
            {"abstract": ENGLISH, "references": [{"text": CHINESE, "origin": "human"}]},
            ("a-1", "", ENGLISH, ((CHINESE, "human"),)),
            id="references as objects",
        ),
        pytest.param({"abstract": [ENGLISH, "More."]}, ("a-1", "", ENGLISH + "\nMore.", ()), id="a list of lines"),
    ],
)
def test_fields_are_guessed(tmp_path: Path, record: dict[str, Any], expected: tuple[Any, ...]) -> None:
    (item,) = read_bytes(tmp_path, lines_of(record), "a.jsonl")
    assert isinstance(item, Abstract)
    assert (item.id, item.title, item.text) == expected[:3]
    assert item.references == tuple(Reference(*pair) for pair in expected[3])
    assert set(item.meta) == {"path", "format"}


def test_what_is_not_used_stays_in_meta_untouched(tmp_path: Path) -> None:
    rest = {"categories": ["cs.LG"], "references": ["[1] Smith 2020"], "year": 2021, "x": {"y": None}, "path": "theirs"}
    (item,) = read_bytes(tmp_path, lines_of({"id": "1", "abstract": ENGLISH, **rest}), "a.jsonl")
    assert isinstance(item, Abstract)
    assert item.references == ()
    assert item.meta == {**rest, "format": "jsonl"}


def test_named_fields_may_be_nested(tmp_path: Path) -> None:
    record = {"meta": {"key": "k1"}, "abstract": "not this", "body": {"text": ENGLISH}, "name": "T"}
    options = {"id_field": "meta.key", "text_field": "body.text", "title_field": "name"}
    (item,) = read_bytes(tmp_path, lines_of(record), "a.jsonl", **options)
    assert isinstance(item, Abstract)
    assert (item.id, item.title, item.text) == ("k1", "T", ENGLISH)
    assert item.meta["abstract"] == "not this"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            '{"id": 1, "abstract": "x"', "a.jsonl:2: not JSON (Expecting ',' delimiter at column", id="broken"
        ),
        pytest.param('["x"]', "a.jsonl:2: a JSON list, not an object", id="no object"),
        pytest.param(
            '{"id": 5, "name": "x"}',
            "a.jsonl:2: no field is known as the abstract: name the one that is (it has id, name)",
            id="missing",
        ),
        pytest.param('{"id": 5, "abstract": null}', "a.jsonl:2: field 'abstract' is empty", id="null"),
        pytest.param('{"id": 5, "abstract": " "}', "a.jsonl:2: field 'abstract' is empty", id="blank"),
        pytest.param(
            '{"abstract": "", "summary": "x"}', "a.jsonl:2: field 'abstract' is empty", id="no other field instead"
        ),
        pytest.param('{"id": ["x"], "abstract": "x"}', "a.jsonl:2: field 'id' is no identifier but a list", id="id"),
        pytest.param('{"id": 5, "abstract": "x \\ud835"}', "a.jsonl:2: half a character", id="lone surrogate"),
        pytest.param(b'{"id": 5, "abstract": "x \xff"}', "a.jsonl:2: bytes that are not UTF-8", id="broken bytes"),
        pytest.param("[" * 100_000, "a.jsonl:2: not usable JSON", id="too deep"),
    ],
)
def test_a_bad_line_is_an_error_with_its_place_and_the_rest_is_read(
    tmp_path: Path, line: str | bytes, message: str
) -> None:
    good = lines_of({"id": "g", "abstract": ENGLISH + " " + CHINESE}).encode()
    line = line.encode() if isinstance(line, str) else line
    before, bad, after = read_bytes(tmp_path, good + line + b"\n\n" + good, "a.jsonl")
    assert isinstance(bad, RecordError)
    assert "\n" not in str(bad)
    assert message in str(bad)
    assert ids([before, after]) == ["g", "g-2"]


def test_json_documents_and_nan(tmp_path: Path) -> None:
    records = [{"id": "1", "abstract": ENGLISH}, {"id": "2"}, {"id": "3", "abstract": ENGLISH}]
    one, two, three = read_bytes(tmp_path, json.dumps(records, indent=1), "a.json")
    assert ids([one, three]) == ["1", "3"]
    assert str(two).startswith(f"{tmp_path}/a.json: record 2: no field is known")
    assert ids(read_bytes(tmp_path, json.dumps(records[0], indent=1), "a.txt")) == ["1"]
    (item,) = read_bytes(tmp_path, '{"id": "1", "abstract": "x", "title": NaN, "year": NaN}', "a.jsonl")
    assert isinstance(item, Abstract)
    assert (item.title, item.meta["year"]) == ("", None)


plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
named = plain.filter(lambda text: any(map(str.isalnum, text)))


@given(st.lists(st.fixed_dictionaries({"id": named, "title": plain, "abstract": named, "note": plain}), min_size=1))
@settings(max_examples=50, deadline=None)
def test_json_lines_are_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, str]]
) -> None:
    items = read_bytes(tmp_path_factory.mktemp("law"), lines_of(*records), "a.jsonl")
    for item, record in zip(items, records, strict=True):
        assert isinstance(item, Abstract)
        assert item.meta.get("original_id", item.id) == record["id"].strip()
        assert (item.title, item.text, item.meta["note"]) == (record["title"], record["abstract"], record["note"])
    assert len(set(ids(items))) == len(records)


@pytest.mark.parametrize("name", ["abstracts.test.jsonl", "abstracts.valid.jsonl"])
@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not here")
def test_shared_test_sets_are_read_perfectly(name: str) -> None:
    path = SHARED / name
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for record, item in zip(records, read_paths([str(path)], ReadOptions()), strict=True):
        assert isinstance(item, Abstract)
        assert (item.id, item.title, item.text) == (record["id"], record["title"] or "", record["abstract"])
        assert [reference.text for reference in item.references] == record["references"]
        assert [reference.origin for reference in item.references] == record["reference_sources"]
        assert item.meta == {"path": str(path), "format": "jsonl", "categories": record["categories"]}


# --- encodings and compression


@pytest.mark.parametrize(
    ("encoding", "text", "noted"),
    [
        pytest.param("utf-8-sig", ENGLISH, None, id="byte-order mark"),
        pytest.param("utf-16", ENGLISH + CHINESE, "utf-16", id="utf-16"),
        pytest.param("utf-16-le", ENGLISH, "utf-16-le", id="utf-16 without a mark"),
        pytest.param("utf-16-be", ENGLISH, "utf-16-be", id="the other utf-16"),
        pytest.param("utf-32", ENGLISH, "utf-32", id="utf-32"),
        pytest.param("gb18030", f"{ENGLISH}\n{CHINESE}", "gb18030", id="gb18030"),
        pytest.param("gbk", f"{ENGLISH} “quoted” and — dashed", "gb18030", id="full-width quotes in gbk"),
        pytest.param("big5", f"{ENGLISH} 我們提出一種新的方法，並且在實驗中得到很好的結果。", "big5", id="big5"),
        pytest.param("cp1252", f"{ENGLISH} “A naïve Poincaré map” – Müller’s", "cp1252", id="windows-1252"),
        pytest.param("latin-1", f"{ENGLISH} Erdős".replace("ő", "ö") + " 37°", "cp1252", id="latin-1"),
    ],
)
def test_other_encodings_are_read_right_and_noted(tmp_path: Path, encoding: str, text: str, noted: str | None) -> None:
    (item,) = read_bytes(tmp_path, text.encode(encoding))
    assert isinstance(item, Abstract)
    assert item.text == text
    assert item.meta.get("encoding") == noted
    (item,) = read_bytes(tmp_path, lines_of({"id": "1", "abstract": text}).encode(encoding), "a.jsonl")
    assert texts([item]) == [text]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("テキストの学習".encode("shift-jis"), id="shift-jis"),
        pytest.param("Обучение с подкреплением".encode("koi8-r"), id="koi8-r"),
        pytest.param("심층 학습 모델을 제안한다".encode("euc-kr"), id="euc-kr"),
        pytest.param(b"caf\x8e and \xd2quotes\xd3", id="mac"),
        pytest.param(b"\xfe\xc1\xff\x81" * 10, id="nonsense"),
    ],
)
def test_an_encoding_that_is_not_sure_is_refused(data: bytes) -> None:
    assert guess_encoding(data) == ""


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_compressed_files(tmp_path: Path, pack: Any) -> None:
    packed = pack(lines_of({"id": "1", "abstract": ENGLISH}).encode())
    assert ids(read_bytes(tmp_path, packed, "a.jsonl.gz")) == ["1"]
    with pytest.raises(InputError, match="damaged compressed file"):  # at once, or behind what could be unpacked
        raise read_bytes(tmp_path, packed[:-12])[-1]


# --- what cannot be read


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("a.txt", b"", "empty file", id="empty"),
        pytest.param("a.txt", b" \n \n", "nothing but white space", id="blank"),
        pytest.param("a.pdf", b"%PDF-1.7\n\x00\x01", "a PDF: extract its text first", id="pdf"),
        pytest.param("a.docx", b"PK\x03\x04\x00\x00", "damaged zip archive", id="docx"),
        pytest.param("a.bin", bytes(range(256)), "a binary file, not text", id="binary"),
        pytest.param("a.txt", "テキストの学習を行う".encode("shift-jis"), "neither UTF-8 nor surely", id="encoding"),
        pytest.param("a.txt", CHINESE.encode() * 3 + b"\xff", "bytes that are not UTF-8", id="broken utf-8"),
        pytest.param("a.txt", b"<!DOCTYPE html><html><body>", "no abstract on the page: looked for meta", id="html"),
        pytest.param(
            "a.xml", b"<?xml version='1.0'?><feed/>", "XML with the root element <feed>, which is not read", id="xml"
        ),
        pytest.param("a.bib", b"Dear all,\n", "no abstract in it, read as bibtex", id="no bibtex"),
        pytest.param("a.ris", b"Dear all,\n", "no abstract in it, read as ris", id="no RIS"),
        pytest.param("a.json", b"[]", "a JSON list with nothing in it", id="empty list"),
        pytest.param("a.json", b"[{]", "not JSON", id="broken list"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_that_says_why(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, data, name)
    assert str(caught.value).startswith(f"{tmp_path}/{name}:")
    assert "\n" not in str(caught.value)
    (tmp_path / "b.txt").write_text(ENGLISH)
    bad, good = read_paths([str(tmp_path)], ReadOptions())
    assert isinstance(bad, RecordError) and message in str(bad)
    assert isinstance(good, Abstract)


def test_a_forced_format_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    for name in FORMATS:
        if name.startswith("page-"):
            with pytest.raises(InputError, match=f"no abstract on the page, read as {name}: looked for"):
                read_bytes(tmp_path, "Nothing here", format=name)


def test_unknown_names_are_told_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"unknown format 'pdf': known are auto, .*jsonl, json, arxiv-atom, .*bibtex, ris, csv, tsv"
    ):
        read_paths(["x"], ReadOptions(format="pdf"))
    with pytest.raises(ConfigError, match="unknown split 'words': known are file, lines, paragraphs"):
        read_paths(["x"], ReadOptions(split="words"))


def test_missing_paths_and_folders_without_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: no such file or folder"):
        read_paths([str(tmp_path / "nowhere.txt")], ReadOptions())
    with pytest.raises(InputError, match=r"no file in this folder matches '\*.abs'"):
        read_paths([str(tmp_path)], ReadOptions(pattern="*.abs"))


# --- folders, standard input, ids


def test_folders_are_read_in_order_and_by_pattern(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/10.txt", ".hidden.txt", ".git/x.txt", "README.md", "c.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(lines_of({"abstract": ENGLISH}) if name.endswith("l") else ENGLISH)
    found = {p: ids(list(read_paths([str(tmp_path)], ReadOptions(pattern=p)))) for p in ("*", "*.txt", "a/*", "*.md")}
    assert found == {"*": ["10", "z", "b", "c-1"], "*.txt": ["10", "z", "b"], "a/*": ["10", "z"], "*.md": ["README"]}


def test_repeated_ids_are_made_unique(tmp_path: Path) -> None:
    records = [{"id": name, "abstract": ENGLISH} for name in ("a", "b", "a", "a-2", "a")]
    items = read_bytes(tmp_path, lines_of(*records), "x.jsonl")
    assert ids(items) == ["a", "b", "a-2", "a-2-2", "a-3"]
    assert [item.meta.get("original_id") for item in items if isinstance(item, Abstract)] == [
        None,
        None,
        "a",
        "a-2",
        "a",
    ]


@pytest.mark.parametrize("spool", [1, 1 << 20], ids=["in a file", "in memory"])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, spool: int) -> None:
    monkeypatch.setattr(source, "_SPOOL", spool)
    stream = io.BytesIO(lines_of(*({"abstract": f"{ENGLISH} {n}"} for n in range(300))).encode())
    items = list(read_paths(["-"], ReadOptions(), stdin=stream))
    assert (len(items), ids(items)[299]) == (300, "stdin-300")
    with pytest.raises(InputError, match="standard input: empty"):
        read_paths(["-"], ReadOptions(), stdin=io.BytesIO())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("a.txt", lines_of({"abstract": "x"}), "jsonl", id="JSON by content"),
        pytest.param("a", "id,title,abstract\n1,T,We.\n", "csv", id="a table by its header"),
        pytest.param("a.txt", "id\tabstract\n1\tWe.\n", "tsv", id="tabs by the header"),
        pytest.param("a.csv", "1,We study.\n", "csv", id="a table by its suffix"),
        pytest.param("a.txt", "In text, summary, and so on, we\nstudy.", "text", id="prose with commas"),
        pytest.param("a.csv", "Title\nT\nAbstract\nWe.\nPublished\n2020-01-01\n", "page-reader", id="content first"),
        pytest.param("a.txt", "Title: T\nAbstract: We.\n", "page-reader", id="labelled text"),
    ],
)
def test_formats_are_recognised_by_content_then_suffix(tmp_path: Path, name: str, text: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    (item,) = read_paths([str(path)], ReadOptions())
    assert isinstance(item, Abstract)
    assert item.meta["format"] == expected


def test_long_files_are_streamed(tmp_path: Path) -> None:
    line = lines_of({"abstract": ENGLISH * 100}).encode()
    path = tmp_path / "long.jsonl"
    path.write_bytes(line * 2_500)
    tracemalloc.start()
    count = sum(1 for _ in read_paths([str(path)], ReadOptions()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, peak < path.stat().st_size / 2) == (2_500, True)
