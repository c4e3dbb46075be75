"""What a push would change on the hub: compared in memory, and said in lines."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from pipeline.errors import PushError
from pipeline.publish.manifest import CARD, MANIFEST, CheckedFolder, LocalFile

MADE_BY_HUB = ".gitattributes"
GROUP_FILES, GROUP_BYTES = 64, 512_000_000  # of a list, unless one file has more
SHOWN = 20  # files of a kind
SHOWN_OF_CARD = 60  # lines of a card's changes
Card = Literal["new", "same", "ours", "others"]
"""The card on the hub: not there; as ours; as the last push left it; as somebody changed or wrote it."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on the hub: `sha256` of large ones, "" for those kept in git, whose hash `git` is."""

    path: str
    size: int
    git: str
    sha256: str = ""

    def holds(self, file: LocalFile) -> bool:
        """Whether it has the content of a local file."""
        return self.sha256 == file.sha256 if self.sha256 else self.git == file.git


@dataclass(frozen=True, slots=True)
class Changes:
    """What is sent and deleted, what stays; `kept` are files on the hub that no push of ours brought."""

    new: tuple[LocalFile, ...]
    changed: tuple[LocalFile, ...]
    same: tuple[LocalFile, ...]
    deleted: tuple[str, ...]
    kept: tuple[str, ...]
    card: Card

    @property
    def sent(self) -> tuple[LocalFile, ...]:
        """The files to send."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class PushPlan:
    """All that a push would do, and the state of the hub that it was made for.

    `head` is the commit on the hub that it changes, "" where there is no such data set yet; `before` is the version
    there, "" if none; `tagged` says that this version's tag is there already; `private` is how the data set is, or will
    be made.
    """

    folder: CheckedFolder
    repo: str
    endpoint: str
    user: str
    private: bool
    head: str
    before: str
    tagged: bool
    changes: Changes
    card_diff: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """The tag that the version gets."""
        return f"v{self.folder.version}"


def compare(
    files: Sequence[LocalFile],
    there: Mapping[str, HubFile],
    pushed: Mapping[str, str],
    fetch: Callable[[str], bytes],
) -> Changes:
    """Compare a folder's files with those on the hub, where the last push brought those of `pushed`, path to SHA-256.

    `fetch` gives the content of a small file on the hub. Raises `PushError` if files other than the card would be
    replaced or deleted that others changed or brought.
    """
    own = {file.path: file for file in files}
    changed = [file for file in files if file.path in there and not there[file.path].holds(file)]
    deleted = [path for path in sorted(pushed) if path in there and path not in own]
    foreign = [
        path
        for path in [*(file.path for file in changed), *deleted]
        if path != MANIFEST and not _is_as_pushed(there[path], pushed, fetch)
    ]
    if others := sorted(set(foreign) - {CARD}):
        raise PushError(
            f"{', '.join(others[:3])}{f' and {len(others) - 3} more' if len(others) > 3 else ''}: changed on the hub "
            "since the last push, or never pushed from here; move them there, or push to a new name"
        )
    return Changes(
        new=tuple(file for file in files if file.path not in there),
        changed=tuple(changed),
        same=tuple(file for file in files if file.path in there and there[file.path].holds(file)),
        deleted=tuple(deleted),
        kept=tuple(sorted(there.keys() - own.keys() - set(deleted) - {MADE_BY_HUB})),
        card=_card(own[CARD], there.get(CARD), CARD in foreign),
    )


def _is_as_pushed(file: HubFile, pushed: Mapping[str, str], fetch: Callable[[str], bytes]) -> bool:
    if file.path not in pushed:
        return False
    return pushed[file.path] == (file.sha256 or hashlib.sha256(fetch(file.path)).hexdigest())


def _card(own: LocalFile, there: HubFile | None, is_foreign: bool) -> Card:
    if there is None:
        return "new"
    if there.holds(own):
        return "same"
    return "others" if is_foreign else "ours"


def groups(files: Sequence[LocalFile]) -> Iterator[list[LocalFile]]:
    """Files in their order, in lists that are sent together; after each, progress is told."""
    group: list[LocalFile] = []
    for file in files:
        if group and (len(group) == GROUP_FILES or sum(one.size for one in group) + file.size > GROUP_BYTES):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def card_changes(theirs: bytes, ours: bytes) -> tuple[str, ...]:
    """What would change in a card, as the lines of a unified diff.

    >>> card_changes(b"# A\\n", b"# B\\n")[-2:]
    ('-# A', '+# B')
    """
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (theirs, ours))
    return tuple(unified_diff(before, after, "on the hub", "here", lineterm="", n=1))


def describe(plan: PushPlan) -> Iterator[str]:
    """The lines that tell a user what would go, stay and be deleted."""
    changes = plan.changes
    state = "private" if plan.private else "public"
    was = f"{state}, holds {plan.before or 'no version'}" if plan.head else f"to be made, {state}"
    yield f"{plan.endpoint}/datasets/{plan.repo} ({was}), as {plan.user}"
    for kind, files in (("new", changes.new), ("changed", changes.changed)):
        yield from _shown(kind, [f"{file.path}  {size_of(file.size)}" for file in files])
    yield from _shown("deleted", changes.deleted)
    yield from _shown("left alone, not from here", changes.kept)
    yield from _shown("hidden here, not sent", plan.folder.ignored)
    if changes.same:
        yield f"  the same there: {len(changes.same)} files, {size_of(sum(file.size for file in changes.same))}"
    if plan.card_diff:
        yield "  the card there was not pushed from here, or changed since:"
        yield from (f"    {line}" for line in plan.card_diff[:SHOWN_OF_CARD])
        if len(plan.card_diff) > SHOWN_OF_CARD:
            yield f"    ... and {len(plan.card_diff) - SHOWN_OF_CARD} lines more"
    yield _total(plan)


def _total(plan: PushPlan) -> str:
    sent, deleted = plan.changes.sent, plan.changes.deleted
    tag = f"tag {plan.tag}" + (" is there" if plan.tagged else " to be set")
    if not sent and not deleted:
        return f"nothing to send; {tag}"
    size = size_of(sum(file.size for file in sent))
    return f"{len(sent)} files ({size}) to send, {len(deleted)} to delete, in one commit; {tag}"


def _shown(kind: str, lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  {kind}: {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  {kind}: ... and {len(lines) - SHOWN} more"


def size_of(count: float) -> str:
    """Bytes, for people.

    >>> size_of(999), size_of(1_234_567)
    ('999 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
