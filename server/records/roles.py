"""The table of roles: what an admin may do, under one statement or on the whole server."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)

Role: TypeAlias = Literal["viewer", "moderator", "owner"]
ROLES: Final[tuple[Role, ...]] = ("viewer", "moderator", "owner")
"""Each may do what the ones before it may."""

EVERYWHERE: Final = 0
"""Stands for the statement's id where a role holds for all of them, and for the server itself."""


class OnStatement(NamedTuple):
    """An admin who may do something under a statement; ``everywhere`` when the role is for the whole server."""

    name: str
    role: Role
    everywhere: bool
    is_disabled: bool
    is_enrolled: bool


def includes(held: Role | None, needed: Role) -> bool:
    """Say whether who holds a role (None: none) may do what needs another."""
    return held is not None and ROLES.index(held) >= ROLES.index(needed)


def highest(held: Mapping[int, Role], statement_id: int) -> Role | None:
    """Return the role that counts under a statement, from all that an admin holds by statement; None: none."""
    roles = [held[place] for place in (EVERYWHERE, statement_id) if place in held]
    return max(roles, key=ROLES.index, default=None)


def give(tx: Tx, admin_id: int, statement_id: int, role: Role) -> bool:
    """Give an admin a role there instead of the one of before; False when it was the same."""
    return bool(_sql.give(tx, admin_id=admin_id, statement_id=statement_id, role=role))


def take(tx: Tx, admin_id: int, statement_id: int) -> bool:
    """Take an admin's role there away; False when there was none."""
    return bool(_sql.take(tx, admin_id=admin_id, statement_id=statement_id))


def list_of(tx: Tx, admin_id: int) -> dict[int, Role]:
    """Return the roles of an admin by statement id, ``EVERYWHERE`` among them."""
    return {row["statement_id"]: row["role"] for row in _sql.list_of(tx, admin_id=admin_id)}


def list_on(tx: Tx, statement_id: int) -> list[OnStatement]:
    """Return who may do what under a statement, or on the whole server (``EVERYWHERE``), by name."""
    return [
        OnStatement(
            row["name"],
            row["role"],
            row["statement_id"] == EVERYWHERE,
            row["disabled_at"] is not None,
            row["invited_until"] is None,
        )
        for row in _sql.list_on(tx, statement_id=statement_id)
    ]
