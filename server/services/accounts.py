"""Accounts: admins are made, reset and disabled, and what each may do is given and taken."""

import re
from typing import Any

from server import passwords, second_factor
from server.actions.access import revoke_lost
from server.errors import UndersignedError
from server.records import admins, journal, roles, sessions, statements
from server.records.roles import EVERYWHERE, Role
from server.sealing import Sealer
from server.storage import Store, Tx, retried

INVITATION_S = 7 * 24 * 3600
"""How long a first password waits for its admin."""

_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_NAME_LONGEST = 40


class AdminNameRefused(UndersignedError):
    """Raised when a name is not one that can be typed on any keyboard and read in a journal."""

    code, status = "admin-name-refused", 422


class LastOwner(UndersignedError):
    """Raised when nobody would be left who may do everything under a statement."""

    code, status = "last-owner", 409


class Oneself(UndersignedError):
    """Raised when admins would shut themselves out."""

    code, status = "oneself", 409


@retried
def add_admin(db: Store, name: str, *, role: Role, slug: str | None, sealer: Sealer, actor: str, now: int) -> str:
    """Make an account and return its first password, which serves once; ``slug`` None: for the whole server.

    Raises ``AdminNameRefused``, ``NotFound`` for an unknown statement, and ``Conflict`` when the name is taken.
    """
    if not _NAME.fullmatch(name) or len(name) > _NAME_LONGEST:
        raise AdminNameRefused(
            f"{name}: a name has up to {_NAME_LONGEST} small letters a to z and digits, with single dots or hyphens"
        )
    password, kept = _invitation(sealer, now)
    with db.write() as tx:
        statement_id = _place(tx, slug)
        admin_id = admins.add(tx, name, now=now, **kept)
        roles.give(tx, admin_id, statement_id, role)
        _record(tx, "admin.add", name, statement_id, actor=actor, after={"role": role, "statement": slug}, now=now)
    return password


@retried
def reset_admin(db: Store, name: str, *, sealer: Sealer, actor: str, now: int) -> str:
    """Log an admin out everywhere and return a first password; phone and recovery codes have to be set up anew.

    What they made for machines opens nothing any more: it may have been somebody else who made it. Raises ``NotFound``.
    """
    password, kept = _invitation(sealer, now)
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        admins.invite(tx, admin.id, **kept)
        sessions.end_all(tx, admin.id)
        _record(tx, "admin.reset", name, EVERYWHERE, actor=actor, now=now)
        revoke_lost(tx, admin.id, actor=actor, now=now)
    return password


@retried
def disable_admin(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Let an admin in no more, log them out, and revoke the tokens that they made; False when it was so.

    Raises ``NotFound`` and ``Oneself``.
    """
    if actor == f"admin:{name}":
        raise Oneself("who disables their own account cannot enable it again")
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        done = admins.disable(tx, admin.id, now=now)
        sessions.end_all(tx, admin.id)
        if done:
            _record(tx, "admin.disable", name, EVERYWHERE, actor=actor, now=now)
        revoke_lost(tx, admin.id, actor=actor, now=now)
    return done


@retried
def enable_admin(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Let a disabled admin in again, but not the tokens that they made; False when it was so. Raises ``NotFound``."""
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        revoke_lost(tx, admin.id, actor=actor, now=now)  # who was disabled before step 14 had none revoked
        done = admins.enable(tx, admin.id)
        if done:
            _record(tx, "admin.enable", name, EVERYWHERE, actor=actor, now=now)
    return done


@retried
def give_role(db: Store, name: str, role: Role, *, slug: str | None, actor: str, now: int) -> bool:
    """Give an admin a role under a statement (None: on the whole server) instead of the one they had there.

    Tokens that they made for what they own no more are revoked. False when it was the same. Raises ``NotFound``, and
    ``LastOwner`` when a statement would lose the last one.
    """
    with db.write() as tx:
        admin, statement_id = admins.get_by_name(tx, name), _place(tx, slug)
        before = roles.list_of(tx, admin.id).get(statement_id)
        revoke_lost(tx, admin.id, actor=actor, now=now)  # who owns it anew gets no token of before step 14 back
        done = roles.give(tx, admin.id, statement_id, role)
        if done:
            _check_owned(tx, statement_id, before)
            _record(tx, "admin.role", name, statement_id, actor=actor, before=before, after=role, now=now)
            revoke_lost(tx, admin.id, actor=actor, now=now)
    return done


@retried
def take_role(db: Store, name: str, *, slug: str | None, actor: str, now: int) -> bool:
    """Take an admin's role under a statement (None: on the whole server) away; False when there was none.

    Tokens that they made for what they own no more are revoked. Raises ``NotFound``, and ``LastOwner`` when a statement
    would lose the last one.
    """
    with db.write() as tx:
        admin, statement_id = admins.get_by_name(tx, name), _place(tx, slug)
        before = roles.list_of(tx, admin.id).get(statement_id)
        done = roles.take(tx, admin.id, statement_id)
        if done:
            _check_owned(tx, statement_id, before)
            _record(tx, "admin.role", name, statement_id, actor=actor, before=before, now=now)
            revoke_lost(tx, admin.id, actor=actor, now=now)
    return done


@retried
def end_sessions(db: Store, name: str, *, actor: str, now: int) -> int:
    """Log an admin out everywhere, and return from how many browsers. Raises ``NotFound``."""
    with db.write() as tx:
        ended = sessions.end_all(tx, admins.get_by_name(tx, name).id)
        _record(tx, "admin.end-sessions", name, EVERYWHERE, actor=actor, after=ended, now=now)
    return ended


def _check_owned(tx: Tx, statement_id: int, before: Role | None) -> None:
    """Undo what takes a statement's last owner away; who is disabled or not set up does not count as one."""
    if statement_id == EVERYWHERE or before != "owner":
        return
    left = [one for one in roles.list_on(tx, statement_id) if one.role == "owner"]
    if not any(one.is_enrolled and not one.is_disabled for one in left):
        raise LastOwner("nobody would be left who may do everything here; make somebody else an owner first")


def _place(tx: Tx, slug: str | None) -> int:
    return EVERYWHERE if slug is None else statements.get(tx, slug).id


def _invitation(sealer: Sealer, now: int) -> tuple[str, dict[str, Any]]:
    """Return a first password, and what is kept of it and of the phone that will be set up."""
    password = passwords.make()
    sealed = sealer.seal(second_factor.new_secret(), purpose=second_factor.SEALED_FOR)
    return password, {
        "password_hash": passwords.hashed(password),
        "sealed_totp": sealed.blob,
        "invited_until": now + INVITATION_S,
    }


def _record(
    tx: Tx,
    verb: str,
    name: str,
    statement_id: int,
    *,
    actor: str,
    before: object = None,
    after: object = None,
    now: int,
) -> None:
    whose = None if statement_id == EVERYWHERE else statement_id
    subject = f"admin:{name}"
    journal.write(tx, verb, actor=actor, subject=subject, before=before, after=after, statement_id=whose, now=now)
