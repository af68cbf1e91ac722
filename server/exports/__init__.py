"""Exports of signatures, subscribers and the journal: read in batches, streamed, and recorded in the journal."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

from server.db import Row, Store, Tx, retried
from server.errors import UndersignedError
from server.exports.formats import CSV, JSONL, Cell, Format
from server.exports.query import (
    ALL_SIGNATURES,
    SUBSCRIBER_COLUMNS,
    DumpChoice,
    Unseal,
    format_mark,
    public_cells,
    signature_cells,
    subscriber_cells,
)
from server.tables import journal, partners, signature_queries, signatures, statements
from server.tables.journal import Act
from server.tables.signature_queries import ChangeMark, Signatory
from server.tables.signatures import ORGANISER
from server.tables.statements import Statement

# Streaming: rows in batches; the journal records whether they were sent completely.

EXPORT_BATCH = 1000
_log = logging.getLogger("undersigned")

Item = TypeVar("Item")
Position = TypeVar("Position")


@dataclass(frozen=True)
class ExportStart:
    """A started export; ``journal_id`` is the journal row that was written before its first byte.

    ``statement_id`` None is the whole server. ``end`` and ``broken`` are the journal verbs for a complete and an
    aborted export.
    """

    db: Store
    journal_id: int
    statement_id: int | None
    subject: str
    actor: str
    end: str = "export.end"
    broken: str = "export.broken"


class Export:
    """A table to be sent; ``next_since`` is the ``since`` of the next incremental export, None for other exports.

    ``made`` yields the bytes once; ``sent`` wraps them so that the journal records the outcome.
    """

    def __init__(
        self,
        begun: ExportStart,
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

    def sent(self, pieces: Iterator[bytes] | None = None) -> "ExportStream":
        """Return the bytes to send, journalled: from ``made``, or from ``pieces``, a stored copy of them."""
        return ExportStream(self, self.made if pieces is None else pieces)

    def end(self, sha256: str) -> None:
        """Record in the journal that the export was sent completely, with its SHA-256 hash."""
        self._tell(self._begun.end, {"rows": self.rows, "sha256": sha256})

    def break_off(self) -> None:
        """Record in the journal that the export was aborted; write to the log if the journal is unavailable."""
        try:
            self._tell(self._begun.broken, {"rows": self.rows})
        except UndersignedError:
            _log.exception("could not record in the journal that export %s was interrupted", self._begun.journal_id)

    def _tell(self, verb: str, found: dict[str, int | str]) -> None:
        _record_outcome(self._begun.db, self._begun, verb, found | {"begun": self._begun.journal_id}, now=self._clock())

    def _counted(self, columns: Sequence[str], rows: Iterator[list[Cell]]) -> Iterator[Sequence[Cell]]:
        yield columns
        for row in rows:
            self.rows += 1
            yield row


@retried
def _record_outcome(db: Store, begun: ExportStart, verb: str, found: dict[str, int | str], *, now: int) -> None:
    with db.write() as tx:
        Act(tx, begun.actor, now).journal(verb, begun.statement_id, subject=begun.subject, after=found)


class ExportStream:
    """The bytes of an export; the journal records its end after the last byte, or an abort if it is closed before."""

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
        """Release the resources; if the last byte was not sent, record an abort."""
        if hasattr(self._pieces, "close"):
            self._pieces.close()
        if not self._is_told:
            self._is_told = True
            self._export.break_off()


def iterate_in_batches(
    db: Store, find: Callable[[Tx, Position, int], list[Item]], place_of: Callable[[Item], Position], after: Position
) -> Iterator[Item]:
    """Yield the items that ``find`` returns, in batches of ``EXPORT_BATCH``, each after the last position of the one
    before.

    No transaction is open between batches, so a slow reader blocks nobody.
    """
    while True:
        with db.read() as tx:
            batch = find(tx, after, EXPORT_BATCH)
        yield from batch
        if len(batch) < EXPORT_BATCH:
            return
        after = place_of(batch[-1])


def row_id(row: Row) -> int:
    """Return the cursor position of a row for batches by id."""
    return int(row["id"])


# Signatures and subscribers.

SETTLED_S = 60
"""Changes older than this, in seconds, are committed or never will be: no writer waits longer for its turn."""

_Clock = Callable[[], int]
_Rows = Iterator[list[Cell]]


class _JournalNote(NamedTuple):
    """The journal entry about the start of an export."""

    verb: str
    actor: str
    reason: str | None
    told: dict[str, object]


class _DumpBounds(NamedTuple):
    """The end of an export: the highest id, and a mark in the order of changes."""

    fence: int
    upto: ChangeMark


def export_signatures(
    db: Store,
    slug: str,
    choice: DumpChoice = ALL_SIGNATURES,
    *,
    as_format: Format = CSV,
    unseal: Unseal | None = None,
    actor: str,
    reason: str | None = None,
    clock: _Clock,
) -> Export:
    """Export the signatures of a statement, with a header of column names; later signatures are not included.

    Addresses are included only with ``unseal``, and only those that were kept. Memory use is constant. The start is
    journalled before the first byte. Raises ``NotFound`` at once.
    """
    verb = "export.begin-with-contacts" if unseal else "export.begin-public" if choice.is_public else "export.begin"
    told = {"format": as_format.name, "contacts": unseal is not None, **choice.told(slug)}
    entry, since = _JournalNote(verb, actor, reason, told), choice.since or ChangeMark(0, 0)
    statement, begun, bounds = _start_export(db, slug, entry, since, now=clock())
    if choice.is_public:
        rows = _public_rows(db, statement, choice, now=clock())
    elif choice.since is not None:
        rows = _changed_rows(db, statement, choice, since, bounds.upto, unseal)
    else:
        rows = _rows_by_id(db, statement, choice, bounds.fence, unseal)
    next_since = None if choice.since is None else format_mark(bounds.upto, slug)
    return Export(begun, as_format, choice.columns, rows, clock=clock, next_since=next_since)


def export_subscribers(
    db: Store,
    slug: str,
    *,
    partner: str | None,
    as_format: Format = CSV,
    unseal: Unseal,
    actor: str,
    reason: str | None = None,
    clock: _Clock,
) -> Export:
    """Export the newsletter subscribers of a partner (None: of the organiser), with the header ``SUBSCRIBER_COLUMNS``.

    Each row has the proof of consent: the wording that was ticked, and when the mailbox's owner confirmed it. Pending
    and withdrawn subscriptions are not included. Raises ``NotFound`` at once; otherwise like ``export_signatures``.
    """
    told = {"format": as_format.name, "contacts": True, "partner": partner}
    entry = _JournalNote("export.begin-subscribers", actor, reason, told)
    statement, begun, partner_id, fence = _start_subscriber_export(db, slug, entry, partner, now=clock())

    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return signatures.list_subscribers(tx, statement.id, partner_id, after=after, fence=fence, most=most)

    rows = (subscriber_cells(row, unseal=unseal) for row in iterate_in_batches(db, batch, row_id, 0))
    return Export(begun, as_format, SUBSCRIBER_COLUMNS, rows, clock=clock)


@retried
def _start_export(
    db: Store, slug: str, entry: _JournalNote, since: ChangeMark, *, now: int
) -> tuple[Statement, ExportStart, _DumpBounds]:
    """Journal the start, and return the statement, the started export, and its end."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        begun = _record_start(tx, db, statement, entry, now=now)
        # A change of the last minute may still be uncommitted in another process: it is left to the next export.
        last = signature_queries.find_last_change(tx, statement.id, until=now - SETTLED_S) or since
        return statement, begun, _DumpBounds(signature_queries.get_highest_id(tx, statement.id), max(last, since))


