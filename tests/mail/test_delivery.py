"""Delivery: every email is sent once or its fate is known, whatever the mail server does and whoever else delivers."""

import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from server.actions import moderate, publish
from server.mail import delivery
from server.mail.delivery import BATCH, FIRST_RETRY_S, LEASE_S, SERVER_PAUSE_S, Round, deliver
from server.mail.transports import open_transport
from server.records import outbox, suppressions
from server.sealing import Sealer
from tests.mail.sink import Received, Sink, drop
from tests.scene import NGO, UNPROVED, Desk

GAP_S, HOUR_S, DAY_S = 600, 3600, 24 * 3600


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def post(desk, sink):
    """Deliver one round through the sink."""

    def run() -> Round:
        return deliver_to(desk, sink.url())

    return run


def deliver_to(desk: Desk, url: str, **changes) -> Round:
    with open_transport(url) as transport:
        return deliver(replace(desk.services.postbox, **changes), transport, clock=desk.clock)


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    return f"smtp://127.0.0.1:{port}?starttls=never"


def read(received: Received) -> EmailMessage:
    return message_from_bytes(received.content, policy=policy.default)


def subjects(sink: Sink) -> list[str]:
    return [read(one)["Subject"] for one in sink.received]


def signers(desk: Desk, how_many: int) -> list[int]:
    return [desk.sign(email=f"signer{number}@rivers.example") for number in range(how_many)]


def waiting(desk: Desk) -> list[tuple[int, int]]:
    """The attempts of each email that waits, and in how many seconds it is due."""
    rows = desk.rows(
        "SELECT attempts, due_at FROM outbox"
        " WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL ORDER BY id"
    )
    return [(row["attempts"], row["due_at"] - desk.clock()) for row in rows]


# The plain way.


def test_an_email_goes_out_marked_and_its_address_is_gone_from_the_outbox(desk, sink, post, clock):
    desk.sign(email="Ani@rivers.example")
    clock.forward(seconds=5)

    assert post() == Round(sent=1)

    [received] = sink.received
    assert received.recipients == ["Ani@rivers.example"]
    [row] = desk.emails()
    assert (row["sent_at"], row["sealed_to"], row["attempts"], row["lease_until"]) == (clock(), None, 1, 0)
    message = read(received)
    assert message["Message-ID"] == f"<{row['message_id']}@letters.example>"
    assert message["To"] == "Ani@rivers.example"
    assert message["From"] == "Open Letters <sign@letters.example>"
    assert post() == Round()


def test_the_link_in_it_confirms(desk, sink, post, client):
    signature_id = desk.sign()
    post()
    text = read(sink.received[0]).get_body(("plain",)).get_content()

    answer = client.post(re.search(r"/confirm/\S+", text)[0], data={"consent": "yes"})

    assert (answer.status_code, desk.get(signature_id).state) == (303, "confirmed")


def test_replies_go_to_the_organisers_when_the_statement_says_who_they_are(desk, sink, post):
    desk.publish("clean-air", 'reply_to = "us@air.example"').sign()
    desk.sign(email="other@rivers.example")
    post()

    assert [read(one)["Reply-To"] for one in sink.received] == ["us@air.example", None]


def test_every_email_that_is_sent_is_counted(desk, post):
    signers(desk, 2)
    post()

    [row] = desk.rows("SELECT mailed FROM tallies WHERE hour > 0 AND dimension = 'all'")
    assert row == {"mailed": 2}


def test_a_round_takes_one_batch_in_the_order_of_the_signers(desk, sink, post):
    signers(desk, BATCH + 5)

    assert [post().sent, post().sent, post().sent] == [BATCH, 5, 0]
    assert [one.recipients[0] for one in sink.received] == [f"signer{n}@rivers.example" for n in range(BATCH + 5)]


# What is decided at the door of the mailbox.


