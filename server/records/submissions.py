"""The table of submissions' keys: a retry with the same key is answered again, and signs once."""

from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def find_digest(tx: Tx, statement_id: int, key: str) -> bytes | None:
    """Return the keyed digest of what came with this key before, or None."""
    row = _sql.find(tx, statement_id=statement_id, key=key)
    return bytes(row["digest"]) if row else None


def add(tx: Tx, statement_id: int, key: str, *, signature_id: int, digest: bytes, now: int) -> None:
    """Remember a key; raises ``Conflict`` when another transaction was first."""
    _sql.add(tx, statement_id=statement_id, key=key, signature_id=signature_id, digest=digest, now=now)


def prune(tx: Tx, *, before: int) -> int:
    """Forget keys older than ``before`` and return how many."""
    return int(_sql.prune(tx, before=before))
