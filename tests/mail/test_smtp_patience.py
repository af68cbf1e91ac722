"""A mail server that is slow: waited for within our patience, and never longer."""

import contextlib
import smtplib
import time

import pytest

from server.mail.smtp import SmtpServer, SmtpTransport, TemporaryFailure, Timeouts
from tests.mail.sending import ANI, letter
from tests.mail.sink import Sink, drip, late, stall

IMPATIENT = Timeouts(connect_s=1, operation_s=0.2, message_s=0.3)
FORGIVING_S = 3  # a busy machine; a server that stalls would take an hour


def impatient(sink: Sink, patience: Timeouts = IMPATIENT) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", sink.port, "never"), patience=patience)


def test_a_kept_connection_that_fell_silent_does_not_eat_the_time_of_the_email(sink):
    with impatient(sink, Timeouts(connect_s=1, operation_s=0.3, message_s=5)) as transport:
        transport.send(letter(number=1), to=ANI)
        sink.plan("MAIL", drip(0.05))
        began = time.monotonic()
        transport.send(letter(number=2), to=ANI)

    assert time.monotonic() - began < FORGIVING_S
    assert [received.connection for received in sink.received] == [1, 2]


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize("step", [stall, drip(0.05)], ids=["stall", "drip"])
def test_a_server_that_stalls_or_drips_is_given_up(sink, stage, step):
    sink.plan(stage, step)
    began = time.monotonic()

    with impatient(sink) as transport, pytest.raises(TemporaryFailure):
        transport.send(letter(), to=ANI)

    assert time.monotonic() - began < FORGIVING_S


def test_one_silent_operation_is_given_up_long_before_the_whole_email_is(sink):
    patience = Timeouts(connect_s=1, operation_s=0.2, message_s=60)
    began = time.monotonic()

    with impatient(sink.plan("RCPT", stall), patience) as transport, pytest.raises(TemporaryFailure):
        transport.send(letter(), to=ANI)

    assert time.monotonic() - began < FORGIVING_S


def test_the_twin_with_a_timeout_for_each_read_waits_as_long_as_bytes_drip(sink):
    sink.plan("MAIL", drip(0.05))
    with contextlib.closing(smtplib.SMTP("127.0.0.1", sink.port, "test", IMPATIENT.operation_s)) as naive:
        naive.ehlo()
        began = time.monotonic()
        end = sink.after(2 * IMPATIENT.message_s, sink.close_idle)

        naive.mail("noreply@sign.example")

    end.join()
    assert time.monotonic() - began > 2 * IMPATIENT.message_s - 0.05  # only the server's end stopped it


def test_smtplib_alone_has_no_timeout_at_all(sink):
    with smtplib.SMTP("127.0.0.1", sink.port, local_hostname="test") as naive:
        assert naive.sock is not None
        assert naive.sock.gettimeout() is None


def test_the_time_for_one_email_starts_anew_with_the_next(sink):
    patience = Timeouts(connect_s=1, operation_s=1, message_s=1)
    sink.plan("content", late(0.4), late(0.4), late(0.4))

    with impatient(sink, patience) as transport:
        for number in range(3):
            transport.send(letter(number=number), to=ANI)

    assert [received.connection for received in sink.received] == [1, 1, 1]


def test_a_late_banner_within_the_patience_is_waited_for(sink):
    with impatient(sink.plan("connect", late(0.1)), Timeouts(1, 1, 3)) as transport:
        transport.send(letter(), to=ANI)

    assert len(sink.received) == 1


def test_a_server_that_does_not_say_goodbye_does_not_keep_us(sink):
    transport = impatient(sink.plan("QUIT", stall))
    transport.send(letter(), to=ANI)
    began = time.monotonic()

    transport.close()
    transport.close()

    assert time.monotonic() - began < FORGIVING_S
