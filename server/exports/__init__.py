"""Exports of signatures, subscribers and the journal: read in batches, streamed, and recorded in the journal."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from server.db import Row, Store, retried
from server.errors import UndersignedError
from server.exports.formats import CSV, JSONL, Cell, Format
from server.exports.query import (
    ALL_SIGNATURES,
    SUBSCRIBER_COLUMNS,
    DumpChoice,
    Unseal,
    format_mark,
    format_moment,
    public_cells,
    signature_cells,
    subscriber_cells,
)
from server.tables import journal, partners, signature_queries, signatures, statements
from server.tables.journal import Act
from server.tables.signature_queries import ChangeMark
from server.tables.signatures import ORGANISER
from server.tables.statements import Statement

# Streaming: rows in batches; the journal records whether they were sent completely.

EXPORT_BATCH = 1000
_log = logging.getLogger("undersigned")

Item = TypeVar("Item")
Position = TypeVar("Position")


@dataclass
class Export:
    """A table to be sent; ``journal_id`` is the journal row that was written before its first byte.

    ``statement`` None is the whole server. ``next_since`` is the ``since`` of the next incremental export, None for
    other exports. ``verb_end`` and ``verb_broken`` are for the journal. ``made`` yields the bytes once; ``sent`` wraps
    them so that the journal records the outcome.
    """

    db: Store
    statement: Statement | None
    actor: str
    journal_id: int
    clock: Callable[[], int]
    format: Format
    columns: Sequence[str]
    cells: Iterator[list[Cell]]
    next_since: str | None = None
    verb_end: str = "export.end"
    verb_broken: str = "export.broken"

    def __post_init__(self) -> None:
        self.rows = 0
        self.made = self.format.pieces(self._counted())

    def sent(self, pieces: Iterator[bytes] | None = None) -> "ExportStream":
        """Return the bytes to send, journalled: from ``made``, or from ``pieces``, a stored copy of them."""
        return ExportStream(self, self.made if pieces is None else pieces)

    def end(self, sha256: str) -> None:
        """Record in the journal that the export was sent completely, with its SHA-256 hash."""
        self._record(self.verb_end, {"rows": self.rows, "sha256": sha256, "begun": self.journal_id})

    def break_off(self) -> None:
        """Record in the journal that the export was aborted; write to the log if the journal is unavailable."""
        try:
            self._record(self.verb_broken, {"rows": self.rows, "begun": self.journal_id})
        except UndersignedError:
            _log.exception("could not record in the journal that export %s was interrupted", self.journal_id)

    @retried
    def _record(self, verb: str, found: dict[str, int | str]) -> None:
        with self.db.write() as tx:
            act = Act(tx, self.actor, self.clock())
            act.journal(verb, self.statement, subject=None if self.statement else "server", after=found)

    def _counted(self) -> Iterator[Sequence[Cell]]:
        yield self.columns
        for row in self.cells:
            self.rows += 1
            yield row


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
    db: Store, find: Callable[..., list[Item]], place_of: Callable[[Item], Position], after: Position, **asked: Any
) -> Iterator[Item]:
    """Yield the items that ``find`` returns, in batches of ``EXPORT_BATCH``, each after the last position of the one
    before.

    No transaction is open between batches, so a slow reader blocks nobody.
    """
    while True:
        with db.read() as tx:
            batch = find(tx, **asked, after=after, most=EXPORT_BATCH)
        yield from batch
        if len(batch) < EXPORT_BATCH:
            return
        after = place_of(batch[-1])


def row_id(row: Row) -> int:
    """Return the cursor position of a row for batches by id."""
    return int(row["id"])


def change_mark(row: Row) -> ChangeMark:
    """Return the cursor position of a row for batches by change."""
    return ChangeMark(row["changed_at"], row["id"])


# Signatures and subscribers.

SETTLED_S = 60
"""Changes older than this, in seconds, are committed or never will be: no writer waits longer for its turn."""


@retried
def export_signatures(
    db: Store,
    slug: str,
    choice: DumpChoice = ALL_SIGNATURES,
    *,
    as_format: Format = CSV,
    unseal: Unseal | None = None,
    actor: str,
    reason: str | None = None,
    clock: Callable[[], int],
) -> Export:
    """Export the signatures of a statement, with a header of column names; later signatures are not included.

    Addresses are included only with ``unseal``, and only those that were kept. Memory use is constant. The start is
    journalled before the first byte. Raises ``NotFound`` at once.
    """
    verb = "export.begin-with-contacts" if unseal else "export.begin-public" if choice.is_public else "export.begin"
    told = {"format": as_format.name, "contacts": unseal is not None, **choice.told(slug)}
    now, since, next_since = clock(), choice.since, None
    with db.write() as tx:
        statement = statements.get(tx, slug)
        journal_id = Act(tx, actor, now).journal(verb, statement, reason=reason, after=told)
        fence = signature_queries.get_highest_id(tx, statement.id)
        # A change of the last minute may still be uncommitted in another process: it is left to the next export.
        last = signature_queries.find_last_change(tx, statement.id, until=now - SETTLED_S) if since else None

    of, filters = statement.id, choice.filters
    if choice.is_public:
        zone, search = ZoneInfo(statement.zone), {"statement_id": of, "now": now, "kind": filters.kind}
        lines = iterate_in_batches(db, signature_queries.list_signatories, lambda line: line.list_number, 0, **search)
        cells = (public_cells(line, choice.columns, zone=zone) for line in lines)
    else:
        if since is None:
            rows = iterate_in_batches(
                db, signature_queries.list_dump_batch, row_id, 0, statement_id=of, filters=filters, fence=fence
            )
        else:
            upto = max(last or since, since)
            next_since = format_mark(upto, slug)
            find = signature_queries.list_changed_signatures
            rows = iterate_in_batches(db, find, change_mark, since, statement_id=of, filters=filters, upto=upto)
        cells = (signature_cells(row, choice.columns, unseal=unseal) for row in rows)
    return Export(db, statement, actor, journal_id, clock, as_format, choice.columns, cells, next_since=next_since)


@retried
def export_subscribers(
    db: Store,
    slug: str,
    *,
    partner: str | None,
    as_format: Format = CSV,
    unseal: Unseal,
    actor: str,
    reason: str | None = None,
    clock: Callable[[], int],
) -> Export:
    """Export the newsletter subscribers of a partner (None: of the organiser), with the header ``SUBSCRIBER_COLUMNS``.

    Each row has the proof of consent: the wording that was ticked, and when the mailbox's owner confirmed it. Pending
    and withdrawn subscriptions are not included. Raises ``NotFound`` at once; otherwise like ``export_signatures``.
    """
    told = {"format": as_format.name, "contacts": True, "partner": partner}
    with db.write() as tx:
        statement = statements.get(tx, slug)
        of = partners.get_of(tx, statement.id, partner).id if partner else ORGANISER
        act = Act(tx, actor, clock())
        journal_id = act.journal("export.begin-subscribers", statement, reason=reason, after=told)
        fence = signature_queries.get_highest_id(tx, statement.id)

    rows = iterate_in_batches(
        db, signatures.list_subscribers, row_id, 0, statement_id=statement.id, partner_id=of, fence=fence
    )
    cells = (subscriber_cells(row, unseal=unseal) for row in rows)
    return Export(db, statement, actor, journal_id, clock, as_format, SUBSCRIBER_COLUMNS, cells)


# The journal, with all data of its hash chain.

JOURNAL_COLUMNS = (
    *("id", "at", "actor", "verb", "subject", "reason", "chained_reason", "statement_id", "details_digest"),
    *("previous_hash", "hash", "salt", "before", "after", "moment"),
)
_IN_HEX = ("salt", "details_digest", "previous_hash", "hash")


@retried
def export_journal(db: Store, slug: str | None, *, since: int, actor: str, clock: Callable[[], int]) -> Export:
    """Export the journal after the id ``since``, oldest first, as one JSON object per line.

    ``slug`` None exports the journal of the whole server. The row about this export and later rows are not included.
    Memory use is constant. Raises ``NotFound`` at once.
    """
    with db.write() as tx:
        statement = None if slug is None else statements.get(tx, slug)
        subject = None if statement else "server"
        journal_id = Act(tx, actor, clock()).journal("journal.export", statement, subject=subject)

    whose = statement.id if statement else None
    rows = iterate_in_batches(db, journal.list_batch, row_id, since, statement_id=whose, upto=journal_id - 1)
    cells = (_journal_cells(row) for row in rows)
    export = Export(db, statement, actor, journal_id, clock, JSONL, JOURNAL_COLUMNS, cells)
    export.verb_end, export.verb_broken = "journal.exported", "journal.export-broken"
    return export


def _journal_cells(row: Row) -> list[Cell]:
    """Return a row as JSON values; ``before`` and ``after`` stay JSON strings, because the digest covers those."""
    in_hex = {name: None if row[name] is None else bytes(row[name]).hex() for name in _IN_HEX}
    told = row | in_hex | {"moment": format_moment(row["at"])}
    return [told[column] for column in JOURNAL_COLUMNS]
