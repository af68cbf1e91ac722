"""Admins, their roles, sessions and API tokens."""

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
    """A row. Times are epoch seconds; ``invited_until`` is when the first password expires, None after setup."""

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
        """Whether the admin has set up a password and a phone."""
        return self.invited_until is None


def _read(row: Row) -> Admin:
    hashes = tuple(json.loads(row["recovery_hashes"]))
    return Admin(**row | {"sealed_totp": bytes(row["sealed_totp"]), "recovery_hashes": hashes})


def add(tx: Tx, name: str, *, password_hash: str, sealed_totp: bytes, invited_until: int, now: int) -> int:
    """Store an invited admin and return the id; raises ``Conflict`` if the name is taken."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    return int(_sql.add(tx, name=name, no_step=NO_TOTP_STEP, now=now, **values)["id"])


def find(tx: Tx, name: str) -> Admin | None:
    """Return the admin with this name, or None."""
    row = _sql.find(tx, name=name) if "\0" not in name else None  # PostgreSQL refuses NUL characters in a query
    return _read(row) if row else None


def get(tx: Tx, admin_id: int) -> Admin:
    """Return an admin; raises ``NotFound``."""
    row = _sql.get(tx, id=admin_id)
    if row is None:
        raise NotFound("there is no such admin")
    return _read(row)


def get_by_name(tx: Tx, name: str) -> Admin:
    """Return the admin with this name; raises ``NotFound``."""
    admin = find(tx, name)
    if admin is None:
        raise NotFound(f"there is no admin {name}")
    return admin


def list_all(tx: Tx) -> list[Admin]:
    """Return every admin, ordered by name."""
    return [_read(row) for row in _sql.list_all(tx)]


def invite(tx: Tx, admin_id: int, *, password_hash: str, sealed_totp: bytes, invited_until: int) -> None:
    """Reset an admin to a first password; the old phone and recovery codes stop working."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    _sql.invite(tx, id=admin_id, no_step=NO_TOTP_STEP, **values)


def enrol(tx: Tx, admin_id: int, *, password_hash: str, recovery_hashes: Sequence[str]) -> bool:
    """Store the admin's own password and recovery codes; False if setup was completed before."""
    hashes = json.dumps(list(recovery_hashes))
    return bool(_sql.enrol(tx, id=admin_id, password_hash=password_hash, recovery_hashes=hashes))


def use_totp_step(tx: Tx, admin_id: int, step: int) -> bool:
    """Use up a TOTP code; False if it or a later one was used before."""
    return bool(_sql.use_totp_step(tx, id=admin_id, step=step))


def set_recovery_hashes(tx: Tx, admin_id: int, recovery_hashes: Sequence[str]) -> None:
    """Store the remaining or new recovery codes, hashed."""
    _sql.set_recovery_hashes(tx, id=admin_id, recovery_hashes=json.dumps(list(recovery_hashes)))


def set_password_hash(tx: Tx, admin_id: int, password_hash: str, *, instead_of: str) -> bool:
    """Store a new password hash; False if the current hash is not ``instead_of``, or the admin is invited or disabled.

    After a reset the admin is invited and logs in without a TOTP code, so only the first password may be valid then.
    """
    return bool(_sql.set_password_hash(tx, id=admin_id, password_hash=password_hash, instead_of=instead_of))


def set_locale(tx: Tx, admin_id: int, locale: str) -> None:
    """Store the desk's language for an admin."""
    _sql.set_locale(tx, id=admin_id, locale=locale)


def disable(tx: Tx, admin_id: int, *, now: int) -> bool:
    """Disable an admin; False if they were disabled already."""
    return bool(_sql.disable(tx, id=admin_id, now=now))


def enable(tx: Tx, admin_id: int) -> bool:
    """Enable a disabled admin; False if they were not disabled."""
    return bool(_sql.enable(tx, id=admin_id))


# Roles, for one statement or for the whole server.

Role: TypeAlias = Literal["viewer", "moderator", "owner"]
ROLES: Final[tuple[Role, ...]] = ("viewer", "moderator", "owner")
"""Each role includes the ones before it."""

EVERYWHERE: Final = 0
"""Replaces the statement id of a role that holds for the whole server."""


class RoleOnStatement(NamedTuple):
    """An admin with a role for a statement; ``everywhere`` if the role holds for the whole server."""

    name: str
    role: Role
    everywhere: bool
    is_disabled: bool
    is_enrolled: bool


def role_includes(held: Role | None, needed: Role) -> bool:
    """Say whether the role ``held`` (None: no role) includes the role ``needed``."""
    return held is not None and ROLES.index(held) >= ROLES.index(needed)


def highest_role(held: Mapping[int, Role], statement_id: int) -> Role | None:
    """Return the highest role for a statement from an admin's roles by statement id; None: no role."""
    roles = [held[place] for place in (EVERYWHERE, statement_id) if place in held]
    return max(roles, key=ROLES.index, default=None)


def give_role(tx: Tx, admin_id: int, statement_id: int, role: Role) -> bool:
    """Give an admin a role, or replace it; False if nothing changed."""
    return bool(_sql.give_role(tx, admin_id=admin_id, statement_id=statement_id, role=role))


def take_role(tx: Tx, admin_id: int, statement_id: int) -> bool:
    """Remove an admin's role; False if there was none."""
    return bool(_sql.take_role(tx, admin_id=admin_id, statement_id=statement_id))


