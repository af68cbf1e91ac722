"""Admins, their roles, their sessions and the API tokens."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from server.crypto.passwords import NO_TOTP_STEP
from server.db import Row, Tx, queries_beside
from server.errors import NotFound

# Admins.

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Admin:
    """A row. Times are epoch seconds; until ``invited_until`` a first password waits to be replaced, None: it was."""

    id: int
    name: str
    password_hash: str
    sealed_totp: bytes
    totp_step: int
    recovery_hashes: tuple[str, ...]
    locale: str | None
    created_at: int
    invited_until: int | None
    disabled_at: int | None

    @property
    def is_enrolled(self) -> bool:
        """Whether there is a password of their own and a phone."""
        return self.invited_until is None


def _read(row: Row) -> Admin:
    hashes = tuple(json.loads(row["recovery_hashes"]))
    return Admin(**row | {"sealed_totp": bytes(row["sealed_totp"]), "recovery_hashes": hashes})


def add(tx: Tx, name: str, *, password_hash: str, sealed_totp: bytes, invited_until: int, now: int) -> int:
    """Store an admin who has not logged in yet, and return the id; raises ``Conflict`` when the name is taken."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    return int(_sql.add(tx, name=name, no_step=NO_TOTP_STEP, now=now, **values)["id"])


def find(tx: Tx, name: str) -> Admin | None:
    """Return the admin of that name, or None."""
    row = _sql.find(tx, name=name) if "\0" not in name else None  # PostgreSQL refuses to be asked about it
    return _read(row) if row else None


def get(tx: Tx, admin_id: int) -> Admin:
    """Return one admin; raises ``NotFound``."""
    row = _sql.get(tx, id=admin_id)
    if row is None:
        raise NotFound("there is no such admin")
    return _read(row)


def get_by_name(tx: Tx, name: str) -> Admin:
    """Return the admin of that name; raises ``NotFound``."""
    admin = find(tx, name)
    if admin is None:
        raise NotFound(f"there is no admin {name}")
    return admin


def list_all(tx: Tx) -> list[Admin]:
    """Return every admin, by name."""
    return [_read(row) for row in _sql.list_all(tx)]


def invite(tx: Tx, admin_id: int, *, password_hash: str, sealed_totp: bytes, invited_until: int) -> None:
    """Start over with a first password; the old phone and recovery codes stop working."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    _sql.invite(tx, id=admin_id, no_step=NO_TOTP_STEP, **values)


def enrol(tx: Tx, admin_id: int, *, password_hash: str, recovery_hashes: Sequence[str]) -> bool:
    """Keep the admin's own password and recovery codes; False when that was done already."""
    hashes = json.dumps(list(recovery_hashes))
    return bool(_sql.enrol(tx, id=admin_id, password_hash=password_hash, recovery_hashes=hashes))


def use_totp_step(tx: Tx, admin_id: int, step: int) -> bool:
    """Use up a code of the phone; False when it, or a later one, was used before."""
    return bool(_sql.use_totp_step(tx, id=admin_id, step=step))


def set_recovery_hashes(tx: Tx, admin_id: int, recovery_hashes: Sequence[str]) -> None:
    """Store what is left of the recovery codes, or fresh ones."""
    _sql.set_recovery_hashes(tx, id=admin_id, recovery_hashes=json.dumps(list(recovery_hashes)))


def set_password_hash(tx: Tx, admin_id: int, password_hash: str, *, instead_of: str) -> bool:
    """Store the hash of another password; False when theirs is not ``instead_of`` now, or they are not let in with it.

    Whoever has been reset is invited, so that no code is asked of them: no password but that first one may be theirs.
    """
    return bool(_sql.set_password_hash(tx, id=admin_id, password_hash=password_hash, instead_of=instead_of))


def set_locale(tx: Tx, admin_id: int, locale: str) -> None:
    """Store in which language the desk speaks to an admin."""
    _sql.set_locale(tx, id=admin_id, locale=locale)


