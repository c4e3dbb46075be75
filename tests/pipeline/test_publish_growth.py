"""Data sets that grow: what was published stays, corrections come in, and what does not fit together is refused."""

import json
from pathlib import Path

import pytest
from published_runs import SYSTEM, digests, plan, row, run

from pipeline.errors import RunError
from pipeline.publish.dataset import publish
from pipeline.publish.items import Choice, without_memory
from pipeline.publish.manifest import check_folder
from pipeline.publish.splits import Shares
from pipeline.publish.tables import published_items


def test_a_corpus_that_grows_keeps_its_files_byte_for_byte(tmp_path: Path) -> None:
    to = tmp_path / "set"
    publish(plan(run(tmp_path / "a", [row(number) for number in range(20)]), to=to))
    before = digests(to)
    again = publish(plan(run(tmp_path / "same", [row(number) for number in range(20)]), to=to))
    assert (again.version, again.same) == ("1.0.0", 20) and "nothing new" in again.summary()
    grown = publish(plan(run(tmp_path / "b", [row(number) for number in range(30)]), to=to))
    assert (grown.version, grown.new, grown.same) == ("1.1.0", 10, 20)
    assert before.items() < digests(to).items()
    assert len({item.id for item, *_ in published_items(to)}) == 30
    news = (to / "CHANGES.md").read_text("utf-8").partition("## 1.0.0")[0]
    assert "10 abstracts were added.\n- The abstracts that were there are in the same files, byte for byte." in news
    check_folder(to)


def test_a_correction_rewrites_its_shard_alone_and_outlives_the_machine(tmp_path: Path) -> None:
    to = tmp_path / "set"
    rows = [row(number) for number in range(20)]
    publish(plan(run(tmp_path / "a", rows), to=to))
    before = digests(to)
    corrected = json.loads(json.dumps(rows))
    review = {"by": "Li", "when": "2026-01-01T00:00:00Z", "machine": rows[0]["segments"][0]["target"]}
    corrected[0]["segments"][0] |= {"target": "改正。", "review": review}
    corrected[0]["target"] = "改正。" + "".join(one["target"] for one in rows[0]["segments"][1:])
    done = publish(plan(run(tmp_path / "b", corrected), to=to))
    assert (done.version, done.changed, done.same) == ("1.0.1", 1, 19)
    after = digests(to)
    assert sum(before[name] != after[name] for name in before) == 1 and before.keys() == after.keys()
    assert {item.id: item for item, *_ in published_items(to)}["p-0"].target.startswith("改正。")
    assert publish(plan(run(tmp_path / "c", rows), to=to)).changed == 0, "the machine's word came back"
    assert "Li 1" in (to / "README.md").read_text("utf-8")


def test_another_system_is_a_new_major_version(tmp_path: Path) -> None:
    to, other = tmp_path / "set", SYSTEM.replace("beam:4", "beam:2")
    publish(plan(run(tmp_path / "a", [row(1), row(2)]), to=to))
    changed = [row(1, system=other)]
    assert publish(plan(run(tmp_path / "b", changed, system=other), to=to)).version == "2.0.0"
    assert [item.id for item, *_ in published_items(to)] == ["p-1"]
    text = (to / "CHANGES.md").read_text("utf-8")
    assert text.index("## 2.0.0") < text.index("## 1.0.0") and "Another system" in text


def test_a_memory_makes_no_other_system() -> None:
    assert without_memory(f"{SYSTEM}|memory:1f2e") == SYSTEM


