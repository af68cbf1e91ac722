"""Backups in a folder: making and rotating them, the newest one, and restoring with the erasures since then."""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from server.crypto.encryption import Sealer
from server.db import Store
from server.db.engines import count_rows, file_of, open_backups, open_store
from server.db.sqlite_backup import sync
from server.errors import Refused, UndersignedError
from server.services.erasures import read_log, reapply, write_log
from server.services.scheduled import anonymise_signatures, prune_expired
from server.tables.erasures import Erasure
from server.tables.statements import DAY_S
from server.text.addresses import AddressKeys

ERASURES = "erasures.jsonl"  # in the folder of the backups
NIGHT_S = 2 * 3600  # nightly backups are made from 02:00 UTC on
LATE_AFTER_S = 26 * 3600  # a nightly backup that is older than this has failed at least once
_TIME = "%Y-%m-%dT%H%M%SZ"
_NAME = re.compile(r"undersigned-(\d{4}-\d\d-\d\dT\d{6}Z)(-before-\d{4})?(-\d+)?\.(db|dump)")
_LOCK, _PART = ".undersigned-backup.lock", ".part"


@dataclass(frozen=True)
class BackupPlace:
    """The database of an instance, the folder for its backups, and how many of them are kept.

    ``instance`` is written into the files of erasures, and compared when they are read.
    """

    address: str
    folder: Path
    keep: int
    instance: str

    @property
    def erasure_files(self) -> list[Path]:
        """The files of erasures: one in the folder, and one beside an SQLite database."""
        database = file_of(self.address)
        beside = [] if database is None else [Path(f"{database}.erasures")]
        return [*beside, self.folder / ERASURES]


@dataclass(frozen=True)
class Backup:
    """A backup file, with its size in bytes and the time when it was made (epoch seconds)."""

    file: Path
    size: int
    made_at: int

    def is_late(self, *, now: int) -> bool:
        """Return whether a newer one should have been made by now."""
        return now - self.made_at > LATE_AFTER_S


# Making backups.


def list_backups(folder: Path) -> list[Backup]:
    """Return the backups in a folder, newest first; none if there is no such folder."""
    with suppress(FileNotFoundError, NotADirectoryError):
        named = [(file, found) for file in folder.iterdir() if (found := _NAME.fullmatch(file.name))]
        # Two backups of one second differ by a number.
        named.sort(key=lambda one: (one[1][1], int((one[1][3] or "-1")[1:])), reverse=True)
        return [Backup(file, file.stat().st_size, moment_of(file)) for file, _ in named]
    return []


def moment_of(file: Path) -> int:
    """Return when a backup was made, as its name says; for other names, when the file was changed."""
    named = _NAME.fullmatch(file.name)
    if named is None:
        return int(file.stat().st_mtime)
    return int(datetime.strptime(named[1], _TIME).replace(tzinfo=UTC).timestamp())


def make_backup(db: Store, place: BackupPlace, *, now: int, label: str = "") -> tuple[Backup, int]:
    """Write a backup into the folder, delete all but the newest ones, and return it with the number of its rows.

    The file gets its name when it is complete and on the disk. ``label`` is added to the name. If another process makes
    one at the same time, this waits. Raises ``Refused``, also when the disk is full; nothing is left then.
    """
    with _writing(place.folder, wait=True):
        return _write_backup(db, place, label, now=now)


def back_up_before_update(db: Store, place: BackupPlace, *, now: int) -> Backup | None:
    """Make a backup named after the newest migration that the database lacks; None if it lacks none."""
    pending = db.pending_migrations()
    return make_backup(db, place, label=f"-before-{pending[-1][:4]}", now=now)[0] if pending else None


def make_nightly_backup(db: Store, place: BackupPlace, *, now: int) -> Backup | None:
    """Write a backup if it is time for one and no other process is writing one; raises like ``make_backup``."""
    if not is_backup_due(place.folder, now=now):
        return None
    with suppress(BlockingIOError), _writing(place.folder, wait=False):
        if is_backup_due(place.folder, now=now):  # another process may have made it just now
            return _write_backup(db, place, "", now=now)[0]
    return None


def is_backup_due(folder: Path, *, now: int) -> bool:
    """Return whether the last backup is from before the last night, which begins at ``NIGHT_S`` after midnight UTC."""
    last_night = (now - NIGHT_S) // DAY_S * DAY_S + NIGHT_S
    return not any(backup.made_at >= last_night for backup in list_backups(folder))


def _write_backup(db: Store, place: BackupPlace, label: str, *, now: int) -> tuple[Backup, int]:
    backups = open_backups(place.address)
    part = place.folder / f".{secrets.token_hex(8)}{_PART}"
    try:
        rows = backups.write(part)
        file = _free_name(place.folder, f"undersigned-{_stamp(now)}{label}", backups.suffix)
        part.rename(file)
        sync(place.folder)
    finally:
        _delete_parts(place.folder)
    if _has_erasures(db):
        write_erasures(db, place, known_until=now)
    for old in list_backups(place.folder)[place.keep :]:
        old.file.unlink(missing_ok=True)
    return Backup(file, file.stat().st_size, now), rows


