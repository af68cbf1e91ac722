"""The database interface of all engines: stores, transactions, retries, named queries, migration scripts.

Only this folder distinguishes SQLite from PostgreSQL. ``server.db.engines`` opens a store by its URL."""

import inspect
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar, get_args, get_origin, get_type_hints

import aiosql
from aiosql.types import SQLOperationType

from server.errors import NotFound, SettingsError, UndersignedError

# Stores and transactions.

Row = dict[str, Any]


class Conflict(UndersignedError):
    """Raised when a write would violate a unique index, because another row has the same values."""

    code, status = "conflict", 409


class Contended(UndersignedError):
    """Raised when this transaction conflicts with a concurrent one and must be repeated; ``retried`` does that."""

    code, status, retry_after_s = "unavailable", 503, 5


class Tx(Protocol):
    """An open transaction, which ends with its ``with`` block. The functions of ``tables`` take it as an argument.

    ``shards`` is the number of rows over which a busy counter is spread, so that concurrent writers touch different
    rows. It is 1 for an engine that has one writer at a time.
    """

    shards: int

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows; empty if the statement returns no rows."""

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return the number of affected rows.

        Raises ``Conflict`` when a unique index is violated. A caller that wants to continue the transaction after that
        must run the statement in a ``savepoint``.
        """

    def savepoint(self) -> AbstractContextManager[None]:
        """Open a nested block. If it raises, only its own writes are rolled back and the transaction stays open."""


class Table(NamedTuple):
    """A table with its stored columns (not the generated ones) and the columns of its primary key, both in order."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Store(Protocol):
    """One database, shared by the threads of a process. ``writes`` counts the commits of this process."""

    writes: int

    def read(self) -> AbstractContextManager[Tx]:
        """Open a read-only transaction. All its queries see the same snapshot, taken at the first query."""

    def write(self) -> AbstractContextManager[Tx]:
        """Open a transaction for writing. When the block ends, its writes are durable.

        Raises ``Unavailable`` when a lock is not free within ``BUSY_TIMEOUT_S``, or the disk cannot be written.
        """

    def tidy(self) -> bool:
        """Move what is in the log files of the store into the database, so that erased data is gone from them.

        Returns False if the caller should try again later. Call it outside of a transaction. It blocks other writers
        only for a short time.
        """

    def check_file(self) -> None:
        """Raise ``DatabaseLost`` if the database file is not the one that this process has opened any more.

        Writing does this too, after each commit. The first time, the reason is logged.
        """

    def migrate(self, *, create: bool = False) -> list[str]:
        """Apply the missing migrations and return their names.

        Raises ``SettingsError`` when a newer version has migrated the database, and when there is no database and
        ``create`` is false: otherwise a lost database would be replaced by an empty one and nobody would notice.
        """

    def tables(self) -> list[Table]:
        """Return the tables, each one after those that its foreign keys refer to."""

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows with values for all ``table.columns`` in one durable transaction; for copying databases."""

    def end_load(self) -> None:
        """Set the id sequences so that new ids come after the loaded ones."""

    def serve(self) -> None:
        """Mark the database as used by a server until ``close``, so that nobody restores a backup under it.

        Raises ``SettingsError`` while a backup is being restored.
        """

    def pending_migrations(self) -> list[str]:
        """Return the names of the migrations that ``migrate`` would apply to the existing tables; [] if there are none.

        Changes nothing. Raises ``SettingsError`` like ``migrate``, but not for a missing database.
        """

    def facts(self) -> dict[str, str]:
        """Return facts for ``undersigned check``, such as engine, library version, journal mode and integrity."""

    def close(self) -> None:
        """Close the connections of every thread."""


Fingerprints = dict[str, tuple[int, bytes]]
"""The number of rows of each table, and a hash over all their values: equal for databases with the same rows."""


class Backups(Protocol):
    """Writes and restores backups of one database. ``suffix`` is the end of the name of a backup file."""

    suffix: str

    def write(self, target: Path) -> int:
        """Write a backup into the new file ``target`` while others use the database, and return the number of rows.

        The backup has everything that was committed before it began. It is checked: it can be read, is not damaged, and
        has as many rows as the database had. Raises ``Refused``, and ``OSError`` when the disk is full.
        """

    def fingerprint(self, file: Path, *, progress: Callable[[int], object]) -> Fingerprints:
        """Read a whole backup file; ``progress`` is called with the number of rows of each batch."""

    def restored(
        self, file: Path, *, aside: str | None, progress: Callable[[int], object]
    ) -> AbstractContextManager[Store]:
        """Yield a store with the records of a backup, compared with it. No server uses it before the block ends.

        Records that are there already are kept under a name that ends in ``aside``. Raises ``Refused`` when there are
        some and ``aside`` is None, when a server uses them, and when the backup is damaged.
        """

    def find_aside(self, aside: str) -> str | None:
        """Return the name under which ``restored`` kept the former records, or None if there were none."""

    def elsewhere(self, beside: Path) -> AbstractContextManager["Backups"]:
        """Yield an empty place to try a restore in, which is deleted afterwards. A file is named after ``beside``.

        Raises ``Refused`` when none can be made.
        """


