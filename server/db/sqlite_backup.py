"""Backups of an SQLite database: written while others use it, checked, compared, and put in its place."""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from server.db import Fingerprints, plain_value
from server.db.sqlite import BUSY_TIMEOUT_S, tables_of
from server.db.sqlite_file import accept_loss, check_usable, mark_complete
from server.db.sqlite_store import SqliteStore
from server.errors import Refused

BATCH = 10_000  # rows between two reports of progress
PAGES_AT_ONCE = 1024
RESERVE_BYTES = 32_000_000  # a backup leaves so much of the disk free
_BESIDE = ("-wal", "-shm", "-journal")

# Writing a backup.


def write_copy(source: Path, target: Path) -> int:
    """Copy a database in use into the new file ``target``, check the copy, and return the number of its rows.

    The copy has everything that was committed before it began, and nothing that came later. Writers do not wait for
    it. Raises ``Refused`` when the copy is damaged, and ``SettingsError`` when the database is missing or incomplete.
    """
    check_usable(source)
    _check_room(source, target.parent)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with damage_refused(source), closing(_open(source, "rw")) as reader, closing(_open(target, "rw")) as copy:
        reader.execute("BEGIN")  # the rows are counted, and the pages copied, in one snapshot
        counts = _count_rows(reader)
        reader.backup(copy, pages=PAGES_AT_ONCE)
        reader.execute("ROLLBACK")
        mark_complete(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
    if check_copy(target) != counts:
        raise Refused(f"the copy of {source} does not have the same number of rows")
    sync(target)
    return sum(counts.values())


def _check_room(source: Path, folder: Path) -> None:
    """Raise ``OSError`` if a copy would fill the disk, on which signatures may have to be written too."""
    needed = sum(file.stat().st_size for file in (source, Path(f"{source}-wal")) if file.exists()) + RESERVE_BYTES
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, "No space left on device")


def check_copy(file: Path) -> dict[str, int]:
    """Return the number of rows of each table; raises ``Refused`` when SQLite finds damage or broken references."""
    with damage_refused(file), closing(_open(file, "ro")) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise Refused(f"{file} is damaged: {found}")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise Refused(f"{file} is damaged: it has rows that refer to missing ones")
        counts = _count_rows(connection)
    if not counts:
        raise Refused(f"{file} is no database of Undersigned")
    return counts


def _open(file: Path, mode: str) -> Any:
    """Open a file as it is: unlike ``sqlite.connect``, this does not change its journal mode."""
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)


@contextmanager
def damage_refused(file: Path) -> Iterator[None]:
    """Turn errors of SQLite into ``Refused``, except a full disk, which becomes ``OSError`` like everywhere else."""
    try:
        yield
    except sqlite3.DatabaseError as refusal:
        # The backup API raises errors without a code.
        if str(refusal) in ("disk I/O error", "database or disk is full"):
            raise OSError(f"the disk is full or cannot be written ({refusal})") from refusal
        if "locked" in str(refusal):
            raise Refused(f"another program is using {file}; stop it first") from refusal
        raise Refused(f"{file} is damaged, or it is not a database: {refusal}") from refusal


def _count_rows(connection: Any) -> dict[str, int]:
    return {
        table.name: int(connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])  # noqa: S608 - catalog
        for table in tables_of(connection)
    }


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Comparing two files.


def fingerprint(file: Path, *, progress: Callable[[int], object]) -> Fingerprints:
    """Return the number of rows of each table, and a hash over all their values in the order of the primary key."""
    found: Fingerprints = {}
    with damage_refused(file), closing(_open(file, "ro")) as connection:
        connection.execute("BEGIN")
        for table in tables_of(connection):
            columns, key = ", ".join(table.columns), ", ".join(table.key)
            rows = connection.execute(f"SELECT {columns} FROM {table.name} ORDER BY {key}")  # noqa: S608 - catalog
            count, digest = 0, hashlib.sha256(columns.encode())
            while batch := rows.fetchmany(BATCH):
                for row in batch:
                    digest.update(repr([plain_value(value) for value in row]).encode())
                count += len(batch)
                progress(len(batch))
            found[table.name] = (count, digest.digest())
    return found


