"""The outbox at the desk: emails by state without their addresses, the mail server's words, and a new try."""

import pytest

from server.tables import outbox
from tests.scene import JOURNAL, look
from tests.services.addressed import come_back

OUTBOX, STATEMENTS, RETRY = "/admin/outbox", "/admin/", "/admin/outbox/retry"
REPLY = "451 4.7.1 <b>come back</b> later"
LATE_S = 30 * 60


@pytest.fixture
def refused(db, signer, clock) -> int:
    """An email that the mail server refused for now."""
    signer.post()
    with db.write() as tx:
        [claim] = outbox.claim(tx, now=clock(), lease_s=60, most=5)
        outbox.postpone(tx, claim.id, REPLY, due_at=clock() + 3600)
    return claim.id


def test_the_owner_of_the_server_sees_emails_without_their_addresses(server_owner, signer, db, clock):
    signer.post(email="ani@rivers.example")
    waiting, sent = server_owner.get(OUTBOX), server_owner.get(OUTBOX, state="sent")

    assert "Please confirm" in waiting.words
    assert "No email is late" in waiting.words
    assert "rivers.example" not in waiting.html
    assert "No email is in this state." in sent.words
    assert '<a href="/admin/statements/open-rivers/signatures/1">' in waiting.html


@pytest.mark.parametrize("role", ["viewer", "moderator", "owner"])
def test_admins_of_one_statement_see_no_outbox(request, role, refused):
    admin = request.getfixturevalue(role)

    assert admin.open(OUTBOX).status_code == 403
    assert admin.post(RETRY).status_code == 403
    assert REPLY not in admin.get(STATEMENTS).words


def test_what_the_mail_server_said_is_quoted_and_a_button_tries_again(server_owner, refused, db, clock):
    page = server_owner.get(OUTBOX)

    assert page.words.count(REPLY) == 2, "above the list, and in it"
    assert "1 email waits." in page.words
    assert server_owner.post(RETRY).headers["Location"] == f"{OUTBOX}?retried=1"
    assert "The server now tries to send 1 email again." in server_owner.get(OUTBOX, retried=1).words
    assert look(db, "SELECT due_at FROM outbox") == [{"due_at": clock()}]
    assert look(db, JOURNAL)[-1]["verb"] == "outbox.retry"


def test_looking_tries_nothing_again(server_owner, refused, db, clock):
    server_owner.get(OUTBOX)

    assert server_owner.open(RETRY).status_code == 405
    assert look(db, "SELECT due_at FROM outbox") == [{"due_at": clock() + 3600}]


def test_nothing_to_try_again_is_no_line_in_the_journal(server_owner, db):
    server_owner.post(RETRY)

    assert "outbox.retry" not in [row["verb"] for row in look(db, JOURNAL)]


@pytest.mark.parametrize(("waited_s", "is_late"), [(LATE_S, False), (LATE_S + 1, True)])
def test_owners_of_the_server_are_told_of_late_emails_where_they_begin(request, refused, clock, waited_s, is_late):
    clock.forward(seconds=waited_s)
    server_owner, owner = (request.getfixturevalue(name) for name in ("server_owner", "owner"))

    for path in (STATEMENTS, OUTBOX):
        assert ("Emails have been waiting since" in server_owner.get(path).words) is is_late
    assert "have been waiting" not in owner.get(STATEMENTS).words


def test_a_long_list_has_pages(server_owner, signer, db):
    for number in range(51):
        signer.post(name=f"Ani {number}", email=f"ani@rivers-{number}.example", key=f"0123456789abcdef{number}")
    first = server_owner.get(OUTBOX)
    second = server_owner.get(OUTBOX, before=2)

    assert first.words.count("Please confirm") == 50
    assert f'href="{OUTBOX}?before=2"' in first.html
    assert second.words.count("Please confirm") == 1


def test_an_unknown_state_is_the_list_of_those_that_wait(server_owner):
    assert server_owner.get(OUTBOX, state="comet").values["state"] == "waiting"


def test_emails_that_came_back_are_counted_and_listed_with_the_reply(server_owner, scene):
    assert "came back" not in server_owner.get(OUTBOX).words
    come_back(scene, scene.sign(email="ani@rivers.example"))

    page = server_owner.get(OUTBOX, state="dead")

    assert "came back 1, reported as spam 0, delayed 0" in page.words
    assert "550 5.1.1 unknown" in page.words
    assert "rivers.example" not in page.html
