"""BibTeX and RIS: every trap of their fixtures, what a fault costs, laws of the braces, and streaming."""

import tracemalloc
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import RecordError
from pipeline.normalize import normalize
from pipeline.readers import ReadOptions, bibtex_entries, read_paths, ris
from pipeline.readers.bibtex_entries import Entry, entries
from pipeline.readers.bibtex_text import author_names, date_of, plain_text, unbraced
from pipeline.records import Abstract, Reference

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readers" / "bib"


def read(path: Path, **options: str) -> list[Abstract | RecordError]:
    return list(read_paths([str(path)], ReadOptions(**options)))


def read_text(tmp_path: Path, text: str, name: str = "a.bib", **options: str) -> list[Abstract | RecordError]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read(tmp_path / name, **options)


def shown(item: Abstract | RecordError) -> Any:
    if isinstance(item, RecordError):
        return item.record_id, str(item).split(": ", 1)[0].rpartition(":")[2], str(item).split(": ", 1)[1]
    meta = {key: value for key, value in item.meta.items() if key not in ("path", "format")}
    return item.id, item.title, item.text, meta


BIBTEX = [
    (
        "braces",
        "BERT and the École of íslands: 95% of $O(n^{2})$",
        "We study BERT and étoiles in nested braces with \\emph{many LLMs},\n    so that $x_{i} < \\mathbf{y}$ "
        "and \\{0, 1\\} hold.\n\n    A second paragraph cites \\cite{other} at 1\\%.",
        {
            "type": "article",
            "authors": ["Pál Erdős", "Łukasz Kaiser", "Aspen van Dyk, Jr", "Barnes and Noble, Inc."],
            "date": "2021-09-07",
            "venue": "Journal of Artificial Intelligence Research",
            "keywords": ["nets", "graphs, trees"],
            "doi": "10.1000/a_b",
            "language": "british",
        },
    ),
    (
        "quotes",
        'Why "nets" and "quoted, words" matter',
        "He said \"so\" and ``thus'', of course; Schrödinger = 5, @home.",
        {
            "type": "inproceedings",
            "authors": ["Jo Doe", "Al Roe"],
            "date": "2020",
            "venue": "Proceedings of Secondary Meeting",
        },
    ),
    (
        "nocommas",
        "No commas",
        "Commas are missing here.",
        {"type": "misc", "date": "2019", "arxiv_id": "1901.00001", "categories": ["cs.LG"]},
    ),
    ("unclosed", "44", "entry 'unclosed': field 'abstract' is opened here and never closed: close it"),
    (
        "biblatex",
        "A BibLaTeX Entry",
        "p < 0.05 and a line\n@property of code here.",
        {
            "type": "online",
            "date": "2022-05-06",
            "venue": "Journal of Data",
            "arxiv_id": "2205.00002v1",
            "categories": ["cs.CL"],
            "language": "american",
            "url": "https://example.org/a_b",
        },
    ),
    ("surplus", "60", "entry 'surplus': closed after field 'title', but fields follow: remove the surplus }"),
    ("none", "63", "entry 'none': it has no abstract: nothing to translate"),
    ("french", "64", "entry 'french': abstract is in ngerman, not English: leave it out"),
    ("quotes-2", "The same key", "Another text.", {"type": "article", "original_id": "quotes"}),
    ("paren", "In (round) brackets", "Round ) it is.", {"type": "book"}),
    ("traps-11", "No key", "Has no key.", {"type": "article"}),
    ("last", "67", "entry 'last': field 'abstract' is opened here and never closed: close it"),
]


def test_every_entry_of_a_bad_bibtex_file_is_read_or_named() -> None:
    assert [shown(item) for item in read(FIXTURES / "traps.bib")] == BIBTEX


RIS = [
    (
        "doe2021",
        "On nets",
        "Background: Nets forget.\nWe propose a buffer,\nAI - driven and small.\n\nResults: It is enough.",
        {
            "type": "JOUR",
            "authors": ["José Doe", "Al Roe, Jr."],
            "date": "2021-03-04",
            "doi": "10.1000/xyz",
            "venue": "Journal of Nets",
            "language": "eng",
            "keywords": ["memory", "replay"],
            "url": "https://example.org/1",
            "arxiv_id": "2103.00001",
            "JO": "J. Nets",
            "N1": ["a note", "another"],
            "UR": "https://arxiv.org/abs/2103.00001",
        },
    ),
    (
        "traps-2",
        "An old export",
        "The abstract stands in N2.",
        {"type": "CONF", "authors": ["Jo Doe"], "date": "2019-05", "venue": "Proceedings"},
    ),
    ("traps-3", "Its end is missing", "It ends where the next begins.", {"type": "JOUR"}),
    ("A77", "38", "record A77: it has no abstract: nothing to translate"),
    ("traps-42", "42", "AU outside a record: begin each record with TY"),
    ("10.1000/de", "44", "record 10.1000/de: abstract is in German, not English: leave it out"),
    ("10.1000/end", "The last", "The file ends without ER.", {"type": "JOUR", "doi": "10.1000/end"}),
]


