"""The doors of the product, as everybody opens them: what is asked at each, and the status that must come."""

import itertools
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import urlencode

from tests.benchmarks.asking import get, post, read, submissions
from tests.benchmarks.pairs import Side
from tests.drills.real_server import SLUG, RealInstance

DATA = f"/api/v1/statements/{SLUG}"
LIST = f"{DATA}/signatories"
PAGE = f"/s/{SLUG}"
FRAME = f"/embed/{SLUG}?partner=river-watch"
MOST_CONFIRMED = 4_000  # in one burst
PENDING = "SELECT id, nonce FROM signatures WHERE confirmed_at IS NULL AND id > :after ORDER BY id LIMIT 500"


def signing(port: int, token: str) -> Side:
    """People who sign, each for the first time."""
    return Side(port, lambda: submissions(f"{DATA}/signatures", token), 202)


def reading(port: int, path: str) -> Side:
    """Visitors who open a page, or a form that reads its data, for the first time."""
    return Side(port, lambda: itertools.repeat(get(path)), 200)


def rereading(port: int, path: str) -> Side:
    """Forms that have the data already and ask whether it has changed; it changes with the minute of its token."""

    def requests() -> Iterator[bytes]:
        while time.time() % 60 > 50:
            time.sleep(1)
        return itertools.repeat(get(path, etag=read(port, path)[0]))

    return Side(port, requests, 304)


def confirming(instance: RealInstance) -> Side:
    """Signers who press the button behind the link of their email; each of those who have signed before comes once.

    The links are made before the clock runs, because here the emails are not what is measured.
    """
    links = _confirm_paths(instance)
    ready: deque[bytes] = deque()

    def requests() -> Iterator[bytes]:
        ready.extend(map(_confirm, islice(links, MOST_CONFIRMED - len(ready))))
        return iter(ready.popleft, None)

    return Side(instance.port, requests, 303)


def _confirm_paths(instance: RealInstance) -> Iterator[str]:
    here = instance.opened.context
    last = 0
    while True:
        with here.db.read() as tx:
            rows = tx.rows(PENDING, {"after": last})
        for row in rows:
            last = row["id"]
            yield "/confirm/" + here.links.confirm_token(last, row["nonce"], now=int(time.time()))
        if not rows:
            return


def _confirm(path: str) -> bytes:
    body = urlencode({"consent": "yes"}).encode()
    return post(path, body, origin=None, content_type="application/x-www-form-urlencoded")


def commenting(port: int) -> Side:
    """Visitors of the peer who leave a comment, each with a name and a text of their own."""

    def requests() -> Iterator[bytes]:
        for number in itertools.count():
            said = {
                "author": f"Ani {number}",
                "email": f"ani.{secrets.token_hex(6)}@rivers.example",
                "text": "Rivers!",
                "title": "Signed",
            }
            yield post("/new?uri=%2Fsign", json.dumps(said).encode())

    return Side(port, requests, 201)


ALL: dict[str, Callable[[int, str], Side]] = {
    "sign POST": signing,
    "data GET": lambda port, _: reading(port, DATA),
    "data GET, 304": lambda port, _: rereading(port, DATA),
    "hosted page": lambda port, _: reading(port, PAGE),
    "frame page": lambda port, _: reading(port, FRAME),
    "list": lambda port, _: reading(port, LIST),
}
"""The doors that need nothing but a port and a form token, by name."""
