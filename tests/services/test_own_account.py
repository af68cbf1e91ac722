"""An admin's own account as verbs: while a password is hashed here, the account may be reset, disabled or changed."""

import secrets
from collections.abc import Callable

import pytest

from server.crypto import passwords
from server.services import accounts
from server.services.accounts import LoginRefused, NotLoggedIn, log_in, set_up_account
from server.tables import admins
from server.tables.admins import Session
from tests.scene import look, run
from tests.web.admin.desk import phone_shows

OLD, NEW, OTHER = "a river is a road that walks", "a lake is a river that waits", "a hill is a wave that rests"


@pytest.fixture
def meanwhile(monkeypatch) -> list[Callable[[], object]]:
    """What happens while a password is being hashed or checked, once; both take no time else."""
    waiting: list[Callable[[], object]] = []

    def hashed(password: str) -> str:
        if waiting and password in (NEW, OTHER):
            waiting.pop()()
        return f"hash of {password}"

    monkeypatch.setattr("server.crypto.passwords.hash_password", hashed)
    monkeypatch.setattr("server.crypto.passwords.verify_password", lambda kept, password: kept == f"hash of {password}")
    monkeypatch.setattr("server.crypto.passwords.needs_rehash", lambda _: False)
    return waiting


@pytest.fixture
def secret(db, context, clock, meanwhile) -> str:
    """What olga's phone and the server share."""
    secret = passwords.new_totp_secret()
    sealed = context.sealer.seal(secret, purpose=passwords.TOTP_SEAL_PURPOSE).blob
    with db.write() as tx:
        admin_id = admins.add(tx, "olga", password_hash="first", sealed_totp=sealed, invited_until=1, now=clock())
        admins.enrol(tx, admin_id, password_hash=f"hash of {OLD}", recovery_hashes=["kept"])
    return secret


@pytest.fixture
def session(db, secret, clock) -> Session:
    """A browser where olga is logged in, and somebody else sits."""
    return begin(db, clock)


def begin(db, clock) -> Session:
    cookie = secrets.token_urlsafe(32)
    with db.write() as tx:
        admins.add_session(tx, cookie, admins.get_by_name(tx, "olga").id, {}, totp_at=None, now=clock())
        found = admins.find_session(tx, cookie, now=clock())
    assert found is not None
    return found


@pytest.fixture
def ways_out(db, context, clock) -> dict[str, Callable[[], object]]:
    """How a session ends while its owner waits."""
    told = {"actor": "cli", "now": clock()}
    return {
        "reset": lambda: accounts.reset_admin(db, "olga", sealer=context.sealer, **told),
        "disabled": lambda: accounts.disable_admin(db, "olga", **told),
        "logged out": lambda: accounts.end_sessions(db, "olga", **told),
    }


def change(db, session, clock, new=NEW) -> None:
    accounts.change_password(db, session, OLD, new, now=clock())


def olga(db):
    [row] = look(db, "SELECT password_hash, recovery_hashes, invited_until, disabled_at FROM admins")
    return row


def verbs(db) -> list[str]:
    return [row["verb"] for row in look(db, "SELECT verb FROM journal ORDER BY id")]


@pytest.mark.parametrize("way", ["reset", "disabled", "logged out"])
def test_a_password_is_not_kept_once_its_session_has_ended(db, session, clock, meanwhile, ways_out, way):
    meanwhile.append(ways_out[way])

    with pytest.raises(NotLoggedIn):
        change(db, session, clock)

    assert not meanwhile, "it happened between the look at the old password and the new one"
    assert olga(db)["password_hash"] != f"hash of {NEW}"
    assert "admin.password" not in verbs(db)


def enter(db, context, clock, password):
    return log_in(db, "olga", password, "", data={}, sealer=context.sealer, now=clock())


def test_a_reset_account_opens_to_its_first_password_alone(db, context, session, clock, meanwhile, ways_out):
    meanwhile.append(ways_out["reset"])
    with pytest.raises(NotLoggedIn):
        change(db, session, clock)

    with pytest.raises(LoginRefused):
        enter(db, context, clock, NEW)


def test_without_a_second_look_the_reset_would_give_it_to_whoever_sat_there(
    db, context, session, clock, meanwhile, ways_out, monkeypatch
):
    """The twin: the intruder's password takes the place of the first one, and no code is asked for."""
    monkeypatch.setattr(accounts, "get_logged_in_admin", lambda tx, session: admins.get(tx, session.admin_id))
    monkeypatch.setattr(
        admins,
        "set_password_hash",
        lambda tx, admin_id, fresh, **_: tx.run(
            "UPDATE admins SET password_hash = :fresh WHERE id = :id", {"fresh": fresh, "id": admin_id}
        ),
    )
    meanwhile.append(ways_out["reset"])
    change(db, session, clock)

    assert enter(db, context, clock, NEW).is_newcomer


def test_of_two_changes_that_prove_the_same_password_the_first_is_kept(db, session, clock, meanwhile):
    meanwhile.append(lambda: change(db, session, clock, OTHER))

    with pytest.raises(LoginRefused):
        change(db, session, clock)

    assert olga(db)["password_hash"] == f"hash of {OTHER}"
    assert verbs(db) == ["admin.password"]


@pytest.mark.parametrize("way", ["disabled", "logged out"])
def test_who_has_been_logged_out_gets_nothing_for_a_right_code(db, context, secret, session, clock, ways_out, way):
    ways_out[way]()
    told = verbs(db)
    given = {"sealer": context.sealer, "now": clock()}

    for verb in (accounts.renew_recovery_codes, accounts.verify_totp_code):
        with pytest.raises(NotLoggedIn):
            verb(db, session, phone_shows(secret, clock()), **given)

    assert olga(db)["recovery_hashes"] == '["kept"]'
    assert verbs(db) == told


@pytest.mark.parametrize("way", ["reset", "disabled", "logged out"])
def test_nobody_sets_up_an_account_from_a_session_that_has_ended(
    db, context, secret, session, clock, meanwhile, ways_out, way
):
    run(db, "UPDATE admins SET invited_until = :until", until=clock() + 1)
    meanwhile.append(ways_out[way])

    with pytest.raises(NotLoggedIn):
        set_up_account(db, session, NEW, phone_shows(secret, clock()), data={}, sealer=context.sealer, now=clock())

    assert olga(db)["invited_until"] is not None
    assert "admin.enrol" not in verbs(db)
    assert look(db, "SELECT hash FROM sessions") == []
