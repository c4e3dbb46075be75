"""A small published folder, a hub on the loopback interface, and pushing the one to the other: shared by tests."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_server import serving
from hub_store import ATTRIBUTES, Blob, Hub, Repo

from pipeline.publish.push import Pushed, push_folder

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "hf_loopbackSecretToken"
REPO = "user/abstracts"
CARD = "---\nlicense: cc0-1.0\n---\n# Abstracts\n"
TRAIN, TEST = "data/train-00000.parquet", "data/test-00000.parquet"
DATA = {TRAIN: bytes(range(256)) * 200, TEST: b"PAR1 test PAR1"}
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
QUIET = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the library's use of its client


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


def pre_made(private: bool, files: dict[str, bytes]) -> Repo:
    repo = Repo(private)
    repo.commit(
        "initial commit", {path: Blob(text, False) for path, text in {".gitattributes": ATTRIBUTES, **files}.items()}
    )
    return repo


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