def test_who_has_signed_under_the_name_is_told_so(desk, sink, post, clock):
    desk.signed()
    post()
    clock.forward(seconds=GAP_S)
    desk.sign()
    assert post().sent == 1

    assert subjects(sink) == ["About your signature"]
    assert "/confirm/" not in sink.received[0].content.decode()


def test_who_signs_under_a_third_name_is_told_so_and_under_a_second_is_asked(desk, sink, post, clock):
    for name in ("Ani", "Aram", "Astghik"):
        desk.sign(name=name)
        post()
        if name != "Astghik":
            desk.confirm(len(desk.states()))
        clock.forward(seconds=GAP_S)

    assert subjects(sink) == ["Please confirm your signature", "Please confirm your signature", "About your signature"]


@pytest.mark.parametrize("became", ["confirmed", "removed", "gone"])
def test_nothing_goes_to_a_signature_that_waits_for_nothing(desk, sink, post, became):
    signature_id = desk.sign()
    if became == "confirmed":
        desk.confirm(signature_id)
    elif became == "removed":
        moderate.remove(desk.db, "open-rivers", signature_id, actor="kate", reason=None, now=desk.clock())
    else:
        desk.run("DELETE FROM signatures")

    assert post() == Round(kept_back=1)

    assert sink.received == []
    [row] = desk.emails()
    assert (row["suppressed_at"], row["sealed_to"]) == (desk.clock(), None)
    assert desk.rows("SELECT * FROM mailings") == []


@pytest.mark.parametrize("everywhere", [True, False])
def test_an_address_that_wants_no_email_gets_none(desk, sink, post, everywhere):
    elsewhere = desk.publish("clean-air")
    with desk.db.write() as tx:
        key = desk.services.keys.key("a.n.i@gmail.com")
        statement_id = 0 if everywhere else desk.statement.id
        suppressions.add(tx, email_key=key, statement_id=statement_id, reason="asked", now=desk.clock())

    desk.sign(email="ani+new@gmail.com")
    elsewhere.sign(email="ani+new@gmail.com")

    assert post() == Round(sent=0 if everywhere else 1, kept_back=2 if everywhere else 1)
    assert desk.emails()[0]["reply"] == "the address wants no email: asked"


@pytest.mark.parametrize(
    ("later_s", "fate"), [(0, Round(sent=1)), (DAY_S - 1, Round(sent=1)), (DAY_S, Round(kept_back=1))]
)
def test_who_signed_in_the_last_minute_gets_the_email_while_its_link_works(desk, post, clock, later_s, fate):
    desk.sign()
    publish.close_statement(desk.db, "open-rivers", actor="kate", now=clock())
    clock.forward(seconds=later_s)

    assert post() == fate


# The budget of an address.


def ask_every(desk: Desk, clock, sink: Sink, post, *, step_s: int, times: int, emails: list[str]) -> list[int]:
    """Sign again and again, deliver after each, and return after how many seconds an email came."""
    begun, moments = clock(), []
    for turn in range(times):
        desk.sign(email=emails[turn % len(emails)], name=f"Name {turn}")
        before = len(sink.received)
        post()
        moments += [clock() - begun] * (len(sink.received) - before)
        clock.forward(seconds=step_s)
    return moments


def test_two_emails_to_one_address_are_ten_minutes_apart(desk, sink, post, clock):
    for name in ("Ani", "Aram"):
        desk.sign(name=name)

    assert post() == Round(sent=1, postponed=1)
    assert waiting(desk) == [(0, GAP_S)]

    clock.forward(seconds=GAP_S - 1)
    assert post() == Round()
    clock.forward(seconds=1)
    assert post() == Round(sent=1)


def test_an_address_gets_three_a_day_and_the_rest_is_kept_back(desk, sink, post, clock):
    moments = ask_every(desk, clock, sink, post, step_s=GAP_S, times=10, emails=["ani@rivers.example"])

    assert moments == [0, GAP_S, 2 * GAP_S]
    assert desk.fates().suppressed == 7
    assert {row["reply"] for row in desk.emails()[3:]} == {"the address has had enough emails"}


