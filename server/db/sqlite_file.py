"""Checks the file of an SQLite database: it is ours, it is complete, and it is still the opened one.

SQLite does not notice when the file is moved or replaced while it is open, or when its ``-wal`` file, with the newest
commits, is missing when it is opened. This module notices, with three values:

- ``PRAGMA application_id`` says that a database is ours.
- ``PRAGMA user_version`` counts commits: the first one after each checkpoint. It begins at a random number, so that two
  databases differ. 0 means that the file is complete without a ``-wal`` file: after a clean stop, and in every backup.
- The file ``.lock`` beside the database has the newest count. It is written after the commit, so it is never ahead of a
  complete database, whenever the process dies. If it is ahead, commits are missing.
"""

import fcntl
import logging
import os
import random
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils.utils import sqlite3

from server.db import refuse_newer_database
from server.db.sqlite import APPLICATION_ID, BUSY_TIMEOUT_S, check_present, error_code, open_error
from server.errors import DatabaseLost, SettingsError

_RECENT_NS = 100_000_000
_LOOKS, _LOOK_PAUSE_S = 3, 0.05  # in the middle of a checkpoint, a file may look damaged
_log = logging.getLogger("undersigned")

# The count of commits: in ``.lock``, and in the database.


def read_count(path: Path) -> int | None:
    """Return the newest count that ``.lock`` has for the database at ``path``; None if it has none."""
    try:
        return int(Path(f"{path}.lock").read_bytes())
    except (OSError, ValueError):
        return None


def write_count(lock: int, count: int) -> None:
    """Write the count into the opened file ``.lock``, always with the same length."""
    os.pwrite(lock, b"%010d\n" % count, 0)


def accept_loss(path: Path) -> None:
    """Make the database at ``path`` usable, even if commits are missing."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        write_count(descriptor, 0)
    finally:
        os.close(descriptor)


def mark_complete(connection: Any) -> None:
    """Write into a database of ours that it needs no ``-wal`` file; leave others as they are."""
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID and expects_log(connection):
        connection.execute("PRAGMA user_version = 0")


def expects_log(connection: Any) -> bool:
    """Return whether the database says that there must be a ``-wal`` file."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0])


# Before it is opened: making the file, refusing one that is not ours or incomplete.


