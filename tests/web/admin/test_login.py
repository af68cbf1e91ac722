"""Logging in: one answer for whatever is wrong, each code once, one session at a time, and never on to another site."""

import re

import pytest
from flask import Flask

from server.crypto import passwords
from server.services import accounts
from server.tables import admins
from server.tables.admins import SESSION_IDLE_S, SESSION_LONGEST_S
from server.web.admin.login import is_desk_path
from tests.scene import look, run
from tests.web.admin.desk import COOKIE, CSRF, PASSWORD, Browser, make_admin, phone_shows

DESK, LOGIN = "/admin/", "/admin/login"


@pytest.fixture
def secret(app, statement, clock) -> str:
    """What olga's phone and the server share; she has set up everything."""
    return make_admin(app, "olga", "owner", slug=statement.slug, now=clock())


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def log_in(browser: Browser, code: str, *, name="olga", password=PASSWORD, where=""):
    browser.forget_token()
    return browser.post(LOGIN, {"name": name, "password": password, "code": code, "where": where})


def is_in(browser: Browser) -> bool:
    return browser.open(DESK).status_code == 200


def masked(answer) -> tuple[int, str, list[str]]:
    """Status, page and names of headers, without the token and the name that was typed."""
    page = re.sub(r'(name="csrf_token" value|id="name" name="name" type="text" value)="[^"]*"', "", answer.text)
    return answer.status_code, page, sorted(answer.headers.keys())


def test_name_password_and_code_open_the_desk(browser, secret, clock):
    answer = log_in(browser, phone_shows(secret, clock()), name=" Olga ")

    assert (answer.status_code, answer.location) == (303, DESK)
    assert is_in(browser)


def test_whatever_is_wrong_the_answer_is_the_same_to_the_byte(app, db, secret, clock, context):
    code = phone_shows(secret, clock())
    accounts.add_admin(
        db, "late", role="viewer", slug=None, sealer=context.sealer, actor="test", now=clock() - accounts.INVITATION_S
    )
    make_admin(app, "gone", "owner", slug=None, now=clock())
    accounts.disable_admin(db, "gone", actor="test", now=clock())
    run(db, "UPDATE admins SET password_hash = (SELECT password_hash FROM admins WHERE name = 'olga')")
    wrong = {
        "password": log_in(Browser(app.test_client()), code, password="not this one"),
        "empty password": log_in(Browser(app.test_client()), code, password=""),
        "code": log_in(Browser(app.test_client()), "000000"),
        "no code": log_in(Browser(app.test_client()), ""),
        "name": log_in(Browser(app.test_client()), code, name="nobody"),
        "disabled": log_in(Browser(app.test_client()), code, name="gone"),
        "expired invitation": log_in(Browser(app.test_client()), "", name="late"),
        "a name that no database takes": log_in(Browser(app.test_client()), code, name="ol\0ga"),
    }

    answers = {why: masked(answer) for why, answer in wrong.items()}
    assert answers["password"][0] == 422
    assert "The name, password or code is wrong" in answers["password"][1]
    assert {why for why, answer in answers.items() if answer != answers["password"]} == set()


def test_a_code_works_once(app, secret, clock):
    code = phone_shows(secret, clock())
    first, second = Browser(app.test_client()), Browser(app.test_client())

    assert log_in(first, code).status_code == 303
    assert log_in(second, code).status_code == 422
    clock.forward(seconds=passwords.TOTP_STEP_S)
    assert log_in(second, phone_shows(secret, clock())).status_code == 303


def test_without_the_step_the_same_code_would_work_twice(app, db, secret, clock):
    """The twin."""
    code = phone_shows(secret, clock())
    first, second = Browser(app.test_client()), Browser(app.test_client())

    log_in(first, code)
    run(db, "UPDATE admins SET totp_step = -1")

    assert log_in(second, code).status_code == 303


def test_a_recovery_code_works_once_and_says_how_many_are_left(app, db, secret):
    [code, other, *_] = codes = passwords.new_recovery_codes()
    with db.write() as tx:
        hashes = [passwords.hash_recovery_code(one) for one in codes]
        admins.set_recovery_hashes(tx, admins.get_by_name(tx, "olga").id, hashes)
    first, second = Browser(app.test_client()), Browser(app.test_client())

    answer = log_in(first, code.lower().replace("-", " "))

    assert answer.location == "/admin/account/?left=9"
    assert "9 are left" in first.open(answer.location).text
    assert log_in(second, code).status_code == 422
    assert log_in(second, other).location == "/admin/account/?left=8"


def test_a_login_ends_the_admins_other_sessions_and_nobody_elses(app, secret, clock, viewer):
    first, second = Browser(app.test_client()), Browser(app.test_client())
    log_in(first, phone_shows(secret, clock()))
    clock.forward(seconds=passwords.TOTP_STEP_S)

    log_in(second, phone_shows(secret, clock()))

    assert [is_in(one) for one in (first, second, viewer)] == [False, True, True]


