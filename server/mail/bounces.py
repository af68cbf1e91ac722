"""Reads what mail servers report about our emails: bounces (RFC 3464, RFC 6533, older ones) and complaints (RFC 5965).

Anybody can send us such a message. Nothing in it is believed except ids that we made ourselves, and a message of
another kind, such as an out-of-office reply, is never taken for a report.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple

from server.crypto.links import BounceAddresses
from server.mail.smtp import RecipientRefused, classify_reply
from server.tables.outbox import BounceKind

REPORT_LONGEST = 1_000_000  # bytes; our emails have less than a tenth of it
_NESTED_MOST = 20
_PARTS_MOST = 200


@dataclass(frozen=True)
class BounceReport:
    """What a report says. ``reply`` is the mail server's reply without addresses.

    ``outbox_ids`` and ``message_ids`` are the emails that it may be about, the likeliest first.
    """

    kind: BounceKind
    reply: str
    outbox_ids: tuple[int, ...]
    message_ids: tuple[str, ...]


class _Part(NamedTuple):
    """A part of a message: its content type in lower case, and its text."""

    type: str
    text: str


Verdict = tuple[BounceKind, str]
"""What happened, and the reply in words."""


def read_bounce(content: bytes, addresses: BounceAddresses, *, recipient: str = "") -> BounceReport | None:
    """Return what a message reports about an email; None if it is no report. Raises nothing, whatever ``content`` is.

    ``recipient`` is the address that the message was sent to, if the mail server says so.
    """
    if len(content) > REPORT_LONGEST or not _is_shallow(content):
        return None
    message = message_from_bytes(content)
    parts = list(_list_parts(message))
    verdict = _read_complaint(parts) or _read_statuses(parts) or _read_old_bounce(message, parts)
    if verdict is None:
        return None
    texts = [recipient, *_headers(message, _RECIPIENT_HEADERS), *(part.text for part in parts)]
    ids = dict.fromkeys(one for text in texts for one in addresses.find_ids(text))
    return BounceReport(*verdict, tuple(ids), tuple(_find_message_ids(message, parts)))


# Taking a message apart.

_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_NESTING = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"^--\S", re.MULTILINE)


def _is_shallow(content: bytes) -> bool:
    """Return whether the parser, which is recursive, can read the message; multipart/digest nests without a header."""
    return len(_NESTING.findall(content)) <= _NESTED_MOST and len(_BOUNDARY.findall(content)) <= _PARTS_MOST


def _headers(message: Message, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from map(str, message.get_all(name, []))


def _list_parts(message: Message) -> Iterator[_Part]:
    """Yield the parts, in order; a returned email is one part, so that nobody is stopped by a report inside it."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):  # it always is; the type checker cannot know
                yield from _list_parts(part)
    else:
        yield _Part(message.get_content_type(), _text_of(message))


def _text_of(part: Message) -> str:
    if not part.is_multipart():
        return _decode(part.get_payload(decode=True))
    # The parser reads message/* as headers and a body, even if it is encoded.
    text = "\n\n".join(map(_unparse, part.get_payload()))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64":
        try:
            return _decode(binascii.a2b_base64(text.encode("ascii", "ignore")))
        except binascii.Error:
            return text
    return _decode(quopri.decodestring(text.encode())) if encoding == "quoted-printable" else text


def _unparse(message: Message) -> str:
    """Return headers and body of a message as text, but no parts: what they say is not ours."""
    body = "" if message.is_multipart() else _decode(message.get_payload(decode=True))
    return "".join(f"{name}: {value}\n" for name, value in message.items()) + f"\n{body}"


def _decode(payload: object) -> str:
    return payload.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(payload, bytes) else ""


def _fields(block: str) -> dict[str, str]:
    """Return the fields of a block of a report, by name in lower case; folded lines are joined."""
    lines = re.sub(r"\n[ \t]+", " ", block).splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


# Complaints: an abuse report of a mailbox provider.

_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")


def _read_complaint(parts: list[_Part]) -> Verdict | None:
    for part in parts:
        if part.type == "message/feedback-report":
            kind = _fields(part.text).get("feedback-type", "").lower()
            return describe_report("complaint") if kind in _COMPLAINTS else None
    return None


# Bounces: what a delivery status says about each recipient. Our emails have one, but a mailing list has many.

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_LEADING_CODES = re.compile(r"^(?:[\w.-]+;)?\s*(?:[45]\d\d[ -])?\s*(?:#?[245]\.\d{1,3}\.\d{1,3})?\s*")
_ACTION_OF_CLASS = {"2": "delivered", "4": "delayed", "5": "failed"}
_GOOD_ACTIONS = {"delivered", "relayed", "expanded"}


def _read_statuses(parts: list[_Part]) -> Verdict | None:
    """Return what happened to the email; None if a recipient got it, or no part says it."""
    blocks = [
        _fields(block) for part in parts if part.type in _STATUS_PARTS for block in re.split(r"\n\s*\n", part.text)
    ]
    found = [(_action_of(block), block) for block in blocks if "action" in block or "status" in block]
    if any(action in _GOOD_ACTIONS for action, _ in found):
        return None
    for wanted in ("failed", "delayed"):
        for action, block in found:
            if action == wanted:
                return describe_report(
                    action,
                    block.get("status", ""),
                    block.get("diagnostic-code", ""),
                    to=block.get("final-recipient", "").rpartition(";")[2].strip(),
                )
    return None