def make_folder(path: Path) -> None:
    """Create the folder of a new database; raises ``SettingsError`` if that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as refusal:
        raise SettingsError(f"cannot create a database at {path}: {refusal.strerror}") from refusal


def make(path: Path) -> bool:
    """Create an empty file that only its owner can read; return False if there is one already.

    Raises ``SettingsError`` if that fails, and if there was a database that is gone.
    """
    if path.exists():
        return False
    if read_count(path) is not None or _has_bytes(f"{path}-wal"):
        raise SettingsError(
            f"there was a database at {path}, and it is gone. Put it back, or restore a backup: `undersigned restore "
            f"FILE`. To begin with an empty database, delete {path}.lock and {path}-wal first"
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as refusal:
        raise SettingsError(f"cannot create a database at {path}: {refusal.strerror}") from refusal
    return True


def check_usable(path: Path) -> None:
    """Raise ``SettingsError``, with the way out, unless ``path`` is a complete database of ours, of no newer version.

    Changes nothing, so that a missing ``-wal`` file can still be put back.
    """
    check_present(path)
    if not _has_bytes(str(path)):
        raise SettingsError(f"{path} is empty (0 bytes). {_NEW_OR_BACKUP}")
    before, mode = read_count(path), _reading_mode(path)
    try:
        if mode == _WITH_LOG:  # applied to another program's database, our log makes it look like a damaged one of ours
            _refuse_foreign(path, _read_torn(path))
        found = _read(path, mode)
    except sqlite3.Error as refusal:
        raise open_error(path, refusal) from refusal
    _refuse_foreign(path, found)
    if not found.tables:
        raise SettingsError(f"{path} is a database without tables. {_NEW_OR_BACKUP}")
    refuse_newer_database(found.migrations)
    _refuse_incomplete(path, found.commits, before, has_log=mode != _ALONE)


def _refuse_foreign(path: Path, found: "_Contents") -> None:
    if found.application not in (0, APPLICATION_ID) or (found.tables and not found.migrations):
        raise SettingsError(
            f"{path} is a database of another program; its tables are {', '.join(found.tables[:5])}. Set "
            "UNDERSIGNED_DATABASE to the file of this instance, or move this one away and restore a backup: "
            "`undersigned restore FILE`"
        )


_NEW_OR_BACKUP = (
    "If signatures were in it, restore a backup: `undersigned restore FILE --replace`. To begin with an empty "
    "database, delete this file and the one that ends in .lock, and run `undersigned migrate`; "
    "`undersigned init FOLDER` makes a new instance"
)


def _refuse_incomplete(path: Path, count: int, before: int | None, *, has_log: bool) -> None:
    after = read_count(path)
    if before is None or after is None:
        if has_log or count == 0:
            return
    # Read before and after ``count``, because another process may commit, or stop and write 0, at the same time.
    elif count >= min(before, after):
        return
    lost = "it is older than the last change that was made here" if has_log else f"the file {path}-wal is missing"
    raise SettingsError(
        f"{path} is incomplete: {lost}. The latest signatures may be missing. Stop the server, and do one of these:\n"
        f"- If you still have the right {path.name}-wal, put it back beside {path.name}.\n"
        "- Restore a backup: `undersigned restore FILE --replace`.\n"
        "- Go on without what is missing: `undersigned migrate --accept-loss`. Nothing is missing if you put a backup "
        "here yourself, or made this file with `.backup` or VACUUM INTO."
    )


# How SQLite opens a file to read it as it is. ``immutable`` ignores a ``-wal`` file; ``ro`` reads it, and unlike ``rw``
# does not move it into the database. A rollback journal can only be read by rolling back.
_ALONE, _WITH_LOG, _WITH_JOURNAL = "mode=ro&immutable=1", "mode=ro", "mode=rw"


def _reading_mode(path: Path) -> str:
    if _has_bytes(f"{path}-journal"):
        return _WITH_JOURNAL
    return _WITH_LOG if _has_bytes(f"{path}-wal") else _ALONE


def _has_bytes(path: str) -> bool:
    """Return whether there is a file with any bytes."""
    with suppress(OSError):
        return Path(path).stat().st_size > 0
    return False


class _Contents(NamedTuple):
    """What a database says about itself: its two numbers, its tables, and which of our migrations it has."""

    application: int
    commits: int
    tables: tuple[str, ...]
    migrations: tuple[str, ...]


def _read(path: Path, mode: str) -> _Contents:
    """Read what a database says about itself, without changing any file.

    This must not open the file without SQLite: closing it would release the locks that SQLite has on it in this process
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    for look in range(_LOOKS):
        if look:
            time.sleep(_LOOK_PAUSE_S)
        try:
            return _read_once(path, mode)
        except sqlite3.DatabaseError as refusal:
            failure = refusal
    raise failure


def _read_torn(path: Path) -> _Contents:
    """Read a file without its log. It looks damaged if the process died in the middle of a checkpoint."""
    try:
        return _read_once(path, _ALONE)
    except sqlite3.DatabaseError as refusal:
        if error_code(refusal) == sqlite3.SQLITE_NOTADB:
            raise
        return _Contents(APPLICATION_ID, 0, (), ())