@pytest.mark.parametrize("planted", ["planted-by-somebody-else", "a" * 43])
def test_a_cookie_that_was_planted_before_the_login_is_worth_nothing_after_it(app, secret, clock, planted):
    victim, thief = Browser(app.test_client()), Browser(app.test_client())
    for one in (victim, thief):
        one.client.set_cookie(COOKIE, planted)

    answer = log_in(victim, phone_shows(secret, clock()))

    assert planted not in answer.headers["Set-Cookie"]
    assert [is_in(victim), is_in(thief)] == [True, False]


def test_the_cookie_and_the_token_of_before_a_login_are_worth_nothing_after_it(app, secret, clock):
    victim, thief = Browser(app.test_client()), Browser(app.test_client())
    seen = thief.token()
    planted = thief.client.get_cookie(COOKIE)
    assert planted is not None
    victim.client.set_cookie(COOKIE, planted.value)

    log_in(victim, phone_shows(secret, clock()))

    assert not is_in(thief)
    assert victim.post("/admin/account/language", {"locale": "fr", "csrf_token": seen}, token=False).status_code == 400


def test_half_an_hour_of_silence_logs_out_and_somebody_who_types_stays_for_half_a_day(browser, secret, clock):
    log_in(browser, phone_shows(secret, clock()))
    began = clock()
    while clock() - began < SESSION_LONGEST_S - SESSION_IDLE_S:
        clock.forward(seconds=SESSION_IDLE_S - 60)
        assert browser.open("/admin/alive").status_code == 204
    clock.now = began + SESSION_LONGEST_S - 1
    assert is_in(browser)
    clock.forward(seconds=1)
    assert not is_in(browser)

    log_in(browser, phone_shows(secret, clock()))
    clock.forward(seconds=SESSION_IDLE_S)
    assert not is_in(browser)


def test_who_logs_out_is_out_here_and_in_the_database(app, db, browser, secret, clock):
    log_in(browser, phone_shows(secret, clock()))
    browser.forget_token()
    kept = browser.client.get_cookie(COOKIE)
    assert kept is not None

    answer = browser.post("/admin/logout")

    assert (answer.status_code, answer.location) == (303, LOGIN)
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    again = Browser(app.test_client())
    again.client.set_cookie(COOKIE, kept.value)
    assert not is_in(again)
    assert look(db, "SELECT count(*) AS n FROM sessions") == [{"n": 0}]


@pytest.mark.parametrize("where", ["/admin/account/?done=language", "//evil.example"])
def test_one_goes_on_to_where_one_wanted_to_go_within_the_desk(browser, secret, clock, where):
    onward = where if where.startswith("/admin/") else DESK

    assert log_in(browser, phone_shows(secret, clock()), where=where).location == onward


@pytest.mark.parametrize(
    "where",
    [
        *("/admin/", "/admin/account/", "/admin/statements/open-rivers/signatures.csv"),
        "/admin/statements/open-rivers/journal?actor=olga&subject=signature%3A12&day=2027-01-10",
    ],
)
def test_an_address_of_the_desk_is_our_own(where):
    assert is_desk_path(where)


@pytest.mark.parametrize(
    "where",
    [
        *("", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example"),
        *("javascript:alert(1)", "/admin/../..//evil.example", "/admin/..", "/admin/./x", "/admin/%2e%2e/s/x"),
        *("/admin//evil.example", "/admin/\\evil.example", "/admin/@evil.example", "/admin.evil.example/", "/admin"),
        *("/administrator", "/s/open-rivers", "//admin/", " /admin/", "/admin/\r\nSet-Cookie: a=b", "/admin/#x", "x"),
        *("/admin/" + "a" * 60_000 + "!", "/admin/" + "a/" * 30_000 + "!", "/admin/\n"),
    ],
)
def test_every_other_address_is_not(where):
    assert not is_desk_path(where)


@pytest.mark.parametrize("cookie", ["dead-for-a-long-time", "a" * 43, "planted.by-somebody", "."])
def test_a_cookie_that_is_worth_nothing_keeps_nobody_from_logging_in(app, secret, clock, cookie):
    client = app.test_client()
    client.set_cookie(COOKIE, cookie)
    token = CSRF.search(client.get(LOGIN).text)
    assert token
    form = {"name": "olga", "password": PASSWORD, "code": phone_shows(secret, clock()), "csrf_token": token[1]}

    assert client.post(LOGIN, data=form).status_code == 303


def test_who_is_logged_in_may_log_in_once_more(owner):
    token = CSRF.search(owner.get(LOGIN).html)
    assert token

    assert owner.client.post(LOGIN, data={"name": "olga", "csrf_token": token[1]}).status_code == 422
    assert is_in(owner)


def test_what_was_typed_wrongly_is_there_again_but_no_secret(browser, secret):
    page = log_in(browser, "123456", password="a secret that is wrong", where="/admin/account/").text

    assert 'value="olga"' in page
    assert 'value="/admin/account/"' in page
    assert "a secret that is wrong" not in page
    assert "123456" not in page


# A flood of logins


def test_a_browser_that_finds_no_place_is_asked_to_come_again_in_a_second(browser, secret, clock):
    with passwords.hash_slot(is_known=False):
        busy = log_in(browser, phone_shows(secret, clock()))

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    assert "Many people are logging in" in busy.text
    assert 'value="olga"' in busy.text, "the name need not be typed again"
    assert log_in(browser, phone_shows(secret, clock())).status_code == 303, "neither the code nor a try was used up"
