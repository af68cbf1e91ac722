"""A table on its way: its rows batch by batch, its bytes, and what the journal is told once they left, or did not."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from server.dump_formats import Format
from server.errors import UndersignedError
from server.records import journal
from server.spreadsheet import Cell
from server.storage import Row, Store, Tx, retried

_BATCH = 1000
_log = logging.getLogger("undersigned")

Found = TypeVar("Found")
Place = TypeVar("Place")


@dataclass(frozen=True)
class Begun:
    """What the journal knows of an export from before its first byte; ``journal_id`` is the row that says so.

    ``statement_id`` None is the whole server. ``end`` and ``broken`` are the verbs by which the journal will be told
    that all of it has left, or not.
    """

    db: Store
    journal_id: int
    statement_id: int | None
    subject: str
    actor: str
    end: str = "export.end"
    broken: str = "export.broken"


class Export:
    """A table that waits to be sent; ``next_since`` is what the next pull asks with, None where that is not asked for.

    ``made`` gives its bytes as they are made, once; ``sent`` sees them off.
    """

    def __init__(
        self,
        begun: Begun,
        as_format: Format,
        columns: Sequence[str],
        rows: Iterator[list[Cell]],
        *,
        clock: Callable[[], int],
        next_since: str | None = None,
    ) -> None:
        self.format = as_format
        self.next_since = next_since
        self.rows = 0
        self.made = as_format.pieces(self._counted(columns, rows))
        self._begun = begun
        self._clock = clock

    def sent(self, pieces: Iterator[bytes] | None = None) -> "Sending":
        """Return the bytes for whoever sends them: as they are made, or ``pieces`` that were kept of them meanwhile."""
        return Sending(self, self.made if pieces is None else pieces)

    def end(self, sha256: str) -> None:
        """Tell the journal that all of it has left, and what that was."""
        self._tell(self._begun.end, {"rows": self.rows, "sha256": sha256})

    def break_off(self) -> None:
        """Tell the journal that it did not leave as a whole; where even that cannot be written, tell the log."""
        try:
            self._tell(self._begun.broken, {"rows": self.rows})
        except UndersignedError:
            _log.exception("the journal could not be told that export %s broke off", self._begun.journal_id)

    def _tell(self, verb: str, found: dict[str, int | str]) -> None:
        _tell(self._begun.db, self._begun, verb, found | {"begun": self._begun.journal_id}, now=self._clock())

    def _counted(self, columns: Sequence[str], rows: Iterator[list[Cell]]) -> Iterator[Sequence[Cell]]:
        yield columns
        for row in rows:
            self.rows += 1
            yield row


@retried
def _tell(db: Store, begun: Begun, verb: str, found: dict[str, int | str], *, now: int) -> None:
    with db.write() as tx:
        journal.write(
            tx,
            verb,
            actor=begun.actor,
            subject=begun.subject,
            after=found,
            statement_id=begun.statement_id,
            now=now,
        )


class Sending:
    """The bytes of an export for one reader: whoever takes the last one, or closes it before, has it journalled."""

    def __init__(self, export: Export, pieces: Iterator[bytes]) -> None:
        self._export = export
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self._is_told = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            if not self._is_told:
                self._is_told = True
                self._export.end(self._digest.hexdigest())
            raise
        except BaseException:
            self.close()
            raise
        self._digest.update(piece)
        return piece

    def close(self) -> None:
        """Let go of what is kept; where the last byte has not left, the journal learns that it broke off."""
        if hasattr(self._pieces, "close"):
            self._pieces.close()
        if not self._is_told:
            self._is_told = True
            self._export.break_off()


def walk(
    db: Store, find: Callable[[Tx, Place, int], list[Found]], place_of: Callable[[Found], Place], after: Place
) -> Iterator[Found]:
    """Yield what ``find`` finds behind the last place of the batch before, up to so many as it is told.

    No transaction is open between batches.
    """
    while True:
        with db.read() as tx:
            batch = find(tx, after, _BATCH)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = place_of(batch[-1])


def id_of(row: Row) -> int:
    """Return the place of a row in a walk by ids."""
    return int(row["id"])
