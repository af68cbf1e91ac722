"""Export the journal: as JSON Lines with all that its chain is made of, so that it can be verified elsewhere."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from server.records import journal, journal_entries, statements
from server.storage import Row, Store, retried

_BATCH = 500
_IN_HEX = ("salt", "details_digest", "previous_hash", "hash")


def export_journal(db: Store, slug: str | None, *, since: int, actor: str, clock: Callable[[], int]) -> Iterator[bytes]:
    """Return rows of the journal behind the id ``since``, oldest first, one JSON object a line.

    ``slug`` None exports the whole server's. What is written later is not in it, nor the row that tells of the export.
    Memory stays constant. Raises ``NotFound`` at once; the journal knows of it before the first byte is made.
    """
    statement_id, upto = _begin(db, slug, actor=actor, now=clock())
    return _stream(db, slug, _rows(db, statement_id, since, upto), actor=actor, clock=clock)


@retried
def _begin(db: Store, slug: str | None, *, actor: str, now: int) -> tuple[int | None, int]:
    """Tell the journal, and return whose rows they are and the id of the newest one."""
    with db.write() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        subject = "server" if slug is None else f"statement:{slug}"
        told = journal.write(tx, "journal.export", actor=actor, subject=subject, statement_id=whose, now=now)
        return whose, told - 1


@retried
def _end(db: Store, slug: str | None, found: dict[str, int | str], *, actor: str, now: int) -> None:
    with db.write() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        subject = "server" if slug is None else f"statement:{slug}"
        journal.write(tx, "journal.exported", actor=actor, subject=subject, after=found, statement_id=whose, now=now)


def _stream(
    db: Store, slug: str | None, rows: Iterator[Row], *, actor: str, clock: Callable[[], int]
) -> Iterator[bytes]:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        line = json.dumps(_told(row), ensure_ascii=False).encode() + b"\n"
        digest.update(line)
        count += 1
        yield line
    _end(db, slug, {"rows": count, "sha256": digest.hexdigest()}, actor=actor, now=clock())


def _rows(db: Store, statement_id: int | None, after: int, upto: int) -> Iterator[Row]:
    while True:
        with db.read() as tx:
            batch = journal_entries.list_batch(tx, statement_id=statement_id, after=after, upto=upto, most=_BATCH)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1]["id"]


def _told(row: Row) -> dict[str, Any]:
    """Return a row as JSON says it; ``before`` and ``after`` stay the JSON texts over which the digest was made."""
    in_hex = {name: None if row[name] is None else bytes(row[name]).hex() for name in _IN_HEX}
    return row | in_hex | {"moment": datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
