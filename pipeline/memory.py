"""A translation memory: what people corrected, in an SQLite file.

A segment matches exactly, and its latest correction wins. Corrections are only ever added: so the history stays, and a
memory that is open goes on holding what it held when it was opened, while others add to the file. What this module does
not do: find segments that are merely alike.
"""

import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.finish import Script

VERSION = 1
NAME = "memory.sqlite"
"""The memory of a run's own corrections, in its folder, where no other is named."""

_APPLICATION = 0x7A687975  # what tells SQLite files of ours from others ("zhyu")
_AT_ONCE = 500  # segments in one question: SQLite takes 999 values
_WAIT = 10.0  # seconds to wait for another program that writes
_SCHEMA = (
    """CREATE TABLE corrections (
        number INTEGER PRIMARY KEY,
        script TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        corrected_by TEXT NOT NULL,
        corrected_at TEXT NOT NULL,
        origin TEXT NOT NULL
    )""",
    "CREATE INDEX corrections_by_source ON corrections (script, source)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
_COLUMNS = "source, target, script, corrected_by, corrected_at, origin"


@dataclass(frozen=True, slots=True)
class Correction:
    """A segment, or a whole title, as the pipeline normalises it, and the Chinese that a person gave it.

    `when` is ISO 8601 in UTC, "" if nobody knows; `origin` says where it comes from: a run, a file.
    """

    source: str
    target: str
    script: Script
    by: str
    when: str
    origin: str = ""


class Memory:
    """An open memory; safe to use from several threads. Made by `open_memory`, `create_memory` and `Memory.of`."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, connection.close)
        self._last = self._newest()

    @classmethod
    def of(cls, corrections: Iterable[Correction], name: str) -> "Memory":
        """A memory without a file.

        >>> memory = Memory.of([Correction("We do.", "我们做。", "hans", "Li", "2025-01-02T10:00:00Z")], "example")
        >>> memory.lookup(["We do.", "We don't."], "hans")["We do."].target
        '我们做。'
        """
        memory = cls(_prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)), name)
        memory.add(corrections)
        return memory

    def lookup(self, texts: Iterable[str], script: Script) -> dict[str, Correction]:
        """The correction of each of the texts that has one: the latest, and of equally late ones the last added."""
        wanted, found = iter(dict.fromkeys(texts)), {}
        while some := list(islice(wanted, _AT_ONCE)):
            marks = ",".join("?" * len(some))
            rows = self._rows(
                f"SELECT {_COLUMNS} FROM corrections WHERE script = ? AND source IN ({marks}) AND number <= ? "
                "ORDER BY corrected_at, number",
                script, *some, self._last,
            )  # fmt: skip
            found.update({row[0]: Correction(*row) for row in rows})
        return found

    def add(self, corrections: Iterable[Correction]) -> int:
        """Add corrections, all or none; how many are new, that is, not in force already. Raises `InputError`."""
        count = 0
        with self._lock, _told(self.name, "written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for one in corrections:
                    if not self._holds(one):
                        values = (one.source, one.target, one.script, one.by, one.when, one.origin)
                        self._connection.execute(f"INSERT INTO corrections ({_COLUMNS}) VALUES (?,?,?,?,?,?)", values)
                        count += 1
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        self._last = self._newest()
        return count

    def _holds(self, one: Correction) -> bool:
        """Whether a correction is in force, or has been, by the same person at the same time."""
        rows = self._connection.execute(
            "SELECT target, corrected_by, corrected_at FROM corrections WHERE script = ? AND source = ? "
            "ORDER BY corrected_at, number",
            (one.script, one.source),
        ).fetchall()
        return bool(rows) and (rows[-1][0] == one.target or (one.target, one.by, one.when) in rows)

    def history(self, source: str, script: Script) -> list[Correction]:
        """All corrections of a segment, the one that wins last."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM corrections WHERE script = ? AND source = ? AND number <= ? "
            "ORDER BY corrected_at, number",
            script, source, self._last,
        )  # fmt: skip
        return [Correction(*row) for row in rows]

    def summary(self, script: Script) -> tuple[int, str]:
        """How many segments have a correction, and a digest of these: of all that decides what a run makes of them."""
        digest, count = hashlib.sha256(), 0
        with self._lock, _told(self.name, "read"):
            rows = self._connection.execute(
                "SELECT source, target, corrected_by, corrected_at FROM corrections "
                "WHERE script = ? AND number <= ? ORDER BY source, corrected_at, number",
                (script, self._last),
            )
            for _, several in groupby(rows, key=lambda row: row[0]):
                *_, latest = several
                digest.update(json.dumps(latest).encode())
                count += 1
        return count, digest.hexdigest()[:12]

    def _newest(self) -> int:
        [(number,)] = self._rows("SELECT ifnull(max(number), 0) FROM corrections")
        return int(number)

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock, _told(self.name, "read"):
            return self._connection.execute(query, values).fetchall()


def open_memory(path: Path) -> Memory:
    """The memory in a file, to read. Raises `InputError` for one that is not there or no memory of ours."""
    if not path.is_file():
        raise InputError(f"{path}: no such memory; it is made when the first corrections are read back")
    return Memory(_connected(path, "ro"), str(path))


def create_memory(path: Path) -> Memory:
    """The memory in a file, to add to; made if it is not there. Raises `InputError` if it is no memory of ours."""
    return Memory(_connected(path, "rwc"), str(path))


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    with _told(str(path), "opened"):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", _WAIT, isolation_level=None, check_same_thread=False, uri=True
        )
    try:
        with _told(str(path), "opened"):
            if mode == "rwc":
                _prepared(connection)
            [(application,)] = connection.execute("PRAGMA application_id")
            [(version,)] = connection.execute("PRAGMA user_version")
        if application != _APPLICATION:
            raise InputError(f"{path}: an SQLite file, but no memory of zhaiyi; name the file that corrections are in")
        if version != VERSION:
            raise InputError(f"{path}: a memory of version {version}, this zhaiyi reads {VERSION}: use a newer zhaiyi")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Make an empty database a memory."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return connection


@contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise InputError(f"{name}: cannot be {what} ({error}); close what uses it, or name another") from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{name}: no memory of zhaiyi ({error}); name the file that corrections are in") from error