def disable(tx: Tx, admin_id: int, *, now: int) -> bool:
    """Let an admin in no more; False when it was so."""
    return bool(_sql.disable(tx, id=admin_id, now=now))


def enable(tx: Tx, admin_id: int) -> bool:
    """Let a disabled admin in again; False when they were not."""
    return bool(_sql.enable(tx, id=admin_id))


# Roles: what an admin may do, under one statement or on the whole server.

Role: TypeAlias = Literal["viewer", "moderator", "owner"]
ROLES: Final[tuple[Role, ...]] = ("viewer", "moderator", "owner")
"""Each may do what the ones before it may."""

EVERYWHERE: Final = 0
"""Stands for the statement's id where a role holds for all of them, and for the server itself."""


class RoleOnStatement(NamedTuple):
    """An admin who may do something under a statement; ``everywhere`` when the role is for the whole server."""

    name: str
    role: Role
    everywhere: bool
    is_disabled: bool
    is_enrolled: bool


def role_includes(held: Role | None, needed: Role) -> bool:
    """Say whether who holds a role (None: none) may do what needs another."""
    return held is not None and ROLES.index(held) >= ROLES.index(needed)


def highest_role(held: Mapping[int, Role], statement_id: int) -> Role | None:
    """Return the role that counts under a statement, from all that an admin holds by statement; None: none."""
    roles = [held[place] for place in (EVERYWHERE, statement_id) if place in held]
    return max(roles, key=ROLES.index, default=None)


def give_role(tx: Tx, admin_id: int, statement_id: int, role: Role) -> bool:
    """Give an admin a role there instead of the one of before; False when it was the same."""
    return bool(_sql.give_role(tx, admin_id=admin_id, statement_id=statement_id, role=role))


def take_role(tx: Tx, admin_id: int, statement_id: int) -> bool:
    """Take an admin's role there away; False when there was none."""
    return bool(_sql.take_role(tx, admin_id=admin_id, statement_id=statement_id))


def list_roles(tx: Tx, admin_id: int) -> dict[int, Role]:
    """Return the roles of an admin by statement id, ``EVERYWHERE`` among them."""
    return {row["statement_id"]: row["role"] for row in _sql.list_roles(tx, admin_id=admin_id)}


def list_roles_on(tx: Tx, statement_id: int) -> list[RoleOnStatement]:
    """Return who may do what under a statement, or on the whole server (``EVERYWHERE``), by name."""
    return [
        RoleOnStatement(
            row["name"],
            row["role"],
            row["statement_id"] == EVERYWHERE,
            row["disabled_at"] is not None,
            row["invited_until"] is None,
        )
        for row in _sql.list_roles_on(tx, statement_id=statement_id)
    ]


# Sessions: only the hash of what the cookie holds is stored.

SESSION_IDLE_S: Final = 30 * 60
SESSION_LONGEST_S: Final = 12 * 3600
SESSION_SEEN_EVERY_S: Final = 60
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


def hash_session_secret(secret: str) -> bytes:
    """Return by what a session is known whose cookie holds this secret."""
    return hashlib.sha256(secret.encode()).digest()


def add_session(tx: Tx, secret: str, admin_id: int, data: dict[str, Any], *, totp_at: int | None, now: int) -> None:
    """Store a session by the hash of a secret of at least 128 random bits."""
    _sql.add_session(
        tx, hash=hash_session_secret(secret), admin_id=admin_id, data=json.dumps(data), totp_at=totp_at, now=now
    )


def find_session(tx: Tx, secret: str, *, now: int) -> Session | None:
    """Return the session of this secret.

    None when it has ended, was idle for ``SESSION_IDLE_S``, or is older than ``SESSION_LONGEST_S``.
    """
    row = _sql.find_session(
        tx, hash=hash_session_secret(secret), seen_after=now - SESSION_IDLE_S, created_after=now - SESSION_LONGEST_S
    )
    return Session(**row | {"hash": bytes(row["hash"]), "data": json.loads(row["data"])}) if row else None