def test_a_day_is_the_last_24_hours_and_five_are_the_end_for_one_statement(desk, sink, post, clock):
    moments = ask_every(desk, clock, sink, post, step_s=HOUR_S, times=100, emails=["ani@rivers.example"])

    assert moments == [0, HOUR_S, 2 * HOUR_S, DAY_S, DAY_S + HOUR_S]


def test_all_statements_together_send_six_a_day(desk, sink, post, clock):
    desks = [desk, *(desk.publish(f"letter-{number}") for number in range(3))]
    for turn in range(12):
        desks[turn % 4].sign(name=f"Name {turn}")
        post()
        clock.forward(seconds=GAP_S)

    assert len(sink.received) == 6


def test_a_thousand_aliases_are_one_address(desk, sink, post, clock):
    aliases = [f"a{'.' * (n % 2)}ni+{n}@{('gmail', 'googlemail')[n % 2]}.com" for n in range(150)]
    for alias in aliases:
        desk.sign(email=alias)
    for _ in range(40):
        post()
        clock.forward(seconds=GAP_S)

    assert len(sink.received) == 3
    assert desk.fates().waiting == 0


def test_a_retry_is_the_same_email_to_the_budget(desk, sink, post, clock):
    sink.plan("RCPT", *["450 4.2.0 later"] * 5)
    desk.sign()
    for _ in range(6):
        post()
        clock.forward(hours=2)

    assert len(sink.received) == 1
    assert len(desk.rows("SELECT * FROM mailings")) == 1


# When the mail server is not well.


@pytest.mark.parametrize(("queue", "in_order"), [(BATCH, True), (3 * BATCH, False)])
def test_a_server_that_is_down_costs_nothing_but_time(desk, sink, post, clock, queue, in_order):
    """Each batch keeps its order; in a long outage the batches take turns at the door."""
    signers(desk, queue)
    down = nobody_listens()
    for _ in range(5):
        done = deliver_to(desk, down)
        assert (done.sent, done.dead, done.kept_back) == (0, 0, 0)
        assert done.stopped
        assert "cannot connect" in done.stopped
        clock.forward(hours=12)

    assert [attempts for attempts, _ in waiting(desk)] == [0] * queue
    while post().sent:
        pass
    arrived = [one.recipients[0] for one in sink.received]
    everybody = [f"signer{number}@rivers.example" for number in range(queue)]
    assert (arrived if in_order else sorted(arrived)) == (everybody if in_order else sorted(everybody))


def test_a_server_that_is_down_is_tried_with_one_email_and_not_with_twenty(desk, sink, post):
    signers(desk, 5)
    sink.plan("connect", "421 4.3.2 shutting down")

    done = post()

    assert (sink.connections, done.postponed, done.sent) == (1, 5, 0)
    assert waiting(desk) == [(0, SERVER_PAUSE_S)] * 5


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "554 5.7.1 your host is on a block list"),
        ("MAIL", "530 5.7.0 authentication required"),
    ],
)
def test_a_server_that_refuses_us_stops_the_round_and_keeps_the_queue(desk, sink, post, clock, stage, reply):
    signers(desk, 4)
    sink.plan(stage, None, reply)

    done = post()

    assert (done.sent, done.dead, done.postponed) == (1, 0, 3)
    assert done.stopped
    assert done.stopped.startswith(reply[:3])
    assert waiting(desk) == [(0, SERVER_PAUSE_S)] * 3
    clock.forward(seconds=SERVER_PAUSE_S)
    assert post() == Round(sent=3)


REFUSED_EMAIL = [
    ("RCPT", "554 5.7.1 Client host blocked using Spamhaus"),
    ("content", "554 5.7.1 message refused by policy"),
]


