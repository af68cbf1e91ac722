"""What every engine offers: stores, transactions, retries, named queries, migration scripts.

Only this folder knows SQLite from PostgreSQL. ``server.db.engines`` opens a store by its address."""

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar

import aiosql

from server.errors import SettingsError, UndersignedError

# Stores and transactions.

Row = dict[str, Any]


class Conflict(UndersignedError):
    """Raised when a row would break a unique index: somebody else's row already holds that place."""

    code, status = "conflict", 409


class Contended(UndersignedError):
    """Raised when two writers met and this one has to start again; ``retried`` does that."""

    code, status, retry_after_s = "unavailable", 503, 5


class Tx(Protocol):
    """An open transaction; the functions of ``tables`` take it, and it ends with its ``with`` block.

    ``shards`` says over how many rows a counter that everybody writes is to be spread: 1 where writers queue up anyway.
    """

    shards: int

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows (empty for statements that return none)."""

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return how many rows it touched.

        Raises ``Conflict`` where a unique index refuses, and then leaves a savepoint to its caller.
        """

    def savepoint(self) -> AbstractContextManager[None]:
        """Open a nested step: whatever raises inside it is undone, the transaction itself goes on."""


class Table(NamedTuple):
    """A table of a database: its columns without those that it works out by itself, and its primary key, in order."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Store(Protocol):
    """One database, shared by the threads of a process; ``writes`` grows with every write that this process commits."""

    writes: int

    def read(self) -> AbstractContextManager[Tx]:
        """Open a transaction that sees one state of the database from its first query on, and writes nothing."""

    def write(self) -> AbstractContextManager[Tx]:
        """Open a transaction that has the writer's place from its first line on, and is durable when it ends.

        Raises ``Unavailable`` when the place is not free within ``BUSY_TIMEOUT_S``, or the disk takes no write.
        """

    def tidy(self) -> bool:
        """Leave nothing of what was erased in the files of this store; False when it has to be tried again.

        It is for outside of a transaction, and no other write waits for long.
        """

    def migrate(self, *, create: bool = False) -> list[str]:
        """Bring the tables up to this program's version and return the names of the steps taken.

        Raises ``SettingsError`` when a newer program has been here, and when there is no database and ``create`` does
        not say to make one: an empty list over a lost one would look like a fresh start.
        """

    def tables(self) -> list[Table]:
        """Return the tables of today's version, those that others refer to first."""

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of all ``table.columns`` at once, durably and all or none; for copies of whole databases."""

    def end_load(self) -> None:
        """Let ids go on behind those that were loaded."""

    def facts(self) -> dict[str, str]:
        """Say in words what a doctor wants to know: engine, version, journal mode, integrity."""

    def close(self) -> None:
        """Close the connections of every thread."""


# Retries after a conflict with another writer: some beside the others, the last one alone.

P = ParamSpec("P")
R = TypeVar("R")

RETRY_PAUSES_S = (0.005, 0.02, 0.05)

_write_alone: ContextVar[bool] = ContextVar("alone", default=False)


def must_write_alone() -> bool:
    """Say whether the transaction that begins now must be the only one that writes."""
    return _write_alone.get()


@contextmanager
def writing_alone() -> Iterator[None]:
    """Let every writing transaction in this block have the database's writers' place to itself."""
    before = _write_alone.set(True)
    try:
        yield
    finally:
        _write_alone.reset(before)


def retried(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb that holds one ``write()``, and again if that met another writer; the last time nobody is beside it.

    All that it does must be undone with its transaction. On SQLite every writer is alone already.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in RETRY_PAUSES_S:
            try:
                return verb(*args, **kwargs)
            except Contended:
                time.sleep(pause_s * random.random())  # noqa: S311 - only so that two do not meet again
        with writing_alone():
            return verb(*args, **kwargs)

    return run


# Named queries from .sql files, through aiosql.


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


_FOR_EACH = re.compile(r"\{([^{}]+)\}")


def queries_beside(module_file: str, **lists: Sequence[str]) -> Any:
    """Return the named queries of the ``.sql`` file with the same stem as ``module_file``.

    ``lists`` are lists of columns. Where the file says ``{line}``, it has the columns of the list ``line``, with commas
    between them; what else stands in the braces is repeated for each: ``{line = :line}``, ``{signatures.line}``.

    Suffixes as in aiosql: none gives an iterator of rows, ``^`` a row or None (RETURNING too), ``$`` a value, ``!`` a
    count of rows. Each is called with the transaction first and named parameters after it.
    """
    sql = expand_lists(Path(module_file).with_suffix(".sql").read_text("utf-8"), lists)
    return aiosql.from_str(sql, _TxAdapter)  # type: ignore[arg-type]


def expand_lists(sql: str, lists: Mapping[str, Sequence[str]]) -> str:
    """Return the SQL with each ``{…}`` written out, as ``queries_beside`` says."""

    def write_out(braces: re.Match[str]) -> str:
        name = next(name for name in lists if re.search(rf"\b{name}\b", braces[1]))
        return ", ".join(re.sub(rf"\b{name}\b", column, braces[1]) for column in lists[name])

    return _FOR_EACH.sub(write_out, sql)


# Migration scripts: SQL files, applied once each in the order of their names.

_MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
_ENGINE_SECTION = re.compile(r"^-- \[([a-z -]+)\]$", re.MULTILINE)


def migration_scripts() -> dict[str, str]:
    """Return the steps by name, in their order, as SQLite reads them."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(_MIGRATIONS_FOLDER.glob("*.sql"))}


def script_for_engine(engine: str, script: str) -> str:
    """Return what stands in a script for all engines, and in the sections ``-- [engine]`` of this one."""
    shared, *sections = _ENGINE_SECTION.split(script)
    named = zip(sections[::2], sections[1::2], strict=True)
    return shared + "".join(text for name, text in named if name == engine)


def refuse_newer_database(taken: Iterable[str]) -> None:
    """Raise ``SettingsError`` when a step was taken that this program does not know: a newer one has been here."""
    newer = sorted(set(taken) - set(migration_scripts()))
    if newer:
        raise SettingsError(f"the database was made by a newer version (it knows {', '.join(newer)})")
