"""Export: the list as a CSV dump, streamed batch by batch, with a line in the journal before and after."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from server.records import dump, journal, statements
from server.spreadsheet import csv_lines
from server.storage import Row, Store

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
    with db.write() as tx:
        statement = statements.get(tx, slug)
        fence = dump.get_fence(tx, statement.id)
        verb = "export.begin" if unseal is None else "export.begin-with-contacts"
        journal.write(tx, verb, actor=actor, subject=f"statement:{slug}", now=clock())
    return _stream(db, slug, _rows(db, statement.id, fence, unseal), actor=actor, clock=clock)


def _stream(
    db: Store, slug: str, rows: Iterator[list[str]], *, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    digest, lines = hashlib.sha256(), -1
    for line in csv_lines(rows):
        digest.update(line)
        lines += 1
        yield line
    with db.write() as tx:
        after = {"rows": lines, "sha256": digest.hexdigest()}
        journal.write(tx, "export.end", actor=actor, subject=f"statement:{slug}", after=after, now=clock())


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