def test_every_record_of_a_bad_ris_file_is_read_or_named() -> None:
    assert [shown(item) for item in read(FIXTURES / "traps.ris")] == RIS


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("a.txt", "@misc{k,\n abstract = {We study.}}\n", "bibtex", id="an entry"),
        pytest.param("a", '% made by a tool\n\n@string{a = "b"}\n@misc{k, abstract = "We."}', "bibtex", id="a string"),
        pytest.param("a.bib", "Made by a tool\n\n@misc{k, abstract = {We.}}", "bibtex", id="by its suffix"),
        pytest.param("a.txt", "A site\nProvider: x\n\nTY  - JOUR\nAB  - We.\nER  - \n", "ris", id="RIS behind a head"),
        pytest.param("a.ris", "\n\nTY  - JOUR\nAB  - We.", "ris", id="RIS by its suffix"),
        pytest.param("a.txt", "@home we study nets, as does Doe.", "text", id="text that begins with an @"),
        pytest.param("a.txt", "We study.\n@misc{k,\n title = {T}}\n", "text", id="text that cites"),
        pytest.param("a.txt", "We write TY  - JOUR\nAB  - in RIS.", "text", id="text about RIS"),
    ],
)
def test_recognised_by_content(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (item,) = read_text(tmp_path, text, name)
    assert isinstance(item, Abstract)
    assert item.meta["format"] == expected


@pytest.mark.parametrize(
    ("broken", "line", "fault"),
    [
        pytest.param("@misc{k, title = {A} B, abstract = {C}}", 3,
                     "'B, abstract = {C}}' after field 'title' is no field",
                     id="a surplus word"),
        pytest.param("@misc{k,\n title = {A},\n abstract = \"C {D\"\n}", 5, "field 'abstract' is opened here and never",
                     id="a brace open in quotes"),
        pytest.param("@misc{k,\n abstract = {C},\n", 3, "never closed: put the missing }", id="the last brace"),
        pytest.param("@misc{k, abstract = {C}}, year = {2020}}", 3, "remove the surplus }", id="closed too early"),
    ],
)  # fmt: skip
def test_a_broken_entry_costs_only_itself(tmp_path: Path, broken: str, line: int, fault: str) -> None:
    good = "@misc{%s,\n abstract = {We study.}}\n"
    before, bad, after = read_text(tmp_path, f"{good % 'a'}{broken}\n{good % 'b'}")
    assert isinstance(before, Abstract) and isinstance(after, Abstract)
    assert (before.id, after.id) == ("a", "b")
    assert isinstance(bad, RecordError)
    assert str(bad).startswith(f"{tmp_path}/a.bib:{line}: entry 'k': ") and fault in str(bad)
    assert bad.record_id == "k"


def test_too_long_entries_are_errors_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bibtex_entries, "MAX_ENTRY", 500)
    monkeypatch.setattr(ris, "MAX_RECORD", 500)
    long = "We study. " * 100
    items = read_text(tmp_path, f"@misc{{a,\n abstract={{{long}}}}}\n@misc{{b,\n abstract={{We.}}}}\n")
    assert [item.id if isinstance(item, Abstract) else item.record_id for item in items] == ["a", "b"]
    assert "over 0 MiB in one entry" in str(items[0])
    items = read_text(tmp_path, f"TY  - JOUR\nAB  - {long}\nER  - \nTY  - JOUR\nAB  - We.\n", "a.ris")
    assert [isinstance(item, Abstract) for item in items] == [False, True]
    assert "over 0 MiB in one record" in str(items[0])


def test_broken_bytes_are_an_error_of_their_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    note = "我们研究神经网络如何遗忘，并提出一种新的方法。"
    text = f"@misc{{a,\n abstract = {{We é}},\n note={{{note}}}}}\n" + "@misc{b,\n abstract = {x \0}}\n"
    path.write_bytes(text.encode().replace(b"\0", b"\xff"))
    good, bad = read(path)
    assert isinstance(good, Abstract)
    assert "a.bib:4: entry 'b': bytes that are not UTF-8" in str(bad)


