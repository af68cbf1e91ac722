"""What a real conversation with a mail server comes to: sent, later, not this address, or not us."""

import contextlib
import smtplib
import socket
import time
from email.message import EmailMessage

import pytest

from server.mail.compose import compose
from server.mail.outcomes import NotSent, RecipientRefused, ServerRefused, ServerUnreachable, TemporaryFailure
from server.mail.session import Patience
from server.mail.smtp import SmtpServer, SmtpTransport
from server.mail.transports import open_transport
from tests.mail.sink import PASSWORD, USER, Certificate, Sink, drip, drop, late, make_certificate, stall

ANI, BABKEN = "ani@example.org", "babken@example.org"
LOGIN = "undersigned:p%40ss%2Fword%3F"
IMPATIENT = Patience(connect_s=1, operation_s=0.2, message_s=0.3)
FORGIVING_S = 3  # a busy machine; a server that stalls would take an hour


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost", "127.0.0.1")


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def letter(to: str = ANI, *, number: int = 1, sender: str = "Undersigned <noreply@sign.example>") -> EmailMessage:
    return compose(
        sender=sender,
        to=to,
        subject="Please confirm your email address",
        text="Hello\n.\n.. a line that begins with dots\nhttps://sign.example/confirm/abc\n",
        html="<p>Hello</p>\n",
        message_id=f"<outbox.{number}@sign.example>",
        reply_to=None,
        date=1_790_000_000,
        language="en",
    )


def impatient(sink: Sink, patience: Patience = IMPATIENT) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", sink.port, "never"), patience=patience)


def outcome(sink: Sink, url: str | None = None, to: str = ANI) -> NotSent:
    with open_transport(url or sink.url()) as transport, pytest.raises(NotSent) as refused:
        transport.send(letter(to), to=to)
    return refused.value


def test_an_email_arrives_with_one_recipient_and_every_byte(sink):
    with open_transport(sink.url()) as transport:
        transport.send(letter(), to=ANI)

    (received,) = sink.received
    assert (received.sender, received.recipients) == ("noreply@sign.example", [ANI])
    assert b"Message-ID: <outbox.1@sign.example>\r\n" in received.content
    assert b"\r\n.\r\n.. a line that begins with dots\r\n" in received.content
    assert sink.stages("QUIT") == [(1, "QUIT")]


def test_many_emails_share_a_connection_with_a_reset_between_them(sink):
    with open_transport(sink.url()) as transport:
        for number in range(4):
            transport.send(letter(number=number), to=ANI)

    assert [received.connection for received in sink.received] == [1] * 4
    assert len(sink.stages("RSET")) == 3


def test_we_introduce_ourselves_without_asking_the_dns(sink):
    with open_transport(sink.url()) as transport:
        transport.send(letter(), to=ANI)

    assert sink.names == ([socket.gethostname()] if "." in socket.gethostname() else ["[127.0.0.1]"])


@pytest.mark.parametrize(
    ("stage", "reply", "kind"),
    [
        ("connect", "421 4.3.2 shutting down", ServerUnreachable),
        ("connect", "554 5.7.1 you are on a list", ServerRefused),
        ("EHLO", "421 not now", ServerUnreachable),
        ("EHLO", "451 not now", TemporaryFailure),
        ("EHLO", "550 go away", ServerRefused),
        ("MAIL", "451 4.3.0 busy", TemporaryFailure),
        ("MAIL", "450 4.1.8 cannot find your domain", TemporaryFailure),
        ("MAIL", "530 5.7.0 authentication required", ServerRefused),
        ("MAIL", "550 5.7.1 sender refused", ServerRefused),
        ("MAIL", "554 5.7.1 policy", ServerRefused),
        ("RCPT", "450 4.2.0 greylisted", TemporaryFailure),
        ("RCPT", "451 4.7.1 try later", TemporaryFailure),
        ("RCPT", "452 4.2.2 mailbox full", TemporaryFailure),
        ("RCPT", "550 5.1.1 no such mailbox", RecipientRefused),
        ("RCPT", "550 nobody here", RecipientRefused),
        ("RCPT", "551 moved away", RecipientRefused),
        ("RCPT", "552 5.2.2 mailbox full", RecipientRefused),
        ("RCPT", "554 5.7.1 does not take mail from outside", RecipientRefused),
        ("RCPT", "554 5.7.1 <ani@example.org>: Relay access denied", ServerRefused),
        ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked", ServerRefused),
        ("RCPT", "550 5.7.1 blocked using zen.spamhaus.org", ServerRefused),
        ("RCPT", "530 5.7.0 Must issue a STARTTLS command first", ServerRefused),
        ("RCPT", "550 5.1.8 <noreply@sign.example>: Sender address rejected", ServerRefused),
        ("RCPT", "421 4.7.0 too many", TemporaryFailure),
        ("DATA", "451 4.3.0 disk full", TemporaryFailure),
        ("DATA", "554 5.5.1 no valid recipients", ServerRefused),
        ("content", "451 4.3.0 scanner down", TemporaryFailure),
        ("content", "450 4.7.0 greylisted", TemporaryFailure),
        ("content", "554 5.7.1 policy", ServerRefused),
        ("content", "554 looks like spam", ServerRefused),
        ("content", "550 5.7.26 unauthenticated mail", ServerRefused),
        ("content", "550 5.1.1 no such mailbox", RecipientRefused),
        ("content", "552 5.2.2 mailbox full", RecipientRefused),
        ("content", "550 5.1.7 bad sender mailbox", ServerRefused),
    ],
)
def test_a_refusal_is_blamed_on_whom_it_speaks_of(sink, stage, reply, kind):
    refused = outcome(sink.plan(stage, reply))

    assert type(refused).__mro__.index(kind) <= 1  # the kind itself, or the private one for a closed connection
    assert isinstance(refused, TemporaryFailure) == issubclass(kind, TemporaryFailure)
    assert refused.reply.startswith(reply[:3])
    assert sink.received == []


