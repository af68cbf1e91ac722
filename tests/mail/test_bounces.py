"""Reports of mail servers are understood, whichever server wrote them; nothing else is taken for one."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.crypto.links import BounceAddresses
from server.mail import bounces
from server.mail.bounces import REPORT_LONGEST, describe_report, read_bounce
from tests.mail.reported import BOUNCES_TO, REPLIES, REPORTS, make

KEYS = ["k" * 32, "the newest of the secret keys, 32 long"]
ADDRESSES = BounceAddresses(KEYS, BOUNCES_TO)
OUTBOX_ID, MESSAGE_ID = 4711, "0123456789abcdef" * 2
VERP = ADDRESSES.make(OUTBOX_ID) or ""
pytestmark = pytest.mark.sqlite


def read(name: str):
    return read_bounce(make(name, return_path=VERP, message_id=MESSAGE_ID), ADDRESSES)


def test_there_are_enough_of_both():
    assert len(REPORTS) >= 30
    assert len(REPLIES) >= 30


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_understood_and_says_which_email_it_is_about(name):
    report = read(name)

    assert report is not None
    assert report.kind == name.partition("-")[0]
    assert report.outbox_ids == (OUTBOX_ID,) or report.message_ids == (MESSAGE_ID,)
    assert set(report.outbox_ids) <= {OUTBOX_ID}


@pytest.mark.parametrize("name", REPORTS)
def test_the_reply_has_no_address_and_no_link(name):
    report = read(name)

    assert report is not None
    assert not re.search(r"@|\bani\b|rivers|/mail/|why|confirm/", report.reply, re.IGNORECASE), report.reply
    assert len(report.reply) <= 300


def test_a_reply_is_in_words():
    assert read("bounced-gmail-over-quota").reply == "552 5.2.2 The recipient's inbox is out of storage space."


@pytest.mark.parametrize("name", REPLIES)
def test_another_message_is_no_report(name):
    assert read(name) is None


@pytest.mark.parametrize("name", ["bounced-amazon-ses", "bounced-one-block", "bounced-without-action"])
def test_an_id_of_another_instance_is_not_read(name):
    others = BounceAddresses(["x" * 20 + "another server's key"], BOUNCES_TO)
    message = make(name, return_path=others.make(OUTBOX_ID) or "", message_id="f" * 31)

    assert read_bounce(message, others).outbox_ids == (OUTBOX_ID,)
    assert read_bounce(message, ADDRESSES).outbox_ids == ()


def test_the_recipient_may_come_from_the_mail_server():
    message = make("bounced-without-action", return_path="bounces@letters.example", message_id="")

    assert read_bounce(message, ADDRESSES).outbox_ids == ()
    assert read_bounce(message, ADDRESSES, recipient=VERP).outbox_ids == (OUTBOX_ID,)


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "", "bounced"),
        ("5.0.0", "smtp; 550 no such user", "bounced"),
        ("", "smtp; 550 5.2.1 mailbox disabled", "bounced"),
        ("", "", "bounced"),
        ("5.1.2", "", "bounced"),
        ("5.5.0", "smtp; 550 5.5.0 mailbox unavailable", "bounced"),
        ("5.4.310", "DNS domain does not exist", "bounced"),
        ("5.1.8", "smtp; 550 5.1.8 sender address rejected", "refused"),
        ("5.0.0", "smtp; 550 relaying denied", "refused"),
        ("5.3.4", "smtp; 552 5.3.4 message too big", "refused"),
        ("5.4.7", "smtp; 554 5.4.7 delivery expired", "refused"),
        ("5.7.26", "smtp; 550 5.7.26 unauthenticated", "refused"),
        ("4.4.7", "", "refused"),
        ("", "smtp; 451 try later", "refused"),
        ("9.9.9", "garbage", "bounced"),
    ],
)
def test_only_a_failure_that_concerns_the_address_stops_it(status, diagnostic, kind):
    assert describe_report("failed", status, diagnostic)[0] == kind


# Hostile messages.

TWO_PARTS = make("bounced-postfix", return_path=VERP, message_id=MESSAGE_ID)
_PIECES = st.sampled_from(
    [
        *(make(name, return_path=VERP, message_id=MESSAGE_ID)[:400] for name in REPORTS[:8]),
        b"Content-Type: multipart/report; boundary=b\n\n--b\n",
        b"--b\nContent-Type: message/delivery-status\n\n",
        b"--b--\n",
        b"Action: failed\nStatus: 5.1.1\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Type: text/plain; charset*=x'y'%00\n",
        b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n",
        b"From: =?utf-8?q?=ff?= <MAILER-DAEMON>\nReturn-Path: <>\n",
        b"\xff\xfe\x00:\n",
        b"\n",
    ]
)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(_PIECES | st.binary(max_size=60), max_size=12).map(b"".join))
def test_no_input_raises_an_error(content):
    read_bounce(content, ADDRESSES)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(REPORTS + REPLIES), st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_no_damaged_report_raises_an_error(name, at, damage):
    content = make(name, return_path=VERP, message_id=MESSAGE_ID)
    read_bounce(content[:at] + damage + content[at + len(damage) :], ADDRESSES)


@pytest.mark.parametrize(
    "head", [b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n", b"Content-Type: message/rfc822\n\n"]
)
def test_a_message_that_is_nested_too_deeply_is_not_read(head):
    deep = b"".join(head % ((number, number) if b"%d" in head else ()) for number in range(2000))

    assert read_bounce(deep, ADDRESSES) is None
    with pytest.raises(RecursionError):  # the twin: without the limit
        list(bounces._list_parts(bounces.message_from_bytes(deep)))


def test_a_message_that_is_too_long_is_not_read():
    assert read_bounce(TWO_PARTS + b"x" * (REPORT_LONGEST - len(TWO_PARTS)), ADDRESSES) is not None
    assert read_bounce(TWO_PARTS + b"x" * (REPORT_LONGEST - len(TWO_PARTS) + 1), ADDRESSES) is None
