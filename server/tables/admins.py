"""Admins, their roles, sessions and API tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from server.crypto.passwords import hash_secret
from server.db import Row, Tx, found, queries_beside

# Admins and API tokens.


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


_sql = queries_beside(
    __file__, admin=[column.name for column in fields(Admin)], token=[column.name for column in fields(Token)]
)


@_sql.query
def add(tx: Tx, name: str, *, password_hash: str, sealed_totp: bytes, invited_until: int, now: int) -> int:
    """Store an invited admin and return the id; raises ``Conflict`` if the name is taken."""


def find(tx: Tx, name: str) -> Admin | None:
    """Return the admin with this name, or None."""
    return None if "\0" in name else _find(tx, name)  # PostgreSQL refuses NUL characters in a query


@_sql.query
def _find(tx: Tx, name: str) -> Admin | None: ...


@_sql.query
def get(tx: Tx, admin_id: int) -> Admin:
    """Return an admin; raises ``NotFound``."""


def get_by_name(tx: Tx, name: str) -> Admin:
    """Return the admin with this name; raises ``NotFound``."""
    return found(find(tx, name), f"there is no admin {name}")


@_sql.query
def list_all(tx: Tx) -> list[Admin]:
    """Return every admin, ordered by name."""


@_sql.query
def invite(tx: Tx, admin_id: int, *, password_hash: str, sealed_totp: bytes, invited_until: int) -> None:
    """Reset an admin to a first password; the old phone and recovery codes stop working."""


@_sql.query
def enrol(tx: Tx, admin_id: int, *, password_hash: str, recovery_hashes: Sequence[str]) -> bool:
    """Store the admin's own password and recovery codes; False if setup was completed before."""


@_sql.query
def use_totp_step(tx: Tx, admin_id: int, step: int) -> bool:
    """Use up a TOTP code; False if it or a later one was used before."""


@_sql.query
def set_recovery_hashes(tx: Tx, admin_id: int, recovery_hashes: Sequence[str]) -> None:
    """Store the remaining or new recovery codes, hashed."""


@_sql.query
def set_password_hash(tx: Tx, admin_id: int, password_hash: str, *, instead_of: str) -> bool:
    """Store a new password hash; False if the current hash is not ``instead_of``, or the admin is invited or disabled.

    After a reset the admin is invited and logs in without a TOTP code, so only the first password may be valid then.
    """


@_sql.query
def set_locale(tx: Tx, admin_id: int, locale: str) -> None:
    """Store the desk's language for an admin."""


@_sql.query
def disable(tx: Tx, admin_id: int, *, now: int) -> bool:
    """Disable an admin; False if they were disabled already."""


@_sql.query
def enable(tx: Tx, admin_id: int) -> bool:
    """Enable a disabled admin; False if they were not disabled."""


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


@_sql.query
def give_role(tx: Tx, admin_id: int, statement_id: int, role: Role) -> bool:
    """Give an admin a role, or replace it; False if nothing changed."""


@_sql.query
def take_role(tx: Tx, admin_id: int, statement_id: int) -> bool:
    """Remove an admin's role; False if there was none."""


@_sql.query
def list_roles(tx: Tx, admin_id: int) -> dict[int, Role]:
    """Return the roles of an admin by statement id, including ``EVERYWHERE``."""


@_sql.query
def list_roles_on(tx: Tx, statement_id: int) -> list[RoleOnStatement]:
    """Return the roles for a statement, including server-wide ones, ordered by name."""


# Sessions; only the hash of the cookie's secret is stored.

SESSION_IDLE_S: Final = 30 * 60
SESSION_LONGEST_S: Final = 12 * 3600
SESSION_SEEN_EVERY_S: Final = 60
"""The least time between two updates of ``seen_at``, so that page views rarely write to the database."""


@dataclass(frozen=True)
class Session:
    """A live session, identified by ``hash``. Times are epoch seconds; ``totp_at`` is that of the last TOTP code."""

    hash: bytes
    admin_id: int
    data: dict[str, Any]
    created_at: int
    seen_at: int
    totp_at: int | None


