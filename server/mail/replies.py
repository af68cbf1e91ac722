"""What a mail server's reply means for the queue, and how much of it may be kept."""

import re
from typing import Literal

from server.mail.outcomes import MessageRefused, NotSent, RecipientRefused, ServerRefused, TemporaryFailure

Stage = Literal["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]

REPLY_LONGEST = 300
_READ_LONGEST = 2000  # what follows is not worth a regular expression's time
_LOCAL_PART_SHORTEST = 3  # a shorter word says nothing of its owner, and masking it would spoil every sentence
_MASK = "<…>"

_URL = re.compile(r"(https?://[^\s/<>\"')\]]+)[^\s<>\"')\]]*", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>\"'(),;:\[\]]+(?:@|%40|=40|\+40)[^\s<>\"'(),;:\[\]]+>?")
_OPAQUE = re.compile(r"[\w.=~+-]{40,}")  # a token of one of our links, quoted by a content filter

_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463: class, subject, detail
_SENDER_DETAILS = {(1, 7), (1, 8)}  # the only "address" codes that speak of the sender's address
_AUTH_CODES = {530, 534, 535, 538}
_ABOUT_US = re.compile(
    r"\brelay|authenticat|block ?list|black ?list|spamhaus|\bd?n?sbl\b|\brbl\b|client host|\bsender\b"
    r"|not permitted to send|your (?:ip|host|server)|helo",
    re.IGNORECASE,
)


def judge(stage: Stage, code: int, text: str, *, to: str = "") -> NotSent:
    """Return the error that a refusal (4xx or 5xx) at ``stage`` amounts to.

    Many servers wait until RCPT before they say that they refuse *us*. Such a reply must not condemn the address,
    nor may somebody stop the queue with an address that spells a word we look for: so words count after masking only.
    """
    reply = quote(code, text, to=to)
    if code < 500:
        return TemporaryFailure(reply)
    if stage in ("RCPT", "DATA") and _speaks_of_recipient(stage, code, text, mask(text, to=to)):
        return RecipientRefused(reply)
    return MessageRefused(reply) if stage in ("RCPT", "DATA") else ServerRefused(reply)


def quote(code: int, text: str, *, to: str = "") -> str:
    """Return code and text in one line of at most ``REPLY_LONGEST`` characters, without addresses and links."""
    line = f"{code} {mask(text, to=to)}".strip()
    return line if len(line) <= REPLY_LONGEST else line[: REPLY_LONGEST - 1] + "…"


def mask(text: str, *, to: str = "") -> str:
    """Return ``text`` in one line without addresses, paths of links, long tokens, and either half of ``to``."""
    printable = "".join(char if char.isprintable() else " " for char in text[:_READ_LONGEST])
    line = _URL.sub(r"\1/…", " ".join(printable.split()))
    line = _ADDRESS.sub(_MASK, line)
    local, _, domain = to.rpartition("@")
    for half in (domain, local):
        if len(half) >= _LOCAL_PART_SHORTEST:
            line = re.sub(rf"(?<!\w)(?:[\w.-]+\.)?{re.escape(half)}(?!\w)", _MASK, line, flags=re.IGNORECASE)
    return _OPAQUE.sub("…", line)


def _speaks_of_recipient(stage: Stage, code: int, text: str, masked: str) -> bool:
    enhanced = _ENHANCED.match(text)
    if enhanced:
        subject, detail = int(enhanced[1]), int(enhanced[2])
        if subject in (1, 2):  # address and mailbox
            return (subject, detail) not in _SENDER_DETAILS
    if stage == "DATA":
        return False
    return code not in _AUTH_CODES and not _ABOUT_US.search(masked)
