"""Delivery when the mail server is down, busy or refuses: later, dead alone, or the round stops."""

from collections import Counter

import pytest

from server.mail import delivery
from server.mail.delivery import DELIVERY_BATCH, FIRST_RETRY_S, SERVER_PAUSE_S, DeliveryRound
from server.tables import outbox
from tests.mail.rounds import HOUR_S, deliver_to, nobody_listens, read, signers, waiting
from tests.mail.sink import Sink, drop


@pytest.mark.parametrize(("queue", "in_order"), [(DELIVERY_BATCH, True), (3 * DELIVERY_BATCH, False)])
def test_a_server_that_is_down_costs_nothing_but_time(scene, sink, post, clock, queue, in_order):
    """Each batch keeps its order; in a long outage the batches take turns at the door."""
    signers(scene, queue)
    down = nobody_listens()
    for _ in range(5):
        done = deliver_to(scene, down)
        assert (done.sent, done.dead, done.kept_back) == (0, 0, 0)
        assert done.stopped
        assert "cannot connect" in done.stopped
        clock.forward(hours=12)

    assert [attempts for attempts, _ in waiting(scene)] == [0] * queue
    while post().sent:
        pass
    arrived = [one.recipients[0] for one in sink.received]
    everybody = [f"signer{number}@rivers.example" for number in range(queue)]
    assert (arrived if in_order else sorted(arrived)) == (everybody if in_order else sorted(everybody))


def test_a_server_that_is_down_is_tried_with_one_email_and_not_with_twenty(scene, sink, post):
    signers(scene, 5)
    sink.plan("connect", "421 4.3.2 shutting down")

    done = post()

    assert (sink.connections, done.postponed, done.sent) == (1, 5, 0)
    assert waiting(scene) == [(0, SERVER_PAUSE_S)] * 5


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "554 5.7.1 your host is on a block list"),
        ("MAIL", "530 5.7.0 authentication required"),
    ],
)
def test_a_server_that_refuses_us_stops_the_round_and_keeps_the_queue(scene, sink, post, clock, stage, reply):
    signers(scene, 4)
    sink.plan(stage, None, reply)

    done = post()

    assert (done.sent, done.dead, done.postponed) == (1, 0, 3)
    assert done.stopped
    assert done.stopped.startswith(reply[:3])
    assert waiting(scene) == [(0, SERVER_PAUSE_S)] * 3
    clock.forward(seconds=SERVER_PAUSE_S)
    assert post() == DeliveryRound(sent=3)


REFUSED_EMAIL = [
    ("RCPT", "554 5.7.1 Client host blocked using Spamhaus"),
    ("content", "554 5.7.1 message refused by policy"),
]


@pytest.mark.parametrize(("stage", "reply"), REFUSED_EMAIL)
def test_an_email_that_is_refused_keeps_no_other_one_waiting(scene, sink, post, clock, stage, reply):
    signers(scene, 4)
    sink.plan(stage, reply)

    assert post() == DeliveryRound(sent=3, postponed=1)
    [(attempts, pause_s)] = waiting(scene)
    assert attempts == 1
    assert pause_s >= 0.8 * FIRST_RETRY_S
    clock.forward(seconds=pause_s)
    assert post() == DeliveryRound(sent=1)


@pytest.mark.parametrize(("stage", "reply"), REFUSED_EMAIL)
def test_three_refusals_in_a_row_stop_the_round(scene, sink, post, stage, reply):
    signers(scene, 5)
    sink.plan(stage, *[reply] * 5)

    done = post()

    assert (done.sent, done.dead, done.postponed) == (0, 0, 5)
    assert done.stopped
    assert sorted(attempts for attempts, _ in waiting(scene)) == [0, 0, 1, 1, 1]


def test_sixty_emails_that_are_always_refused_do_not_stop_the_ones_after_them(scene, post, sink, clock):
    signers(scene, 60)
    sink.plan("content", *["554 5.7.1 message refused by policy"] * 60)
    while post().postponed:
        clock.forward(seconds=SERVER_PAUSE_S)
    late = scene.sign(email="late@rivers.example")
    clock.forward(seconds=4000)

    done = post()

    assert done.sent == DELIVERY_BATCH
    assert scene.rows(f"SELECT sent_at IS NOT NULL AS sent FROM outbox WHERE signature_id = {late}") == [{"sent": 1}]


def test_a_refused_login_kills_no_email(scene, clock):
    signers(scene, 3)
    with Sink(login=True) as guarded:
        done = deliver_to(scene, f"smtp://wrong:wrong@127.0.0.1:{guarded.port}?starttls=never")

    assert (done.dead, done.postponed) == (0, 3)
    assert done.stopped
    assert done.stopped.startswith("535")