def write_erasures(db: Store, place: BackupPlace, *, known_until: int | None = None) -> None:
    """Write the erasures that are not there yet into the files beside the database and, if it exists, in the folder."""
    for file in place.erasure_files:
        if file.parent.is_dir():
            write_log(db, file, place.instance, known_until=known_until)


@contextmanager
def _writing(folder: Path, *, wait: bool) -> Iterator[None]:
    """Exclude other processes that write backups into this folder, and delete what an interrupted one has left.

    Without ``wait``, raises ``BlockingIOError`` if there is one.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            _delete_parts(folder)
            yield
        finally:
            os.close(descriptor)
    except BlockingIOError:
        raise
    except OSError as refusal:
        reason = "the disk is full" if refusal.errno == errno.ENOSPC else refusal.strerror or refusal
        raise Refused(f"no backup was made in {folder}: {reason}") from refusal


def _delete_parts(folder: Path) -> None:
    """Delete unfinished backups, with the journals that SQLite may have made for them."""
    for left in folder.glob(f".*{_PART}*"):
        left.unlink()


def _stamp(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime(_TIME)


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    """Return a name that no backup has; two of one second differ by a number."""
    number, file = 1, folder / f"{stem}{suffix}"
    while file.exists():
        number += 1
        file = folder / f"{stem}-{number}{suffix}"
    return file


# Restoring.


@dataclass(frozen=True)
class Restored:
    """What was restored: the rows of the backup, how many erasures it lacked, and until when erasures are known.

    ``aside`` is the name that the former database has now, or None. Moments are epoch seconds, or 0 for no moment.
    """

    rows: int
    made_at: int
    erased_again: int
    known_until: int
    aside: str | None


def read_erasures(place: BackupPlace, file: Path) -> tuple[list[Erasure], int]:
    """Return the erasures from all files, those beside the backup ``file`` too, and until when they are known."""
    files = dict.fromkeys([*place.erasure_files, file.absolute().parent / ERASURES])
    logs = [read_log(one, place.instance) for one in files]
    records = sorted((record for log in logs for record in log.records), key=lambda one: (one.at, one.id))
    return records, max(log.known_until for log in logs)


def restore_backup(
    place: BackupPlace,
    file: Path,
    *,
    replace: bool,
    accept_unknown: bool,
    keys: AddressKeys,
    sealer: Sealer,
    progress: Callable[[int], object],
    now: int,
) -> Restored:
    """Make a backup the database of the instance, without what was erased since it was made.

    The restored rows are compared with the backup, brought up to date, and only then put in place. With ``replace``, an
    existing database is kept under another name. Raises ``Refused``; without ``accept_unknown`` also when nothing is
    known about erasures after the backup.
    """
    is_complete = _write_last_erasures(place, now=now)
    records, known_until = read_erasures(place, file)
    if not is_complete and known_until <= moment_of(file) and not accept_unknown:
        raise Refused(
            f"nothing is known about erasures after {_stamp(moment_of(file))}, when this backup was made: no file of "
            "erasures is newer. People who had their data erased since then would be back. If you have a newer "
            f"{ERASURES}, put it beside the backup; otherwise add --accept-unknown-erasures"
        )
    backups = open_backups(place.address)
    aside = f"replaced-{_stamp(now)}" if replace else None
    with backups.restored(file, aside=aside, progress=progress) as db:
        rows = count_rows(db)
        db.migrate()
        erased = reapply(db, records, keys=keys, sealer=sealer)
        prune_expired(db, now=now)
        anonymise_signatures(db, now=now)
    return Restored(rows, moment_of(file), erased, known_until, aside and backups.find_aside(aside))


def rehearse(place: BackupPlace, *, progress: Callable[[int], object]) -> int:
    """Make a backup, restore it elsewhere, compare both, delete them, and return the number of rows.

    Raises ``Refused`` if they differ.
    """
    with _writing(place.folder, wait=True):
        part = place.folder / f".{secrets.token_hex(8)}{_PART}"
        try:
            backups = open_backups(place.address)
            backups.write(part)
            with backups.elsewhere(part) as other, other.restored(part, aside=None, progress=progress) as db:
                return count_rows(db)
        finally:
            _delete_parts(place.folder)


def _write_last_erasures(place: BackupPlace, *, now: int) -> bool:
    """Write the erasures of the database that is replaced; False if there is none that can be read."""
    db = open_store(place.address)
    try:
        if not _has_erasures(db):
            return False
        write_erasures(db, place, known_until=now)
    except (UndersignedError, OSError):
        return False
    finally:
        db.close()
    return True


def _has_erasures(db: Store) -> bool:
    """Return whether the database has tables, and is new enough to record erasures."""
    return "erasures" in [table.name for table in db.tables()]
