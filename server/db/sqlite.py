"""SQLite connections, transactions and migrations, using sqlite-utils."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3  # pysqlite3 where it is installed

from server.db import Conflict, Row, Table, migration_scripts, refuse_newer_database, script_for_engine
from server.errors import SettingsError, Unavailable, UndersignedError

# Connections and transactions.

BUSY_TIMEOUT_S = 5.0

# The pysqlite3 wheel looks for an adapter each time it binds None or bytes. Not finding one takes three times as long
# as calling these.
sqlite3.register_adapter(type(None), lambda none: none)
sqlite3.register_adapter(bytes, bytes)

# https://sqlite.org/wal.html#the_wal_reset_bug: in versions before these, two connections may lose a committed
# transaction. The first line has the patch level with the fix in each older branch.
_WAL_FIXED_IN_BRANCH = {(3, 44): 6, (3, 50): 7}
_WAL_FIXED = (3, 51, 3)


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Return whether this SQLite version can safely use write-ahead logging with several connections."""
    patch = _WAL_FIXED_IN_BRANCH.get(version[:2])
    return version >= _WAL_FIXED or (patch is not None and version[2] >= patch)


def check_present(path: Path) -> None:
    """Raise ``SettingsError`` if ``path`` is not a file. Without this check, SQLite would create an empty database."""
    if path.is_dir():
        raise SettingsError(f"{path} is a folder, not a database")
    if not path.is_file():
        raise SettingsError(
            f"there is no database at {path}. If there was one, put it back, or restore a backup: `undersigned restore "
            "FILE`. `undersigned migrate` creates an empty one"
        )


def connect(path: Path, *, library_version: tuple[int, int, int]) -> Any:
    """Open a connection with durable commits, enforced foreign keys and overwriting of deleted data.

    Any thread may use it, but only one at a time. Raises ``SettingsError`` when the file is missing, not a database or
    not writable, and ``Unavailable`` when it cannot be opened at the moment.
    """
    check_present(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            check_same_thread=False,
            isolation_level=None,
        )
    except sqlite3.Error as refusal:
        raise open_error(path, refusal) from refusal
    try:
        connection.execute(_busy_timeout(BUSY_TIMEOUT_S))
        for pragma in _pragmas_for(library_version):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as refusal:
        connection.close()
        raise open_error(path, refusal) from refusal
    return connection


def _pragmas_for(library_version: tuple[int, int, int]) -> tuple[str, ...]:
    return (
        f"journal_mode = {'WAL' if wal_is_safe(library_version) else 'TRUNCATE'}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
        "mmap_size = 0",
    )


def truncate_wal(connection: Any, *, wait_s: float) -> bool:
    """Checkpoint the write-ahead log and truncate it to zero bytes, because it may still contain erased data.

    The caller must hold the writer lock. Returns False when a reader keeps an older snapshot open for longer than
    ``wait_s``, or the connection is in a transaction. Raises ``Unavailable`` when the disk cannot be written.
    """
    if connection.in_transaction:
        return False
    with errors_translated:
        connection.execute(_busy_timeout(wait_s))  # the checkpoint waits for readers as long as this timeout
        try:
            [(is_busy, *_)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.execute(_busy_timeout(BUSY_TIMEOUT_S))
    return not is_busy


def _busy_timeout(seconds: float) -> str:
    return f"PRAGMA busy_timeout = {int(seconds * 1000)}"


def open_error(path: Path, refusal: Exception) -> UndersignedError:
    """Return ``Unavailable`` for a temporary error on a file that we may read and write, else ``SettingsError``."""
    if error_code(refusal) in _TEMPORARY_ERRORS and os.access(path, os.R_OK | os.W_OK):
        return Unavailable(f"the database cannot be opened now: {refusal}")
    return SettingsError(f"{path} cannot be used as a database: {refusal}")


def database(connection: Any) -> Database:
    """Wrap a connection for sqlite-utils, without running its installed plugins."""
    return Database(connection, execute_plugins=False)


def statements_of(script: str) -> Iterator[str]:
    """Yield the statements of an SQL script. ``executescript`` cannot be used: it commits the open transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def tables_of(connection: Any) -> list[Table]:
    """Return the tables that the migrations created, in creation order, with stored columns and primary keys.

    The tables of the full-text index are left out, because triggers fill them.
    """
    plain = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT GLOB '*sqlite*'"
    names = connection.execute(f"SELECT name FROM sqlite_master WHERE name IN ({plain}) ORDER BY rowid").fetchall()  # noqa: S608
    found = []
    for (name,) in names:
        columns = [column for column in connection.execute(f"PRAGMA table_xinfo({name})") if column[6] == 0]
        key = sorted((column[5], column[1]) for column in columns if column[5])
        found.append(Table(name, tuple(column[1] for column in columns), tuple(part for _, part in key)))
    return found


def error_code(refusal: Any) -> int:
    """Return SQLite's primary result code, which is the low byte of the extended result code."""
    return int(getattr(refusal, "sqlite_errorcode", 0)) & 0xFF


class _ErrorsTranslated:
    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, refusal: BaseException | None, _trace: object) -> None:
        if isinstance(refusal, sqlite3.IntegrityError) and "UNIQUE constraint failed" in str(refusal):
            raise Conflict(str(refusal)) from refusal
        if isinstance(refusal, sqlite3.OperationalError) and error_code(refusal) in _TEMPORARY_ERRORS:
            raise Unavailable(str(refusal)) from refusal
        if isinstance(refusal, sqlite3.DatabaseError) and error_code(refusal) in _DAMAGE:
            raise Unavailable(f"the database is damaged: {refusal}") from refusal


