"""What a hub on the loopback interface holds: users, data sets, commits, large files; and what fails on demand."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.zip filter=lfs diff=lfs merge=lfs -text\n"


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
    """An answer that is an error; `code` is what the library tells kinds of 404 apart by."""

    def __init__(self, status: int, message: str, code: str = "", body: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, {"X-Error-Message": message} if body is None else {}
        self.body = {"error": message} if body is None else body
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
    """The state of the hub; `seen` are the requests, as method, path and bytes of the body that arrived.

    Files larger than `part_size` are asked for in parts; listings come in pages of `page_size`. `xet` is the folder of
    a store for the xet protocol, if that is spoken; of what arrives there, the `expected` contents are found. `garbled`
    is the path of a file that arrives with other content than was sent.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str, int]] = []
        self.part_size, self.page_size = 1 << 30, 1000
        self.endpoint = self.xet = self.garbled = ""
        self.expected: list[bytes] = []
        self.lock = threading.RLock()

    def add_user(self, name: str, token: str, role: str = "write", orgs: tuple[str, ...] = ()) -> None:
        self.users[token] = {"name": name, "role": role, "orgs": orgs}

    def sent(self, pattern: str) -> list[int]:
        """The sizes of the bodies of requests like this."""
        return [size for method, path, size in self.seen if re.search(pattern, f"{method} {path}")]

    def take_xet(self, oid: str) -> bool:
        """Whether one of the contents that are `expected` has this hash, and stands in the xet store's files."""
        stored = [path.read_bytes() for path in Path(self.xet).rglob("*") if path.is_file()] if self.xet else []
        for content in self.expected:
            if hashlib.sha256(content).hexdigest() == oid and any(content in one for one in stored):
                self.objects[oid] = content
        return oid in self.objects

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
