"""Sends emails over one SMTP connection, and tells whose fault a refusal is."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, Self

from server.mail.envelope import EmailRefused, Letter, on_the_wire, seal
from server.mail.outcomes import RecipientRefused, ServerRefused, ServerUnreachable, TemporaryFailure
from server.mail.replies import Stage, judge, mask, quote
from server.mail.session import PATIENCE, Patience, Session

GOODBYE_S = 2  # a server that does not answer QUIT does not keep us
CLOSING = 421  # the server closes the connection, whatever it was asked

Encryption = Literal["implicit", "required", "optional", "never"]
Verb = Callable[[], tuple[int, bytes]]


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


class SmtpTransport:
    """A ``Transport`` that connects at the first email and keeps the connection for the next ones."""

    def __init__(self, server: SmtpServer, *, patience: Patience = PATIENCE) -> None:
        self._server = server
        self._patience = patience
        self._session: Session | None = None

    def send(self, message: EmailMessage, *, to: str) -> None:
        """Send ``message`` to ``to`` and return once the server has taken responsibility for it.

        Takes at most ``patience.message_s``, and ``operation_s`` before it if a kept connection turns out to be dead.
        Raises what ``Transport.send`` says.
        """
        try:
            on_the_wire(to)
        except EmailRefused:
            raise RecipientRefused("not an address that can be sent to") from None
        letter = seal(message, to=to)
        session = self._begin(letter)
        self._ask("RCPT", lambda: session.rcpt(letter.to), to=letter.to)
        self._ask("DATA", lambda: session.data(letter.content), to=letter.to)

    def close(self) -> None:
        """Say QUIT and close; an answer is waited for ``GOODBYE_S`` at most, and not needed."""
        session, self._session = self._session, None
        if session is None:
            return
        session.allow(GOODBYE_S)
        try:
            session.quit()
        except OSError:
            session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, letter: Letter) -> Session:
        """Return a session that took MAIL FROM; a kept connection that the server closed meanwhile is replaced once."""
        if self._session is not None:
            kept = self._session
            kept.allow(self._patience.operation_s)  # a dead one must not eat the time of the email
            try:
                self._ask("MAIL", kept.rset)
                self._mail_from(kept, letter)
            except _ConnectionLost:
                pass
            else:
                kept.allow(self._patience.message_s)
                return kept
        self._session = session = self._open()
        self._mail_from(session, letter)
        return session

    def _mail_from(self, session: Session, letter: Letter) -> None:
        options = [f"size={len(letter.content)}"] if session.has_extn("size") else []
        if letter.international:
            if not session.has_extn("smtputf8"):
                refusal = ServerRefused if not letter.sender.isascii() else RecipientRefused
                raise refusal("the mail server does not take international addresses (SMTPUTF8)")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        self._ask("MAIL", lambda: session.mail(letter.sender, options), to=letter.to)

    def _ask(self, stage: Stage, verb: Verb, *, to: str = "") -> None:
        """Say one thing and return if the server agrees; a session that cannot be trusted any more is dropped."""
        try:
            _agree(stage, verb, to=to)
        except _ConnectionLost:
            if self._session is not None:
                self._session.close()
                self._session = None
            raise

    def _open(self) -> Session:
        """Return a new session, encrypted and logged in as the settings say."""
        session = self._connect()
        try:
            _agree("connect", lambda: session.greeting)
            _agree("EHLO", session.ehlo)
            self._encrypt(session)
            self._log_in(session)
        except _ConnectionLost as lost:
            session.close()
            raise ServerUnreachable(lost.reply) from None
        except BaseException:
            session.close()
            raise
        return session

    def _connect(self) -> Session:
        server = self._server
        implicit = server.context if server.encryption == "implicit" else None
        try:
            return Session(server.host, server.port, implicit_tls=implicit, patience=self._patience)
        except ssl.SSLCertVerificationError as untrusted:
            raise ServerRefused(f"the mail server's certificate: {untrusted.verify_message}") from None
        except OSError as failed:
            raise ServerUnreachable(f"cannot connect to the mail server: {mask(str(failed))}") from None

    def _encrypt(self, session: Session) -> None:
        if self._server.encryption not in ("required", "optional"):
            return
        if not session.has_extn("starttls"):
            if self._server.encryption == "optional" and not self._server.user:
                return
            raise ServerRefused("the mail server does not offer STARTTLS, and we must not go on without it")
        _agree("STARTTLS", lambda: session.starttls(context=self._server.context))
        _agree("EHLO", session.ehlo)

    def _log_in(self, session: Session) -> None:
        if not self._server.user:
            return
        if not session.has_extn("auth"):
            raise ServerRefused("the mail server offers no login, but the settings have a password")
        _agree("AUTH", lambda: session.login(self._server.user, self._server.password))


def _agree(stage: Stage, verb: Verb, *, to: str = "") -> None:
    """Say one thing to the server; raises the outcome that any answer but a 2xx amounts to."""
    try:
        code, raw = verb()
    except ssl.SSLCertVerificationError as untrusted:
        raise ServerRefused(f"the mail server's certificate: {untrusted.verify_message}") from None
    except smtplib.SMTPResponseException as refused:
        code, raw = refused.smtp_code, _as_bytes(refused.smtp_error)
    except smtplib.SMTPServerDisconnected as lost:
        raise _ConnectionLost(f"connection lost at {stage}: {mask(str(lost), to=to)}") from None
    except smtplib.SMTPException as misfit:  # no login method that both sides know
        raise ServerRefused(f"no agreement at {stage}: {mask(str(misfit), to=to)}") from None
    except OSError as lost:
        raise _ConnectionLost(f"connection lost at {stage}: {mask(str(lost), to=to)}") from None
    if 200 <= code < 300:
        return
    text = raw.decode("utf-8", "replace")
    if code == CLOSING or not 400 <= code < 600:
        raise _ConnectionLost(quote(code, text, to=to))
    raise judge(stage, code, text, to=to)


def _as_bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