def test_a_recipient_that_is_refused_is_dead_alone(scene, sink, post):
    signers(scene, 3)
    sink.plan("RCPT", None, "550 5.1.1 no such user <signer1@rivers.example>")

    assert post() == DeliveryRound(sent=2, dead=1)

    with scene.db.read() as tx:
        [letter] = outbox.list_emails(tx, "dead", before_id=10**9, most=10)
    assert (letter.id, letter.dead_at) == (2, scene.clock())
    assert letter.reply is not None
    assert letter.reply.startswith("550 5.1.1 no such user")
    assert "signer1" not in letter.reply
    assert scene.emails()[1]["sealed_to"] is None
    assert (scene.fates().dead, scene.fates().recipient_refused) == (1, 1)


@pytest.mark.parametrize(
    ("reply", "recipient_refused"),
    [
        ("450 4.1.2 Recipient address rejected: Domain not found", 1),
        ("452 4.2.2 mailbox full", 1),
        ("451 4.3.0 busy", 0),
        ("451 4.7.1 try later", 0),
        ("554 5.7.1 Client host blocked using Spamhaus", 0),
    ],
)
def test_what_died_of_its_address_is_told_apart_from_what_the_server_refused(
    scene, sink, post, clock, reply, recipient_refused
):
    scene.sign()
    sink.plan("RCPT", *[reply] * 200)
    while scene.fates().waiting:
        post()
        clock.forward(hours=6)

    assert (scene.fates().dead, scene.fates().recipient_refused) == (1, recipient_refused)


def test_a_temporary_refusal_waits_longer_each_time_up_to_an_hour(scene, sink, post, clock):
    scene.sign()
    sink.plan("RCPT", *["450 4.2.0 busy"] * 12)
    pauses = []
    for attempt in range(1, 13):
        assert post() == DeliveryRound(postponed=1)
        [(attempts, pause_s)] = waiting(scene)
        assert attempts == attempt
        pauses.append(pause_s)
        clock.forward(seconds=pause_s)

    for pause_s, expected in zip(pauses, [60, 120, 240, 480, 960, 1920, *[3600] * 6], strict=True):
        assert 0.8 * expected <= pause_s <= 1.2 * expected
    assert post() == DeliveryRound(sent=1)


def test_the_pauses_are_spread_so_that_a_crowd_does_not_come_back_at_once():
    pauses = [delivery._pause_s(7) for _ in range(500)]

    assert min(pauses) >= 2880
    assert max(pauses) <= 4320
    assert max(pauses) - min(pauses) > 1000
    assert delivery._pause_s(10_000) <= 4320


def test_one_that_is_refused_for_now_keeps_nobody_waiting(scene, sink, post):
    signers(scene, 3)
    sink.plan("RCPT", "451 4.7.1 greylisted")

    assert post() == DeliveryRound(sent=2, postponed=1)


def test_two_days_of_refusals_are_enough(scene, sink, post, clock):
    scene.sign()
    sink.plan("RCPT", *["450 4.2.0 busy"] * 200)
    begun, rounds = clock(), 0
    while scene.fates().waiting:
        post()
        rounds += 1
        if scene.fates().waiting:
            clock.forward(seconds=waiting(scene)[0][1])

    assert scene.fates().dead == 1
    assert 48 * HOUR_S <= clock() - begun <= 49.3 * HOUR_S
    assert 45 < rounds < 70
    assert scene.emails()[0]["reply"] == "450 4.2.0 busy"


def test_an_email_that_waited_out_an_outage_is_not_dead_at_its_first_try(scene, sink, post, clock):
    scene.sign()
    deliver_to(scene, nobody_listens())
    clock.forward(days=5)
    sink.plan("RCPT", "451 4.7.1 greylisted, come back")

    assert post() == DeliveryRound(postponed=1)
    clock.forward(seconds=90)
    assert post() == DeliveryRound(sent=1)


def test_a_connection_lost_at_the_end_is_tried_again_as_the_same_email(scene, sink, post, clock):
    scene.sign()
    sink.plan("content", drop)

    assert post() == DeliveryRound(postponed=1)
    clock.forward(seconds=80)
    assert post() == DeliveryRound(sent=1)

    first, second = (read(one) for one in sink.received)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_who_confirms_an_email_that_we_think_was_lost_gets_no_second_one(scene, sink, post, clock):
    signature_id = scene.sign()
    sink.plan("content", drop)
    post()
    scene.confirm(signature_id)
    clock.forward(seconds=80)

    assert post() == DeliveryRound(sent=1, kept_back=1)  # what goes is the email that thanks
    assert len(sink.received) == 2


def test_a_bad_day_of_the_server_loses_and_doubles_nothing(scene, sink, post, clock):
    """T4 in small: busy, greylisting, gone at the end, unknown users, all mixed."""
    signers(scene, 60)
    sink.plan("RCPT", *(["450 4.2.0 busy", None, "550 5.1.1 no such user", None, None] * 12))
    sink.plan("content", *([None, None, None, drop] * 5))
    for _ in range(30):
        post()
        clock.forward(minutes=10)

    fates = scene.fates()
    assert (fates.waiting, fates.sent + fates.dead) == (0, 60)
    ids = Counter(read(one)["Message-ID"] for one in sink.received)
    assert len(ids) == fates.sent
    assert sum(ids.values()) - len(ids) <= 5
    assert all(row["reply"].startswith("550") for row in scene.emails() if row["dead_at"])
