"""Pushing to a hub on the loopback interface: what arrives, what goes on after failures, what is refused and how."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_server import serving
from hub_store import Blob, Fault, Hub
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PushConflict, PushError, RunError, ZhaiyiError
from pipeline.publish.hub import open_hub
from pipeline.publish.manifest import LocalFile, check_folder, hash_file
from pipeline.publish.push import Pushed, make_plan, push, push_folder
from pipeline.publish.push_plan import HubFile, compare, describe

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "hf_loopbackSecretToken"
REPO = "user/abstracts"
CARD = "---\nlicense: cc0-1.0\n---\n# Abstracts\n"
TRAIN, TEST = "data/train-00000.parquet", "data/test-00000.parquet"
DATA = {TRAIN: bytes(range(256)) * 200, TEST: b"PAR1 test PAR1"}

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the library's use of its client


def write_folder(folder: Path, version: str = "1.0.0", files: dict[str, bytes] = DATA, card: str = CARD) -> Path:
    """A published folder, as small as can be, in place of what is there."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    run = json.dumps({"version": version}).encode()
    contents = {**files, "README.md": card.encode(), "run.json": run, "CHANGES.md": f"# {version}\n".encode()}
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in contents.items()]
    (folder / "manifest.sha256").write_text("".join(lines), encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def on_hub(hub: Hub, revision: str = "main", repo: str = REPO) -> dict[str, bytes]:
    _, files = hub.repos[repo].at(revision)
    return {path: blob.content for path, blob in files.items() if path != ".gitattributes"}


def edit(hub: Hub, path: str, content: bytes, repo: str = REPO) -> None:
    """Somebody else changes a file on the hub."""
    found = hub.repos[repo]
    found.commit("Edit on the web", {**found.files, path: Blob(content, is_large=path.endswith(".parquet"))})


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are made, none of which takes any time."""
    made: list[float] = []
    clock = SimpleNamespace(**{**vars(time), "sleep": made.append})
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    monkeypatch.setattr("pipeline.publish.hub.time", clock)
    return made


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> Iterator[Hub]:
    from huggingface_hub.utils import close_session

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for name, value in (("HF_HUB_DISABLE_XET", True), ("HF_HUB_OFFLINE", False), ("HF_TOKEN_PATH", "/nonexistent")):
        monkeypatch.setattr(f"huggingface_hub.constants.{name}", value)
    hub = Hub()
    hub.add_user("user", TOKEN, orgs=("lab",))
    with serving(hub):
        yield hub
        close_session()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    return write_folder(tmp_path / "set")


def pushed(hub: Hub, folder: Path, repo: str = REPO, **options: Any) -> Pushed:
    found = push_folder(folder, repo, endpoint=hub.endpoint, **options)
    assert found is not None
    return found


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
    assert f"  deleted: {TEST}" in told and f"  the same there: 2 files, {51_200 + len(CARD)}"[:26] in "\n".join(told)
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


def pre_made(private: bool, files: dict[str, bytes]) -> Any:
    from hub_store import ATTRIBUTES, Repo

    repo = Repo(private)
    repo.commit(
        "initial commit", {path: Blob(text, False) for path, text in {".gitattributes": ATTRIBUTES, **files}.items()}
    )
    return repo


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
    with pytest.raises(PushError, match=f"^{REPO}: {path} arrived with other content; not tagged"):
        pushed(hub, folder)
    assert hub.repos[REPO].tags == {}


def test_a_file_changed_between_plan_and_push_is_not_sent(hub: Hub, folder: Path) -> None:
    plan = make_plan(folder, REPO, endpoint=hub.endpoint)
    (folder / TRAIN).write_bytes(b"changed")
    with pytest.raises(RunError, match=f"{TRAIN}: changed since it was looked at"):
        push(plan)
    assert on_hub(hub) == {} and hub.objects == {}


# what goes on

REQUESTS = {
    "who": "GET /api/whoami-v2",
    "card": "POST /api/validate-yaml",
    "info": f"GET /api/datasets/{REPO}$",
    "create": "POST /api/repos/create",
    "tree": "GET .*/tree/",
    "preupload": "POST .*/preupload/",
    "batch": "POST .*/objects/batch",
    "part": "PUT /lfs/.*/part/2",
    "complete": "POST /lfs/.*/complete",
    "whole": "PUT /lfs/[0-9a-f]*$",
    "verify": "POST /lfs/.*/verify",
    "commit": "POST .*/commit/main",
    "tag": "POST .*/tag/",
}
FAILURES = {
    "429": {"what": 429, "headers": {"Retry-After": "7"}},
    "503": {"what": 503},
    "cut": {"what": "cut", "after": 9},
    "mute": {"what": "mute"},
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_passing_failure_is_got_over(hub: Hub, folder: Path, naps: list[float], request_: str, failure: str) -> None:
    hub.part_size = 20_000
    hub.faults = [Fault(REQUESTS[request_], times=2, **FAILURES[failure])]  # type: ignore[arg-type]
    found = pushed(hub, folder)
    assert hub.faults[0].times == 0
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)
    assert len(hub.repos[REPO].commits) == 2 and hub.repos[REPO].tags == {"v1.0.0": found.commit}
    assert len(naps) == 2
    assert all(nap >= (7 if failure == "429" else 1) for nap in naps)


def test_rate_limits_of_the_hub_are_kept(hub: Hub, folder: Path, naps: list[float]) -> None:
    told: list[str] = []
    limit = {"RateLimit": '"api";r=0;t=41', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    hub.faults = [Fault(REQUESTS["commit"], 429, headers=limit), Fault(REQUESTS["preupload"], 429, headers=limit)]
    pushed(hub, folder, tell=told.append)
    assert naps == [42, 42] and "127.0.0.1 asks to wait 42 s" in told


@pytest.mark.parametrize("request_", ["who", "create", "whole", "commit", "tag"])
def test_a_hub_that_does_not_answer_is_asked_again(
    hub: Hub, folder: Path, naps: list[float], request_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.publish.hub.ANSWER_SECONDS", 0.2)
    hub.faults = [Fault(REQUESTS[request_], "stop")]
    found = pushed(hub, folder)
    assert naps == [1] and on_hub(hub) == contents(folder) and hub.repos[REPO].tags == {"v1.0.0": found.commit}


@pytest.mark.parametrize("request_", ["whole", "commit", "tag"])
@pytest.mark.parametrize("what", [503, "cut"])
def test_after_a_lasting_failure_the_same_goes_on(hub: Hub, folder: Path, request_: str, what: int | str) -> None:
    oid = hashlib.sha256(DATA[TRAIN]).hexdigest()
    pattern = f"PUT /lfs/{oid}" if request_ == "whole" else REQUESTS[request_]
    hub.faults = [Fault(pattern, what, times=1000)]
    with pytest.raises(PushError, match=r"^127\.0\.0\.1: (fails \(503|cannot be reached \().*run the same again.*$"):
        pushed(hub, folder)
    assert hub.repos[REPO].tags == {}
    assert on_hub(hub) == (contents(folder) if request_ == "tag" else {})  # all or nothing
    kept = set(hub.objects)
    assert len(kept) == (1 if request_ == "whole" else 2)
    hub.faults.clear()
    hub.seen.clear()
    pushed(hub, folder)
    sent = {path.split("/")[2] for method, path, _ in hub.seen if method == "PUT"}
    assert sent == ({oid} if request_ == "whole" else set())
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)
    assert len(hub.repos[REPO].commits) == 2


def test_a_killed_push_goes_on(hub: Hub, folder: Path, tmp_path: Path) -> None:
    oid = hashlib.sha256(DATA[TRAIN]).hexdigest()
    hub.faults = [stop := Fault(f"PUT /lfs/{oid}", "stop")]
    with subprocess.Popen(**in_a_process(hub, folder, tmp_path)) as process:
        assert stop.reached.wait(30)
        while len(hub.objects) < 1:  # the other file arrives
            time.sleep(0.01)
        process.kill()
    stop.released.set()
    assert on_hub(hub) == {}
    hub.objects.pop(oid, None)  # what had come of it in the killed process's buffers
    hub.seen.clear()
    pushed(hub, folder)
    assert {path.split("/")[2] for method, path, _ in hub.seen if method == "PUT"} == {oid}
    assert on_hub(hub) == on_hub(hub, "v1.0.0") == contents(folder)


def in_a_process(hub: Hub, folder: Path, home: Path, code: str = "", **environment: str) -> dict[str, Any]:
    """The arguments of a process that pushes the folder, with an environment as a user's."""
    code = code or f"push_folder(Path({str(folder)!r}), {REPO!r}, tell=print)"
    environment = {
        "PYTHONPATH": str(ROOT), "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_XET": "1", "PATH": os.environ["PATH"], **environment,
    }  # fmt: skip
    program = f"from pathlib import Path\nfrom pipeline.publish.push import push_folder\n{code}"
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return {"args": [sys.executable, "-c", program], "env": environment, "cwd": home, **output}


# what is refused


def refused(hub: Hub, folder: Path, repo: str = REPO, **options: Any) -> str:
    """The line that a push ends with, which must have changed nothing."""
    before = {name: found.head for name, found in hub.repos.items()}
    with pytest.raises(ZhaiyiError) as caught:
        pushed(hub, folder, repo, **options)
    line = str(caught.value)
    assert "\n" not in line and TOKEN not in line and len(line) < 400
    assert {name: found.head for name, found in hub.repos.items() if before} == before
    assert not any(found.tags for found in hub.repos.values()) and on_any(hub) == set()
    return line


def on_any(hub: Hub) -> set[str]:
    return {path for name, found in hub.repos.items() for path in found.files} - {".gitattributes"}


@pytest.mark.parametrize(
    "repo",
    ["", "abstracts", "a/b/c", "user/ab stracts", "user/-x", "user/a--b", "user/x.git", "用户/摘要", "datasets/u/n"],
)
def test_names_that_cannot_be(hub: Hub, folder: Path, repo: str) -> None:
    assert "no name of a data set: write user/name" in refused(hub, folder, repo)
    assert hub.seen == []


def test_no_token(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert refused(hub, folder) == "127.0.0.1: no token to push with; run `hf auth login`, or set HF_TOKEN"
    assert hub.seen == []


def test_the_token_of_the_login(hub: Hub, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    pushed(hub, folder)
    assert on_hub(hub) == contents(folder)


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ("hf_unknown", r"127\.0\.0\.1: does not accept the token .*; log in again, or set HF_TOKEN to a valid one"),
        (f"{TOKEN}\x01", "the token holds characters that no token has; .*"),
        (f"{TOKEN} 汉", "the token holds characters that no token has; .*"),
    ],
)
def test_tokens_that_are_none(hub: Hub, folder: Path, token: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    assert re.fullmatch(line, refused(hub, folder))


def test_a_token_for_reading(hub: Hub, folder: Path) -> None:
    hub.add_user("user", TOKEN, role="read")
    assert refused(hub, folder) == (f"{REPO}: no right to push: the token of user is for reading; use one for writing")


def test_anothers_namespace(hub: Hub, folder: Path) -> None:
    line = refused(hub, folder, "other/set")
    assert line.startswith("other/set: no right to push (You don't have the rights to create a dataset under")
    assert line.endswith("; use a token that may write to other's data sets")


def test_anothers_public_data_set(hub: Hub, folder: Path) -> None:
    hub.repos["other/set"] = pre_made(private=False, files={})
    assert refused(hub, folder, "other/set").startswith("other/set: no right to push (Forbidden")
    assert hub.objects == {}


def test_anothers_private_data_set(hub: Hub, folder: Path) -> None:
    hub.repos["other/set"] = pre_made(private=True, files={})
    assert refused(hub, folder, "other/set").startswith("other/set: no right to push")


@pytest.mark.parametrize(
    ("pattern", "status", "message", "line"),
    [
        ("create", 404, "Namespace not found", f"{REPO}: not found .*no such user or organisation as user.*"),
        ("commit", 403, "Private repository storage limit reached", f"{REPO}: 127.* has no room for it: Private .*"),
        ("batch", 413, "Payload too large", f"{REPO}: 127.* has no room for it: Payload too large"),
        ("commit", 400, "LFS pointer\nis odd", f"{REPO}: 127.* cannot take it: LFS pointer is odd"),
        ("commit", 400, f"who is {TOKEN}", f"{REPO}: 127.* cannot take it: who is <token>"),
        ("commit", 409, "Conflict", f"{REPO}: changed on 127.* meanwhile .*"),
        ("commit", 418, "I'm a teapot", f"{REPO}: 127.* refuses .418: I'm a teapot."),
        ("preupload", 429, "Slow down", "127.*: too many requests .Slow down.; run the same again later to go on"),
        ("commit", 429, "Slow down", "127.*: too many requests .Slow down.; run the same again later to go on"),
        ("create", 500, "Internal", "127.*: fails .500: Internal.; run the same again later to go on"),
    ],
)
def test_what_the_hub_refuses(hub: Hub, folder: Path, pattern: str, status: int, message: str, line: str) -> None:
    hub.faults = [Fault(REQUESTS[pattern], status, times=1000, message=message)]
    assert re.fullmatch(line, refused(hub, folder))


def test_a_pause_too_long_is_not_made(hub: Hub, folder: Path, naps: list[float]) -> None:
    hub.faults = [Fault(REQUESTS["create"], 429, headers={"Retry-After": "86400"})]
    assert "too many requests" in refused(hub, folder)
    assert naps == []


def test_a_card_that_the_hub_cannot_read(hub: Hub, folder: Path) -> None:
    write_folder(folder, card="---\nlicense: {a: 1}\n---\n# A\n")
    assert refused(hub, folder) == f'{REPO}: 127.0.0.1 cannot take it: "license" must be a string'
    assert hub.repos == {}


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://user:secret@127.0.0.1:9"])
def test_no_hub_there(hub: Hub, folder: Path, naps: list[float], endpoint: str) -> None:
    with pytest.raises(
        PushError, match=r"^127\.0\.0\.1: cannot be reached \(.*\); what was sent is kept there"
    ) as caught:
        push_folder(folder, REPO, endpoint=endpoint)
    assert "secret" not in str(caught.value) and naps == [1, 2, 4, 8, 16]


def test_no_address_of_a_hub(hub: Hub, folder: Path) -> None:
    with pytest.raises(PushError, match=r"^HF_ENDPOINT is no address of a hub"):
        push_folder(folder, REPO, endpoint="ftp://hub")


def test_offline(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert refused(hub, folder) == "127.0.0.1: offline mode is on; unset HF_HUB_OFFLINE to push"


BROKEN = {
    "changed": (lambda folder: (folder / TRAIN).write_bytes(b""), f"{TRAIN}: changed since it was published"),
    "missing": (lambda folder: (folder / TRAIN).unlink(), f"{TRAIN}: missing"),
    "more": (lambda folder: (folder / "data/x").touch(), "data/x: not in the manifest"),
    "no manifest": (
        lambda folder: (folder / "manifest.sha256").unlink(),
        "manifest.sha256: cannot be read, so this is",
    ),
    "no version": (lambda folder: write_folder(folder, version=""), "run.json: says no version"),
    "odd version": (lambda folder: write_folder(folder, version="1.0/../x"), "run.json: says no version"),
    "a line": (
        lambda folder: (folder / "manifest.sha256").write_text("x\n"),
        "manifest.sha256:1: no line of a manifest",
    ),
    "outside": (
        lambda folder: (folder / "manifest.sha256").write_text("0" * 64 + "  ../x\n"),
        "manifest.sha256:1: no line of a manifest",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_folder_that_is_not_as_published(hub: Hub, folder: Path, kind: str) -> None:
    do_break, line = BROKEN[kind]
    do_break(folder)
    assert line in refused(hub, folder)
    assert hub.seen == []


# the token


@pytest.mark.parametrize("failure", [None, "commit", "whole"])
def test_the_token_is_written_nowhere(hub: Hub, folder: Path, tmp_path: Path, failure: str | None) -> None:
    if failure:
        hub.faults = [Fault(REQUESTS[failure], 403, times=1000, message=f"the token {TOKEN} is wrong")]
    debug = {"HF_DEBUG": "1", "HF_HUB_VERBOSITY": "debug", "PYTHONWARNINGS": "always"}
    done = subprocess.run(**in_a_process(hub, folder, tmp_path, **debug), timeout=60)
    assert (done.returncode != 0) is bool(failure), done.stderr
    assert "Send: curl" in done.stderr and "authorization: <TOKEN>" in done.stderr  # debugging is on
    assert TOKEN not in done.stdout + done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert TOKEN not in repr([make_plan(folder, REPO, endpoint=hub.endpoint), open_hub(REPO, hub.endpoint)])


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
