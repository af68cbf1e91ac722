"""Export: the list as a CSV dump, streamed batch by batch, with a line in the journal before and after."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from server.records import dump, journal, statements
from server.spreadsheet import csv_lines
from server.storage import Row, Store, retried

COLUMNS = (
    *("id", "statement", "kind", "name", "title", "affiliation", "organisation", "website", "city", "country"),
    *("comment", "email", "newsletter", "visibility", "state", "founding", "partner", "locale", "text_sha256"),
    *("signed_at", "confirmed_at", "withdrawn_at"),
)
_TRUTHS = ("newsletter", "founding")
_MOMENTS = ("signed_at", "confirmed_at", "withdrawn_at")
_BATCH = 1000


def export_csv(
    db: Store, slug: str, *, unseal: Callable[[bytes], str] | None, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    """Return the dump of a statement as lines of CSV, headed by ``COLUMNS``; what is signed later is not in it.

    Addresses appear only where ``unseal`` is given, and only those that there was a reason to keep. Memory stays
    constant. Raises ``NotFound`` at once; the journal knows of the export before the first byte is made.
    """
    verb = "export.begin" if unseal is None else "export.begin-with-contacts"
    statement_id, fence = _begin(db, slug, verb, actor=actor, now=clock())
    return _stream(db, slug, _rows(db, statement_id, fence, unseal), actor=actor, clock=clock)


@retried
def _begin(db: Store, slug: str, verb: str, *, actor: str, now: int) -> tuple[int, int]:
    """Tell the journal, and return the statement's id and the highest id of a signature that is in the dump."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        journal.write(tx, verb, actor=actor, subject=f"statement:{slug}", now=now)
        return statement.id, dump.get_fence(tx, statement.id)


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
        journal.write(tx, "export.end", actor=actor, subject=f"statement:{slug}", after=found, now=now)


def _rows(db: Store, statement_id: int, fence: int, unseal: Callable[[bytes], str] | None) -> Iterator[list[str]]:
    yield list(COLUMNS)
    after = 0
    while True:
        with db.read() as tx:
            batch = dump.list_batch(tx, statement_id, after=after, fence=fence, most=_BATCH)
        for row in batch:
            yield _cells(row, unseal)
        if len(batch) < _BATCH:
            return
        after = batch[-1]["id"]


def _cells(row: Row, unseal: Callable[[bytes], str] | None) -> list[str]:
    sealed = row.pop("sealed")
    row["email"] = unseal(bytes(sealed)) if unseal and sealed is not None else None
    row["founding"] = row.pop("founding_place") is not None
    for column in _TRUTHS:
        row[column] = "yes" if row[column] else "no"
    for column in _MOMENTS:
        moment = row[column]
        row[column] = None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ["" if row[column] is None else str(row[column]) for column in COLUMNS]
