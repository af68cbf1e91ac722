"""Keeps answers that many ask for, each until something it speaks of has changed."""

import hashlib
import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

MOST = 256
FRESH_S = 5


@dataclass(frozen=True)
class Answer:
    """A JSON body and its strong validator."""

    body: bytes
    etag: str


@dataclass
class Answers:
    """The newest answers by what was asked and by the stamp of what they speak of; forgets all when there are many."""

    _kept: dict[Hashable, Answer] = field(default_factory=dict)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Answer:
        """Return the kept answer, or make it, keep it and return it."""
        answer = self._kept.get(key)
        if answer is None:
            body = json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode()
            answer = Answer(body, hashlib.sha256(body).hexdigest()[:32])
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = answer
        return answer


def respond(answer: Answer) -> Response:
    """Send an answer that every cache may keep for seconds; 304 where it is known."""
    # Weakly, for a proxy that compresses the body makes a weak validator of ours.
    if request.if_none_match.contains_weak(answer.etag):
        response = Response(status=304)
    else:
        response = Response(answer.body, mimetype="application/json")
    response.set_etag(answer.etag)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
    return response