def add_session(tx: Tx, secret: str, admin_id: int, data: dict[str, Any], *, totp_at: int | None, now: int) -> None:
    """Store a session under the hash of a secret with at least 128 random bits."""
    _sql.add_session(tx, hash=hash_secret(secret), admin_id=admin_id, data=data, totp_at=totp_at, now=now)


def find_session(tx: Tx, secret: str, *, now: int) -> Session | None:
    """Return the session of this secret.

    None if it has ended, was idle for ``SESSION_IDLE_S``, or is older than ``SESSION_LONGEST_S``.
    """
    return _find_session(tx, hash_secret(secret), now=now)


@_sql.query
def _find_session(
    tx: Tx, session_hash: bytes, *, now: int, idle_s: int = SESSION_IDLE_S, longest_s: int = SESSION_LONGEST_S
) -> Session | None: ...


@_sql.query
def has_session(tx: Tx, session_hash: bytes) -> bool:
    """Say whether a session still exists, that is, was not logged out meanwhile."""


@_sql.query
def mark_session_seen(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Record that a session is in use."""


@_sql.query
def mark_session_verified(tx: Tx, session_hash: bytes, *, now: int) -> None:
    """Record that a fresh TOTP code was entered in this session."""


@_sql.query
def end_session(tx: Tx, session_hash: bytes) -> None:
    """Log one browser out."""


@_sql.query
def end_all_sessions(tx: Tx, admin_id: int) -> int:
    """Log an admin out of all browsers, and return how many."""


@_sql.query
def end_other_sessions(tx: Tx, admin_id: int, session_hash: bytes) -> None:
    """Log an admin out of all other browsers."""


@_sql.query
def prune_sessions(tx: Tx, *, now: int, idle_s: int = SESSION_IDLE_S, longest_s: int = SESSION_LONGEST_S) -> None:
    """Delete expired sessions."""


# API tokens; only their hashes are stored.


@_sql.query
def add_token(
    tx: Tx,
    name: str,
    *,
    token_hash: bytes,
    scopes: str,
    statement_id: int | None,
    made_by: int | None,
    expires_at: int | None,
    now: int,
) -> int:
    """Store a token under the hash of its secret; ``scopes`` are words in their order, with spaces between.

    ``made_by`` is an admin's id, None: created in a shell. Raises ``Conflict`` if the name is taken.
    """


def find_token(tx: Tx, secret: str, *, now: int) -> Token | None:
    """Return the live token of this secret, or None."""
    return _find_token(tx, hash_secret(secret), now=now)


@_sql.query
def _find_token(tx: Tx, token_hash: bytes, *, now: int) -> Token | None: ...


@_sql.query
def find_token_named(tx: Tx, name: str) -> Token | None:
    """Return the token with this name, live or not, or None."""


@_sql.query
def get_token_of(tx: Tx, token_id: int, statement_id: int) -> Token:
    """Return a token, live or not, for this statement only; raises ``NotFound``."""


@_sql.query
def list_tokens_made_by(tx: Tx, admin_id: int, *, now: int) -> list[Token]:
    """Return the live tokens that an admin created."""


@_sql.query
def mark_token_used(tx: Tx, token_id: int, *, now: int) -> None:
    """Record when a token was last used."""


@_sql.query
def revoke_token(tx: Tx, token_id: int, *, now: int) -> bool:
    """Revoke a token permanently; False if it was revoked before."""


@_sql.query
def list_tokens(tx: Tx) -> list[Row]:
    """Return every token: id, name, scopes, statement_id, created_at, expires_at, used_at, revoked_at.

    Also ``made_by``: the admin's name, None for a shell.
    """


def list_tokens_of(tx: Tx, statement_id: int | None) -> list[Row]:
    """Return the tokens for this statement only (None: for all statements), in the shape of ``list_tokens``."""
    return [row for row in list_tokens(tx) if row["statement_id"] == statement_id]
