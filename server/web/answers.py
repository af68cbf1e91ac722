"""Keeps answers that many ask for, each until something it speaks of has changed."""

import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import Response, request
from werkzeug.http import quote_etag

MOST = 256
FRESH_S = 5


@dataclass(frozen=True)
class Answer:
    """A JSON body and its strong validator."""

    body: bytes
    etag: str

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What caches need; made once, for an answer is sent thousands of times."""
        return (
            ("ETag", quote_etag(self.etag)),
            ("Cache-Control", f"public, max-age={FRESH_S}"),
            ("Vary", "Accept-Language"),
        )


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
    # Weakly, for a proxy that compresses the body makes a weak validator of ours.
    if request.if_none_match.contains_weak(answer.etag):
        return Response(status=304, headers=answer.headers)
    return Response(answer.body, mimetype="application/json", headers=answer.headers)
