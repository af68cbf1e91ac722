"""The admin behind a session, the code of their phone, and what the journal tells of them."""

from server import second_factor
from server.errors import UndersignedError
from server.records import admins, journal, sessions
from server.records.admins import Admin
from server.records.sessions import Session
from server.sealing import Sealer
from server.storage import Tx


class NotLoggedIn(UndersignedError):
    """Raised when nobody is logged in, or no longer."""

    code, status = "not-logged-in", 401


def get_logged_in(tx: Tx, session: Session) -> Admin:
    """Return the admin of a session that was found before, as they are now; raises ``NotLoggedIn`` when it has ended.

    Whoever is reset or disabled, or logs in elsewhere, may do so while a password is being hashed here.
    """
    if not sessions.has(tx, session.hash):
        raise NotLoggedIn("this session has ended")
    return admins.get(tx, session.admin_id)


def spend_code(tx: Tx, admin: Admin, code: str, *, sealer: Sealer, now: int) -> bool:
    """Use up a code of the admin's phone; False when it is wrong, or it, or a later one, was used before."""
    secret = sealer.unseal(admin.sealed_totp, purpose=second_factor.SEALED_FOR)
    step = second_factor.find_step(secret, code, now=now, after=admin.totp_step)
    return step is not None and admins.use_step(tx, admin.id, step)


def record(tx: Tx, verb: str, admin: Admin, *, now: int) -> None:
    """Journal what admins did to their own account."""
    journal.write(tx, verb, actor=f"admin:{admin.name}", subject=f"admin:{admin.name}", now=now)
