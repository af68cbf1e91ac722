"""Export: signatures, the public list, or who asked for news, as a table that is read in batches and journalled."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from server.actions.dump_choice import EVERYTHING, Choice, write_mark
from server.actions.dump_columns import (
    SUBSCRIBER_COLUMNS,
    Unseal,
    public_cells,
    signature_cells,
    subscriber_cells,
)
from server.actions.sending import Begun, Export, id_of, walk
from server.dump_formats import CSV, Format
from server.records import dump, journal, partners, signatories, statements, subscriptions
from server.records.dump import Mark
from server.records.signatories import Signatory
from server.records.statements import Statement
from server.records.subscriptions import ORGANISER
from server.spreadsheet import Cell
from server.storage import Row, Store, Tx, retried

SETTLED_S = 60
"""A change that is older than this is on the disk, or never will be: no writer waits for its place for so long."""

_Clock = Callable[[], int]
_Rows = Iterator[list[Cell]]


class _Entry(NamedTuple):
    """What the journal is told of an export before its first byte."""

    verb: str
    actor: str
    reason: str | None
    told: dict[str, object]


class _Bounds(NamedTuple):
    """Where a dump ends: at the highest id, and in the order of changes at a mark."""

    fence: int
    upto: Mark


def export_signatures(
    db: Store,
    slug: str,
    choice: Choice = EVERYTHING,
    *,
    as_format: Format = CSV,
    unseal: Unseal | None = None,
    actor: str,
    reason: str | None = None,
    clock: _Clock,
) -> Export:
    """Return the dump of a statement, headed by the names of its columns; what is signed later is not in it.

    Addresses appear only where ``unseal`` is given, and only those that there was a reason to keep. Memory stays
    constant. Raises ``NotFound`` at once; the journal knows of the export before the first byte is made.
    """
    verb = "export.begin-with-contacts" if unseal else "export.begin-public" if choice.is_public else "export.begin"
    told = {"format": as_format.name, "contacts": unseal is not None, **choice.told()}
    entry, since = _Entry(verb, actor, reason, told), choice.since or Mark(0, 0)
    statement, begun, bounds = _begin(db, slug, entry, since, now=clock())
    if choice.is_public:
        rows = _public_rows(db, statement, choice, now=clock())
    elif choice.since is not None:
        rows = _changed_rows(db, statement, choice, since, bounds.upto, unseal)
    else:
        rows = _rows_by_id(db, statement, choice, bounds.fence, unseal)
    next_since = None if choice.since is None else write_mark(bounds.upto)
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
    """Return who gets news of a partner (None: of the organiser), headed by ``SUBSCRIBER_COLUMNS``.

    Each line has the proof: the words that were ticked, and when the owner of the mailbox confirmed them. Pending and
    withdrawn ones are not in it. Raises ``NotFound`` at once; else as ``export_signatures``.
    """
    told = {"format": as_format.name, "contacts": True, "partner": partner}
    entry = _Entry("export.begin-subscribers", actor, reason, told)
    statement, begun, partner_id, fence = _begin_subscribers(db, slug, entry, partner, now=clock())

    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return subscriptions.list_batch(tx, statement.id, partner_id, after=after, fence=fence, most=most)

    rows = (subscriber_cells(row, unseal=unseal) for row in walk(db, batch, id_of, 0))
    return Export(begun, as_format, SUBSCRIBER_COLUMNS, rows, clock=clock)


@retried
def _begin(db: Store, slug: str, entry: _Entry, since: Mark, *, now: int) -> tuple[Statement, Begun, _Bounds]:
    """Tell the journal, and return the statement, what was begun, and where it ends."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        begun = _tell(tx, db, statement, entry, now=now)
        last = dump.find_last_change(tx, statement.id, until=now - SETTLED_S) or since
        return statement, begun, _Bounds(dump.get_fence(tx, statement.id), max(last, since))


@retried
def _begin_subscribers(
    db: Store, slug: str, entry: _Entry, partner: str | None, *, now: int
) -> tuple[Statement, Begun, int, int]:
    """Tell the journal, and return the statement, what was begun, the id of whose news it is, and where it ends."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        partner_id = partners.get_of(tx, statement.id, partner).id if partner else ORGANISER
        begun = _tell(tx, db, statement, entry, now=now)
        return statement, begun, partner_id, dump.get_fence(tx, statement.id)


def _tell(tx: Tx, db: Store, statement: Statement, entry: _Entry, *, now: int) -> Begun:
    subject = f"statement:{statement.slug}"
    journal_id = journal.write(
        tx,
        entry.verb,
        actor=entry.actor,
        subject=subject,
        reason=entry.reason,
        after=entry.told,
        statement_id=statement.id,
        now=now,
    )
    return Begun(db, journal_id, statement.id, subject, entry.actor)


def _rows_by_id(db: Store, statement: Statement, choice: Choice, fence: int, unseal: Unseal | None) -> _Rows:
    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return dump.list_batch(tx, statement.id, choice.filters, after=after, fence=fence, most=most)

    return (signature_cells(row, choice.columns, unseal=unseal) for row in walk(db, batch, id_of, 0))


def _changed_rows(
    db: Store, statement: Statement, choice: Choice, since: Mark, upto: Mark, unseal: Unseal | None
) -> _Rows:
    def batch(tx: Tx, after: Mark, most: int) -> list[Row]:
        return dump.list_changed(tx, statement.id, choice.filters, after=after, upto=upto, most=most)

    rows = walk(db, batch, lambda row: Mark(row["changed_at"], row["id"]), since)
    return (signature_cells(row, choice.columns, unseal=unseal) for row in rows)


def _public_rows(db: Store, statement: Statement, choice: Choice, *, now: int) -> _Rows:
    kind, zone = choice.filters.kind, ZoneInfo(statement.zone)

    def batch(tx: Tx, after: int, most: int) -> list[Signatory]:
        return signatories.list_page(tx, statement.id, now=now, kind=kind, after=after, most=most)

    return map(
        partial(public_cells, columns=choice.columns, zone=zone),
        walk(db, batch, lambda line: line.list_number, 0),
    )
