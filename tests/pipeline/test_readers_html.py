"""Saved HTML pages: the known kinds read as their text does, other pages by their structure, hostile ones quickly."""

import html
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import RecordError
from pipeline.readers import ReadOptions, detect, read_paths, read_source
from pipeline.readers.source import Source, examine
from pipeline.records import Abstract

READERS = Path(__file__).resolve().parents[1] / "fixtures" / "readers"
HTML = sorted((READERS / "html").glob("*.html"))
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "pages"
TEXT_PAGES = [*sorted(READERS.glob("*-*.txt")), *sorted(SHARED.glob("0*.txt"))]
PROSE = (
    "We sort pages by their layout. The abstract is found in 97% of them, and nothing else of the page comes with it."
)


def read(markup: str | bytes, name: str = "page.html") -> list[Abstract]:
    data = markup.encode() if isinstance(markup, str) else markup
    items = list(read_source(Source(name, lambda: io.BytesIO(data)), ReadOptions()))
    assert all(isinstance(item, Abstract) for item in items), items
    return [item for item in items if isinstance(item, Abstract)]


def only(markup: str | bytes, name: str = "page.html") -> Abstract:
    (abstract,) = read(markup, name)
    return abstract


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"


def described(abstract: Abstract) -> dict[str, Any]:
    references = [{"text": reference.text, "origin": reference.origin} for reference in abstract.references]
    meta = {key: value for key, value in abstract.meta.items() if key not in ("path", "format")}
    return {"id": abstract.id, "title": abstract.title, "text": abstract.text, "references": references, "meta": meta}


@pytest.mark.parametrize("path", HTML, ids=lambda path: path.stem)
def test_a_page_of_a_publisher_or_archive_gives_exactly_its_fields(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))["records"]
    abstracts = list(read_paths([str(path)], ReadOptions()))
    assert [described(one) for one in abstracts if isinstance(one, Abstract)] == expected
    assert len(abstracts) == len(expected)


# ways in which a browser or a site sets the lines of a page's text in HTML: (before, around a line, after a paragraph)
SETTINGS = {
    "divs": ("<div>{}</div>", "<section>{}</section>"),
    "breaks": ("{}<br>", "<p>{}</p>"),
    "breaks-only": ("{}<br/>\n", "{}<br/>\n"),
    "nested-spans": ("<div><span><b>{}</b></span></div>\n\n", "<article>\n{}</article>"),
    "table": ("<tr><td>{}</td></tr>", "<table>{}</table>"),
    "old": ("<FONT>{}</FONT><BR>", "<P>{}"),
    "verbatim": ("{}\n", "<pre>{}</pre>"),
}
CHROME = (
    "<nav><ul><li>Abstract</li><li>Home</li></ul></nav><script>var t = '<p>Abstract</p><p>Never this.</p>';</script>"
    "<div style='display: none'><h2>Abstract</h2><p>Hidden words that nobody sees on the page at all.</p></div>"
    "<template><p>Abstract: nor these.</p></template><noscript>Switch on JavaScript.</noscript>"
)


def as_html(text: str, line: str, paragraph: str) -> str:
    paragraphs = [part.split("\n") for part in re.split(r"\n[^\S\n]*\n", text)]
    body = [paragraph.format("".join(line.format(html.escape(one)) for one in lines)) for lines in paragraphs]
    return page(CHROME + "\n".join(body), "<title>A site</title><style>p { color: red }</style>")


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("path", TEXT_PAGES, ids=lambda path: path.stem)
def test_the_known_kinds_of_pages_read_the_same_as_html(path: Path, setting: str) -> None:
    text = path.read_text("utf-8")
    found = read(as_html(text, *SETTINGS[setting]), f"{path.stem}.html")
    expected = read(text, path.name)
    assert [one.id for one in found] == [one.id for one in expected]
    for one, wanted in zip(found, expected, strict=True):
        assert " ".join(one.text.split()) == " ".join(wanted.text.split())
        assert one.title == wanted.title
        assert [(r.text, r.origin) for r in one.references] == [(r.text, r.origin) for r in wanted.references]
        assert {**one.meta, "format": "", "path": ""} == {
            **wanted.meta,
            "format": "",
            "path": "",
            "found_in": one.meta["found_in"],
        }


