"""The reading site: valid pages, safe names, and what a reader does with it in a real browser."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import pytest

from pipeline.publish.forms.site import Names, arxiv_id
from pipeline.publish.forms.units import About
from pipeline.publish.forms.write import write_form
from pipeline.publish.items import Item, Pair, Review
from pipeline.records import Issue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[[str], "Page"]
ABOUT = About("A reading site", "model:tiny@0123|beam:4|script:hans", "hans", "0.1.0")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"' </title> $x_1$ {{ 7*7 }}"
OPENING_SECONDS, SEARCHING_SECONDS = 3.0, 1.0


def item(number: int, **changes: Any) -> Item:
    names = ("diffusion", "graph", "kernel", "policy", "token")
    chinese = ("扩散", "图", "核", "策略", "词元")
    english = f"We study the {names[number % 5]} number {number} in depth. It works well."
    issues = (Issue("numbers", "not in the source: 7"),) if number % 4 == 0 else ()
    pairs = (
        Pair(
            f"We study the {names[number % 5]} number {number} in depth.",
            f"我们深入研究第{number}个{chinese[number % 5]}。",
            " ",
            issues,
        ),
        Pair("It works well.", "效果很好。", review=Review("Li", "2026-01-01", "") if number % 9 == 0 else None),
    )
    found: dict[str, Any] = {
        "id": f"24{number % 12 + 1:02d}.{number:05d}", "title": f"Title {number} of {names[number % 5]}",
        "title_zh": f"关于{chinese[number % 5]}的标题{number}", "source": english,
        "target": "".join(pair.target for pair in pairs),
        "segments": pairs, "system": ABOUT.system, "issues": issues,
        "meta": {"categories": ["cs.LG", f"cs.{'AC'[number % 2]}L"], "date": f"20{20 + number % 5}-01-01"},
    }  # fmt: skip
    return Item(**(found | changes))


def hostile() -> Item:
    pair = Pair(HOSTILE, HOSTILE, issues=(Issue("copied", HOSTILE),))
    return Item(
        HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (pair,), HOSTILE, meta={"categories": [HOSTILE], "date": HOSTILE}
    )


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A site by its name, made once."""
    folder = tmp_path_factory.mktemp("sites")
    made: dict[str, Callable[[], list[Item]]] = {
        "usual": lambda: [item(number) for number in range(120)] + [hostile()],
        "big": lambda: [item(number) for number in range(10_000)],
    }

    def of(name: str) -> Path:
        if not (folder / name).exists():
            write_form("site", made[name](), ABOUT, folder / name)
        return folder / name

    return of


@pytest.fixture
def opened(chromium: "Browser", sites: Callable[[str], Path]) -> Iterator[Open]:
    """Open a page of the usual site; afterwards nothing may have been fetched, said, or run from a text."""
    found: list[str] = []
    contexts = []

    def opening(name: str, site: str = "usual", **window: Any) -> "Page":
        contexts.append(chromium.new_context(**{"viewport": {"width": 1200, "height": 900}} | window))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: found.append(message.text))
        page.on("pageerror", lambda error: found.append(str(error)))
        page.on("dialog", lambda dialog: found.append(dialog.message))
        page.on("request", lambda request: found.append(request.url) if not request.url.startswith("file:") else None)
        page.goto((sites(site) / name).as_uri())
        return page

    yield opening
    for context in contexts:
        context.close()
    assert found == []


def titles(page: "Page") -> list[str]:
    return page.locator("#results a > span:first-child").all_text_contents()


def test_every_page_is_valid_html(sites: Callable[[str], Path]) -> None:
    pages = [*sites("usual").rglob("*.html")]
    assert len(pages) == 122
    for page in pages:
        html5lib.HTMLParser(strict=True).parse(page.read_text("utf-8"))


def test_the_site_needs_nothing_from_elsewhere(sites: Callable[[str], Path]) -> None:
    for path in sites("usual").rglob("*"):
        if path.suffix in (".html", ".css"):
            found = re.findall(r'(?:src|href)="(https?:[^"]*)"|url\((?!data:)([^)]*)\)', path.read_text("utf-8"))
            assert all(link.startswith("https://arxiv.org/abs/") for link, _ in found)


def test_names_of_pages_are_safe_and_never_the_same() -> None:
    names = Names()
    found = [
        names.of(one)
        for one in ("a-b-c14cddc0", "a/b", "a-b", "A-B", "..", "", "x" * 300, "摘要", "a b", "nul", "COM1.x")
    ]
    assert len({name.casefold() for name in found}) == len(found)
    assert all(re.fullmatch(r"[\w-][\w.-]{0,100}\.html", name, re.ASCII) for name in found)
    assert not [name for name in found if name.lower().startswith(("nul.", "com1."))]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("2110.02932", "2110.02932"), ("arXiv:2110.02932v2", "2110.02932v2"), ("hep-th/9901001", "hep-th/9901001"),
        ("zy-1", ""),
    ],
)  # fmt: skip
def test_arxiv_ids(identifier: str, expected: str) -> None:
    assert arxiv_id(item(1, id=identifier)) == expected


