"""A browser that an admin has used before: strangers who try their password all day do not keep them out."""

import pytest
from flask.testing import FlaskClient

from server.config import read_settings
from server.crypto import passwords
from server.services import accounts
from server.web.admin.auth import DeskSession
from server.web.context import EXTENSION
from tests.conftest import environment
from tests.web.admin.desk import COOKIE, HASH, PASSWORD, Browser, come_in, make_admin

DEVICE = f"{COOKIE}-device"
TRIES = 3


@pytest.fixture
def settings(tmp_path):
    """Few tries for each account, and no limit for a network."""
    few = {"UNDERSIGNED_LIMIT_ACCOUNT": f"{TRIES} per 15 minutes", "UNDERSIGNED_LIMIT_LOGIN": "1000 per hour"}
    return read_settings(environment(tmp_path, **few))


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    """No test here is about how slowly a password is checked."""
    monkeypatch.setattr(
        "server.crypto.passwords.verify_password", lambda kept, password: (kept, password) == (HASH, PASSWORD)
    )
    monkeypatch.setattr("server.crypto.passwords.dummy_hash", lambda: "of nobody")


@pytest.fixture
def secret(app, statement, clock):
    """Of the phone of Olga, who is an admin."""
    return make_admin(app, "olga", "owner", slug=None, now=clock())


@pytest.fixture
def log_in(secret, clock):
    def log_in(browser: Browser, password: str = PASSWORD, *, name: str = "olga") -> int:
        clock.forward(minutes=1)  # each code works once
        browser.forget_token()
        sent = {"name": name, "password": password, "code": browser.code(clock())}
        return browser.post("/admin/login", sent).status_code

    return log_in


def browser_of(client: FlaskClient, secret: str) -> Browser:
    return Browser(client, secret)


def log_out(browser: Browser) -> None:
    browser.forget_token()
    assert browser.post("/admin/logout").status_code == 303


def flood(app, log_in, secret, *, name: str = "olga"):
    """Try wrong passwords from elsewhere until no more are taken under this name."""
    stranger = browser_of(app.test_client(), secret)
    found = [log_in(stranger, "a wrong password, again", name=name) for _ in range(TRIES + 2)]
    assert found[-1] == 429


def test_a_flood_of_wrong_passwords_keeps_a_known_browser_in(app, secret, log_in):
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303
    log_out(known)

    flood(app, log_in, secret)

    assert log_in(known) == 303


def test_without_that_cookie_the_flood_would_keep_its_owner_out(app, secret, log_in):
    """The twin: what strangers reach by it."""
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303
    log_out(known)
    known.client.delete_cookie(DEVICE)

    flood(app, log_in, secret)

    assert log_in(known) == 429


def test_a_known_browser_has_only_so_many_tries_too(app, secret, log_in):
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303
    log_out(known)

    assert [log_in(known, "a wrong password, again") for _ in range(TRIES + 1)][-1] == 429


@pytest.mark.parametrize("planted", ["", "x", "WyJvbGdhIiwiYSJd.AAAA", "WyJvbGdhIiwiYSJd"])
def test_a_cookie_that_we_did_not_sign_makes_no_browser_known(app, secret, log_in, planted):
    stranger = browser_of(app.test_client(), secret)
    stranger.client.set_cookie(DEVICE, planted)

    flood(app, log_in, secret)

    assert log_in(stranger) == 429


def test_who_is_logged_in_may_log_in_again(app, secret, log_in):
    known = browser_of(app.test_client(), secret)

    assert [log_in(known), log_in(known)] == [303, 303]


def test_the_cookie_opens_nothing(app, secret, log_in):
    known = browser_of(app.test_client(), secret)
    log_in(known)
    known.client.delete_cookie(COOKIE)

    assert known.open("/admin/").status_code == 303


def tries_left(browser: Browser) -> bool:
    """Whether somebody who is logged in may still try the phone's code for what a session alone does not open."""
    browser.forget_token()
    found = [
        browser.post(path, {"reason": "thanks", "format": "csv", "columns": "name", "code": "000000"}).status_code
        for path in ("/admin/account/recovery-codes", "/admin/statements/open-rivers/dump/contacts")
    ]
    assert set(found) <= {422, 429}, "both came to the code, unless there were no tries left"
    return 429 not in found


@pytest.mark.parametrize("typed", ["olga", "session:olga", " Session:Olga ", "name:olga", "session:name:olga"])
def test_whatever_name_a_flood_types_who_is_logged_in_keeps_their_own_tries(app, secret, log_in, typed):
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303

    flood(app, log_in, secret, name=typed)

    assert tries_left(known)


def test_if_what_was_typed_were_counted_as_it_is_they_would_lose_them(app, secret, log_in, monkeypatch):
    """The twin."""
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303
    monkeypatch.setattr(DeskSession, "limited_as", lambda _session, name: name)

    flood(app, log_in, secret, name="session:olga")

    assert not tries_left(known)


def test_a_known_browser_has_a_place_of_its_own_while_strangers_log_in(app, secret, log_in):
    known = browser_of(app.test_client(), secret)
    assert log_in(known) == 303
    log_out(known)

    with passwords.hash_slot(is_known=False):
        assert log_in(known) == 303
        assert log_in(browser_of(app.test_client(), secret)) == 503, "the twin: a browser that nobody has used yet"


def test_a_try_that_found_no_place_does_not_count(app, secret, log_in):
    new = browser_of(app.test_client(), secret)
    with passwords.hash_slot(is_known=False):
        assert {log_in(new) for _ in range(TRIES + 1)} == {503}

    assert log_in(new) == 303


def test_every_view_that_hashes_a_password_holds_a_place(app, secret, log_in, monkeypatch, clock):
    held = []
    monkeypatch.setattr(
        "server.crypto.passwords.verify_password",
        lambda kept, password: held.append(is_place_taken()) or (kept, password) == (HASH, PASSWORD),
    )
    browser = browser_of(app.test_client(), secret)
    assert log_in(browser) == 303
    browser.forget_token()
    new = "a boat is a house that moves"
    assert (
        browser.post("/admin/account/password", {"password": PASSWORD, "new_password": new, "again": new}).status_code
        == 303
    )
    accounts.add_admin(
        app.extensions[EXTENSION].db,
        "nino",
        role="viewer",
        slug=None,
        sealer=app.extensions[EXTENSION].sealer,
        actor="test",
        now=clock(),
    )
    newcomer = Browser(come_in(app, "nino", now=clock()))
    set_up = {"new_password": new, "again": new, "code": "no code"}
    assert newcomer.post("/admin/setup", set_up).status_code == 422
    assert held == [True, True, True]


def is_place_taken() -> bool:
    return not (passwords._unknown_browser_slot._value and passwords._known_browser_slot._value)
