"""Composes an email: one sender, one recipient, text and HTML, nothing that a stranger could slip in."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage

from server.mail.envelope import POLICY, EmailRefused, on_the_wire, seal

_SENDER = re.compile(r"(?:(?P<name>[^<>@]*)<(?P<boxed>[^<>\s]+)>|(?P<bare>[^<>\s]+))")
_MESSAGE_ID = re.compile(r"<[\w.+=-]{1,120}@[\w.-]{1,120}>", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]{0,900}[!-~])?")
_OURS = {
    *("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "return-path"),
    *("mime-version", "auto-submitted"),
}
_OURS_BEGIN = ("content-", "resent-", "received")
_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators


class UnfoldedHeader(UnstructuredHeader):
    """A header that stays on one line as it is: folding would turn a long link into encoded words."""

    name: str  # set by the class that the registry mixes this one with

    def fold(self, *, policy: policy.Policy) -> str:
        """Return the header's line; ``compose`` has made sure that it is ASCII and short enough."""
        return f"{self.name}: {self}{policy.linesep}"


_POLICY = POLICY.clone(header_factory=HeaderRegistry(default_class=UnfoldedHeader))


def compose(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    reply_to: str | None,
    date: int,
    language: str,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Return an email to ``to`` alone; the same arguments give the same bytes, so a second try is the same email.

    ``sender`` and ``reply_to`` are an address or ``Name <address>``, ``message_id`` has its angle brackets, ``date``
    is in epoch seconds. Raises ``EmailRefused`` when any part has a line break or another sign it must not have.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = read_sender(sender)
    message["To"] = _mailbox("", to)
    if reply_to is not None:
        message["Reply-To"] = read_sender(reply_to)
    message["Subject"] = _plain(subject, "subject")
    message["Date"] = datetime.fromtimestamp(date, tz=UTC)
    message["Message-ID"] = _matching(_MESSAGE_ID, message_id, "Message-ID")
    message["Auto-Submitted"] = "auto-generated"
    _add_headers(message, headers or {})
    message.set_content(_body(text), charset="utf-8")
    message.add_alternative(_body(html), subtype="html", charset="utf-8")
    message["Content-Language"] = _matching(_LANGUAGE, language, "language")  # setting content clears Content-*
    message.set_boundary("=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32])
    seal(message, to=to)
    return message


def read_sender(sender: str) -> Address:
    """Return the one mailbox that ``address`` or ``Name <address>`` stands for; raises ``EmailRefused`` otherwise."""
    parts = _SENDER.fullmatch(_plain(sender, "sender").strip())
    if parts is None:
        raise EmailRefused("the sender must be an address or Name <address>")
    name = (parts["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return _mailbox(name, parts["boxed"] or parts["bare"])


def _mailbox(name: str, address: str) -> Address:
    """Return an address header's one member; ``addr_spec=`` would refuse letters outside ASCII before the @."""
    local, _, domain = on_the_wire(address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _add_headers(message: EmailMessage, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        known = name.lower()
        if not _HEADER_NAME.fullmatch(name) or known in _OURS or known.startswith(_OURS_BEGIN) or name in message:
            raise EmailRefused("this header cannot be added")
        message[name] = _matching(_HEADER_VALUE, _plain(value, name), name)


def _plain(value: str, part: str) -> str:
    """Return ``value``; the standard library would decode ``=?...?=`` and let a line break out of it."""
    if "=?" in value or any(unicodedata.category(char) in _BREAKS for char in value):
        raise EmailRefused(f"the {part} has a line break, a control character or an encoded word")
    return value


def _matching(shape: re.Pattern[str], value: str, part: str) -> str:
    if not shape.fullmatch(value):
        raise EmailRefused(f"the {part} does not have the right form")
    return value


def _body(value: str) -> str:
    lines = "\n".join(re.split(r"\r\n|\r|\n", value))
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in lines):
        raise EmailRefused("the body has a control character or a lone surrogate")
    return lines if lines.endswith("\n") else lines + "\n"
