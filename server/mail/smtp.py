"""Sends over SMTP with timeouts, and decides from the reply whether to retry and whether the address is at fault."""

import io
import re
import smtplib
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from server.errors import UndersignedError
from server.mail.message import EmailRefused, SerialisedEmail, serialise, to_smtp_address

# The outcomes of sending an email, and the interface of every transport.


class NotSent(UndersignedError):
    """The base class of all failures to send.

    The message is short and has no addresses, so it may be stored and logged. ``concerns_recipient``: the address is at
    fault, and not the server or our account.
    """

    concerns_recipient = False


class TemporaryFailure(NotSent):
    """Raised when the same email should be tried again later: a 4xx reply, a timeout, a lost connection.

    If the connection is lost at the very end, the server may have accepted the email. A stable Message-ID lets
    mailboxes recognise the second email as the same one (RFC 1047).
    """


class MailboxUnavailable(TemporaryFailure):
    """Raised when only this address is the reason to try again later: a full mailbox, greylisting."""

    concerns_recipient = True


class ServerUnreachable(TemporaryFailure):
    """Raised when no session could be started, so that the next email would fail too."""


class RecipientRefused(NotSent):
    """Raised when this address will never accept our emails; other addresses are not affected."""

    concerns_recipient = True


class ServerRefused(NotSent):
    """Raised when the server refuses us (credentials, policy, certificate): stop the batch and keep the queue."""


class MessageRefused(ServerRefused):
    """Raised when the server accepts our session but refuses this email, because of its content or our account.

    One such refusal does not stop the batch. Several in a row do: then the server probably refuses all our emails.
    """


