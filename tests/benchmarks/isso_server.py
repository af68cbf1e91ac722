"""Serves Isso, compressed as a proxy in front of it would: ``python isso_server.py PORT DATABASE SITE``.

Runs in an environment of Isso's own. A comment form is what comes nearest to ours among well-kept free software.
"""

import gzip
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from isso import config, make_app


def compressed(app: Callable[..., Iterable[bytes]]) -> Callable[..., list[bytes]]:
    """Wrap an app so that its answers come in gzip."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/healthz":  # what whoever started this looks at
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]
        told: list[Any] = []
        body = b"".join(app(environ, lambda *said: told.extend(said)))
        headers = [(name, value) for name, value in told[1] if name.lower() != "content-length"]
        if body:
            body = gzip.compress(body)
            headers.append(("Content-Encoding", "gzip"))
        start_response(told[0], [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return wrapped


class Quiet(WSGIRequestHandler):
    """Says nothing for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until killed."""
    port, database, website = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    settings = config.load(config.default_file())
    settings.set("general", "dbpath", database)
    settings.set("general", "host", website)
    settings.set("server", "listen", f"http://localhost:{port}")
    app = make_app(settings, threading=True)
    make_server("127.0.0.1", port, compressed(app), handler_class=Quiet).serve_forever()


if __name__ == "__main__":
    main()
