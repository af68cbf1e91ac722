"""A server that must be caught: it answers first and writes a moment later. Everything else is the product."""

import os
import sys
import threading
from typing import Any

from flask import Flask

from server.actions.sign import sign
from server.cli.opening import Instance
from server.cli.serving import serve, worker
from server.config import read_settings
from server.web import embed

LATER_S = 0.1


def sign_later(*given: Any, **named: Any) -> None:
    """Promise to sign."""
    threading.Timer(LATER_S, sign, given, named).start()


def lossy_worker() -> Flask:
    """Return the product's app with the one promise broken."""
    embed.sign_statement = sign_later  # type: ignore[assignment]
    return worker()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.lossy:lossy_worker")
