"""Opens the transport that the mail URL asks for."""

import ipaddress
import re
import ssl
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from server.errors import SettingsError
from server.mail.maildir import MaildirTransport
from server.mail.outcomes import (
    NotSent,
    RecipientRefused,
    ServerRefused,
    ServerUnreachable,
    TemporaryFailure,
    Transport,
)
from server.mail.session import PATIENCE, Patience
from server.mail.smtp import Encryption, SmtpServer, SmtpTransport

__all__ = [
    "NotSent",
    "RecipientRefused",
    "ServerRefused",
    "ServerUnreachable",
    "TemporaryFailure",
    "Transport",
    "open_transport",
]

_PORTS = {"smtp": 587, "smtps": 465}
_PARAMETERS = {"smtp": {"ca", "starttls", "timeout"}, "smtps": {"ca", "timeout"}}
_STARTTLS: dict[str, Encryption] = {"required": "required", "optional": "optional", "never": "never"}


def open_transport(mail_url: str) -> Transport:
    """Return the transport for ``smtp://``, ``smtps://`` or ``maildir:///path``, without connecting yet.

    Raises ``SettingsError`` that says what is wrong with the URL and never quotes a password.
    """
    try:
        parts = urlsplit(mail_url)
        port = parts.port
        (parts.hostname or "").encode("idna")  # connecting would stumble over an empty or endless label
    except ValueError:  # its message would quote a password with a bare slash or question mark in it
        raise SettingsError("the mail URL cannot be read; special characters are written as %XX") from None
    if parts.scheme == "maildir":
        return _open_maildir(parts)
    if parts.scheme not in _PORTS:
        raise SettingsError(f"the mail URL begins with {parts.scheme[:20]!r}; known are smtp://, smtps://, maildir:///")
    if not parts.hostname or port == 0 or parts.path not in ("", "/") or parts.fragment or "@" in parts.query:
        raise SettingsError("the mail URL must be smtp://user:password@host:port, special characters written as %XX")
    parameters = _read_parameters(parts)
    server = _read_server(parts, parts.hostname, port or _PORTS[parts.scheme], parameters)
    return SmtpTransport(server, patience=_read_patience(parameters))


def _open_maildir(parts: SplitResult) -> MaildirTransport:
    folder = Path(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or not folder.is_absolute() or len(folder.parts) < 2:
        raise SettingsError("a maildir URL has three slashes, an absolute path and nothing else: maildir:///path")
    return MaildirTransport(folder)


def _read_parameters(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    known = _PARAMETERS[parts.scheme]
    unknown = [name for name, _ in pairs if name not in known]
    if unknown:
        raise SettingsError(f"the mail URL's parameter {unknown[0][:20]!r} is not one of {', '.join(sorted(known))}")
    if len(dict(pairs)) != len(pairs):
        raise SettingsError("the mail URL has a parameter twice")
    return dict(pairs)


def _read_server(parts: SplitResult, host: str, port: int, parameters: dict[str, str]) -> SmtpServer:
    encryption: Encryption = "implicit"
    if parts.scheme == "smtp":
        wish = parameters.get("starttls", "never" if _is_loopback(host) else "required")
        if wish not in _STARTTLS:
            raise SettingsError("the mail URL's parameter 'starttls' is required, optional or never")
        encryption = _STARTTLS[wish]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise SettingsError("the mail URL needs both a user and a password, or neither, in ASCII characters")
    context = _trust(parameters.get("ca")) if encryption != "never" else None
    return SmtpServer(host, port, encryption, context, user, password)


def _read_patience(parameters: dict[str, str]) -> Patience:
    timeout = parameters.get("timeout")
    if timeout is None:
        return PATIENCE
    if not re.fullmatch(r"[0-9]{1,3}", timeout) or not 1 <= int(timeout) <= PATIENCE.message_s:
        raise SettingsError(f"the mail URL's parameter 'timeout' is 1 to {PATIENCE.message_s:.0f} seconds")
    return PATIENCE._replace(operation_s=int(timeout))


def _trust(ca: str | None) -> ssl.SSLContext:
    """Return a context that verifies certificates and host names, against ``ca`` alone if there is one."""
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError:
        raise SettingsError("the mail URL's parameter 'ca' names no readable file with certificates") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
