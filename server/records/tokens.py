"""The table of bearer tokens: only their hashes; each has scopes and a maker, may be of one statement, may expire."""

import hashlib
from dataclasses import dataclass
from typing import Any

from server.errors import NotFound
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Token:
    """A token; ``statement_id`` None means every statement, ``made_by`` is an admin's id, None: made in a shell."""

    id: int
    name: str
    scopes: frozenset[str]
    statement_id: int | None
    made_by: int | None

    def allows(self, scope: str, statement_id: int) -> bool:
        """Say whether the token opens this door for this statement."""
        return scope in self.scopes and self.statement_id in (None, statement_id)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _read(row: Row) -> Token:
    return Token(row["id"], row["name"], frozenset(row["scopes"].split()), row["statement_id"], row["made_by"])


def add(
    tx: Tx,
    name: str,
    *,
    secret: str,
    scopes: list[str],
    statement_id: int | None,
    made_by: int | None,
    expires_at: int | None,
    now: int,
) -> int:
    """Store the hash of a secret of at least 128 random bits; ``made_by`` is an admin's id, None: made in a shell.

    Raises ``Conflict`` when the name is taken.
    """
    row: Row = _sql.add(
        tx,
        name=name,
        hash=_hash(secret),
        scopes=" ".join(sorted(scopes)),
        statement_id=statement_id,
        made_by=made_by,
        expires_at=expires_at,
        now=now,
    )
    return int(row["id"])


def find(tx: Tx, secret: str, *, now: int) -> Token | None:
    """Return the live token of this secret, or None."""
    row = _sql.find(tx, hash=_hash(secret), now=now)
    return _read(row) if row else None


def find_named(tx: Tx, name: str) -> Token | None:
    """Return the token of this name, live or not; None when there never was one."""
    row = _sql.find_named(tx, name=name)
    return _read(row) if row else None


def get_of(tx: Tx, token_id: int, statement_id: int) -> Token:
    """Return a token, live or not, that opens this statement alone; raises ``NotFound``."""
    row = _sql.find_of(tx, id=token_id, statement_id=statement_id)
    if row is None:
        raise NotFound("there is no such token")
    return _read(row)


def list_made_by(tx: Tx, admin_id: int, *, now: int) -> list[Token]:
    """Return the live tokens that an admin made."""
    return [_read(row) for row in _sql.list_made_by(tx, admin_id=admin_id, now=now)]


def mark_used(tx: Tx, token_id: int, *, now: int) -> None:
    """Remember when a token was last used."""
    _sql.used(tx, id=token_id, now=now)


def revoke(tx: Tx, token_id: int, *, now: int) -> bool:
    """Revoke a token for ever; False when it was before."""
    return bool(_sql.revoke(tx, id=token_id, now=now))


def list_all(tx: Tx) -> list[Row]:
    """Return every token: id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at.

    And ``made_by``: the admin's name, None for a shell.
    """
    return list(_sql.list_all(tx))


def list_of(tx: Tx, statement_id: int | None) -> list[Row]:
    """Return the tokens that open this statement alone (None: every one), as ``list_all`` does."""
    return [row for row in list_all(tx) if row["statement_id"] == statement_id]
