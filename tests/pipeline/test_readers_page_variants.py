"""Variants of the known kinds of pages, made from fields: exactly the abstract comes out, nothing of the rest leaks."""

import html
import io
import textwrap
from collections.abc import Callable

import pytest

from pipeline.errors import RecordError
from pipeline.readers import ReadOptions, read_source
from pipeline.readers.source import Source
from pipeline.records import Abstract

TITLE = "Counting Boats from Bridges"
ENGLISH = (
    "Ports count boats by hand, which is slow and dull. We train a counter on 4,100 photographs (e.g. from bridges) "
    "and test it on 12 rivers. Published counters miss 18% of small boats; ours misses 6.5%. Abstract shapes, such as "
    "wakes, help more than colour does. Comments of harbour masters were kind -- they ask for a version for ferries."
)
CHINESE = (
    "港口用人工清点船只,既慢又乏味。我们用4100张照片(例如从桥上拍摄的照片)训练一个计数器,并在12条河流上进行测试。"
    "已出版的计数器漏掉18%的小船;我们的计数器漏掉6.5%。"
)
LEAKS = (
    "cookies",
    "Similar",
    "insights",
    "View PDF",
    "Recently",
    "Original language",
    "阅读",
    "下载",
    "VIP",
    "Replies",
    "Nils Aas",
)


def preview(title: str, text: str, details: str) -> list[str]:
    cited = (
        f"@article{{aas2023,\n title = {{{title}}},\n author = {{Aas, Nils}},\n year = {{2023}},\n}}" if title else ""
    )
    return [
        "Publication",
        "Published: Feb 03, 2023\nCategories: cs.CV",
        "Quick Actions",
        "View PDF",
        "Paper Preview",
        "Abstract",
        text,
        "AI Key Findings",
        "Get AI-generated insights about this paper's methodology, results, and significance.",
        f"Paper Details\nPaper ID: {details}" if details else "Paper Details",
        f"How to Cite This Paper\nBibTeX\n{cited}" if cited else "Citation Network",
        "Similar Papers\nA Paper on Similar Boats and Their Wakes in Rivers",
        "This website uses cookies to ensure you get the best experience. Learn more",
    ]


def reader(title: str, text: str, details: str) -> list[str]:
    return [
        "Loading PDF...",
        "Paper Info\nComments\nSimilar",
        f"Title\n{title}" if title else "Paper Info",
        "Authors\nNils Aas",
        f"Abstract\n{text}",
        "Categories\ncs.CV",
        "Published\n2023-02-03",
        f"arXiv Link\nhttps://arxiv.org/abs/{details}" if details else "arXiv Link",
        "Replies (0)",
        "Similar Papers\nFound 1 papers\nA Paper on Similar Boats\n2022-08-05",
        "This website uses cookies to ensure you get the best experience.\nLearn more",
    ]


def portal(title: str, text: str, details: str) -> list[str]:
    return [
        title or "Home",
        "Research output: Journal contributions › Journal articles › Research › peer-review",
        "Authors",
        "• Nils Aas",
        text,
        f"Original languageEnglish\nJournalRivers\nVolume12{details and chr(10) + 'Number of pages13'}",
        "Publication statusPublished - 03.02.2023",
        "Recently viewed",
        "Publications",
        "1. A Similar Study of Boats\n2. Boats and What They Mean",
    ]


def bilingual(title: str, text: str, details: str) -> list[str]:
    other = "相关内容\n最新《船只计数》报告,70页ppt\n85+阅读 · 2020年12月22日\nVIP会员"
    return [title, text, f"翻译:{CHINESE}", "0\n下载\n关闭预览", other]


def reversed_bilingual(title: str, text: str, details: str) -> list[str]:
    *_, other = bilingual(title, text, details)
    return ["首页", f"翻译:{CHINESE}", title, text, "0\n下载\n关闭预览", other]


KINDS = {
    "preview": preview,
    "reader": reader,
    "portal": portal,
    "bilingual": bilingual,
    "reversed": reversed_bilingual,
}


