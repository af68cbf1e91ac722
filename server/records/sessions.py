"""The table of sessions: browsers in which an admin is logged in; only the hash of what their cookie holds."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)

IDLE_S: Final = 30 * 60
LONGEST_S: Final = 12 * 3600
SEEN_EVERY_S: Final = 60
"""A session is marked as seen at most so often: looking at a page is then hardly ever a write."""


@dataclass(frozen=True)
class Session:
    """A live session; ``hash`` names it. Times are epoch seconds, ``totp_at`` is when a code of the phone was typed."""

    hash: bytes
    admin_id: int
    data: dict[str, Any]
    created_at: int
    seen_at: int
    totp_at: int | None


def hash_of(secret: str) -> bytes:
    """Return by what a session is known whose cookie holds this secret."""
    return hashlib.sha256(secret.encode()).digest()


def add(tx: Tx, secret: str, admin_id: int, data: dict[str, Any], *, totp_at: int | None, now: int) -> None:
    """Store a session by the hash of a secret of at least 128 random bits."""
    _sql.add(tx, hash=hash_of(secret), admin_id=admin_id, data=json.dumps(data), totp_at=totp_at, now=now)


def find(tx: Tx, secret: str, *, now: int) -> Session | None:
    """Return the session of this secret, None when it has ended, lay idle for ``IDLE_S``, or is ``LONGEST_S`` old."""
    row = _sql.find(tx, hash=hash_of(secret), seen_after=now - IDLE_S, created_after=now - LONGEST_S)
    return Session(**row | {"hash": bytes(row["hash"]), "data": json.loads(row["data"])}) if row else None


def has(tx: Tx, session_hash: bytes) -> bool:
    """Say whether a session that was found before is still there: nobody has logged it out."""
    return _sql.has(tx, hash=session_hash) is not None


def see(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Remember that a session is in use."""
    _sql.see(tx, hash=session_hash, now=now)


def prove(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Remember that a fresh code of the phone was typed there."""
    _sql.prove(tx, hash=session_hash, now=now)


def end(tx: Tx, session_hash: bytes) -> None:
    """Log one browser out."""
    _sql.end(tx, hash=session_hash)


def end_all(tx: Tx, admin_id: int) -> int:
    """Log an admin out everywhere, and return from how many browsers."""
    return int(_sql.end_all(tx, admin_id=admin_id))


def end_others(tx: Tx, admin_id: int, session_hash: bytes) -> None:
    """Log an admin out everywhere but here."""
    _sql.end_others(tx, admin_id=admin_id, hash=session_hash)


def prune(tx: Tx, *, now: int) -> None:
    """Delete what has ended by itself."""
    _sql.prune(tx, seen_before=now - IDLE_S, created_before=now - LONGEST_S)
