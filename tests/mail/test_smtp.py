"""What a real conversation with a mail server comes to: sent, later, not this address, or not us."""

import socket

import pytest

from server.mail.smtp import RecipientRefused, ServerRefused, ServerUnreachable, TemporaryFailure
from server.mail.transports import open_transport
from tests.mail.sending import ANI, BABKEN, letter, outcome
from tests.mail.sink import Sink, drop


def test_an_email_arrives_with_one_recipient_and_every_byte(sink):
    with open_transport(sink.url()) as transport:
        transport.send(letter(), to=ANI)

    (received,) = sink.received
    assert (received.sender, received.recipients) == ("noreply@sign.example", [ANI])
    assert b"Message-ID: <outbox.1@sign.example>\r\n" in received.content
    assert b"\r\n=2E\r\n.. a line that begins with dots\r\n" in received.content
    assert sink.stages("QUIT") == [(1, "QUIT")]


def test_many_emails_share_a_connection_without_a_reset_between_them(sink):
    with open_transport(sink.url()) as transport:
        for number in range(4):
            transport.send(letter(number=number), to=ANI)

    assert [received.connection for received in sink.received] == [1] * 4
    assert sink.stages("RSET") == []


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
    assert str(refused).startswith(reply[:3])
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
    assert len(sink.stages("RSET")) == 2


def test_a_reply_of_several_lines_is_kept_in_one():
    with Sink() as sink:
        refused = outcome(sink.plan("RCPT", "550-5.1.1 first\r\n550-5.1.1 second\r\n550 5.1.1 third"))

    assert str(refused) == "550 5.1.1 first 5.1.1 second 5.1.1 third"


def test_a_reply_is_kept_without_addresses_links_and_control_characters(sink):
    reply = (
        "550 5.1.1 <ani@example.org>: Ani@Example.org (ani) at mx.example.org \x1b[31munknown; "
        "https://sign.example/confirm/abc; aW5uZXIgdG9rZW4gb2YgYSBsaW5rIG9mIG91cnMgaW4gZnVsbA " + "x " * 300
    )

    refused = outcome(sink.plan("RCPT", reply))

    assert str(refused).startswith("550 5.1.1 <…>: <…> (<…>) at <…> [31munknown; https://sign.example/… … x x")
    assert len(str(refused)) == 300


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
        sink.plan("RCPT", "550 5.1.1 no such mailbox")
        with pytest.raises(RecipientRefused):  # a reset follows only what was refused
            transport.send(letter(BABKEN), to=BABKEN)
        sink.plan(stage, step)
        transport.send(letter(number=2), to=ANI)

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

    assert str(refused.value) == "cannot connect to the mail server: [Errno 111] Connection refused"


def test_a_server_that_speaks_another_language_is_unreachable(sink):
    assert isinstance(outcome(sink.plan("connect", "HTTP/1.1 400 Bad Request")), ServerUnreachable)


def test_a_reply_line_without_end_is_a_lost_connection_not_a_refused_address(sink):
    refused = outcome(sink.plan("RCPT", "550 " + "x" * 9000))

    assert isinstance(refused, TemporaryFailure)


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
