"""The kinds of saved pages: exact fields, nothing leaks, and copies that differ in their line breaks read the same."""

import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.page import page_lines
from pipeline.readers.pages import KINDS
from pipeline.records import Abstract

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readers"
PAGES = sorted(FIXTURES.glob("*.txt"))
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "pages"
OF_THE_SITE = (
    "cookie",
    "Similar Papers",
    "Key Findings",
    "Recently viewed",
    "VIP",
    "阅读",
    "下载",
    "Original language",
)


def read(path: Path, **options: str) -> list[Abstract]:
    items = list(read_paths([str(path)], ReadOptions(**options)))
    assert all(isinstance(item, Abstract) for item in items), items
    return [item for item in items if isinstance(item, Abstract)]


def shown(abstract: Abstract) -> dict[str, Any]:
    references = [{"text": reference.text, "origin": reference.origin} for reference in abstract.references]
    meta = {key: value for key, value in abstract.meta.items() if key not in ("path", "format")}
    return {"id": abstract.id, "title": abstract.title, "text": abstract.text, "references": references, "meta": meta}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_gives_exactly_its_fields(page: Path) -> None:
    expected = json.loads(page.with_suffix(".json").read_text("utf-8"))
    abstracts = read(page)
    assert [shown(abstract) for abstract in abstracts] == expected["records"]
    assert {abstract.meta["format"] for abstract in abstracts} == {expected["format"]}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_nothing_else_of_a_page_leaks_into_its_abstract(page: Path) -> None:
    leaks = json.loads(page.with_suffix(".json").read_text("utf-8"))["leaks"]
    for abstract in read(page):
        for text in (abstract.text, *(reference.text for reference in abstract.references)):
            assert not [leak for leak in leaks if leak in text]


def _rewrapped(text: str, width: int) -> str:
    lines = text.split("\n")
    return "\n".join("\n".join(textwrap.wrap(line, width, break_long_words=False)) or "" for line in lines)


COPIES: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "wrapped": lambda text: _rewrapped(text, 80),
    "byte-order-mark": lambda text: "\ufeff" + text,
    "no-empty-lines": lambda text: re.sub(r"\n{2,}", "\n", text),
    "doubled-lines": lambda text: text.replace("\n", "\n\n"),
    "more-empty-lines": lambda text: re.sub(r"\n{2,}", "\n\n\n\n", text),
    "outer-spaces": lambda text: text.replace("\n", " \t\n   "),
    "no-break-spaces": lambda text: text.replace(" ", "\u00a0"),
    "no-last-newline": lambda text: text.rstrip("\n"),
    "labels-with-colons": lambda text: re.sub(
        r"^(Abstract|Title|Authors|Categories|Published)$", r"\1:", text, flags=re.M
    ),
}


