"""Builds one email as a message with one sender and one recipient, and serialises it safely."""

import hashlib
import re
import unicodedata
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.parser import HeaderParser
from email.utils import format_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from server.errors import UndersignedError
from server.text.addresses import ENCODED_WORD_START
from server.text.translations import isolate_foreign

# Serialising: exactly one recipient, checked by reading the message back.

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
    content = message.as_bytes(policy=message.policy.clone(linesep=linesep))
    _read_back(content, message, recipient, end_of_headers=2 * linesep.encode())
    return SerialisedEmail(sender, recipient, content, international)


def _read_back(content: bytes, message: EmailMessage, recipient: str, *, end_of_headers: bytes) -> None:
    if max(map(len, content.splitlines())) > LINE_LONGEST:
        raise EmailRefused("a line is too long for a mail server")
    parsed = HeaderParser().parsestr(content.partition(end_of_headers)[0].decode())
    if [name.lower() for name in parsed.keys()] != [name.lower() for name in message.keys()]:  # noqa: SIM118
        raise EmailRefused("the headers differ after parsing, for example because a value has a line break")
    if any(name in parsed for name in _OTHER_RECIPIENT_HEADERS):
        raise EmailRefused("a header other than To has recipients")
    if _only_address(parsed, "To") != recipient or _only_address(parsed, "From") != _only_address(message, "From"):
        raise EmailRefused("the addresses in the headers are not those of the envelope")


def _only_address(message: Message, header: str) -> str:
    found = [address for value in message.get_all(header, []) for address in _read_addresses(str(value))]
    if len(found) != 1:
        raise EmailRefused(f"{header} must name one address, not {len(found)}")
    return to_smtp_address(found[0])


@lru_cache(maxsize=8)  # the headers of a message are read before and after it is serialised
def _read_addresses(value: str) -> tuple[str, ...]:
    """Return the addresses in a From or To header, as a mail program reads them."""
    header = policy.default.header_factory("To", "".join(value.splitlines()))
    return tuple(address.addr_spec for address in header.addresses)


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
# control characters, lone surrogates, line and paragraph separators
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_FORBIDDEN_IN_BODY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class VerbatimPolicy(policy.Compat32):
    """Writes headers as they were set: folding would turn a long link into encoded words.

    The standard library's policies parse and fold every header again, which takes longer than sending the email.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the header's lines; ``compose`` has encoded what is not ASCII, except in international addresses."""
        return f"{name}: {self.linesep.join(value.splitlines())}{self.linesep}".encode()


_COMPOSE_POLICY = VerbatimPolicy(mangle_from_=False)


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
    message["From"] = _fold_sender("From", sender)
    message["To"] = to_smtp_address(to)
    if reply_to is not None:
        message["Reply-To"] = _fold_sender("Reply-To", reply_to)
    message["Subject"] = _fold_subject(words.subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(date, tz=UTC))
    message["Message-ID"] = _check_shape(_MESSAGE_ID, message_id, "Message-ID")
    message["Auto-Submitted"] = "auto-generated"
    # Gmail folds emails of one sender and subject into one thread, and hides in it what they have in common.
    message["X-Entity-Ref-ID"] = message_id.strip("<>").partition("@")[0]
    _add_headers(message, words.headers)
    message["Content-Language"] = _check_shape(_LANGUAGE, words.language, "language")
    message["MIME-Version"] = "1.0"
    boundary = "=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32]
    message["Content-Type"] = f'multipart/alternative;\n boundary="{boundary}"'
    for subtype, content in (("plain", words.text), ("html", words.html)):
        message.attach(_make_part(subtype, content))  # type: ignore[arg-type]  # typeshed wants the same class
    return message


def _make_part(subtype: str, content: str) -> Message:
    """Return one alternative of the email, in lines of at most 76 ASCII characters: any server accepts it."""
    body = _clean_body(content).encode()
    encodings = {"quoted-printable": b2a_qp(body), "base64": encodebytes(body)}
    shorter = min(encodings, key=lambda encoding: len(encodings[encoding]))
    part = Message(policy=_COMPOSE_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = shorter
    part.set_payload(encodings[shorter].decode("ascii"))
    return part


_SUBJECT_TITLE_LONGEST = 80
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def title_for_subject(title: str, *, direction: str) -> str:
    """Return a title for use in a subject: on one line, shortened, and without influence on the text around it.

    ``direction`` is the writing direction of the subject. A title in the other direction is isolated from the subject.
    """
    line = " ".join(title.split())
    kept = _BREAKS.sub("", _BIDI_CONTROLS.sub("", line))
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


@lru_cache(maxsize=8)  # every email has the same sender
def read_sender(sender: str) -> Address:
    """Return the mailbox in ``address`` or ``Name <address>``; raises ``EmailRefused`` for anything else."""
    parts = _SENDER.fullmatch(_check_plain(sender, "sender").strip())
    if parts is None:
        raise EmailRefused("the sender must be an address or Name <address>")
    name = (parts["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    # ``Address(addr_spec=...)`` would refuse non-ASCII letters before the @.
    local, _, domain = to_smtp_address(parts["boxed"] or parts["bare"]).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


@lru_cache(maxsize=32)  # all emails about a statement have the same sender, subject and address for replies
def _fold_sender(header: str, sender: str) -> str:
    address = read_sender(sender)
    return _fold(header, address, utf8=not address.addr_spec.isascii())


@lru_cache(maxsize=32)
def _fold_subject(subject: str) -> str:
    return _fold("Subject", _check_plain(subject, "subject"))


def _fold(name: str, value: str | Address, *, utf8: bool = False) -> str:
    """Return the value of a header in lines of at most 78 characters, without the header's name.

    What is not ASCII is in encoded words, except in an international address (``utf8``).
    """
    folded: str = policy.SMTP.header_factory(name, value).fold(policy=policy.SMTP.clone(utf8=utf8))
    return folded.removeprefix(f"{name}:").strip()


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
    if ENCODED_WORD_START in value or _BREAKS.search(value):
        raise EmailRefused(f"the {part} has a line break, a control character or an encoded word")
    return value


def _check_shape(shape: re.Pattern[str], value: str, part: str) -> str:
    if not shape.fullmatch(value):
        raise EmailRefused(f"the {part} does not have the right form")
    return value


def _clean_body(value: str) -> str:
    lines = "\n".join(re.split(r"\r\n|\r|\n", value))
    if _FORBIDDEN_IN_BODY.search(lines):
        raise EmailRefused("the body has a control character or a lone surrogate")
    return lines if lines.endswith("\n") else lines + "\n"
