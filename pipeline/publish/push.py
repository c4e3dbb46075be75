"""Bring a published folder to the Hugging Face hub: looked at first, sent in one commit, tagged with its version.

No state is kept here. Large files go ahead of the commit and stay with the hub, so what was interrupted goes on when
the same is done again. Readers see nothing before the commit, which is made only if the hub is still as the plan saw
it, and is read back before it gets its tag.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PushConflict, PushError, RunError
from pipeline.publish.hub import Hub, open_hub
from pipeline.publish.manifest import CARD, MANIFEST, RUN, LocalFile, check_folder, read_manifest, version_of
from pipeline.publish.push_plan import (
    MADE_BY_HUB,
    HubFile,
    PushPlan,
    card_changes,
    compare,
    describe,
    groups,
    size_of,
)

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.hf_api import DatasetInfo

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A version on the hub: the address of the data set, the version's tag, and the commit that the tag names."""

    address: str
    tag: str
    commit: str


def push_folder(
    folder: Path,
    repo: str,
    *,
    private: bool = True,
    dry_run: bool = False,
    overwrite_card: bool = False,
    ask: Callable[[str], bool] | None = None,
    tell: Tell = lambda line: None,
    endpoint: str = "",
) -> Pushed | None:
    """Push a published folder as the data set `repo` and say where it is; None if `dry_run`, which sends nothing.

    `tell` gets the plan and the progress, a line at a time. `ask` is asked whether a card that others wrote may be
    overwritten; without it such a card is an error, unless `overwrite_card`. Raises `RunError` for a folder that is not
    as it was published, and `PushError` for what the hub refuses.
    """
    plan = make_plan(folder, repo, private=private, endpoint=endpoint, tell=tell)
    for line in describe(plan):
        tell(line)
    if dry_run:
        return None
    if plan.changes.card == "others" and not overwrite_card and ask is not None:
        overwrite_card = ask(f"{repo}: overwrite the card there, which was not pushed from here?")
    return push(plan, overwrite_card=overwrite_card, tell=tell)


def make_plan(
    folder: Path, repo: str, *, private: bool = True, endpoint: str = "", tell: Tell = lambda line: None
) -> PushPlan:
    """Look at the folder and at the hub, changing neither, and say what a push would do.

    Raises `RunError` for a folder that is not as it was published; `PushError` for a token that cannot be used, a card
    that the hub does not take, a data set there that is not ours, or other content under this version's tag.
    """
    hub = open_hub(repo, endpoint, tell)
    checked = check_folder(folder)
    card = (folder / CARD).read_bytes()
    user = _user(hub)
    hub.check_card(card.decode("utf-8", "replace"))
    info = _info(hub)
    head = str(info.sha) if info else ""
    there = _tree(hub, head) if head else {}
    before, pushed = _last_push(hub, head, there)
    changes = compare(checked.files, there, pushed, partial(hub.fetch, revision=head))
    tags = _tags(hub) if head else {}
    plan = PushPlan(
        folder=checked,
        repo=repo,
        endpoint=hub.endpoint,
        user=user,
        private=bool(info.private) if info else private,
        head=head,
        before=before,
        tagged=f"v{checked.version}" in tags,
        changes=changes,
        card_diff=card_changes(hub.fetch(CARD, head), card) if changes.card == "others" else (),
    )
    if plan.tagged and (changes.sent or changes.deleted):
        names = ", ".join([*(file.path for file in changes.sent), *changes.deleted][:3])
        raise PushError(f"{repo}: {plan.tag} is there already with other content ({names}); publish as a new version")
    return plan


def push(plan: PushPlan, *, overwrite_card: bool = False, tell: Tell = lambda line: None) -> Pushed:
    """Do what a plan says: make the data set if need be, send what is not there, commit it, tag it.

    Raises `PushError` if the card there is not ours and may not be overwritten, before anything is sent; `PushConflict`
    if the hub is no more as the plan saw it; `RunError` if a file here is no more as it was.
    """
    if plan.changes.card == "others" and not overwrite_card:
        raise PushError(
            f"{plan.repo}: its card was not pushed from here, or changed since; move the changes into your own text "
            "for the card, or agree to overwrite it"
        )
    hub = open_hub(plan.repo, plan.endpoint, tell)
    head = plan.head or _made(hub, plan.private)
    if plan.changes.sent or plan.changes.deleted:
        with _bars():
            additions = _sent(hub, plan)
        head = _committed(hub, plan, head, additions)
        if wrong := _differing(plan, _tree(hub, head)):
            raise PushError(
                f"{plan.repo}: {wrong[0]} arrived with other content; not tagged: delete it there, then push again"
            )
    if not plan.tagged:
        _tag(hub, plan.tag, head)
    tell(f"{hub.address} is at {plan.tag}")
    return Pushed(hub.address, plan.tag, head)


def _user(hub: Hub) -> str:
    """Whose token it is. Raises `PushError` if it is invalid or for reading alone."""
    who = hub.ask(hub.api.whoami)
    if who.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise PushError(f"{hub.repo}: no right to push: the token of {who['name']} is for reading; use one for writing")
    return str(who["name"])