def wrapped(width: int) -> Callable[[str], str]:
    return lambda text: "\n".join(
        "\n".join(textwrap.wrap(line, width, break_on_hyphens=False)) for line in text.split("\n")
    )


SHAPES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "cr": lambda text: text.replace("\n", "\r"),
    "doubled": lambda text: text.replace("\n", "\n\n"),
    "wrapped-60": wrapped(60),
    "wrapped-72": wrapped(72),
    "wrapped-80": wrapped(80),
    "trailing-spaces": lambda text: text.replace("\n", " \t\n"),
    "html-lines": lambda text: "<html><body>" + html.escape(text).replace("\n", "<br>\n") + "</body></html>",
    "html-paragraphs": lambda text: (
        "<!doctype html><title>x</title><p>"
        + html.escape(text).replace("\n\n", "</p><p>").replace("\n", "<br>")
        + "</p>"
    ),
    "html-wrapped": lambda text: (
        "<html><body><div>"
        + html.escape(text).replace("\n", "</div><div>").replace(". ", ".\n      ").replace("-- ", "&#45;-&nbsp;")
        + "</div></body></html>"
    ),
}
MISSING = {
    "all": (TITLE, "2302.00123"),
    "no-title": ("", "2302.00123"),
    "no-details": (TITLE, ""),
    "text-only": ("", ""),
}


def read(text: str, name: str = "saved.txt") -> list[Abstract | RecordError]:
    data = text.encode()
    return list(read_source(Source(name, lambda: io.BytesIO(data)), ReadOptions()))


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_abstract_comes_out(kind: str, shape: str, missing: str) -> None:
    title, details = MISSING[missing]
    text = SHAPES[shape]("\n\n".join(filter(None, KINDS[kind](title, ENGLISH, details))))
    (abstract,) = read(text)
    assert isinstance(abstract, Abstract)
    assert abstract.text == ENGLISH
    assert not [
        leak for leak in LEAKS for part in (abstract.title, *(r.text for r in abstract.references)) if leak in part
    ]
    if title:
        assert abstract.title == title
    if kind in ("bilingual", "reversed"):
        assert ["".join(r.text.split()) for r in abstract.references] == [CHINESE]
        assert abstract.references[0].origin == "page:machine"
    else:
        assert abstract.meta["date"] == "2023-02-03" and abstract.references == ()


@pytest.mark.parametrize("kind", ["preview", "reader", "bilingual"])
@pytest.mark.parametrize("missing", ["all", "no-details"])
def test_a_page_in_one_long_line_gives_its_abstract(kind: str, missing: str) -> None:
    title, details = MISSING[missing]
    parts = KINDS[kind]("" if kind == "bilingual" else title, ENGLISH, details)
    (abstract,) = read(" ".join(" ".join(parts).split()))
    assert isinstance(abstract, Abstract) and abstract.text == ENGLISH


def test_a_portal_in_one_long_line_is_an_error_for_its_abstract_has_no_beginning() -> None:
    with pytest.raises(
        RecordError, match=r"saved\.txt: no abstract on the page, read as page-portal: looked for prose on"
    ):
        read(" ".join(" ".join(portal(TITLE, ENGLISH, "x")).split()))


@pytest.mark.parametrize("shape", ["plain", "crlf", "doubled", "wrapped-72", "html-lines", "html-paragraphs"])
def test_several_abstracts_on_a_bilingual_page(shape: str) -> None:
    second = ENGLISH.replace("boats", "trains").replace("Ports", "Stations")
    parts = [*bilingual("", ENGLISH, "")[1:4], *bilingual("", second, "")[1:]]
    abstracts = read(SHAPES[shape]("\n\n".join(parts)))
    assert [getattr(one, "text", one) for one in abstracts] == [ENGLISH, second]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["preview", "reader", "portal", "bilingual"])
def test_a_page_whose_abstract_is_missing_is_an_error(kind: str, shape: str) -> None:
    text = SHAPES[shape]("\n\n".join(filter(None, KINDS[kind](TITLE, "", "2302.00123"))))
    with pytest.raises(RecordError, match=r"saved\.txt: no abstract on the page.*: looked for"):
        read(text)