# Retries after a conflict with another writer. The last retry runs while no other transaction writes.

P = ParamSpec("P")
R = TypeVar("R")

RETRY_PAUSES_S = (0.005, 0.02, 0.05)

_write_alone: ContextVar[bool] = ContextVar("alone", default=False)


def is_exclusive_write() -> bool:
    """Return whether a transaction that begins now must be the only writer."""
    return _write_alone.get()


@contextmanager
def writing_alone() -> Iterator[None]:
    """Make every writing transaction in this block the only writer of the database."""
    before = _write_alone.set(True)
    try:
        yield
    finally:
        _write_alone.reset(before)


def retried(verb: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that opens one ``write()``: repeat it when it raises ``Contended``, the last time alone.

    The function must have no effects beside its transaction, since they would be repeated too. On SQLite every writer
    is alone already, so nothing is repeated.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in RETRY_PAUSES_S:
            try:
                return verb(*args, **kwargs)
            except Contended:
                time.sleep(pause_s * random.random())  # noqa: S311 - jitter, so that the same two do not collide again
        with writing_alone():
            return verb(*args, **kwargs)

    return run


# Named queries from .sql files, through aiosql.


class _NoDriver:
    """An aiosql driver adapter that leaves the SQL as it is: ``Queries`` runs it in a transaction of either engine."""

    def process_sql(self, _name: str, _kind: Any, sql: str) -> str:
        return sql


class Queries:
    """The named queries of a ``.sql`` file. A query is declared with ``query``, or called by its name."""

    def __init__(self, sql: str) -> None:
        self._queries: Any = aiosql.from_str(sql, _NoDriver)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        query = getattr(self._queries, name)
        read = _READ_BY_SUFFIX.get(query.operation, lambda found: found)

        @wraps(query)
        def run(tx: Tx, **given: Any) -> Any:
            return read(_run(tx, query, given))

        setattr(self, name, run)
        return run

    def query(self, declared: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function without a body: it runs the query of its name, with its arguments as the parameters.

        In the query, ``:text`` is the argument ``text``, and ``:text.id`` is its attribute ``id``. The function may
        have a leading underscore, which the query does not have.

        The return type says how the result is read. X is a class with the columns as its fields, ``Row``, a tuple, or
        the type of the first column.

        * With ``!``: ``int`` is the number of affected rows, ``bool`` is whether there are any.
        * ``bool`` is whether there is a row, ``int`` is the value of the only row.
        * ``X | None`` is the first row, or None. ``X`` is the first row; without one, ``NotFound`` is raised.
        * ``list[X]``, ``set[X]`` and ``dict[K, X]`` are all rows; K is the first column.

        Raises ``TypeError`` at import when the function and the query have different parameters.
        """
        query = getattr(self._queries, declared.__name__.lstrip("_"))
        signature = inspect.signature(declared).parameters
        names = list(signature)[1:]
        if set(names) != set(query.parameters or ()):
            raise TypeError(f"{declared.__qualname__}{tuple(names)} and its query have different parameters")
        defaults = {name: signature[name].default for name in names if signature[name].default is not Parameter.empty}
        read = _result_reader(get_type_hints(declared)["return"], is_change=query.operation == _CHANGE)

        @wraps(declared)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            tx: Any = args[0]
            given = defaults | kwargs
            given.update(zip(names, args[1:], strict=False))
            result: R = read(_run(tx, query, given))
            return result

        return run


_CHANGE = SQLOperationType.INSERT_UPDATE_DELETE
_READ_BY_SUFFIX: Mapping[Any, Callable[[Any], Any]] = {
    SQLOperationType.SELECT_ONE: lambda rows: rows[0] if rows else None,
    SQLOperationType.SELECT_VALUE: lambda rows: _first_column(rows[0]) if rows else None,
}


_STORED_AS_IT_IS = frozenset((str, int, bytes, NoneType))
"""The types that both engines store without a change."""


def _run(tx: Tx, query: Any, given: dict[str, Any]) -> Any:
    """Run a query and return its rows; with ``!``, the number of affected rows."""
    for name, attributes in (query.attributes or {}).items():
        argument = given.pop(name)
        given |= {parameter: getattr(argument, attribute) for attribute, parameter in attributes.items()}
    for name, value in given.items():
        if type(value) not in _STORED_AS_IT_IS:  # saves a call for most values: a signature takes many queries
            given[name] = _to_column(value)
    return (tx.run if query.operation == _CHANGE else tx.rows)(query.sql, given)


def _to_column(value: Any) -> Any:
    """Return a value as both engines can store it: truth values as numbers, lists and dicts as JSON."""
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else value


_FROM_COLUMN: Mapping[Any, Callable[[Any], Any]] = {
    bool: bool,
    tuple[str, ...]: lambda text: tuple(json.loads(text)),
    frozenset[str]: lambda words: frozenset(words.split()),
    dict[str, str]: json.loads,
    dict[str, Any]: json.loads,
}
"""How the columns of a row are read, by the types of the fields; all other columns stay as they are."""


def _result_reader(returned: Any, *, is_change: bool) -> Callable[[Any], Any]:
    """Return the function that makes the declared type of the rows of a query, or of the number of rows."""
    kind, arguments = get_origin(returned), get_args(returned)
    if is_change or returned in (bool, NoneType):
        return returned if returned in (bool, int) else lambda _: None
    if returned is int:
        return lambda rows: int(_first_column(rows[0]))
    if kind in (list, set):
        read = row_reader(arguments[0])
        return lambda rows: kind(map(read, rows))
    if kind is dict and returned != Row:
        read = row_reader(arguments[1])
        return lambda rows: {row.pop(next(iter(row))): read(row) for row in rows}
    if NoneType in arguments:
        read = row_reader(arguments[0])
        return lambda rows: read(rows[0]) if rows else None
    read = row_reader(returned)

    def get(rows: list[Row]) -> Any:
        if not rows:
            raise NotFound(f"there is no such {returned.__name__.lower()}")
        return read(rows[0])

    return get


def row_reader(kind: Any) -> Callable[[Row], Any]:
    """Return the function that makes this type of a row; see ``Queries.query``."""
    if kind == Row:
        return lambda row: row
    if get_origin(kind) is tuple:
        return lambda row: tuple(row.values())
    if not hasattr(kind, "__annotations__"):  # no class of ours
        return _first_column
    readers = [(name, _FROM_COLUMN[hint]) for name, hint in get_type_hints(kind).items() if hint in _FROM_COLUMN]

    def read(row: Row) -> Any:
        for name, read_column in readers:
            if name in row:
                row[name] = read_column(row[name])
        return kind(**row)

    return read


def _first_column(row: Row) -> Any:
    return next(iter(row.values()))


def found(thing: R | None, missing: str) -> R:
    """Return the thing; raises ``NotFound`` with the message ``missing`` if it is None."""
    if thing is None:
        raise NotFound(missing)
    return thing


def plain_value(value: Any) -> Any:
    """Return a value of a column as both engines compare it."""
    return bytes(value) if isinstance(value, memoryview) else value


_FOR_EACH = re.compile(r"\{([^{}]+)\}")


def queries_beside(module_file: str, **lists: Sequence[str]) -> Queries:
    """Return the named queries of the ``.sql`` file with the same stem as ``module_file``.

    ``lists`` are lists of column names. In the file, ``{line}`` is replaced by the columns of the list ``line``, with
    commas between them. Other text in the braces is repeated for each column: ``{line = :line}``,
    ``{signatures.line}``.

    Suffixes as in aiosql: without suffix a query returns a list of rows, with ``^`` a row or None (also for
    RETURNING), with ``$`` a value, with ``!`` the number of affected rows. Call a query with the transaction as the
    first argument and its parameters by name.
    """
    sql = expand_lists(Path(module_file).with_suffix(".sql").read_text("utf-8"), lists)
    return Queries(sql)


def expand_lists(sql: str, lists: Mapping[str, Sequence[str]]) -> str:
    """Return the SQL with each ``{…}`` expanded; see ``queries_beside`` for the syntax."""

    def write_out(braces: re.Match[str]) -> str:
        name = next((name for name in lists if re.search(rf"\b{name}\b", braces[1])), None)
        if name is None:
            raise LookupError(f"{braces[0]} in a .sql file is not the name of a list of columns")
        return ", ".join(re.sub(rf"\b{name}\b", column, braces[1]) for column in lists[name])

    return _FOR_EACH.sub(write_out, sql)


# Migration scripts: SQL files, each applied once, in the order of their names.

_MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
_ENGINE_SECTION = re.compile(r"^-- \[([a-z -]+)\]$", re.MULTILINE)


def migration_scripts() -> dict[str, str]:
    """Return all migration scripts by name, in order, in the SQL dialect of SQLite."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(_MIGRATIONS_FOLDER.glob("*.sql"))}


def script_for_engine(engine: str, script: str) -> str:
    """Return the part of a script that is for all engines, and its ``-- [engine]`` sections for this engine."""
    shared, *sections = _ENGINE_SECTION.split(script)
    named = zip(sections[::2], sections[1::2], strict=True)
    return shared + "".join(text for name, text in named if name == engine)


UNFINISHED_RESTORE = "9999_unfinished_restore"
"""The migration that a database seems to have while a backup is being restored: no version starts with it."""


def refuse_newer_database(taken: Iterable[str]) -> None:
    """Raise ``SettingsError`` if ``taken`` has a migration that this version does not know, so a newer one was here."""
    if UNFINISHED_RESTORE in taken:
        raise SettingsError(
            "a backup is being restored, or that was interrupted: run `undersigned restore --replace` again"
        )
    newer = sorted(set(taken) - set(migration_scripts()))
    if newer:
        raise SettingsError(
            f"the database was made by a newer version (it knows {', '.join(newer)}). Install that version again, or "
            "restore the backup from before the update: `undersigned restore FILE --replace`"
        )
