"""Loads the .sql file that stands beside a records module, through aiosql, for any engine."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiosql

from server.storage.transactions import Row, Tx


class _TxAdapter:
    """Hands aiosql's statements to the transaction, which knows its own engine."""

    def process_sql(self, _name: str, _kind: Any, sql: str) -> str:
        return sql

    def select(self, tx: Tx, _name: str, sql: str, parameters: Mapping[str, Any], _record: Any = None) -> Iterator[Row]:
        return iter(tx.rows(sql, parameters))

    def select_one(
        self, tx: Tx, _name: str, sql: str, parameters: Mapping[str, Any], _record: Any = None
    ) -> Row | None:
        rows = tx.rows(sql, parameters)
        return rows[0] if rows else None

    def select_value(self, tx: Tx, _name: str, sql: str, parameters: Mapping[str, Any]) -> Any:
        row = self.select_one(tx, _name, sql, parameters)
        return next(iter(row.values())) if row else None

    def insert_update_delete(self, tx: Tx, _name: str, sql: str, parameters: Mapping[str, Any]) -> int:
        return tx.run(sql, parameters)


def queries_beside(module_file: str) -> Any:
    """Return the named queries of the ``.sql`` file with the same stem as ``module_file``.

    Suffixes as in aiosql: none gives an iterator of rows, ``^`` a row or None (RETURNING too), ``$`` a value, ``!`` a
    count of rows. Each is called with the transaction first and named parameters after it.
    """
    return aiosql.from_path(Path(module_file).with_suffix(".sql"), _TxAdapter)  # type: ignore[arg-type]
