"""kill -9 between the acceptance of a signature and its email: the email arrives, under the same Message-ID."""

import time
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from server.mail.delivery import LEASE_S, deliver_due_emails
from server.mail.transports import open_transport
from tests.drills.crowd import Door, Told, submission
from tests.drills.real_server import RealInstance, RealServer, make_real_instance, serving
from tests.mail.sink import Sink, stall

DOMAIN = "undersigned.invalid"  # where sender and server are known on this machine only


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def instance(tmp_path: Path, sink: Sink) -> RealInstance:
    return make_real_instance(tmp_path / "instance", UNDERSIGNED_MAIL_URL=sink.url())


def sign_once(instance: RealInstance) -> None:
    told, door = Told(), Door(instance.port, instance.sign_path)
    door.sign(submission(instance.form_token()), told)
    door.close()
    assert (len(told.acknowledged), told.others) == (1, [])


def deliver_when_the_lease_is_over(instance: RealInstance) -> None:
    """Run one round with a clock that is a lease ahead, so that nobody need wait for five minutes."""
    with open_transport(instance.opened.settings.mail_url) as transport:
        deliver_due_emails(
            instance.opened.context.delivery_context, transport, clock=lambda: int(time.time()) + LEASE_S + 1
        )


def message_ids(sink: Sink) -> list[str]:
    return [str(message_from_bytes(email.content)["Message-ID"]) for email in sink.received]


def outbox(instance: RealInstance) -> list[tuple[str, bool]]:
    """The Message-ID of each email, and whether it is marked as sent."""
    with closing(sqlite3.connect(instance.folder / "undersigned.db")) as db:
        rows = db.execute("SELECT message_id, sent_at IS NOT NULL FROM outbox").fetchall()
    return [(f"<{message_id}@{DOMAIN}>", bool(sent)) for message_id, sent in rows]


def kill_when(server: RealServer, sink: Sink, stage: str) -> None:
    """Kill the server once its delivery has come to a stage of the conversation, where the mail server holds it."""
    server.wait_for(stage, lambda: sink.stages(stage))
    server.kill()


def test_killed_before_any_delivery_the_next_start_sends_the_email_once(instance, sink):
    with serving(instance, UNDERSIGNED_MAIL_DELIVERY="off"):
        sign_once(instance)
    assert [sent for _, sent in outbox(instance)] == [False]

    with serving(instance) as server:
        server.wait_for("the mark on the email", lambda: outbox(instance)[0][1])

    assert message_ids(sink) == [outbox(instance)[0][0]]


def test_killed_while_the_mail_server_keeps_it_waiting_the_email_arrives_once(instance, sink):
    sink.plan("connect", stall)
    with serving(instance) as server:
        sign_once(instance)
        kill_when(server, sink, "connect")
    assert sink.received == []

    deliver_when_the_lease_is_over(instance)

    assert outbox(instance) == [(message_id, True) for message_id in message_ids(sink)]
    assert len(sink.received) == 1


def test_killed_after_the_mail_server_took_it_the_email_comes_again_under_the_same_message_id(instance, sink):
    """The gap that no protocol closes (RFC 1047): nobody knows, so it is sent again, and mailboxes fold the two."""
    sink.plan("content", stall)
    with serving(instance) as server:
        sign_once(instance)
        server.wait_for("the email", lambda: sink.received)
        server.kill()

    deliver_when_the_lease_is_over(instance)

    first, second = message_ids(sink)
    assert first == second
    assert outbox(instance) == [(first, True)]


def test_before_the_lease_is_over_a_restart_sends_nothing_twice(instance, sink):
    sink.plan("content", stall)
    with serving(instance) as server:
        sign_once(instance)
        server.wait_for("the email", lambda: sink.received)
        server.kill()

    with open_transport(instance.opened.settings.mail_url) as transport:
        done = deliver_due_emails(instance.opened.context.delivery_context, transport, clock=lambda: int(time.time()))

    assert (done.sent, len(sink.received)) == (0, 1)
