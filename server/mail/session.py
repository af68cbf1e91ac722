"""An SMTP session of the standard library in which every wait is bounded, one by one and in sum."""

import io
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Clock = Callable[[], float]


class Patience(NamedTuple):
    """How long we wait for a server, in seconds; ``message_s`` bounds all that is done for one email."""

    connect_s: float = 10
    operation_s: float = 20
    message_s: float = 60


PATIENCE = Patience()


class Session(smtplib.SMTP):
    """A connected session; smtplib alone never gives up on a server that sends one byte now and then."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        implicit_tls: ssl.SSLContext | None,
        patience: Patience,
        clock: Clock = time.monotonic,
    ) -> None:
        """Connect; ``greeting`` is then the server's code and text. Raises ``OSError`` (as all of smtplib does)."""
        self._implicit_tls = implicit_tls
        self._patience = patience
        self._clock = clock
        self.allow(patience.message_s)
        super().__init__(timeout=patience.connect_s, local_hostname="localhost")
        self._host = host  # STARTTLS checks the certificate against it
        self.greeting = self.connect(host, port)
        self.local_hostname = self._own_name()

    def allow(self, seconds: float) -> None:
        """Let everything from now on take at most ``seconds`` in sum."""
        self._deadline = self._clock() + seconds

    def send(self, s: "ReadableBuffer | str") -> None:
        """Send within what is left of the time; the socket's timeout bounds the whole of ``sendall``."""
        if self.sock is not None:
            try:
                self.sock.settimeout(self.time_left())
            except TimeoutError as late:
                self.close()
                raise smtplib.SMTPServerDisconnected(str(late)) from late
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Return one reply; the file it is read from looks at the clock before every read."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_BoundedReader(self.sock, self.time_left))
        try:
            return super().getreply()
        except smtplib.SMTPResponseException as endless:  # smtplib's own invention, not a refusal by the server
            raise smtplib.SMTPServerDisconnected("a reply without end") from endless

    def time_left(self) -> float:
        """Return how many seconds the next operation may take; raises ``TimeoutError`` when there are none."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the time for one email is used up")
        return min(left, self._patience.operation_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        if self._implicit_tls is None:
            return plain
        return self._implicit_tls.wrap_socket(plain, server_hostname=host)

    def _own_name(self) -> str:
        """Return what EHLO says: our name if it has a dot, else an address literal; smtplib would ask the DNS."""
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