@pytest.mark.parametrize(("stage", "reply"), REFUSED_EMAIL)
def test_an_email_that_is_refused_keeps_no_other_one_waiting(desk, sink, post, clock, stage, reply):
    signers(desk, 4)
    sink.plan(stage, reply)

    assert post() == Round(sent=3, postponed=1)
    [(attempts, pause_s)] = waiting(desk)
    assert attempts == 1
    assert pause_s >= 0.8 * FIRST_RETRY_S
    clock.forward(seconds=pause_s)
    assert post() == Round(sent=1)


@pytest.mark.parametrize(("stage", "reply"), REFUSED_EMAIL)
def test_three_refusals_in_a_row_stop_the_round(desk, sink, post, stage, reply):
    signers(desk, 5)
    sink.plan(stage, *[reply] * 5)

    done = post()

    assert (done.sent, done.dead, done.postponed) == (0, 0, 5)
    assert done.stopped
    assert sorted(attempts for attempts, _ in waiting(desk)) == [0, 0, 1, 1, 1]


def test_sixty_emails_that_are_always_refused_do_not_stop_the_ones_after_them(desk, post, sink, clock):
    signers(desk, 60)
    sink.plan("content", *["554 5.7.1 message refused by policy"] * 60)
    while post().postponed:
        clock.forward(seconds=SERVER_PAUSE_S)
    late = desk.sign(email="late@rivers.example")
    clock.forward(seconds=4000)

    done = post()

    assert done.sent == BATCH
    assert desk.rows(f"SELECT sent_at IS NOT NULL AS sent FROM outbox WHERE signature_id = {late}") == [{"sent": 1}]


def test_a_refused_login_kills_no_email(desk, clock):
    signers(desk, 3)
    with Sink(login=True) as guarded:
        done = deliver_to(desk, f"smtp://wrong:wrong@127.0.0.1:{guarded.port}?starttls=never")

    assert (done.dead, done.postponed) == (0, 3)
    assert done.stopped
    assert done.stopped.startswith("535")


def test_a_recipient_that_is_refused_is_dead_alone(desk, sink, post):
    signers(desk, 3)
    sink.plan("RCPT", None, "550 5.1.1 no such user <signer1@rivers.example>")

    assert post() == Round(sent=2, dead=1)

    with desk.db.read() as tx:
        [letter] = outbox.list_dead(tx, most=10)
    assert (letter["id"], letter["dead_at"]) == (2, desk.clock())
    assert letter["reply"].startswith("550 5.1.1 no such user")
    assert "signer1" not in letter["reply"]
    assert desk.emails()[1]["sealed_to"] is None


def test_a_temporary_refusal_waits_longer_each_time_up_to_an_hour(desk, sink, post, clock):
    desk.sign()
    sink.plan("RCPT", *["450 4.2.0 busy"] * 12)
    pauses = []
    for attempt in range(1, 13):
        assert post() == Round(postponed=1)
        [(attempts, pause_s)] = waiting(desk)
        assert attempts == attempt
        pauses.append(pause_s)
        clock.forward(seconds=pause_s)

    for pause_s, expected in zip(pauses, [60, 120, 240, 480, 960, 1920, *[3600] * 6], strict=True):
        assert 0.8 * expected <= pause_s <= 1.2 * expected
    assert post() == Round(sent=1)


def test_the_pauses_are_spread_so_that_a_crowd_does_not_come_back_at_once():
    pauses = [delivery._pause_s(7) for _ in range(500)]

    assert min(pauses) >= 2880
    assert max(pauses) <= 4320
    assert max(pauses) - min(pauses) > 1000
    assert delivery._pause_s(10_000) <= 4320


def test_one_that_is_refused_for_now_keeps_nobody_waiting(desk, sink, post):
    signers(desk, 3)
    sink.plan("RCPT", "451 4.7.1 greylisted")

    assert post() == Round(sent=2, postponed=1)