errors_translated = _ErrorsTranslated()
"""Translates SQLite errors: a violated unique index to ``Conflict``, ``_TEMPORARY_ERRORS`` to ``Unavailable``."""

_TEMPORARY_ERRORS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}


_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteTx:
    """A transaction on one connection; see ``server.db.Tx``."""

    shards = 1

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._depth = 0

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows as dicts."""
        with errors_translated:
            cursor = self._connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description or ()]
            # ``strict=True`` would take a tenth of the time of a read; the two cannot differ in length.
            return [dict(zip(names, row, strict=False)) for row in cursor]

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return the number of affected rows."""
        with errors_translated:
            return int(self._connection.execute(sql, parameters).rowcount)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a nested block. If it raises, only its own writes are rolled back."""
        self._depth += 1
        name = f"step_{self._depth}"
        with errors_translated:
            self._connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # on a full disk SQLite has already rolled back all of it
                self._connection.execute(f"ROLLBACK TO {name}")
                self._connection.execute(f"RELEASE {name}")
            raise
        else:
            with errors_translated:
                self._connection.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1


# Migrations with sqlite-utils, which records the ones that were applied.

# https://sqlite.org/fts5.html#the_secure_delete_configuration_option: added in 3.42, reliable since 3.44.
_SECURE_DELETE_FROM = (3, 44, 0)


def _migration(
    script: str, *, version: tuple[int, int, int] = sqlite3.sqlite_version_info
) -> Callable[[Database], None]:
    engine = "sqlite" if version >= _SECURE_DELETE_FROM else "sqlite without secure-delete"

    def run(db: Database) -> None:
        for statement in statements_of(script_for_engine(engine, script)):
            db.execute(statement)

    return run


def _migrations() -> Migrations:
    steps = Migrations("undersigned")
    for name, script in migration_scripts().items():
        steps(name=name)(_migration(script))
    return steps


APPLICATION_ID = 0x556E6465  # "Unde" in ASCII; see ``server.db.sqlite_file``


def apply_migrations(connection: Any, *, steps: Migrations | None = None) -> list[str]:
    """Apply all missing migrations in one transaction and return their names.

    Raises ``SettingsError`` when the database has migrations that only a newer version knows.
    """
    steps = steps or _migrations()
    db = database(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending = [step.name for step in steps.pending(db)]
        refuse_newer_database([step.name for step in steps.applied(db)])
        steps.apply(db)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return pending


def list_pending(connection: Any) -> list[str]:
    """Return the names of the migrations that a database lacks, or [] if it has no tables at all."""
    db, steps = database(connection), _migrations()
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'statements'").fetchone():
        return []
    refuse_newer_database([step.name for step in steps.applied(db)])
    return [step.name for step in steps.pending(db)]
