"""Compressed pages, compact JSON, and a cache in memory."""

import gzip
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import brotli
from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

# Accept-Encoding.

PLAIN = "identity"
_ENCODINGS = ("br", "gzip", PLAIN)


def accepted_encoding() -> str:
    """Return the accepted encoding with the highest quality value; among equals, the one that compresses best."""
    return best_encoding(request.environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache(maxsize=256)
def best_encoding(header: str) -> str:
    """Return the best encoding for an Accept-Encoding header; the results are cached, because few values are common."""
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
        return compress(make_response(view(*args, **kwargs)))

    return view_compressed


def compress(response: Response) -> Response:
    """Compress a page as ``compressed`` does."""
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


# Responses.

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_response(shape: Any, status: int = 200) -> Response:
    """Return a response of compact JSON."""
    return Response(as_json(shape), status, mimetype="application/json")


def cacheable(response: Response, lifetime: str, etag: str, *, weak: bool = False) -> Response:
    """Let any cache keep an answer; ``lifetime`` is that of ``Cache-Control``. 304 if the visitor has it already."""
    response.headers["Cache-Control"] = f"public, {lifetime}"
    response.set_etag(etag, weak=weak)
    response.make_conditional(request)
    return response
