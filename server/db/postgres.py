"""The PostgreSQL store: connection pool, serializable transactions and migrations."""

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import ClientCursor, Connection, Cursor, errors
from psycopg.rows import dict_row
from psycopg.types.numeric import IntLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from server.db import (
    UNFINISHED_RESTORE,
    Conflict,
    Contended,
    Row,
    Table,
    Tx,
    is_exclusive_write,
    migration_scripts,
    refuse_newer_database,
    script_for_engine,
)
from server.errors import SettingsError, Unavailable

# Connections and transactions.

BUSY_TIMEOUT_S = 5.0
CONNECTIONS = 16
IDLE_CHECK_S = 1.0

# Matches string literals, casts and comments, which are copied; ``:name`` parameters; and percent signs, which
# psycopg needs doubled.
_SQL_TOKEN = re.compile(r"'(?:[^']|'')*'|::|--[^\n]*|:([a-z_][a-z0-9_]*)|%")


class Pooled(Connection[Row]):
    """A connection that remembers when it was returned to the pool, as ``time.monotonic`` seconds."""

    idle_since = 0.0


def make_pool(url: str) -> ConnectionPool[Pooled]:
    """Return an open pool. It connects on demand and replaces connections that died while idle.

    Prepared statements are off, so that external poolers in transaction mode (such as PgBouncer) work too.
    """
    return ConnectionPool(
        url,
        connection_class=Pooled,
        check=_check_after_idle,
        min_size=0,
        max_size=CONNECTIONS,
        timeout=BUSY_TIMEOUT_S,
        open=True,
        configure=_configure,
        kwargs={
            "autocommit": True,
            "prepare_threshold": None,
            "cursor_factory": ClientCursor,
            "row_factory": dict_row,
            "connect_timeout": int(BUSY_TIMEOUT_S),
            "application_name": "undersigned",
        },
    )


def _configure(connection: Pooled) -> None:
    """Load ``numeric`` values, which ``sum`` returns, as int, like SQLite; all our sums are whole numbers."""
    connection.adapters.register_loader("numeric", IntLoader)
    _mark_idle(connection)


def _mark_idle(connection: Pooled) -> None:
    connection.idle_since = time.monotonic()


def _check_after_idle(connection: Pooled) -> None:
    """Check that a connection is alive. Skip the round trip if it was in use less than ``IDLE_CHECK_S`` ago."""
    if time.monotonic() - connection.idle_since > IDLE_CHECK_S:
        ConnectionPool.check_connection(connection)


@lru_cache(maxsize=512)
def to_psycopg_placeholders(sql: str) -> str:
    """Return the statement with ``:name`` replaced by ``%(name)s`` and with percent signs doubled."""

    def translated(token: re.Match[str]) -> str:
        return f"%({token[1]})s" if token[1] else token[0].replace("%", "%%")

    return _SQL_TOKEN.sub(translated, sql)


class _ErrorsTranslated:
    def __init__(self, *, alone: bool) -> None:
        self._taken = Conflict if alone else Contended

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, refusal: BaseException | None, _trace: object) -> None:
        if isinstance(refusal, errors.UniqueViolation):
            raise self._taken(first_line(refusal)) from refusal
        if isinstance(refusal, errors.SerializationFailure | errors.DeadlockDetected):
            raise Contended(first_line(refusal)) from refusal
        if isinstance(refusal, _PERMANENT_ERRORS):
            raise SettingsError(f"the database cannot be used: {first_line(refusal)}") from refusal
        if isinstance(refusal, psycopg.OperationalError | PoolTimeout):
            raise Unavailable(first_line(refusal)) from refusal


# Translate PostgreSQL errors. A violated unique index is a Conflict only for a writer that is alone. With concurrent
# writers it is Contended, because the other row may be newer than the snapshot of this transaction, which would then
# look for that row in vain.
errors_translated_alone, errors_translated_shared = _ErrorsTranslated(alone=True), _ErrorsTranslated(alone=False)

_PERMANENT_ERRORS = (errors.InvalidPassword, errors.InvalidCatalogName, errors.InvalidAuthorizationSpecification)


def first_line(refusal: BaseException) -> str:
    """Return the first line of the message only, because the other lines may contain values of a row."""
    return (str(refusal).splitlines() or [type(refusal).__name__])[0]


