"""The page of a comparison as text: valid HTML that needs nothing else, whatever the data hold."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace

import html5lib
import pytest
from lxml import etree, html

from eval.comparison import Comparison
from eval.report import Axis, embed, leader, reference_labels, render_page, warnings
from eval.report_behaviour import behaviour_table, cost_table, terms_table
from eval.report_tables import buckets_table, differences_table, raw_table, verdict

Make = Callable[..., Comparison]


@pytest.fixture(scope="module")
def pages(comparison_of: Make) -> dict[str, str]:
    """Pages of comparisons of several kinds, by what is special about them."""
    shapes = {
        "usual": {},
        "hostile": {"hostile": True},
        "two": {"systems": 2, "items": 12},
        "one": {"systems": 1, "items": 2},
    }
    return {name: render_page(comparison_of(**shape)) for name, shape in shapes.items()}


SHAPES = pytest.mark.parametrize("shape", ["usual", "hostile", "two", "one"])


@SHAPES
def test_page_is_valid_html(pages: dict[str, str], shape: str) -> None:
    html5lib.HTMLParser(strict=True).parse(pages[shape])  # raises at the first error
    ids = html.fromstring(pages[shape]).xpath("//@id")
    assert len(ids) == len(set(ids))


@SHAPES
def test_page_needs_nothing_else(pages: dict[str, str], shape: str) -> None:
    root = html.fromstring(pages[shape])
    addresses = root.xpath("//*[not(self::a)]/@href | //@src | //@action | //@*[name()='xlink:href']")
    assert {one for one in addresses if not one.startswith("#")} <= {"data:,"}
    assert all(one.startswith("#") for one in root.xpath("//a/@href"))
    assert "@import" not in pages[shape] and not re.search(r"url\((?!#)", pages[shape])


@SHAPES
def test_policy_allows_the_one_script(pages: dict[str, str], shape: str) -> None:
    root = html.fromstring(pages[shape])
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (script,) = (one for one in root.xpath("//script[not(@type)]"))
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and "default-src 'none'" in policy
    assert not root.xpath("//@*[starts-with(name(), 'on')]")


@SHAPES
def test_links_within_the_page_lead_somewhere(pages: dict[str, str], shape: str) -> None:
    root = html.fromstring(pages[shape])
    ids = set(root.xpath("//@id"))
    anchors = [one for one in root.xpath("//a/@href") if "=" not in one]
    assert anchors and {one[1:] for one in anchors} <= ids


def test_items_are_embedded_as_they_are(comparison_of: Make, pages: dict[str, str]) -> None:
    comparison = comparison_of(hostile=True)
    (embedded,) = html.fromstring(pages["hostile"]).xpath("//script[@type='application/json']")
    found = json.loads(embedded.text)
    assert [one["hypotheses"] for one in found["items"]] == [list(one.hypotheses) for one in comparison.items]
    assert [one["id"] for one in found["items"]] == [one.id for one in comparison.items]
    assert found["systems"] == [one.name for one in comparison.systems]
    assert found["lang"] == "zh-Hans"


def test_every_score_stands_with_its_signature(comparison_of: Make, pages: dict[str, str]) -> None:
    text = html.fromstring(pages["usual"]).text_content()
    for metric in comparison_of().metrics:
        assert metric.signature in text
        for system in comparison_of().systems:
            assert f"{system.scores[metric.name].value:.2f} ± 0.80" in text


def test_page_is_the_same_every_time(comparison_of: Make, pages: dict[str, str]) -> None:
    assert render_page(comparison_of()) == pages["usual"]


def test_plots_follow_the_page_s_colours(pages: dict[str, str]) -> None:
    drawings = html.fromstring(pages["usual"]).xpath("//figure/*[local-name()='svg']")
    assert len(drawings) == 5
    for one in drawings:
        text = etree.tostring(one, encoding="unicode")
        assert "var(--ink)" in text and not re.search(r"#[0-9a-f]{6}\b", text)


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        pytest.param(("human", "human"), 0, id="people"),
        pytest.param(("human", "llm:x"), 1, id="model"),
        pytest.param(("mt:x", "mt:y"), 1, id="systems"),
        pytest.param(("human", "unknown"), 0, id="unknown"),
        pytest.param(("human, llm:x", "human"), 1, id="mixed"),
    ],
)
def test_who_wrote_the_references_is_said(comparison_of: Make, origins: tuple[str, str], said: int) -> None:
    comparison = comparison_of(systems=2, items=4)
    references = tuple(replace(one, origin=origin) for one, origin in zip(comparison.references, origins, strict=True))
    comparison = replace(comparison, references=references, notes=())
    assert len(warnings(comparison)) == said + ("unknown" in origins)
    told = replace(comparison, notes=("references: 4 from x", "a note", *warnings(comparison)))
    assert warnings(told) == ["a note", *warnings(comparison)]
    page = render_page(comparison)
    assert all(f"reference {one.name}: {one.origin}" in page for one in references)
    assert page.count("references by a language model favour") == said


@pytest.mark.parametrize(
    ("names", "each", "labels"),
    [
        pytest.param(("A", "B"), 2, ["A", "B"], id="short"),
        pytest.param(("set.en-zh.ref.A.zh", "set.en-zh.ref.B.zh"), 2, ["A", "B"], id="files"),
        pytest.param(("ref", "ref2"), 2, ["ref", "ref2"], id="one-begins-with-the-other"),
        pytest.param(("only.zh",), 1, ["only.zh"], id="one"),
        pytest.param(("many.jsonl",), 3, ["1", "2", "3"], id="several-in-a-set"),
    ],
)
def test_references_are_called_by_what_tells_them_apart(
    comparison_of: Make, names: tuple[str, ...], each: int, labels: list[str]
) -> None:
    comparison = comparison_of(systems=2, items=4)
    info = comparison.references[0]
    comparison = replace(
        comparison,
        references=tuple(replace(info, name=name) for name in names),
        items=tuple(replace(one, references=("译文。",) * each) for one in comparison.items),
    )
    assert reference_labels(comparison) == labels
    assert [one["name"] for one in json.loads(embed(comparison))["references"]] == labels


def test_first_sentence_names_what_cannot_be_told_apart(comparison_of: Make) -> None:
    text = leader(comparison_of())
    assert text.startswith("system-1 is first with BLEU 45.00 (44.20 to 45.80), but cannot be told from system-2. ")
    assert text.endswith("Against the baseline system-2: 0 better, 3 worse, 0 that cannot be told from it.")
    assert leader(comparison_of(systems=1)).endswith("(44.20 to 45.80).")


def test_verdict_needs_both_tests(comparison_of: Make) -> None:
    system = comparison_of().systems[2]
    assert verdict(system, "BLEU") == "worse"
    assert verdict(system, "TER", higher_is_better=False) == "better"
    doubtful = replace(system.differences[0].tests[0], p_randomisation_holm=0.06)
    unsure = replace(system, differences=(replace(system.differences[0], tests=(doubtful,)),))
    assert (verdict(unsure, "BLEU"), verdict(unsure, "TER")) == ("", "")


def test_tables_have_a_cell_for_every_column(comparison_of: Make) -> None:
    comparison = comparison_of()
    tables = [
        differences_table(comparison, "BLEU"), buckets_table(comparison, "BLEU"), behaviour_table(comparison),
        cost_table(comparison), terms_table(comparison), raw_table(comparison),
    ]  # fmt: skip
    for table in tables:
        assert table is not None
        assert {len(row.cells) for row in table.rows} == {len(table.columns)}
        assert sum(count for _, count in table.groups) in (0, len(table.columns))
    assert cost_table(replace(comparison, systems=comparison.systems[3:])) is None
    assert terms_table(replace(comparison, terms=())) is None
    assert raw_table(replace(comparison, systems=comparison.systems[1:])) is None


def test_bucket_is_tinted_by_its_distance_from_the_baseline(comparison_of: Make) -> None:
    comparison = comparison_of()
    for metric in comparison.metrics:
        table = buckets_table(comparison, metric.name, higher_is_better=metric.higher_is_better)
        sign = 1 if metric.higher_is_better else -1
        for row in table.rows:
            for column, cell in enumerate(row.cells):
                ahead = sign * (comparison.buckets[column].scores[metric.name][1] - (cell.value or 0))
                assert cell.heat * ahead <= 0 and abs(cell.heat) <= 1


def test_axis_has_a_place_for_the_baseline() -> None:
    assert Axis(10, 20, 12.5).at(12.5) == 25
