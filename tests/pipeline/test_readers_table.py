"""CSV and TSV: headers, delimiters, quoting, and rows that are not what they should be."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Reference

LONG = "We study how networks forget, and propose a buffer that keeps one per cent of what was seen; it is enough."
CHINESE = "我们研究神经网络如何遗忘，并提出一种缓冲区。"


def read(tmp_path: Path, data: str | bytes, name: str = "t.csv", **options: str) -> list[Abstract | RecordError]:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_paths([str(path)], ReadOptions(**options)))


def shown(items: list[Abstract | RecordError]) -> list[tuple[str, str, str]]:
    return [(i.id, i.title, i.text) if isinstance(i, Abstract) else ("!", "", str(i)) for i in items]


@pytest.mark.parametrize(
    ("data", "name", "options", "expected"),
    [
        pytest.param("id,title,abstract\n1,T,We.\n", "t.csv", {}, [("1", "T", "We.")], id="plain"),
        pytest.param(
            "\ufeffid,abstract\r\n1,We.\r\n",
            "t.csv",
            {},
            [("1", "", "We.")],
            id="byte-order mark and CRLF",
        ),
        pytest.param(
            'id,abstract\n1,"a, ""b""\nc"\n2,d\n',
            "t.csv",
            {},
            [("1", "", 'a, "b"\nc'), ("2", "", "d")],
            id="quoted",
        ),
        pytest.param("ID;Abstract;Title\n1;a, b;T\n", "t.csv", {}, [("1", "T", "a, b")], id="semicolons"),
        pytest.param("id\tabstract\n1\tWe.\n", "t.csv", {}, [("1", "", "We.")], id="tabs in a .csv"),
        pytest.param(
            "id,abstract,x\n1,We.\n\n2,They.,,\n",
            "t.csv",
            {},
            [("1", "", "We."), ("2", "", "They.")],
            id="ragged",
        ),
        pytest.param("abstract\nWe.\n", "t.csv", {}, [("t-1", "", "We.")], id="one column"),
        pytest.param(
            "key,overview\n1,We.\n",
            "t.csv",
            {"text_field": "overview"},
            [("1", "", "We.")],
            id="a named column",
        ),
        pytest.param(
            "key,overview\n1,We.\n",
            "t.csv",
            {"text_field": "2"},
            [("1", "", "We.")],
            id="a numbered column",
        ),
        pytest.param(
            f"p1,A short title here,{LONG}\n".replace(LONG, f'"{LONG}"'),
            "t.csv",
            {},
            [("p1", "A short title here", LONG)],
            id="no header",
        ),
        pytest.param(
            f'"Why?" she asked. {LONG}\t{CHINESE}\n',
            "t.tsv",
            {},
            [("t-1", "", f'"Why?" she asked. {LONG}')],
            id="quotes as signs",
        ),
        pytest.param(
            f'id\tabstract\n1\t"a\tb ""c"""\n2\t{LONG}\n',
            "t.tsv",
            {},
            [("1", "", 'a\tb "c"'), ("2", "", LONG)],
            id="quoting in a .tsv",
        ),
        pytest.param(
            f"{LONG}\t{CHINESE}\n{LONG}\t{CHINESE}\n",
            "t.tab",
            {},
            [("t-1", "", LONG), ("t-2", "", LONG)],
            id="pairs",
        ),
    ],
)
def test_tables(tmp_path: Path, data: str, name: str, options: dict[str, str], expected: list[tuple[str, ...]]) -> None:
    assert shown(read(tmp_path, data, name, **options)) == expected


def test_chinese_columns_are_references_and_other_columns_stay(tmp_path: Path) -> None:
    (item,) = read(tmp_path, f"id,abstract,abstract_zh,year,\n1,{LONG.replace(',', '')},{CHINESE},2021,x\n")
    assert isinstance(item, Abstract)
    assert item.references == (Reference(CHINESE),)
    assert {key: value for key, value in item.meta.items() if key not in ("path", "format")} == {
        "year": "2021",
        "": "x",
    }
    (item,) = read(tmp_path, f"{LONG}\t{CHINESE}\n", "t.tsv")
    assert isinstance(item, Abstract)
    assert item.references == (Reference(CHINESE),)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param("2,a,b,c", "t.csv:3: 4 cells for 2 columns: quote the cells that hold ','", id="too many cells"),
        pytest.param("2,", "t.csv:3: field 'abstract' is empty", id="empty"),
        pytest.param('2,"a" b', "t.csv:3: not a row of a table (", id="stray quote"),
        pytest.param(b"2,caf\xe9", "t.csv:3: bytes that are not UTF-8", id="broken bytes"),
    ],
)
def test_a_bad_row_is_an_error_with_its_line_and_the_rest_is_read(
    tmp_path: Path, row: str | bytes, message: str
) -> None:
    row = row.encode() if isinstance(row, str) else row
    good, bad, other = read(tmp_path, f"id,abstract\n1,We {CHINESE}\n".encode() + row + b"\n3,They.\n")
    assert isinstance(bad, RecordError) and message in str(bad)
    assert shown([good, other]) == [("1", "", f"We {CHINESE}"), ("3", "", "They.")]


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path: Path) -> None:
    good, bad = read(tmp_path, 'id,abstract\n1,We.\n2,"They\n3,are.\n')
    assert isinstance(good, Abstract)
    assert "t.csv:3: not a row of a table (a quote is opened here and never closed)" in str(bad)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        pytest.param(
            "key,overview\n" + f"1,{LONG}", {}, "no column is known as the abstract: .* has key, overview", id="unknown"
        ),
        pytest.param(
            "id,abstract\n1,We.", {"text_field": "summary"}, "no column 'summary': it has id, abstract", id="wrong"
        ),
        pytest.param("id,abstract\n", {}, "no abstract in it, read as csv", id="header only"),
    ],
)
def test_a_table_without_the_column_is_an_error_as_a_whole(
    tmp_path: Path, data: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, data, **options)


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=20)
filled = cells.filter(lambda text: any(map(str.isalnum, text)))


