"""Pushing a data set, against a loopback server that speaks what `huggingface_hub` asks of a hub."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from pipeline.publish.verify import check_manifest, write_manifest

TOKEN = "hf_secretsecretsecret"
REPO = "someone/abstracts"


class Hub:
    """What the server holds: commits (files by name, content), uploaded objects, tags; and the faults it has."""

    def __init__(self) -> None:
        self.commits: list[dict[str, bytes]] = []
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, int] = {}
        self.private: bool | None = None
        self.busy: Counter[str] = Counter()
        """Part of an address -> how many more times it answers 429."""
        self.cut = 0
        """How many more uploads are cut half-way."""
        self.refuse: dict[str, int] = {}
        """Part of an address -> the status it answers."""
        self.uploads = 0
        self.requests: list[str] = []

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[-1]


def is_lfs(name: str) -> bool:
    return name.endswith(".parquet")


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            **(headers or {}),
        }.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def stopped(self, path: str) -> bool:
        self.hub.requests.append(f"{self.command} {path}")
        for part in self.hub.busy:
            if part in path and self.hub.busy[part] > 0:
                self.hub.busy[part] -= 1
                self.answer({"error": "busy"}, 429, {"Retry-After": "0"})
                return True
        for part, status in self.hub.refuse.items():
            if part in path:
                self.answer({"error": "no"}, status)
                return True
        if "/objects/" not in path and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer({"error": "Invalid credentials"}, 401)
            return True
        return False

    def commit_of(self, revision: str) -> int | None:
        if revision in self.hub.tags:
            return self.hub.tags[revision]
        number = (
            len(self.hub.commits) - 1
            if revision == "main"
            else int(revision, 16)
            if set(revision) <= set("0123456789abcdef")
            else -1
        )
        return number if 0 <= number < len(self.hub.commits) else None

    def sibling(self, name: str, content: bytes) -> dict[str, Any]:
        known: dict[str, Any] = {"rfilename": name, "path": name, "type": "file", "size": len(content)}
        blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
        known |= {"blobId": blob, "oid": blob}
        if is_lfs(name):
            sha = hashlib.sha256(content).hexdigest()
            known["lfs"] = {"sha256": sha, "oid": sha, "size": len(content), "pointerSize": 130}
        return known

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if self.stopped(path):
            return
        if not self.hub.commits:
            self.answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
            return
        if "/resolve/" in path:
            revision, _, name = path.partition("/resolve/")[2].partition("/")
            content = self.hub.commits[self.commit_of(revision) or 0][name]
            commit = f"{self.commit_of(revision):040x}"
            etag = hashlib.sha256(content).hexdigest()
            self.answer(
                content, 200, {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "X-Linked-Size": str(len(content))}
            )
            return
        revision = path.partition("/revision/")[2] or "main"
        number = self.commit_of(revision)
        if number is None:
            self.answer({"error": "Revision not found"}, 404, {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = [self.sibling(*file) for file in self.hub.commits[number].items()]
        self.answer(
            {"id": REPO, "sha": f"{number:040x}", "private": self.hub.private, "siblings": siblings, "tags": []}
        )

    do_HEAD = do_GET  # noqa: N815  # the library asks for it by this name

    def do_POST(self) -> None:
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.stopped(path):
            return
        if path == "/api/repos/create":
            asked = json.loads(body)
            self.hub.private = asked.get("private", asked.get("visibility") == "private")
            self.hub.commits.append({".gitattributes": b"*.parquet filter=lfs\n"})
            self.answer({"url": f"{self.server_url}/datasets/{REPO}", "name": REPO, "id": REPO})
        elif path == "/api/validate-yaml":
            self.answer({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            names = [one["path"] for one in json.loads(body)["files"]]
            self.answer(
                {
                    "files": [
                        {"path": name, "uploadMode": "lfs" if is_lfs(name) else "regular", "shouldIgnore": False}
                        for name in names
                    ]
                }
            )
        elif path.endswith("/info/lfs/objects/batch"):
            self.answer({"transfer": "basic", "objects": [self.batch(one) for one in json.loads(body)["objects"]]})
        elif path == "/verify":
            found = json.loads(body)
            self.answer({}, 200 if len(self.hub.objects.get(found["oid"], b"")) == found["size"] else 404)
        elif "/paths-info/" in path:
            number = self.commit_of(path.partition("/paths-info/")[2])
            if number is None:
                self.answer({"error": "Revision not found"}, 404, {"X-Error-Code": "RevisionNotFound"})
                return
            wanted = json.loads(body)["paths"] if body.startswith(b"{") else ["README.md"]
            files = self.hub.commits[number]
            self.answer([self.sibling(name, files[name]) for name in wanted if name in files])
        elif "/commit/" in path:
            self.commit([json.loads(line) for line in body.splitlines()])
        elif "/tag/" in path:
            name = json.loads(body)["tag"]
            if name in self.hub.tags:
                self.answer({"error": "Tag reference exists already"}, 409)
                return
            self.hub.tags[name] = self.commit_of(path.partition("/tag/")[2]) or 0
            self.answer({})
        else:
            self.answer({"error": f"unknown {path}"}, 500)

    @property
    def server_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]

    def batch(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["oid"] in self.hub.objects:
            return one
        return one | {
            "actions": {
                "upload": {"href": f"{self.server_url}/objects/{one['oid']}"},
                "verify": {"href": f"{self.server_url}/verify"},
            }
        }

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        if self.hub.cut > 0:
            self.hub.cut -= 1
            self.rfile.read(size // 2)
            self.close_connection = True
            self.connection.close()
            return
        self.hub.requests.append(f"PUT {self.path}")
        content = self.rfile.read(size)
        self.hub.uploads += 1
        self.hub.objects[hashlib.sha256(content).hexdigest()] = content
        self.answer({})

    def commit(self, lines: list[dict[str, Any]]) -> None:
        head = lines[0]["value"]
        parent = head.get("parentCommit")
        if parent and parent != f"{len(self.hub.commits) - 1:040x}":
            self.answer({"error": "A commit has happened since"}, 412)
            return
        files = dict(self.hub.files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            else:
                del files[value["path"]]
        self.hub.commits.append(files)
        oid = f"{len(self.hub.commits) - 1:040x}"
        self.answer({"success": True, "commitUrl": f"{self.server_url}/datasets/{REPO}/commit/{oid}", "commitOid": oid})


@pytest.fixture
def hub() -> Iterator[tuple[Hub, str]]:
    """A hub and its address."""
    state = Hub()
    handler = type("Bound", (Handler,), {"hub": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set as `publish` leaves it, in what the hub cares for."""
    made = tmp_path / "dataset"
    (made / "data").mkdir(parents=True)
    (made / "data" / "train-00000.parquet").write_bytes(os.urandom(200_000))
    (made / "data" / "test-00000.parquet").write_bytes(os.urandom(1_000))
    (made / "README.md").write_text("# A card\n", encoding="utf-8")
    release(made, "1.0.0")
    return made


