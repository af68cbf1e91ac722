"""Export the journal: as JSON Lines with all that its chain is made of, so that it can be verified elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime

from server.actions.sending import Begun, Export, id_of, walk
from server.dump_formats import JSONL
from server.records import journal, journal_entries, statements
from server.spreadsheet import Cell
from server.storage import Row, Store, Tx, retried

COLUMNS = (
    *("id", "at", "actor", "verb", "subject", "reason", "chained_reason", "statement_id", "details_digest"),
    *("previous_hash", "hash", "salt", "before", "after", "moment"),
)
_IN_HEX = ("salt", "details_digest", "previous_hash", "hash")


def export_journal(db: Store, slug: str | None, *, since: int, actor: str, clock: Callable[[], int]) -> Export:
    """Return the rows of the journal behind the id ``since``, oldest first, one JSON object a line.

    ``slug`` None exports the whole server's. What is written later is not in it, nor the row that tells of the export.
    Memory stays constant. Raises ``NotFound`` at once; the journal knows of it before the first byte is made.
    """
    begun = _begin(db, slug, actor=actor, now=clock())

    def batch(tx: Tx, after: int, most: int) -> list[Row]:
        return journal_entries.list_batch(
            tx, statement_id=begun.statement_id, after=after, upto=begun.journal_id - 1, most=most
        )

    rows = (_cells(row) for row in walk(db, batch, id_of, since))
    return Export(begun, JSONL, COLUMNS, rows, clock=clock)


@retried
def _begin(db: Store, slug: str | None, *, actor: str, now: int) -> Begun:
    with db.write() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        subject = "server" if slug is None else f"statement:{slug}"
        told = journal.write(tx, "journal.export", actor=actor, subject=subject, statement_id=whose, now=now)
        return Begun(db, told, whose, subject, actor, end="journal.exported", broken="journal.export-broken")


def _cells(row: Row) -> list[Cell]:
    """Return a row as JSON says it; ``before`` and ``after`` stay the JSON texts over which the digest was made."""
    in_hex = {name: None if row[name] is None else bytes(row[name]).hex() for name in _IN_HEX}
    told = row | in_hex | {"moment": datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return [told[column] for column in COLUMNS]
