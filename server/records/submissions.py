"""The table of submissions' keys: a retry with the same key is answered again, and signs once."""

from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def add(tx: Tx, statement_id: int, key: str, *, digest: bytes, now: int) -> bool:
    """Remember a key and the keyed digest of what came with it; False when the key is known already."""
    return bool(_sql.add(tx, statement_id=statement_id, key=key, digest=digest, now=now))


def get_digest(tx: Tx, statement_id: int, key: str) -> bytes:
    """Return the digest of what came with a known key."""
    return bytes(_sql.get(tx, statement_id=statement_id, key=key)["digest"])


def prune(tx: Tx, *, before: int) -> int:
    """Forget keys older than ``before`` and return how many."""
    return int(_sql.prune(tx, before=before))
