"""Log in: an admin proves password and phone, and gets a session; the first time they choose both."""

import secrets
from typing import NamedTuple

from server import passwords, second_factor
from server.actions.access import revoke_lost
from server.actions.logged_in import get_logged_in, record, spend_code
from server.errors import CodeRefused, UndersignedError
from server.passwords import PasswordRefused
from server.records import admins, sessions
from server.records.admins import Admin
from server.records.sessions import Session
from server.sealing import Sealer
from server.storage import Store, Tx, retried

_SECRET_BYTES = 32


class LoginRefused(UndersignedError):
    """Raised when name, password and code do not open the desk together; nobody is told which of them is wrong."""

    code, status = "login-refused", 422


class LoggedIn(NamedTuple):
    """``secret`` goes into the cookie; ``recovery_left`` is None unless a recovery code was used up.

    ``is_newcomer``: it was a first password, and the session opens the page alone where they set up their own.
    """

    secret: str
    recovery_left: int | None = None
    is_newcomer: bool = False


def log_in(
    db: Store, name: str, password: str, code: str, *, data: dict[str, str], sealer: Sealer, now: int
) -> LoggedIn:
    """Open a session with a code of the phone or a recovery code, and end the admin's others.

    Whoever has a first password needs no code, and gets a session that opens nothing but the page where they set up
    their own. ``data`` is what the session carries. Raises ``LoginRefused``.
    """
    with db.read() as tx:
        admin = admins.find(tx, name)
    fits = passwords.fits(admin.password_hash if admin else passwords.of_nobody(), password)  # outside of the write
    if admin is None or not fits or admin.disabled_at is not None:
        raise LoginRefused("name, password and code do not belong together")
    fresh = passwords.hashed(password) if passwords.is_outdated(admin.password_hash) else None
    opened = _open(db, admin, code, data=data, fresh_hash=fresh, sealer=sealer, now=now)
    if opened is None:
        raise LoginRefused("name, password and code do not belong together")
    return opened


@retried
def _open(
    db: Store, seen: Admin, code: str, *, data: dict[str, str], fresh_hash: str | None, sealer: Sealer, now: int
) -> LoggedIn | None:
    """Check the code and open the session in one transaction; None, and a line in the journal, if it is wrong."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with db.write() as tx:
        admin = admins.get(tx, seen.id)
        if admin.password_hash != seen.password_hash or admin.disabled_at is not None:
            return None  # another password was set while this one was being checked
        if admin.invited_until is not None:
            if admin.invited_until <= now:
                return None
            # Whoever has seen the picture for the phone before must not know what this phone will share.
            sealed = sealer.seal(second_factor.new_secret(), purpose=second_factor.SEALED_FOR).blob
            until, kept = admin.invited_until, admin.password_hash
            admins.invite(tx, admin.id, password_hash=kept, sealed_totp=sealed, invited_until=until)
            sessions.end_all(tx, admin.id)
            sessions.add(tx, secret, admin.id, data, totp_at=None, now=now)
            record(tx, "admin.first-log-in", admin, now=now)
            return LoggedIn(secret, is_newcomer=True)
        left = _use_code(tx, admin, code, sealer=sealer, now=now)
        if left is None:
            record(tx, "admin.code-refused", admin, now=now)
            return None
        if fresh_hash is not None:
            admins.keep_password(tx, admin.id, fresh_hash, instead_of=admin.password_hash)
        sessions.end_all(tx, admin.id)
        sessions.add(tx, secret, admin.id, data, totp_at=now, now=now)
        record(tx, "admin.log-in", admin, now=now)
        return LoggedIn(secret, left if left < len(admin.recovery_hashes) else None)


def _use_code(tx: Tx, admin: Admin, code: str, *, sealer: Sealer, now: int) -> int | None:
    """Use up a code of the phone, or a recovery code, and return how many of the latter are left; None: it is wrong."""
    if spend_code(tx, admin, code, sealer=sealer, now=now):
        return len(admin.recovery_hashes)
    typed = second_factor.recovery_hash(code)
    left = [kept for kept in admin.recovery_hashes if not secrets.compare_digest(kept, typed)]
    if len(left) == len(admin.recovery_hashes):
        return None
    admins.keep_recovery(tx, admin.id, left)
    return len(left)


def enrol(
    db: Store, session: Session, password: str, code: str, *, data: dict[str, str], sealer: Sealer, now: int
) -> tuple[LoggedIn, list[str]]:
    """Keep the password that an admin chose and the phone that they set up; return a new session and recovery codes.

    Raises ``PasswordRefused``, ``CodeRefused`` when the phone shows another code, and ``NotLoggedIn`` when the session
    ended meanwhile. The codes are never shown again.
    """
    with db.read() as tx:
        admin = admins.get(tx, session.admin_id)
    if passwords.fits(admin.password_hash, password):
        raise PasswordRefused("too-simple")  # it was printed for them, so somebody else may have read it
    kept = passwords.hashed(passwords.check(password, name=admin.name))
    codes = second_factor.new_recovery_codes()
    return _enrol(db, session, kept, code, codes, data=data, sealer=sealer, now=now), codes


@retried
def _enrol(
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
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with db.write() as tx:
        admin = get_logged_in(tx, session)
        hashes = [second_factor.recovery_hash(one) for one in codes]
        fits = spend_code(tx, admin, code, sealer=sealer, now=now)
        revoke_lost(tx, admin.id, actor=f"admin:{admin.name}", now=now)  # who was reset before step 14 had none revoked
        if not fits or not admins.enrol(tx, admin.id, password_hash=password_hash, recovery_hashes=hashes):
            raise CodeRefused("the phone shows another code")
        sessions.end_all(tx, admin.id)
        sessions.add(tx, secret, admin.id, data, totp_at=now, now=now)
        record(tx, "admin.enrol", admin, now=now)
    return LoggedIn(secret)


@retried
def keep_alive(db: Store, session: Session, *, now: int) -> None:
    """Remember that a session is in use."""
    with db.write() as tx:
        sessions.see(tx, session.hash, now=now)


@retried
def log_out(db: Store, session: Session, *, now: int) -> None:
    """End a session."""
    with db.write() as tx:
        sessions.end(tx, session.hash)
        record(tx, "admin.log-out", admins.get(tx, session.admin_id), now=now)
