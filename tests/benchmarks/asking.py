"""The requests of the benchmark, as browsers on a partner's page send them."""

import itertools
import json
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection

from tests.drills.real_server import ORIGIN

ACCEPTED = "Accept: */*\r\nAccept-Language: en\r\nAccept-Encoding: gzip, deflate, br\r\n"


def post(path: str, body: bytes, *, origin: str | None = ORIGIN, content_type: str = "application/json") -> bytes:
    """Return a post from a page of another origin, or from our own page if ``origin`` is None."""
    sent_from = f"Origin: {origin}\r\nSec-Fetch-Site: cross-site\r\n" if origin else "Sec-Fetch-Site: same-origin\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{sent_from}{ACCEPTED}"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
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


def read(port: int, path: str) -> tuple[str, dict[str, str], bytes]:
    """Return the validator, the headers and the body, as it is sent, of what stands at a path now."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Language": "en", "Accept-Encoding": "gzip, deflate, br"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return str(response.headers["ETag"]), dict(response.headers), body