def list_roles(tx: Tx, admin_id: int) -> dict[int, Role]:
    """Return the roles of an admin by statement id, including ``EVERYWHERE``."""
    return {row["statement_id"]: row["role"] for row in _sql.list_roles(tx, admin_id=admin_id)}


def list_roles_on(tx: Tx, statement_id: int) -> list[RoleOnStatement]:
    """Return the roles for a statement, including server-wide ones, ordered by name."""
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


# Sessions; only the hash of the cookie's secret is stored.

SESSION_IDLE_S: Final = 30 * 60
SESSION_LONGEST_S: Final = 12 * 3600
SESSION_SEEN_EVERY_S: Final = 60
"""The least time between two updates of ``seen_at``, so that page views rarely write to the database."""


@dataclass(frozen=True)
class Session:
    """A live session, identified by ``hash``. Times are epoch seconds; ``totp_at`` is the last TOTP code's."""

    hash: bytes
    admin_id: int
    data: dict[str, Any]
    created_at: int
    seen_at: int
    totp_at: int | None


def hash_session_secret(secret: str) -> bytes:
    """Return the hash by which the session with this secret is stored."""
    return hashlib.sha256(secret.encode()).digest()


def add_session(tx: Tx, secret: str, admin_id: int, data: dict[str, Any], *, totp_at: int | None, now: int) -> None:
    """Store a session under the hash of a secret with at least 128 random bits."""
    _sql.add_session(
        tx, hash=hash_session_secret(secret), admin_id=admin_id, data=json.dumps(data), totp_at=totp_at, now=now
    )


def find_session(tx: Tx, secret: str, *, now: int) -> Session | None:
    """Return the session of this secret.

    None if it has ended, was idle for ``SESSION_IDLE_S``, or is older than ``SESSION_LONGEST_S``.
    """
    row = _sql.find_session(
        tx, hash=hash_session_secret(secret), seen_after=now - SESSION_IDLE_S, created_after=now - SESSION_LONGEST_S
    )
    return Session(**row | {"hash": bytes(row["hash"]), "data": json.loads(row["data"])}) if row else None


def has_session(tx: Tx, session_hash: bytes) -> bool:
    """Say whether a session still exists, that is, was not logged out meanwhile."""
    return _sql.has_session(tx, hash=session_hash) is not None


def mark_session_seen(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Record that a session is in use."""
    _sql.mark_session_seen(tx, hash=session_hash, now=now)


def mark_session_verified(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Record that a fresh TOTP code was entered in this session."""
    _sql.mark_session_verified(tx, hash=session_hash, now=now)


def end_session(tx: Tx, session_hash: bytes) -> None:
    """Log one browser out."""
    _sql.end_session(tx, hash=session_hash)


def end_all_sessions(tx: Tx, admin_id: int) -> int:
    """Log an admin out of all browsers, and return how many."""
    return int(_sql.end_all_sessions(tx, admin_id=admin_id))


def end_other_sessions(tx: Tx, admin_id: int, session_hash: bytes) -> None:
    """Log an admin out of all other browsers."""
    _sql.end_other_sessions(tx, admin_id=admin_id, hash=session_hash)


def prune_sessions(tx: Tx, *, now: int) -> None:
    """Delete expired sessions."""
    _sql.prune_sessions(tx, seen_before=now - SESSION_IDLE_S, created_before=now - SESSION_LONGEST_S)


# API tokens; only their hashes are stored.


@dataclass(frozen=True)
class Token:
    """A token; ``statement_id`` None: for every statement. ``made_by`` is an admin's id, None: created in a shell."""

    id: int
    name: str
    scopes: frozenset[str]
    statement_id: int | None
    made_by: int | None

    def allows(self, scope: str, statement_id: int) -> bool:
        """Say whether the token has this scope for this statement."""
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
    """Store the hash of a secret with at least 128 random bits; ``made_by`` is an admin's id, None: created in a shell.

    Raises ``Conflict`` if the name is taken.
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
    """Return the token with this name, live or not, or None."""
    row = _sql.find_token_named(tx, name=name)
    return _read_token(row) if row else None


def get_token_of(tx: Tx, token_id: int, statement_id: int) -> Token:
    """Return a token, live or not, for this statement only; raises ``NotFound``."""
    row = _sql.get_token_of(tx, id=token_id, statement_id=statement_id)
    if row is None:
        raise NotFound("there is no such token")
    return _read_token(row)


def list_tokens_made_by(tx: Tx, admin_id: int, *, now: int) -> list[Token]:
    """Return the live tokens that an admin created."""
    return [_read_token(row) for row in _sql.list_tokens_made_by(tx, admin_id=admin_id, now=now)]


def mark_token_used(tx: Tx, token_id: int, *, now: int) -> None:
    """Record when a token was last used."""
    _sql.mark_token_used(tx, id=token_id, now=now)


def revoke_token(tx: Tx, token_id: int, *, now: int) -> bool:
    """Revoke a token permanently; False if it was revoked before."""
    return bool(_sql.revoke_token(tx, id=token_id, now=now))


def list_tokens(tx: Tx) -> list[Row]:
    """Return every token: id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at.

    Also ``made_by``: the admin's name, None for a shell.
    """
    return list(_sql.list_tokens(tx))


def list_tokens_of(tx: Tx, statement_id: int | None) -> list[Row]:
    """Return the tokens for this statement only (None: for all statements), in the shape of ``list_tokens``."""
    return [row for row in list_tokens(tx) if row["statement_id"] == statement_id]
