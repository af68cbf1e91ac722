"""The emails to people who are invited: their words, their pace beside everybody else's, how long they live."""

import re
from dataclasses import replace

import pytest

from server.mail import delivery
from server.mail.delivery import DeliveryRound
from server.mail.email_kinds import EMAIL_KINDS
from server.services.scheduled import queue_reminders
from server.services.sign import resend_confirm_email
from server.services.statements import close_statement
from tests.inviting import ANI, CLUB, SOURCE, invite, people, progress, prune
from tests.mail.rounds import HOUR_S, deliver_to, read, subjects, texts
from tests.scene import Scene

SUBJECT = "Please confirm your signature"
REMIND_S = 48 * HOUR_S


@pytest.fixture
def post_all(scene: Scene, sink):
    """Deliver until nothing is left to do now, and return to whom emails went."""

    def deliver(**budget: int) -> list[str]:
        before, box = len(sink.received), scene.context.delivery_context
        while (
            (done := deliver_to(scene, sink.url(), budget=replace(box.budget, **budget))).sent
            + done.kept_back
            + done.postponed
        ):
            pass
        return [one.recipients[0] for one in sink.received[before:]]

    return deliver


def remind(scene: Scene) -> list[int]:
    queue_reminders(scene.db, after_s=REMIND_S, now=scene.clock())
    return [email["signature_id"] for email in scene.emails() if email["kind"] == "reminder"]


# What it says.


def test_it_says_who_gave_the_address_where_they_signed_and_what_would_be_published(scene, sink, post):
    scene.run("UPDATE statements SET reply_to = 'us@rivers.example'")
    invite(scene, ANI)

    assert post() == DeliveryRound(sent=1)
    [text] = texts(sink)
    assert read(sink.received[0])["Reply-To"] == "us@rivers.example"
    assert "The organisers of the statement “Keep our rivers open” gave us this address." in text
    assert SOURCE in text.splitlines()
    assert "Ani Marlowe" in text.splitlines()
    assert "asked to sign" not in text, "nobody has filled in our form"
    assert not re.search(r"\b\d{4} \d{4}\b", text), "there is no form that the code could be typed into"
    [token] = re.findall(r"/confirm/(\S+)", text)
    assert scene.context.links.read_confirm(token, now=scene.clock()) == scene.ref(1)
    assert scene.emails()[0]["sealed_to"] is None


def test_where_the_statement_demands_the_code_it_is_there(scene, sink, post):
    there = scene.publish("clean-air", 'confirm = "code"')
    invite(there, ANI)
    post()

    code = scene.context.codes.of(1, scene.get(1).nonce)
    assert f"{code[:4]} {code[4:]}" in texts(sink)[0]


def test_an_organisation_is_asked_as_one(scene, sink, post):
    invite(scene, CLUB)
    post()

    assert "an organisation used it to sign the statement here" in texts(sink)[0]
    assert "Hill Club" in texts(sink)[0].splitlines()


def test_a_new_link_that_they_ask_for_comes_in_the_same_words(scene, sink, post, clock):
    invite(scene, ANI)
    post()
    clock.forward(hours=1)
    resend_confirm_email(scene.db, scene.ref(1), now=clock())
    post()

    assert [SOURCE in text.splitlines() for text in texts(sink)] == [True, True]


# Its pace.


def test_they_go_one_after_another_at_their_pace(scene, post_all, clock):
    invite(scene, *people(4), per_hour=60)

    assert len(post_all()) == 1
    clock.forward(seconds=59)
    assert post_all() == []
    clock.forward(seconds=1)
    assert len(post_all()) == 1
    clock.forward(seconds=60)
    assert len(post_all()) == 1


def test_after_an_outage_no_more_go_than_otherwise_and_none_is_lost(scene, post_all, clock):
    invite(scene, *people(30), per_hour=60)
    clock.forward(hours=5)

    hours = []
    for _ in range(9):
        hours.append(len(post_all()))
        clock.forward(minutes=10)
    assert (hours[0], sum(hours)) == (10, 30)
    assert max(hours) <= 10


def test_without_the_pace_all_that_were_held_up_go_at_once(scene, post_all, clock, monkeypatch):
    """The twin of the test above."""
    monkeypatch.setattr(delivery, "find_later_turn", lambda *_, **__: None)
    invite(scene, *people(30), per_hour=60)
    clock.forward(hours=5)

    assert len(post_all()) == 30


def test_who_signs_now_comes_before_everybody_who_is_invited(scene, sink, post, clock):
    invite(scene, *people(40), per_hour=3600)
    clock.forward(minutes=5)
    scene.sign(email="now@lakes.example")
    post()

    assert sink.received[0].recipients == ["now@lakes.example"]


def test_half_of_what_a_mail_domain_may_have_is_left_to_who_signs_now(scene, post_all, clock):
    invite(scene, *people(10), per_hour=3600)
    clock.forward(minutes=1)

    assert len(post_all(domain_per_hour=6)) == 3
    scene.sign(email="now@hills.example")
    assert post_all(domain_per_hour=6) == ["now@hills.example"]
    sent = []
    for _ in range(8):
        clock.forward(minutes=30)
        sent.append(len(post_all(domain_per_hour=6)))
    assert sum(sent) == 7
    assert progress(scene).waiting == 0