def _info(hub: Hub) -> "DatasetInfo | None":
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    def look() -> "DatasetInfo | None":
        try:
            return hub.api.dataset_info(hub.repo)
        except GatedRepoError:  # there, but not for this token
            raise
        except RepositoryNotFoundError:
            return None

    return hub.ask(look)


def _tree(hub: Hub, revision: str) -> dict[str, HubFile]:
    from huggingface_hub.hf_api import RepoFile

    listed = partial(hub.api.list_repo_tree, hub.repo, recursive=True, revision=revision, repo_type="dataset")
    files = [entry for entry in hub.ask(lambda: list(listed()), again=False) if isinstance(entry, RepoFile)]
    return {
        file.path: HubFile(file.path, file.size, file.blob_id, file.lfs.sha256 if file.lfs else "") for file in files
    }


def _tags(hub: Hub) -> dict[str, str]:
    refs = hub.ask(partial(hub.api.list_repo_refs, hub.repo, repo_type="dataset"))
    return {tag.name: tag.target_commit for tag in refs.tags}


def _last_push(hub: Hub, head: str, there: dict[str, HubFile]) -> tuple[str, dict[str, str]]:
    """The version that the last push brought, and its manifest; empty where nothing but a card is there."""
    if not there.keys() - {MADE_BY_HUB, CARD}:
        return "", {}
    try:
        if {RUN, MANIFEST} <= there.keys():
            manifest = hub.fetch(MANIFEST, head).decode("utf-8")
            return version_of(hub.fetch(RUN, head), RUN), read_manifest(manifest, MANIFEST)
    except (RunError, UnicodeDecodeError):
        pass  # files of these names that others wrote
    raise PushError(
        f"{hub.repo}: holds files that were not pushed from here ({min(there.keys() - {MADE_BY_HUB, CARD})}, ...); "
        "push to a new name"
    )


def _made(hub: Hub, private: bool) -> str:
    """Make the data set; its first commit, which the hub makes. One that a lost answer had made is taken if empty."""
    with suppress(PushConflict):
        hub.ask(partial(hub.api.create_repo, hub.repo, repo_type="dataset", private=private))
    info = _info(hub)
    if info is None or not info.sha or bool(info.private) != private or _tree(hub, info.sha).keys() - {MADE_BY_HUB}:
        raise PushConflict(f"{hub.repo}: made by somebody else meanwhile; look at what is there, then push again")
    return str(info.sha)


def _bars() -> AbstractContextManager[object]:
    """The library's bars, of single files and bytes, on a terminal alone."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars

    return nullcontext() if sys.stderr.isatty() or are_progress_bars_disabled() else disable_progress_bars()


def _sent(hub: Hub, plan: PushPlan) -> "list[CommitOperationAdd]":
    """Send the large files that the hub lacks; what is then to be committed."""
    operations, done = [], 0
    total = size_of(sum(file.size for file in plan.changes.sent))
    for group in groups(plan.changes.sent):
        additions = [_addition(plan.folder.path, file) for file in group]
        # what the data set's .gitignore names would be left out without a word
        send = partial(hub.api.preupload_lfs_files, hub.repo, additions, gitignore_content="", free_memory=False)
        hub.ask(partial(send, repo_type="dataset"), again=False)
        operations += additions
        done += sum(file.size for file in group)
        hub.tell(f"{len(operations)} of {len(plan.changes.sent)} files ready, {size_of(done)} of {total}")
    return operations


def _addition(folder: Path, file: LocalFile) -> "CommitOperationAdd":
    """A file to commit. Raises `RunError` if it is no more as it was, or gone."""
    from huggingface_hub import CommitOperationAdd

    with suppress(OSError, ValueError):
        addition = CommitOperationAdd(file.path, folder / file.path)
        if addition.upload_info.sha256.hex() == file.sha256:
            return addition
    raise RunError(f"{folder / file.path}: changed since it was looked at; leave the folder alone while it is pushed")


def _committed(hub: Hub, plan: PushPlan, head: str, additions: "list[CommitOperationAdd]") -> str:
    """Commit on top of `head`, all or nothing; the commit. One whose answer was lost is found again."""
    from huggingface_hub import CommitOperationDelete

    operations: list[CommitOperationAdd | CommitOperationDelete] = [*additions]
    operations += [CommitOperationDelete(path, is_folder=False) for path in plan.changes.deleted]
    commit = partial(hub.api.create_commit, hub.repo, operations, commit_message=f"Version {plan.folder.version}")
    try:
        return str(hub.ask(partial(commit, repo_type="dataset", parent_commit=head)).oid)
    except PushConflict:
        info = _info(hub)
        if info is None or not info.sha or _differing(plan, _tree(hub, info.sha)):
            raise
        return str(info.sha)


def _differing(plan: PushPlan, there: dict[str, HubFile]) -> list[str]:
    """The paths that are on the hub not as in the folder."""
    wrong = [file.path for file in plan.folder.files if file.path not in there or not there[file.path].holds(file)]
    return wrong + [path for path in plan.changes.deleted if path in there]


def _tag(hub: Hub, tag: str, commit: str) -> None:
    try:
        hub.ask(partial(hub.api.create_tag, hub.repo, tag=tag, revision=commit, repo_type="dataset"))
    except PushConflict:
        if _tags(hub).get(tag) != commit:  # else it was set, and the answer lost
            raise
