"""A small WSGI app behind the gateway, for what the product's own views hide: ``python -m tests.web.echo_server PORT``.

A post is answered with the length of its body, ``GET /long`` with a long response that says when it was sent and
closed; ``/wait`` and ``/admin/wait`` wait for a file.
"""

import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from werkzeug import Request, Response

from server.cli.instance import serve
from server.web.gateway import Gateway

CHUNK = b"x" * 64 * 1024
CHUNKS = 400
CLOSED, SENT, WAITING, GO_ON = "CLOSED", "SENT", "WAITING", "GO-ON"  # files in the server's folder


@Request.application
def echo(request: Request) -> Response:
    if request.path.endswith("/wait"):
        Path(f"{secrets.token_hex(4)}.{WAITING}").touch()
        while not Path(GO_ON).exists():
            threading.Event().wait(0.02)
    if request.path == "/long":
        return Response(long_response(), headers={"Content-Length": str(len(CHUNK) * CHUNKS)})
    return Response(str(len(request.get_data())))


def long_response() -> Iterator[bytes]:
    try:
        for _ in range(CHUNKS):
            yield CHUNK
        Path(f"{secrets.token_hex(4)}.{SENT}").touch()
    finally:
        Path(CLOSED).touch()


def make_app() -> Gateway:
    return Gateway(echo, threads=2, body_timeout_s=3)


if __name__ == "__main__":
    settings = SimpleNamespace(host="127.0.0.1", port=int(sys.argv[1]), processes=1)
    serve(settings, target="tests.web.echo_server:make_app")  # type: ignore[arg-type]
