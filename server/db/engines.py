"""Copies a database into another one, whichever engines they are: in the order of keys, so that it can be resumed."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from server.errors import UndersignedError
from server.storage.transactions import Row, Store, Table

BATCH = 10_000


class CopyDiffers(UndersignedError):
    """Raised when what stands in the copy is not what stands in the source."""

    code, status = "copy-differs", 409


def count_rows(store: Store) -> int:
    """Return how many rows all tables have."""
    with store.read() as tx:
        return sum(int(tx.rows(f"SELECT count(*) AS n FROM {table.name}", {})[0]["n"]) for table in store.tables())


def copy(source: Store, target: Store, *, progress: Callable[[int], object]) -> int:
    """Bring every row of ``source`` that ``target`` has not into it, compare both, and return how many rows they have.

    ``target`` is empty, or has what an earlier copy left when it was broken off. Nobody may write to either meanwhile.
    ``progress`` is told of rows as they come. Raises ``CopyDiffers`` with the name of the table.
    """
    tables = source.tables()
    if {table.name: set(table.columns) for table in tables} != {
        table.name: set(table.columns) for table in target.tables()
    }:
        raise CopyDiffers("the two databases have different tables; bring both up to date with the same version")
    for table in tables:
        for rows in _batches(source, table, after=_last_key(target, table)):
            target.load(table, [tuple(row[column] for column in table.columns) for row in rows])
            progress(len(rows))
    target.end_load()
    return sum(_compared(source, target, table) for table in tables)


def _batches(store: Store, table: Table, *, after: Row | None) -> Iterator[list[Row]]:
    """Yield the rows of a table in the order of their key, from behind the key ``after`` on."""
    key, columns = ", ".join(table.key), ", ".join(table.columns)
    marks = ", ".join(f":{name}" for name in table.key)
    while True:
        where = "" if after is None else f"WHERE ({key}) > ({marks})"
        query = f"SELECT {columns} FROM {table.name} {where} ORDER BY {key} LIMIT {BATCH}"
        with store.read() as tx:
            rows = tx.rows(query, {name: after[name] for name in table.key} if after else {})
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1]


def _last_key(store: Store, table: Table) -> Row | None:
    falling = ", ".join(f"{name} DESC" for name in table.key)
    with store.read() as tx:
        rows = tx.rows(f"SELECT {', '.join(table.key)} FROM {table.name} ORDER BY {falling} LIMIT 1", {})
    return rows[0] if rows else None


def _compared(source: Store, target: Store, table: Table) -> int:
    """Return how many rows a table has; raises ``CopyDiffers`` unless it has the same ones on both sides."""
    (rows, ours), (_, theirs) = _fingerprint(source, table), _fingerprint(target, table)
    if ours != theirs:
        raise CopyDiffers(f"{table.name} is not the same in both databases")
    return rows


def _fingerprint(store: Store, table: Table) -> tuple[int, bytes]:
    count, digest = 0, hashlib.sha256()
    for rows in _batches(store, table, after=None):
        count += len(rows)
        for row in rows:
            digest.update(repr([_plain(row[column]) for column in table.columns]).encode())
    return count, digest.digest()


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
