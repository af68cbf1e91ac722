"""Builds one email as a message with one sender and one recipient, and serialises it safely."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.parser import Parser
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from server.errors import UndersignedError
from server.text.addresses import ENCODED_WORD_START
from server.text.translations import isolate_foreign

# Serialising: exactly one recipient, checked by reading the message back.

# 7bit: no server needs 8BITMIME for our emails. 76: the longest line of quoted-printable (RFC 2045).
POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=76)
LINE_LONGEST = 998  # RFC 5322, 2.1.1, without the line break
_OTHER_RECIPIENT_HEADERS = ("cc", "bcc", "resent-to", "resent-cc", "resent-bcc")


class EmailRefused(UndersignedError):
    """Raised when an email would not be exactly one valid message to one address.

    The text of the error never quotes the email.
    """


class SerialisedEmail(NamedTuple):
    """An email as bytes for SMTP; ``international``: the server must support SMTPUTF8."""

    sender: str
    to: str
    content: bytes
    international: bool


@lru_cache(maxsize=8)  # one email asks for its two addresses more than ten times
def to_smtp_address(address: str) -> str:
    """Return one email address with its domain in ASCII; the part before the @ is not changed (RFC 6531).

    Raises ``EmailRefused`` for anything else: two addresses, groups, display names, quoted parts, line breaks, encoded
    words.
    """
    if ENCODED_WORD_START in address:
        raise EmailRefused("this is not one plain address")
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise EmailRefused("this is not one plain address") from None
    return f"{valid.local_part}@{valid.ascii_domain}"


def serialise(message: EmailMessage, *, to: str, linesep: str = "\r\n") -> SerialisedEmail:
    """Return ``message`` as bytes, after parsing them to check that they have one sender and only the recipient ``to``.

    Raises ``EmailRefused`` when the parsed bytes differ from the message: more recipients, more headers than were set,
    or a line longer than ``LINE_LONGEST``.
    """
    recipient = to_smtp_address(to)
    sender = _only_address(message, "From")
    international = not (sender + recipient).isascii()
    content = message.as_bytes(policy=POLICY.clone(linesep=linesep, utf8=international))
    _read_back(content, message, recipient)
    return SerialisedEmail(sender, recipient, content, international)


def _read_back(content: bytes, message: EmailMessage, recipient: str) -> None:
    if max(map(len, content.splitlines())) > LINE_LONGEST:
        raise EmailRefused("a line is too long for a mail server")
    parsed = Parser(policy=policy.default).parsestr(content.decode(), headersonly=True)
    if [name.lower() for name in parsed.keys()] != [name.lower() for name in message.keys()]:  # noqa: SIM118
        raise EmailRefused("the headers differ after parsing, for example because a value has a line break")
    if any(name in parsed for name in _OTHER_RECIPIENT_HEADERS):
        raise EmailRefused("a header other than To has recipients")
    if _only_address(parsed, "To") != recipient or _only_address(parsed, "From") != _only_address(message, "From"):
        raise EmailRefused("the addresses in the headers are not those of the envelope")


def _only_address(message: EmailMessage, header: str) -> str:
    found = [address.addr_spec for value in message.get_all(header, []) for address in value.addresses]
    if len(found) != 1:
        raise EmailRefused(f"{header} must name one address, not {len(found)}")
    return to_smtp_address(found[0])


# Composing text and HTML. No value, such as a title, can add a header.

_SENDER = re.compile(r"(?:(?P<name>[^<>@]*)<(?P<boxed>[^<>\s]+)>|(?P<bare>[^<>\s]+))")
_MESSAGE_ID = re.compile(r"<[\w.+=-]{1,120}@[\w.-]{1,120}>", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]{0,900}[!-~])?")
_RESERVED_HEADERS = {
    *("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "return-path"),
    *("mime-version", "auto-submitted", "x-entity-ref-id", "in-reply-to", "references"),
}
_RESERVED_HEADER_PREFIXES = ("content-", "resent-", "received")
_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators


class UnfoldedHeader(UnstructuredHeader):
    """A header that is never folded: folding would turn a long link into encoded words."""

    name: str  # set by the class with which the registry combines this class

    def fold(self, *, policy: policy.Policy) -> str:
        """Return the header's line; ``compose`` has made sure that it is ASCII and short enough."""
        return f"{self.name}: {self}{policy.linesep}"


_COMPOSE_POLICY = POLICY.clone(header_factory=HeaderRegistry(default_class=UnfoldedHeader))