def _read_once(path: Path, mode: str) -> _Contents:
    uri = f"{path.absolute().as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:

        def column(query: str) -> tuple[Any, ...]:
            return tuple(value for (value,) in connection.execute(query))

        tables = column("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
        migrations = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'undersigned'"
        return _Contents(
            column("PRAGMA application_id")[0],
            column("PRAGMA user_version")[0],
            tables,
            column(migrations) if "_sqlite_migrations" in tables else (),
        )


# While it is open.


class Header(NamedTuple):
    """What the beginning of a file says: application_id, user_version, and its size in bytes."""

    application: int
    commits: int
    size: int


def _read_header(file: int) -> Header | None:
    """Read the header of an open file without SQLite; None if it is no SQLite database.

    After a checkpoint that a reader cut short, the rest of the file cannot be read without its ``-wal`` file.
    Source: https://sqlite.org/fileformat2.html#the_database_header
    """
    begin = os.pread(file, _HEADER_BYTES, 0)
    if len(begin) < _HEADER_BYTES or not begin.startswith(b"SQLite format 3\0"):
        return None
    page_size, pages, commits, application = struct.unpack(">16xH10xI28xi4xi28x", begin)
    return Header(application, commits, pages * (page_size if page_size > 1 else 65536))


_HEADER_BYTES = 100


class DatabaseFile:
    """The database file that a process has opened, with its ``-wal`` file if it has one.

    ``note`` writes the count of the newest commit into ``.lock``.
    """

    def __init__(self, path: Path, note: Callable[[int], None]) -> None:
        self._path, self._log_path = path, Path(f"{path}-wal")
        self._note = note
        self._place: tuple[int, int] | None = None  # device and inode
        # Size and time of the last change: now, when the header was read, before the last commit and the counted one.
        self._now = self._seen = self._before = self._counted = (0, 0)
        self._header = Header(0, 0, 0)
        self._file: int | None = None  # closing it would release the locks that SQLite has on the file in this process
        self._least = 0  # the lowest count that the file may have from now on
        self.is_served = False  # then the count does not begin again, because no process finds itself the last one
        self._log_file: int | None = None
        self._changes = 0
        self._is_lost = self._is_overwritten = False

    def open(self, connection: Any) -> None:
        """Remember the file, which ``connection`` has just opened."""
        connection.execute("SELECT 1 FROM sqlite_schema").fetchall()  # makes SQLite open the ``-wal`` file
        has_log = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        found = self._path.stat()
        self._place, self._seen = (found.st_dev, found.st_ino), (found.st_size, found.st_mtime_ns)
        self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self._header = _read_header(self._file) or self._header
        self._log_file = os.open(self._log_path, os.O_RDONLY | os.O_CLOEXEC) if has_log else None
        self._counted, self._changes, self._least = (0, 0), 0, 0
        self._is_lost = self._is_overwritten = False

    def close(self) -> None:
        """Forget the file."""
        for opened in (self._file, self._log_file):
            if opened is not None:
                os.close(opened)
        self._file = self._log_file = self._place = None

    @contextmanager
    def opening(self) -> Iterator[None]:
        """For a server, turn the ``SettingsError`` of a file that cannot be opened into ``DatabaseLost``."""
        try:
            yield
        except SettingsError as refusal:
            if self.is_served:
                if self._place is not None:
                    self.check()
                self._judge(str(refusal))
            raise

    def commit(self, connection: Any) -> None:
        """Commit the open transaction under the writer lock, and count it if it is the first one after a checkpoint.

        Raises ``DatabaseLost`` if the file is not the opened one any more: then the commit may be lost.
        """
        if not self._must_count(connection):
            connection.execute("COMMIT")
            self.check()
            return
        former = connection.execute("PRAGMA user_version").fetchone()[0]
        count = former + 1 if former else random.randrange(1, 2**30)  # noqa: S311 - no secret
        connection.execute(f"PRAGMA user_version = {count}")
        connection.execute("COMMIT")
        if not former:
            with suppress(sqlite3.Error):  # so that the file itself says that there must be a ``-wal`` file
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self.check(newest=count)
        self._note(count)
        self._counted = self._before

    def _must_count(self, connection: Any) -> bool:
        """Return whether this transaction has changes, and the file may have been changed since the last count.

        Only checkpoints change the file. Two within ``_RECENT_NS`` may have the same time.
        """
        if self._log_file is None or connection.total_changes == self._changes:
            return False
        self._changes = connection.total_changes
        with suppress(OSError):
            found = self._path.stat()
            self._before = (found.st_size, found.st_mtime_ns)
            return self._before != self._counted or time.time_ns() - found.st_mtime_ns < _RECENT_NS
        return False

    def refuse_lost(self) -> None:
        """Raise ``DatabaseLost`` if the file was lost before and is not back."""
        if self._is_lost and self._place is not None:
            self.check_place()

    def check_place(self) -> bool:
        """Do as ``check`` does, but without looking into the file, so that no lock is needed.

        Returns whether the file has not been changed since ``check`` looked into it.
        """
        self._judge(self._find_displacement())
        return self._now == self._seen

    def check(self, *, newest: int | None = None) -> None:
        """Raise ``DatabaseLost`` unless the file is still the opened one. The first time, the reason is logged.

        ``newest`` is the count of the newest commit, if it is known. Hold the writer lock: in the middle of a
        checkpoint a file looks damaged.
        """
        fault = self._find_displacement()
        if fault is None and not self._has_same_header(newest):
            self._is_overwritten = True  # nothing can put that right while it is open
            fault = self._find_displacement()
        self._judge(fault)

    def _judge(self, fault: str | None) -> None:
        if self._is_lost and fault is None:
            _log.warning("the database is back at %s", self._path)
        if fault is not None and not self._is_lost:
            _log.error("no signatures are accepted and no emails are sent: %s", fault)
        self._is_lost = fault is not None
        if fault is not None:
            raise DatabaseLost(fault)

    def _find_displacement(self) -> str | None:
        """Return what is wrong with the places of the files, with the way out."""
        try:
            found = self._path.stat()
        except OSError as refusal:
            return (
                f"the database {self._path} was moved or deleted ({refusal.strerror}). Put this file back, or stop the "
                "server and restore a backup: `undersigned restore FILE`"
            )
        if (found.st_dev, found.st_ino) != self._place:
            return (
                f"another file is at {self._path} than the one that this server has opened. Restart the server to use "
                "it, or put the former file back"
            )
        if self._log_file is not None and not self._has_log(self._log_file):
            return (
                f"the file {self._log_path}, which has the latest signatures, was moved, deleted or overwritten. Put "
                "it back, or stop the server with SIGTERM, not with kill -9: it then writes them into the database"
            )
        if self._is_overwritten:
            return (
                f"the database {self._path} was overwritten or truncated. Stop the server and restore a backup: "
                "`undersigned restore FILE --replace`"
            )
        self._now = (found.st_size, found.st_mtime_ns)
        return None

    def _has_log(self, opened: int) -> bool:
        try:
            found = self._log_path.stat()
        except OSError:
            return False
        return os.path.samestat(found, os.fstat(opened)) and os.pread(opened, 4, 0) in _LOG_BEGINS

    def _has_same_header(self, newest: int | None) -> bool:
        """Compare the header of a changed file with the last one: a checkpoint makes its count higher."""
        seen = self._now
        if seen == self._seen or self._file is None:
            return True
        header = _read_header(self._file)
        if header is None or header.application not in (APPLICATION_ID, self._header.application):
            return False
        if seen[0] < min(self._seen[0], header.size):  # truncated; SQLite changes the header when it shortens a file
            return False
        if self.is_served and header.commits != self._header.commits:
            if not self._least <= header.commits <= (newest or header.commits):
                return False
            self._least = header.commits
        self._header, self._seen = header, seen
        return True


_LOG_BEGINS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"")  # https://sqlite.org/fileformat2.html#walformat


class ServingLock:
    """A shared lock on the file ``.serving`` beside a database, while a server uses it; restoring takes it alone.

    Take it, and call ``is_last``, under the writer lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock until ``release``; raises ``SettingsError`` while a backup is being restored."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(f"{self._path}.serving", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as refusal:
            raise SettingsError(f"cannot write beside {self._path}: {refusal.strerror}") from refusal
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            os.close(descriptor)
            raise SettingsError(f"a backup is being restored into {self._path}; start again when it is done") from busy
        self._descriptor = descriptor

    def is_last(self) -> bool:
        """Return whether no other process has the lock. If one has it, this one loses it."""
        try:
            descriptor = self._descriptor or os.open(f"{self._path}.serving", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            if descriptor != self._descriptor:
                os.close(descriptor)
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
