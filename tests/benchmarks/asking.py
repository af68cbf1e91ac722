"""The requests of the benchmark, as browsers on a partner's page send them."""

import itertools
import json
import secrets
import time
from collections.abc import Iterator
from http.client import HTTPConnection

from tests.drills.real_server import ORIGIN

ACCEPTED = "Accept: */*\r\nAccept-Language: en\r\n"


def post(path: str, body: bytes) -> bytes:
    """Return a post of JSON across origins."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\nSec-Fetch-Site: cross-site\r\n"
        f"{ACCEPTED}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, etag: str | None = None) -> bytes:
    """Return a read; with a validator where the answer is known already."""
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\n{ACCEPTED}{condition}\r\n".encode()


def submissions(path: str, form_token: str) -> Iterator[bytes]:
    """Yield posts of different people, each with a key, a name and an address that never come again."""
    for number in itertools.count():
        body = {
            "key": secrets.token_urlsafe(18),
            "form_token": form_token,
            "kind": "individual",
            "name": f"Անի Գևորգյան {number}",
            "email": f"ani.{secrets.token_hex(6)}@rivers.example",
            "title": "Poet",
            "affiliation": "Union of Writers",
            "city": "Gyumri",
            "locale": "en",
        }
        yield post(path, json.dumps(body).encode())


def rereads(port: int, path: str) -> Iterator[bytes]:
    """Yield what a browser asks that has the answer already; the answer changes with the minute of its form token."""
    while time.time() % 60 > 50:
        time.sleep(1)
    return itertools.repeat(get(path, etag_of(port, path)))


def etag_of(port: int, path: str) -> str:
    """Return the validator of what stands at a path now."""
    return read(port, path)[0]


def read(port: int, path: str) -> tuple[str, bytes]:
    """Return the validator and the body of what stands at a path now."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Language": "en"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return str(response.headers["ETag"]), body
