"""Admin accounts: created, reset, disabled; roles, login, password, TOTP and recovery codes."""

import re
import secrets
from typing import Any, NamedTuple

from server.crypto import passwords
from server.crypto.encryption import Sealer
from server.db import Store, Tx, retried
from server.errors import CodeRefused, Refused, UndersignedError, ValueRefused
from server.services.tokens import revoke_lost_tokens
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, Admin, Role, Session
from server.tables.journal import Act

# The admin behind a session.


class NotLoggedIn(UndersignedError):
    """Raised when nobody is logged in, or the session has ended."""

    code, status = "not-logged-in", 401


def get_logged_in_admin(tx: Tx, session: Session) -> Admin:
    """Read the admin of a session again; raises ``NotLoggedIn`` when the session has ended meanwhile.

    While a request hashes a password, the admin may be reset or disabled, or may log in elsewhere.
    """
    if not admins.has_session(tx, session.hash):
        raise NotLoggedIn("this session has ended")
    return admins.get(tx, session.admin_id)


def use_totp_code(tx: Tx, admin: Admin, code: str, *, sealer: Sealer, now: int) -> bool:
    """Use up a code of the admin's phone; False when it is wrong, or when it or a later code was used before."""
    secret = sealer.unseal(admin.sealed_totp, purpose=passwords.TOTP_SEAL_PURPOSE)
    step = passwords.find_totp_step(secret, code, now=now, after=admin.totp_step)
    return step is not None and admins.use_totp_step(tx, admin.id, step)


def _record_own_action(tx: Tx, verb: str, admin: Admin, *, now: int) -> None:
    """Write to the journal what admins did to their own account."""
    Act(tx, f"admin:{admin.name}", now).journal(verb, None, subject=f"admin:{admin.name}")


# Accounts and roles.

INVITATION_S = 7 * 24 * 3600
"""Seconds until a first password expires that its admin has not used."""

_NAME_SHAPE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_NAME_MAX = 40


class LastOwner(UndersignedError):
    """Raised when a statement would be left without an owner."""

    code, status = "last-owner", 409


class CannotDisableOwnAccount(UndersignedError):
    """Raised when admins try to disable their own account."""

    code, status = "oneself", 409


@retried
def add_admin(db: Store, name: str, *, role: Role, slug: str | None, sealer: Sealer, actor: str, now: int) -> str:
    """Make an account and return its first password, which works once; ``slug`` None: for the whole server.

    Raises ``Refused``, ``NotFound`` for an unknown statement, and ``Conflict`` when the name is taken.
    """
    if not _NAME_SHAPE.fullmatch(name) or len(name) > _NAME_MAX:
        raise Refused(
            f"{name}: a name has up to {_NAME_MAX} small letters a to z and digits, with single dots or hyphens"
        )
    password, kept = _make_invitation(sealer, now)
    with db.write() as tx:
        statement_id = _get_statement_id(tx, slug)
        admin_id = admins.add(tx, name, now=now, **kept)
        admins.give_role(tx, admin_id, statement_id, role)
        given = {"role": role, "statement": slug}
        Act(tx, actor, now).journal("admin.add", statement_id, subject=f"admin:{name}", after=given)
    return password


@retried
def reset_admin(db: Store, name: str, *, sealer: Sealer, actor: str, now: int) -> str:
    """Log an admin out everywhere and return a first password; phone and recovery codes must be set up again.

    Their API tokens are revoked: an intruder may have made them. Raises ``NotFound``.
    """
    password, kept = _make_invitation(sealer, now)
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        admins.invite(tx, admin.id, **kept)
        admins.end_all_sessions(tx, admin.id)
        Act(tx, actor, now).journal("admin.reset", None, subject=f"admin:{name}")
        revoke_lost_tokens(Act(tx, actor, now), admin.id)
    return password


