"""Forms that may be longer than all others: so much is read of admins, of their browsers, and of nobody else."""

import pytest
from flask import request

from server import MAX_FORM_BYTES
from server.tables.admins import SESSION_IDLE_S
from server.web.admin.auth import ANONYMOUS
from server.web.admin.founding import LIST_BYTES, ROWS_BYTES
from server.web.admin.texts import TEXT_BYTES
from tests.web.admin.desk import HASH, PASSWORD, Browser, make_admin
from tests.web.admin.test_auth import unsafe

AT = "/admin/statements/open-rivers"
LONG = {
    "/admin/preview": TEXT_BYTES,
    "/admin/statements": TEXT_BYTES,
    f"{AT}/texts/en": TEXT_BYTES,
    f"{AT}/texts/en/revise": TEXT_BYTES,
    f"{AT}/founding/preview": LIST_BYTES,
    f"{AT}/founding/order": LIST_BYTES,
    f"{AT}/founding/rows": ROWS_BYTES,
    f"{AT}/founding/import": ROWS_BYTES,
}
TYPED = "all night long " * 60_000  # 900 KB


def handed_back(answer) -> bool:
    return TYPED.strip() in answer.text


def send(browser: Browser, path: str, typed: str = TYPED, *, token: bool = True):
    return browser.post(path, {"typed": typed}, token=token)


@pytest.mark.usefixtures("statement")
def test_nothing_so_long_is_read_of_a_stranger(app, stranger):
    found = {path: send(stranger, path, token=False) for path, _, door in unsafe(app) if door != ANONYMOUS}

    assert {path for path, answer in found.items() if answer.status_code != 401} == set()
    assert {path for path, answer in found.items() if handed_back(answer)} == set()
    assert set(LONG) <= set(found)


@pytest.mark.usefixtures("statement")
def test_room_that_is_made_before_anybody_is_asked_for_is_seen(app, stranger):
    """The twin: what a part of the desk does for all who come."""

    def make_room() -> None:
        request.max_content_length = request.max_form_memory_size = TEXT_BYTES

    app.before_request(make_room)

    assert handed_back(send(stranger, "/admin/preview", token=False))


def test_who_is_admitted_may_send_so_much_and_no_more(server_owner):
    enough = {path: send(server_owner, path).status_code for path in LONG}
    too_much = {path: send(server_owner, path, "x" * most).status_code for path, most in LONG.items()}

    assert {path: status for path, status in enough.items() if status in (401, 403, 413)} == {}
    assert {path: status for path, status in too_much.items() if status != 413} == {}


def test_no_other_form_may_be_so_long(app, server_owner):
    others = {path for path, _, door in unsafe(app) if door in ("viewer", "moderator", "owner", "any-admin")} - set(
        LONG
    )
    found = {path: send(server_owner, path, "x" * MAX_FORM_BYTES).status_code for path in others}

    assert {path: status for path, status in found.items() if status != 413} == {}
    assert len(found) > 20


def test_who_may_not_do_it_is_refused_however_long_it_is(viewer):
    answers = [send(viewer, path) for path in LONG if path != "/admin/preview"]

    assert {answer.status_code for answer in answers} == {403}
    assert not any(map(handed_back, answers))


@pytest.fixture
def known(app, statement, clock, monkeypatch) -> Browser:
    """A browser in which the owner of the server logged in, and was away for too long."""
    monkeypatch.setattr(
        "server.crypto.passwords.verify_password", lambda kept, password: (kept, password) == (HASH, PASSWORD)
    )
    browser = Browser(app.test_client(), make_admin(app, "olga", "owner", slug=None, now=clock()))
    sent = {"name": "olga", "password": PASSWORD, "code": browser.code(clock())}
    assert browser.post("/admin/login", sent).status_code == 303
    browser.forget_token()
    browser.token()
    clock.forward(seconds=SESSION_IDLE_S)
    return browser


def test_what_was_typed_for_as_long_as_a_session_lasts_is_handed_back(known):
    answers = {path: send(known, path) for path in LONG}

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {path for path, answer in answers.items() if not handed_back(answer)} == set()


def test_a_browser_that_nobody_knows_gets_nothing_back(known):
    """The twin: the cookie that makes it a known one is what counts, and only one that we signed."""
    known.client.set_cookie("undersigned-device", "WyJvbGdhIiwiYSJd.AAAA")

    answer = send(known, f"{AT}/founding/import")

    assert answer.status_code == 401
    assert not handed_back(answer)


def test_a_known_browser_may_send_no_more_than_who_is_admitted(known):
    answer = send(known, f"{AT}/founding/order", "x" * LIST_BYTES)

    assert answer.status_code == 401
    assert "xxx" not in answer.text