def test_a_refused_address_does_not_spoil_the_connection_for_the_next_one(sink):
    sink.plan("RCPT", "550 5.1.1 no such mailbox").plan("content", "451 4.3.0 later")

    with open_transport(sink.url()) as transport:
        with pytest.raises(RecipientRefused):
            transport.send(letter(), to=ANI)
        with pytest.raises(TemporaryFailure):
            transport.send(letter(BABKEN), to=BABKEN)
        transport.send(letter(BABKEN), to=BABKEN)

    assert [(received.recipients, received.connection) for received in sink.received] == [([BABKEN], 1)]


def test_a_reply_of_several_lines_is_kept_in_one():
    with Sink() as sink:
        refused = outcome(sink.plan("RCPT", "550-5.1.1 first\r\n550-5.1.1 second\r\n550 5.1.1 third"))

    assert refused.reply == "550 5.1.1 first 5.1.1 second 5.1.1 third"


def test_a_reply_is_kept_without_addresses_links_and_control_characters(sink):
    reply = (
        "550 5.1.1 <ani@example.org>: Ani@Example.org (ani) at mx.example.org \x1b[31munknown; "
        "https://sign.example/confirm/abc; aW5uZXIgdG9rZW4gb2YgYSBsaW5rIG9mIG91cnMgaW4gZnVsbA " + "x " * 300
    )

    refused = outcome(sink.plan("RCPT", reply))

    assert refused.reply.startswith("550 5.1.1 <…>: <…> (<…>) at <…> [31munknown; https://sign.example/… … x x")
    assert len(refused.reply) == 300


def test_the_address_cannot_choose_who_is_blamed(sink):
    to = "relay.spamhaus@blocklist.example.org"

    refused = outcome(sink.plan("RCPT", f"550 5.7.1 <{to}> relay.spamhaus at blocklist.example.org is closed"), to=to)

    assert isinstance(refused, RecipientRefused)


def test_an_idle_connection_that_the_server_closed_is_replaced_without_a_failure(sink):
    with open_transport(sink.url()) as transport:
        transport.send(letter(number=1), to=ANI)
        sink.close_idle()
        transport.send(letter(number=2), to=ANI)

    assert [received.connection for received in sink.received] == [1, 2]


@pytest.mark.parametrize("stage", ["RSET", "MAIL"])
@pytest.mark.parametrize("step", ["421 4.4.2 idle for too long", drop], ids=["421", "drop"])
def test_a_kept_connection_that_ends_before_the_email_is_replaced_once(sink, stage, step):
    with open_transport(sink.url()) as transport:
        transport.send(letter(number=1), to=ANI)
        sink.plan(stage, step)
        transport.send(letter(number=2), to=ANI)

    assert [received.connection for received in sink.received] == [1, 2]


def test_a_kept_connection_that_fell_silent_does_not_eat_the_time_of_the_email(sink):
    with impatient(sink, Patience(connect_s=1, operation_s=0.3, message_s=5)) as transport:
        transport.send(letter(number=1), to=ANI)
        sink.plan("RSET", drip(0.05))
        began = time.monotonic()
        transport.send(letter(number=2), to=ANI)

    assert time.monotonic() - began < FORGIVING_S
    assert [received.connection for received in sink.received] == [1, 2]


