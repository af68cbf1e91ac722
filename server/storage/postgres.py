"""PostgreSQL through psycopg: how a connection is made, and what a transaction on it is."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import ClientCursor, Connection, errors
from psycopg.rows import dict_row
from psycopg.types.numeric import IntLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from server.errors import SettingsError, Unavailable
from server.storage.transactions import Conflict, Contended, Row

BUSY_TIMEOUT_S = 5.0
CONNECTIONS = 16
REST_S = 1.0

# A string, a cast or a comment is copied; a name after a colon is a parameter, and a percent sign is psycopg's own.
_TOKEN = re.compile(r"'(?:[^']|'')*'|::|--[^\n]*|:([a-z_][a-z0-9_]*)|%")


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
        check=_check_after_rest,
        reset=_lay_down,
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
    _lay_down(connection)


def _lay_down(connection: Pooled) -> None:
    connection.idle_since = time.monotonic()


def _check_after_rest(connection: Pooled) -> None:
    """Ask a connection whether it still lives; one that was in use a moment ago is not asked, for that takes a trip."""
    if time.monotonic() - connection.idle_since > REST_S:
        ConnectionPool.check_connection(connection)


@lru_cache(maxsize=512)
def in_psycopgs_words(sql: str) -> str:
    """Return a statement with ``%(name)s`` for ``:name``, and its percent signs doubled."""

    def translated(token: re.Match[str]) -> str:
        return f"%({token[1]})s" if token[1] else token[0].replace("%", "%%")

    return _TOKEN.sub(translated, sql)


class _OurWords:
    def __init__(self, *, alone: bool) -> None:
        self._taken = Conflict if alone else Contended

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, refusal: BaseException | None, _trace: object) -> None:
        if isinstance(refusal, errors.UniqueViolation):
            raise self._taken(_plain(refusal)) from refusal
        if isinstance(refusal, errors.SerializationFailure | errors.DeadlockDetected):
            raise Contended(_plain(refusal)) from refusal
        if isinstance(refusal, _LASTING):
            raise SettingsError(f"the database cannot be used: {_plain(refusal)}") from refusal
        if isinstance(refusal, psycopg.OperationalError | PoolTimeout):
            raise Unavailable(_plain(refusal)) from refusal


# Turn PostgreSQL's refusals into ours. A taken place is a Conflict only for who writes alone: else the row that holds
# it may be younger than all that this transaction sees, and what follows from that would be wrong.
words_alone, words_among_others = _OurWords(alone=True), _OurWords(alone=False)

_LASTING = (errors.InvalidPassword, errors.InvalidCatalogName, errors.InvalidAuthorizationSpecification)


def _plain(refusal: BaseException) -> str:
    """Return the first line alone: the others may show values of a row."""
    return (str(refusal).splitlines() or [type(refusal).__name__])[0]


class PostgresTx:
    """A transaction on one connection; see ``transactions.Tx``."""

    shards = 32

    def __init__(self, connection: Connection[Row], *, alone: bool) -> None:
        self._connection = connection
        self._in_our_words = words_alone if alone else words_among_others

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run one statement and return its rows as dicts."""
        with self._in_our_words:
            cursor = self._connection.execute(in_psycopgs_words(sql), parameters)
            return cursor.fetchall() if cursor.description else []

    def run(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run one statement and return how many rows it touched."""
        with self._in_our_words:
            cursor = self._connection.execute(in_psycopgs_words(sql), parameters)
            return int(cursor.rowcount)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a nested step that is undone alone when it raises."""
        with self._in_our_words, self._connection.transaction():
            yield