@retried
def _start_subscriber_export(
    db: Store, slug: str, entry: _JournalNote, partner: str | None, *, now: int
) -> tuple[Statement, ExportStart, int, int]:
    """Journal the start, and return the statement, the started export, the partner's id, and the highest id."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        partner_id = partners.get_of(tx, statement.id, partner).id if partner else ORGANISER
        begun = _record_start(tx, db, statement, entry, now=now)
        return statement, begun, partner_id, signature_queries.get_highest_id(tx, statement.id)


def _record_start(tx: Tx, db: Store, statement: Statement, entry: _JournalNote, *, now: int) -> ExportStart:
    subject = f"statement:{statement.slug}"
    journal_id = Act(tx, entry.actor, now).journal(
        entry.verb, statement, subject=subject, reason=entry.reason, after=entry.told
    )
    return ExportStart(db, journal_id, statement.id, subject, entry.actor)


def _rows_by_id(db: Store, statement: Statement, choice: DumpChoice, fence: int, unseal: Unseal | None) -> _Rows:
    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return signature_queries.list_dump_batch(tx, statement.id, choice.filters, after=after, fence=fence, most=most)

    return (signature_cells(row, choice.columns, unseal=unseal) for row in iterate_in_batches(db, batch, row_id, 0))


def _changed_rows(
    db: Store, statement: Statement, choice: DumpChoice, since: ChangeMark, upto: ChangeMark, unseal: Unseal | None
) -> _Rows:
    def batch(tx: Tx, after: ChangeMark, most: int) -> list[Row]:
        return signature_queries.list_changed_signatures(
            tx, statement.id, choice.filters, after=after, upto=upto, most=most
        )

    rows = iterate_in_batches(db, batch, lambda row: ChangeMark(row["changed_at"], row["id"]), since)
    return (signature_cells(row, choice.columns, unseal=unseal) for row in rows)


def _public_rows(db: Store, statement: Statement, choice: DumpChoice, *, now: int) -> _Rows:
    kind, zone = choice.filters.kind, ZoneInfo(statement.zone)

    def batch(tx: Tx, after: int, most: int) -> list[Signatory]:
        return signature_queries.list_signatories(tx, statement.id, now=now, kind=kind, after=after, most=most)

    return map(
        partial(public_cells, columns=choice.columns, zone=zone),
        iterate_in_batches(db, batch, lambda line: line.list_number, 0),
    )


# The journal, with all data of its hash chain.

JOURNAL_COLUMNS = (
    *("id", "at", "actor", "verb", "subject", "reason", "chained_reason", "statement_id", "details_digest"),
    *("previous_hash", "hash", "salt", "before", "after", "moment"),
)
_IN_HEX = ("salt", "details_digest", "previous_hash", "hash")


def export_journal(db: Store, slug: str | None, *, since: int, actor: str, clock: Callable[[], int]) -> Export:
    """Export the journal after the id ``since``, oldest first, as one JSON object per line.

    ``slug`` None exports the journal of the whole server. The row about this export and later rows are not included.
    Memory use is constant. Raises ``NotFound`` at once.
    """
    begun = _start_journal_export(db, slug, actor=actor, now=clock())

    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return journal.list_batch(
            tx, statement_id=begun.statement_id, after=after, upto=begun.journal_id - 1, most=most
        )

    rows = (_journal_cells(row) for row in iterate_in_batches(db, batch, row_id, since))
    return Export(begun, JSONL, JOURNAL_COLUMNS, rows, clock=clock)


@retried
def _start_journal_export(db: Store, slug: str | None, *, actor: str, now: int) -> ExportStart:
    with db.write() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        subject = "server" if slug is None else f"statement:{slug}"
        told = Act(tx, actor, now).journal("journal.export", whose, subject=subject)
        return ExportStart(db, told, whose, subject, actor, end="journal.exported", broken="journal.export-broken")


def _journal_cells(row: Row) -> list[Cell]:
    """Return a row as JSON values; ``before`` and ``after`` stay JSON strings, because the digest covers those."""
    in_hex = {name: None if row[name] is None else bytes(row[name]).hex() for name in _IN_HEX}
    told = row | in_hex | {"moment": datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return [told[column] for column in JOURNAL_COLUMNS]