def test_a_folder_with_other_content_is_left_as_it_is(tmp_path: Path) -> None:
    to = tmp_path / "set"
    to.mkdir()
    (to / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(RunError, match="holds something else than a data set of ours"):
        publish(plan(run(tmp_path / "r", [row(1)]), to=to))
    assert [path.name for path in to.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", "notes.txt: not in the manifest"),
        (".git/HEAD", r"\.git/HEAD: is no part of the data set"),
        ("run.json", "run.json: changed since it was published"),
    ],
)
def test_a_data_set_that_someone_changed_does_not_grow_over_it(name: str, message: str, tmp_path: Path) -> None:
    to = tmp_path / "set"
    publish(plan(run(tmp_path / "a", [row(1)]), to=to))
    (to / name).parent.mkdir(exist_ok=True)
    with (to / name).open("a", encoding="utf-8") as file:
        file.write(" ")
    before = {path: path.read_bytes() for path in to.rglob("*") if path.is_file()}
    with pytest.raises(RunError, match=message):
        publish(plan(run(tmp_path / "b", [row(1), row(2)]), to=to))
    assert {path: path.read_bytes() for path in to.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choice": Choice(max_issues=0)}, "chosen and split with max_issues None, not 0: give the same"),
        ({"choice": Choice(categories=("cs",))}, r"with categories \[\], not \['cs'\]"),
        ({"shares": Shares(0.2, 0.3)}, "with test 0.2, not 0.3"),
    ],
)
def test_a_data_set_does_not_grow_by_other_choices(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    to = tmp_path / "set"
    publish(plan(run(tmp_path / "a", [row(1)]), to=to))
    before = digests(to)
    with pytest.raises(RunError, match=message):
        publish(plan(run(tmp_path / "b", [row(1), row(2)]), to=to, **changes))
    assert digests(to) == before


def test_what_comes_later_follows_the_split_of_what_it_is_near_to(tmp_path: Path) -> None:
    to, rows = tmp_path / "set", [row(number) for number in range(40)]
    publish(plan(run(tmp_path / "a", rows), to=to))
    near = [one | {"id": f"again-{one['id']}", "source": one["source"].upper()} for one in rows]
    near = [one | {"segments": [part | {"source": part["source"].upper()} for part in one["segments"]]} for one in near]
    assert publish(plan(run(tmp_path / "b", rows + near), to=to)).new == 40
    splits = {item.id: split for item, _, split in published_items(to)}
    assert all(splits[f"again-{one['id']}"] == splits[one["id"]] for one in rows) and len(set(splits.values())) == 3


def test_runs_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    to = tmp_path / "set"
    for month, numbers in (("january", range(5)), ("february", range(5, 9)), ("february", range(5, 10))):
        command = {"paths": [f"/home/someone/{month}.jsonl"]}
        path = tmp_path / f"{month}-{len(numbers)}" / "run"
        publish(plan(run(path, [row(number) for number in numbers], command=command), to=to))
    info = json.loads((to / "run.json").read_text("utf-8"))
    assert [(one["inputs"], one["abstracts"]) for one in info["runs"]] == [
        (["january.jsonl"], 5),
        (["february.jsonl"], 5),
    ]
    assert list(info["left_out"]) == ["run (january.jsonl)", "run (february.jsonl)"]


def test_another_name_of_the_file_is_no_correction(tmp_path: Path) -> None:
    to = tmp_path / "set"
    publish(plan(run(tmp_path / "a", [row(1)]), to=to))
    before = digests(to)
    moved = row(1, meta=row(1)["meta"] | {"path": "/home/someone/other.jsonl", "references_path": "r.jsonl"})
    done = publish(plan(run(tmp_path / "b", [moved, row(2)]), to=to))
    assert (done.new, done.changed, done.same) == (1, 0, 1) and before.items() < digests(to).items()


def test_what_the_publisher_says_stays_until_it_is_said_otherwise(tmp_path: Path) -> None:
    to, other = tmp_path / "set", SYSTEM.replace("beam:4", "beam:2")
    source = run(tmp_path / "a", [row(1)])
    publish(plan(source, to=to, title="All of it", contact="a@b.c", card="About us."))
    again = plan(source, to=to, title="All of it", contact="d@e.f")
    done = publish(again)
    assert (done.version, done.same) == ("1.0.1", 1) and "nothing new" not in done.summary()
    assert "nothing new" in publish(again).summary()
    publish(plan(run(tmp_path / "b", [row(1, system=other)], system=other), to=to))
    card, news = ((to / name).read_text("utf-8") for name in ("README.md", "CHANGES.md"))
    assert "# All of it\n" in card and "d@e.f" in card and "## From the publisher\n\nAbout us.\n" in card
    assert f"- It was `{SYSTEM}`, with 1 abstracts." in news and "- The card has other words of the publisher." in news