class PostgresTx:
    """A transaction on one connection; see ``server.db.Tx``."""

    shards = 32

    def __init__(self, connection: Connection[Row], *, alone: bool) -> None:
        self._connection = connection
        self._translate_errors = errors_translated_alone if alone else errors_translated_shared

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows as dicts."""
        with self._translate_errors:
            cursor = self._connection.execute(to_psycopg_placeholders(sql), parameters)
            return cursor.fetchall() if cursor.description else []

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return the number of affected rows."""
        with self._translate_errors:
            cursor = self._connection.execute(to_psycopg_placeholders(sql), parameters)
            return int(cursor.rowcount)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a nested block. If it raises, only its own writes are rolled back."""
        with self._translate_errors, self._connection.transaction():
            yield


# Migrations: the same scripts as for SQLite, translated to PostgreSQL's dialect.

_MIGRATION_LOCK = 0x756E6465  # "unde" in ASCII: an arbitrary key for the advisory lock during migrations
CREATE_MIGRATIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS applied_steps (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())"
)
# BIGINT, because epoch seconds exceed four bytes in 2038. COLLATE "C" compares text byte by byte, like SQLite, whatever
# the locale of the database is.
_DIALECT = (
    (r"INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bBLOB\b", "BYTEA"),
    (r"\bTEXT\b", 'TEXT COLLATE "C"'),
    (r"\) STRICT(, WITHOUT ROWID)?;", ");"),
    (
        r"CREATE TRIGGER (\w+) (BEFORE (?:UPDATE|DELETE) ON \w+)\nBEGIN\n  SELECT RAISE\(ABORT, ('[^']*')\);\nEND;",
        (
            r"CREATE FUNCTION \1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
            r" MESSAGE = \3, ERRCODE = 'integrity_constraint_violation'; END $$;"
            r" CREATE TRIGGER \1 \2 FOR EACH ROW EXECUTE FUNCTION \1();"
        ),
    ),
)


def to_postgres_dialect(script: str) -> str:
    """Return the part of a migration script that is for PostgreSQL, with types and triggers translated."""
    script = script_for_engine("postgresql", script)
    for ours, theirs in _DIALECT:
        script = re.sub(ours, theirs, script)
    return script


def apply_migrations(connection: Connection[Row], *, create: bool, restoring: bool = False) -> list[str]:
    """Apply all missing migrations in one transaction and return their names.

    Raises ``SettingsError`` when a newer version has migrated the database, and when there are no tables and
    ``create`` is false: otherwise a lost database would be replaced by an empty one and nobody would notice.
    """
    with connection.transaction():
        connection.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        if not create and not _has_tables(connection):
            raise SettingsError("there are no tables in this database; `undersigned migrate` creates them")
        connection.execute(CREATE_MIGRATIONS_TABLE)
        done = [row["name"] for row in connection.execute("SELECT name FROM applied_steps").fetchall()]
        refuse_newer_database([name for name in done if not restoring or name != UNFINISHED_RESTORE])
        missing = {name: script for name, script in migration_scripts().items() if name not in done}
        for name, script in missing.items():
            connection.execute(to_postgres_dialect(script).encode())
            connection.execute("INSERT INTO applied_steps (name) VALUES (%s)", [name])
    return list(missing)


def _has_tables(connection: Connection[Row]) -> bool:
    found = connection.execute("SELECT to_regclass('applied_steps') IS NOT NULL AS found").fetchone()
    return bool(found and found["found"])


# The store.

_WRITER_LOCK = 0x7369676E  # "sign" in ASCII: writers share this advisory lock, a lone writer takes it exclusively
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Wait for a lock no longer than on SQLite. A transaction that is idle for 60 seconds is ended, with its locks.
_SET_TIMEOUTS = f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_S:g}s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"
_BEGIN_SHARED = (
    f"BEGIN ISOLATION LEVEL SERIALIZABLE; {_SET_TIMEOUTS}; "
    f"SELECT pg_try_advisory_xact_lock_shared({_WRITER_LOCK}) AS free"
)
_WAIT_FOR_WRITER = f"ROLLBACK; BEGIN; {_SET_TIMEOUTS}; SELECT pg_advisory_xact_lock_shared({_WRITER_LOCK}); COMMIT"
# READ COMMITTED is enough for a writer that is alone: each statement sees all earlier commits, and nobody else commits
# while it holds the lock.
_BEGIN_ALONE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_SET_TIMEOUTS}; SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
LIST_TABLES = """
SELECT relname AS name,
       (SELECT array_agg(attname::text ORDER BY attnum)
          FROM pg_attribute
         WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
       (SELECT array_agg(attname::text ORDER BY place)
          FROM unnest(conkey) WITH ORDINALITY AS used (number, place)
          JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS key
  FROM pg_class
  JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'applied_steps'
 ORDER BY pg_class.oid
"""
_RESUME_SEQUENCES = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT table_name AS name FROM information_schema.columns
                WHERE table_schema = 'public' AND is_identity = 'YES'
  LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 0) + 1, false) FROM %I',
                   found.name, found.name);
  END LOOP;
END $$
"""


class PostgresStore:
    """See ``server.db.Store``. ``restoring``: accept a database that is not yet restored completely."""

    def __init__(self, url: str, *, restoring: bool = False) -> None:
        self._url = url
        self._restoring = restoring
        self._opening = threading.Lock()
        self._opened: tuple[int, ConnectionPool[Pooled]] | None = None
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a read-only transaction with one snapshot of the database; it waits for no lock."""
        with self._transaction(_BEGIN_READ, alone=True) as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a serializable transaction, which is durable when the block ends.

        Any statement, and the commit, may raise ``Contended`` when a concurrent writer conflicts. Within
        ``writing_alone()`` it waits for the other writers to finish instead, and raises ``Unavailable`` when they take
        longer than ``BUSY_TIMEOUT_S``.
        """
        with self._transaction(
            _BEGIN_ALONE if is_exclusive_write() else _BEGIN_SHARED, alone=is_exclusive_write()
        ) as tx:
            yield tx
        self.writes += 1

    def tidy(self) -> bool:
        """Do nothing: PostgreSQL removes erased rows when it vacuums."""
        return True

    def check_file(self) -> None:
        """Do nothing: PostgreSQL looks after its files."""

    @contextmanager
    def _transaction(self, begin: str, *, alone: bool) -> Iterator[Tx]:
        words = errors_translated_alone if alone else errors_translated_shared
        with words, self._pool().connection() as connection:
            try:
                # Another writer is alone: wait for it outside of the transaction, and begin again with a new snapshot.
                while not _is_begun(connection.execute(begin)):
                    connection.execute(_WAIT_FOR_WRITER)
                yield PostgresTx(connection, alone=alone)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.OperationalError):  # if the connection is lost, so is the transaction
                    connection.execute("ROLLBACK")
                raise
            finally:
                # Not by the ``reset`` of the pool: it returns connections in a thread, so that ``close`` misses some.
                _mark_idle(connection)

    def _pool(self) -> ConnectionPool[Pooled]:
        """Return the pool of this process; raises ``SettingsError`` if a parent process opened it before the fork."""
        if self._opened is None:
            with self._opening:
                self._opened = self._opened or (os.getpid(), make_pool(self._url))
        pid, pool = self._opened
        if pid != os.getpid():
            raise SettingsError("the database was opened before this process was forked; fork first, or close it")
        return pool

    def migrate(self, *, create: bool = False) -> list[str]:
        """Apply the missing migrations. If two processes do so at once, one waits for the other."""
        with errors_translated_alone, self._pool().connection() as connection:
            return apply_migrations(connection, create=create, restoring=self._restoring)

    def pending_migrations(self) -> list[str]:
        """Return the names of the migrations that this database lacks, if it has tables."""
        with errors_translated_alone, self._pool().connection() as connection:
            if not _has_tables(connection):
                return []
            done = [row["name"] for row in connection.execute("SELECT name FROM applied_steps").fetchall()]
        refuse_newer_database(done)
        return [name for name in migration_scripts() if name not in done]

    def serve(self) -> None:
        """Do nothing: ``pg_stat_activity`` shows who is connected."""

    def tables(self) -> list[Table]:
        """Return the tables in creation order, so that each comes after those that its foreign keys refer to."""
        with errors_translated_alone, self._pool().connection() as connection:
            return [
                Table(row["name"], tuple(row["columns"]), tuple(row["key"]))
                for row in connection.execute(LIST_TABLES).fetchall()
            ]

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows with one COPY statement."""
        statement = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
        with (
            errors_translated_alone,
            self._pool().connection() as connection,
            connection.transaction(),
            connection.cursor().copy(statement.encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def end_load(self) -> None:
        """Set each identity sequence to continue after the highest id in its table."""
        with errors_translated_alone, self._pool().connection() as connection:
            connection.execute(_RESUME_SEQUENCES)

    def facts(self) -> dict[str, str]:
        """Return engine, server version, durability and isolation level."""
        with errors_translated_alone, self._pool().connection() as connection:

            def show(name: str) -> str:
                row: Any = connection.execute(f"SHOW {name}").fetchone()
                return str(row[name])

            durable = show("fsync") == "on" and show("synchronous_commit") in ("on", "remote_apply", "remote_write")
            return {
                "engine": "postgresql",
                "library": show("server_version"),
                "synchronous": "full" if durable else "not durable",
                "isolation": "serializable",
            }

    def close(self) -> None:
        """Close the connections that this process opened."""
        if self._opened is not None and self._opened[0] == os.getpid():
            self._opened[1].close()
        self._opened = None


def _is_begun(begun: Cursor[Row]) -> bool:
    """Return False if ``_BEGIN_SHARED`` did not get its lock, because another writer is alone.

    The caller then rolls back, waits, and begins again. If the transaction waited for the lock itself, its snapshot
    would be older than the other writer's commit.
    """
    while begun.nextset():  # go to the result of the last statement
        continue
    return begun.description is None or (begun.fetchone() or {}).get("free") is not False
