"""Pushes that are refused: in one line that says what to do, with nothing changed, and without the token."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hub_store import Fault, Hub
from pushing import QUIET, REPO, REQUESTS, TOKEN, TRAIN, contents, in_a_process, on_hub, pre_made, pushed, write_folder
from pushing import folder as folder
from pushing import hub as hub
from pushing import naps as naps

from pipeline.errors import PushError, ZhaiyiError
from pipeline.publish.hub import open_hub
from pipeline.publish.push import make_plan, push_folder

pytestmark = QUIET


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
        ("whole", 403, "Expired", "localhost: refuses the upload .Expired.; run the same again, for a new address .*"),
        ("commit", 409, "Conflict", f"{REPO}: changed on 127.* meanwhile .*"),
        ("commit", 418, "I'm a teapot", f"{REPO}: 127.* refuses .418: I'm a teapot."),
        ("preupload", 429, "Slow down", "127.*: too many requests .Slow down.; run the same again later to go on"),
        ("commit", 429, "Slow down", "127.*: too many requests .Slow down.; run the same again later to go on"),
        ("create", 500, "Internal", "127.*: fails .500: Internal.; run the same again later to go on"),
        ("create", 524, "", "127.*: fails .524: no reason given.; run the same again later to go on"),
    ],
)
def test_what_the_hub_refuses(hub: Hub, folder: Path, pattern: str, status: int, message: str, line: str) -> None:
    hub.faults = [Fault(REQUESTS[pattern], status, times=1000, message=message)]
    assert re.fullmatch(line, refused(hub, folder))


def test_a_data_set_that_others_guard_is_not_made_anew(hub: Hub, folder: Path) -> None:
    guarded = {"X-Error-Code": "GatedRepo"}
    hub.faults = [Fault(REQUESTS["info"], 403, times=1000, headers=guarded, message="Access is restricted")]
    assert refused(hub, folder).startswith(f"{REPO}: no right to push (Access is restricted")
    assert not hub.sent("create")


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
    "changed": (
        lambda folder: (folder / TRAIN).write_bytes(b""),
        f"{TRAIN}: changed since it was published; bring it back",
    ),
    "missing": (lambda folder: (folder / TRAIN).unlink(), f"{TRAIN}: missing; bring it back"),
    "more": (lambda folder: (folder / "data/x").touch(), "data/x: not in the manifest; move it elsewhere"),
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
    "a file twice": (
        lambda folder: (folder / "manifest.sha256").write_text(f"{'0' * 64}  x\n" * 2),
        "manifest.sha256:2: no line of a manifest",
    ),
    "itself": (
        lambda folder: (folder / "manifest.sha256").write_text("0" * 64 + "  manifest.sha256\n"),
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
