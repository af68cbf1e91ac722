"""Emails as we compose them and as everybody would at first, and how a mail program reads them."""

from email import policy
from email.message import EmailMessage
from email.parser import Parser
from typing import Any

from hypothesis import settings

from server.mail.message import RenderedEmail, compose, serialise

ANI = "ani@example.org"
VICTIM = "victim@elsewhere.example"
INJECTION = f"Please confirm =?utf-8?q?=0D=0ABcc:_{VICTIM}?="
quick = settings(deadline=None, max_examples=40)  # no deadline: the machine may be busy


def composed(**changes: Any) -> EmailMessage:
    words: dict[str, Any] = {
        "subject": "Please confirm your email address",
        "text": "Բարև\n\nhttps://sign.example/confirm/abc\n",
        "html": "<p>Բարև</p>\n",
        "language": "hy",
        "headers": {},
    }
    parts: dict[str, Any] = {
        "sender": "Undersigned <noreply@sign.example>",
        "to": ANI,
        "message_id": "<outbox.7@sign.example>",
        "reply_to": None,
        "date": 1_790_000_000,
    }
    words |= {name: changes.pop(name) for name in words.keys() & changes.keys()}
    return compose(RenderedEmail(**words), **(parts | changes))


def read(message: EmailMessage, to: str = ANI) -> EmailMessage:
    """Return the message as a mail program reads it from the wire."""
    parsed = Parser(policy=policy.default).parsestr(serialise(message, to=to).content.decode())
    assert isinstance(parsed, EmailMessage)
    return parsed


def recipients(message: EmailMessage) -> list[str]:
    return [
        address.addr_spec
        for header in ("To", "Cc", "Bcc")
        for value in message.get_all(header, [])
        for address in value.addresses
    ]


def naive(to: str, subject: str = "Please confirm") -> EmailMessage:
    """What everybody writes first."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "noreply@sign.example"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Hello")
    return message
