"""Delivery: every email is sent once or its fate is known, and no other one waits for it."""

import re

import pytest

from server.crypto.encryption import Sealer
from server.mail.delivery import DELIVERY_BATCH, DeliveryRound
from server.services import moderation, statements
from server.tables import outbox
from tests.mail.rounds import DAY_S, GAP_S, deliver_to, read, signers, subjects
from tests.scene import NGO, UNPROVED

# The plain way.


def test_an_email_goes_out_marked_and_its_address_is_gone_from_the_outbox(scene, sink, post, clock):
    scene.sign(email="Ani@rivers.example")
    clock.forward(seconds=5)

    assert post() == DeliveryRound(sent=1)

    [received] = sink.received
    assert received.recipients == ["Ani@rivers.example"]
    [row] = scene.emails()
    assert (row["sent_at"], row["sealed_to"], row["attempts"], row["lease_until"]) == (clock(), None, 1, 0)
    message = read(received)
    assert message["Message-ID"] == f"<{row['message_id']}@letters.example>"
    assert message["To"] == "Ani@rivers.example"
    assert message["From"] == "Open Letters <sign@letters.example>"
    assert post() == DeliveryRound()


def test_the_link_in_it_confirms(scene, sink, post, client):
    signature_id = scene.sign()
    post()
    text = read(sink.received[0]).get_body(("plain",)).get_content()

    answer = client.post(re.search(r"/confirm/\S+", text)[0], data={"consent": "yes"})

    assert (answer.status_code, scene.get(signature_id).state) == (303, "confirmed")


def test_replies_go_to_the_organisers_when_the_statement_says_who_they_are(scene, sink, post):
    scene.publish("clean-air", 'reply_to = "us@air.example"').sign()
    scene.sign(email="other@rivers.example")
    post()

    assert [read(one)["Reply-To"] for one in sink.received] == ["us@air.example", None]


def test_every_email_that_is_sent_is_counted(scene, post):
    signers(scene, 2)
    post()

    [row] = scene.rows("SELECT sum(mailed) AS mailed FROM tallies WHERE hour > 0 AND dimension = 'all'")
    assert row == {"mailed": 2}


def test_a_round_takes_one_batch_in_the_order_of_the_signers(scene, sink, post):
    signers(scene, DELIVERY_BATCH + 5)

    assert [post().sent, post().sent, post().sent] == [DELIVERY_BATCH, 5, 0]
    assert [one.recipients[0] for one in sink.received] == [
        f"signer{n}@rivers.example" for n in range(DELIVERY_BATCH + 5)
    ]


# What is decided at the door of the mailbox.


def test_who_has_signed_under_the_name_is_told_so(scene, sink, post, clock):
    first = scene.signed()
    post()
    clock.forward(seconds=GAP_S)
    scene.sign()
    assert post().sent == 1

    assert subjects(sink) == ["You have signed", "About your signature"]
    told = read(sink.received[1]).get_body(("plain",)).get_content()
    assert "/confirm/" not in told
    assert scene.context.links.manage(first, scene.get(first).nonce, now=clock()) in told


def test_who_signs_under_a_third_name_is_told_so_and_under_a_second_is_asked(scene, sink, post, clock):
    for name in ("Ani", "Aram", "Astghik"):
        scene.sign(name=name)
        post()
        if name != "Astghik":
            scene.confirm(len(scene.states()))
        clock.forward(seconds=GAP_S)

    confirm = "Please confirm your signature: “Keep our rivers open”"
    asked = [subject for subject in subjects(sink) if subject != "You have signed"]
    assert asked == [confirm, confirm, "About your signature"]


@pytest.mark.parametrize("became", ["confirmed", "removed", "gone"])
def test_nothing_goes_to_a_signature_that_waits_for_nothing(scene, sink, post, became):
    signature_id = scene.sign()
    if became == "confirmed":
        scene.confirm(signature_id)
    elif became == "removed":
        moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=scene.clock())
    else:
        scene.run("DELETE FROM signatures")

    assert post() == DeliveryRound(kept_back=1, sent=int(became == "confirmed"))

    assert subjects(sink) == (["You have signed"] if became == "confirmed" else [])
    [row, *_] = scene.emails()
    assert (row["suppressed_at"], row["sealed_to"]) == (scene.clock(), None)
    assert scene.rows("SELECT * FROM mailings WHERE outbox_id = 1") == []


@pytest.mark.parametrize("everywhere", [True, False])
def test_an_address_that_wants_no_email_gets_none(scene, sink, post, everywhere):
    elsewhere = scene.publish("clean-air")
    with scene.db.write() as tx:
        key = scene.context.keys.mail_key("a.n.i@gmail.com")
        statement_id = 0 if everywhere else scene.statement.id
        outbox.add_suppression(
            tx, mail_key=key, statement_id=statement_id, reason="asked", undo_nonce=bytes(16), now=scene.clock()
        )

    scene.sign(email="ani+new@gmail.com")
    elsewhere.sign(email="ani+new@gmail.com")

    assert post() == DeliveryRound(sent=0 if everywhere else 1, kept_back=2 if everywhere else 1)
    assert scene.emails()[0]["reply"] == "the address gets no email: asked"


@pytest.mark.parametrize(
    ("later_s", "fate"),
    [(0, DeliveryRound(sent=1)), (DAY_S - 1, DeliveryRound(sent=1)), (DAY_S, DeliveryRound(kept_back=1))],
)
def test_who_signed_in_the_last_minute_gets_the_email_while_its_link_works(scene, post, clock, later_s, fate):
    scene.sign()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(seconds=later_s)

    assert post() == fate


# When something of ours is not well.


def test_a_lost_data_key_lets_its_emails_wait_until_it_is_found(scene, sink, clock):
    signers(scene, 3)
    stranger = Sealer([b"another key of thirty-two bytes!"])

    done = deliver_to(scene, sink.url(), sealer=stranger)

    assert (done.sent, done.dead, done.postponed) == (0, 0, 3)
    assert "not in the settings" in done.sealed
    clock.forward(days=10)
    assert deliver_to(scene, sink.url()) == DeliveryRound(sent=3)


def test_one_address_that_cannot_be_opened_keeps_no_other_email_waiting(scene, sink, post, clock):
    signers(scene, 3)
    stranger = Sealer([b"another key of thirty-two bytes!"])
    broken = stranger.seal("signer0@rivers.example", purpose="address")
    scene.run("UPDATE outbox SET sealed_to = :blob WHERE id = 1", blob=broken.blob)

    assert post().sent == 2
    for _ in range(3):
        clock.forward(hours=1)
        assert (post().sealed is not None, scene.fates().waiting) == (True, 1)


def test_an_email_that_cannot_be_written_is_dead_with_the_reason(scene, sink, post):
    scene.sign()
    scene.run("UPDATE statement_texts SET title = :title", title="Rivers\x07")

    assert post() == DeliveryRound(dead=1)
    assert sink.received == []
    assert "control character" in scene.emails()[0]["reply"]


def test_organisations_are_asked_with_the_words_for_organisations(scene, sink, post):
    for fields in (NGO, UNPROVED):
        scene.sign(**fields)
    post()

    for one in sink.received:
        assert "authorised" in read(one).get_body(("plain",)).get_content()
