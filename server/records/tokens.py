"""The table of bearer tokens: only their hashes; each has scopes, may be bound to one statement, and may expire."""

import hashlib
from dataclasses import dataclass
from typing import Any

from server.errors import NotFound
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Token:
    """A live token; ``statement_id`` None means every statement."""

    id: int
    name: str
    scopes: frozenset[str]
    statement_id: int | None

    def allows(self, scope: str, statement_id: int) -> bool:
        """Say whether the token opens this door for this statement."""
        return scope in self.scopes and self.statement_id in (None, statement_id)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def add(
    tx: Tx, name: str, *, secret: str, scopes: list[str], statement_id: int | None, expires_at: int | None, now: int
) -> int:
    """Store the hash of a secret of at least 128 random bits; raises ``Conflict`` when the name is taken."""
    row: Row = _sql.add(
        tx,
        name=name,
        hash=_hash(secret),
        scopes=" ".join(sorted(scopes)),
        statement_id=statement_id,
        expires_at=expires_at,
        now=now,
    )
    return int(row["id"])


def find(tx: Tx, secret: str, *, now: int) -> Token | None:
    """Return the live token of this secret, or None."""
    row = _sql.find(tx, hash=_hash(secret), now=now)
    return Token(row["id"], row["name"], frozenset(row["scopes"].split()), row["statement_id"]) if row else None


def mark_used(tx: Tx, token_id: int, *, now: int) -> None:
    """Remember when a token was last used."""
    _sql.used(tx, id=token_id, now=now)


def revoke(tx: Tx, name: str, *, now: int) -> bool:
    """Revoke a token for ever; False when there is no live one of that name."""
    return bool(_sql.revoke(tx, name=name, now=now))


def list_all(tx: Tx) -> list[Row]:
    """Return every token: id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at."""
    return list(_sql.list_all(tx))


def list_of(tx: Tx, statement_id: int | None) -> list[Row]:
    """Return the tokens that open this statement alone (None: every one), as ``list_all`` does."""
    return [row for row in list_all(tx) if row["statement_id"] == statement_id]


def get_name(tx: Tx, token_id: int, statement_id: int) -> str:
    """Return the name of a token that opens this statement alone; raises ``NotFound``."""
    name: str | None = _sql.find_name(tx, id=token_id, statement_id=statement_id)
    if name is None:
        raise NotFound("there is no such token")
    return name