def _action_of(block: Mapping[str, str]) -> str:
    action = block.get("action", "").lower()
    return re.split(r"\W", action)[0] if action else _ACTION_OF_CLASS.get(block["status"][:1], "")


# About the address: no such mailbox, domain or mail server. All other failures of class 4 are of the network.
_NO_SUCH_SERVER = {("4", "1"), ("4", "4"), ("4", "310")}


def describe_report(action: str, status: str = "", diagnostic: str = "", *, to: str = "") -> Verdict | None:
    """Return what a report means, or None if it is no bad news.

    ``action`` is that of RFC 3464, or ``complaint``; ``status`` is like ``5.1.1``; ``diagnostic`` is the reply of the
    mail server, and ``to`` the recipient, which is masked in it.
    """
    if action == "complaint":
        return "complaint", "the recipient reported this email as spam"
    if action == "delayed":
        return "delayed", ""
    if action != "failed":
        return None
    found, quoted = _STATUS.search(status), _STATUS.search(diagnostic)
    if quoted and (found is None or found[0].endswith(".0.0")):
        found = quoted
    code = _CODE.search(diagnostic)
    of_class, subject, detail = found.groups() if found else (code[1][0] if code else "5", "0", "0")
    number = int(code[1]) if code and code[1][0] == of_class else 550 if of_class == "5" else 450
    # A spam filter refuses the content of an email, as it would after DATA: the address is not at fault.
    concerns_address = subject in ("0", "1", "2", "5") or (subject, detail) in _NO_SUCH_SERVER
    text = f"{of_class}.{subject}.{detail} {_LEADING_CODES.sub('', diagnostic)}"
    refusal = classify_reply("RCPT" if concerns_address else "DATA", number, text, to=to)
    return "bounced" if isinstance(refusal, RecipientRefused) else "refused", str(refusal)


# Bounces of mail servers that know no delivery status, such as qmail: a text that says that it was not delivered.

_DAEMON = re.compile(
    r"mailer-daemon|postmaster|mail delivery|mail-daemon|microsoftexchange|mail administrator", re.IGNORECASE
)
_NOT_DELIVERED = re.compile(
    r"permanent (?:fatal )?error|failed permanently|not reach the following recipient|wasn't able to deliver"
    r"|could not be delivered|couldn't be delivered|delivery (?:has )?failed|undeliverable|was undelivered",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^-+ (?:below this line|this is a copy|original message|the following)", re.IGNORECASE | re.MULTILINE
)
_QUOTED_ADDRESS = re.compile(r"<([^<>\s]{1,254}@[^<>\s]{1,254})>")
_TEXT_LONGEST = 20_000


def _read_old_bounce(message: Message, parts: list[_Part]) -> Verdict | None:
    """Return what an old bounce says; None unless it has no sender, is signed by a mail server, and names a reason."""
    senders = list(_headers(message, ("Return-Path",)))
    has_no_sender = any(re.sub(r"\s", "", sender) == "<>" for sender in senders) or "X-Failed-Recipients" in message
    if not has_no_sender or not any(map(_DAEMON.search, _headers(message, ("From", "Sender")))):
        return None
    text = "\n".join(part.text for part in parts if part.type in ("text/plain", "text/html"))[:_TEXT_LONGEST]
    said = _RETURNED.split(text)[0]
    status, code = _STATUS.search(said), _CODE.search(said)
    if not _NOT_DELIVERED.search(said) or not (status or code):
        return None
    if (status[1] if status else code and code[1][0]) != "5":
        return describe_report("delayed")
    reason = next(line for line in said.splitlines() if _STATUS.search(line) or _CODE.search(line))
    if quoted := _CODE.search(reason):
        reason = reason[quoted.start() :]
    recipients = [*_headers(message, ("X-Failed-Recipients",)), *_QUOTED_ADDRESS.findall(said)]
    return describe_report("failed", status[0] if status else "", reason.strip(), to="".join(recipients[:1]))


# The Message-ID of the email that a report is about.

_RETURNED_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_MESSAGE_ID = re.compile(r"^[>|\s]*Message-ID:\s*<([0-9a-f]{32})@", re.IGNORECASE | re.MULTILINE)
_REPLIED_TO = re.compile(r"<([0-9a-f]{32})@", re.IGNORECASE)


def _find_message_ids(message: Message, parts: list[_Part]) -> Iterator[str]:
    """Yield ids that may be ours: of the returned email, else quoted in a text, else of the email that is answered."""
    returned = [part for part in parts if part.type in _RETURNED_PARTS]
    quoted = [found[1].lower() for part in returned or parts if (found := _MESSAGE_ID.search(part.text))]
    answered = (_REPLIED_TO.search(header) for header in _headers(message, ("In-Reply-To",)))
    yield from quoted or [found[1].lower() for found in answered if found]


def read_message_id(value: str) -> str:
    """Return the part of one of our Message-IDs before the @, in any case and with or without angle brackets."""
    return value.strip().strip("<>").partition("@")[0].lower()
