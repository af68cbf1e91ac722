"""The embedded default: one SQLite file, a connection for each thread that reads and one for all that write."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from server.errors import SettingsError, Unavailable
from server.storage import sqlite
from server.storage.groupcommit import GroupCommit
from server.storage.lock import WriterLock
from server.storage.migrations import sqlite_steps
from server.storage.transactions import Table, Tx

TIDYING_PATIENCE_S = 0.2
TIDYING_PAUSE_S = 0.02
DRAINING_S = 0.005  # whoever would write waits as long

_log = logging.getLogger("undersigned")

_INHERITED: list[Any] = []  # closing them would tamper with files that the parent process is using


class _Opened:
    """One thread's connection: closed when its thread ends; left alone by a process that got it through a fork."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._pid = os.getpid()

    def close(self) -> None:
        if self._pid == os.getpid():
            self.connection.close()
        else:
            _INHERITED.append(self.connection)

    __del__ = close


class SqliteStore:
    """See ``transactions.Store``. ``library_version`` is an argument so that a test can be on an affected library."""

    def __init__(self, path: Path, *, library_version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> None:
        self._path = path
        self._library_version = library_version
        self._lock = WriterLock(Path(f"{path}.lock"), timeout_s=sqlite.BUSY_TIMEOUT_S)
        self._group_commit = GroupCommit(self._lock, self._writer, timeout_s=sqlite.BUSY_TIMEOUT_S)
        self._tidying = threading.Lock()
        self._local = threading.local()
        self._opened_writer: _Opened | None = None
        self._all: weakref.WeakSet[_Opened] = weakref.WeakSet()
        self._pid: int | None = None
        self._version = ".".join(map(str, library_version))
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a reading transaction: it waits for nobody and sees one state of the database."""
        connection = self._connection()
        with sqlite.in_our_words:
            connection.execute("BEGIN")
        try:
            yield sqlite.SqliteTx(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a writing transaction behind the writer's lock; when it has ended, it is synced to the disk."""
        with self._group_commit.member() as connection:
            yield sqlite.SqliteTx(connection)
        self.writes += 1

    def tidy(self) -> bool:
        """Empty the log of the newest writes; False when a reader, the disk or the writer's place is in the way.

        Once all of it is in the file, whoever begins to read does not touch it: only who reads already is waited for,
        by one thread for all that would, and between its tries whoever writes goes on.
        """
        try:
            return self._empty_log(wait_s=0) or self._empty_log_patiently()
        except Unavailable:
            return False

    def _empty_log(self, *, wait_s: float) -> bool:
        with self._lock.held():
            return sqlite.empty_log(self._connection(), wait_s=wait_s)

    def _empty_log_patiently(self) -> bool:
        """Try again for ``TIDYING_PATIENCE_S``; False at once when another thread does, for its own writes and ours."""
        if not self._tidying.acquire(blocking=False):
            return False
        try:
            deadline = time.monotonic() + TIDYING_PATIENCE_S
            while time.monotonic() < deadline:
                time.sleep(TIDYING_PAUSE_S)
                if self._empty_log(wait_s=DRAINING_S):
                    return True
            return False
        finally:
            self._tidying.release()

    def _connection(self) -> Any:
        """Return this thread's connection; raises as ``_refuse_fork`` and ``_open`` do."""
        self._refuse_fork()
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = self._open()
        return opened.connection

    def _writer(self) -> Any:
        """Return the connection that all threads write over, in turns."""
        self._refuse_fork()
        if self._opened_writer is None:
            self._opened_writer = self._open()
        return self._opened_writer.connection

    def _open(self) -> _Opened:
        opened = _Opened(sqlite.connect(self._path, library_version=self._library_version))
        self._pid = os.getpid()
        self._all.add(opened)
        return opened

    def _refuse_fork(self) -> None:
        """Raise ``SettingsError`` in a process that was forked off while connections were open.

        SQLite would believe that it holds their locks, and the parent could delete a log that this process has
        committed to.
        """
        if self._pid not in (None, os.getpid()):
            raise SettingsError("the database was opened before this process was forked; fork first, or close it")

    def migrate(self, *, create: bool = False) -> list[str]:
        """Bring the file up to date under the writer's lock; make it first where there is none, if ``create`` says."""
        if create and not self._path.exists():
            sqlite.make_file(self._path)
        sqlite.check_present(self._path)
        if not sqlite.wal_is_safe(self._library_version):
            _log.warning("SQLite %s may lose rows in WAL mode; the slower rollback journal is used", self._version)
        with self._lock.held(), sqlite.in_our_words:
            return sqlite_steps.apply(self._connection())  # the first one to open a new file changes its journal mode

    def tables(self) -> list[Table]:
        """Return the tables in the order in which they were made, so that those that others refer to come first."""
        return sqlite.tables_of(self._connection())

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows in one transaction."""
        names, marks = ", ".join(table.columns), ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of the catalog
        with self._group_commit.member() as connection, sqlite.in_our_words:
            connection.executemany(statement, rows)

    def end_load(self) -> None:
        """Nothing to do: SQLite's ids go on behind the highest one by themselves."""

    def facts(self) -> dict[str, str]:
        """Return engine, library version, journal mode, durability and the result of a quick check."""
        connection = self._connection()

        def pragma(name: str) -> str:
            return str(connection.execute(f"PRAGMA {name}").fetchone()[0])

        return {
            "engine": "sqlite",
            "library": self._version,
            "journal": pragma("journal_mode"),
            "synchronous": {"2": "full", "3": "extra"}.get(pragma("synchronous"), "not durable"),
            "integrity": pragma("quick_check"),
            "foreign_keys": "ok" if not connection.execute("PRAGMA foreign_key_check").fetchall() else "broken",
        }

    def close(self) -> None:
        """Close the connections that this process opened."""
        for opened in list(self._all):
            opened.close()
        self._all.clear()
        self._opened_writer = None
        self._local = threading.local()
        self._pid = None
        self._lock.close()
