"""Keeps answers that many ask for, each until something it speaks of has changed."""

import gzip
import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import brotli
from flask import Response, request
from werkzeug.http import quote_etag

from server.web.codings import PLAIN, accepted_coding

MOST = 256
FRESH_S = 5
_QUALITY = 5


@dataclass(frozen=True)
class Answer:
    """A JSON body and its strong validator."""

    body: bytes
    etag: str

    @cached_property
    def plain(self) -> "Packed":
        """As it is."""
        return _packed(self.body, self.etag, PLAIN)

    @cached_property
    def br(self) -> "Packed":
        """Small; what makes it a tenth smaller still takes twenty times as long, and answers change every minute."""
        return _packed(brotli.compress(self.body, quality=_QUALITY), self.etag, "br")

    @cached_property
    def gzip(self) -> "Packed":
        """Nearly as small, for old browsers and programs."""
        return _packed(gzip.compress(self.body, mtime=0), self.etag, "gzip")

    def packed(self) -> "Packed":
        """Return it as this visitor takes it; made once, for an answer is sent thousands of times."""
        coding = accepted_coding()
        if coding == "br":
            return self.br
        return self.gzip if coding == "gzip" else self.plain


class Packed(NamedTuple):
    """The bytes that are sent, their own validator, and what caches need."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]


def _packed(body: bytes, etag: str, coding: str) -> Packed:
    own = etag if coding == PLAIN else f"{etag}-{coding}"
    headers = (
        ("ETag", quote_etag(own)),
        ("Cache-Control", f"public, max-age={FRESH_S}"),
        ("Vary", "Accept-Language, Accept-Encoding"),
    )
    return Packed(body, own, headers if coding == PLAIN else (*headers, ("Content-Encoding", coding)))


def answer_of(shape: Any) -> Answer:
    """Return an answer that nobody need keep."""
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(body, hashlib.sha256(body).hexdigest()[:32])


@dataclass
class Answers:
    """The newest answers by what was asked and by the stamp of what they speak of; forgets all when there are many."""

    _kept: dict[Hashable, Answer] = field(default_factory=dict)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Answer:
        """Return the kept answer, or make it, keep it and return it."""
        answer = self._kept.get(key)
        if answer is None:
            answer = answer_of(make())
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = answer
        return answer


def respond(answer: Answer) -> Response:
    """Send an answer that every cache may keep for seconds; 304 where it is known."""
    packed = answer.packed()
    # Weakly, for a proxy that compresses the body makes a weak validator of ours.
    if request.if_none_match.contains_weak(packed.etag):
        return Response(status=304, headers=packed.headers)
    return Response(packed.body, mimetype="application/json", headers=packed.headers)