def test_fields_can_be_named_and_chinese_ones_are_references(tmp_path: Path) -> None:
    text = "@misc{a, doi = {10.1/x}, annote = {We study.}, abstract_zh = {我们研究{BERT}模型。}}"
    (item,) = read_text(tmp_path, text, text_field="annote", id_field="doi")
    assert isinstance(item, Abstract)
    assert (item.id, item.text, item.references) == ("10.1/x", "We study.", (Reference("我们研究BERT模型。"),))


def test_a_field_given_twice_keeps_both_values(tmp_path: Path) -> None:
    (item,) = read_text(tmp_path, "@misc{a, abstract={We.}, note={A}, note={B}, note={A}, note={C}}")
    assert isinstance(item, Abstract)
    assert {name: value for name, value in item.meta.items() if "note" in name} == {
        "note": "A", "note_2": "B", "note_3": "C",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        pytest.param(r"{\'\i}le and {\v{S}}, {\"Uber}, {{\"o}}, {\c c}", "íle and Š, Über, ö, ç", id="characters"),
        pytest.param(r"\href{https://a.org}{the {ABC}} \textbf{x}", "the ABC (https://a.org) x", id="arguments"),
        pytest.param(r"{\bf bold {BERT}} {A}{B} {{{C}}}", "bold BERT AB C", id="groups"),
        pytest.param(r"$\frac{a}{b}$ and \(x_{i}\) {x}", r"$\frac{a}{b}$ and \(x_{i}\) x", id="math"),
        pytest.param(r"{\textquotedblleft}q{\textquotedblright} {\&} {\%} {\alpha}", "“q” & % α", id="signs"),
        pytest.param(r"a { alone", r"a { alone", id="unbalanced"),
    ],
)
def test_braces_and_characters(written: str, read_as: str) -> None:
    assert normalize(unbraced(written)) == read_as


def test_names_and_dates() -> None:
    assert author_names("Doe, Jos{\\'e}  and\n   {van der Berg}, J. AND {A and B} and others") == [
        "José Doe", "J. van der Berg", "A and B",
    ]  # fmt: skip
    assert plain_text("On\n  {GAN}s~and \\& more --- {$O(n)$}") == "On GANs and & more — $O(n)$"
    assert [
        date_of({"year": "2020", "month": month})
        for month in ("9", "sep", "September", "sep~7", "7 sep", "spring", "13")
    ] == ["2020-09", "2020-09", "2020-09", "2020-09-07", "2020-09-07", "2020", "2020"]
    assert [date_of({"date": date}) for date in ("2020-09", "2020-09-31~", "2020/2021", "circa")] == [
        "2020-09", "2020-09-31", "2020", "",
    ]  # fmt: skip


balanced = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='{}"\\@'), max_size=20),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "{" + "".join(parts) + "}"),
    max_leaves=8,
)


@given(st.lists(st.tuples(balanced, balanced), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_is_written_in_braces_or_quotes_is_read_back(values: list[tuple[str, str]]) -> None:
    text = "".join(
        f'@misc{{k{n},\n abstract = {{{a}}},\n note = "{b}" # {{{a}}}\n}}\n' for n, (a, b) in enumerate(values)
    )
    expected = [Entry("misc", f"k{n}", 4 * n + 1, {"abstract": a, "note": b + a}) for n, (a, b) in enumerate(values)]
    assert list(entries(StringIO(text))) == expected


@given(balanced)
@settings(max_examples=100, deadline=None)
def test_without_commands_all_braces_go(text: str) -> None:
    if "$" not in text:
        assert unbraced(text) == text.replace("{", "").replace("}", "")


@given(st.text(st.sampled_from('@{}",=#%\\\n a1')))
@settings(max_examples=300, deadline=None)
def test_any_text_comes_to_an_end(text: str) -> None:
    for entry in entries(StringIO(text)):
        assert 1 <= entry.line <= text.count("\n") + 1
        assert entry.fault_line <= text.count("\n") + 1
    unbraced(text)
    author_names(text)


@pytest.mark.parametrize("name", ["a.bib", "a.ris"])
def test_large_files_are_streamed(tmp_path: Path, name: str) -> None:
    entry = {
        "a.bib": "@misc{k%d,\n title = {On {BERT}},\n abstract = {%s}\n}\n",
        "a.ris": "TY  - JOUR\nID  - k%d\nAB  - %s\nER  - \n",
    }[name]
    path = tmp_path / name
    path.write_text("".join(entry % (n, "We study nets. " * 200) for n in range(4_000)))
    tracemalloc.start()
    count = sum(1 for _ in read_paths([str(path)], ReadOptions()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert path.stat().st_size > 12_000_000
    assert peak < 8_000_000
