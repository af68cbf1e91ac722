"""An admin's own account: password, recovery codes, language, and a fresh code for what a session alone opens not."""

from server import passwords, second_factor
from server.actions.log_in import LoginRefused
from server.actions.logged_in import get_logged_in, record, spend_code
from server.errors import CodeRefused
from server.records import admins, sessions
from server.records.admins import Admin
from server.records.sessions import Session
from server.sealing import Sealer
from server.storage import Store, Tx, retried


@retried
def prove(db: Store, session: Session, code: str, *, sealer: Sealer, now: int) -> None:
    """Check a fresh code of the phone, for what a session alone does not open; a recovery code does not serve.

    Raises ``CodeRefused``, for each code works once, and ``NotLoggedIn``.
    """
    with db.write() as tx:
        _prove(tx, session, code, sealer=sealer, now=now)


def change_password(db: Store, session: Session, old: str, new: str, *, now: int) -> None:
    """Keep another password and end every other session.

    Raises ``LoginRefused`` and ``PasswordRefused``, and ``NotLoggedIn`` when the session ended meanwhile.
    """
    with db.read() as tx:
        admin = admins.get(tx, session.admin_id)
    if not passwords.fits(admin.password_hash, old):
        raise LoginRefused("this is not the password of now")
    fresh_hash = passwords.hashed(passwords.check(new, name=admin.name))
    _keep_password(db, session, fresh_hash, seen_hash=admin.password_hash, now=now)


@retried
def _keep_password(db: Store, session: Session, fresh_hash: str, *, seen_hash: str, now: int) -> None:
    """Keep it if the one that was proved is still the password of now: checking and hashing take their time."""
    with db.write() as tx:
        admin = get_logged_in(tx, session)
        if not admins.keep_password(tx, admin.id, fresh_hash, instead_of=seen_hash):
            raise LoginRefused("this is not the password of now")
        sessions.end_others(tx, admin.id, session.hash)
        record(tx, "admin.password", admin, now=now)


@retried
def renew_recovery_codes(db: Store, session: Session, code: str, *, sealer: Sealer, now: int) -> list[str]:
    """Return fresh recovery codes to who shows the phone's code; those of before serve no more.

    They are never shown again. Raises ``CodeRefused`` and ``NotLoggedIn``.
    """
    codes = second_factor.new_recovery_codes()
    with db.write() as tx:
        admin = _prove(tx, session, code, sealer=sealer, now=now)
        admins.keep_recovery(tx, admin.id, [second_factor.recovery_hash(one) for one in codes])
        record(tx, "admin.recovery-codes", admin, now=now)
    return codes


@retried
def choose_language(db: Store, session: Session, locale: str) -> None:
    """Let the desk speak another language to this admin."""
    with db.write() as tx:
        admins.speak(tx, session.admin_id, locale)


def _prove(tx: Tx, session: Session, code: str, *, sealer: Sealer, now: int) -> Admin:
    """Return who is logged in, once their phone's code is used up."""
    admin = get_logged_in(tx, session)
    if not spend_code(tx, admin, code, sealer=sealer, now=now):
        raise CodeRefused("the phone shows another code")
    sessions.prove(tx, session.hash, now=now)
    return admin
