"""One email that is sent to a mail server, and what becomes of it."""

from email.message import EmailMessage

import pytest

from server.mail.message import RenderedEmail, compose
from server.mail.smtp import NotSent
from server.mail.transports import open_transport
from tests.mail.sink import Sink

ANI, BABKEN = "ani@example.org", "babken@example.org"


def letter(to: str = ANI, *, number: int = 1, sender: str = "Undersigned <noreply@sign.example>") -> EmailMessage:
    text = "Hello\n.\n.. a line that begins with dots\nhttps://sign.example/confirm/abc\n"
    return compose(
        RenderedEmail("Please confirm your email address", text, "<p>Hello</p>\n", "en"),
        sender=sender,
        to=to,
        message_id=f"<outbox.{number}@sign.example>",
        reply_to=None,
        date=1_790_000_000,
    )


def outcome(sink: Sink, url: str | None = None, to: str = ANI) -> NotSent:
    with open_transport(url or sink.url()) as transport, pytest.raises(NotSent) as refused:
        transport.send(letter(to), to=to)
    return refused.value
