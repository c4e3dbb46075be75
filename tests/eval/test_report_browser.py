"""The page of a comparison in a real browser: what a reader does with it."""

import random
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from eval.comparison import Comparison, Item
from eval.report import TEMPLATES, render_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

Make = Callable[..., Comparison]
Open = Callable[..., "Page"]

OPENING_SECONDS = 2.0
HITS = "CSS.highlights.get('hit').size"


@pytest.fixture(scope="module")
def usual(comparison_of: Make) -> Comparison:
    return comparison_of()


@pytest.fixture(scope="module")
def address(usual: Comparison, comparison_of: Make, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Where the page of a comparison is, by its name."""
    folder = tmp_path_factory.mktemp("pages")
    made = {"usual": usual, "hostile": comparison_of(hostile=True), "big": comparison_of(systems=30, items=1000)}

    def of(name: str) -> str:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(render_page(made[name]), encoding="utf-8")
        return path.as_uri()

    return of


@pytest.fixture
def opened(chromium: "Browser", address: Callable[[str], str]) -> Iterator[Open]:
    """Open a page in a window of its own; afterwards nothing may have been fetched or said on the console."""
    found: list[str] = []
    contexts = []

    def opening(name: str = "usual", hash: str = "", **window: Any) -> "Page":
        contexts.append(chromium.new_context(**{"viewport": {"width": 1200, "height": 900}} | window))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: found.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: found.append(str(error)))
        page.on("request", lambda request: found.append(request.url) if not own(request.url) else None)
        page.goto(address(name) + hash)
        return page

    def own(url: str) -> bool:
        return url.startswith(address("usual").rpartition("/")[0]) or url == "data:,"

    yield opening
    for context in contexts:
        context.close()
    assert found == []


def ids(page: "Page") -> list[str]:
    return page.locator(".opener .id").all_text_contents()


def control(page: "Page", label: str) -> "Locator":
    return page.locator("#items form").get_by_label(label, exact=True)


def count(page: "Page") -> str:
    return page.locator("[data-count]").inner_text()


def without(text: "Locator", tag: str) -> str:
    """An element's text without that of its children of a kind."""
    parts = f"[...one.childNodes].filter(part => part.nodeName !== '{tag}')"
    joined: str = text.evaluate(f"one => {parts}.map(part => part.textContent).join('')")
    return joined


def spread(item: Item) -> float:
    return max(item.scores) - min(item.scores)


def test_page_opens_with_the_items_that_differ_most(opened: Open, usual: Comparison) -> None:
    page = opened()
    wanted = sorted(usual.items, key=lambda one: -round(spread(one), 2))
    assert count(page) == "1–50 of 120"
    assert ids(page)[:5] == [one.id for one in wanted[:5]]


def test_search_finds_text_in_any_language_and_marks_it(opened: Open, usual: Comparison) -> None:
    page = opened()
    for wanted in ("扩散模型", "HUMAN RATERS", "made-17"):
        found = [
            one for one in usual.items if wanted.lower() in "\n".join((one.id, one.source, *one.hypotheses)).lower()
        ]
        control(page, "search").fill(wanted)
        assert 0 < len(found) < 120
        assert f"{len(found)} found in 120" in count(page)
        assert page.evaluate(HITS) > 0
    control(page, "search").fill("不存在的词")
    assert count(page) == "None of 120 is like that"
    page.get_by_role("button", name="clear").click()
    assert count(page) == "1–50 of 120" and page.evaluate(HITS) == 0


def test_filters_join(opened: Open, usual: Comparison) -> None:
    page = opened()
    control(page, "kind of item").select_option("math:math")
    in_bucket = [one for one in usual.items if 4 in one.buckets]
    assert count(page).endswith(f"of {len(in_bucket)} found in 120")
    control(page, "issue").select_option("empty")
    empty = [one.id for one in in_bucket if "empty" in one.issues[-1]]
    assert sorted(ids(page)) == sorted(empty)
    control(page, "system").select_option("system-1")
    assert count(page).startswith("None")
    control(page, "system").select_option("system-4")
    assert sorted(ids(page)) == sorted(empty)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        pytest.param("order", lambda one: 0, id="order"),
        pytest.param("id", lambda one: int(one.id.removeprefix("made-")), id="id"),
        pytest.param("hardest", lambda one: sum(one.scores), id="hardest"),
        pytest.param("worst", lambda one: one.scores[2], id="worst"),
        pytest.param("behind", lambda one: one.scores[2] - one.scores[0], id="behind"),
        pytest.param("ahead", lambda one: one.scores[0] - one.scores[2], id="ahead"),
    ],
)
def test_items_are_sorted(opened: Open, usual: Comparison, order: str, key: Callable[[Item], float]) -> None:
    page = opened(hash=f"#system=system-3&against=system-1&sort={order}")
    keys = {one.id: key(one) for one in usual.items}
    shown = [keys[one] for one in ids(page)]
    assert shown == pytest.approx(sorted(keys.values())[:50], abs=0.03)