class Transport(ABC):
    """Sends one email at a time to one address. The ``with`` block closes it at the end."""

    @abstractmethod
    def send(self, message: EmailMessage, *, to: str, return_path: str | None = None) -> None:
        """Send ``message`` to ``to``, a checked email address. Its To header has this address and no other.

        ``return_path`` is the envelope sender, to which reports about the email are sent; None: the address in From.

        Returns once the mail server has accepted the email; raises ``TemporaryFailure``, ``RecipientRefused``,
        ``ServerRefused``.
        """

    def close(self) -> None:  # noqa: B027 - a transport that keeps nothing open has nothing to do
        """Close the connection, whatever state it is in; never raises, and may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serialise_for(message: EmailMessage, *, to: str, linesep: str = "\r\n") -> SerialisedEmail:
    """Return ``message`` as bytes for the recipient ``to`` alone; raises ``RecipientRefused`` if that is no address."""
    try:
        to_smtp_address(to)
    except EmailRefused:
        raise RecipientRefused("emails cannot be sent to this address") from None
    return serialise(message, to=to, linesep=linesep)


# Reading a server's reply, and shortening it for storage.

Stage = Literal["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]

REPLY_LONGEST = 300
_READ_LONGEST = 2000  # the rest is cut off before regular expressions search the reply
_LOCAL_PART_SHORTEST = 3  # a shorter word identifies nobody, and masking it would garble the reply
_MASK = "<…>"

_URL = re.compile(r"(https?://[^\s/<>\"')\]]+)[^\s<>\"')\]]*", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>\"'(),;:\[\]]+(?:@|%40|=40|\+40)[^\s<>\"'(),;:\[\]]+>?")
_OPAQUE = re.compile(r"[\w.=~+-]{40,}")  # a token of one of our links, quoted by a content filter

_ENHANCED = re.compile(r"\s*[45]\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463: class, subject, detail
_SENDER_DETAILS = {(1, 7), (1, 8)}  # (subject, detail): all other codes with subject 1 or 2 are about the recipient
_AUTH_CODES = {530, 534, 535, 538}
_ABOUT_SENDER = re.compile(
    r"\brelay|authenticat|block ?list|black ?list|spamhaus|\bd?n?sbl\b|\brbl\b|client host|\bsender\b"
    r"|not permitted to send|your (?:ip|host|server)|helo",
    re.IGNORECASE,
)


def classify_reply(stage: Stage, code: int, text: str, *, to: str = "") -> NotSent:
    """Return the error for a refusal (4xx or 5xx) at ``stage``.

    Many servers wait until RCPT before they refuse *us*: after such a reply, the address must not be given up.
    """
    reply = quote_reply(code, text, to=to)
    is_about_message, is_about_recipient = stage in ("RCPT", "DATA"), _blames_recipient(text)
    if code < 500:
        return MailboxUnavailable(reply) if is_about_message and is_about_recipient else TemporaryFailure(reply)
    if not is_about_message:
        return ServerRefused(reply)
    if is_about_recipient is None and stage == "RCPT":
        # Search only the masked text: an address that contains one of the words must not stop the queue.
        is_about_recipient = code not in _AUTH_CODES and not _ABOUT_SENDER.search(mask_addresses(text, to=to))
    return RecipientRefused(reply) if is_about_recipient else MessageRefused(reply)


def quote_reply(code: int, text: str, *, to: str = "") -> str:
    """Return code and text in one line of at most ``REPLY_LONGEST`` characters, without addresses and links."""
    line = f"{code} {mask_addresses(text, to=to)}".strip()
    return line if len(line) <= REPLY_LONGEST else line[: REPLY_LONGEST - 1] + "…"


def mask_addresses(text: str, *, to: str = "") -> str:
    """Return ``text`` in one line without addresses, paths of links, long tokens, and either half of ``to``."""
    printable = "".join(char if char.isprintable() else " " for char in text[:_READ_LONGEST])
    line = _URL.sub(r"\1/…", " ".join(printable.split()))
    line = _ADDRESS.sub(_MASK, line)
    local, _, domain = to.rpartition("@")
    for half in (domain, local):
        if len(half) >= _LOCAL_PART_SHORTEST:
            line = re.sub(rf"(?<!\w)(?:[\w.-]+\.)?{re.escape(half)}(?!\w)", _MASK, line, flags=re.IGNORECASE)
    return _OPAQUE.sub("…", line)


def _blames_recipient(text: str) -> bool | None:
    """Return whether the enhanced status code of a reply is about the recipient's address or mailbox.

    None if the reply has no enhanced status code.
    """
    enhanced = _ENHANCED.match(text)
    if not enhanced or int(enhanced[1]) not in (1, 2):  # address and mailbox
        return None
    return (int(enhanced[1]), int(enhanced[2])) not in _SENDER_DETAILS


# A session of smtplib in which every wait is bounded, one by one and in sum.

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Timeouts(NamedTuple):
    """How long we wait for a server, in seconds; ``message_s`` limits the total time for one email."""

    connect_s: float = 10
    operation_s: float = 20
    message_s: float = 60


DEFAULT_TIMEOUTS = Timeouts()


class SmtpSession(smtplib.SMTP):
    """A connected session with a total time limit; smtplib would wait for a server that sends one byte at a time."""

    def __init__(self, host: str, port: int, *, implicit_tls: ssl.SSLContext | None, patience: Timeouts) -> None:
        """Connect; ``greeting`` is then the server's code and text. Raises ``OSError`` (as all of smtplib does)."""
        self._implicit_tls = implicit_tls
        self._patience = patience
        self.allow(patience.message_s)
        super().__init__(timeout=patience.connect_s, local_hostname="localhost")
        self._host = host  # STARTTLS checks the certificate against it
        self.greeting = self.connect(host, port)
        self.local_hostname = self._own_name()

    def allow(self, seconds: float) -> None:
        """Limit the total time of everything from now on to ``seconds``."""
        self._deadline = time.monotonic() + seconds

    def send(self, s: "ReadableBuffer | str") -> None:
        """Send within the remaining time; the timeout of the socket limits the whole of ``sendall``."""
        if self.sock is not None:
            try:
                self.sock.settimeout(self.time_left())
            except TimeoutError as late:
                self.close()
                raise smtplib.SMTPServerDisconnected(str(late)) from late
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Return one reply; the file that it is read from checks the remaining time before every read."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_BoundedReader(self.sock, self.time_left))
        try:
            return super().getreply()
        except smtplib.SMTPResponseException as endless:  # raised by smtplib itself, not a refusal
            raise smtplib.SMTPServerDisconnected("the reply of the mail server is too long") from endless

    def time_left(self) -> float:
        """Return how many seconds the next operation may take; raises ``TimeoutError`` when there are none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time limit for one email has passed")
        return min(left, self._patience.operation_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        if self._implicit_tls is None:
            return plain
        return self._implicit_tls.wrap_socket(plain, server_hostname=host)

    def _own_name(self) -> str:
        """Return our name for EHLO: the host name if it has a dot, else an address literal.

        Without this, smtplib would make a DNS look-up.
        """
        name = socket.gethostname()
        if "." in name or self.sock is None:
            return name
        address = self.sock.getsockname()[0]
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, time_left: Callable[[], float]) -> None:
        self._sock = sock
        self._time_left = time_left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._time_left())
        return self._sock.recv_into(buffer)


# The SMTP transport.

GOODBYE_S = 2  # do not wait longer for the reply to QUIT
CLOSING = 421  # the server closes the connection; it may reply so to any command

Encryption = Literal["implicit", "required", "optional", "never"]
Verb = Callable[[], tuple[int, bytes | str]]


@dataclass(frozen=True)
class SmtpServer:
    """Where and how to connect; ``context`` verifies the certificate and is None only when TLS is never used."""

    host: str
    port: int
    encryption: Encryption
    context: ssl.SSLContext | None = None
    user: str = ""
    password: str = field(default="", repr=False)


class _ConnectionLost(TemporaryFailure):
    """Raised when the connection broke, timed out or was closed by 421; the session is gone."""


class SmtpTransport(Transport):
    """A ``Transport`` that connects at the first email and keeps the connection for the next ones."""

    def __init__(self, server: SmtpServer, *, patience: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._server = server
        self._patience = patience
        self._session: SmtpSession | None = None
        self._is_unfinished = False  # the last email was refused halfway, and the server may still remember it

    def send(self, message: EmailMessage, *, to: str, return_path: str | None = None) -> None:
        """Send ``message`` to ``to`` and return once the server has taken responsibility for it.

        Takes at most ``patience.message_s``, and ``operation_s`` before it if a kept connection turns out to be dead.
        Raises what ``Transport.send`` says.
        """
        letter = serialise_for(message, to=to)
        session = self._begin(letter, return_path or letter.sender)
        self._ask("RCPT", lambda: session.rcpt(letter.to), to=letter.to)
        self._ask("DATA", lambda: session.data(letter.content), to=letter.to)
        self._is_unfinished = False

    def close(self) -> None:
        """Send QUIT and close the connection; waits at most ``GOODBYE_S`` for the reply, and ignores it."""
        session, self._session = self._session, None
        if session is None:
            return
        session.allow(GOODBYE_S)
        try:
            session.quit()
        except OSError:
            session.close()

    def _begin(self, letter: SerialisedEmail, return_path: str) -> SmtpSession:
        """Return a session that has accepted MAIL FROM; reconnects once if the server has closed a kept connection."""
        if self._session is not None:
            kept = self._session
            kept.allow(self._patience.operation_s)  # a dead connection must not use up the time for the email
            try:
                if self._is_unfinished:
                    self._ask("MAIL", kept.rset)
                self._mail_from(kept, letter, return_path)
            except _ConnectionLost:
                pass
            else:
                kept.allow(self._patience.message_s)
                return kept
        self._session = session = self._open()
        self._mail_from(session, letter, return_path)
        return session

    def _mail_from(self, session: SmtpSession, letter: SerialisedEmail, return_path: str) -> None:
        options = [f"size={len(letter.content)}"] if session.has_extn("size") else []
        if letter.international:
            if not session.has_extn("smtputf8"):
                refusal = ServerRefused if not letter.sender.isascii() else RecipientRefused
                raise refusal("the mail server does not accept international addresses (SMTPUTF8)")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        self._is_unfinished = True
        self._ask("MAIL", lambda: session.mail(return_path, options), to=letter.to)

    def _ask(self, stage: Stage, verb: Verb, *, to: str = "") -> None:
        """Run one SMTP command and return if the server accepts it; closes a session that is in an unknown state."""
        try:
            _run_command(stage, verb, to=to)
        except _ConnectionLost:
            if self._session is not None:
                self._session.close()
                self._session = None
            raise

    def _open(self) -> SmtpSession:
        """Return a new session, encrypted and logged in as the settings say."""
        server = self._server
        implicit = server.context if server.encryption == "implicit" else None
        try:
            session = SmtpSession(server.host, server.port, implicit_tls=implicit, patience=self._patience)
        except ssl.SSLCertVerificationError as untrusted:
            raise ServerRefused(f"the mail server's certificate: {untrusted.verify_message}") from None
        except OSError as failed:
            raise ServerUnreachable(f"cannot connect to the mail server: {mask_addresses(str(failed))}") from None
        try:
            _run_command("connect", lambda: session.greeting)
            _run_command("EHLO", session.ehlo)
            self._encrypt(session)
            self._log_in(session)
        except _ConnectionLost as lost:
            session.close()
            raise ServerUnreachable(str(lost)) from None
        except BaseException:
            session.close()
            raise
        return session

    def _encrypt(self, session: SmtpSession) -> None:
        if self._server.encryption not in ("required", "optional"):
            return
        if not session.has_extn("starttls"):
            if self._server.encryption == "optional" and not self._server.user:
                return
            raise ServerRefused("the mail server does not offer STARTTLS, which the settings require")
        _run_command("STARTTLS", lambda: session.starttls(context=self._server.context))
        _run_command("EHLO", session.ehlo)

    def _log_in(self, session: SmtpSession) -> None:
        if not self._server.user:
            return
        if not session.has_extn("auth"):
            raise ServerRefused("the mail server offers no login, but the settings have a password")
        _run_command("AUTH", lambda: session.login(self._server.user, self._server.password))


def _run_command(stage: Stage, verb: Verb, *, to: str = "") -> None:
    """Run one SMTP command; raises the error for any reply that is not 2xx."""
    try:
        code, raw = verb()
    except ssl.SSLCertVerificationError as untrusted:
        raise ServerRefused(f"the mail server's certificate: {untrusted.verify_message}") from None
    except smtplib.SMTPResponseException as refused:
        code, raw = refused.smtp_code, refused.smtp_error
    except OSError as failed:  # this includes all errors of smtplib
        why = f"at {stage}: {mask_addresses(str(failed), to=to)}"
        if isinstance(failed, smtplib.SMTPException) and not isinstance(failed, smtplib.SMTPServerDisconnected):
            # for example: no login method that both sides support
            raise ServerRefused(f"the mail server cannot be used {why}") from None
        raise _ConnectionLost(f"connection lost {why}") from None
    if 200 <= code < 300:
        return
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if code == CLOSING or not 400 <= code < 600:
        raise _ConnectionLost(quote_reply(code, text, to=to))
    raise classify_reply(stage, code, text, to=to)