def _same(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("page", [*PAGES, *sorted(SHARED.glob("0*.txt"))], ids=lambda path: path.stem)
def test_copies_with_other_line_breaks_read_the_same(page: Path, copy: str, tmp_path: Path) -> None:
    other = tmp_path / page.name
    other.write_text(COPIES[copy](page.read_text("utf-8")), encoding="utf-8", newline="")
    for abstract, expected in zip(read(other), read(page), strict=True):
        assert abstract.id == expected.id
        assert _same(abstract.text) == _same(expected.text)
        assert _same(abstract.title) == _same(expected.title)
        chinese, wanted = (["".join(r.text.split()) for r in a.references] for a in (abstract, expected))
        assert chinese == wanted
        assert abstract.meta.get("authors") == expected.meta.get("authors")
        assert abstract.meta.get("date") == expected.meta.get("date")


# what the four real pages must give: fields, the abstract's first and last words, its length in characters
REAL: dict[str, tuple[dict[str, Any], str, str, int]] = {
    "000": (
        {
            "id": "2110.02932",
            "title": "Machine Learning Practices Outside Big Tech: "
            "How Resource Constraints Challenge Responsible Development",
            "authors": ["Aspen Hopkins", "Serena Booth"],
            "categories": ["cs.LG", "cs.CY"],
            "date": "2021-10-07",
            "published": "Oct 07, 2021",
            "year": "2021",
            "doi": "10.1145/3461702.3462527",
            "license": "http://creativecommons.org/licenses/by/4.0/",
            "journal": "AAAI/ACM Conference on AI, Ethics, and Society 2021",
            "primary_class": "cs.LG",
            "source": "ArXiv",
        },
        "Practitioners from diverse occupations",
        "a research agenda to facilitate responsible ML development for all.",
        1375,
    ),
    "001": (
        {"title": ""},
        "Practitioners from diverse occupations",
        "a research agenda to facilitate responsible ML development for all.",
        1375,
    ),
    "002": (
        {
            "title": "Machine Learning practices and infrastructures",
            "categories": ["cs.CY", "cs.LG"],
            "date": "2023-08-31",
            "published": "2023-08-31",
        },
        "Machine Learning (ML) systems, particularly when deployed in high-stakes domains, are",
        "particularly salient for the societal impact of deployed ML systems.",
        1375,
    ),
    "003": (
        {
            "title": "AI for All? Challenging the Democratization of Machine Learning",
            "authors": ["Inga Luchs"],
            "language": "English",
            "journal": "A Peer-reviewed Journal About --",
            "volume": "12",
            "issue": "1",
            "pages": "135-147",
            "number_of_pages": "13",
            "issn": "2245-7593",
            "status": "Published",
            "published": "07.09.2023",
            "date": "2023-09-07",
            "externally_published": "Yes",
        },
        "Research in artificial intelligence (AI) is heavily shaped by big tech today.",
        "conceptualize a radically different approach to the creation of ML systems.",
        1595,
    ),
}


@pytest.mark.skipif(not SHARED.exists(), reason="the real pages are not here")
@pytest.mark.parametrize("number", REAL)
def test_the_real_pages_give_exactly_what_they_have(number: str) -> None:
    fields, start, end, length = REAL[number]
    (path,) = SHARED.glob(f"{number}_*.txt")
    (abstract,) = read(path)
    assert abstract.text.startswith(start) and abstract.text.endswith(end)
    assert len(abstract.text) == length and "\n" not in abstract.text
    assert abstract.id == fields.get("id", path.stem)
    found = {"id": abstract.id, "title": abstract.title, **abstract.meta}
    assert {key: found[key] for key in found if key not in ("path", "format", "id")} == {
        key: value for key, value in fields.items() if key != "id"
    }
    if number == "001":
        (reference,) = abstract.references
        assert reference.origin == "page:machine"
        assert reference.text.startswith("不同职业和背景的从业者") and reference.text.endswith("负责任地发展ML。")
        assert "-- --" in reference.text and "阅读" not in reference.text
    else:
        assert abstract.references == ()


@pytest.mark.parametrize("page", [*PAGES, *sorted(SHARED.glob("0*.txt"))], ids=lambda path: path.stem)
def test_a_page_without_its_abstract_is_an_error_that_names_it(page: Path, tmp_path: Path) -> None:
    words = {word for abstract in read(page) for word in abstract.text.split()}
    abstracts = _same(" ".join(abstract.text for abstract in read(page)))
    kept = []
    for line in page.read_text("utf-8").split("\n"):
        bare = re.sub(r"^Abstract:? ", "", line).strip().replace("\u00a0", " ")
        part = bare in abstracts and set(bare.split()) <= words and (len(bare.split()) > 2 or bare.endswith("."))
        kept.append("" if part else line)
    bare_page = tmp_path / page.name
    bare_page.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(InputError, match=rf"{page.name}: no abstract on the page, read as page-\w+: looked for"):
        read_paths([str(bare_page)], ReadOptions())


# words that are labels or headings on one of the pages
TRAPS = ["Abstract", "Published", "Categories", "Title", "Authors", "Comments", "References", "Similar", "Metrics"]
TRAPS += ["Volume", "Journal", "Pages", "Event", "Publisher", "Series", "Keywords", "Citations", "Source", "License"]
TRAPS += ["Issue", "DOI", "Editors", "Country", "Found", "Replies", "Methods", "Summary", "Links", "Search", "Top"]
WORDS = [
    "we",
    "the",
    "model",
    "learns",
    "from",
    "data (e.g. two)",
    "in 3.5% of",
    "$x_i$",
    "state-of-the-art;",
    "published",
]
PAIRS = st.tuples(st.sampled_from([*TRAPS, *WORDS]), st.sampled_from(WORDS)).map(" ".join)
SENTENCES = st.lists(
    st.tuples(st.sampled_from(["We", "The", *TRAPS]), st.lists(PAIRS, min_size=3, max_size=9)), min_size=2, max_size=6
).map(lambda parts: " ".join(f"{first} {' '.join(rest)}." for first, rest in parts))


@pytest.mark.parametrize(
    "kind",
    [
        "preview-full",
        "preview-order",
        "reader-full",
        "reader-spaced",
        "portal-conference",
        "portal-lines",
        "portal-plain",
        "bilingual-wrapped",
        "bilingual-reversed",
    ],
)
@given(text=SENTENCES, width=st.integers(60, 120), wrapped=st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_abstract_comes_out_as_it_was_wrapped_in(kind: str, text: str, width: int, wrapped: bool) -> None:
    page = (FIXTURES / f"{kind}.txt").read_text("utf-8")
    old: str = json.loads((FIXTURES / f"{kind}.json").read_text("utf-8"))["records"][0]["text"]
    pattern = r"\s+".join(re.escape(word) for word in old.split())
    new = "\n".join(textwrap.wrap(text, width, break_on_hyphens=False)) if wrapped else text
    lines = page_lines(re.sub(pattern, lambda _: new, page))
    parse = next(one.parse for one in KINDS if one.name == f"page-{kind.split('-')[0]}")
    assert [record.text for record in parse(lines)] == [text]


@pytest.mark.parametrize(
    "mark", ["翻译:", "翻译：", "翻譯：", "译文：", "**翻译**：", "翻译:\n", "翻译:\n\n"], ids=repr
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_marks_and_encodings_of_bilingual_pages(mark: str, encoding: str, tmp_path: Path) -> None:
    page = FIXTURES / "bilingual-wrapped.txt"
    copy = tmp_path / page.name
    copy.write_bytes(page.read_text("utf-8").replace("翻译：", mark).encode(encoding))
    (found,), (expected,) = read(copy), read(page)
    assert (found.text, found.references) == (expected.text, expected.references)