def test_open_item_shows_everything_the_best_first(opened: Open, usual: Comparison) -> None:
    page = opened(hash="#sort=order")
    page.locator(".opener").first.click()
    item = usual.items[0]
    body = page.locator(".body").first
    assert body.locator(".reference .text").all_text_contents() == list(item.references)
    ranked = sorted(range(4), key=lambda number: -item.scores[number])
    assert body.locator(".system .name").all_text_contents() == [usual.systems[number].name for number in ranked]
    texts = [without(one, "DEL") for one in body.locator(".system .text").all()]
    assert texts == [item.hypotheses[number] for number in ranked]
    assert page.locator(".body .text").first.get_attribute("lang") == "zh-Hans"
    assert "item=made-1" in page.url
    page.locator(".opener").first.click()
    assert body.inner_text() == "" and "item=" not in page.url


def test_differences_are_marked_from_what_is_chosen(opened: Open, usual: Comparison) -> None:
    page = opened(hash="#sort=order&item=made-1&show=system-4&missing=on")
    text = page.locator(".system .text")
    for value, other in [
        ("ref:A", usual.items[0].references[0]),
        ("ref:B", usual.items[0].references[1]),
        ("sys:system-1", usual.items[0].hypotheses[0]),
    ]:
        control(page, "mark differences from").select_option(value)
        assert without(text, "INS") == other
    control(page, "mark differences from").select_option("none")
    assert text.locator("ins, del").count() == 0


def test_differences_are_the_least(opened: Open) -> None:
    page = opened()
    rng = random.Random(5)
    pairs = [["".join(rng.choices("我们研究图的😀", k=rng.randint(0, 12))) for _ in range(2)] for _ in range(200)]
    code = (TEMPLATES / "diff.js").read_text(encoding="utf-8")
    found = page.evaluate(f"pairs => {{ {code}; return pairs.map(([a, b]) => diff(a, b)); }}", pairs)
    for (before, after), runs in zip(pairs, found, strict=True):
        assert "".join(text for kind, text in runs if kind != "new") == before
        assert "".join(text for kind, text in runs if kind != "gone") == after
        assert sum(len(text) for kind, text in runs if kind == "same") == common(before, after)


def test_words_and_numbers_are_marked_whole(opened: Open) -> None:
    page = opened()
    code = (TEMPLATES / "diff.js").read_text(encoding="utf-8")
    runs = page.evaluate(f"() => {{ {code}; return diff('精度为92.5%的Model', '精度为95.2%的model。'); }}")
    assert runs == [
        ["same", "精度为"], ["gone", "92.5"], ["new", "95.2"], ["same", "%的"], ["gone", "Model"], ["new", "model。"],
    ]  # fmt: skip
    assert page.evaluate(f"() => {{ {code}; return diff('甲'.repeat(3000), '乙'.repeat(3000)); }}") is None


