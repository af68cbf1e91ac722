"""What every engine offers to the records: a store with read() and write(), and what a transaction can do."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from server.errors import UndersignedError

Row = dict[str, Any]


class Conflict(UndersignedError):
    """Raised when a row would break a unique index: somebody else's row already holds that place."""

    code, status = "conflict", 409


class Contended(UndersignedError):
    """Raised when two writers met and this one has to begin anew; ``retried`` does that."""

    code, status, retry_after_s = "unavailable", 503, 5


class Tx(Protocol):
    """An open transaction; it is handed to the records' functions and ends with its ``with`` block.

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
