"""An admin's own account, and pages that were left open: nothing that was typed is lost, and no secret comes back."""

import re

import pytest

from server.crypto import passwords
from server.tables import admins
from server.tables.admins import SESSION_IDLE_S
from tests.scene import look, run
from tests.web.admin.desk import PASSWORD, Browser, come_in

ACCOUNT = "/admin/account/"
NEW = "a lake is a river that waits"
PEOPLE = "/admin/statements/open-rivers/people"


def change(browser, old=PASSWORD, new=NEW, again=None):
    form = {"password": old, "new_password": new, "again": new if again is None else again}
    return browser.post(f"{ACCOUNT}password", form)


def verbs(db) -> list[str]:
    return [row["verb"] for row in look(db, "SELECT verb FROM journal WHERE verb LIKE 'admin.%' ORDER BY id")]


def test_another_password_logs_other_browsers_out_and_this_one_stays(app, db, owner, clock):
    other = Browser(come_in(app, "olga", now=clock()))

    answer = change(owner)

    assert (answer.status_code, answer.location) == (303, f"{ACCOUNT}?done=password")
    assert [one.open("/admin/").status_code for one in (owner, other)] == [200, 303]
    assert verbs(db) == ["admin.password"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"old": "not this one"}, "The current password is incorrect"),
        ({"new": "short"}, "too short"),
        ({"again": "something else"}, "not the same"),
        ({"new": "olga olga olga"}, "too easy to guess"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(db, owner, typed, words):
    before = look(db, "SELECT password_hash FROM admins")

    answer = change(owner, **typed)

    assert answer.status_code == 422
    assert words in answer.text
    assert not set(typed.values()) & set(re.findall(r'value="([^"]*)"', answer.text)), "no secret comes back"
    assert (look(db, "SELECT password_hash FROM admins"), verbs(db)) == (before, [])


def test_recovery_codes_are_made_for_who_has_the_phone_at_hand(db, owner, clock):
    code = owner.code(clock())

    answer = owner.post(f"{ACCOUNT}recovery-codes", {"code": code})

    shown = re.findall(r"<li><code>([A-Z2-7-]{19})</code>", answer.text)
    [row] = look(db, "SELECT recovery_hashes FROM admins")
    assert len(shown) == 10
    assert all(passwords.hash_recovery_code(one) in row["recovery_hashes"] for one in shown)
    assert owner.post(f"{ACCOUNT}recovery-codes", {"code": code}).status_code == 422, "a code works once"
    assert owner.post(f"{ACCOUNT}recovery-codes", {"code": shown[0]}).status_code == 422, "and no recovery code serves"
    assert verbs(db) == ["admin.recovery-codes"]


def test_the_desk_speaks_another_language_and_no_third(owner):
    owner.post(f"{ACCOUNT}language", {"locale": "fr"})

    assert '<html lang="fr"' in owner.get("/admin/").html
    assert owner.post(f"{ACCOUNT}language", {"locale": "hy"}).status_code == 422


# pages that were left open


TYPED = {
    "name": "nora",
    "role": "viewer",
    "password": "a secret",
    "new_password": "s1",
    "again": "s2",
    "code": "424242",
}


def test_a_page_that_was_open_for_too_long_hands_back_what_was_typed_and_no_secret(db, owner, clock):
    owner.token()
    clock.forward(seconds=SESSION_IDLE_S)

    answer = owner.post(PEOPLE, TYPED)

    assert answer.status_code == 401
    assert re.findall(r"<textarea[^>]*>\n([^<]*)<", answer.text) == ["nora", "viewer"]
    assert not any(secret in answer.text for secret in ("a secret", "s1", "s2", "424242", owner.token()))
    assert look(db, "SELECT count(*) AS n FROM roles") == [{"n": 1}]


def test_a_page_of_a_session_before_this_one_does_so_too(app, owner, clock):
    old = owner.token()
    anew = Browser(come_in(app, "olga", now=clock()))

    answer = anew.post(PEOPLE, TYPED | {"csrf_token": old}, token=False)

    assert answer.status_code == 400
    assert re.findall(r"<textarea[^>]*>\n([^<]*)<", answer.text) == ["nora", "viewer"]


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_nothing_that_another_website_posted_is_shown(stranger, owner, headers):
    for browser in (stranger, owner):
        answer = browser.client.post(PEOPLE, data={"note": "call this number"}, headers=headers)

        assert answer.status_code == 403
        assert "call this number" not in answer.text


def test_what_was_typed_is_text_and_no_markup(owner, clock):
    owner.token()
    clock.forward(seconds=SESSION_IDLE_S)

    answer = owner.post(PEOPLE, {"<b>x": "</textarea><script>alert(1)</script>"})

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<b>x" not in answer.text


def test_looking_at_a_page_keeps_the_session_alive_at_most_once_a_minute(db, owner, clock):
    before = look(db, "SELECT seen_at FROM sessions")[0]["seen_at"]
    clock.forward(seconds=admins.SESSION_SEEN_EVERY_S - 1)
    owner.open("/admin/")
    assert look(db, "SELECT seen_at FROM sessions") == [{"seen_at": before}]

    clock.forward(seconds=1)
    owner.open("/admin/")
    assert look(db, "SELECT seen_at FROM sessions") == [{"seen_at": clock()}]


def test_a_session_of_an_admin_who_was_disabled_past_us_opens_nothing(db, owner):
    """The door looks at the account, whatever ended or did not end its sessions."""
    run(db, "UPDATE admins SET disabled_at = 1")

    assert owner.open("/admin/").status_code == 303
    assert owner.post(f"{ACCOUNT}language", {"locale": "fr"}).status_code == 401