def test_as_other_emails_they_would_keep_who_signs_now_waiting(scene, post_all, clock, monkeypatch):
    """The twin of the test above."""
    monkeypatch.setitem(EMAIL_KINDS, "invited", replace(EMAIL_KINDS["invited"], is_invitation=False))
    invite(scene, *people(10), per_hour=3600)
    clock.forward(minutes=1)
    post_all(domain_per_hour=6)
    scene.sign(email="now@hills.example")

    assert post_all(domain_per_hour=6) == []


def test_a_trusted_domain_has_no_half(scene, post_all, clock):
    tag = scene.context.keys.domain_key("hills.example")
    scene.run(
        "INSERT INTO mail_domains (statement_id, mail_domain, sealed, trusted_at) VALUES (1, :tag, :sealed, 1)",
        tag=tag,
        sealed=b"sealed",
    )
    invite(scene, *people(10), per_hour=3600)
    clock.forward(minutes=1)

    assert len(post_all(domain_per_hour=6)) == 10


# What became of it.


def test_the_desk_learns_what_became_of_each(scene, sink, post_all, clock):
    scene.signed(email=ANI[2], name="Somebody Else")
    scene.run("UPDATE statements SET mailbox_seats = 2")
    invite(scene, *people(3), ANI, per_hour=3600)
    scene.run("UPDATE statements SET mailbox_seats = 1")
    clock.forward(minutes=20)
    scene.run("DELETE FROM outbox WHERE kind <> 'invited'")
    sink.plan("RCPT", "550 5.1.1 no such mailbox")
    post_all()
    scene.confirm(3)

    found = progress(scene)
    assert (found.invited, found.sent, found.dead, found.suppressed, found.confirmed) == (4, 2, 1, 1, 1)
    assert found.waiting == 0
    clock.forward(days=40)
    prune(scene)
    found = progress(scene)
    assert (found.sent, found.dead, found.suppressed, found.confirmed, found.expired) == (2, 1, 1, 1, 1)


def test_once_signing_has_ended_nobody_is_invited_any_more(scene, post_all, clock):
    invite(scene, *people(2), per_hour=60)
    post_all()
    close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(hours=1)

    assert post_all() == []
    assert (progress(scene).sent, progress(scene).suppressed) == (1, 1)
    assert scene.confirm(1) == "confirmed"


# How long it lives, and the reminder.


def kept(scene: Scene) -> tuple[int, int]:
    """How many signatures and addresses are there once what has ended is pruned."""
    prune(scene)
    return len(scene.states()), len(scene.rows("SELECT signature_id FROM contacts"))


def test_an_invitation_lives_for_two_weeks_from_when_its_email_went(scene, sink, post, clock):
    invite(scene, ANI)
    clock.forward(days=20)
    assert kept(scene) == (1, 1), "its email was not sent yet"
    post()
    assert "on 18 February 2027" in texts(sink)[0]
    clock.forward(days=14, seconds=-1)
    assert kept(scene) == (1, 1)
    clock.forward(seconds=1)
    assert kept(scene) == (0, 0)
    assert (progress(scene).sent, progress(scene).expired) == (1, 1)


def test_counted_from_the_import_the_last_ones_of_a_slow_pace_would_end_early(scene, post, clock, monkeypatch):
    """The twin of the test above: with the life of a link alone, the address goes a week after the email."""
    monkeypatch.setattr(delivery, "INVITED_LIFE_S", delivery.LINK_LIFE_S)
    invite(scene, ANI)
    clock.forward(days=13)
    post()
    clock.forward(days=8)
    prune(scene)

    assert scene.states() == []


def test_who_was_invited_is_reminded_once_in_words_that_are_true_two_days_after_their_email(scene, sink, post, clock):
    invite(scene, ANI)
    clock.forward(days=3)
    assert remind(scene) == [], "there is no email yet to be reminded of"
    post()
    clock.forward(seconds=REMIND_S)
    assert remind(scene) == []
    clock.forward(seconds=1)
    assert remind(scene) == [1]
    post()

    text = texts(sink)[-1]
    assert subjects(sink)[-1].startswith("Your signature is not confirmed yet")
    assert "We wrote to you some days ago" in text
    assert SOURCE in text.splitlines()
    assert "asked to sign" not in text
    assert "This is the only reminder." in text
    clock.forward(days=3)
    assert remind(scene) == [1]


def test_without_the_invitation_the_reminder_would_come_before_the_email(scene, clock):
    """The twin of the test above."""
    invite(scene, ANI)
    scene.run("DELETE FROM invitees")
    clock.forward(days=3)

    assert remind(scene) == [1]


def test_who_could_not_be_written_to_is_not_reminded(scene, sink, post, clock):
    sink.plan("RCPT", "550 5.1.1 no such mailbox")
    invite(scene, ANI)
    post()
    clock.forward(days=3)

    assert remind(scene) == []
