"""A cache of whole responses, valid until the content they show changes, and compressed once."""

import gzip
import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec

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


# Cached responses.

RESPONSE_CACHE_SIZE = 256
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
    """Return an answer that is not put into the cache."""
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    return JsonBody(body, hashlib.sha256(body).hexdigest()[:32])


@dataclass
class ResponseCache:
    """The latest answers, by request and by version stamp of their content; cleared when it is full."""

    _kept: dict[Hashable, JsonBody] = field(default_factory=dict)

    def get(self, key: Hashable, make: Callable[[], Any]) -> JsonBody:
        """Return the cached answer, or make and cache it."""
        answer = self._kept.get(key)
        if answer is None:
            answer = make_json_body(make())
            if len(self._kept) >= RESPONSE_CACHE_SIZE:
                self._kept.clear()
            self._kept[key] = answer
        return answer


def respond(answer: JsonBody) -> Response:
    """Send an answer that any cache may keep for ``FRESH_S`` seconds; 304 if the client has it already."""
    encoded = answer.encoded()
    # Compare weakly: a proxy that compresses the body turns our strong ETag into a weak one.
    if request.if_none_match.contains_weak(encoded.etag):
        return Response(status=304, headers=encoded.headers)
    return Response(encoded.body, mimetype="application/json", headers=encoded.headers)
