"""Several deliveries at once: a lease keeps each email for one of them, for a while."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from server.db import writing_alone
from server.mail import delivery
from server.mail.delivery import DELIVERY_BATCH, LEASE_S, DeliveryRound, deliver_due_emails
from server.mail.transports import open_transport
from server.tables import outbox
from tests.mail.rounds import read, signers, waiting


def test_a_claimed_email_is_nobody_elses_until_its_lease_ends(scene, sink, post, clock):
    signers(scene, 2)
    with scene.db.write() as tx:  # a delivery that dies now
        assert len(outbox.claim(tx, now=clock(), lease_s=LEASE_S, most=DELIVERY_BATCH)) == 2

    clock.forward(seconds=LEASE_S - 1)
    assert post() == DeliveryRound()
    clock.forward(seconds=1)
    assert post() == DeliveryRound(sent=2)
    assert [row["attempts"] for row in scene.emails()] == [2, 2]


def test_a_slow_round_lets_go_of_what_it_cannot_send_within_its_lease(scene, clock):
    signers(scene, 5)

    class Slow:
        """A transport that takes a minute for each email."""

        sent = 0

        def send(self, message: EmailMessage, *, to: str, return_path: str | None = None) -> None:
            self.sent += 1
            clock.forward(seconds=60)

    slow = Slow()
    done = deliver_due_emails(scene.context.delivery_context, slow, clock=clock)

    assert (done.sent, done.postponed) == (4, 1)
    assert slow.sent * 60 + delivery.LONGEST_SEND_S <= LEASE_S + 60
    assert waiting(scene) == [(0, 0)]


def test_a_round_that_is_told_to_stop_ends_after_the_email_in_hand(scene, sink):
    signers(scene, 5)
    with open_transport(sink.url()) as transport:
        done = deliver_due_emails(
            scene.context.delivery_context, transport, clock=scene.clock, is_stopping=lambda: bool(sink.received)
        )

    assert (done.sent, done.postponed, done.stopped) == (1, 4, None)
    assert waiting(scene) == [(0, 0)] * 4


def test_each_email_is_counted_before_it_is_sent_and_marked_before_the_next_one(scene):
    signers(scene, 3)
    seen = []

    class Watching:
        """A transport that looks what the database says while an email is sent."""

        def send(self, message: EmailMessage, *, to: str, return_path: str | None = None) -> None:
            seen.append((scene.fates().sent, len(scene.rows("SELECT outbox_id FROM mailings"))))

    deliver_due_emails(scene.context.delivery_context, Watching(), clock=scene.clock)

    assert seen == [(0, 1), (1, 2), (2, 3)]
    assert scene.fates().sent == 3


def test_a_round_that_fails_halfway_has_recorded_what_it_sent(scene, sink):
    signers(scene, 3)
    scene.run("UPDATE outbox SET kind = 'unknown' WHERE id = 3")

    with open_transport(sink.url()) as transport, pytest.raises(KeyError):
        deliver_due_emails(scene.context.delivery_context, transport, clock=scene.clock)

    assert (scene.fates().sent, len(sink.received)) == (2, 2)
    assert scene.rows("SELECT sum(mailed) AS n FROM tallies WHERE hour > 0 AND dimension = 'all'") == [{"n": 2}]


def test_two_deliveries_send_two_hundred_emails_once_each(scene, sink):
    for part in range(4):  # below the hourly limit of each mail domain
        signers(scene, 50, domain=f"rivers{part}.example")
    start = threading.Barrier(2)

    def run() -> int:
        start.wait(timeout=30)
        sent = 0
        with open_transport(sink.url()) as transport:
            while (done := deliver_due_emails(scene.context.delivery_context, transport, clock=scene.clock)).sent:
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
    assert scene.fates() == outbox.DeliveryCounts(sent=200, dead=0, suppressed=0, waiting=0, oldest=None)
    assert scene.rows("SELECT id FROM outbox WHERE sealed_to IS NOT NULL") == []


def test_deliveries_that_only_look_for_what_is_unsent_send_twice(scene, sink):
    """The twin: without the lease, two that look at one moment both send."""
    signers(scene, 3)
    both_have_looked = threading.Barrier(2)

    def naive() -> None:
        rows = scene.rows("SELECT id, sealed_to FROM outbox WHERE sent_at IS NULL")
        both_have_looked.wait(timeout=30)
        with open_transport(sink.url()) as transport:
            for row in rows:
                to = scene.context.sealer.unseal(bytes(row["sealed_to"]), purpose="address")
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = "a@letters.example", to, "Please confirm"
                message.set_content("Hello")
                transport.send(message, to=to)
                with writing_alone():
                    scene.run("UPDATE outbox SET sent_at = 1 WHERE id = :id", id=row["id"])

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(naive), pool.submit(naive)]:
            each.result()

    assert set(Counter(one.recipients[0] for one in sink.received).values()) == {2}
