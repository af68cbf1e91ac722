"""The engine for many machines: PostgreSQL, serializable transactions, one pool of connections a process."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Cursor
from psycopg_pool import ConnectionPool

from server.errors import SettingsError
from server.storage import postgres
from server.storage.migrations import postgres_steps
from server.storage.retrying import is_alone
from server.storage.transactions import Row, Table, Tx

_PLACE = 0x7369676E  # "sign": the writers' place, of all the numbers that advisory locks have
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# Nobody waits for a lock for longer than on SQLite, and a writer that hangs does not keep its locks for ever.
_PATIENCE = (
    f"SET LOCAL lock_timeout = '{postgres.BUSY_TIMEOUT_S:g}s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"
)
_AMONG_OTHERS = (
    f"BEGIN ISOLATION LEVEL SERIALIZABLE; {_PATIENCE}; SELECT pg_try_advisory_xact_lock_shared({_PLACE}) AS free"
)
_WAIT_FOR_OTHERS = f"ROLLBACK; BEGIN; {_PATIENCE}; SELECT pg_advisory_xact_lock_shared({_PLACE}); COMMIT"
# Each statement sees what was committed before it, and after the lock nobody else commits.
_ALONE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_PATIENCE}; SELECT pg_advisory_xact_lock({_PLACE})"
_TABLES = """
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
_GO_ON = """
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
    """See ``transactions.Store``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._opened: tuple[int, ConnectionPool[postgres.Pooled]] | None = None
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Open a reading transaction: it waits for nobody and sees one state of the database."""
        with self._transaction(_READ, alone=True) as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a writing transaction: as if it were alone, and on the disk at its end.

        Raises ``Contended`` at any line, and at its end, when another writer was in its way. Within ``alone()`` it
        waits for the others to end instead. Raises ``Unavailable`` when they do not within ``BUSY_TIMEOUT_S``.
        """
        with self._transaction(_ALONE if is_alone() else _AMONG_OTHERS, alone=is_alone()) as tx:
            yield tx
        self.writes += 1

    def tidy(self) -> bool:
        """Nothing to do: what was overwritten goes when the server vacuums."""
        return True

    @contextmanager
    def _transaction(self, begin: str, *, alone: bool) -> Iterator[Tx]:
        words = postgres.words_alone if alone else postgres.words_among_others
        with words, self._pool().connection() as connection:
            try:
                while not _is_begun(connection.execute(begin)):
                    connection.execute(_WAIT_FOR_OTHERS)
                yield postgres.PostgresTx(connection, alone=alone)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.OperationalError):  # the connection is gone, and the transaction with it
                    connection.execute("ROLLBACK")
                raise

    def _pool(self) -> ConnectionPool[postgres.Pooled]:
        """Return this process's pool; raises ``SettingsError`` where a parent process has opened one before."""
        if self._opened is None:
            with self._opening:
                self._opened = self._opened or (os.getpid(), postgres.make_pool(self._url))
        pid, pool = self._opened
        if pid != os.getpid():
            raise SettingsError("the database was opened before this process was forked; fork first, or close it")
        return pool

    def migrate(self, *, create: bool = False) -> list[str]:
        """Bring the tables up to date; two that do it at once wait for each other."""
        with postgres.words_alone, self._pool().connection() as connection:
            return postgres_steps.apply(connection, create=create)

    def tables(self) -> list[Table]:
        """Return the tables in the order in which they were made, so that those that others refer to come first."""
        with postgres.words_alone, self._pool().connection() as connection:
            return [
                Table(row["name"], tuple(row["columns"]), tuple(row["key"]))
                for row in connection.execute(_TABLES).fetchall()
            ]

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows in one COPY."""
        statement = f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN"
        with (
            postgres.words_alone,
            self._pool().connection() as connection,
            connection.transaction(),
            connection.cursor().copy(statement.encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def end_load(self) -> None:
        """Let the ids that PostgreSQL hands out go on behind the highest one."""
        with postgres.words_alone, self._pool().connection() as connection:
            connection.execute(_GO_ON)

    def facts(self) -> dict[str, str]:
        """Return engine, server version and durability."""
        with postgres.words_alone, self._pool().connection() as connection:

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