@given(
    rows=st.lists(st.tuples(filled, cells, filled, cells), min_size=1, max_size=8),
    dialect=st.sampled_from(["excel", "unix", "excel-tab"]),
)
@settings(max_examples=60, deadline=None)
def test_a_table_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], dialect: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, dialect)
    writer.writerow(["id", "title", "abstract", "note"])
    writer.writerows(rows)
    items = read(tmp_path_factory.mktemp("law"), file.getvalue(), "t.tsv" if dialect == "excel-tab" else "t.csv")
    for item, (record_id, title, text, note) in zip(items, rows, strict=True):
        assert isinstance(item, Abstract)
        assert item.meta.get("original_id", item.id) == record_id.strip()
        assert (item.title, item.text, item.meta["note"]) == (title, text, note)


# --- what reference managers and indexes export

ZOTERO = [
    "Key", "Item Type", "Publication Year", "Author", "Title", "Publication Title", "ISBN", "ISSN", "DOI", "Url",
    "Abstract Note", "Date", "Date Added", "Access Date", "Pages", "Language", "Rights", "Manual Tags",
    "Automatic Tags", "Editor", "Conference Name", *(f"A column that is hardly ever filled {n}" for n in range(40)),
]  # fmt: skip
SCOPUS = [
    "Authors", "Author full names", "Author(s) ID", "Title", "Year", "Source title", "DOI", "Link", "Abstract",
    "Author Keywords", "Language of Original Document", "Document Type", "Source", "EID",
]  # fmt: skip
WEB_OF_SCIENCE = ["PT", "AU", "AF", "TI", "SO", "LA", "DT", "DE", "AB", "PY", "DI", "UT"]


def exported(columns: list[str], *rows: dict[str, str], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(
        out, columns, delimiter=delimiter, quoting=csv.QUOTE_ALL if delimiter == "," else csv.QUOTE_MINIMAL
    )
    writer.writeheader()
    writer.writerows({column: row.get(column, "") for column in columns} for row in rows)
    return "\ufeff" + out.getvalue()


@pytest.mark.parametrize(
    ("name", "columns", "row", "expected"),
    [
        pytest.param(
            "z.csv",
            ZOTERO,
            {"Key": "AB12CD34", "Item Type": "journalArticle", "Publication Year": "2021", "Author": "Doe, Jo; Roe, Al",
             "Title": "T", "Publication Title": "J. Nets", "Url": "https://a.org", "Abstract Note": LONG + "\n\nMore.",
             "Date": "2021-03-04", "Language": "en-US", "Manual Tags": "a; b", "Automatic Tags": "c"},
            ("AB12CD34", "T", LONG + "\n\nMore.",
             {"type": "journalArticle", "Publication Year": "2021", "authors": ["Jo Doe", "Al Roe"], "venue": "J. Nets",
              "url": "https://a.org", "date": "2021-03-04", "language": "en-US", "tags": ["a", "b", "c"]}),
            id="Zotero",
        ),
        pytest.param(
            "s.csv",
            SCOPUS,
            {"Authors": "Doe J.; Roe A.", "Title": "T", "Year": "2021", "Source title": "J. Nets",
             "DOI": "10.1/x", "Abstract": LONG, "Author Keywords": "a; b",
             "Language of Original Document": "English", "EID": "2-s2.0-1"},
            ("2-s2.0-1", "T", LONG,
             {"authors": ["Doe J.", "Roe A."], "date": "2021", "venue": "J. Nets", "doi": "10.1/x",
              "keywords": ["a", "b"],
              "language": "English"}),
            id="Scopus",
        ),
        pytest.param(
            "w.txt",
            WEB_OF_SCIENCE,
            {"PT": "J", "AU": "Doe, J", "AF": "Doe, Jo", "TI": "T", "SO": "NETS", "LA": "English", "AB": LONG,
             "PY": "2021", "DI": "10.1/x", "UT": "WOS:1"},
            ("WOS:1", "T", LONG,
             {"PT": "J", "authors": ["Jo Doe"], "AU": "Doe, J", "venue": "NETS", "language": "English", "date": "2021",
              "doi": "10.1/x"}),
            id="Web of Science",
        ),
    ],
)  # fmt: skip
def test_exports(tmp_path: Path, name: str, columns: list[str], row: dict[str, str], expected: tuple[Any, ...]) -> None:
    (item,) = read(tmp_path, exported(columns, row, delimiter="\t" if name == "w.txt" else ","), name)
    assert isinstance(item, Abstract)
    meta = {key: value for key, value in item.meta.items() if key not in ("path", "format")}
    assert (item.id, item.title, item.text, meta) == expected


def test_rows_of_an_export_without_an_english_abstract_are_errors_with_their_id(tmp_path: Path) -> None:
    rows = [
        {"Key": "A", "Item Type": "book", "Title": "T"},
        {"Key": "B", "Item Type": "book", "Title": "T", "Abstract Note": "Nous.", "Language": "fr"},
        {"Key": "C", "Item Type": "book", "Title": "T", "Abstract Note": "[No abstract available]"},
    ]
    items = read(tmp_path, exported(ZOTERO, *rows, {"Key": "D", "Abstract Note": "We."}), "z.csv")
    assert [i.record_id if isinstance(i, RecordError) else f"read {i.id}" for i in items] == ["A", "B", "C", "read D"]
    assert [str(i).split(": ")[1] for i in items[:3]] == [
        "it has no abstract",
        "abstract is in fr, not English",
        "it has no abstract",
    ]