# Restoring.


class SqliteBackups:
    """See ``server.db.Backups``; ``place`` is the database file."""

    suffix = ".db"

    def __init__(self, place: Path) -> None:
        self._place = place

    def write(self, target: Path) -> int:
        """Copy the database into the new file ``target`` with SQLite's backup API."""
        return write_copy(self._place, target)

    def fingerprint(self, file: Path, *, progress: Callable[[int], object]) -> Fingerprints:
        """Return the number of rows of each table, and a hash over all their values."""
        return fingerprint(file, progress=progress)

    @contextmanager
    def restored(self, file: Path, *, aside: str | None, progress: Callable[[int], object]) -> Iterator[SqliteStore]:
        """Yield a store with the records of a backup. It is a scratch file beside the database until the block ends."""
        place, scratch = self._place, Path(f"{self._place}.restoring")
        with _alone(place):
            if place.exists() and aside is None:
                raise Refused(f"there is a database at {place}; with --replace it is kept under another name")
            _delete_scratch(scratch)
            try:
                _copy_backup(file, scratch, progress=progress)
                store = SqliteStore(scratch)
                try:
                    yield store
                finally:
                    store.close()
                _merge_wal(scratch)
                sync(scratch)
                _put_in_place(scratch, place, Path(f"{place}.{aside}"))
            finally:
                _delete_scratch(scratch)

    def find_aside(self, aside: str) -> str | None:
        """Return the path of the former database, if there was one."""
        former = Path(f"{self._place}.{aside}")
        return str(former) if former.exists() else None

    @contextmanager
    def elsewhere(self, beside: Path) -> Iterator["SqliteBackups"]:
        """Yield a place whose name begins with that of the file, so that unfinished ones are deleted with it."""
        yield SqliteBackups(Path(f"{beside}.elsewhere"))


def _copy_backup(file: Path, scratch: Path, *, progress: Callable[[int], object]) -> None:
    check_copy(file)
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with damage_refused(file), closing(_open(file, "ro")) as reader, closing(_open(scratch, "rw")) as copy:
        reader.backup(copy, pages=PAGES_AT_ONCE)
        mark_complete(copy)
    check_copy(scratch)
    if fingerprint(file, progress=progress) != fingerprint(scratch, progress=progress):
        raise Refused(f"the copy of {file} has other rows than the backup; nothing was changed")


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Keep servers from starting on this database; raises ``Refused`` if one is running."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(f"{place}.serving", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as busy:
        raise Refused(f"a server is running with {place}; stop it first") from busy
    finally:
        os.close(descriptor)


def _put_in_place(scratch: Path, place: Path, aside: Path) -> None:
    """Rename the old database to ``aside``, and the scratch file to ``place``.

    A crash leaves the old database, no database (a server does not start without one), or the new one.
    """
    if place.exists():
        if aside.exists():
            raise Refused(f"there is a file {aside} already")
        with _damage_tolerated():
            _merge_wal(place)
        place.rename(aside)
    for suffix in _BESIDE:  # SQLite would apply a log that stayed here to the new file
        with suppress(FileNotFoundError):
            Path(f"{place}{suffix}").rename(f"{aside}{suffix}")
    sync(place.parent)
    accept_loss(place)  # the restored database may have fewer commits than the former one
    scratch.rename(place)
    sync(place.parent)


def _merge_wal(place: Path) -> None:
    """Write the log into the file, so that the file alone has all rows.

    Changing the journal mode fails while any other connection is open, so this also finds programs that are no server.
    """
    with damage_refused(place), closing(_open(place, "rw")) as connection:
        mark_complete(connection)
        connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _damage_tolerated() -> Iterator[None]:
    """Leave a damaged database as it is: that is what backups are for."""
    try:
        yield
    except Refused as refusal:
        if "another program" in str(refusal):
            raise


def _delete_scratch(scratch: Path) -> None:
    for suffix in ("", ".lock", *_BESIDE):
        Path(f"{scratch}{suffix}").unlink(missing_ok=True)