class RenderedEmail(NamedTuple):
    """The text of an email in one language, and the headers that only this kind of email has."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str] = MappingProxyType({})


def compose(
    words: RenderedEmail, *, sender: str, to: str, message_id: str, reply_to: str | None, date: int
) -> EmailMessage:
    """Return an email whose only recipient is ``to``; the same arguments give the same bytes, also on a retry.

    ``sender`` and ``reply_to`` are an address or ``Name <address>``, ``message_id`` has its angle brackets, ``date`` is
    in epoch seconds. Raises ``EmailRefused`` when any part has a line break or another forbidden character. Every
    transport calls ``serialise``, which checks the whole email once more.
    """
    message = EmailMessage(policy=_COMPOSE_POLICY)
    message["From"] = read_sender(sender)
    message["To"] = _header_address("", to)
    if reply_to is not None:
        message["Reply-To"] = read_sender(reply_to)
    message["Subject"] = _check_plain(words.subject, "subject")
    message["Date"] = datetime.fromtimestamp(date, tz=UTC)
    message["Message-ID"] = _check_shape(_MESSAGE_ID, message_id, "Message-ID")
    message["Auto-Submitted"] = "auto-generated"
    # Gmail folds emails of one sender and subject into one thread, and hides in it what they have in common.
    message["X-Entity-Ref-ID"] = message_id.strip("<>").partition("@")[0]
    _add_headers(message, words.headers)
    message.set_content(_clean_body(words.text), charset="utf-8")
    message.add_alternative(_clean_body(words.html), subtype="html", charset="utf-8")
    # Set these headers last: setting the content clears the Content-* headers.
    message["Content-Language"] = _check_shape(_LANGUAGE, words.language, "language")
    message.set_boundary("=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return message


_SUBJECT_TITLE_LONGEST = 80
_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def title_for_subject(title: str, *, direction: str) -> str:
    """Return a title for use in a subject: on one line, shortened, and without influence on the text around it.

    ``direction`` is the writing direction of the subject. A title in the other direction is isolated from the subject.
    """
    line = " ".join(title.split())
    kept = "".join(
        char
        for char in line
        if char not in _BIDI_CONTROLS and (char == " " or unicodedata.category(char) not in _BREAKS)
    )
    short = _shorten(kept.replace(ENCODED_WORD_START, "= ?"), _SUBJECT_TITLE_LONGEST)
    return isolate_foreign(short, direction)


def _shorten(line: str, longest: int) -> str:
    """Return a line of at most ``longest`` characters, if possible cut after a word."""
    if len(line) <= longest:
        return line
    cut = line.rfind(" ", longest // 2, longest)
    if cut < 0:
        cut = longest - 1
        while cut and unicodedata.combining(line[cut]):
            cut -= 1
    return line[:cut].rstrip(" ,;:–—-") + "…"


def read_sender(sender: str) -> Address:
    """Return the mailbox in ``address`` or ``Name <address>``; raises ``EmailRefused`` for anything else."""
    parts = _SENDER.fullmatch(_check_plain(sender, "sender").strip())
    if parts is None:
        raise EmailRefused("the sender must be an address or Name <address>")
    name = (parts["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return _header_address(name, parts["boxed"] or parts["bare"])


def _header_address(name: str, address: str) -> Address:
    """Return the only address of a header.

    ``Address(addr_spec=...)`` is not used, because it would refuse non-ASCII letters before the @.
    """
    local, _, domain = to_smtp_address(address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _add_headers(message: EmailMessage, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        known = name.lower()
        if (
            not _HEADER_NAME.fullmatch(name)
            or known in _RESERVED_HEADERS
            or known.startswith(_RESERVED_HEADER_PREFIXES)
            or name in message
        ):
            raise EmailRefused(f"the header {name!r} cannot be added: its name is invalid, reserved or already used")
        message[name] = _check_shape(_HEADER_VALUE, _check_plain(value, name), name)


def _check_plain(value: str, part: str) -> str:
    """Return ``value``; raises ``EmailRefused`` for line breaks, control characters and encoded words.

    The standard library would decode an encoded word (``=?...?=``), and a line break in it would begin a new header.
    """
    if ENCODED_WORD_START in value or any(unicodedata.category(char) in _BREAKS for char in value):
        raise EmailRefused(f"the {part} has a line break, a control character or an encoded word")
    return value


def _check_shape(shape: re.Pattern[str], value: str, part: str) -> str:
    if not shape.fullmatch(value):
        raise EmailRefused(f"the {part} does not have the right form")
    return value


def _clean_body(value: str) -> str:
    lines = "\n".join(re.split(r"\r\n|\r|\n", value))
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in lines):
        raise EmailRefused("the body has a control character or a lone surrogate")
    return lines if lines.endswith("\n") else lines + "\n"