@pytest.mark.parametrize("name", ["citation_abstract", "DCTERMS.abstract", "DC.Description", "dc:description"])
@pytest.mark.parametrize("attribute", ["name", "property"])
def test_meta_tags_are_taken_first(name: str, attribute: str) -> None:
    long = f"{PROSE} {PROSE.replace('We', 'They')}"
    tag = f'<meta {attribute}="{name}" content="{long}"><meta name="citation_title" content="On Pages">'
    one = only(page("<p>Nothing of this text is an abstract, long as it may be.</p>", tag))
    assert (one.text, one.title) == (long, "On Pages")
    assert one.meta["found_in"] == f"meta {name.lower().replace(':', '.')}"


STRUCTURES = {
    "doc-abstract": ('<section role="doc-abstract"><h2>Abstract</h2><p>{}</p></section>', "role=doc-abstract"),
    "id": ('<div id="abstract">ABSTRACT: {}</div>', "#abstract"),
    "class": ('<div class="paper__abstract-body"><p>{}</p></div>', "[class*=abstract]"),
    "beside-keywords": ('<div class="Abstract"><p>{}</p><p>Keywords: a, b</p></div>', "[class*=abstract]"),
    "span-after-heading": ('<div class="card"><h5>Abstract</h5><span>{}</span></div>', 'below "Abstract"'),
    "text-after-bold": ("<div><b>Abstract</b> {}<h3>Cite</h3><p>Other words.</p></div>", 'below "Abstract"'),
    "definition": ("<dl><dt>Abstract</dt><dd>{}</dd><dt>Venue</dt><dd>A place of words.</dd></dl>", 'below "Abstract"'),
    "paragraph-link": ("<div><p><a href='#'>Abstract</a></p><p>{}</p></div>", 'below "Abstract"'),
}


@pytest.mark.parametrize("structure", STRUCTURES)
def test_elements_named_or_headed_abstract(structure: str) -> None:
    markup, where = STRUCTURES[structure]
    around = (
        "<p>A long text before it, about the site and its many readers.</p>{}<p>A long text behind it, likewise.</p>"
    )
    one = only(page(f"<h1>On Pages</h1><div>{around.format('<div>' + markup.format(PROSE) + '</div>')}</div>"))
    assert (one.title, one.text, one.meta["found_in"]) == ("On Pages", PROSE, where)


@pytest.mark.parametrize(
    "description, found",
    [
        pytest.param("All the papers of the world, sorted. Read them here.", None, id="slogan"),
        pytest.param(PROSE[:60] + "...", PROSE, id="cut-off"),
        pytest.param(f"{PROSE} {PROSE}", f"{PROSE} {PROSE}", id="whole"),
        pytest.param(
            "Something that is cut off and stands nowhere on this page, so that it cannot be …", None, id="lost"
        ),
    ],
)
def test_a_description_is_used_only_where_it_is_an_abstract(description: str, found: str | None) -> None:
    head = f'<meta name="citation_title" content="On Pages"><meta property="og:description" content="{description}">'
    markup = page(f"<h1>On Pages</h1><div><p>{PROSE}</p></div><p>Terms of use</p>", head)
    if found:
        assert only(markup).text == found
        assert "og:description" in only(markup).meta["found_in"]
    else:
        with pytest.raises(RecordError, match=r"page\.html: no abstract on the page: looked for .*citation_abstract"):
            read(markup)


