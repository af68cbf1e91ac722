"""Answers that are the same for everybody who asks: kept in the memory of each process, and cacheable for others.

A statement's page, its frame and its data are asked for a hundred times for each signature. ``SharedAnswers`` stands in
front of the app, as a caching proxy would. Before it sends an answer again, it reads one row to see whether the
statement has changed since, so it never sends an old one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.http import parse_etags, quote_etag

from server.tables import statements
from server.web.caching import PLAIN, best_encoding, encode
from server.web.context import Context, context_of, get_context
from server.web.limits import LimitName, limited, limits_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FRESH_S = 5
"""How long a browser and a proxy may keep such an answer: a withdrawn name is gone from both after twice as long."""
MOST_KEPT_BYTES = 8 * 1024 * 1024
_MARK = "undersigned.shared"  # a key of the WSGI environ
_PATHS = ("/s/", "/embed/", "/api/")
_FRAMES = "/embed/"
_OF_A_BODY = ("content-type", "content-length", "content-encoding")
_NOT_MODIFIED = "304 NOT MODIFIED"

Version = tuple[Hashable, ...]


class Mark(NamedTuple):
    """What the cache must know of an answer: its statement, the version that was shown, and the limit of its view."""

    slug: str
    version: Version
    limit: LimitName


def read_version(here: Context, slug: str) -> Version:
    """Return a value that changes whenever the public sees something else of a statement; raises ``NotFound``.

    The minute is included because form tokens change every minute.
    """
    now = here.clock()
    with here.db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
    return statement.id, statement.stamp, statement.state(now), statement.hidden_until(now), now // 60


def shared(
    name: LimitName,
) -> Callable[[Callable[[str], ResponseReturnValue]], Callable[[str], Response]]:
    """Decorate a view whose answer depends on the statement, the URL and the visitor's languages only.

    Every cache may keep the answer for ``FRESH_S`` seconds. Each request counts for the limit ``name``. An answer with
    another status than 200 or with a ``Cache-Control`` of its own is not shared.
    """

    def behind_limit(view: Callable[[str], ResponseReturnValue]) -> Callable[[str], Response]:
        @limited(name)
        @wraps(view)
        def shared_view(slug: str) -> Response:
            # Read the version first: a change while the page is made must not look like a part of it.
            version = read_version(get_context(), slug)
            response = make_response(view(slug))
            if response.status_code == 200 and "Cache-Control" not in response.headers:
                response.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
                response.vary.update(("Accept-Language", "Accept-Encoding"))
                request.environ[_MARK] = Mark(slug, version, name)
            return response

        return shared_view

    return behind_limit


class _Packed(NamedTuple):
    """An answer in one encoding."""

    etag: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class _Kept:
    """An answer that is kept, with the encodings in which it was asked for."""

    mark: Mark
    headers: list[tuple[str, str]]
    body: bytes
    _packed: dict[str, _Packed] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes it takes in memory, about."""
        return len(self.body) + sum(len(packed.body) for packed in self._packed.values())

    def packed(self, coding: str) -> _Packed:
        """Return the answer in this encoding, which is made once."""
        known = self._packed.get(coding)
        if known is None:
            etag = f"{hashlib.sha256(self.body).hexdigest()[:32]}-{coding}"
            body = encode(self.body, coding)
            headers = [pair for pair in self.headers if pair[0].lower() != "content-length"]
            headers += [("ETag", quote_etag(etag)), ("Content-Length", str(len(body)))]
            headers += [] if coding == PLAIN else [("Content-Encoding", coding)]
            known = self._packed[coding] = _Packed(etag, headers, body)
        return known


class SharedAnswers:
    """A WSGI application around the app's own: sends kept answers again, and keeps those that the app marked."""

    def __init__(self, app: Flask, application: "WSGIApplication") -> None:
        self._app = app
        self._application = application
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()  # the one that was asked for longest ago is first
        self._lock = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; HEAD is answered as GET, without the body."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or not environ["PATH_INFO"].startswith(_PATHS):
            return self._application(environ, start_response)
        if method == "GET":
            return self._answer(environ, start_response)
        for _ in closing(self._answer(environ | {"REQUEST_METHOD": "GET"}, start_response)):
            pass
        return []

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        key = _key_of(environ)
        kept = self._find(key)
        if kept is None or not self._may_send(kept.mark, environ):
            return self._ask(key, environ, start_response)
        return _send(kept, environ, start_response)

    def _may_send(self, mark: Mark, environ: "WSGIEnvironment") -> bool:
        """Say whether nothing has changed and the visitor may ask; if not, the app refuses or makes a new answer."""
        try:
            if read_version(context_of(self._app), mark.slug) != mark.version:
                return False
            limits_of(self._app).hit(mark.limit, environ)
        except Exception:  # noqa: BLE001 - the app meets the same error, and answers with it
            return False
        return True

    def _ask(self, key: Hashable, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the app answer, and keep what it marks."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: object) -> Callable[[bytes], object]:
            if _MARK in environ:
                started.append((status, headers))
                return refuse_to_write
            return start_response(status, headers, *error)  # type: ignore[arg-type]

        chunks = self._application(environ, start)
        if not started:
            return chunks
        kept = _Kept(environ[_MARK], started[0][1], b"".join(closing(chunks)))
        self._keep(key, kept)
        return _send(kept, environ, start_response)

    def _find(self, key: Hashable) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        """Keep an answer, and drop those that were asked for longest ago if all together are too large."""
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            size = sum(one.size for one in self._kept.values())
            while size > MOST_KEPT_BYTES:
                size -= self._kept.popitem(last=False)[1].size


def _key_of(environ: "WSGIEnvironment") -> Hashable:
    """Return what a shared answer may depend on; that of a frame also depends on the website around it."""
    path = environ["PATH_INFO"]
    referer = environ.get("HTTP_REFERER") if path.startswith(_FRAMES) else None
    return path, environ.get("QUERY_STRING"), environ.get("HTTP_ACCEPT_LANGUAGE"), referer


def _send(kept: _Kept, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Send an answer in the encoding that the visitor accepts; 304 if the visitor has it already."""
    packed = kept.packed(best_encoding(environ.get("HTTP_ACCEPT_ENCODING", "")))
    # Compare weakly: a proxy that compresses the body turns our strong ETag into a weak one.
    if (known := environ.get("HTTP_IF_NONE_MATCH")) and parse_etags(known).contains_weak(packed.etag):
        start_response(_NOT_MODIFIED, [pair for pair in packed.headers if pair[0].lower() not in _OF_A_BODY])
        return []
    start_response("200 OK", packed.headers)
    return [packed.body]


def init_shared(app: Flask) -> None:
    """Put the kept answers in front of the app."""
    app.wsgi_app = SharedAnswers(app, app.wsgi_app)  # type: ignore[method-assign]


# What WSGI asks of a program that stands in front of an application.


def closing(chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Yield the chunks of a response, then close it as WSGI requires, even if it is not read to its end."""
    try:
        yield from chunks
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def refuse_to_write(_data: bytes) -> object:
    """Stand for WSGI's ``write``, which nothing calls: Flask returns its responses in chunks."""
    raise NotImplementedError("Flask returns its responses in chunks")
