"""The table of holds: why a signature is held, each reason with its source, so that one can be undone alone."""

from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def add(tx: Tx, signature_id: int, source: str, *, now: int) -> bool:
    """Add a reason (``rule:...``, ``admin:...`` or ``cli``); False when it stands already."""
    return bool(_sql.add(tx, signature_id=signature_id, source=source, now=now))


def release(tx: Tx, signature_id: int, *, now: int) -> int:
    """Release every reason of a signature and return how many stood."""
    return int(_sql.release(tx, signature_id=signature_id, now=now))


def list_live(tx: Tx, signature_id: int) -> list[str]:
    """Return the sources of the reasons that stand, oldest first."""
    return [row["source"] for row in _sql.list_live(tx, signature_id=signature_id)]