def test_two_days_of_refusals_are_enough(desk, sink, post, clock):
    desk.sign()
    sink.plan("RCPT", *["450 4.2.0 busy"] * 200)
    begun, rounds = clock(), 0
    while desk.fates().waiting:
        post()
        rounds += 1
        if desk.fates().waiting:
            clock.forward(seconds=waiting(desk)[0][1])

    assert desk.fates().dead == 1
    assert 48 * HOUR_S <= clock() - begun <= 49.3 * HOUR_S
    assert 45 < rounds < 70
    assert desk.emails()[0]["reply"] == "450 4.2.0 busy"


def test_an_email_that_waited_out_an_outage_is_not_dead_at_its_first_try(desk, sink, post, clock):
    desk.sign()
    deliver_to(desk, nobody_listens())
    clock.forward(days=5)
    sink.plan("RCPT", "451 4.7.1 greylisted, come back")

    assert post() == Round(postponed=1)
    clock.forward(seconds=90)
    assert post() == Round(sent=1)


def test_a_connection_lost_at_the_end_is_tried_again_as_the_same_email(desk, sink, post, clock):
    desk.sign()
    sink.plan("content", drop)

    assert post() == Round(postponed=1)
    clock.forward(seconds=80)
    assert post() == Round(sent=1)

    first, second = (read(one) for one in sink.received)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_who_confirms_an_email_that_we_think_was_lost_gets_no_second_one(desk, sink, post, clock):
    signature_id = desk.sign()
    sink.plan("content", drop)
    post()
    desk.confirm(signature_id)
    clock.forward(seconds=80)

    assert post() == Round(kept_back=1)
    assert len(sink.received) == 1


# When something of ours is not well.


def test_a_lost_data_key_lets_its_emails_wait_until_it_is_found(desk, sink, clock):
    signers(desk, 3)
    stranger = Sealer([b"another key of thirty-two bytes!"])

    done = deliver_to(desk, sink.url(), sealer=stranger)

    assert (done.sent, done.dead, done.postponed) == (0, 0, 3)
    assert "not among ours" in done.sealed
    clock.forward(days=10)
    assert deliver_to(desk, sink.url()) == Round(sent=3)


def test_one_address_that_cannot_be_opened_keeps_no_other_email_waiting(desk, sink, post, clock):
    signers(desk, 3)
    stranger = Sealer([b"another key of thirty-two bytes!"])
    broken = stranger.seal("signer0@rivers.example", purpose="address")
    desk.run("UPDATE outbox SET sealed_to = :blob WHERE id = 1", blob=broken.blob)

    assert post().sent == 2
    for _ in range(3):
        clock.forward(hours=1)
        assert (post().sealed is not None, desk.fates().waiting) == (True, 1)


def test_an_email_that_cannot_be_written_is_dead_with_the_reason(desk, sink, post):
    desk.sign()
    desk.run("UPDATE statement_texts SET title = :title", title="Rivers\x07")

    assert post() == Round(dead=1)
    assert sink.received == []
    assert "control character" in desk.emails()[0]["reply"]


# Several deliveries.


def test_a_claimed_email_is_nobody_elses_until_its_lease_ends(desk, sink, post, clock):
    signers(desk, 2)
    with desk.db.write() as tx:  # a delivery that dies now
        assert len(outbox.claim(tx, now=clock(), lease_s=LEASE_S, most=BATCH)) == 2

    clock.forward(seconds=LEASE_S - 1)
    assert post() == Round()
    clock.forward(seconds=1)
    assert post() == Round(sent=2)
    assert [row["attempts"] for row in desk.emails()] == [2, 2]


