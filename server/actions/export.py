"""Export: the list, or who asked for news, as CSV, streamed in batches, with a line in the journal before and after."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from server.records import dump, journal, partners, statements, subscriptions
from server.records.subscriptions import ORGANISER
from server.spreadsheet import csv_lines
from server.storage import Row, Store, Tx, retried

COLUMNS = (
    *("id", "statement", "kind", "name", "title", "affiliation", "organisation", "website", "city", "country"),
    *("comment", "email", "newsletter", "visibility", "state", "founding", "partner", "locale", "text_sha256"),
    *("signed_at", "confirmed_at", "withdrawn_at"),
)
SUBSCRIBER_COLUMNS = ("email", "name", "locale", "wording", "agreed_at", "partner")
_TRUTHS = ("newsletter", "founding")
_MOMENTS = ("signed_at", "confirmed_at", "withdrawn_at")
_BATCH = 1000

_Unseal = Callable[[bytes], str]
_Batch = Callable[[Tx, int], list[Row]]
"""Finds the rows behind an id."""


def export_csv(
    db: Store, slug: str, *, unseal: _Unseal | None, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    """Return the dump of a statement as lines of CSV, headed by ``COLUMNS``; what is signed later is not in it.

    Addresses appear only where ``unseal`` is given, and only those that there was a reason to keep. Memory stays
    constant. Raises ``NotFound`` at once; the journal knows of the export before the first byte is made.
    """
    verb = "export.begin" if unseal is None else "export.begin-with-contacts"
    statement_id, fence = _begin(db, slug, verb, actor=actor, now=clock())

    def batch(tx: Tx, after: int) -> list[Row]:
        return dump.list_batch(tx, statement_id, after=after, fence=fence, most=_BATCH)

    rows = _rows(db, COLUMNS, batch, lambda row: _cells(row, unseal))
    return _stream(db, slug, rows, actor=actor, clock=clock)


def export_subscribers(
    db: Store, slug: str, *, partner: str | None, unseal: _Unseal, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    """Return who gets news of a partner (None: of the organiser), headed by ``SUBSCRIBER_COLUMNS``.

    Each line has the proof: the words that were ticked, and when the owner of the mailbox confirmed them. Pending and
    withdrawn ones are not in it. Raises ``NotFound`` at once; else as ``export_csv``.
    """
    statement_id, partner_id, fence = _begin_subscribers(db, slug, partner, actor=actor, now=clock())

    def batch(tx: Tx, after: int) -> list[Row]:
        return subscriptions.list_batch(tx, statement_id, partner_id, after=after, fence=fence, most=_BATCH)

    rows = _rows(db, SUBSCRIBER_COLUMNS, batch, lambda row: _subscriber_cells(row, unseal))
    return _stream(db, slug, rows, actor=actor, clock=clock)


@retried
def _begin(db: Store, slug: str, verb: str, *, actor: str, now: int) -> tuple[int, int]:
    """Tell the journal, and return the statement's id and the highest id of a signature that is in the dump."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        journal.write(tx, verb, actor=actor, subject=f"statement:{slug}", statement_id=statement.id, now=now)
        return statement.id, dump.get_fence(tx, statement.id)


@retried
def _begin_subscribers(db: Store, slug: str, partner: str | None, *, actor: str, now: int) -> tuple[int, int, int]:
    """Tell the journal, and return the ids of the statement and of whose news it is, and the highest of a signature."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        partner_id = partners.get_of(tx, statement.id, partner).id if partner else ORGANISER
        subject, whose = f"statement:{slug}", {"partner": partner}
        verb = "export.begin-subscribers"
        journal.write(tx, verb, actor=actor, subject=subject, after=whose, statement_id=statement.id, now=now)
        return statement.id, partner_id, dump.get_fence(tx, statement.id)


def _stream(
    db: Store, slug: str, rows: Iterator[list[str]], *, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    digest, lines = hashlib.sha256(), -1
    for line in csv_lines(rows):
        digest.update(line)
        lines += 1
        yield line
    _end(db, slug, {"rows": lines, "sha256": digest.hexdigest()}, actor=actor, now=clock())


@retried
def _end(db: Store, slug: str, found: dict[str, int | str], *, actor: str, now: int) -> None:
    with db.write() as tx:
        statement_id, subject = statements.get(tx, slug).id, f"statement:{slug}"
        journal.write(tx, "export.end", actor=actor, subject=subject, after=found, statement_id=statement_id, now=now)


def _rows(db: Store, columns: tuple[str, ...], find: _Batch, cells: Callable[[Row], list[str]]) -> Iterator[list[str]]:
    """Yield the columns' names, then what ``find`` finds behind the last id of the batch before, as ``cells``."""
    yield list(columns)
    after = 0
    while True:
        with db.read() as tx:
            batch = find(tx, after)
        for row in batch:
            yield cells(row)
        if len(batch) < _BATCH:
            return
        after = batch[-1]["id"]


def _cells(row: Row, unseal: _Unseal | None) -> list[str]:
    sealed = row.pop("sealed")
    row["email"] = unseal(bytes(sealed)) if unseal and sealed is not None else None
    row["founding"] = row.pop("founding_place") is not None
    for column in _TRUTHS:
        row[column] = "yes" if row[column] else "no"
    for column in _MOMENTS:
        row[column] = _moment(row[column])
    return _texts(row, COLUMNS)


def _subscriber_cells(row: Row, unseal: _Unseal) -> list[str]:
    told = {"email": unseal(bytes(row["sealed"])), "agreed_at": _moment(row["agreed_at"])}
    return _texts(row | told, SUBSCRIBER_COLUMNS)


def _moment(epoch: int | None) -> str | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _texts(row: Row, columns: tuple[str, ...]) -> list[str]:
    return ["" if row[column] is None else str(row[column]) for column in columns]
