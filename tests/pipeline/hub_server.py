"""A hub on the loopback interface that answers what huggingface_hub asks of it, and fails on demand.

Data sets, their commits and their large files are held in memory. Paths, status codes, headers and bodies are those that
the library reads. `Fault`s say which requests fail and how. Run as a program, it serves until it is stopped.
"""

import base64
import hashlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.zip filter=lfs diff=lfs merge=lfs -text\n"
MOVED_ON = "A commit has happened since. Please refresh and try again."


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass(frozen=True)
class Blob:
    content: bytes
    is_large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def entry(self, path: str) -> dict[str, Any]:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.content)}\n"
        entry = {"type": "file", "path": path, "size": len(self.content), "oid": git_hash(self.content)}
        if self.is_large:
            large = {"oid": self.sha256, "size": len(self.content), "pointerSize": len(pointer)}
            entry |= {"oid": git_hash(pointer.encode()), "lfs": large}
        return entry


@dataclass
class Repo:
    private: bool
    commits: list[tuple[str, str, dict[str, Blob]]] = field(default_factory=list)  # id, message, files
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, message: str, files: dict[str, Blob]) -> str:
        entries = json.dumps([blob.entry(path) for path, blob in sorted(files.items())])
        commit = hashlib.sha1(f"{len(self.commits)} {message} {entries}".encode()).hexdigest()
        self.commits.append((commit, message, files))
        return commit

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def files(self) -> dict[str, Blob]:
        return self.commits[-1][2]

    def at(self, revision: str) -> tuple[str, dict[str, Blob]]:
        wanted = self.head if revision == "main" else self.tags.get(revision, revision)
        for commit, _, files in self.commits:
            if commit == wanted:
                return commit, files
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")