def test_a_new_connection_that_ends_at_once_is_not_tried_again(sink):
    refused = outcome(sink.plan("MAIL", drop))

    assert isinstance(refused, TemporaryFailure)
    assert sink.connections == 1


def test_a_connection_that_drops_after_the_content_is_for_later_and_the_id_stays_the_same(sink):
    sink.plan("content", drop)

    with open_transport(sink.url()) as transport:
        with pytest.raises(TemporaryFailure, match="connection lost at DATA"):
            transport.send(letter(), to=ANI)
        assert len(sink.received) == 1  # the gap of RFC 1047: taken, but we cannot know
        transport.send(letter(), to=ANI)

    assert len(sink.received) == 2
    assert sink.received[0].content == sink.received[1].content


def test_a_server_that_is_not_there_is_unreachable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        with open_transport(url) as transport, pytest.raises(ServerUnreachable) as refused:
            transport.send(letter(), to=ANI)

    assert refused.value.reply == "cannot connect to the mail server: [Errno 111] Connection refused"


def test_a_server_that_speaks_another_language_is_unreachable(sink):
    assert isinstance(outcome(sink.plan("connect", "HTTP/1.1 400 Bad Request")), ServerUnreachable)


def test_a_reply_line_without_end_is_a_lost_connection_not_a_refused_address(sink):
    refused = outcome(sink.plan("RCPT", "550 " + "x" * 9000))

    assert isinstance(refused, TemporaryFailure)


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize("step", [stall, drip(0.05)], ids=["stall", "drip"])
def test_a_server_that_stalls_or_drips_is_given_up(sink, stage, step):
    sink.plan(stage, step)
    began = time.monotonic()

    with impatient(sink) as transport, pytest.raises(TemporaryFailure):
        transport.send(letter(), to=ANI)

    assert time.monotonic() - began < FORGIVING_S


def test_one_silent_operation_is_given_up_long_before_the_whole_email_is(sink):
    patience = Patience(connect_s=1, operation_s=0.2, message_s=60)
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
    patience = Patience(connect_s=1, operation_s=1, message_s=1)
    sink.plan("content", late(0.4), late(0.4), late(0.4))

    with impatient(sink, patience) as transport:
        for number in range(3):
            transport.send(letter(number=number), to=ANI)

    assert [received.connection for received in sink.received] == [1, 1, 1]


def test_a_late_banner_within_the_patience_is_waited_for(sink):
    with impatient(sink.plan("connect", late(0.1)), Patience(1, 1, 3)) as transport:
        transport.send(letter(), to=ANI)

    assert len(sink.received) == 1


def test_a_server_that_does_not_say_goodbye_does_not_keep_us(sink):
    transport = impatient(sink.plan("QUIT", stall))
    transport.send(letter(), to=ANI)
    began = time.monotonic()

    transport.close()
    transport.close()

    assert time.monotonic() - began < FORGIVING_S


def test_starttls_encrypts_before_anything_is_said(certificate):
    with (
        Sink(starttls=certificate) as sink,
        open_transport(sink.url(f"starttls=required&ca={certificate.chain}", host="localhost")) as transport,
    ):
        transport.send(letter(), to=ANI)

        assert [received.tls for received in sink.received] == [True]
        assert [stage for _, stage in sink.stages()][:4] == ["connect", "EHLO", "STARTTLS", "EHLO"]


def test_smtps_is_encrypted_from_the_first_byte(certificate):
    with (
        Sink(implicit_tls=certificate) as sink,
        open_transport(sink.url(f"ca={certificate.chain}", host="localhost", scheme="smtps")) as transport,
    ):
        transport.send(letter(number=1), to=ANI)
        transport.send(letter(number=2), to=ANI)

        assert [(received.tls, received.connection) for received in sink.received] == [(True, 1)] * 2


@pytest.mark.parametrize(("scheme", "parameters"), [("smtp", "starttls=required"), ("smtps", "timeout=5")])
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate, scheme, parameters):
    options = {"starttls": certificate} if scheme == "smtp" else {"implicit_tls": certificate}
    with Sink(**options) as sink:
        refused = outcome(sink, sink.url(parameters, host="localhost", scheme=scheme))

        assert isinstance(refused, ServerRefused)
        assert refused.reply == "the mail server's certificate: self-signed certificate"
        assert sink.stages("MAIL", "AUTH") == []


def test_a_certificate_of_another_host_is_refused(tmp_path):
    certificate = make_certificate(tmp_path, "other.example")
    with Sink(starttls=certificate) as sink:
        refused = outcome(sink, sink.url(f"starttls=required&ca={certificate.chain}", host="localhost"))

    assert isinstance(refused, ServerRefused)
    assert "Hostname mismatch" in refused.reply