def common(a: str, b: str) -> int:
    """The length of the longest common subsequence, the plain way."""
    row = [0] * (len(b) + 1)
    for one in a:
        new = [0]
        for place, other in enumerate(b):
            new.append(row[place] + 1 if one == other else max(row[place + 1], new[place]))
        row = new
    return row[-1]


def test_address_brings_the_same_view_back(opened: Open) -> None:
    page = opened()
    control(page, "search").fill("我们")
    control(page, "system").select_option("system-2")
    control(page, "sort by").select_option("worst")
    page.locator(".opener").nth(7).click()
    before = (ids(page), count(page), page.locator(".body").nth(7).inner_text())
    again = opened(hash="#" + page.url.partition("#")[2])
    assert (ids(again), count(again), again.locator(".body").nth(7).inner_text()) == before
    assert control(again, "sort by").input_value() == "worst"
    assert again.locator("[aria-expanded=true]").bounding_box()["y"] < 900  # type: ignore[index]


def test_item_has_a_permanent_link(opened: Open) -> None:
    page = opened(hash="#system=system-2&sort=worst")
    page.locator(".opener").nth(3).click()
    wanted = ids(page)[3]
    page.get_by_role("link", name="permanent link").click()
    assert page.url.endswith(f"#item={wanted}")
    assert page.locator("[aria-expanded=true] .id").all_text_contents() == [wanted]


def test_number_in_a_table_leads_to_its_items(opened: Open, usual: Comparison) -> None:
    page = opened()
    page.locator("#behaviour tr", has_text="system-4").locator("a[href*='issue=repetition']").click()
    wanted = [one.id for one in usual.items if "repetition" in one.issues[-1]]
    assert sorted(ids(page)) == sorted(wanted)
    assert control(page, "system").input_value() == "system-4"
    assert page.locator("#items form").bounding_box()["y"] < 200  # type: ignore[index]


def test_ranking_is_sorted_by_any_column(opened: Open, usual: Comparison) -> None:
    page = opened()
    table = page.locator("#ranking table").first
    names = table.locator("tbody th")
    for metric, best_first in (("chrF2", True), ("TER", False)):
        table.get_by_role("button", name=metric, exact=True).click()
        ranked = sorted(usual.systems, key=lambda one: one.scores[metric].value, reverse=best_first)
        assert [one.strip() for one in names.all_text_contents()] == [one.name for one in ranked]
        table.get_by_role("button", name=metric, exact=True).click()
        assert names.first.inner_text() == ranked[-1].name
    assert "by-rank" not in (table.get_attribute("class") or "")
    assert table.locator("th[aria-sort]").count() == 1


def test_pages_turn(opened: Open) -> None:
    page = opened(hash="#sort=order")
    page.get_by_role("button", name="next").first.click()
    assert count(page) == "51–100 of 120" and ids(page)[0] == "made-51"
    page.keyboard.press("n")
    assert count(page) == "101–120 of 120"
    assert page.get_by_role("button", name="next").first.is_disabled()
    page.keyboard.press("p")
    assert count(page) == "51–100 of 120"