def test_the_index_lists_searches_filters_and_sorts(opened: Open) -> None:
    page = opened("index.html")
    assert page.locator("#count").inner_text() == "121 of 121" and len(titles(page)) == 50
    for words, count in (
        ("diffusion", 24),
        ("扩散", 24),
        ("标题77", 1),
        ("2402.00013", 1),
        ("number 77 in depth", 1),
    ):
        page.locator("#words").fill(words)
        page.wait_for_function(f"document.querySelector('#count').textContent === '{count} of 121'")
    assert "number 77" in page.locator("#results .found").inner_text()
    page.locator("#words").fill("")
    page.locator("#issues").select_option("1")
    page.wait_for_function("document.querySelector('#count').textContent === '30 of 121'")
    page.locator("#year").select_option("2024")
    page.wait_for_function("document.querySelector('#count').textContent === '6 of 121'")
    page.locator("#order").select_option("title")
    page.wait_for_timeout(150)
    assert titles(page) == sorted(titles(page))
    page.locator("#results a").first.click()
    assert page.locator("h1").inner_text() in titles_of_usual()


def test_traditional_titles_are_marked_as_such(chromium: "Browser", tmp_path: Path) -> None:
    write_form("site", [item(1)], replace(ABOUT, script="hant"), tmp_path / "out")
    page = chromium.new_page()
    page.goto((tmp_path / "out" / "index.html").as_uri())
    assert page.locator("#results [lang]").get_attribute("lang") == "zh-Hant"
    page.close()


def titles_of_usual() -> set[str]:
    return {item(number).title for number in range(120)}


def test_a_page_has_both_languages_side_by_side_and_says_what_it_is(opened: Open) -> None:
    page = opened("abs/2401.00000.html")
    english, chinese = page.locator("#e1"), page.locator("#z1")
    boxes = [one.bounding_box() for one in (english, chinese)]
    assert boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    assert page.locator(".issue").inner_text() == "numbers: not in the source: 7"
    assert page.locator("#z2 .mark").get_attribute("title") == "reviewed by Li, 2026-01-01"
    english.hover()
    assert page.locator(".on").evaluate_all("found => found.map(one => one.id)") == ["e1", "z1"]
    assert page.get_by_role("link", name="arXiv:2401.00000").get_attribute("href") == "https://arxiv.org/abs/2401.00000"
    assert "machine-translated" in page.locator("footer").inner_text()


def test_a_titles_review_and_issues_are_on_its_page(tmp_path: Path) -> None:
    issues = (Issue("length", "title: too <long>"), *item(0).issues)
    one = item(0, title_review=Review("Wu", "", "旧"), issues=issues)
    write_form("site", [one, item(1)], ABOUT, tmp_path / "out")
    reviewed, other = ((tmp_path / "out" / "abs" / f"{name}.html").read_text("utf-8") for name in (one.id, item(1).id))
    assert f'{one.title_zh}<span class="mark" title="reviewed by Wu">✓</span></p>' in reviewed
    assert '<p class="issue">length: too &lt;long&gt;</p>' in reviewed and reviewed.count('class="issue"') == 2
    assert 'class="mark"' not in other and 'class="issue"' not in other


def test_keys_lead_from_page_to_page_and_to_the_search(opened: Open) -> None:
    page = opened("abs/2402.00001.html")
    for key, heading in (("j", "Title 2 of kernel"), ("k", "Title 1 of graph"), ("ArrowLeft", "Title 0 of diffusion")):
        page.keyboard.press(key)
        page.get_by_role("heading", name=heading).wait_for()
        page.wait_for_load_state()  # keys before the script is there are lost
    page.keyboard.press("u")
    page.wait_for_url("**/index.html")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "words"


def test_nothing_in_a_text_runs_or_is_markup(opened: Open, sites: Callable[[str], Path]) -> None:
    name = next(path.name for path in (sites("usual") / "abs").iterdir() if path.name.startswith("script"))
    page = opened(f"abs/{name}")
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("#e1").inner_text() == HOSTILE
    index = opened("index.html")
    index.locator("#words").fill("onerror")
    index.wait_for_function("document.querySelector('#count').textContent === '1 of 121'")
    assert titles(index) == [HOSTILE]


@pytest.mark.parametrize("name", ["index.html", "abs/2401.00000.html"])
def test_a_narrow_window_needs_no_sideways_scrolling(name: str, opened: Open) -> None:
    page = opened(name, viewport={"width": 320, "height": 700})  # type: ignore[call-arg]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_ten_thousand_abstracts_stay_usable(opened: Open, sites: Callable[[str], Path]) -> None:
    sites("big")
    begun = time.perf_counter()
    page = opened("index.html", site="big")  # type: ignore[call-arg]
    page.locator("#results a").first.wait_for()
    assert time.perf_counter() - begun < OPENING_SECONDS
    page.locator("#words").fill("扩散")
    page.wait_for_function("document.querySelector('#count').textContent === '2,000 of 10,000'")
    begun = time.perf_counter()
    page.locator("#words").fill("number 9876 in depth")
    page.wait_for_function("document.querySelector('#count').textContent === '1 of 10,000'")
    assert time.perf_counter() - begun < SEARCHING_SECONDS
