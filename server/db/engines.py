"""Opens a store by its URL or path, and copies the rows of one store into another."""

import hashlib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from server.db import Backups, Row, Store, Table, plain_value
from server.db.sqlite_backup import SqliteBackups
from server.db.sqlite_store import SqliteStore
from server.errors import Refused, SettingsError

# Choosing the engine by the URL.


def open_store(address: str) -> Store:
    """Return the store at ``address``: a path, ``sqlite:///path``, or ``postgresql://...``. It connects at first use.

    Raises ``SettingsError`` for an unknown engine. The message does not contain the password of the URL.
    """
    file = file_of(address)
    return _postgres_store(address) if file is None else SqliteStore(file)


def file_of(address: str) -> Path | None:
    """Return the path of the SQLite file, None for PostgreSQL; raises ``SettingsError`` like ``open_store``."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return Path(address).absolute()
    if scheme in ("postgresql", "postgres"):
        return None
    if scheme != "sqlite":
        raise SettingsError(f"the database must be SQLite or PostgreSQL; {scheme}:// is not supported")
    if not rest.startswith("/"):
        raise SettingsError("an SQLite database has no host: use sqlite:///path, or sqlite:////path from the root")
    return Path(rest[1:]).absolute()


def open_backups(address: str) -> Backups:
    """Return what writes and restores backups of the database at ``address``; raises like ``open_store``."""
    file = file_of(address)
    if file is not None:
        return SqliteBackups(file)
    backups: Backups = _import_postgres("server.db.postgres_backup").PostgresBackups(address)
    return backups


def _postgres_store(url: str) -> Store:
    store: Store = _import_postgres("server.db.postgres").PostgresStore(url)
    return store


def _import_postgres(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as missing:
        raise SettingsError("PostgreSQL needs one more package: pip install 'undersigned[postgres]'") from missing


# Copying rows between stores, in the order of their primary keys, so that an interrupted copy can be resumed.

COPY_BATCH = 10_000


def count_rows(store: Store) -> int:
    """Return the number of rows in all tables together."""
    with store.read() as tx:
        return sum(int(tx.rows(f"SELECT count(*) AS n FROM {table.name}", {})[0]["n"]) for table in store.tables())


def copy_rows(source: Store, target: Store, *, progress: Callable[[int], object]) -> int:
    """Copy the rows of ``source`` that ``target`` does not have yet, compare both, and return the number of rows.

    ``target`` must be empty or contain the rows of an interrupted copy. Nobody may write to either store meanwhile.
    ``progress`` is called with the number of rows of each batch. Raises ``Refused`` with the name of the table.
    """
    tables = source.tables()
    if {table.name: set(table.columns) for table in tables} != {
        table.name: set(table.columns) for table in target.tables()
    }:
        raise Refused("the two databases have different tables; bring both up to date with the same version")
    for table in tables:
        for rows in _batches(source, table, after=_last_key(target, table)):
            target.load(table, [tuple(row[column] for column in table.columns) for row in rows])
            progress(len(rows))
    target.end_load()
    return sum(_compare_table(source, target, table) for table in tables)


def _batches(store: Store, table: Table, *, after: Row | None) -> Iterator[list[Row]]:
    """Yield the rows of a table in batches, ordered by primary key, starting after the key ``after``."""
    key, columns = ", ".join(table.key), ", ".join(table.columns)
    marks = ", ".join(f":{name}" for name in table.key)
    while True:
        where = "" if after is None else f"WHERE ({key}) > ({marks})"
        query = f"SELECT {columns} FROM {table.name} {where} ORDER BY {key} LIMIT {COPY_BATCH}"
        with store.read() as tx:
            rows = tx.rows(query, {name: after[name] for name in table.key} if after else {})
        if rows:
            yield rows
        if len(rows) < COPY_BATCH:
            return
        after = rows[-1]


def _last_key(store: Store, table: Table) -> Row | None:
    falling = ", ".join(f"{name} DESC" for name in table.key)
    with store.read() as tx:
        rows = tx.rows(f"SELECT {', '.join(table.key)} FROM {table.name} ORDER BY {falling} LIMIT 1", {})
    return rows[0] if rows else None


def _compare_table(source: Store, target: Store, table: Table) -> int:
    """Return the number of rows in a table; raises ``Refused`` unless both stores have the same rows."""
    (rows, ours), (_, theirs) = _fingerprint(source, table), _fingerprint(target, table)
    if ours != theirs:
        raise Refused(f"{table.name} is not the same in both databases")
    return rows


def _fingerprint(store: Store, table: Table) -> tuple[int, bytes]:
    count, digest = 0, hashlib.sha256()
    for rows in _batches(store, table, after=None):
        count += len(rows)
        for row in rows:
            digest.update(repr([plain_value(row[column]) for column in table.columns]).encode())
    return count, digest.digest()
