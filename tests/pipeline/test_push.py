"""Pushing to a hub on the loopback interface: what arrives there, what stays, and who is asked."""

import hashlib
import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hub_store import Hub
from hypothesis import given
from hypothesis import strategies as st
from published_runs import row, run
from pushing import (
    CARD,
    DATA,
    QUIET,
    REPO,
    TEST,
    TRAIN,
    contents,
    edit,
    in_a_process,
    on_hub,
    pre_made,
    pushed,
    write_folder,
)
from pushing import folder as folder
from pushing import hub as hub
from pushing import naps as naps

from pipeline.cli import cli
from pipeline.errors import PushConflict, PushError, RunError
from pipeline.publish.manifest import LocalFile, check_folder, hash_file
from pipeline.publish.push import Pushed, make_plan, push, push_folder
from pipeline.publish.push_plan import HubFile, compare, describe

pytestmark = QUIET


# what arrives


@pytest.mark.parametrize("part_size", [1 << 30, 20_000], ids=["whole", "in parts"])
@pytest.mark.parametrize("private", [True, False])
def test_what_is_downloaded_is_the_folder(
    hub: Hub, folder: Path, tmp_path: Path, part_size: int, private: bool
) -> None:
    from huggingface_hub import snapshot_download

    hub.part_size, hub.page_size = part_size, 2
    found = pushed(hub, folder, private=private)
    assert found == Pushed(f"{hub.endpoint}/datasets/{REPO}", "v1.0.0", hub.repos[REPO].head)
    for revision in ("main", "v1.0.0"):
        there = Path(
            snapshot_download(
                REPO, repo_type="dataset", revision=revision, endpoint=hub.endpoint,
                cache_dir=tmp_path / "cache", local_dir=tmp_path / revision,
            )
        )  # fmt: skip
        got = contents(there)
        assert {path: got[path] for path in contents(folder)} == contents(folder)
    assert hub.repos[REPO].private is private
    assert [message for _, message, _ in hub.repos[REPO].commits] == ["initial commit", "Version 1.0.0"]
    assert hub.repos[REPO].tags == {"v1.0.0": found.commit}
    assert len(hub.sent("PUT /lfs")) == (2 if part_size > 100_000 else 4)


def test_private_unless_asked(hub: Hub, folder: Path) -> None:
    pushed(hub, folder)
    assert hub.repos[REPO].private


def test_to_an_organisation(hub: Hub, folder: Path) -> None:
    pushed(hub, folder, "lab/abstracts")
    assert on_hub(hub, repo="lab/abstracts") == contents(folder)


def test_dry_run_tells_all_and_changes_nothing(hub: Hub, folder: Path) -> None:
    told: list[str] = []
    assert push_folder(folder, REPO, dry_run=True, endpoint=hub.endpoint, tell=told.append) is None
    assert hub.repos == {} and hub.objects == {}
    assert {(method, path) for method, path, _ in hub.seen if method != "GET"} == {("POST", "/api/validate-yaml")}
    assert told[0] == f"{hub.endpoint}/datasets/{REPO} (to be made, private), as user"
    assert f"  new: {TRAIN}  51.2 kB" in told
    assert {line.split()[1] for line in told if line.startswith("  new: ")} == contents(folder).keys()
    assert re.fullmatch(r"6 files \(51\.\d kB\) to send, 0 to delete, in one commit; tag v1\.0\.0 to be set", told[-1])


def test_pushed_again_nothing_is_sent(hub: Hub, folder: Path) -> None:
    first = pushed(hub, folder)
    hub.seen.clear()
    told: list[str] = []
    assert pushed(hub, folder, tell=told.append) == first
    assert {(method, path) for method, path, _ in hub.seen if method != "GET"} == {("POST", "/api/validate-yaml")}
    assert "nothing to send; tag v1.0.0 is there" in told


def test_a_new_version_sends_what_is_new_and_deletes_what_is_gone(hub: Hub, folder: Path) -> None:
    pushed(hub, folder)
    before, more = contents(folder), {"data/train-00001.parquet": b"PAR1 more PAR1"}
    write_folder(folder, "1.1.0", {TRAIN: DATA[TRAIN], **more})
    hub.seen.clear()
    told: list[str] = []
    pushed(hub, folder, tell=told.append)
    assert hub.sent("PUT /lfs") == [14]
    assert (on_hub(hub), on_hub(hub, "v1.1.0"), on_hub(hub, "v1.0.0")) == (contents(folder), contents(folder), before)
    assert f"  deleted: {TEST}" in told and "  the same there: 2 files, 51.2 kB" in told
    assert "(private, holds 1.0.0)" in told[0]


