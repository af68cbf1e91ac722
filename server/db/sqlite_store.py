"""The SQLite store: one database file, one writer at a time across processes, and group commit."""

import fcntl
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from server.db import Table, Tx, sqlite, sqlite_file
from server.db.sqlite import errors_translated
from server.errors import DatabaseLost, SettingsError, Unavailable, UndersignedError

# The writer lock: one holder at a time, across threads and processes.

# flock has no timeout, so the lock is polled. With this pause, polling is as fast as a blocking flock, and a blocking
# flock is not fairer: the process that releases the lock is running and can take it again first.
LOCK_PAUSE_S = 0.0003


class WriterLock:
    """Excludes other threads with a thread lock, and other processes with an flock on a file beside the database.

    SQLite's own busy handler sleeps and retries, so under load the slowest writer waits for seconds. A queue in front
    of BEGIN IMMEDIATE gives more throughput and lower tail latency. The kernel releases the flock of a process that
    dies.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._thread_lock = threading.Lock()
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def held(self, timeout_s: float | None = None) -> Iterator[None]:
        """Hold the lock during the block.

        Raises ``Unavailable`` when the lock is not free within the timeout, or its file cannot be opened.
        """
        self.acquire(time.monotonic() + (timeout_s or self._timeout_s))
        try:
            yield
        finally:
            self.release()

    def acquire(self, deadline: float) -> None:
        """Take the lock like ``held``, with a deadline in ``time.monotonic`` seconds. Any thread may release it."""
        if not self._thread_lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unavailable("the database is busy")
        try:
            self._lock_file(deadline)
        except BaseException:
            self._thread_lock.release()
            raise

    def release(self) -> None:
        """Release the lock."""
        try:
            fcntl.flock(self._descriptor(), fcntl.LOCK_UN)
        finally:
            self._thread_lock.release()

    def note(self, count: int) -> None:
        """Write the count of the newest commit into the file; see ``server.db.sqlite_file``."""
        sqlite_file.write_count(self._descriptor(), count)

    def _lock_file(self, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(self._descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unavailable("the database is busy") from None
                time.sleep(LOCK_PAUSE_S)
            except OSError as refusal:
                raise Unavailable(f"cannot get the write lock: {refusal}") from refusal
            else:
                return

    def _descriptor(self) -> int:
        """Open the file once per process: a descriptor inherited through a fork would share the parent's lock."""
        pid = os.getpid()
        if self._opened is None or self._opened[0] != pid:
            self._opened = (pid, os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._opened[1]

    def close(self) -> None:
        """Close the file, if this process opened it."""
        if self._opened and self._opened[0] == os.getpid():
            os.close(self._opened[1])
        self._opened = None


# Group commit: threads that write at the same time share one transaction and one wait for the disk.

# Syncing to the disk takes as long as everything else in a write. Threads still write one after the other, each in a
# savepoint that can be rolled back alone. But a thread that finishes while another one waits leaves the transaction
# open for it, and returns only after the last thread has committed for all of them. Since every member blocks until
# then, a group has at most as many members as the process has threads.
# Source: DeWitt et al., Implementation Techniques for Main Memory Database Systems, 1984.


class _Group:
    """One open transaction with the number of its members. Its result is in ``failure`` once ``ended`` is released."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.members = 0
        self.failure: BaseException | None = None
        self.ended = threading.Lock()
        self.ended.acquire()


class GroupCommit:
    """Lets the threads of a process write in turns on one connection, and commits several of their writes together.

    ``lock`` excludes other processes. ``connect`` returns the connection, in autocommit mode; it is called when a
    group begins. ``commit`` ends its transaction.
    """

    def __init__(
        self, lock: WriterLock, connect: Callable[[], Any], commit: Callable[[Any], None], *, timeout_s: float
    ) -> None:
        self._lock = lock
        self._connect = connect
        self._commit = commit
        self._timeout_s = timeout_s
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False
        self._mutex = threading.Lock()  # protects _waiting and _taken
        self._group: _Group | None = None  # touched only by the thread whose turn it is

    @contextmanager
    def member(self) -> Iterator[Any]:
        """Yield the connection, in a transaction, for one write. After the block, the write is durable.

        Raises ``Unavailable`` when it is not this thread's turn within the timeout, and when the transaction of the
        group failed: then nothing was written, and the caller may retry.
        """
        group = self._join()
        try:
            with _rolled_back_on_error(group):
                yield group.connection
        finally:
            self._leave(group)
        with group.ended:  # blocks until the last member has committed
            if isinstance(group.failure, DatabaseLost):
                raise DatabaseLost(str(group.failure)) from group.failure
            if group.failure is not None:
                raise Unavailable(f"this write was rolled back with others: {group.failure}") from group.failure

    def _join(self) -> _Group:
        """Wait for this thread's turn, and begin a group if no group is open."""
        deadline = time.monotonic() + self._timeout_s
        self._take_turn()
        try:
            if self._group is None:
                self._group = self._begin(deadline)
        except BaseException:
            self._pass_turn_on()
            raise
        self._group.members += 1
        return self._group

    def _begin(self, deadline: float) -> _Group:
        group = _Group(self._connect())
        self._lock.acquire(deadline)
        try:
            with errors_translated:
                group.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        return group

    def _leave(self, group: _Group) -> None:
        """Give the turn to the next thread. If no thread waits, or the transaction failed, end the group."""
        if group.failure is None and self._hand_over():
            return
        self._group = None
        try:
            self._end(group)
        finally:
            self._lock.release()
            self._pass_turn_on()
            group.ended.release()

    def _end(self, group: _Group) -> None:
        """Commit the group, or roll back what is left of its transaction if it has failed."""
        try:
            if group.failure is None:
                with errors_translated:
                    self._commit(group.connection)
        except BaseException as refusal:
            group.failure = refusal
            raise
        finally:
            if group.connection.in_transaction:
                group.connection.execute("ROLLBACK")

    def _take_turn(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            # This thread waits for a lock of its own, which starts out taken. The thread before it in the queue
            # releases the lock.
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=self._timeout_s):
            return
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                raise Unavailable("the database is busy")
        # The turn was given to this thread just after the timeout. Take it, or no thread would ever get it.

    def _hand_over(self) -> bool:
        """Give the turn to the thread that has waited longest. Return False, and keep the turn, if no thread waits."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
                return True
        return False

    def _pass_turn_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@contextmanager
def _rolled_back_on_error(group: _Group) -> Iterator[None]:
    """Roll back the writes of one member when it raises.

    The first member needs no savepoint: the whole transaction is rolled back, which has no other writes yet.
    """
    connection, first = group.connection, group.members == 1
    if not first:
        with errors_translated:
            connection.execute("SAVEPOINT member")
    try:
        yield
    except BaseException as refusal:
        if first or not connection.in_transaction:
            group.failure = refusal
        else:
            connection.execute("ROLLBACK TO member")
            connection.execute("RELEASE member")
        raise
    # SQLite rolls the whole transaction back when the disk is full, so every member of the group has lost its writes.
    if not connection.in_transaction:
        group.failure = Unavailable("the disk is full")
    elif not first:
        with errors_translated:
            connection.execute("RELEASE member")


# The store.

CHECK_TIMEOUT_S = 1.0
TIDY_TIMEOUT_S = 0.2
TIDY_PAUSE_S = 0.02
TRUNCATE_WAIT_S = 0.005  # writers wait for this time too

_log = logging.getLogger("undersigned")

# Connections inherited through a fork are kept here, so that they are never closed: closing would release locks and
# change files that the parent process is using.
_INHERITED: list[Any] = []


class _Opened:
    """A connection of one thread, closed when the thread ends, but not by a process that inherited it from a fork."""

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
    """See ``server.db.Store``. ``library_version`` is an argument so that tests can simulate an unsafe SQLite."""

    def __init__(self, path: Path, *, library_version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> None:
        self._path = path
        self._library_version = library_version
        self._lock = WriterLock(Path(f"{path}.lock"), timeout_s=sqlite.BUSY_TIMEOUT_S)
        self._file = sqlite_file.DatabaseFile(path, self._lock.note)
        self._group_commit = GroupCommit(self._lock, self._writer, self._file.commit, timeout_s=sqlite.BUSY_TIMEOUT_S)
        self._tidying = threading.Lock()
        self._opening = threading.Lock()
        self._local = threading.local()
        self._opened_writer: _Opened | None = None
        self._all: weakref.WeakSet[_Opened] = weakref.WeakSet()
        self._pid: int | None = None
        self._serving = sqlite_file.ServingLock(path)
        self._version = ".".join(map(str, library_version))
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a read-only transaction with one snapshot of the database; it waits for no lock."""
        self._file.refuse_lost()
        connection = self._connection()
        with sqlite.errors_translated:
            connection.execute("BEGIN")
        try:
            yield sqlite.SqliteTx(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a transaction for writing, under the writer lock. After the block, it is synced to the disk."""
        with self._group_commit.member() as connection:
            yield sqlite.SqliteTx(connection)
        self.writes += 1

    def tidy(self) -> bool:
        """Checkpoint and truncate the WAL. Return False when a reader, the disk or the writer lock prevents it.

        New readers do not use a WAL that is fully checkpointed, so only readers with an older snapshot are waited for.
        One thread waits for all others that want the same, and writers can go on between its tries.
        """
        try:
            return self._empty_log(wait_s=0) or self._empty_log_patiently()
        except Unavailable:
            return False

    def _empty_log(self, *, wait_s: float) -> bool:
        with self._lock.held():
            connection = self._connection()
            self._file.check()
            return sqlite.truncate_wal(connection, wait_s=wait_s)

    def _empty_log_patiently(self) -> bool:
        """Retry for ``TIDY_TIMEOUT_S``. Return False at once if another thread is already doing so."""
        if not self._tidying.acquire(blocking=False):
            return False
        try:
            deadline = time.monotonic() + TIDY_TIMEOUT_S
            while time.monotonic() < deadline:
                time.sleep(TIDY_PAUSE_S)
                if self._empty_log(wait_s=TRUNCATE_WAIT_S):
                    return True
            return False
        finally:
            self._tidying.release()

    def _connection(self) -> Any:
        """Return this thread's connection; raises the errors of ``_refuse_fork`` and ``sqlite.connect``."""
        self._refuse_fork()
        opened: _Opened | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = self._open()
        return opened.connection

    def _writer(self) -> Any:
        """Return the connection on which all threads write in turns; raises ``DatabaseLost`` if its file is lost."""
        self._refuse_fork()
        self._file.refuse_lost()
        if self._opened_writer is None:
            self._opened_writer = self._open()
        return self._opened_writer.connection

    def _open(self, *, is_new: bool = False) -> _Opened:
        """Open a connection. The first one checks the file, unless it ``is_new``; the others must find the same one."""
        with self._opening, self._file.opening():
            if self._pid is not None:
                self._file.check_place()
            elif not is_new:
                sqlite_file.check_usable(self._path)
            opened = _Opened(sqlite.connect(self._path, library_version=self._library_version))
            if self._pid is None:
                self._file.open(opened.connection)
            self._pid = os.getpid()
            self._all.add(opened)
        return opened

    def _refuse_fork(self) -> None:
        """Raise ``SettingsError`` if this process was forked while connections were open.

        SQLite in the child would assume that it holds the parent's locks, and the parent could delete a WAL file to
        which the child has committed.
        """
        if self._pid not in (None, os.getpid()):
            raise SettingsError("the database was opened before this process was forked; fork first, or close it")

    def migrate(self, *, create: bool = False) -> list[str]:
        """Apply the missing migrations under the writer lock; with ``create``, create a missing file first."""
        if create and not self._path.exists():
            sqlite_file.make_folder(self._path)
        else:
            sqlite.check_present(self._path)
        if not sqlite.wal_is_safe(self._library_version):
            _log.warning("SQLite %s may lose rows in WAL mode; the slower rollback journal is used", self._version)
        # A new file is opened under the lock, because the first connection changes its journal mode.
        with self._lock.held(), sqlite.errors_translated:
            if create and sqlite_file.make(self._path):
                self._local.opened = self._open(is_new=True)
            return sqlite.apply_migrations(self._connection())

    def check_file(self) -> None:
        """Compare the file with the opened one."""
        if self._pid is None:
            self._connection()
        if not self._file.check_place():
            with self._lock.held(CHECK_TIMEOUT_S):
                self._file.check()

    def pending_migrations(self) -> list[str]:
        """Return the names of the migrations that this database lacks, if it has tables."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return []
        with sqlite.errors_translated:
            return sqlite.list_pending(self._connection())

    def serve(self) -> None:
        """Take the shared lock on the file ``.serving``."""
        with self._lock.held():
            self._serving.take()
        self._file.is_served = True

    def tables(self) -> list[Table]:
        """Return the tables in creation order, so that each comes after those that its foreign keys refer to."""
        return sqlite.tables_of(self._connection())

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows in one transaction."""
        names, marks = ", ".join(table.columns), ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of the catalog
        with self._group_commit.member() as connection, sqlite.errors_translated:
            connection.executemany(statement, rows)

    def end_load(self) -> None:
        """Do nothing: SQLite continues after the highest id by itself."""

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
        """Close the connections that this process opened. The last one moves the ``-wal`` file into the database."""
        if self._pid == os.getpid():
            with suppress(UndersignedError, sqlite3.Error, OSError):
                self._mark_complete()
            self._file.close()
        for opened in list(self._all):
            opened.close()
        self._all.clear()
        self._opened_writer = None
        self._local = threading.local()
        self._pid = None
        self._serving.release()
        self._file.is_served = False
        self._lock.close()

    def _mark_complete(self) -> None:
        """If no server is left, note that the database will be complete without a ``-wal`` file.

        If the process dies in the middle, ``.lock`` expects no commits, and the database does not miss a ``-wal`` file.
        """
        if sqlite_file.expects_log(connection := self._writer()):
            with self._lock.held():
                self._file.check()
                if self._serving.is_last():
                    self._lock.note(0)
                    sqlite_file.mark_complete(connection)