def release(folder: Path, version: str) -> None:
    info = {"schema": "zhaiyi.dataset/1", "version": version}
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    write_manifest(folder)


CODE = """
import sys, json
from pathlib import Path
import logging
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from pipeline.errors import PushError
from pipeline.publish.push import push_folder
options = json.loads(sys.argv[3])
answer = options.pop("answer", False)
try:
    print(push_folder(Path(sys.argv[1]), sys.argv[2], tell=print, overwrite_card=lambda: answer, **options))
except PushError as error:
    print(f"error: {error}")
"""


def push(hub: tuple[Hub, str], folder: Path, repo: str = REPO, token: str = TOKEN, **options: Any) -> str:
    """Push in a process of its own, whose client knows this hub alone; what it said."""
    home = folder.parent / "hub-home"
    environment = os.environ | {
        "HF_ENDPOINT": hub[1], "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "ZHAIYI_PUSH_WAIT": "0.01",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONPATH": str(Path(__file__).parents[2]), "HF_DEBUG": "1",
        "HF_HUB_VERBOSITY": "debug", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    environment.pop("HF_HUB_OFFLINE", None)
    environment |= {"HF_TOKEN": token} if token else {}
    command = [sys.executable, "-c", CODE, str(folder), repo, json.dumps(options)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert not token or token not in result.stdout + result.stderr
    for file in home.rglob("*"):
        assert not token or not file.is_file() or token.encode() not in file.read_bytes(), file
    return result.stdout


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_data_set_is_one_private_tagged_commit_with_the_same_bytes(hub: tuple[Hub, str], folder: Path) -> None:
    said = push(hub, folder)
    state = hub[0]
    assert said.endswith(f"/datasets/{REPO}\n")
    assert len(state.commits) == 2 and state.private is True and state.tags == {"v1.0.0": 1}
    assert {name: content for name, content in state.files.items() if name != ".gitattributes"} == held(folder)


def test_what_is_there_is_not_sent_again_and_what_is_gone_is_deleted(hub: tuple[Hub, str], folder: Path) -> None:
    push(hub, folder, private=False)
    assert hub[0].private is False and hub[0].uploads == 2
    (folder / "data" / "test-00000.parquet").unlink()
    (folder / "data" / "train-00001.parquet").write_bytes(b"more")
    release(folder, "1.1.0")
    said = push(hub, folder)
    assert "1 to delete, 2 there already" in said
    assert hub[0].uploads == 3 and hub[0].tags == {"v1.0.0": 1, "v1.1.0": 2}
    assert {name for name in hub[0].files if name != ".gitattributes"} == set(held(folder))
    assert "0 files to send" in push(hub, folder) and len(hub[0].commits) == 3


def test_a_dry_run_says_what_would_go_and_sends_nothing(hub: tuple[Hub, str], folder: Path) -> None:
    said = push(hub, folder, dry_run=True)
    assert "a new private data set, version v1.0.0; 5 files to send" in said
    assert "send data/train-00000.parquet (200,000 bytes)" in said
    assert hub[0].commits == [] and not any(one.startswith("POST") for one in hub[0].requests)


def test_a_busy_hub_is_asked_again(hub: tuple[Hub, str], folder: Path) -> None:
    hub[0].busy.update({"/api/datasets": 1, "/repos/create": 2, "/objects/batch": 1, "/commit/": 1, "/tag/": 1})
    said = push(hub, folder)
    assert hub[0].tags == {"v1.0.0": 1} and not +hub[0].busy, said


def test_a_cut_upload_goes_on_and_only_sends_what_is_missing(hub: tuple[Hub, str], folder: Path) -> None:
    hub[0].refuse["/commit/"] = 500 - 87  # 413: the uploads are done, the commit is not
    assert "error: someone/abstracts: the hub answered 413" in push(hub, folder)
    assert hub[0].uploads == 2 and hub[0].tags == {} and len(hub[0].commits) == 1, "no commit was made"
    hub[0].refuse.clear()
    hub[0].cut = 1
    (folder / "data" / "train-00001.parquet").write_bytes(os.urandom(300_000))
    release(folder, "1.0.0")
    push(hub, folder)
    assert hub[0].cut == 0 and hub[0].uploads == 3 and hub[0].tags == {"v1.0.0": 1}
    assert set(held(folder)) <= set(hub[0].files)


def test_a_card_that_was_changed_on_the_hub_is_not_overwritten_unasked(hub: tuple[Hub, str], folder: Path) -> None:
    push(hub, folder)
    hub[0].commits.append({**hub[0].files, "README.md": b"# Edited by hand\n"})
    (folder / "README.md").write_text("# A newer card\n", encoding="utf-8")
    release(folder, "1.0.1")
    assert "error: someone/abstracts: its card was changed on the hub" in push(hub, folder)
    assert hub[0].files["README.md"] == b"# Edited by hand\n"
    push(hub, folder, answer=True)
    assert hub[0].files["README.md"] == b"# A newer card\n" and hub[0].tags["v1.0.1"] == 3


def test_the_same_version_with_other_content_is_refused(hub: tuple[Hub, str], folder: Path) -> None:
    push(hub, folder)
    (folder / "data" / "train-00000.parquet").write_bytes(b"other")
    release(folder, "1.0.0")
    assert "error: someone/abstracts: has v1.0.0 with other content" in push(hub, folder)
    assert len(hub[0].commits) == 2


def test_a_data_set_of_someone_else_is_refused(hub: tuple[Hub, str], folder: Path) -> None:
    hub[0].commits.append({"README.md": b"x", "data.csv": b"1,2\n"})
    assert "holds something else than a data set of ours" in push(hub, folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"token": ""}, "error: no token: set HF_TOKEN, or log in with `hf auth login`"),
        ({"token": "hf_wrong"}, "error: someone/abstracts: the hub answered 401: the token is not accepted"),
        ({"repo": "no name!"}, "error: 'no name!' is no name of a data set; give one such as user/name"),
        ({"refuse": ("/repos/create", 403)}, "error: someone/abstracts: the hub answered 403: this token has no right"),
        ({"refuse": ("/commit/", 412)}, "error: someone/abstracts: the hub answered 412: it was changed by someone"),
    ],
    ids=["no token", "wrong token", "name", "no right", "changed meanwhile"],
)  # fmt: skip
def test_what_prevents_a_push_is_one_line_and_nothing_is_pushed(
    change: dict[str, Any], message: str, hub: tuple[Hub, str], folder: Path
) -> None:
    if "refuse" in change:
        path, status = change.pop("refuse")
        hub[0].refuse[path] = status
    said = push(hub, folder, **change)
    assert said.splitlines()[-1].startswith(message)
    assert hub[0].tags == {} and len(hub[0].commits) <= 1


def test_no_hub_is_one_line(folder: Path) -> None:
    said = push((Hub(), "http://127.0.0.1:9"), folder)
    assert "error: someone/abstracts: the line to the hub was cut" in said


@pytest.mark.parametrize("change", ["edit", "remove", "add"])
def test_a_folder_that_is_not_as_it_was_published_is_not_pushed(change: str, folder: Path) -> None:
    from pipeline.errors import RunError

    file = folder / "data" / "train-00000.parquet"
    if change == "edit":
        file.write_bytes(b"edited")
    elif change == "remove":
        file.unlink()
    else:
        (folder / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(RunError, match="publish the runs again"):
        check_manifest(folder)
