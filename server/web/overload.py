"""The answer to requests that the server cannot handle in time: 503 with ``Retry-After``.

It is made without Flask and the database, because it is sent when both are busy.
"""

import json
import logging
import secrets
import time
from collections.abc import Mapping
from typing import NamedTuple

from server.text import translations
from server.web.errors import wants_json
from server.web.security import FOR_ALL

EARLIEST_RETRY_S, LATEST_RETRY_S = 2, 6
"""``Retry-After`` is a random number between these, so that a crowd does not come back in the same second."""
_STATUS = 503
_LOG_EVERY_S = 60
_log = logging.getLogger("undersigned")

# Nothing on the page can be clicked, so every website may frame it: the form's frame shows it too.
_PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"
_PAGE = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    b"<title>The server is busy</title><h1>The server is busy</h1>"
    b"<p>Many people are visiting it at this moment. Please wait a few seconds, then reload this page.</p>"
    b"<p>If you have just sent a form, it has not been saved. Reload this page to send it again.</p></html>"
)
_PROBLEM = json.dumps(
    {
        "type": "about:blank",
        "title": translations.text("en", "error.unavailable"),
        "status": _STATUS,
        "code": "unavailable",
        "detail": "the server is busy",
    }
).encode()
_EVERY_ORIGIN = [("access-control-allow-origin", "*"), ("access-control-expose-headers", "Retry-After")]


class Refusal(NamedTuple):
    """A whole response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def refuse(method: str, path: str, headers: Mapping[str, str]) -> Refusal:
    """Return the response to a request that was not begun; programs get a problem, people a small page in English.

    Websites of every origin may read it, since the gateway does not know the partners and it contains no data.
    """
    common = [(name.lower(), value) for name, value in FOR_ALL]
    if method == "OPTIONS" and "access-control-request-method" in headers:
        # Browsers hide the status of a failed preflight from the form, which then could not say that the server is
        # busy. This permits nothing: the origin is checked again when the POST arrives.
        allowed = [("access-control-allow-methods", "POST"), ("access-control-allow-headers", "Content-Type")]
        return Refusal(204, [*common, _EVERY_ORIGIN[0], *allowed, ("access-control-max-age", "0")], b"")
    wait_s = EARLIEST_RETRY_S + secrets.randbelow(LATEST_RETRY_S - EARLIEST_RETRY_S + 1)
    common.append(("retry-after", str(wait_s)))
    if wants_json(path, headers.get("content-type", "").partition(";")[0].strip().lower()):
        kind, policy, body = "application/problem+json", "default-src 'none'; frame-ancestors 'none'", _PROBLEM
        common += _EVERY_ORIGIN
    else:
        kind, policy, body = "text/html; charset=utf-8", _PAGE_POLICY, _PAGE
    common += [("content-type", kind), ("content-security-policy", policy), ("content-length", str(len(body)))]
    return Refusal(_STATUS, common, b"" if method == "HEAD" else body)


class RefusalLog:
    """Writes to the log how many requests were refused: at the first one, then at most once a minute."""

    def __init__(self) -> None:
        self._count = 0
        self._next_at = 0.0

    def add(self) -> None:
        """Count one refused request."""
        self._count += 1
        now = time.monotonic()
        if now >= self._next_at:
            _log.warning("overloaded: %d requests got a 503 since the last such line", self._count)
            self._count, self._next_at = 0, now + _LOG_EVERY_S
