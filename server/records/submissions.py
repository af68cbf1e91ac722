"""The table of submissions' keys: a retry with the same key is answered again, and signs once."""

from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def add(tx: Tx, statement_id: int, key: str, *, digest: bytes, signature_id: int, now: int) -> bool:
    """Remember a key, the keyed digest of what came with it, what became of it; False when the key is known already."""
    return bool(_sql.add(tx, statement_id=statement_id, key=key, digest=digest, signature_id=signature_id, now=now))


def get_digest(tx: Tx, statement_id: int, key: str) -> bytes:
    """Return the digest of what came with a known key."""
    return bytes(_sql.get(tx, statement_id=statement_id, key=key)["digest"])


def count_try(tx: Tx, statement_id: int, key: str, *, most: int) -> int | None:
    """Count a try of a code and return the id of the signature that the key belongs to.

    None when the key is unknown or ``most`` tries were made before.
    """
    row = _sql.count_try(tx, statement_id=statement_id, key=key, most=most)
    return int(row["signature_id"]) if row and row["signature_id"] is not None else None


def prune(tx: Tx, *, before: int) -> int:
    """Forget keys older than ``before`` and return how many."""
    return int(_sql.prune(tx, before=before))
