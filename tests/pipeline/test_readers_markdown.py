"""Markdown: front matter, sections, and mark-up as words."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, markdown, read_paths
from pipeline.readers.markdown_text import sections
from pipeline.records import Abstract, Reference

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readers" / "markdown"


def read(tmp_path: Path, text: str, name: str = "a.md", **options: str) -> Abstract:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (item,) = read_paths([str(tmp_path / name)], ReadOptions(**options))
    assert isinstance(item, Abstract)
    return item


def test_a_page_with_front_matter_gives_exactly_its_fields() -> None:
    path = FIXTURES / "paper.md"
    (item,) = read_paths([str(path)], ReadOptions())
    assert item == Abstract(
        "10.1000/xyz",
        "On nets: what they forget",
        "We study how networks forget, with replay(x) and $a_1 * b_2 * c_3$;\n"
        'it costs \\$5 at 5% for Schr\\"odinger & co.  and H<sub>2</sub>O.\n\n- one item\n- another\n\n'
        "Results: It is enough.",
        (Reference("我们研究网络如何遗忘，并使用 replay(x)。"),),
        {
            "path": str(path),
            "format": "markdown",
            "date": "2021-03-04",
            "authors": ["Jo Doe", "Al Roe"],
            "categories": ["cs.LG", "cs.CL"],
            "tags": ["memory", "replay"],
            "doi": "10.1000/xyz",
            "draft": False,
            "language": "en",
        },
    )


def test_toml_and_a_body_without_headings() -> None:
    (item,) = read_paths([str(FIXTURES / "toml.md")], ReadOptions())
    assert isinstance(item, Abstract)
    assert (item.id, item.title, item.text) == ("note-7", "In TOML", "We study nets.\n\nMore of it.")
    assert item.references == (Reference("这一段是中文摘要，讲的是同样的内容。"),)
    assert (item.meta["date"], item.meta["extra"]) == ("2022-05-06", {"x": 1})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("We study.\n\nMore.", "We study.\n\nMore.", id="all of it"),
        pytest.param("# T\n\nWe study.\n\n## More\n\nIt is.", "We study.\n\nIt is.", id="no heading of an abstract"),
        pytest.param("# Summary\n\nWe.\n\n# Else\n\nNot.", "We.", id="a summary"),
        pytest.param("Not.\n\nAbstract\n---\n\nWe.\n\nElse\n---\nNot.", "We.", id="underlined headings"),
        pytest.param("**Abstract.** We.", "We.", id="a bold label"),
        pytest.param("We ![x](y.png) <b>b</b> <span>s</span> `a*b*c` [d][e].\n\n[e]: http://a.b",
                     "We  <b>b</b> s a*b*c d.", id="inline"),
        pytest.param("    code\n\n~~~\nmore\n~~~\n\n<div>html</div>\n\n> quoted", "quoted", id="blocks"),
        pytest.param("$a_1$ and $b_1$, *x*\n\n$$\ne = *m*\n$$", "$a_1$ and $b_1$, x\n\n$$e = *m*$$", id="math"),
        pytest.param(r"a\_b, 5\%, \*no\*, \(x\), \'etude, say \"it\"", r'a_b, 5%, *no*, \(x\), \'etude, say \"it"',
                     id="escapes"),
        pytest.param("3. c\n4. d\n\n* e\n  * f", "3. c\n4. d\n- e\n- f", id="lists"),
        pytest.param("x <https://a.org/b_c_d> y", "x https://a.org/b_c_d y", id="an address"),
    ],
)  # fmt: skip
def test_bodies(tmp_path: Path, body: str, expected: str) -> None:
    assert read(tmp_path, body).text == expected


def test_an_abstract_in_the_front_matter(tmp_path: Path) -> None:
    item = read(
        tmp_path, "---\ntitle: T\nabstract: >\n  We *study*\n  nets.\nabstract_zh: 我们研究网络。\n---\nNot this."
    )
    assert (item.text, item.references) == ("We study nets.", (Reference("我们研究网络。"),))


def test_a_chinese_page_with_both_languages_is_read(tmp_path: Path) -> None:
    item = read(tmp_path, "---\nlang: zh-CN\n---\n## 摘要\n\n我们研究网络。\n\n## Abstract\n\nWe study nets.")
    assert (item.id, item.text, item.references) == ("a", "We study nets.", (Reference("我们研究网络。"),))
    assert item.meta["languages"] == "zh-CN"


@pytest.mark.parametrize(
    ("name", "text", "split", "expected"),
    [
        pytest.param("a.txt", "---\ntitle: T\n---\nWe.", "file", ["markdown"], id="front matter"),
        pytest.param("a.txt", "---\nWe study: nets.\n---\nMore.", "file", ["text"], id="rules in a text"),
        pytest.param("a.md", "One.\n\nTwo.", "paragraphs", ["text", "text"], id="to be cut"),
        pytest.param("a.md", '{"abstract": "We."}\n', "file", ["jsonl"], id="content first"),
    ],
)
def test_recognised_by_content(tmp_path: Path, name: str, text: str, split: str, expected: list[str]) -> None:
    (tmp_path / name).write_text(text)
    items = list(read_paths([str(tmp_path / name)], ReadOptions(split=split)))
    assert [item.meta["format"] for item in items if isinstance(item, Abstract)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("---\ntitle: [a\n---\nWe.", "a.md:1: front matter that cannot be read (while parsing", id="yaml"),
        pytest.param("+++\ntitle = a\n+++\nWe.", "a.md:1: front matter that cannot be read (Invalid value", id="toml"),
        pytest.param("---\na: &x [1]\nb: *x\n---\nWe.", "it has aliases", id="aliases"),
        pytest.param(
            "---\na: !!python/object:os.system x\n---\nWe.", "could not determine a constructor", id="objects"
        ),
        pytest.param("---\n- a\n---\nWe.", "front matter that is a list", id="a list"),
        pytest.param("---\na: " + "[" * 5_000 + "\n---\nWe.", "front matter that cannot be read", id="too deep"),
        pytest.param("---\ntitle: T\n---\n# Only a heading\n", "it has no abstract", id="no abstract"),
        pytest.param("---\nlang: fr\n---\nNous.", "abstract is in fr, not English", id="another language"),
        pytest.param("## 摘要\n\n我们研究网络。", "it has no abstract", id="Chinese alone"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    (tmp_path / "b.md").write_text("We study.")
    bad, good = read_paths([str(tmp_path)], ReadOptions())
    assert isinstance(bad, RecordError) and isinstance(good, Abstract)


def test_too_long_a_document_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MAX_TEXT", 10)
    with pytest.raises(InputError, match="in one document: cut it"):
        read(tmp_path, "We study nets.")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_has_sections(text: str) -> None:
    assert sections(text)[0].level == 0


@given(st.lists(st.text(st.sampled_from("abcdefgh ABC,.()"), min_size=1).filter(lambda t: t.strip()), min_size=1))
@settings(max_examples=50, deadline=None)
def test_plain_words_stay_as_they_are(paragraphs: list[str]) -> None:
    words = [f"x{' '.join(paragraph.split())}" for paragraph in paragraphs]
    (section,) = sections("\n\n".join(words))
    assert section.paragraphs == words
