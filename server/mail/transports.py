"""Opens the transport that the mail URL names: SMTP, or a maildir folder."""

import contextlib
import ipaddress
import re
import ssl
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from server.errors import SettingsError
from server.mail.smtp import (
    DEFAULT_TIMEOUTS,
    Encryption,
    ServerRefused,
    SmtpServer,
    SmtpTransport,
    TemporaryFailure,
    Timeouts,
    Transport,
    serialise_for,
)

# The maildir transport: for the demo, for tests, for trying things out.

_SUBFOLDERS = {"cur", "new", "tmp"}


class MaildirTransport(Transport):
    """A ``Transport`` that writes emails into a folder. It makes the folder, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, *, to: str, return_path: str | None = None) -> None:  # noqa: ARG002
        """Write the email under ``tmp``, sync it, then move it to ``new``, so that nobody reads an incomplete file."""
        letter = serialise_for(message, to=to, linesep="\n")
        try:
            with contextlib.closing(self._open()) as folder:
                folder.add(letter.content)
        except OSError as failed:
            raise TemporaryFailure(f"cannot write to the mail folder: {failed.strerror}") from failed

    def _open(self) -> Maildir:
        """Return the maildir. Refuses a folder that has other files, because the mode of the folder will be changed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = {entry.name for entry in self._folder.iterdir()}
        if not (present <= _SUBFOLDERS or present >= _SUBFOLDERS):
            raise ServerRefused("the folder for emails is not empty and not a maildir")
        self._folder.chmod(0o700)
        for name in _SUBFOLDERS:
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        return Maildir(self._folder, factory=None, create=False)


# Opening a transport.

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
        (parts.hostname or "").encode("idna")  # raises for empty and too long labels, on which connecting would fail
    except ValueError:  # the message of the error could quote a part of the password
        raise SettingsError("the mail URL cannot be read; special characters are written as %XX") from None
    if parts.scheme == "maildir":
        return _open_maildir(parts)
    if parts.scheme not in _PORTS:
        raise SettingsError(
            f"the mail URL begins with {parts.scheme[:20]!r}; it must be smtp://, smtps:// or maildir:///"
        )
    if not parts.hostname or port == 0 or parts.path not in ("", "/") or parts.fragment or "@" in parts.query:
        raise SettingsError("the mail URL must be smtp://user:password@host:port, special characters written as %XX")
    parameters = _read_parameters(parts)
    server = _read_server(parts, parts.hostname, port or _PORTS[parts.scheme], parameters)
    return SmtpTransport(server, patience=_read_timeouts(parameters))


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
    context = _make_tls_context(parameters.get("ca")) if encryption != "never" else None
    return SmtpServer(host, port, encryption, context, user, password)


def _read_timeouts(parameters: dict[str, str]) -> Timeouts:
    timeout = parameters.get("timeout")
    if timeout is None:
        return DEFAULT_TIMEOUTS
    if not re.fullmatch(r"[0-9]{1,3}", timeout) or not 1 <= int(timeout) <= DEFAULT_TIMEOUTS.message_s:
        raise SettingsError(f"the mail URL's parameter 'timeout' is 1 to {DEFAULT_TIMEOUTS.message_s:.0f} seconds")
    return DEFAULT_TIMEOUTS._replace(operation_s=int(timeout))


def _make_tls_context(ca: str | None) -> ssl.SSLContext:
    """Return a context that verifies certificates and host names, against ``ca`` alone if there is one."""
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError:
        raise SettingsError("the mail URL's parameter 'ca' must name a readable file with certificates") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
