"""The entry point for the web server: receives each request completely, then lets the Flask app answer in a thread.

Granian could call Flask directly over WSGI. This class uses RSGI instead, for two reasons:

- WSGI has one name for ``X-Forwarded-For`` and ``X_Forwarded_For``, and HAProxy and Caddy pass the second one through.
  A visitor could choose the address that rate limits count. Here a header with an underscore in its name is dropped.
- Over WSGI a slow request occupies one of the few threads. Here the event loop waits for the body, for a limited
  time, and a thread only handles complete requests.

The desk has its own threads, which wait while public threads are busy: a flood of logins must not slow down the public
pages.
"""

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]
from werkzeug.exceptions import RequestTimeout, ServiceUnavailable

from server.web.admin.auth import DESK_PATH
from server.web.shared import closing, refuse_to_write

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

SHORT_BODY_BYTES = 64 * 1024
"""The longest body on public paths."""
LONG_BODY_BYTES = 4 * 1024 * 1024
"""The longest body on desk paths: the rows of a founding list."""
LONG_BODIES_AT_ONCE = 8
"""How many bodies over ``SHORT_BODY_BYTES`` may be in memory at the same time; further ones get a 503."""
DESK_THREADS = 2
DESK_WAITS_S = 0.05
"""How long a desk request waits for public requests. Python runs one thread at a time, so a desk thread beside a public
one takes half of its time.
"""
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
_WHOLE_BYTES = 256 * 1024  # a longer response is sent piece by piece
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

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any: ...


class Reply(NamedTuple):
    """The app's response: the whole ``body`` if it is short, else its ``chunks``."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    chunks: Generator[bytes, None, None] | None = None


class Threads:
    """A pool of threads that return their results to an event loop.

    Threads start with the first jobs. This does what ``loop.run_in_executor`` does with one future instead of two,
    which saves a tenth of the time of a small response.
    """

    def __init__(self, count: int, name: str) -> None:
        self._jobs: SimpleQueue[Any] = SimpleQueue()
        self._waiting = [Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(count)]

    def run(self, job: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """Run a job in one of the threads; its result or exception arrives in the calling event loop."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        # Start another thread while some are not started; running threads take jobs from the same queue.
        if self._waiting:
            self._waiting.pop().start()
        self._jobs.put((job, arguments, future, loop))
        return future

    def _work(self) -> None:
        while True:
            job, arguments, future, loop = self._jobs.get()
            try:
                result = job(*arguments)
            except BaseException as failure:  # noqa: BLE001 - it is raised again where the result is awaited
                loop.call_soon_threadsafe(_finish, future, None, failure)
            else:
                loop.call_soon_threadsafe(_finish, future, result, None)


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
        self._keys: dict[str, str | None] = {}

    async def __rsgi__(self, scope: Scope, connection: Connection) -> None:
        """Answer one request."""
        path = scope.path
        is_desk = path.startswith(DESK_PATH)
        headers = scope.headers.items()
        body = io.BytesIO()
        if scope.method not in WITHOUT_BODY:
            body = await self._receive(headers, connection, LONG_BODY_BYTES if is_desk else SHORT_BODY_BYTES)
        environ = self._environ(scope, path, headers, body)
        threads = self._desk_threads if is_desk else self._public_threads
        reply = await (self._run_for_desk(environ) if is_desk else self._run_for_public(environ))
        if reply.chunks is not None:
            await _stream(connection, reply.status, reply.headers, reply.chunks, threads)
        elif reply.body:
            connection.response_bytes(reply.status, reply.headers, reply.body)
        else:
            connection.response_empty(reply.status, reply.headers)

    async def _run_for_public(self, environ: "WSGIEnvironment") -> Reply:
        self._public_at_work += 1
        self._public_is_quiet.clear()
        try:
            reply: Reply = await self._public_threads.run(self._call, environ)
        finally:
            self._public_at_work -= 1
            if not self._public_at_work:
                self._public_is_quiet.set()
        return reply

    async def _run_for_desk(self, environ: "WSGIEnvironment") -> Reply:
        async with self._desk_turns:
            # Let public requests go first, for at most DESK_WAITS_S, so that the desk is never blocked.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._public_is_quiet.wait(), DESK_WAITS_S)
            reply: Reply = await self._desk_threads.run(self._call, environ)
            return reply

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
            return _Missing(ServiceUnavailable)
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
    """Send a long response; it holds no thread between two chunks, so slow readers block nobody."""
    transport = connection.response_stream(status, headers)
    try:
        while (chunk := await threads.run(next, chunks, None)) is not None:
            await transport.send_bytes(chunk)
    except ProtocolClosed:
        _log.info("a visitor went away before the end of a response")
    finally:
        await threads.run(chunks.close)


class _Missing(io.BytesIO):
    """A body that did not arrive: reading it raises ``error``."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def read(self, _size: int | None = -1) -> bytes:
        """Raise the error."""
        raise self._error

    readinto = readline = readlines = read  # type: ignore[assignment]