class Refused(Exception):
    def __init__(self, status: int, message: str, code: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, {"X-Error-Message": message, **headers}
        self.body: dict[str, Any] = {"error": message}
        if code:
            self.headers["X-Error-Code"] = code


@dataclass
class Fault:
    """What happens to the next `times` requests whose "METHOD path" matches: a status, or one of

    cut: the connection is reset after `after` bytes of the body; mute: all is done, and reset without an answer;
    stop: `reached` is set and nothing happens until `released` is.
    """

    pattern: str
    what: int | str
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "as told"
    after: int = 1000
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Hub:
    """The state of the hub; `seen` are the requests, as method, path and bytes of the body that arrived."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str, int]] = []
        self.part_size, self.page_size = 1 << 30, 1000
        self.endpoint = ""
        self.lock = threading.RLock()

    def add_user(self, name: str, token: str, role: str = "write", orgs: tuple[str, ...] = ()) -> None:
        self.users[token] = {"name": name, "role": role, "orgs": orgs}

    def sent(self, pattern: str) -> list[int]:
        """The sizes of the bodies of requests like this."""
        return [size for method, path, size in self.seen if re.search(pattern, f"{method} {path}")]

    def fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times and re.search(fault.pattern, f"{method} {path}"):
                    fault.times -= 1
                    return fault
        return None

    def repo(self, name: str, user: dict[str, Any] | None) -> Repo:
        repo = self.repos.get(name)
        if repo is None or (repo.private and not may_write(user, name)):
            raise Refused(404, "Repository not found", "RepoNotFound")
        return repo


def may_write(user: dict[str, Any] | None, repo: str) -> bool:
    return user is not None and repo.partition("/")[0] in (user["name"], *user["orgs"])


Answer = tuple[int, dict[str, str], bytes]
ROUTES: list[tuple[re.Pattern[str], bool, Callable[..., Any]]] = []


def route(pattern: str, writes: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer requests whose "METHOD path" is like this; `writes` needs the right to write to `repo`."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        filled = pattern.replace("{repo}", r"(?P<repo>[^/]+/[^/]+?)").replace("{rev}", r"(?P<rev>[^/]+)")
        ROUTES.append((re.compile(filled), writes, function))
        return function

    return add


@route("GET /api/whoami-v2")
def whoami(hub: Hub, user: dict[str, Any] | None, **_: Any) -> Any:
    if user is None:
        raise Refused(401, "Invalid username or password.")
    orgs = [{"type": "org", "name": name, "roleInOrg": "write"} for name in user["orgs"]]
    auth = {"type": "access_token", "accessToken": {"displayName": "test", "role": user["role"]}}
    return {"type": "user", "id": "1", "name": user["name"], "fullname": "", "orgs": orgs, "auth": auth}


@route("POST /api/repos/create")
def create(hub: Hub, user: dict[str, Any] | None, body: bytes, **_: Any) -> Any:
    wanted = json.loads(body)
    name = f"{wanted['organization']}/{wanted['name']}"
    if not may_write(user, name) or not user or user["role"] == "read":
        raise Refused(403, f'You don\'t have the rights to create a {wanted["type"]} under the namespace "{name}"')
    if name in hub.repos:
        raise Refused(409, f"You already created this {wanted['type']} repo")
    hub.repos[name] = Repo(private=wanted.get("visibility") == "private")
    hub.repos[name].commit("initial commit", {".gitattributes": Blob(ATTRIBUTES, is_large=False)})
    return {"url": f"{hub.endpoint}/datasets/{name}", "name": name, "id": "1"}


@route("POST /api/validate-yaml")
def validate(body: bytes, **_: Any) -> Any:
    head = re.match(r"---\n(.*?)\n---\n", json.loads(body)["content"], re.DOTALL)
    try:
        data = yaml.safe_load(head[1]) if head else {}
    except yaml.YAMLError as error:
        return Refused(400, str(error)), {"errors": [{"message": f"YAML Metadata Error: {error}"}], "warnings": []}
    if "license" in data and not isinstance(data["license"], str | list):
        return Refused(400, ""), {"errors": [{"message": '"license" must be a string'}], "warnings": []}
    return {"errors": [], "warnings": []}


@route("GET /api/datasets/{repo}(?:/revision/{rev})?")
def info(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str | None, **_: Any) -> Any:
    found = hub.repo(repo, user)
    commit, files = found.at(rev or "main")
    return {
        "_id": "1", "id": repo, "author": repo.partition("/")[0], "sha": commit, "private": found.private,
        "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": [],
        "lastModified": "2024-01-01T00:00:00.000Z", "createdAt": "2024-01-01T00:00:00.000Z",
        "siblings": [{"rfilename": path} for path in sorted(files)],
    }  # fmt: skip


@route("GET /api/datasets/{repo}/tree/{rev}(?:/(?P<path>.*))?")
def tree(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, path: str | None, query: Any, **_: Any) -> Any:
    _, files = hub.repo(repo, user).at(rev)
    prefix = f"{path}/" if path else ""
    inside = {name: blob for name, blob in files.items() if name.startswith(prefix)}
    if not inside:
        raise Refused(404, f"{path} does not exist", "EntryNotFound")
    folders = {"/".join(name.split("/")[:depth]) for name in inside for depth in range(1, name.count("/") + 1)}
    entries = [{"type": "directory", "oid": git_hash(name.encode()), "size": 0, "path": name} for name in folders]
    entries += [blob.entry(name) for name, blob in inside.items()]
    if "recursive" not in query or query["recursive"] == ["false"]:
        entries = [entry for entry in entries if "/" not in entry["path"].removeprefix(prefix)]
    entries = sorted((entry for entry in entries if entry["path"] != path), key=lambda entry: entry["path"])
    start = int(query.get("cursor", ["0"])[0])
    end = start + hub.page_size
    url = f"{hub.endpoint}/api/datasets/{repo}/tree/{rev}?recursive=true&cursor={end}"
    return entries[start:end], {"Link": f'<{url}>; rel="next"'} if end < len(entries) else {}


@route("POST /api/datasets/{repo}/paths-info/{rev}")
def paths_info(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, body: bytes, **_: Any) -> Any:
    _, files = hub.repo(repo, user).at(rev)
    asked = parse_qs(body.decode()).get("paths", [])
    folders = {"/".join(name.split("/")[:depth]) for name in files for depth in range(1, name.count("/") + 1)}
    found = [files[path].entry(path) for path in asked if path in files]
    return found + [
        {"type": "directory", "oid": git_hash(path.encode()), "size": 0, "path": path}
        for path in asked
        if path in folders
    ]


@route("GET /api/datasets/{repo}/refs")
def refs(hub: Hub, user: dict[str, Any] | None, repo: str, **_: Any) -> Any:
    found = hub.repo(repo, user)
    tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": commit} for tag, commit in found.tags.items()]
    return {
        "branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": found.head}], "converts": [], "tags": tags
    }  # fmt: skip


@route("POST /api/datasets/{repo}/tag/{rev}", writes=True)
def tag(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, body: bytes, **_: Any) -> Any:
    found, name = hub.repo(repo, user), json.loads(body)["tag"]
    if name in found.tags:
        raise Refused(409, "Tag reference exists already")
    found.tags[name] = found.at(rev)[0]
    return {}


@route("POST /api/datasets/{repo}/preupload/{rev}", writes=True)
def preupload(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, body: bytes, **_: Any) -> Any:
    commit, files = hub.repo(repo, user).at(rev)
    asked = json.loads(body)
    ignore = asked.get("gitIgnore", files.get(".gitignore", Blob(b"", is_large=False)).content.decode())
    answers = []
    for file in asked["files"]:
        path = file["path"]
        is_large = path.endswith((".parquet", ".zip")) or file["size"] > 10_000_000
        answer = {"path": path, "uploadMode": "lfs" if is_large else "regular"}
        answer["shouldIgnore"] = any(fnmatch(path, line) for line in ignore.splitlines())
        if path in files:
            answer["oid"] = files[path].sha256 if files[path].is_large else git_hash(files[path].content)
        answers.append(answer)
    return {"files": answers, "commitOid": commit}


@route(r"POST /datasets/{repo}\.git/info/lfs/objects/batch", writes=True)
def batch(hub: Hub, body: bytes, **_: Any) -> Any:
    objects = []
    for wanted in json.loads(body)["objects"]:
        oid, size = wanted["oid"], wanted["size"]
        answer: dict[str, Any] = {"oid": oid, "size": size, "authenticated": True}
        if oid not in hub.objects:
            upload: dict[str, Any] = {"href": f"{hub.endpoint}/lfs/{oid}?X-Amz-Signature=0", "header": {}}
            if size > hub.part_size:
                numbers = range(1, -(-size // hub.part_size) + 1)
                parts = {str(number): f"{hub.endpoint}/lfs/{oid}/part/{number}" for number in numbers}
                upload = {"href": f"{hub.endpoint}/lfs/{oid}/complete"}
                upload["header"] = {"chunk_size": str(hub.part_size), **parts}
            answer["actions"] = {"upload": upload, "verify": {"href": f"{hub.endpoint}/lfs/{oid}/verify"}}
        objects.append(answer)
    return {"transfer": "basic", "objects": objects}


def keep(hub: Hub, oid: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != oid:
        raise Refused(400, "The content does not have this hash")
    hub.objects[oid] = content


@route("PUT /lfs/(?P<oid>[0-9a-f]{64})(?:/part/(?P<part>[0-9]+))?")
def put(hub: Hub, oid: str, part: str | None, body: bytes, headers: Any, **_: Any) -> Any:
    if "Authorization" in headers:
        raise Refused(400, "Only one auth mechanism allowed")  # a signed address takes no token besides
    if part is None:
        keep(hub, oid, body)
    else:
        hub.parts.setdefault(oid, {})[int(part)] = body
    return b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}


@route("POST /lfs/(?P<oid>[0-9a-f]{64})/complete")
def complete(hub: Hub, oid: str, body: bytes, **_: Any) -> Any:
    parts = [(one["partNumber"], hub.parts[oid][one["partNumber"]], one["etag"]) for one in json.loads(body)["parts"]]
    if any(etag.strip('"') != hashlib.md5(part).hexdigest() for _, part, etag in parts):
        raise Refused(400, "InvalidPart")
    keep(hub, oid, b"".join(part for _, part, _ in sorted(parts)))
    return {}


@route("POST /lfs/(?P<oid>[0-9a-f]{64})/verify")
def verify(hub: Hub, user: dict[str, Any] | None, oid: str, body: bytes, **_: Any) -> Any:
    if user is None or len(hub.objects.get(oid, b"")) != json.loads(body)["size"]:
        raise Refused(404, "Object does not exist")
    return {}


@route("POST /api/datasets/{repo}/commit/{rev}", writes=True)
def commit(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, body: bytes, **_: Any) -> Any:
    found = hub.repo(repo, user)
    lines = [json.loads(line) for line in body.splitlines()]
    header, files = lines[0]["value"], dict(found.files)
    if header.get("parentCommit", found.head) != found.head:
        raise Refused(412, MOVED_ON)
    for line in lines[1:]:
        kind, value = line["key"], line["value"]
        if kind == "file":
            files[value["path"]] = Blob(base64.b64decode(value["content"]), is_large=False)
        elif kind == "lfsFile":
            if value["oid"] not in hub.objects:
                raise Refused(400, f"LFS object {value['oid']} does not exist")
            files[value["path"]] = Blob(hub.objects[value["oid"]], is_large=True)
        elif kind == "deletedFile":
            if files.pop(value["path"], None) is None:
                raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
    oid = found.commit(header["summary"], files)
    return {"success": True, "commitOid": oid, "commitUrl": f"{hub.endpoint}/datasets/{repo}/commit/{oid}"}


@route("(?:GET|HEAD) /datasets/{repo}/resolve/{rev}/(?P<path>.+)")
def resolve(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, path: str, headers: Any, **_: Any) -> Any:
    commit, files = hub.repo(repo, user).at(rev)
    if path not in files:
        raise Refused(404, "Entry not found", "EntryNotFound", **{"X-Repo-Commit": commit})
    blob = files[path]
    found = {"X-Repo-Commit": commit, "ETag": f'"{git_hash(blob.content)}"'}
    if not blob.is_large:
        return ranged(blob.content, headers, found)
    found |= {"X-Linked-Size": str(len(blob.content)), "X-Linked-ETag": f'"{blob.sha256}"'}
    return Redirect(), {**found, "Location": f"{hub.endpoint}/cdn/{blob.sha256}"}


@route("(?:GET|HEAD) /cdn/(?P<oid>[0-9a-f]{64})")
def cdn(hub: Hub, oid: str, headers: Any, **_: Any) -> Any:
    return ranged(hub.objects[oid], headers, {"ETag": f'"{oid}"'})


class Redirect(Exception):
    pass


def ranged(content: bytes, headers: Any, found: dict[str, str]) -> Any:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range", ""))
    if not match:
        return content, {**found, "Accept-Ranges": "bytes"}
    start, end = int(match[1]), min(int(match[2] or len(content) - 1), len(content) - 1)
    found["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return content[start : end + 1], {**found, "Accept-Ranges": "bytes"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:  # noqa: N802
        self.serve()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def serve(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        fault = self.hub.fault(self.command, path)
        if fault and fault.what == "stop":
            fault.reached.set()
            fault.released.wait(30)
        body = self.read_body(fault.after if fault and fault.what == "cut" else None)
        self.hub.seen.append((self.command, path, len(body)))
        if fault and fault.what == "cut":
            return self.reset()
        if fault and isinstance(fault.what, int):
            return self.answer(
                fault.what, {"X-Error-Message": fault.message, **fault.headers}, {"error": fault.message}
            )
        status, headers, content = self.result(path, parse_qs(address.query, keep_blank_values=True), body)
        if fault and fault.what == "mute":
            return self.reset()
        return self.answer(status, headers, content)

    def result(self, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, str], Any]:
        try:
            with self.hub.lock:
                found = self.routed(path, query, body)
        except Refused as refused:
            return refused.status, refused.headers, refused.body
        content, extra = found if isinstance(found, tuple) else (found, {})
        if isinstance(content, Refused):
            return content.status, {}, extra
        if isinstance(content, Redirect):
            return 302, extra, b""
        return 206 if "Content-Range" in extra else 200, extra, content

    def routed(self, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        user = self.hub.users.get(token)
        if token and user is None:
            raise Refused(401, "Invalid credentials in Authorization header")
        for pattern, writes, function in ROUTES:
            if match := pattern.fullmatch(f"{self.command} {path}"):
                if writes:
                    self.hub.repo(match["repo"], user)
                if writes and not (may_write(user, match["repo"]) and user and user["role"] != "read"):
                    raise Refused(403, "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request")
                return function(
                    hub=self.hub, user=user, query=query, body=body, headers=self.headers, **match.groupdict()
                )
        raise Refused(404, f"Sorry, we can't find {path}")

    def read_body(self, most: int | None) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
                if most is not None and len(body) > most:
                    return body
            self.rfile.readline()
            return body
        length = int(self.headers.get("Content-Length", "0"))
        return self.rfile.read(length if most is None else min(length, most))

    def answer(self, status: int, headers: dict[str, str], content: Any) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json; charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value.encode("ascii", "replace").decode())
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed, or a connection that was reset


@contextmanager
def serving(hub: Hub, port: int = 0) -> Iterator[Hub]:
    """Serve a hub; its `endpoint` says where."""
    server = Server(("127.0.0.1", port), type("Handler", (Handler,), {"hub": hub}))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        for fault in hub.faults:
            fault.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    by_hand = Hub()
    by_hand.add_user("user", "hf_loopback")
    with serving(by_hand, 8765), suppress(KeyboardInterrupt):
        print(f"HF_ENDPOINT={by_hand.endpoint} HF_TOKEN=hf_loopback")
        threading.Event().wait()