def has_session(tx: Tx, session_hash: bytes) -> bool:
    """Say whether a session that was found before is still there: nobody has logged it out."""
    return _sql.has_session(tx, hash=session_hash) is not None


def mark_session_seen(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Remember that a session is in use."""
    _sql.mark_session_seen(tx, hash=session_hash, now=now)


def mark_session_verified(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Remember that a fresh code of the phone was typed there."""
    _sql.mark_session_verified(tx, hash=session_hash, now=now)


def end_session(tx: Tx, session_hash: bytes) -> None:
    """Log one browser out."""
    _sql.end_session(tx, hash=session_hash)


def end_all_sessions(tx: Tx, admin_id: int) -> int:
    """Log an admin out everywhere, and return from how many browsers."""
    return int(_sql.end_all_sessions(tx, admin_id=admin_id))


def end_other_sessions(tx: Tx, admin_id: int, session_hash: bytes) -> None:
    """Log an admin out everywhere but here."""
    _sql.end_other_sessions(tx, admin_id=admin_id, hash=session_hash)


def prune_sessions(tx: Tx, *, now: int) -> None:
    """Delete what has ended by itself."""
    _sql.prune_sessions(tx, seen_before=now - SESSION_IDLE_S, created_before=now - SESSION_LONGEST_S)


# API tokens: only their hashes are stored.


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


def _hash_token_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _read_token(row: Row) -> Token:
    return Token(row["id"], row["name"], frozenset(row["scopes"].split()), row["statement_id"], row["made_by"])


def add_token(
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
    row: Row = _sql.add_token(
        tx,
        name=name,
        hash=_hash_token_secret(secret),
        scopes=" ".join(sorted(scopes)),
        statement_id=statement_id,
        made_by=made_by,
        expires_at=expires_at,
        now=now,
    )
    return int(row["id"])


def find_token(tx: Tx, secret: str, *, now: int) -> Token | None:
    """Return the live token of this secret, or None."""
    row = _sql.find_token(tx, hash=_hash_token_secret(secret), now=now)
    return _read_token(row) if row else None


def find_token_named(tx: Tx, name: str) -> Token | None:
    """Return the token of this name, live or not; None when there never was one."""
    row = _sql.find_token_named(tx, name=name)
    return _read_token(row) if row else None


def get_token_of(tx: Tx, token_id: int, statement_id: int) -> Token:
    """Return a token, live or not, that opens this statement alone; raises ``NotFound``."""
    row = _sql.get_token_of(tx, id=token_id, statement_id=statement_id)
    if row is None:
        raise NotFound("there is no such token")
    return _read_token(row)


def list_tokens_made_by(tx: Tx, admin_id: int, *, now: int) -> list[Token]:
    """Return the live tokens that an admin made."""
    return [_read_token(row) for row in _sql.list_tokens_made_by(tx, admin_id=admin_id, now=now)]


def mark_token_used(tx: Tx, token_id: int, *, now: int) -> None:
    """Remember when a token was last used."""
    _sql.mark_token_used(tx, id=token_id, now=now)


def revoke_token(tx: Tx, token_id: int, *, now: int) -> bool:
    """Revoke a token for ever; False when it was before."""
    return bool(_sql.revoke_token(tx, id=token_id, now=now))


def list_tokens(tx: Tx) -> list[Row]:
    """Return every token: id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at.

    And ``made_by``: the admin's name, None for a shell.
    """
    return list(_sql.list_tokens(tx))


def list_tokens_of(tx: Tx, statement_id: int | None) -> list[Row]:
    """Return the tokens that open this statement alone (None: every one), as ``list_tokens`` does."""
    return [row for row in list_tokens(tx) if row["statement_id"] == statement_id]
