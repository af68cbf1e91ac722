"""The entry point for the web server: receives each request completely, then lets the Flask app answer in a thread.

Granian could call Flask directly over WSGI. This class uses RSGI instead, for two reasons:

- WSGI has one name for ``X-Forwarded-For`` and ``X_Forwarded_For``, and HAProxy and Caddy pass the second one through.
  A visitor could choose the address that rate limits count. Here a header with an underscore in its name is dropped.
- Over WSGI a slow request occupies one of the few threads. Here the event loop waits for the body, for a limited
  time, and a thread only handles complete requests.

The desk has its own threads, which wait while public threads are busy: a flood of logins must not slow down the public
pages.

A request that has waited too long for a thread gets a 503 with ``Retry-After``, and a request whose visitor has gone
away is dropped. Neither has reached the app.
"""

import asyncio
import contextlib
import io
import logging
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from werkzeug.exceptions import RequestTimeout

from server.web.admin.auth import DESK_PATH
from server.web.overload import RefusalLog, refuse
from server.web.shared import closing, refuse_to_write

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

SHORT_BODY_BYTES = 64 * 1024
"""The longest body on public paths."""
LONG_BODY_BYTES = 4 * 1024 * 1024
"""The longest body on desk paths: the rows of a founding list."""
LONG_BODIES_AT_ONCE = 8
"""How many bodies over ``SHORT_BODY_BYTES`` may be in memory at the same time; further ones are refused."""
DESK_THREADS = 2
DESK_WAITS_S = 0.05
"""How long a desk request waits for public requests. Python runs one thread at a time, so a desk thread beside a public
one takes half of its time.
"""
SERVED_WITHIN_S = 5.0
"""A request whose answer would take longer than this is refused, as far as that can be known: the time that the app
usually needs is subtracted from the time that a request may wait for a thread.
"""
LEAST_WAIT_S = 1.0
"""A request may wait for a thread at least this long, however slow the app has been."""
LOOK_EVERY_S = 0.25
"""How often the queue is searched for requests that have waited too long."""
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
_WHOLE_BYTES = 256 * 1024  # a longer response is sent piece by piece
_READ_WITHIN_S = 10.0  # Granian opens the pipe of a long response at once, unless the visitor has gone away
_LOOK_FOR_READER_EVERY_S = 0.002
_HEADERS_WITHOUT_PREFIX = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_KEYS_KNOWN_MOST = 500
_SAME_FOR_ALL: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
_log = logging.getLogger("undersigned")


class Scope(Protocol):
    """A request as RSGI describes it; see Granian's ``docs/spec/RSGI.md``."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Any


class Connection(Protocol):
    """The other half of RSGI: the incoming body, and the ways to respond."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def __call__(self) -> Awaitable[bytes]: ...

    def client_disconnect(self) -> Awaitable[None]: ...

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None: ...


