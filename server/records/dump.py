"""What the CSV dump reads: signatures with their statement, text, partner and sealed address, batch by batch."""

from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


def get_fence(tx: Tx, statement_id: int) -> int:
    """Return the highest id there is now: what comes later belongs to the next dump."""
    return int(_sql.fence(tx, statement_id=statement_id))


def list_batch(tx: Tx, statement_id: int, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` rows that were ever confirmed, with ids above ``after`` and not above ``fence``."""
    return list(_sql.batch(tx, statement_id=statement_id, after=after, fence=fence, most=most))
