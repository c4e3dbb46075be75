"""Send a published data set to a hub: one commit, then a tag with its version; run again it goes on where it was cut.

Files that the hub has already are not sent again. The token comes from the environment or the hub's own login and is
never shown. What was tried: a loopback server that speaks the hub's protocol with Git LFS; a real hub with Xet was not.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PushError
from pipeline.publish.growth import SCHEMA
from pipeline.publish.verify import MANIFEST, check_manifest

CARD, INFO = "README.md", "run.json"
_HUBS_OWN = frozenset((".gitattributes",))
_TRIES, _LONGEST_WAIT = 5, 30.0  # of a request that is not an upload; seconds
_FIRST_WAIT = float(os.environ.get("ZHAIYI_PUSH_WAIT", "1"))  # seconds, doubled with every try


@dataclass(frozen=True, slots=True)
class Remote:
    """A data set as the hub has it: its last commit, and by file the digest (LFS: sha256, else a git blob's)."""

    commit: str
    files: dict[str, str]
    version: str
    card_is_ours: bool

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but what the hub itself puts there."""
        return not self.files.keys() - _HUBS_OWN


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What would go: files to send with their sizes, files to delete, and how many the hub has already."""

    repo: str
    tag: str
    private: bool
    new: bool
    send: dict[str, int]
    delete: tuple[str, ...]
    same: int
    parent: str

    def lines(self) -> list[str]:
        """The plan for a person to read."""
        kind = f"{'a new' if self.new else 'an existing'} {'private ' if self.private and self.new else ''}data set"
        total = sum(self.send.values())
        head = f"{self.repo}: {kind}, version {self.tag}; {len(self.send)} files to send ({total / 1e6:.1f} MB), "
        head += f"{len(self.delete)} to delete, {self.same} there already"
        sent = [f"  send {name} ({size:,} bytes)" for name, size in self.send.items()]
        return [head, *sent, *(f"  delete {name}" for name in self.delete)]


def push_folder(
    folder: Path,
    repo: str,
    *,
    private: bool = True,
    dry_run: bool = False,
    overwrite_card: Callable[[], bool] = lambda: False,
    tell: Callable[[str], None] = lambda _: None,
    endpoint: str = "",
) -> str:
    """Push a data set's folder; the address of the data set.

    `overwrite_card` is asked if the card on the hub is not the one that was pushed last. Raises `PushError` in one
    line for whatever prevents it; then no commit was made. Running it again sends only what is missing.
    """
    digests = check_manifest(folder)
    version = str(_info_of((folder / INFO).read_text(encoding="utf-8"), str(folder))["version"])
    with _explained(repo):
        api = _api(endpoint)
        remote = _remote(api, repo)
        plan = _plan(folder, digests, remote, repo, f"v{version}", private)
        if remote and CARD in remote.files and CARD in plan.send and not remote.card_is_ours and not overwrite_card():
            raise PushError(
                f"{repo}: its card was changed on the hub since the last push; allow it to be overwritten, or merge it"
            )
        for line in plan.lines():
            tell(line)
        if not dry_run:
            _push(api, plan, folder, remote is None)
    return f"{api.endpoint}/datasets/{repo}"


def _api(endpoint: str) -> Any:
    from huggingface_hub import HfApi, constants, get_token

    if constants.is_offline_mode() if hasattr(constants, "is_offline_mode") else constants.HF_HUB_OFFLINE:
        raise PushError("the hub's client is in offline mode: unset HF_HUB_OFFLINE to push")
    token = get_token()
    if not token:
        raise PushError("no token: set HF_TOKEN, or log in with `hf auth login`")
    return HfApi(endpoint=endpoint or None, token=token, library_name="zhaiyi")


def _info_of(text: str, place: str) -> dict[str, Any]:
    try:
        info = json.loads(text)
        if info.get("schema") == SCHEMA and info.get("version"):
            return dict(info)
    except (ValueError, AttributeError):
        pass
    raise PushError(f"{place}: holds something else than a data set of ours; name another")


def _remote(api: Any, repo: str) -> Remote | None:
    """What the hub has under this name; None if there is nothing. Raises `PushError` for what is not ours."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = _again(api.dataset_info, repo, files_metadata=True)
    except RepositoryNotFoundError:
        return None
    files = {one.rfilename: one.lfs.sha256 if one.lfs else one.blob_id for one in info.siblings or ()}
    if not files.keys() - _HUBS_OWN - {CARD}:
        return Remote(info.sha, files, "", CARD not in files)
    if INFO not in files:
        raise PushError(f"{repo}: holds something else than a data set of ours; name another")
    path = _again(api.hf_hub_download, repo, INFO, repo_type="dataset", revision=info.sha)
    version = str(_info_of(Path(path).read_text(encoding="utf-8"), repo)["version"])
    return Remote(info.sha, files, version, _card_is_ours(api, repo, f"v{version}", files.get(CARD, "")))


def _card_is_ours(api: Any, repo: str, tag: str, card: str) -> bool:
    """Whether the card is the one that was tagged with the version that the hub has."""
    from huggingface_hub.errors import RevisionNotFoundError

    try:
        tagged = _again(api.get_paths_info, repo, [CARD], repo_type="dataset", revision=tag)
    except RevisionNotFoundError:
        return False  # cut off before it was tagged, or never ours
    return any(one.blob_id == card for one in tagged)


def _plan(folder: Path, digests: dict[str, str], remote: Remote | None, repo: str, tag: str, private: bool) -> PushPlan:
    there = remote.files if remote else {}
    names = [*digests, MANIFEST]
    same = [name for name in there.keys() & set(names) if there[name] in (digests.get(name), _git_blob(folder / name))]
    if remote and tag == f"v{remote.version}" and len(same) < len(names) and remote.card_is_ours:
        raise PushError(
            f"{repo}: has {tag} with other content; publish a new version, or take the data set from the hub first"
        )
    return PushPlan(
        repo=repo,
        tag=tag,
        private=private,
        new=remote is None,
        send={name: (folder / name).stat().st_size for name in names if name not in same},
        delete=tuple(sorted(there.keys() - set(names) - _HUBS_OWN)),
        same=len(same),
        parent=remote.commit if remote else "",
    )


def _git_blob(path: Path) -> str:
    """The digest by which git knows a file."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _push(api: Any, plan: PushPlan, folder: Path, new: bool) -> None:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    if new:
        _again(api.create_repo, plan.repo, repo_type="dataset", private=plan.private, exist_ok=True)

    def committed() -> str:
        operations = [
            *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in plan.send),
            *(CommitOperationDelete(path_in_repo=name) for name in plan.delete),
        ]
        made = api.create_commit(
            plan.repo, operations, commit_message=f"Version {plan.tag[1:]}", repo_type="dataset",
            parent_commit=plan.parent or None,
        )  # fmt: skip
        return str(made.oid)

    commit = _again(committed) if plan.send or plan.delete else plan.parent
    _again(api.create_tag, plan.repo, tag=plan.tag, revision=commit, repo_type="dataset", exist_ok=True)