class Reply(NamedTuple):
    """The app's response: the whole ``body`` if it is short, else its ``chunks``."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    chunks: Generator[bytes, None, None] | None = None


class Overloaded(Exception):
    """Raised for a request that no thread has begun: the server is too busy, or the visitor has gone away."""


class _Job:
    """A call in the queue. Either a thread begins it or the event loop gives it up: whichever claims it first."""

    __slots__ = ("_claim", "_watch", "arguments", "call", "future", "gone", "loop", "since")

    def __init__(
        self, call: Callable[..., Any], arguments: tuple[Any, ...], gone: Callable[[], Awaitable[None]] | None
    ) -> None:
        self.call, self.arguments, self.gone = call, arguments, gone
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.since = time.monotonic()
        self._claim = Lock()
        self._watch: asyncio.Future[None] | None = None

    @property
    def is_claimed(self) -> bool:
        return self._claim.locked()

    def claim(self) -> bool:
        """Return True to the first caller only."""
        return self._claim.acquire(blocking=False)

    def give_up(self) -> None:
        """Answer with ``Overloaded`` if no thread has begun the call."""
        if self.claim():
            _finish(self.future, None, Overloaded())

    def watch(self) -> None:
        """Give the call up as soon as its visitor goes away."""
        if self._watch is None and self.gone is not None:
            self._watch = watch = asyncio.ensure_future(self.gone())
            watch.add_done_callback(lambda _: self.give_up())
            self.future.add_done_callback(lambda _: watch.cancel())


class Threads:
    """A pool of threads that return their results to an event loop.

    Threads start with the first jobs. This does what ``loop.run_in_executor`` does with one future instead of two,
    which saves a tenth of the time of a small response.
    """

    def __init__(self, count: int, name: str) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._waiting = [Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(count)]
        self._requests: deque[_Job] = deque()  # the oldest first; those that were begun leave it a little later
        self._next_look: asyncio.TimerHandle | None = None
        self._usual_s = 0.0  # how long the latest requests were at work: a moving average

    def run(self, call: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """Run a call in one of the threads; its result or exception arrives in the calling event loop."""
        return self._add(_Job(call, arguments, None)).future

    def run_in_time(
        self, call: Callable[..., Any], *arguments: Any, gone: Callable[[], Awaitable[None]]
    ) -> asyncio.Future[Any]:
        """Do the same for a request; raises ``Overloaded`` if no thread is free in time, or the visitor is ``gone``."""
        while self._requests and self._requests[0].is_claimed:
            self._requests.popleft()
        job = self._add(_Job(call, arguments, gone))
        self._requests.append(job)
        if self._next_look is None:
            self._next_look = job.loop.call_later(LOOK_EVERY_S, self._look)
        return job.future

    @property
    def patience_s(self) -> float:
        """How long a request may wait for a thread."""
        return max(LEAST_WAIT_S, SERVED_WITHIN_S - self._usual_s)

    def _add(self, job: _Job) -> _Job:
        # Start another thread while some are not started; running threads take jobs from the same queue.
        if self._waiting:
            self._waiting.pop().start()
        self._jobs.put(job)
        return job

    def _look(self) -> None:
        """Give up requests that have waited too long, and watch the visitors of the others."""
        too_old = time.monotonic() - self.patience_s
        while self._requests and (self._requests[0].is_claimed or self._requests[0].since <= too_old):
            self._requests.popleft().give_up()
        for job in self._requests:
            if not job.is_claimed:
                job.watch()
        self._next_look = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look) if self._requests else None

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if not job.claim():
                continue
            if job.gone is not None and time.monotonic() - job.since > self.patience_s:
                job.loop.call_soon_threadsafe(_finish, job.future, None, Overloaded())
                continue
            self._do(job)

    def _do(self, job: _Job) -> None:
        began = time.monotonic()
        try:
            result = job.call(*job.arguments)
        except BaseException as failure:  # noqa: BLE001 - it is raised again where the result is awaited
            job.loop.call_soon_threadsafe(_finish, job.future, None, failure)
        else:
            job.loop.call_soon_threadsafe(_finish, job.future, result, None)
        if job.gone is not None:
            self._usual_s += (time.monotonic() - began - self._usual_s) / 16


def _finish(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():  # the visitor has disconnected, so the request was cancelled
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


class Gateway:
    """An RSGI application around a WSGI one; create it in the serving process, after any fork."""

    def __init__(self, app: "WSGIApplication", *, threads: int, body_timeout_s: float) -> None:
        self._app = app
        self._body_timeout_s = body_timeout_s
        self._public_threads = Threads(threads, "public")
        self._public_at_work = 0
        self._public_is_quiet = asyncio.Event()
        self._public_is_quiet.set()
        self._desk_threads = Threads(DESK_THREADS, "desk")
        self._desk_turns = asyncio.Semaphore(DESK_THREADS)
        self._long_bodies = 0
        self._refused = RefusalLog()
        self._keys: dict[str, str | None] = {}

    async def __rsgi__(self, scope: Scope, connection: Connection) -> None:
        """Answer one request."""
        path = scope.path
        is_desk = path.startswith(DESK_PATH)
        headers = scope.headers.items()
        body = io.BytesIO()
        threads = self._desk_threads if is_desk else self._public_threads
        run = self._run_for_desk if is_desk else self._run_for_public
        try:
            if scope.method not in WITHOUT_BODY:
                body = await self._receive(headers, connection, LONG_BODY_BYTES if is_desk else SHORT_BODY_BYTES)
            reply = await run(self._environ(scope, path, headers, body), connection)
        except Overloaded:
            self._refused.add()
            reply = Reply(*refuse(scope.method, path, dict(headers)))
        if reply.chunks is not None:
            await _stream(connection, reply.status, reply.headers, reply.chunks, threads)
        elif reply.body:
            connection.response_bytes(reply.status, reply.headers, reply.body)
        else:
            connection.response_empty(reply.status, reply.headers)

    async def _run_for_public(self, environ: "WSGIEnvironment", connection: Connection) -> Reply:
        self._public_at_work += 1
        self._public_is_quiet.clear()
        try:
            run = self._public_threads.run_in_time
            reply: Reply = await run(self._call, environ, gone=connection.client_disconnect)
        finally:
            self._public_at_work -= 1
            if not self._public_at_work:
                self._public_is_quiet.set()
        return reply

    async def _run_for_desk(self, environ: "WSGIEnvironment", connection: Connection) -> Reply:
        await self._take_desk_turn(connection)
        try:
            # Let public requests go first, for at most DESK_WAITS_S, so that the desk is never blocked.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._public_is_quiet.wait(), DESK_WAITS_S)
            reply: Reply = await self._desk_threads.run(self._call, environ)
            return reply
        finally:
            self._desk_turns.release()

    async def _take_desk_turn(self, connection: Connection) -> None:
        """Wait until a thread of the desk is free; raises ``Overloaded`` as ``Threads.run_in_time`` does."""
        if not self._desk_turns.locked():
            await self._desk_turns.acquire()
            return
        turn = asyncio.ensure_future(self._desk_turns.acquire())
        gone = asyncio.ensure_future(connection.client_disconnect())
        await asyncio.wait((turn, gone), timeout=SERVED_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        is_wanted = not gone.done()
        gone.cancel()
        if turn.done() and is_wanted:
            return
        if turn.done():
            self._desk_turns.release()
        turn.cancel()
        raise Overloaded

    async def _receive(self, headers: list[tuple[str, str]], connection: Connection, most: int) -> io.BytesIO:
        """Return the request's body once it is complete; after a failure, reading it raises the error.

        A body longer than ``most`` is not read to its end: the app refuses it by its length.
        """
        length = next((value for name, value in headers if name == "content-length"), None)
        if length is None and all(name != "transfer-encoding" for name, _ in headers):
            return io.BytesIO()
        if length is not None and (not length.isdecimal() or int(length) > most):
            return io.BytesIO()
        is_long = most > SHORT_BODY_BYTES and (length is None or int(length) > SHORT_BODY_BYTES)
        if is_long and self._long_bodies >= LONG_BODIES_AT_ONCE:
            raise Overloaded
        self._long_bodies += is_long
        try:
            async with asyncio.timeout(self._body_timeout_s):
                return await _read(connection, most) if length is None else io.BytesIO(await connection())
        except TimeoutError:
            return _Missing(RequestTimeout)
        finally:
            self._long_bodies -= is_long

    def _environ(self, scope: Scope, path: str, headers: list[tuple[str, str]], body: io.BytesIO) -> "WSGIEnvironment":
        """Return the request as WSGI describes it (PEP 3333)."""
        address, _, _ = scope.client.rpartition(":")
        host, _, port = scope.server.rpartition(":")
        environ: WSGIEnvironment = _SAME_FOR_ALL.copy()
        environ["REQUEST_METHOD"] = scope.method
        environ["PATH_INFO"] = path if path.isascii() else path.encode().decode("latin-1")
        environ["QUERY_STRING"] = scope.query_string
        environ["REMOTE_ADDR"] = address.strip("[]")
        environ["SERVER_NAME"], environ["SERVER_PORT"] = host, port
        environ["SERVER_PROTOCOL"] = f"HTTP/{scope.http_version}"
        environ["wsgi.url_scheme"] = scope.scheme
        environ["wsgi.input"] = body
        for name, value in headers:
            key = self._keys[name] if name in self._keys else self._key_of(name)
            if key is not None:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _key_of(self, name: str) -> str | None:
        """Return the WSGI name of a header; None if it has an underscore and could pass for another header."""
        key = None
        if "_" not in name:
            key = _HEADERS_WITHOUT_PREFIX.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        if len(self._keys) < _KEYS_KNOWN_MOST:
            self._keys[name] = key
        return key

    def _call(self, environ: "WSGIEnvironment") -> Reply:
        """Run the app in the current thread."""
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: object = None
        ) -> Callable[[bytes], object]:
            started[:] = int(status[:3]), [(name.lower(), value) for name, value in headers]
            return refuse_to_write

        chunks = self._app(environ, start_response)
        status, headers = started
        length = next((int(value) for name, value in headers if name == "content-length"), None)
        if length is not None and length > _WHOLE_BYTES and environ["REQUEST_METHOD"] != "HEAD":
            return Reply(status, headers, b"", closing(chunks))
        return Reply(status, headers, b"".join(closing(chunks)))


async def _read(connection: Connection, most: int) -> io.BytesIO:
    """Return a body of unknown length; stops reading soon after ``most`` bytes."""
    body = io.BytesIO()
    async for chunk in connection:
        body.write(chunk)
        if body.tell() > most:
            break
    body.seek(0)
    return body


async def _stream(
    connection: Connection,
    status: int,
    headers: list[tuple[str, str]],
    chunks: Generator[bytes, None, None],
    threads: "Threads",
) -> None:
    """Send a long response; it holds no thread between two chunks, so slow readers block nobody.

    Granian reads it from a named pipe, as if it were a file, and no faster than the visitor does. Its
    ``response_stream`` would keep in memory whatever the visitor has not read yet.
    """
    try:
        with contextlib.closing(await _open_pipe(connection, status, headers)) as pipe:
            while (chunk := await threads.run(next, chunks, None)) is not None:
                if pipe.is_closing():
                    raise ConnectionResetError
                pipe.write(chunk)
                await pipe.drain()
    except ConnectionError:
        _log.info("a visitor went away before the end of a response")
    finally:
        await threads.run(chunks.close)


async def _open_pipe(connection: Connection, status: int, headers: list[tuple[str, str]]) -> asyncio.StreamWriter:
    """Return a pipe from which Granian reads the response; raises ``ConnectionError`` if the visitor has gone away.

    ``drain`` waits until everything is in the pipe, which holds little: 64 KB on most systems.
    """
    with TemporaryDirectory(prefix="undersigned-") as folder:
        path = Path(folder, "response")
        os.mkfifo(path)
        connection.response_file(status, headers, str(path))
        writing = await _open_for_writing(path)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(writing, "wb"))
    transport.set_write_buffer_limits(high=0)
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def _open_for_writing(path: Path) -> int:
    until = time.monotonic() + _READ_WITHIN_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError):  # nobody reads from it yet
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        await asyncio.sleep(_LOOK_FOR_READER_EVERY_S)
    raise ConnectionResetError


class _Missing(io.BytesIO):
    """A body that did not arrive: reading it raises ``error``."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def read(self, _size: int | None = -1) -> bytes:
        """Raise the error."""
        raise self._error

    readinto = readline = readlines = read  # type: ignore[assignment]
