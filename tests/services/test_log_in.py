"""Logging in as a verb: what changes while a password is being checked counts, and the journal knows what happened."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from server.crypto import passwords
from server.crypto.passwords import TOTP_STEP_S
from server.db import Tx
from server.errors import CodeRefused
from server.services import accounts
from server.services.accounts import LoggedIn, LoginRefused, NotLoggedIn, log_in, log_out, set_up_account
from server.services.tokens import add_token
from server.tables import admins
from tests.scene import look, run
from tests.web.admin.desk import PASSWORD, phone_shows

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def secret(db, context, clock) -> str:
    """What olga's phone and the server share."""
    secret, kept = passwords.new_totp_secret(), passwords.hash_password(PASSWORD)
    sealed = context.sealer.seal(secret, purpose=passwords.TOTP_SEAL_PURPOSE).blob
    with db.write() as tx:
        admin_id = admins.add(tx, "olga", password_hash=kept, sealed_totp=sealed, invited_until=1, now=clock())
        admins.enrol(tx, admin_id, password_hash=kept, recovery_hashes=[])
    return secret


@pytest.fixture
def come(db, context, clock, secret):
    def come(code: str | None = None, password: str = PASSWORD) -> LoggedIn:
        typed = phone_shows(secret, clock()) if code is None else code
        return log_in(db, "olga", password, typed, data={}, sealer=context.sealer, now=clock())

    return come


def verbs(db) -> list[str]:
    return [row["verb"] for row in look(db, "SELECT verb FROM journal ORDER BY id")]


def session_of(db, opened: LoggedIn, clock):
    with db.read() as tx:
        return admins.find_session(tx, opened.secret, now=clock())


def test_a_login_and_its_end_stand_in_the_journal(db, come, clock):
    session = session_of(db, come(), clock)
    assert session is not None
    assert session.totp_at == clock()

    log_out(db, session, now=clock())

    assert verbs(db) == ["admin.log-in", "admin.log-out"]
    assert look(db, "SELECT hash FROM sessions") == []


def test_a_right_password_with_a_wrong_code_stands_there_too_and_a_guess_does_not(db, come):
    with pytest.raises(LoginRefused):
        come(code="000000")
    with pytest.raises(LoginRefused):
        come(password="a guess")

    assert verbs(db) == ["admin.code-refused"]


def while_checking(monkeypatch, meddle: Callable[[], object]) -> None:
    """Let something happen between the check of a password and what follows from it."""
    fits = passwords.verify_password

    def slowly(kept: str, password: str) -> bool:
        found = fits(kept, password)
        meddle()
        return found

    monkeypatch.setattr(passwords, "verify_password", slowly)


@pytest.mark.parametrize("meanwhile", ["password_hash = 'another'", "disabled_at = 1"])
def test_what_changes_while_a_password_is_checked_counts(db, come, monkeypatch, meanwhile):
    while_checking(monkeypatch, lambda: run(db, f"UPDATE admins SET {meanwhile}"))

    with pytest.raises(LoginRefused):
        come()
    assert look(db, "SELECT hash FROM sessions") == []


def test_without_a_second_look_it_would_not_count(db, come, monkeypatch):
    """The twin: the row of before the check still says that all is well."""
    find = admins.find

    def find_and_believe(tx: Tx, name: str):
        seen = find(tx, name)
        monkeypatch.setattr(admins, "get", lambda _tx, _id: seen)
        return seen

    monkeypatch.setattr(admins, "find", find_and_believe)
    while_checking(monkeypatch, lambda: run(db, "UPDATE admins SET disabled_at = 1"))

    assert come().secret


def test_a_password_that_was_kept_with_other_effort_is_kept_anew_with_the_next_login_and_then_stays(
    db, come, clock, monkeypatch
):
    def kept() -> str:
        return str(look(db, "SELECT password_hash FROM admins")[0]["password_hash"])

    before = kept()
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))

    come()
    renewed = kept()
    clock.forward(minutes=1)
    come()

    assert (passwords.needs_rehash(before), passwords.needs_rehash(renewed)) == (True, False)
    assert passwords.verify_password(renewed, PASSWORD)
    assert kept() == renewed


def phone_of(db, context) -> str:
    [row] = look(db, "SELECT sealed_totp FROM admins")
    secret: str = context.sealer.unseal(bytes(row["sealed_totp"]), purpose=passwords.TOTP_SEAL_PURPOSE)
    return secret


def test_an_invitation_is_taken_up_once_by_whoever_shows_the_phones_code(db, context, come, secret, clock):
    run(db, "UPDATE admins SET invited_until = :until", until=clock() + 1)
    session = session_of(db, come(code=""), clock)
    assert session is not None
    given = {"data": {}, "sealer": context.sealer, "now": clock()}
    with pytest.raises(CodeRefused):
        set_up_account(db, session, "a boat is a house that moves", "000000", **given)

    secret = phone_of(db, context)  # drawn anew at the first login
    _, codes = set_up_account(db, session, "a boat is a house that moves", phone_shows(secret, clock()), **given)

    assert len(codes) == 10
    assert verbs(db) == ["admin.first-log-in", "admin.enrol"]
    assert session_of(db, LoggedIn("x", None), clock) is None
    with pytest.raises(NotLoggedIn):
        set_up_account(db, session, "somebody else’s sentence", phone_shows(secret, clock() + TOTP_STEP_S), **given)


def test_who_sets_up_their_account_anew_gets_no_token_of_before_back(db, context, come, clock):
    with db.write() as tx:
        [olga] = admins.list_all(tx)
        admins.give_role(tx, olga.id, admins.EVERYWHERE, "owner")
    given = {"scopes": ["export"], "slug": None, "expires_at": None, "made_by": olga.id}
    add_token(db, "dump", **given, actor="admin:olga", now=clock())
    run(db, "UPDATE admins SET invited_until = :until", until=clock() + 1)  # as it was before tokens knew their makers
    session = session_of(db, come(code=""), clock)
    assert session is not None

    shown = phone_shows(phone_of(db, context), clock())
    set_up_account(db, session, "a boat is a house that moves", shown, data={}, sealer=context.sealer, now=clock())

    assert verbs(db) == ["token.add", "admin.first-log-in", "token.revoke", "admin.enrol"]


def test_a_fresh_code_is_proved_once_and_by_the_phone_alone(db, context, come, secret, clock):
    session = session_of(db, come(), clock)
    assert session is not None
    used, clock.now = phone_shows(secret, clock()), clock() + TOTP_STEP_S
    with pytest.raises(CodeRefused):
        accounts.verify_totp_code(db, session, used, sealer=context.sealer, now=clock())

    accounts.verify_totp_code(db, session, phone_shows(secret, clock()), sealer=context.sealer, now=clock())

    assert look(db, "SELECT totp_at FROM sessions") == [{"totp_at": clock()}]
    with pytest.raises(CodeRefused):
        accounts.verify_totp_code(db, session, phone_shows(secret, clock()), sealer=context.sealer, now=clock())
