"""Release: the names under a statement are shown together, once enough people stand beside each other."""

from server.records import founders, journal, statements, tallies
from server.storage import Tx


def release_names(tx: Tx, statement_id: int, *, now: int) -> None:
    """Show all names from now on, for good, when this transaction has brought the last confirmation it takes.

    Founding signatures do not count, for an admin alone can enter any number of them. Who withdraws later takes
    nobody's name off the list again.
    """
    statement = statements.get_by_id(tx, statement_id)
    if not statement.keeps_names_back:
        return
    confirmed = tallies.count_standing(tx, statement_id).confirmed - founders.count_confirmed(tx, statement_id)
    if statements.release_names(tx, statement_id, confirmed=confirmed, now=now):
        journal.write(
            tx,
            "statement.release-names",
            actor="rule:names-from",
            subject=f"statement:{statement.slug}",
            after=confirmed,
            statement_id=statement_id,
            now=now,
        )
