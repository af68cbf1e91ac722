"""The PostgreSQL store: a connection pool, serializable transactions, and the migrations on them."""

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
    Conflict,
    Contended,
    Row,
    Table,
    Tx,
    migration_scripts,
    must_write_alone,
    refuse_newer_database,
    script_for_engine,
)
from server.errors import SettingsError, Unavailable

# Connections and transactions.

BUSY_TIMEOUT_S = 5.0
CONNECTIONS = 16
IDLE_CHECK_S = 1.0

# A string, a cast or a comment is copied; a name after a colon is a parameter, and a percent sign is psycopg's own.
_SQL_TOKEN = re.compile(r"'(?:[^']|'')*'|::|--[^\n]*|:([a-z_][a-z0-9_]*)|%")


class Pooled(Connection[Row]):
    """A connection that remembers since when it has lain in the pool."""

    idle_since = 0.0


def make_pool(url: str) -> ConnectionPool[Pooled]:
    """Return an open pool; a connection is made when one is asked for, and one that died in the pool is replaced.

    Nothing is prepared on the server, so that poolers which hand out another connection for each transaction serve too.
    """
    return ConnectionPool(
        url,
        connection_class=Pooled,
        check=_check_after_idle,
        reset=_mark_idle,
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
    """Read sums as integers, as SQLite gives them: all that we add up is whole."""
    connection.adapters.register_loader("numeric", IntLoader)
    _mark_idle(connection)


def _mark_idle(connection: Pooled) -> None:
    connection.idle_since = time.monotonic()


def _check_after_idle(connection: Pooled) -> None:
    """Ask a connection whether it still lives; one that was in use a moment ago is not asked, for that takes a trip."""
    if time.monotonic() - connection.idle_since > IDLE_CHECK_S:
        ConnectionPool.check_connection(connection)


@lru_cache(maxsize=512)
def to_psycopg_placeholders(sql: str) -> str:
    """Return a statement with ``%(name)s`` for ``:name``, and its percent signs doubled."""

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
            raise self._taken(_first_line(refusal)) from refusal
        if isinstance(refusal, errors.SerializationFailure | errors.DeadlockDetected):
            raise Contended(_first_line(refusal)) from refusal
        if isinstance(refusal, _PERMANENT_ERRORS):
            raise SettingsError(f"the database cannot be used: {_first_line(refusal)}") from refusal
        if isinstance(refusal, psycopg.OperationalError | PoolTimeout):
            raise Unavailable(_first_line(refusal)) from refusal


# Turn PostgreSQL's refusals into ours. A taken place is a Conflict only for who writes alone: else the row that holds
# it may be younger than all that this transaction sees, and what follows from that would be wrong.
errors_translated_alone, errors_translated_shared = _ErrorsTranslated(alone=True), _ErrorsTranslated(alone=False)

_PERMANENT_ERRORS = (errors.InvalidPassword, errors.InvalidCatalogName, errors.InvalidAuthorizationSpecification)


def _first_line(refusal: BaseException) -> str:
    """Return the first line alone: the others may show values of a row."""
    return (str(refusal).splitlines() or [type(refusal).__name__])[0]


class PostgresTx:
    """A transaction on one connection; see ``server.db.Tx``."""

    shards = 32

    def __init__(self, connection: Connection[Row], *, alone: bool) -> None:
        self._connection = connection
        self._in_our_words = errors_translated_alone if alone else errors_translated_shared

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows as dicts."""
        with self._in_our_words:
            cursor = self._connection.execute(to_psycopg_placeholders(sql), parameters)
            return cursor.fetchall() if cursor.description else []

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return how many rows it touched."""
        with self._in_our_words:
            cursor = self._connection.execute(to_psycopg_placeholders(sql), parameters)
            return int(cursor.rowcount)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a nested step that is undone alone when it raises."""
        with self._in_our_words, self._connection.transaction():
            yield


# Migrations: the same scripts, with the words that PostgreSQL spells differently replaced.

_MIGRATION_LOCK = 0x756E6465  # "unde": one number for this program, of all the numbers that advisory locks have
_CREATE_MIGRATIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS applied_steps (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())"
)
# Epoch seconds outgrow four bytes in 2038. Text is compared byte by byte, as SQLite does, whatever the database's
# language is.
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
    """Return what an SQL script has for PostgreSQL, with its types."""
    script = script_for_engine("postgresql", script)
    for ours, theirs in _DIALECT:
        script = re.sub(ours, theirs, script)
    return script


def apply_migrations(connection: Connection[Row], *, create: bool) -> list[str]:
    """Take every step that is missing, all in one transaction, and return their names.

    Raises ``SettingsError`` when a newer program has been here, and when there are no tables and ``create`` does not
    say to make them: an empty list over a lost one would look like a fresh start.
    """
    with connection.transaction():
        connection.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        if not create and not _has_tables(connection):
            raise SettingsError("there are no tables in this database; `undersigned migrate` creates them")
        connection.execute(_CREATE_MIGRATIONS_TABLE)
        done = [row["name"] for row in connection.execute("SELECT name FROM applied_steps").fetchall()]
        refuse_newer_database(done)
        missing = {name: script for name, script in migration_scripts().items() if name not in done}
        for name, script in missing.items():
            connection.execute(to_postgres_dialect(script).encode())
            connection.execute("INSERT INTO applied_steps (name) VALUES (%s)", [name])
    return list(missing)


def _has_tables(connection: Connection[Row]) -> bool:
    found = connection.execute("SELECT to_regclass('applied_steps') IS NOT NULL AS found").fetchone()
    return bool(found and found["found"])


# The store.

_WRITER_LOCK = 0x7369676E  # "sign": the writers' place, of all the numbers that advisory locks have
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Nobody waits for a lock for longer than on SQLite, and a writer that hangs does not keep its locks for ever.
_SET_TIMEOUTS = f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_S:g}s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"
_BEGIN_SHARED = (
    f"BEGIN ISOLATION LEVEL SERIALIZABLE; {_SET_TIMEOUTS}; "
    f"SELECT pg_try_advisory_xact_lock_shared({_WRITER_LOCK}) AS free"
)
_WAIT_FOR_WRITER = f"ROLLBACK; BEGIN; {_SET_TIMEOUTS}; SELECT pg_advisory_xact_lock_shared({_WRITER_LOCK}); COMMIT"
# Each statement sees what was committed before it, and after the lock nobody else commits.
_BEGIN_ALONE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_SET_TIMEOUTS}; SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
_LIST_TABLES = """
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
    """See ``server.db.Store``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._opened: tuple[int, ConnectionPool[Pooled]] | None = None
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a reading transaction: it waits for nobody and sees one state of the database."""
        with self._transaction(_BEGIN_READ, alone=True) as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a writing transaction: as if it were alone, and on the disk at its end.

        Raises ``Contended`` at any line, and at its end, when another writer was in its way. Within
        ``writing_alone()`` it waits for the others to end instead, and raises ``Unavailable`` when they do not within
        ``BUSY_TIMEOUT_S``.
        """
        with self._transaction(_BEGIN_ALONE if must_write_alone() else _BEGIN_SHARED, alone=must_write_alone()) as tx:
            yield tx
        self.writes += 1

    def tidy(self) -> bool:
        """Nothing to do: what was overwritten goes when the server vacuums."""
        return True

    @contextmanager
    def _transaction(self, begin: str, *, alone: bool) -> Iterator[Tx]:
        words = errors_translated_alone if alone else errors_translated_shared
        with words, self._pool().connection() as connection:
            try:
                while not _is_begun(connection.execute(begin)):
                    connection.execute(_WAIT_FOR_WRITER)
                yield PostgresTx(connection, alone=alone)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.OperationalError):  # the connection is gone, and the transaction with it
                    connection.execute("ROLLBACK")
                raise

    def _pool(self) -> ConnectionPool[Pooled]:
        """Return this process's pool; raises ``SettingsError`` where a parent process has opened one before."""
        if self._opened is None:
            with self._opening:
                self._opened = self._opened or (os.getpid(), make_pool(self._url))
        pid, pool = self._opened
        if pid != os.getpid():
            raise SettingsError("the database was opened before this process was forked; fork first, or close it")
        return pool

    def migrate(self, *, create: bool = False) -> list[str]:
        """Bring the tables up to date; two that do it at once wait for each other."""
        with errors_translated_alone, self._pool().connection() as connection:
            return apply_migrations(connection, create=create)

    def tables(self) -> list[Table]:
        """Return the tables in the order in which they were made, so that those that others refer to come first."""
        with errors_translated_alone, self._pool().connection() as connection:
            return [
                Table(row["name"], tuple(row["columns"]), tuple(row["key"]))
                for row in connection.execute(_LIST_TABLES).fetchall()
            ]

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows in one COPY."""
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
        """Let the ids that PostgreSQL hands out go on behind the highest one."""
        with errors_translated_alone, self._pool().connection() as connection:
            connection.execute(_RESUME_SEQUENCES)

    def facts(self) -> dict[str, str]:
        """Return engine, server version and durability."""
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
    """Say whether a transaction has its place; had it waited there, it would see the rows as they were before."""
    while begun.nextset():
        continue
    return begun.description is None or (begun.fetchone() or {}).get("free") is not False
