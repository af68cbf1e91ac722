"""An admin's own account: password, recovery codes, language, and a fresh code for what a session alone opens not."""

from server import passwords, second_factor
from server.actions.log_in import LoginRefused
from server.errors import CodeRefused
from server.records import admins, journal, sessions
from server.records.admins import Admin
from server.records.sessions import Session
from server.sealing import Sealer
from server.storage import Store, Tx, retried


@retried
def prove(db: Store, session: Session, code: str, *, sealer: Sealer, now: int) -> None:
    """Check a fresh code of the phone, for what a session alone does not open; a recovery code does not serve.

    Raises ``CodeRefused``; each code works once.
    """
    with db.write() as tx:
        admin = admins.get(tx, session.admin_id)
        secret = sealer.unseal(admin.sealed_totp, purpose=second_factor.SEALED_FOR)
        step = second_factor.find_step(secret, code, now=now, after=admin.totp_step)
        if step is None or not admins.use_step(tx, admin.id, step):
            raise CodeRefused("the phone shows another code")
        sessions.prove(tx, session.hash, now=now)


def change_password(db: Store, session: Session, old: str, new: str, *, now: int) -> None:
    """Keep another password and end every other session. Raises ``LoginRefused`` and ``PasswordRefused``."""
    with db.read() as tx:
        admin = admins.get(tx, session.admin_id)
    if not passwords.fits(admin.password_hash, old):
        raise LoginRefused("this is not the password of now")
    _keep_password(db, session, passwords.hashed(passwords.check(new, name=admin.name)), now=now)


@retried
def _keep_password(db: Store, session: Session, password_hash: str, *, now: int) -> None:
    with db.write() as tx:
        admin = admins.get(tx, session.admin_id)
        admins.keep_password(tx, admin.id, password_hash)
        sessions.end_others(tx, admin.id, session.hash)
        _record(tx, "admin.password", admin, now=now)


@retried
def renew_recovery_codes(db: Store, session: Session, *, now: int) -> list[str]:
    """Return fresh recovery codes, which are never shown again; those of before serve no more."""
    codes = second_factor.new_recovery_codes()
    with db.write() as tx:
        admin = admins.get(tx, session.admin_id)
        admins.keep_recovery(tx, admin.id, [second_factor.recovery_hash(one) for one in codes])
        _record(tx, "admin.recovery-codes", admin, now=now)
    return codes


@retried
def choose_language(db: Store, session: Session, locale: str) -> None:
    """Let the desk speak another language to this admin."""
    with db.write() as tx:
        admins.speak(tx, session.admin_id, locale)


def _record(tx: Tx, verb: str, admin: Admin, *, now: int) -> None:
    journal.write(tx, verb, actor=f"admin:{admin.name}", subject=f"admin:{admin.name}", now=now)