def test_page_works_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    focused = "document.activeElement"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("/")
    assert page.evaluate(f"{focused}.name") == "q"
    page.keyboard.type("我们j")  # a letter in a field is a letter
    assert control(page, "search").input_value() == "我们j"
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator(".opener").first
    assert first.evaluate(f"one => one === {focused}")
    assert first.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("o")
    assert first.get_attribute("aria-expanded") == "true"
    page.keyboard.press("m")
    assert control(page, "mark differences from").input_value() == "none"
    page.keyboard.press("x")
    assert control(page, "show what is missing").is_checked()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible() and dialog.locator("kbd").count() >= 10
    dialog.get_by_label("single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    assert control(page, "search").input_value() == "我们"


def test_everything_that_acts_has_a_name(opened: Open) -> None:
    page = opened(hash="#sort=order&item=made-1")
    for role in ("button", "link", "combobox", "checkbox", "searchbox", "region", "table"):
        found = page.get_by_role(role)  # type: ignore[arg-type]
        assert found.count() > 0 or role == "table"
        for one in found.all():
            assert re.search(r"\w|\?|▲", one.aria_snapshot().partition("\n")[0].removeprefix(f"- {role}")), one


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
def test_page_fits_any_width(opened: Open, width: int) -> None:
    page = opened(hash="#sort=order&item=made-1", viewport={"width": width, "height": 800}, has_touch=width < 768)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML)"
    assert page.locator("#items :is(select, input, button, p, svg, li), header :is(p, li)").evaluate_all(outside) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(opened: Open, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    colour = "name => { document.body.style.color = `var(${name})`; return getComputedStyle(document.body).color; }"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.1) == (scheme == "dark")
    for name, least in (("--ink", 7), ("--soft", 4.5), ("--accent", 4.5), ("--gone", 4.5)):
        assert contrast(page.evaluate(colour, name), paper) >= least, name
    for name in ("--new", "--warn", "--tint", "--hit"):
        assert contrast(page.evaluate(colour, "--ink"), page.evaluate(colour, name)) >= 4.5, name
    page.locator("#theme").click()
    assert (luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.1) != (scheme == "dark")


def luminance(colour: str) -> float:
    parts = [float(one) / 255 for one in re.findall(r"[\d.]+", colour)[:3]]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_chinese_is_set_as_chinese(opened: Open) -> None:
    page = opened(hash="#sort=order&item=made-1")
    text = page.locator(".system .text").first
    style = {
        name: text.evaluate(f"one => getComputedStyle(one).{name}")
        for name in ("lineBreak", "fontStyle", "textAutospace", "fontFamily", "lineHeight", "fontSize")
    }
    assert (style["lineBreak"], style["fontStyle"], style["textAutospace"]) == ("strict", "normal", "normal")
    assert style["fontFamily"].startswith('"PingFang SC"')
    assert float(style["lineHeight"][:-2]) == pytest.approx(1.75 * float(style["fontSize"][:-2]))


def test_hostile_text_stays_text(opened: Open, comparison_of: Make) -> None:
    comparison = comparison_of(hostile=True)
    page = opened("hostile", hash="#sort=order")
    for number in range(2):
        page.locator(".opener").nth(number).click()
    assert page.title() == "Made sentences <en-zh>"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    texts = page.locator(".body").first.locator(".text").all_text_contents()
    assert texts == [comparison.items[0].hypotheses[0]] * 6
    assert page.locator(".opener .id").first.text_content() == comparison.items[0].id
    assert page.locator(".unseen[data-code='U+202E']").count() > 0
    control(page, "search").fill("{{ 7 * 7 }}")
    assert "1 found in 120" in count(page) and "49" not in page.locator("#items").inner_text()


def test_large_page_opens_quickly(opened: Open) -> None:
    ready = "performance.now()"
    seconds = [opened("big").evaluate(ready) / 1000 for _ in range(3)]
    assert min(seconds) < OPENING_SECONDS
    page = opened("big")
    assert count(page) == "1–50 of 1,000"
    page.locator(".opener").first.click()
    assert page.locator(".body").first.locator(".row").count() == 32


def test_print_has_texts_and_no_controls(opened: Open) -> None:
    page = opened(hash="#sort=order&item=made-1", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible() and not page.locator("#items form").is_visible()
    assert page.locator(".system .text").first.is_visible()
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) > 0.9


def test_items_need_javascript_and_say_so(opened: Open, usual: Comparison) -> None:
    page = opened(java_script_enabled=False)
    assert "Without JavaScript" in count(page)
    assert page.locator("#ranking tbody").first.locator("tr").count() == len(usual.systems)