FORMULAS = {
    "katex": '<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation '
    'encoding="application/x-tex">x^2</annotation></semantics></math></span><span class="katex-html">x2</span></span>',
    "mathjax-2": '<span class="MathJax_Preview">x2</span><span class="MathJax" id="m-1"><span>x2</span></span>'
    '<script type="math/tex" id="m">x^2</script>',
    "mathjax-3": "<mjx-container><mjx-math>x2</mjx-math><mjx-assistive-mml><math><msup><mi>x</mi><mn>2</mn></msup>"
    "</math></mjx-assistive-mml></mjx-container>",
    "latexml": '<math alttext="\\displaystyle x^2"><msup><mi>x</mi><mn>2</mn></msup></math>',
    "tex": "$x^2$",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_comes_once_as_tex(formula: str) -> None:
    one = only(page(f"<div class='abstract'>Losses grow as {FORMULAS[formula]} does. {PROSE}</div>"))
    assert one.text in (f"Losses grow as $x^2$ does. {PROSE}", f"Losses grow as $x^{{2}}$ does. {PROSE}")


def test_subscripts_keep_their_tags_in_the_abstract_alone() -> None:
    body = f"<h1>On H<sub>2</sub>O</h1><div class='abstract'>Of H<sub>2</sub>O at 10<sup>-3</sup> m. {PROSE}</div>"
    one = only(page(body))
    assert (one.title, one.text) == ("On H2O", f"Of H<sub>2</sub>O at 10<sup>-3</sup> m. {PROSE}")


CHINESE = "我们按照页面的布局对页面进行分类。在百分之九十七的页面中找到了摘要,并且没有页面的其他内容。"


@pytest.mark.parametrize(
    "encoding, declared",
    [("gb18030", "gb2312"), ("gbk", "GBK"), ("big5", "big5"), ("cp1252", "ISO-8859-1"), ("latin-1", "iso-8859-15")],
)
@pytest.mark.parametrize("equiv", [False, True], ids=["charset", "http-equiv"])
def test_a_declared_encoding_is_respected(encoding: str, declared: str, equiv: bool) -> None:
    western = encoding in ("cp1252", "latin-1")
    word = "naïve" if western else "我們" if encoding == "big5" else "我们"  # too little to guess from
    tag = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    head = tag if equiv else f"<meta charset={declared}>"
    markup = f"<html><head>{head}</head><body><div class=abstract>On {word}. {PROSE}</div></body></html>"
    assert only(markup.encode(encoding)).text == f"On {word}. {PROSE}"


def test_a_page_saved_as_utf8_keeps_its_old_declaration() -> None:
    markup = f"<html><head><meta charset=gbk></head><body><div class=abstract>“学习” {PROSE}</div></body></html>"
    assert only(markup).text == f"“学习” {PROSE}"


def test_chinese_beside_english_is_its_reference_and_alone_an_error() -> None:
    both = page(f"<div class='abstract'>{PROSE}</div><div class='abstract'>{CHINESE}</div>")
    assert [(r.text, r.origin) for r in only(both).references] == [(CHINESE, "page")]
    with pytest.raises(RecordError, match=r"page\.html: abstract is in zh, not English"):
        read(page(f"<div class='abstract'>{CHINESE}</div>"))


def test_mhtml_is_read_as_the_page_in_it() -> None:
    body = page(f"<div class=3D'abstract'>{PROSE.replace('sort pages', 'sort=20=E2=80=9Cpages=E2=80=9D')}</div>")
    header = "From: <Saved by Blink>\r\nSubject: On Pages\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
    part = "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    image = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
    message = f'{header}\ttype="text/html"; boundary="--B"\r\n\r\n----B\r\n{part}{body}\r\n----B\r\n{image}----B--\r\n'
    one = only(message, "page.mhtml")
    assert one.text == PROSE.replace("sort pages", "sort “pages”")
    assert (one.id, one.meta["format"]) == ("page", "html")
    with pytest.raises(RecordError, match="no HTML page in it"):
        read(message.replace("Content-Type: text/html", "Content-Type: text/plain"), "page.mhtml")


def test_the_main_text_of_another_page_is_marked_as_such() -> None:
    paragraphs = "".join(
        f"<p>{PROSE} {PROSE} It was the {word} day of that, and all were glad of it.</p>" for word in "abcde"
    )
    menu = "".join(f"<li><a href='#{i}'>Link {i}</a></li>" for i in range(20))
    one = only(
        page(f"<ul>{menu}</ul><h1>A Day with Pages</h1><div>{paragraphs}</div><div><a href='#'>Imprint</a></div>")
    )
    assert one.meta["extracted"] == one.meta["found_in"] == "main text"
    assert one.text.startswith(PROSE) and one.text.count("\n\n") == 4 and "Link" not in one.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("We use the <html> tag in nets. <p>Twice.</p>", id="prose-on-html"),
        pytest.param("<p>We study nets.</p>", id="one-paragraph"),
        pytest.param("# Notes\n\n<div><p>a</p></div>", id="markdown"),
        pytest.param('{"abstract": "<html><body><p>We study nets.</p></body></html>"}', id="json"),
        pytest.param("id,abstract\n1,<p>We <b>study</b></p>\n2,<div>They</div>\n", id="csv"),
        pytest.param('<?xml version="1.0"?><feed><entry/></feed>', id="atom"),
        pytest.param("From: me\nWe write a text like a mail. MIME-Version: none\n", id="mail-like"),
    ],
)
def test_texts_with_some_tags_are_no_pages(text: str) -> None:
    source = examine(Source("x.txt", lambda: io.BytesIO(text.encode())))
    try:
        assert detect(source, ReadOptions())[0] != "html"
    except RecordError as error:
        assert "XML" in str(error)