def test_files_of_others_stay(hub: Hub, folder: Path) -> None:
    pushed(hub, folder)
    edit(hub, "images/logo.png", b"png")
    edit(hub, ".gitignore", b"data/*\n")  # the library would leave out our files without a word
    write_folder(folder, "1.1.0", {**DATA, "data/new.parquet": b"PAR1"})
    told: list[str] = []
    pushed(hub, folder, tell=told.append)
    assert on_hub(hub) == contents(folder) | {"images/logo.png": b"png", ".gitignore": b"data/*\n"}
    assert "  left alone, not from here: images/logo.png" in told


def test_hidden_files_stay_here(hub: Hub, folder: Path) -> None:
    (folder / ".lock").touch()
    told: list[str] = []
    pushed(hub, folder, tell=told.append)
    assert ".lock" not in on_hub(hub) and "  hidden here, not sent: .lock" in told


def test_the_command_publishes_and_pushes(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publish.push.push_folder", partial(push_folder, endpoint=hub.endpoint))
    to = tmp_path / "set"
    command = ["publish", str(run(tmp_path / "run", [row(1), row(2)])), "--to", str(to), "--push", REPO]
    tried = CliRunner().invoke(cli, [*command, "--dry-run"])
    assert tried.exit_code == 0 and tried.output.endswith("tag v1.0.0 to be set\nnothing was pushed\n")
    assert hub.repos == {}
    done = CliRunner().invoke(cli, [*command, "--public"])
    assert done.exit_code == 0 and done.output.endswith(f"\n{hub.endpoint}/datasets/{REPO} is at v1.0.0\n")
    assert on_hub(hub, "v1.0.0") == contents(to) and not hub.repos[REPO].private
    again = CliRunner().invoke(cli, [*command, "--quiet"])
    assert (again.exit_code, again.output) == (0, "")


# the card


@pytest.fixture
def edited(hub: Hub, folder: Path) -> Hub:
    """The hub, the card on which somebody changed; the folder has a new version."""
    pushed(hub, folder)
    edit(hub, "README.md", b"# Edited by hand\n")
    write_folder(folder, "1.1.0")
    hub.seen.clear()
    return hub


@pytest.mark.parametrize("ask", [None, lambda question: False], ids=["nobody to ask", "no"])
def test_a_changed_card_is_not_overwritten(edited: Hub, folder: Path, ask: Any) -> None:
    with pytest.raises(PushError, match=f"^{REPO}: its card was not pushed from here, or changed since; move .*$"):
        pushed(edited, folder, ask=ask)
    assert on_hub(edited)["README.md"] == b"# Edited by hand\n"
    assert edited.sent("^PUT|commit|preupload|tag/") == []


def test_a_changed_card_is_overwritten_when_agreed(edited: Hub, folder: Path) -> None:
    asked: list[str] = []
    told: list[str] = []
    pushed(edited, folder, tell=told.append, ask=lambda question: not asked.append(question))
    assert asked == [f"{REPO}: overwrite the card there, which was not pushed from here?"]
    assert {"    -# Edited by hand", "    +# Abstracts"} <= set(told)
    assert on_hub(edited) == contents(folder)
    write_folder(folder, "1.2.0", card=CARD + "More.\n")  # ours again: nobody is asked
    pushed(edited, folder)
    edit(edited, "README.md", b"again")
    write_folder(folder, "1.3.0")
    pushed(edited, folder, overwrite_card=True)
    assert on_hub(edited) == contents(folder)


def test_a_card_written_before_the_first_push_is_asked_for(hub: Hub, folder: Path) -> None:
    hub.repos[REPO] = pre_made(private=True, files={"README.md": b"# Soon\n"})
    with pytest.raises(PushError, match="its card was not pushed from here"):
        pushed(hub, folder)
    pushed(hub, folder, overwrite_card=True)
    assert on_hub(hub) == contents(folder)


# what somebody else has there


@pytest.mark.parametrize(
    "files",
    [
        {"data.csv": b"a,b\n"},
        {"run.json": b'{"version": "2.0.0"}', "README.md": b"# Another\n"},
        {"run.json": b'{"state": "finished"}', "manifest.sha256": b"", "x": b""},
        {"run.json": b'{"version": "2.0.0"}', "manifest.sha256": b"no manifest"},
        {"run.json": b'{"version": "2.0.0"}', "manifest.sha256": b"\xff"},
    ],
    ids=["data", "a run.json", "no version", "no manifest", "no text"],
)
def test_another_data_set_is_refused(hub: Hub, folder: Path, files: dict[str, bytes]) -> None:
    hub.repos[REPO] = pre_made(private=True, files=files)
    with pytest.raises(PushError, match=f"^{REPO}: holds files that were not pushed from here .*; push to a new name$"):
        pushed(hub, folder, overwrite_card=True)
    assert on_hub(hub) == files and hub.objects == {}


@pytest.mark.parametrize("path", ["CHANGES.md", TRAIN, "data/new.parquet"])
def test_other_content_in_our_place_is_refused(hub: Hub, folder: Path, path: str) -> None:
    pushed(hub, folder)
    edit(hub, path, b"theirs")
    write_folder(folder, "1.1.0", {**DATA, TRAIN: b"PAR1 changed PAR1", "data/new.parquet": b"PAR1"})
    with pytest.raises(PushError, match=f"^{path}: changed on the hub since the last push, or never pushed from here"):
        pushed(hub, folder, overwrite_card=True)
    assert on_hub(hub)[path] == b"theirs" and list(hub.repos[REPO].tags) == ["v1.0.0"]


def test_a_version_is_never_pushed_twice(hub: Hub, folder: Path) -> None:
    pushed(hub, folder)
    before = on_hub(hub)
    write_folder(folder, "1.0.0", {TRAIN: b"PAR1 other PAR1"})
    with pytest.raises(PushError, match=f"^{REPO}: v1.0.0 is there already with other content"):
        pushed(hub, folder)
    assert on_hub(hub) == before


def test_a_change_between_plan_and_push_is_a_conflict(hub: Hub, folder: Path) -> None:
    pushed(hub, folder)
    write_folder(folder, "1.1.0", {TRAIN: b"PAR1 other PAR1"})
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    edit(hub, "CHANGES.md", b"theirs")
    before = on_hub(hub)
    with pytest.raises(
        PushConflict, match=rf"^{REPO}: changed on 127\.0\.0\.1 meanwhile \(A commit has happened since"
    ):
        push(plan)
    assert on_hub(hub) == before and list(hub.repos[REPO].tags) == ["v1.0.0"]


def test_a_tag_set_between_plan_and_push_is_a_conflict(hub: Hub, folder: Path) -> None:
    first = pushed(hub, folder).commit
    write_folder(folder, "1.1.0")
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    hub.repos[REPO].tags["v1.1.0"] = first
    with pytest.raises(PushConflict, match="Tag reference exists already"):
        push(plan)
    assert hub.repos[REPO].tags["v1.1.0"] == first


def test_a_data_set_made_between_plan_and_push_is_a_conflict(hub: Hub, folder: Path) -> None:
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    hub.repos[REPO] = pre_made(private=True, files={"theirs.csv": b""})
    with pytest.raises(PushConflict, match="made by somebody else meanwhile"):
        push(plan)
    assert on_hub(hub) == {"theirs.csv": b""}


def test_a_data_set_made_public_between_plan_and_push_is_a_conflict(hub: Hub, folder: Path) -> None:
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    hub.repos[REPO] = pre_made(private=False, files={})
    with pytest.raises(PushConflict, match="made by somebody else meanwhile"):
        push(plan)
    assert on_hub(hub) == {} and hub.objects == {}


@pytest.mark.parametrize("path", ["CHANGES.md", TRAIN])
def test_what_arrives_with_other_content_gets_no_tag(hub: Hub, folder: Path, path: str) -> None:
    hub.garbled = path
    with pytest.raises(PushError, match=f"^{REPO}: {path} arrived with other content; not tagged: delete it there"):
        pushed(hub, folder)
    assert hub.repos[REPO].tags == {}
    hub.garbled = ""
    hub.repos[REPO].commit("Delete", {name: blob for name, blob in hub.repos[REPO].files.items() if name != path})
    pushed(hub, folder)
    assert on_hub(hub, "v1.0.0") == contents(folder)


@pytest.mark.parametrize("change", [lambda file: file.write_bytes(b"changed"), Path.unlink], ids=["changed", "gone"])
def test_a_file_changed_between_plan_and_push_is_not_sent(hub: Hub, folder: Path, change: Any) -> None:
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    change(folder / TRAIN)
    with pytest.raises(RunError, match=f"{TRAIN}: changed since it was looked at"):
        push(plan)
    assert on_hub(hub) == {} and hub.objects == {}


# independent readers and writers


def test_the_manifest_is_that_of_sha256sum(folder: Path) -> None:
    command = r"find . -type f ! -name manifest.sha256 -printf '%P\0' | sort -z | xargs -0 sha256sum > manifest.sha256"
    subprocess.run(command, shell=True, cwd=folder, check=True)
    checked = check_folder(folder)
    assert {file.path for file in checked.files} == set(contents(folder)) and checked.version == "1.0.0"


def test_hashes_are_those_of_git(folder: Path) -> None:
    command = ["git", "hash-object", "--no-filters", TRAIN, "README.md"]
    hashes = subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout.split()
    assert [hash_file(folder, TRAIN).git, hash_file(folder, "README.md").git] == hashes


def test_load_dataset_gives_the_rows_back(hub: Hub, folder: Path, tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    rows = [{"id": str(number), "zh": "机器学习" * number} for number in range(7)]
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), sink, compression="zstd")
    write_folder(folder, files={TRAIN: sink.getvalue().to_pybytes()})
    pushed(hub, folder)
    code = (
        "import datasets, json\n"
        f"rows = [list(datasets.load_dataset({REPO!r}, split='train', revision='v1.0.0', streaming=streaming))"
        " for streaming in (False, True)]\nprint(json.dumps(rows))"
    )
    done = subprocess.run(**in_a_process(hub, folder, tmp_path, code), timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [rows, rows]


def test_the_xet_protocol(hub: Hub, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("hf_xet")
    hub.xet, hub.expected = str(tmp_path / "xet"), [os.urandom(5000)]
    (tmp_path / "xet").mkdir()
    write_folder(folder, files={TRAIN: hub.expected[0]})
    done = subprocess.run(**in_a_process(hub, folder, tmp_path, HF_HUB_DISABLE_XET="0"), timeout=60)
    assert done.returncode == 0, done.stderr
    assert hub.sent("xet-write-token") and not hub.sent("PUT|objects/batch")
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)


# the comparison, by itself

NAMES = st.sampled_from(["README.md", "run.json", "data/a", "data/b", "data/c"])
TREES = st.dictionaries(NAMES, st.binary(max_size=2))


def local(path: str, content: bytes) -> LocalFile:
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return LocalFile(path, len(content), hashlib.sha256(content).hexdigest(), git)


@given(TREES, TREES, TREES)
def test_a_plan_brings_the_folder_and_touches_nothing_of_others(
    ours: dict[str, bytes], before: dict[str, bytes], theirs: dict[str, bytes]
) -> None:
    ours, there = {"README.md": b"card", **ours}, {**before, **theirs}
    files = [local(path, content) for path, content in sorted(ours.items())]
    last = {path: local(path, content).sha256 for path, content in before.items()}
    as_there = {
        path: HubFile(path, len(content), local(path, content).git, local(path, content).sha256 if "/" in path else "")
        for path, content in there.items()
    }
    foreign = {path for path, content in there.items() if before.get(path) != content}
    lost = {path for path in foreign if ours.get(path) != there[path] and (path in ours or path in before)}
    try:
        changes = compare(files, as_there, last, there.__getitem__)
    except PushError:
        assert lost - {"README.md"}
        return
    assert not lost - {"README.md"} and (changes.card == "others") == ("README.md" in lost)
    after = {path: content for path, content in there.items() if path not in changes.deleted}
    after |= {file.path: ours[file.path] for file in changes.sent}
    assert after == {path: there[path] for path in there.keys() - before.keys()} | ours
    assert set(changes.kept) == there.keys() - before.keys() - ours.keys()
    assert {file.path for file in changes.same}.isdisjoint(file.path for file in changes.sent)


def test_a_long_plan_is_told_in_short(hub: Hub, folder: Path) -> None:
    write_folder(folder, files={f"data/train-{number:05}.parquet": b"PAR1" for number in range(300)})
    lines = list(describe(make_plan(folder, REPO, endpoint=hub.endpoint)))
    assert "  new: ... and 284 more" in lines and len(lines) == 23