def test_the_twin_without_a_context_talks_to_anybody(certificate):
    with Sink(starttls=certificate) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=5, local_hostname="test") as naive:
            naive.starttls()
            naive.sendmail("noreply@sign.example", [ANI], b"Hello\r\n")

        assert [received.tls for received in sink.received] == [True]


def test_required_encryption_that_is_not_offered_stops_us_before_we_say_a_name(sink):
    refused = outcome(sink, sink.url("starttls=required"))

    assert isinstance(refused, ServerRefused)
    assert sink.stages("MAIL") == []


def test_encryption_that_is_refused_for_now_is_for_later(certificate):
    with Sink(starttls=certificate) as sink:
        sink.plan("STARTTLS", "454 4.7.0 TLS not available")
        refused = outcome(sink, sink.url(f"starttls=required&ca={certificate.chain}"))

    assert type(refused) is TemporaryFailure


def test_optional_encryption_is_used_when_offered_and_done_without_when_not(certificate, sink):
    with Sink(starttls=certificate) as safe:
        for each in (safe, sink):
            with open_transport(each.url(f"starttls=optional&ca={certificate.chain}")) as transport:
                transport.send(letter(), to=ANI)

    assert [safe.received[0].tls, sink.received[0].tls] == [True, False]


def test_a_password_is_not_given_away_when_somebody_strips_starttls():
    with Sink(login=True) as sink:
        url = sink.url("starttls=optional").replace("//", f"//{LOGIN}@")
        refused = outcome(sink, url)

        assert isinstance(refused, ServerRefused)
        assert sink.logins == []


def test_we_log_in_with_the_decoded_password_over_tls(certificate):
    with Sink(starttls=certificate) as sink:
        url = sink.url(f"starttls=required&ca={certificate.chain}").replace("//", f"//{LOGIN}@")
        with open_transport(url) as transport:
            transport.send(letter(), to=ANI)

        assert sink.logins == [(USER, PASSWORD)]
        assert len(sink.received) == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("535 5.7.8 wrong", ServerRefused),
        ("534 5.7.9 too weak", ServerRefused),
        ("454 4.7.0 later", TemporaryFailure),
    ],
)
def test_a_login_that_fails_is_about_us_or_for_later(step, kind):
    with Sink(login=True) as sink:
        sink.plan("AUTH", *[step] * 3)  # every mechanism is tried
        refused = outcome(sink, sink.url().replace("//", f"//{LOGIN}@"))

    assert type(refused) is kind


def test_a_wrong_password_is_about_us_and_never_quoted():
    with Sink(login=True) as sink:
        refused = outcome(sink, sink.url().replace("//", "//undersigned:hunter2@"))

        assert isinstance(refused, ServerRefused)
        assert refused.reply.startswith("535 5.7.8")
        assert "hunter2" not in refused.reply
        assert sink.stages("MAIL") == []


def test_a_server_that_offers_no_login_refuses_us():
    with Sink(login=False) as sink:
        refused = outcome(sink, sink.url().replace("//", f"//{LOGIN}@"))

    assert isinstance(refused, ServerRefused)


def test_an_international_address_is_sent_in_its_letters(sink):
    to = "անի@օրինակ.հայ"

    with open_transport(sink.url()) as transport:
        transport.send(letter(to), to=to)

    (received,) = sink.received
    assert received.recipients == ["անի@xn--y9atn0a2c3a.xn--y9a3aq"]
    assert f"\r\nTo: {received.recipients[0]}\r\n".encode() in received.content


def test_a_server_without_smtputf8_cannot_take_it_but_takes_the_next_one():
    with Sink(smtputf8=False) as sink, open_transport(sink.url()) as transport:
        with pytest.raises(RecipientRefused, match="SMTPUTF8"):
            transport.send(letter("անի@example.org"), to="անի@example.org")
        transport.send(letter("ani@օրինակ.հայ"), to="ani@օրինակ.հայ")

        assert [received.recipients for received in sink.received] == [["ani@xn--y9atn0a2c3a.xn--y9a3aq"]]


def test_a_server_without_smtputf8_cannot_take_our_own_international_address():
    with Sink(smtputf8=False) as sink, open_transport(sink.url()) as transport, pytest.raises(ServerRefused):
        transport.send(letter(sender="մենք@sign.example"), to=ANI)


def test_an_address_that_is_none_never_reaches_the_server(sink):
    with open_transport(sink.url()) as transport, pytest.raises(RecipientRefused):
        transport.send(letter(), to=f"{ANI}, {BABKEN}")

    assert sink.connections == 0