@retried
def disable_admin(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Disable an account, log the admin out and revoke their API tokens; False when it was already disabled.

    Raises ``NotFound`` and ``CannotDisableOwnAccount``.
    """
    if actor == f"admin:{name}":
        raise CannotDisableOwnAccount("you cannot disable your own account")
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        done = admins.disable(tx, admin.id, now=now)
        admins.end_all_sessions(tx, admin.id)
        if done:
            Act(tx, actor, now).journal("admin.disable", None, subject=f"admin:{name}")
        revoke_lost_tokens(Act(tx, actor, now), admin.id)
    return done


@retried
def enable_admin(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Enable an account again; its revoked tokens stay revoked. False when it was not disabled. Raises ``NotFound``."""
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        revoke_lost_tokens(
            Act(tx, actor, now), admin.id
        )  # an account that was disabled before migration 14 may still have live tokens
        done = admins.enable(tx, admin.id)
        if done:
            Act(tx, actor, now).journal("admin.enable", None, subject=f"admin:{name}")
    return done


@retried
def set_role(db: Store, name: str, role: Role | None, *, slug: str | None, actor: str, now: int) -> bool:
    """Give an admin this role for a statement (``slug`` None: for the whole server); role None takes the role away.

    The admin's tokens for statements that they no longer own are revoked. False when nothing changes. Raises
    ``NotFound``, and ``LastOwner`` when a statement would lose its last owner.
    """
    with db.write() as tx:
        act = Act(tx, actor, now)
        admin, statement_id = admins.get_by_name(tx, name), _get_statement_id(tx, slug)
        before = admins.list_roles(tx, admin.id).get(statement_id)
        revoke_lost_tokens(act, admin.id)  # tokens from before migration 14 must not become valid again with the role
        if role is None:
            done = admins.take_role(tx, admin.id, statement_id)
        else:
            done = admins.give_role(tx, admin.id, statement_id, role)
        if done:
            _check_owner_left(tx, statement_id, before)
            act.journal("admin.role", statement_id, subject=f"admin:{name}", before=before, after=role)
            revoke_lost_tokens(act, admin.id)
    return done


@retried
def end_sessions(db: Store, name: str, *, actor: str, now: int) -> int:
    """Log an admin out everywhere, and return how many sessions that ended. Raises ``NotFound``."""
    with db.write() as tx:
        ended = admins.end_all_sessions(tx, admins.get_by_name(tx, name).id)
        Act(tx, actor, now).journal("admin.end-sessions", None, subject=f"admin:{name}", after=ended)
    return ended


def _check_owner_left(tx: Tx, statement_id: int, before: Role | None) -> None:
    """Raise ``LastOwner`` if no owner is left. Owners who are disabled or not set up yet do not count."""
    if statement_id == EVERYWHERE or before != "owner":
        return
    left = [one for one in admins.list_roles_on(tx, statement_id) if one.role == "owner"]
    if not any(one.is_enrolled and not one.is_disabled for one in left):
        raise LastOwner("at least one owner must remain; make someone else an owner first")


def _get_statement_id(tx: Tx, slug: str | None) -> int:
    return EVERYWHERE if slug is None else statements.get(tx, slug).id


def _make_invitation(sealer: Sealer, now: int) -> tuple[str, dict[str, Any]]:
    """Return a first password, and the columns with its hash and with the TOTP secret for the phone."""
    password = passwords.new_password()
    sealed = sealer.seal(passwords.new_totp_secret(), purpose=passwords.TOTP_SEAL_PURPOSE)
    return password, {
        "password_hash": passwords.hash_password(password),
        "sealed_totp": sealed.blob,
        "invited_until": now + INVITATION_S,
    }


# Login and first set-up.

_SESSION_SECRET_BYTES = 32


class LoginRefused(UndersignedError):
    """Raised when name, password or code is wrong; the message does not say which."""

    code, status = "login-refused", 422


class LoggedIn(NamedTuple):
    """``secret`` goes into the cookie; ``recovery_left`` is None unless a recovery code was used up.

    ``is_newcomer``: a first password was used, so the session only opens the page for setting up the account.
    """

    secret: str
    recovery_left: int | None = None
    is_newcomer: bool = False


def log_in(
    db: Store, name: str, password: str, code: str, *, data: dict[str, str], sealer: Sealer, now: int
) -> LoggedIn:
    """Start a session with a code of the phone or a recovery code, and end the admin's other sessions.

    A first password needs no code; its session only opens the page for setting up the account. ``data`` is stored in
    the session. Raises ``LoginRefused``.
    """
    with db.read() as tx:
        admin = admins.find(tx, name)
    fits = passwords.verify_password(
        admin.password_hash if admin else passwords.dummy_hash(), password
    )  # hashing takes a tenth of a second, so do not hash while the database is locked
    if admin is None or not fits or admin.disabled_at is not None:
        raise LoginRefused("the name, password or code is wrong")
    fresh = passwords.hash_password(password) if passwords.needs_rehash(admin.password_hash) else None
    opened = _open_session(db, admin, code, data=data, fresh_hash=fresh, sealer=sealer, now=now)
    if opened is None:
        raise LoginRefused("the name, password or code is wrong")
    return opened


@retried
def _open_session(
    db: Store, seen: Admin, code: str, *, data: dict[str, str], fresh_hash: str | None, sealer: Sealer, now: int
) -> LoggedIn | None:
    """Check the code and start the session in one transaction.

    If the code is wrong, write that to the journal and return None.
    """
    with db.write() as tx:
        admin = admins.get(tx, seen.id)
        if admin.password_hash != seen.password_hash or admin.disabled_at is not None:
            return None  # another password was set while this one was being checked
        if admin.invited_until is not None:
            if admin.invited_until <= now:
                return None
            # A new secret: somebody may have seen the QR code of an earlier attempt.
            sealed = sealer.seal(passwords.new_totp_secret(), purpose=passwords.TOTP_SEAL_PURPOSE).blob
            until, kept = admin.invited_until, admin.password_hash
            admins.invite(tx, admin.id, password_hash=kept, sealed_totp=sealed, invited_until=until)
            secret = _start_session(tx, "admin.first-log-in", admin, data, totp_at=None, now=now)
            return LoggedIn(secret, is_newcomer=True)
        left = _use_totp_or_recovery_code(tx, admin, code, sealer=sealer, now=now)
        if left is None:
            _record_own_action(tx, "admin.code-refused", admin, now=now)
            return None
        if fresh_hash is not None:
            admins.set_password_hash(tx, admin.id, fresh_hash, instead_of=admin.password_hash)
        secret = _start_session(tx, "admin.log-in", admin, data, totp_at=now, now=now)
        return LoggedIn(secret, left if left < len(admin.recovery_hashes) else None)


def _start_session(tx: Tx, verb: str, admin: Admin, data: dict[str, str], *, totp_at: int | None, now: int) -> str:
    """End the admin's sessions and start a new one; return the secret for its cookie."""
    secret = secrets.token_urlsafe(_SESSION_SECRET_BYTES)
    admins.end_all_sessions(tx, admin.id)
    admins.add_session(tx, secret, admin.id, data, totp_at=totp_at, now=now)
    _record_own_action(tx, verb, admin, now=now)
    return secret


def _use_totp_or_recovery_code(tx: Tx, admin: Admin, code: str, *, sealer: Sealer, now: int) -> int | None:
    """Use up a code of the phone, or a recovery code, and return how many recovery codes are left; None: wrong code."""
    if use_totp_code(tx, admin, code, sealer=sealer, now=now):
        return len(admin.recovery_hashes)
    typed = passwords.hash_recovery_code(code)
    left = [kept for kept in admin.recovery_hashes if not secrets.compare_digest(kept, typed)]
    if len(left) == len(admin.recovery_hashes):
        return None
    admins.set_recovery_hashes(tx, admin.id, left)
    return len(left)


def set_up_account(
    db: Store, session: Session, password: str, code: str, *, data: dict[str, str], sealer: Sealer, now: int
) -> tuple[LoggedIn, list[str]]:
    """Store the password that an admin chose and the phone that they set up; return a new session and recovery codes.

    Raises ``ValueRefused``, ``CodeRefused`` when the phone shows another code, and ``NotLoggedIn`` when the session
    ended meanwhile. The recovery codes are never shown again.
    """
    with db.read() as tx:
        admin = admins.get(tx, session.admin_id)
    if passwords.verify_password(admin.password_hash, password):
        raise ValueRefused("too-simple")  # somebody else may have read the first password
    kept = passwords.hash_password(passwords.check_password(password, name=admin.name))
    codes = passwords.new_recovery_codes()
    return _store_set_up(db, session, kept, code, codes, data=data, sealer=sealer, now=now), codes


@retried
def _store_set_up(
    db: Store,
    session: Session,
    password_hash: str,
    code: str,
    codes: list[str],
    *,
    data: dict[str, str],
    sealer: Sealer,
    now: int,
) -> LoggedIn:
    with db.write() as tx:
        admin = get_logged_in_admin(tx, session)
        hashes = [passwords.hash_recovery_code(one) for one in codes]
        fits = use_totp_code(tx, admin, code, sealer=sealer, now=now)
        # accounts reset before migration 14 still have live tokens
        revoke_lost_tokens(Act(tx, f"admin:{admin.name}", now), admin.id)
        if not fits or not admins.enrol(tx, admin.id, password_hash=password_hash, recovery_hashes=hashes):
            raise CodeRefused("the code is wrong")
        return LoggedIn(_start_session(tx, "admin.enrol", admin, data, totp_at=now, now=now))


@retried
def keep_alive(db: Store, session: Session, *, now: int) -> None:
    """Record that a session is in use, so that it does not time out."""
    with db.write() as tx:
        admins.mark_session_seen(tx, session.hash, now=now)


@retried
def log_out(db: Store, session: Session, *, now: int) -> None:
    """End a session."""
    with db.write() as tx:
        admins.end_session(tx, session.hash)
        _record_own_action(tx, "admin.log-out", admins.get(tx, session.admin_id), now=now)


# An admin's own account.


@retried
def verify_totp_code(db: Store, session: Session, code: str, *, sealer: Sealer, now: int) -> None:
    """Check a fresh code of the phone, for actions that need more than a session; a recovery code is not enough.

    Raises ``CodeRefused``, also for a code that was used before, and ``NotLoggedIn``.
    """
    with db.write() as tx:
        _verify_totp_code(tx, session, code, sealer=sealer, now=now)


def change_password(db: Store, session: Session, old: str, new: str, *, now: int) -> None:
    """Store another password and end all other sessions of the admin.

    Raises ``LoginRefused`` and ``ValueRefused``, and ``NotLoggedIn`` when the session ended meanwhile.
    """
    with db.read() as tx:
        admin = admins.get(tx, session.admin_id)
    if not passwords.verify_password(admin.password_hash, old):
        raise LoginRefused("the current password is incorrect")
    fresh_hash = passwords.hash_password(passwords.check_password(new, name=admin.name))
    _store_password(db, session, fresh_hash, seen_hash=admin.password_hash, now=now)


@retried
def _store_password(db: Store, session: Session, fresh_hash: str, *, seen_hash: str, now: int) -> None:
    """Store the new hash, if the password that was checked is still the current one.

    Another request may have changed it while this one computed the hash.
    """
    with db.write() as tx:
        admin = get_logged_in_admin(tx, session)
        if not admins.set_password_hash(tx, admin.id, fresh_hash, instead_of=seen_hash):
            raise LoginRefused("the current password is incorrect")
        admins.end_other_sessions(tx, admin.id, session.hash)
        _record_own_action(tx, "admin.password", admin, now=now)


@retried
def renew_recovery_codes(db: Store, session: Session, code: str, *, sealer: Sealer, now: int) -> list[str]:
    """Replace the recovery codes, after a check of the phone's code, and return the new ones.

    They are never shown again. Raises ``CodeRefused`` and ``NotLoggedIn``.
    """
    codes = passwords.new_recovery_codes()
    with db.write() as tx:
        admin = _verify_totp_code(tx, session, code, sealer=sealer, now=now)
        admins.set_recovery_hashes(tx, admin.id, [passwords.hash_recovery_code(one) for one in codes])
        _record_own_action(tx, "admin.recovery-codes", admin, now=now)
    return codes


@retried
def set_language(db: Store, session: Session, locale: str) -> None:
    """Set the language of the desk for this admin."""
    with db.write() as tx:
        admins.set_locale(tx, session.admin_id, locale)


def _verify_totp_code(tx: Tx, session: Session, code: str, *, sealer: Sealer, now: int) -> Admin:
    """Use up the code of the phone and return the admin of the session; raises ``CodeRefused``."""
    admin = get_logged_in_admin(tx, session)
    if not use_totp_code(tx, admin, code, sealer=sealer, now=now):
        raise CodeRefused("the code is wrong")
    admins.mark_session_verified(tx, session.hash, now=now)
    return admin
