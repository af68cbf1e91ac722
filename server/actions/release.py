"""Release: the names under a statement are shown together, once enough people stand beside each other."""

from server.records import statements, tallies
from server.storage import Tx


def release_names(tx: Tx, statement_id: int, *, now: int) -> None:
    """Show all names from now on, for good, when this transaction has brought the last confirmation it takes.

    Founding signatures count; who withdraws later takes nobody's name off the list again.
    """
    if statements.get_by_id(tx, statement_id).keeps_names_back:
        confirmed = tallies.count_standing(tx, statement_id).confirmed
        statements.release_names(tx, statement_id, confirmed=confirmed, now=now)
