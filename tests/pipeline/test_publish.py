"""Publishing runs as a data set: what is loaded back, what is left out, and what is refused."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_runs import SYSTEM, TRADITIONAL, plan, row, run

from eval.published import DatasetScorer
from pipeline.cli import cli
from pipeline.errors import ConfigError, RunError
from pipeline.publish.card import shown, split_card
from pipeline.publish.dataset import Plan, publish, publish_form, shared
from pipeline.publish.forms.tables import row_of
from pipeline.publish.items import Choice, Item, item_of, open_runs
from pipeline.publish.licences import Licence
from pipeline.publish.manifest import check_folder
from pipeline.publish.schema import abstract_row, item_from, schemas, segment_rows
from pipeline.publish.tables import published_items


def test_what_is_loaded_back_is_what_the_runs_hold(tmp_path: Path) -> None:
    import datasets

    issue = {"kind": "numbers", "detail": "title: not in the source: 7"}
    odd = row(
        3, issues=[issue], references=["参考。"], reference_sources=["human"], removed=["(c) 2026"],
        normalised={"source": ["dashes"]}, title_review={"by": "李", "when": "2026-01-01T00:00:00Z", "machine": "旧"},
    )  # fmt: skip
    odd["segments"][1] |= {"raw": "原文", "review": {"by": "Li", "when": "2026-01-01T00:00:00Z", "machine": ""}}
    rows = [row(number) for number in range(40)] + [odd | {"id": "odd"}]
    to = tmp_path / "set"
    done = publish(plan(run(tmp_path / "run", rows), to=to), DatasetScorer())
    assert (done.version, done.new, done.changed, done.same) == ("1.0.0", 41, 0, 0)

    expected = {one["id"]: one | {"meta": one["meta"] | {"path": "in.jsonl"}} for one in rows}
    assert {item.id: row_of(item) for item, *_ in published_items(to)} == expected
    loaded = datasets.load_dataset(str(to), cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "validation", "test"}
    assert {one["id"]: one["translation"] for split in loaded.values() for one in split} == {
        one["id"]: {"en": one["source"], "zh": one["target"]} for one in rows
    }
    assert loaded["train"].features["translation"] == datasets.Translation(languages=["en", "zh"])
    found = [one for split in loaded.values() for one in split if one["id"] == "odd"]
    assert found[0]["chrf2"] is not None and found[0]["licence"] == "CC-BY-4.0" and found[0]["reviewed"] == 2
    segments = datasets.load_dataset(str(to), "segments", split="train", cache_dir=str(tmp_path / "cache"))
    assert len(segments) == 3 * len(loaded["train"])


def test_the_head_of_the_card_has_the_features_that_datasets_reads(tmp_path: Path) -> None:
    import datasets
    import yaml
    from huggingface_hub import DatasetCard

    to = tmp_path / "set"
    publish(plan(run(tmp_path / "run", [row(number) for number in range(9)]), to=to))
    head, _ = split_card((to / "README.md").read_text("utf-8"))
    for info in head["dataset_info"]:
        features = datasets.Features.from_arrow_schema(schemas()[info["config_name"]])
        assert datasets.Features._from_yaml_list(info["features"]) == features
        assert sum(split["num_examples"] for split in info["splits"]) == (
            9 if info["config_name"] == "abstracts" else 27
        )
    assert head["license"] == "cc-by-4.0" and head["size_categories"] == ["n<1K"] and head["configs"][0]["default"]
    assert yaml.safe_dump(DatasetCard.load(to / "README.md").data.to_dict())


@pytest.mark.filterwarnings("ignore::Warning")  # what mlcroissant uses is deprecated elsewhere
def test_croissant_is_valid_and_gives_the_records(tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    to = tmp_path / "set"
    issue = {"kind": "numbers", "detail": "7"}
    publish(plan(run(tmp_path / "run", [row(number, issues=[issue] * (number % 3)) for number in range(9)]), to=to))
    dataset = mlcroissant.Dataset(jsonld=str(to / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors and not dataset.metadata.ctx.issues.warnings
    found = {one["abstracts/id"].decode(): one for one in dataset.records("abstracts")}
    assert found["p-4"]["abstracts/translation"]["abstracts/translation/zh"].decode() == row(4)["target"]
    assert len(list(dataset.records("segments"))) == 27


def test_the_manifest_is_one_that_sha256sum_checks(tmp_path: Path) -> None:
    to = tmp_path / "set"
    publish(plan(run(tmp_path / "run", [row(1), row(2)]), to=to))
    subprocess.run(["sha256sum", "--check", "--quiet", "manifest.sha256"], cwd=to, check=True)
    text = "".join(path.read_text("utf-8") for path in to.iterdir() if path.suffix in (".json", ".md"))
    assert "/home/someone" not in text and "MIT" not in text
    (to / "CHANGES.md").write_text("other", encoding="utf-8")
    with pytest.raises(RunError, match=r"CHANGES\.md: changed since it was published"):
        check_folder(to)


Broken = Callable[[Path], Plan]
REFUSED: dict[str, tuple[Broken, str]] = {
    "no run": (lambda d: plan(d / "none", to=d / "set"), "none: not a run"),
    "unfinished": (
        lambda d: plan(run(d / "r", [row(1)], state="running"), to=d / "set"),
        "r: unfinished: run its command again to the end",
    ),
    "failures": (lambda d: plan(run(d / "r", [row(1)], failed=2), to=d / "set"), "r: 2 records failed"),
    "mixed systems": (
        lambda d: plan(run(d / "r", [row(1)]), run(d / "s", [row(2)], system=SYSTEM.replace(":4", ":1")), to=d / "set"),
        "mixed systems: .* differ in beam: 4 and 1",
    ),
    "mixed scripts": (
        lambda d: plan(run(d / "r", [row(1)]), run(d / "s", [row(2)], system=TRADITIONAL), to=d / "set"),
        "mixed scripts: .* differ in script: hans and hant",
    ),
    "duplicate ids": (
        lambda d: plan(run(d / "r", [row(1)]), run(d / "s", [row(1)]), to=d / "set"),
        r"s/translations.jsonl:1: id 'p-1' stands twice, first in .*r/translations.jsonl",
    ),
    "broken line": (
        lambda d: plan(run(d / "r", [row(1), {"id": "x"}]), to=d / "set"),
        "translations.jsonl:2: not a row as zhaiyi writes it",
    ),
    "no licence": (
        lambda d: plan(run(d / "r", [row(1, meta={}), row(2)]), to=d / "set"),
        r"1 records have a licence that is unknown or restrictive: none is named: 1 \(p-1\)",
    ),
    "restrictive licence": (
        lambda d: plan(run(d / "r", [row(1, meta={"licence": "CC BY-NC 4.0"})]), to=d / "set"),
        r"restrictive: CC BY-NC 4.0: 1 \(p-1\)",
    ),
    "nothing left": (
        lambda d: plan(run(d / "r", [row(1)]), to=d / "set", choice=Choice(min_chars=10_000)),
        "nothing is left to publish",
    ),
    "head with facts": (
        lambda d: plan(run(d / "r", [row(1)]), to=d / "set", card="---\nlicense: mit\n---\n"),
        "says 'license' in its head, which is found from the data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_published_is_one_line_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    make, message = REFUSED[case]
    asked = make(tmp_path)
    with pytest.raises((RunError, ConfigError), match=message) as caught:
        publish(asked)
    assert "\n" not in str(caught.value)
    if "licence" in case:
        assert "p-1\t" in (tmp_path / "set-refused.tsv").read_text("utf-8")
    assert not asked.to.exists() and not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_choices_are_counted_by_reason(tmp_path: Path) -> None:
    issue = {"kind": "numbers", "detail": ""}
    rows = [row(1), row(2, issues=[issue]), row(3, issues=[issue, issue]), row(4, meta={"licence": "MIT"})]
    rows += [row(5, target=""), row(6, target="BERT, GPT.")]
    choice = Choice(max_issues=1, drop=frozenset({"numbers"}), categories=("cs",))
    done = publish(plan(run(tmp_path / "r", rows, failed=1), to=tmp_path / "set", choice=choice, allow_failed=True))
    assert done.new == 1 and done.left_out == {
        "failed to be translated": 1, "issue: numbers": 1, "more than 1 issues": 1, "other categories": 1,
        "no Chinese in it": 2,
    }  # fmt: skip
    assert "more than 1 issues 1" in (tmp_path / "set" / "README.md").read_text("utf-8")


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
META = st.dictionaries(
    st.text("abc", min_size=1), st.one_of(TEXT, st.integers(), st.lists(TEXT), st.none()), max_size=3
)


@settings(max_examples=60, deadline=None)
@given(source=TEXT, target=TEXT, title=TEXT, meta=META, details=st.lists(TEXT, max_size=3), references=st.lists(TEXT))
def test_a_row_of_the_tables_is_the_item_again(
    source: str, target: str, title: str, meta: dict[str, Any], details: list[str], references: list[str]
) -> None:
    import pyarrow as pa

    issues = [{"kind": "kind", "detail": detail} for detail in details]
    given_row = row(1, source=source, target=target, title=title, meta=meta, issues=issues)
    given_row["segments"] = [{"source": source, "target": target, "issues": issues}] if source else []
    if references:
        given_row |= {"references": references, "reference_sources": ["human"] * len(references)}
    item: Item = item_of(given_row)
    made = schemas()
    abstract = pa.Table.from_pylist([abstract_row(item, Licence("MIT", "source"), {})], made["abstracts"]).to_pylist()
    segments = pa.Table.from_pylist(segment_rows(item), made["segments"]).to_pylist()
    assert item_from(abstract[0], segments) == item
    assert row_of(item_from(abstract[0], segments)) == given_row


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t<>|$_*`&\\"), max_size=30))
def test_nothing_in_an_example_is_markup(text: str) -> None:
    import html

    from markdown_it import MarkdownIt

    block = f"<table>\n<tr><td>{shown(text)}</td></tr>\n</table>\n"
    assert MarkdownIt().render(block) == block
    assert html.unescape(shown(text).replace("<br>", "\n")) == "\n".join(text.splitlines())


def test_paths_of_this_machine_are_not_shared(tmp_path: Path) -> None:
    items = list(shared(iter([item_of(row(1))])))
    assert items[0].meta["path"] == "in.jsonl"
    assert open_runs([run(tmp_path / "r", [row(1)])]).script == "hans"


def test_the_command_publishes_and_says_what_it_did(tmp_path: Path) -> None:
    from click.testing import CliRunner

    source, to = run(tmp_path / "run", [row(number) for number in range(5)]), tmp_path / "set"
    own = tmp_path / "own.md"
    own.write_text("---\npaperswithcode_id: mine\n---\nAbout **us**.\n", encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["publish", str(source), "--to", str(to), "--card", str(own), "--contact", "a@b.c"]
    )
    assert result.exit_code == 0, result.output
    assert "version 1.0.0: 5 new abstracts" in result.output
    card = (to / "README.md").read_text("utf-8")
    for fact in (
        "About **us**.",
        "paperswithcode_id: mine",
        "a@b.c",
        "Machine-translated, not reviewed",
        "| CC-BY-4.0 |",
    ):
        assert fact in card


def test_a_kind_of_issue_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    from click.testing import CliRunner

    source = run(tmp_path / "run", [row(1)])
    result = CliRunner().invoke(cli, ["publish", str(source), "--to", str(tmp_path / "set"), "--drop", "number"])
    assert result.exit_code == 2 and "'number' is not one of" in result.output and not (tmp_path / "set").exists()


@pytest.mark.parametrize("option", ["--public", "--dry-run", "--overwrite-card"])
def test_what_is_said_of_a_push_without_one_is_refused(option: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    source = run(tmp_path / "run", [row(1)])
    result = CliRunner().invoke(cli, ["publish", str(source), "--to", str(tmp_path / "set"), option])
    assert isinstance(result.exception, ConfigError) and str(result.exception).startswith(f"{option} is of --push")
    assert not (tmp_path / "set").exists()


def test_the_card_names_the_command_without_paths_and_keeps_its_tables_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    own, source = tmp_path / "own.md", run(tmp_path / "run", [row(number) for number in range(3)])
    own.write_text("Ours.", encoding="utf-8")
    title = "Abstracts, {2026}\nand others"
    arguments = ["publish", str(source), f"--to={tmp_path / 'set'}", f"--card={own}", "--title", title]
    monkeypatch.setattr("sys.argv", ["zhaiyi", *arguments])
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert "| `zhaiyi publish run --to=set --card=own.md --title 'Abstracts, {2026} and others'` |" in card
    assert "@misc{abstracts-2026-and-others,\n" in card and str(tmp_path) not in card


def test_what_is_not_shown_of_many_is_counted(tmp_path: Path) -> None:
    rows = [row(number, meta={"licence": "MIT", "categories": [f"c.{number}"]}) for number in range(23)]
    publish(plan(run(tmp_path / "run", rows), to=tmp_path / "set"))
    assert "c.19 1 and 3 more.\n" in (tmp_path / "set" / "README.md").read_text("utf-8")


def test_licences_that_the_hub_does_not_know_have_a_name_and_no_link(tmp_path: Path) -> None:
    rows = [row(1), row(2, meta={"licence": "https://creativecommons.org/licenses/by/3.0/us/"})]
    publish(plan(run(tmp_path / "run", rows), to=tmp_path / "set"))
    head, _ = split_card((tmp_path / "set" / "README.md").read_text("utf-8"))
    assert (head["license"], head["license_name"]) == ("other", "cc-by-3.0-us-and-cc-by-4.0")
    assert "license_link" not in head


def test_a_card_of_the_publisher_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    from click.testing import CliRunner

    own = tmp_path / "own.md"
    own.write_text("---\nlicense: [\n---\n", encoding="utf-8")
    arguments = ["publish", str(tmp_path / "no run"), "--to", str(tmp_path / "set"), "--card", str(own)]
    found = str(CliRunner().invoke(cli, arguments).exception)
    assert found.startswith(f"{own}: the card's head is not YAML: ") and "\n" not in found


def test_another_form_tells_what_it_leaves_out(tmp_path: Path) -> None:
    source = run(tmp_path / "run", [row(1), row(2, target="BERT.")], failed=1)
    told = publish_form(plan(source, to=tmp_path / "set.tsv", allow_failed=True), "tsv")
    assert told.splitlines()[0].startswith("1 abstracts written to ")
    assert told.splitlines()[1] == "left out: failed to be translated 1, no Chinese in it 1"