def test_a_slow_round_lets_go_of_what_it_cannot_send_within_its_lease(desk, clock):
    signers(desk, 5)

    class Slow:
        """A transport that takes a minute for each email."""

        sent = 0

        def send(self, message: EmailMessage, *, to: str) -> None:
            self.sent += 1
            clock.forward(seconds=60)

    slow = Slow()
    done = deliver(desk.services.postbox, slow, clock=clock)

    assert (done.sent, done.postponed) == (4, 1)
    assert slow.sent * 60 + delivery.LONGEST_SEND_S <= LEASE_S + 60
    assert waiting(desk) == [(0, 0)]


def test_a_round_that_is_told_to_stop_ends_after_the_email_in_hand(desk, sink):
    signers(desk, 5)
    with open_transport(sink.url()) as transport:
        done = deliver(desk.services.postbox, transport, clock=desk.clock, is_stopping=lambda: bool(sink.received))

    assert (done.sent, done.postponed, done.stopped) == (1, 4, None)
    assert waiting(desk) == [(0, 0)] * 4


def test_two_deliveries_send_two_hundred_emails_once_each(desk, sink):
    signers(desk, 200)
    start = threading.Barrier(2)

    def run() -> int:
        start.wait(timeout=30)
        sent = 0
        with open_transport(sink.url()) as transport:
            while (done := deliver(desk.services.postbox, transport, clock=desk.clock)).sent:
                sent += done.sent
        return sent

    with ThreadPoolExecutor(2) as pool:
        shares = [share.result() for share in [pool.submit(run), pool.submit(run)]]

    assert sum(shares) == 200
    assert min(shares) > 0
    recipients = Counter(one.recipients[0] for one in sink.received)
    assert set(recipients.values()) == {1}
    assert len(recipients) == 200
    assert len({read(one)["Message-ID"] for one in sink.received}) == 200
    assert desk.fates() == outbox.Fates(sent=200, dead=0, suppressed=0, waiting=0, oldest=None)
    assert desk.rows("SELECT id FROM outbox WHERE sealed_to IS NOT NULL") == []


def test_deliveries_that_only_look_for_what_is_unsent_send_twice(desk, sink):
    """The twin: without the lease, two that look at one moment both send."""
    signers(desk, 3)
    both_have_looked = threading.Barrier(2)

    def naive() -> None:
        rows = desk.rows("SELECT id, sealed_to FROM outbox WHERE sent_at IS NULL")
        both_have_looked.wait(timeout=30)
        with open_transport(sink.url()) as transport:
            for row in rows:
                to = desk.services.sealer.unseal(bytes(row["sealed_to"]), purpose="address")
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = "a@letters.example", to, "Please confirm"
                message.set_content("Hello")
                transport.send(message, to=to)
                desk.run("UPDATE outbox SET sent_at = 1 WHERE id = :id", id=row["id"])

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(naive), pool.submit(naive)]:
            each.result()

    assert set(Counter(one.recipients[0] for one in sink.received).values()) == {2}


def test_a_bad_day_of_the_server_loses_and_doubles_nothing(desk, sink, post, clock):
    """T4 in small: busy, greylisting, gone at the end, unknown users, all mixed."""
    signers(desk, 60)
    sink.plan("RCPT", *(["450 4.2.0 busy", None, "550 5.1.1 no such user", None, None] * 12))
    sink.plan("content", *([None, None, None, drop] * 5))
    for _ in range(30):
        post()
        clock.forward(minutes=10)

    fates = desk.fates()
    assert (fates.waiting, fates.sent + fates.dead) == (0, 60)
    ids = Counter(read(one)["Message-ID"] for one in sink.received)
    assert len(ids) == fates.sent
    assert sum(ids.values()) - len(ids) <= 5
    assert all(row["reply"].startswith("550") for row in desk.emails() if row["dead_at"])


def test_organisations_are_asked_with_the_words_for_organisations(desk, sink, post):
    for fields in (NGO, UNPROVED):
        desk.sign(**fields)
    post()

    for one in sink.received:
        assert "authorised" in read(one).get_body(("plain",)).get_content()
