"""Compressed pages, a cache in memory, and JSON responses that are compressed once."""

import gzip
import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import brotli
from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, quote_etag

# Accept-Encoding.

PLAIN = "identity"
_ENCODINGS = ("br", "gzip", PLAIN)


def accepted_encoding() -> str:
    """Return the accepted encoding with the highest quality value; among equals, the one that compresses best."""
    return _best_encoding(request.environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache(maxsize=256)
def _best_encoding(header: str) -> str:
    """Parse an Accept-Encoding header; browsers send few different values, so the results are cached."""
    liked = parse_accept_header(header, Accept)
    best = max(_ENCODINGS, key=liked.quality)
    return best if liked.quality(best) > 0 else PLAIN


BROTLI_BEST = 11
_BROTLI_FAST = 5
"""For answers that change: a higher quality saves another tenth but takes twenty times as long."""


def encode(content: bytes, coding: str, *, quality: int = _BROTLI_FAST) -> bytes:
    """Return the content in this encoding; ``quality`` is that of Brotli."""
    if coding == PLAIN:
        return content
    return brotli.compress(content, quality=quality) if coding == "br" else gzip.compress(content, mtime=0)


# Compressed pages.

P = ParamSpec("P")
OK = 200


def compressed(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
    """Compress the pages of a view in the encoding that the visitor's browser accepts.

    Only for pages without secrets. When a page holds a secret and also repeats text from the visitor's URL, its
    compressed length reveals the secret (BREACH attack); pages of the desk and of signers' links are therefore sent
    uncompressed.
    """

    @wraps(view)
    def view_compressed(*args: P.args, **kwargs: P.kwargs) -> Response:
        return _compress(make_response(view(*args, **kwargs)))

    return view_compressed


def _compress(response: Response) -> Response:
    if response.status_code != OK:
        return response
    response.vary.add("Accept-Encoding")
    coding = accepted_encoding()
    if coding != PLAIN:
        response.set_data(encode(response.get_data(), coding))
        response.headers["Content-Encoding"] = coding
    return response


# A cache in memory.

CACHE_SIZE = 256

T = TypeVar("T")


@dataclass
class Cache:
    """The latest result of each query, and the moment or version it belongs to; cleared when it is full."""

    _found: dict[Hashable, tuple[Hashable, Any]] = field(default_factory=dict)

    def get(self, question: Hashable, moment: Hashable, find: Callable[[], T]) -> T:
        """Return the result cached for this query at this ``moment``, or call ``find``; errors are not cached."""
        found = self._found.get(question)
        if found is None or found[0] != moment:
            if len(self._found) >= CACHE_SIZE:
                self._found.clear()
            found = self._found[question] = moment, find()
        known: T = found[1]
        return known


# JSON responses.

FRESH_S = 5


class EncodedBody(NamedTuple):
    """An encoded body, its ETag, and the headers that caches need."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class JsonBody:
    """A JSON body and its strong ETag."""

    body: bytes
    etag: str
    _encoded: dict[str, EncodedBody] = field(default_factory=dict)

    def encoded(self) -> EncodedBody:
        """Return the body in the encoding that this visitor accepts. Each encoding is made once, because an answer is
        sent thousands of times.
        """
        coding = accepted_encoding()
        known = self._encoded.get(coding)
        if known is None:
            own = self.etag if coding == PLAIN else f"{self.etag}-{coding}"
            headers = [
                ("ETag", quote_etag(own)),
                ("Cache-Control", f"public, max-age={FRESH_S}"),
                ("Vary", "Accept-Language, Accept-Encoding"),
                *([] if coding == PLAIN else [("Content-Encoding", coding)]),
            ]
            known = self._encoded[coding] = EncodedBody(encode(self.body, coding), own, tuple(headers))
        return known


def make_json_body(shape: Any) -> JsonBody:
    """Return an answer as compact JSON."""
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    return JsonBody(body, hashlib.sha256(body).hexdigest()[:32])


def cacheable(response: Response, lifetime: str, etag: str, *, weak: bool = False) -> Response:
    """Let any cache keep an answer; ``lifetime`` is that of ``Cache-Control``. 304 if the visitor has it already."""
    response.headers["Cache-Control"] = f"public, {lifetime}"
    response.set_etag(etag, weak=weak)
    response.make_conditional(request)
    return response


def respond(answer: JsonBody) -> Response:
    """Send an answer that any cache may keep for ``FRESH_S`` seconds; 304 if the client has it already."""
    encoded = answer.encoded()
    # Compare weakly: a proxy that compresses the body turns our strong ETag into a weak one.
    if request.if_none_match.contains_weak(encoded.etag):
        return Response(status=304, headers=encoded.headers)
    return Response(encoded.body, mimetype="application/json", headers=encoded.headers)