@pytest.mark.parametrize("split", ["file", "lines", "paragraphs"])
def test_a_page_is_never_cut_into_lines_of_mark_up(split: str) -> None:
    source = Source(
        "x.txt", lambda: io.BytesIO(f"<div><ul><li>a<li>b</ul><p>c<p id=abstract>{PROSE}</p></div>".encode())
    )
    assert [one.text for one in read_source(source, ReadOptions(split=split)) if isinstance(one, Abstract)] == [PROSE]


TAIL = f"<div class=abstract>{PROSE}</div>"
HOSTILE = {
    "deep": ("<div>" * 100_000 + PROSE, "nested too deeply"),
    "unclosed": ("<b><i>" * 50_000 + PROSE, "nested too deeply"),
    "huge-attribute": (f"<p title='{'x' * 20_000_000}'>" + TAIL, "over 16 MiB"),
    "inlined-images": (f'<img src="data:image/png;base64,{"QUJD" * 6_000_000}">' + TAIL, ""),
    "many-attributes": (f"<p {' '.join(f'a{i}=1' for i in range(100_000))}></p>" + TAIL, ""),
    "many-labels": ("<b>Abstract</b> x " * 10_000, "no abstract"),
    "many-formulas": ("<math><mi>x</mi></math>" * 10_000 + TAIL, ""),
    "deep-formula": ("<p><math>" + "<mrow>" * 900 + "x" + "</mrow>" * 900 + "</math></p>" + TAIL, ""),
    "deep-json": (f"<script type='application/ld+json'>{'[' * 100_000}</script>" + TAIL, ""),
    "open-comment": ("<!--" + "-" * 1_000_000, "no abstract|nothing on it"),
    "signs": ("<" * 300_000 + TAIL, ""),
    "control-characters": ("\x01\x02\x0b <p <b >>> " + TAIL, ""),
    "nothing": ("", "no abstract|nothing on it"),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_pages_end_in_the_abstract_or_one_clear_error_quickly(hostile: str) -> None:
    body, wrong = HOSTILE[hostile]
    started = time.process_time()
    if wrong:
        with pytest.raises(RecordError, match=rf"page\.html: .*(?:{wrong})"):
            read(f"<html><body>{body}")
    else:
        assert PROSE in only(f"<html><body>{body}</body></html>").text
    assert time.process_time() - started < 10
