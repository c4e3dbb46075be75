"""What a hub on the loopback interface answers: one function a kind of request, with the right status codes and bodies.

A function gives the content alone, or with headers: bytes as they are, all else as JSON. None of bytes is a redirect.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any
from urllib.parse import parse_qs

import yaml
from hub_store import ATTRIBUTES, Blob, Hub, Refused, Repo, git_hash, may_write

MOVED_ON = "A commit has happened since. Please refresh and try again."
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
        raise Refused(
            400, "", body={"errors": [{"message": f"YAML Metadata Error: {error}"}], "warnings": []}
        ) from error
    if "license" in data and not isinstance(data["license"], str | list):
        raise Refused(400, "", body={"errors": [{"message": '"license" must be a string'}], "warnings": []})
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
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": found.head}
    return {"branches": [main], "converts": [], "tags": tags}


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
            upload: dict[str, Any] = {"href": f"{elsewhere(hub)}/lfs/{oid}?X-Amz-Signature=0", "header": {}}
            if size > hub.part_size:
                numbers = range(1, -(-size // hub.part_size) + 1)
                parts = {str(number): f"{elsewhere(hub)}/lfs/{oid}/part/{number}" for number in numbers}
                upload = {"href": f"{hub.endpoint}/lfs/{oid}/complete"}
                upload["header"] = {"chunk_size": str(hub.part_size), **parts}
            answer["actions"] = {"upload": upload, "verify": {"href": f"{hub.endpoint}/lfs/{oid}/verify"}}
        objects.append(answer)
    return {"transfer": "basic", "objects": objects}


def elsewhere(hub: Hub) -> str:
    """The other host that large files go to and come from, without the token."""
    return hub.endpoint.replace("127.0.0.1", "localhost")


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


@route("GET /api/datasets/{repo}/xet-write-token/{rev}", writes=True)
def xet_token(hub: Hub, **_: Any) -> Any:
    if not hub.xet:
        raise Refused(404, "Sorry, we can't find the page you are looking for.")
    until = int(time.time()) + 3600
    headers = {"X-Xet-Cas-Url": f"local://{hub.xet}", "X-Xet-Access-Token": "xet", "X-Xet-Token-Expiration": str(until)}
    return {"casUrl": headers["X-Xet-Cas-Url"], "accessToken": "xet", "exp": until}, headers


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
            if value["oid"] not in hub.objects and not hub.take_xet(value["oid"]):
                raise Refused(400, f"LFS object {value['oid']} does not exist")
            files[value["path"]] = Blob(hub.objects[value["oid"]], is_large=True)
        elif kind == "deletedFile" and files.pop(value["path"], None) is None:
            raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
    if hub.garbled:
        files[hub.garbled] = Blob(b"garbled", files[hub.garbled].is_large)
    oid = found.commit(header["summary"], files)
    return {"success": True, "commitOid": oid, "commitUrl": f"{hub.endpoint}/datasets/{repo}/commit/{oid}"}


@route("(?:GET|HEAD) /datasets/{repo}/resolve/{rev}/(?P<path>.+)")
def resolve(hub: Hub, user: dict[str, Any] | None, repo: str, rev: str, path: str, headers: Any, **_: Any) -> Any:
    commit, files = hub.repo(repo, user).at(rev)
    if path not in files:
        raise Refused(404, "Entry not found", "EntryNotFound")
    blob = files[path]
    found = {"X-Repo-Commit": commit, "ETag": f'"{git_hash(blob.content)}"'}
    if not blob.is_large:
        return ranged(blob.content, headers, found)
    found |= {"X-Linked-Size": str(len(blob.content)), "X-Linked-ETag": f'"{blob.sha256}"'}
    return None, {**found, "Location": f"{elsewhere(hub)}/cdn/{blob.sha256}"}


@route("(?:GET|HEAD) /cdn/(?P<oid>[0-9a-f]{64})")
def cdn(hub: Hub, oid: str, headers: Any, **_: Any) -> Any:
    if "Authorization" in headers:
        raise Refused(400, "Only one auth mechanism allowed")
    return ranged(hub.objects[oid], headers, {"ETag": f'"{oid}"'})


def ranged(content: bytes, headers: Any, found: dict[str, str]) -> Any:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range", ""))
    if not match:
        return content, {**found, "Accept-Ranges": "bytes"}
    start, end = int(match[1]), min(int(match[2] or len(content) - 1), len(content) - 1)
    found["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return content[start : end + 1], {**found, "Accept-Ranges": "bytes"}
