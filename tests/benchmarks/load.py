"""The load: many kept-alive connections in one thread, each with one request on its way; every answer is checked."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

RECEIVED = 65536
END_OF_HEAD = b"\r\n\r\n"
PATIENCE_S = 30.0
BODILESS = (204, 304)


class BadAnswer(AssertionError):
    """Raised when a server answers anything but what was asked for; a figure with errors in it is none."""


@dataclass
class Burst:
    """What one burst did: how many answers came in how many seconds, and how long each took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def answers(self) -> int:
        """How many answers came, every one of them as wanted."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return the milliseconds within which this share of the answers came."""
        return sorted(self.latencies)[int(share * (self.answers - 1))] * 1000


@dataclass
class Client:
    """One connection: what it has received of the answer it waits for, and since when it waits."""

    socket: socket.socket
    received: bytes = b""
    since: float = 0.0

    def ask(self, request: bytes) -> None:
        """Send a request; it fits into the socket's buffer, since nothing else is on its way."""
        self.since = time.perf_counter()
        self.socket.sendall(request)

    def find_answer(self) -> bytes | None:
        """Receive what has come, and return the whole answer, or None while a part is missing."""
        piece = self.socket.recv(RECEIVED)
        if not piece:
            raise BadAnswer("the server closed a connection instead of answering")
        self.received += piece
        head, found, body = self.received.partition(END_OF_HEAD)
        if not found or (status_of(head) not in BODILESS and len(body) < length_of(head)):
            return None
        answer, self.received = self.received, b""
        return answer


def status_of(head: bytes) -> int:
    """Return the status of an answer."""
    return int(head[9:12])


def length_of(head: bytes) -> int:
    """Return the length of an answer's body in bytes; raises ``BadAnswer`` for one that does not say it."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise BadAnswer(f"an answer without a length: {head!r}")
    return int(rest.split(b"\r\n", 1)[0])


def burst(port: int, requests: Iterator[bytes], *, clients: int, seconds: float, status: int) -> Burst:
    """Keep ``clients`` connections busy for some seconds, then wait for the last answers.

    Every answer must have ``status``; raises ``BadAnswer`` with the first that has another.
    """
    done = Burst()
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            client = Client(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(client.socket, selectors.EVENT_READ, client)
        began = time.perf_counter()
        for key in list(selector.get_map().values()):
            key.data.ask(next(requests))
        try:
            _serve_clients(selector, requests, done, until=began + seconds, status=status)
        finally:
            done.seconds = time.perf_counter() - began
            for key in list(selector.get_map().values()):
                key.data.socket.close()
    return done


def _serve_clients(
    selector: selectors.BaseSelector, requests: Iterator[bytes], done: Burst, *, until: float, status: int
) -> None:
    """Give each client its next request as soon as it has its answer; after ``until``, send it home instead."""
    while selector.get_map():
        ready = selector.select(timeout=PATIENCE_S)
        if not ready:
            raise BadAnswer(f"no answer for {PATIENCE_S:.0f} seconds")
        for key, _ in ready:
            client: Client = key.data
            answer = client.find_answer()
            if answer is None:
                continue
            now = time.perf_counter()
            if status_of(answer) != status:
                raise BadAnswer(f"wanted {status}, got {answer.decode(errors='replace')}")
            done.latencies.append(now - client.since)
            if now < until:
                client.ask(next(requests))
            else:
                selector.unregister(client.socket)
                client.socket.close()
