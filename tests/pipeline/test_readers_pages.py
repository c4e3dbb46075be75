"""The kinds of saved pages: exact fields, nothing leaks, and copies that differ in their line breaks read the same."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.page import iso_date, looks_like_names, page_lines
from pipeline.readers.pages import KINDS, recognise_page
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


COPIES = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
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
TRAPS = """Abstract Published Categories Title Authors Comments References Similar Metrics Volume Journal Pages Event
Publisher Series Keywords Citations Source License Issue DOI Editors Country Found Replies Methods Summary Links""".split()
WORDS = "we the model learns from data (e.g. two) in 3.5% of $x_i$ cases, state-of-the-art; results published".split()
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
@settings(max_examples=40, deadline=None)
def test_any_abstract_comes_out_as_it_was_wrapped_in(kind: str, text: str, width: int, wrapped: bool) -> None:
    page = (FIXTURES / f"{kind}.txt").read_text("utf-8")
    old: str = json.loads((FIXTURES / f"{kind}.json").read_text("utf-8"))["records"][0]["text"]
    pattern = r"\s+".join(re.escape(word) for word in old.split())
    new = "\n".join(textwrap.wrap(text, width, break_on_hyphens=False)) if wrapped else text
    lines = page_lines(re.sub(pattern, lambda _: new, page))
    parse = next(one.parse for one in KINDS if one.name == f"page-{kind.split('-')[0]}")
    assert [record.text for record in parse(lines)] == [text]
