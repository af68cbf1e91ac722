"""A cache of whole responses, valid until the content they show changes, and compressed once."""

import gzip
import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, wraps
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


# Compressed pages.

P = ParamSpec("P")
OK = 200
_BROTLI_QUALITY = 5


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
        body = response.get_data()
        response.set_data(
            brotli.compress(body, quality=_BROTLI_QUALITY) if coding == "br" else gzip.compress(body, mtime=0)
        )
        response.headers["Content-Encoding"] = coding
    return response


# Cached responses.

RESPONSE_CACHE_SIZE = 256
FRESH_S = 5


@dataclass(frozen=True)
class JsonBody:
    """A JSON body and its strong ETag."""

    body: bytes
    etag: str

    @cached_property
    def plain(self) -> "EncodedBody":
        """Return the body uncompressed."""
        return _encoded_body(self.body, self.etag, PLAIN)

    @cached_property
    def br(self) -> "EncodedBody":
        """Return the body in Brotli. A higher quality saves another tenth but takes twenty times as long, and answers
        change every minute.
        """
        return _encoded_body(brotli.compress(self.body, quality=_BROTLI_QUALITY), self.etag, "br")

    @cached_property
    def gzip(self) -> "EncodedBody":
        """Return the body in gzip, which is nearly as small, for old browsers and programs."""
        return _encoded_body(gzip.compress(self.body, mtime=0), self.etag, "gzip")

    def packed(self) -> "EncodedBody":
        """Return the body in the encoding that this visitor accepts. Each encoding is made once, because an answer is
        sent thousands of times.
        """
        coding = accepted_encoding()
        if coding == "br":
            return self.br
        return self.gzip if coding == "gzip" else self.plain


class EncodedBody(NamedTuple):
    """An encoded body, its ETag, and the headers that caches need."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]


def _encoded_body(body: bytes, etag: str, coding: str) -> EncodedBody:
    own = etag if coding == PLAIN else f"{etag}-{coding}"
    headers = (
        ("ETag", quote_etag(own)),
        ("Cache-Control", f"public, max-age={FRESH_S}"),
        ("Vary", "Accept-Language, Accept-Encoding"),
    )
    return EncodedBody(body, own, headers if coding == PLAIN else (*headers, ("Content-Encoding", coding)))


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
    packed = answer.packed()
    # Compare weakly: a proxy that compresses the body turns our strong ETag into a weak one.
    if request.if_none_match.contains_weak(packed.etag):
        return Response(status=304, headers=packed.headers)
    return Response(packed.body, mimetype="application/json", headers=packed.headers)
