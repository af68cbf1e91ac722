"""A real SMTP server for tests, on a free loopback port, that answers what a test has planned."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "undersigned", "p@ss/word?"
FOREVER_S = 3600
VERBS = ("EHLO", "STARTTLS", "AUTH", "MAIL", "RSET", "RCPT", "DATA", "QUIT")

Step = str | Callable[["Conversation"], Awaitable[None]] | None


class Received(NamedTuple):
    """One email that the sink took: its envelope, its bytes, and how it came."""

    sender: str
    recipients: list[str]
    content: bytes
    tls: bool
    connection: int


class Certificate(NamedTuple):
    """Files of a self-signed certificate; the first is also what a client trusts with ``?ca=``."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


async def stall(conversation: "Conversation") -> None:
    """Say nothing until the client goes away."""
    await asyncio.sleep(FOREVER_S)


async def drop(conversation: "Conversation") -> None:
    """Close the connection instead of answering."""
    conversation.transport.close()
    await asyncio.sleep(FOREVER_S)  # ended by the closing


def drip(pause_s: float) -> Step:
    """Answer one byte at a time, and never come to the end of the line."""

    async def step(conversation: "Conversation") -> None:
        while True:
            await conversation.trickle(b"2")
            await asyncio.sleep(pause_s)

    return step


def late(seconds: float) -> Step:
    """Wait, then go on as if nothing had been planned."""

    async def step(conversation: "Conversation") -> None:
        await asyncio.sleep(seconds)
        raise _GoOnError

    return step


class _GoOnError(Exception):
    pass


class Conversation(SMTP):
    """aiosmtpd's server for one connection; before each answer it looks whether the test has planned another."""

    def __init__(self, sink: "Sink", number: int, **options: Any) -> None:
        self.sink, self.number = sink, number
        self._greeted = False
        super().__init__(sink, hostname="sink.example", ident="sink", timeout=60, **options)
        for verb in VERBS:
            self._smtp_methods[verb] = self._planned(verb, self._smtp_methods[verb])

    async def trickle(self, piece: bytes) -> None:
        self._writer.write(piece)
        await self._writer.drain()

    async def push(self, status: str | bytes) -> None:
        if not self._greeted:
            self._greeted = True
            if await self.follows_plan("connect"):
                return
        await super().push(status)

    def next_step(self, stage: str) -> Step:
        self.sink.said.append((self.number, stage))
        plan = self.sink.plans[stage]
        return plan.popleft() if plan else None

    async def follows_plan(self, stage: str) -> bool:
        step = self.next_step(stage)
        if step is None:
            return False
        if isinstance(step, str):
            await super().push(step)
            return True
        try:
            await step(self)
        except _GoOnError:
            return False
        return True

    def _planned(self, verb: str, usual: Callable[[str | None], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def answer(arg: str | None) -> None:
            if verb == "EHLO":
                self.sink.names.append(arg or "")
            if not await self.follows_plan(verb):
                await usual(arg)

        return answer


class Sink:
    """Use as a context manager. ``plan("RCPT", "450 4.2.0 later", None)``: refuse the first, take the second.

    Stages: connect, EHLO, STARTTLS, AUTH, MAIL, RSET, RCPT, DATA (before the content), content (after it), QUIT.
    A step is a whole reply line, None for the usual answer, or ``stall``, ``drop``, ``drip(s)``, ``late(s)``.
    ``received`` holds what was taken or may have been: an email whose answer was dropped counts.
    """

    def __init__(
        self,
        *,
        starttls: Certificate | None = None,
        implicit_tls: Certificate | None = None,
        smtputf8: bool = True,
        login: bool = False,
    ) -> None:
        self.plans: defaultdict[str, deque[Step]] = defaultdict(deque)
        self.received: list[Received] = []
        self.said: list[tuple[int, str]] = []
        self.names: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self.port = 0
        self._options: dict[str, Any] = {
            "enable_SMTPUTF8": smtputf8,
            "tls_context": starttls.context() if starttls else None,
            "auth_require_tls": not login,
            "authenticator": self._check_login,
        }
        self._implicit = implicit_tls.context() if implicit_tls else None
        self._loop = asyncio.new_event_loop()
        self._live: list[Conversation] = []

    def plan(self, stage: str, *steps: Step) -> Self:
        self.plans[stage].extend(steps)
        return self

    def url(self, parameters: str = "starttls=never", *, host: str = "127.0.0.1", scheme: str = "smtp") -> str:
        return f"{scheme}://{host}:{self.port}?{parameters}"

    def stages(self, *wanted: str) -> list[tuple[int, str]]:
        return [(connection, stage) for connection, stage in self.said if not wanted or stage in wanted]

    def close_idle(self) -> None:
        """Close every connection, as a server does with clients that say nothing for a while."""
        asyncio.run_coroutine_threadsafe(self._close_live(), self._loop).result(timeout=5)

    def after(self, seconds: float, act: Callable[[], None]) -> threading.Timer:
        """Do ``act`` later, in a thread that the test joins."""
        timer = threading.Timer(seconds, act)
        timer.start()
        return timer

    def __enter__(self) -> Self:
        listening = self._loop.create_server(self._converse, "127.0.0.1", 0, ssl=self._implicit)
        self._server = self._loop.run_until_complete(listening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _converse(self) -> Conversation:
        self.connections += 1
        conversation = Conversation(self, self.connections, loop=self._loop, **self._options)
        self._live.append(conversation)
        return conversation

    async def _close_live(self) -> None:
        for conversation in self._live:
            if conversation.transport is not None:
                conversation.transport.abort()
        self._live.clear()
        await asyncio.sleep(0.01)  # connection_lost runs in the next turns of the loop

    async def _shut(self) -> None:
        self._server.close()
        await self._close_live()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._server.wait_closed()

    async def handle_DATA(self, server: Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        step = server.next_step("content")
        if isinstance(step, str) and not step.startswith("2"):
            return step
        self.received.append(
            Received(
                envelope.mail_from or "",
                list(envelope.rcpt_tos),
                bytes(envelope.original_content or b""),
                tls=session.ssl is not None or self._implicit is not None,
                connection=server.number,
            )
        )
        if step is not None and not isinstance(step, str):
            with contextlib.suppress(_GoOnError):
                await step(server)
        return step if isinstance(step, str) else "250 2.0.0 taken"

    def _check_login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == (USER, PASSWORD), handled=False)


def make_certificate(folder: Path, *names: str) -> Certificate:
    """Write a self-signed certificate for ``names`` (host names or addresses) that is valid today."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "undersigned test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / "chain.pem", folder / "key.pem")
    files.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
