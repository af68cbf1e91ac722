"""The row that is written to find out whether the database can be written."""

from server.db import Tx, queries_beside

_sql = queries_beside(__file__)


@_sql.query
def write(tx: Tx, *, now: int) -> None:
    """Write the time into the only row."""