def _again(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call the hub, and again after a while where it is busy or the line was cut; uploads do so by themselves."""
    import tenacity
    from huggingface_hub.errors import HfHubHTTPError

    def is_passing(error: BaseException) -> bool:
        if isinstance(error, HfHubHTTPError):
            return error.response.status_code in (429, 500, 502, 503, 504)
        return type(error).__name__ in _CUT

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.response.headers.get("Retry-After", "") if isinstance(error, HfHubHTTPError) else ""
        seconds = float(asked) if asked.isdecimal() else _FIRST_WAIT * 2 ** (state.attempt_number - 1)
        return min(seconds, _LONGEST_WAIT)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_passing), wait=wait, stop=tenacity.stop_after_attempt(_TRIES), reraise=True
    )
    return retrying(call, *arguments, **named)


_CUT = (
    "ConnectError",
    "ReadError",
    "WriteError",
    "RemoteProtocolError",
    "ConnectTimeout",
    "ReadTimeout",
    "WriteTimeout",
)
"""What the hub's client raises where the line is cut, in whichever HTTP library it has."""
_MEANING = {
    401: "the token is not accepted; log in again, or set another in HF_TOKEN",
    403: "this token has no right to push there; take one that may write, or another name",
    404: "no such user or organisation, or no right to see it; check the name and the token",
    409: "it was changed by someone else meanwhile; push again",
    412: "it was changed by someone else meanwhile; push again",
    413: "more than the hub takes in one commit; publish less at once",
    429: "the hub is busy and asks to wait; push again later, what was sent is not sent again",
}


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Turn what the hub's client raises into one line; nothing of a request, and no token, gets into it."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except HFValidationError as error:
        raise PushError(f"{repo!r} is no name of a data set; give one such as user/name") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        meaning = _MEANING.get(status, "push again; what was sent is not sent again")
        raise PushError(f"{repo}: the hub answered {status}: {meaning}") from None
    except (OSError, RuntimeError) as error:
        raise PushError(_unreachable(repo, error)) from None
    except Exception as error:
        if type(error).__name__ not in _CUT:
            raise
        raise PushError(_unreachable(repo, error)) from None


def _unreachable(repo: str, error: BaseException) -> str:
    return f"{repo}: the line to the hub was cut ({type(error).__name__}); push again, what was sent is not sent again"
