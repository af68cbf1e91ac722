"""What the origin of a website is, exactly as browsers send it, and the short name that its host suggests."""

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

import idna

from server.addresses import USUAL_PORTS
from server.errors import UndersignedError

Reason = Literal["no-origin", "not-https"]
_WHY: dict[Reason, str] = {
    "no-origin": "{} is no origin; it looks like https://www.partner.example, one for each address of the website",
    "not-https": "{}: a partner's page must be https, or what is typed there can be read on the way",
}
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
_SHORT_NAME_PART = re.compile("[a-z0-9]+")


class OriginUnreadable(UndersignedError):
    """Raised when a text is no origin that a browser would send; ``written`` is that text, ``reason`` says why."""

    code, status = "origin-unreadable", 422

    def __init__(self, reason: Reason, written: str) -> None:
        super().__init__(_WHY[reason].format(written))
        self.reason = reason
        self.written = written


def read_origin(value: str) -> str:
    """Return an origin exactly as browsers send it: scheme and host in lower case, no default port, nothing after.

    Raises ``OriginUnreadable``; plain http is taken for this machine only.
    """
    try:
        parts = urlsplit(value.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as refusal:
        raise OriginUnreadable("no-origin", value) from refusal
    more = parts.path.removeprefix("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or port == 0 or more:
        raise OriginUnreadable("no-origin", value)
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise OriginUnreadable("not-https", value)
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, USUAL_PORTS[parts.scheme]) else "")


def host_of(origin: str) -> str:
    """Return the host of an origin that was read, with its port where it has one of its own."""
    return urlsplit(origin).netloc


def short_name(words: str) -> str:
    """Return the short name that a host suggests: small letters a to z, digits and single hyphens; may be empty."""
    return "-".join(_SHORT_NAME_PART.findall(words.removeprefix("www.")))


def is_short_name(text: str) -> bool:
    """Say whether a text can be a short name as it is."""
    return bool(text) and short_name(text) == text


def _host(name: str) -> str:
    """Return a host as browsers write it: in ASCII by UTS 46, IPv6 in brackets; raises ``ValueError``."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    return idna.encode(name, uts46=True).decode()
