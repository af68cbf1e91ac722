"""Makes sure that an email is exactly one clean letter to one address, and writes it as bytes."""

from email import policy
from email.message import EmailMessage
from email.parser import Parser
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from server.errors import UndersignedError

# 7bit: no server needs 8BITMIME for our emails. 76: the longest line of quoted-printable (RFC 2045).
POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=76)
LINE_LONGEST = 998  # RFC 5322, 2.1.1, without the line break
_OTHER_RECIPIENTS = ("cc", "bcc", "resent-to", "resent-cc", "resent-bcc")


class EmailRefused(UndersignedError):
    """Raised when an email would not be exactly one clean letter to one address; the message never quotes it."""


class Letter(NamedTuple):
    """An email as it goes over the wire; ``international`` ones need a server that knows SMTPUTF8."""

    sender: str
    to: str
    content: bytes
    international: bool


def on_the_wire(address: str) -> str:
    """Return one addr-spec with its domain in ASCII; the part before the @ keeps its letters (RFC 6531).

    Raises ``EmailRefused`` for anything else: two addresses, groups, display names, quoted parts, line breaks.
    """
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise EmailRefused("this is not one plain address") from None
    return f"{valid.local_part}@{valid.ascii_domain}"


def seal(message: EmailMessage, *, to: str, linesep: str = "\r\n") -> Letter:
    """Return ``message`` as bytes that were read back, so that what is sent has one sender and ``to`` alone.

    Raises ``EmailRefused`` when the bytes say anything else than the message does: more recipients, more headers
    than were set, a line longer than ``LINE_LONGEST``.
    """
    recipient = on_the_wire(to)
    sender = _only_address(message, "From")
    international = not (sender + recipient).isascii()
    content = message.as_bytes(policy=POLICY.clone(linesep=linesep, utf8=international))
    _read_back(content, message, recipient)
    return Letter(sender, recipient, content, international)


def _read_back(content: bytes, message: EmailMessage, recipient: str) -> None:
    if max(map(len, content.splitlines())) > LINE_LONGEST:
        raise EmailRefused("a line is too long for a mail server")
    parsed = Parser(policy=policy.default).parsestr(content.decode())
    if [name.lower() for name in parsed.keys()] != [name.lower() for name in message.keys()]:  # noqa: SIM118
        raise EmailRefused("a header would break out of its line")
    if any(name in parsed for name in _OTHER_RECIPIENTS):
        raise EmailRefused("only To may name a recipient")
    if _only_address(parsed, "To") != recipient or _only_address(parsed, "From") != _only_address(message, "From"):
        raise EmailRefused("the addresses in the headers are not those of the envelope")


def _only_address(message: EmailMessage, header: str) -> str:
    found = [address.addr_spec for value in message.get_all(header, []) for address in value.addresses]
    if len(found) != 1:
        raise EmailRefused(f"{header} must name one address, not {len(found)}")
    return on_the_wire(found[0])
