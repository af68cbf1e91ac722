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
from server.web import signing

LATER_S = 0.1


def sign_later(*given: Any, **named: Any) -> None:
    """Promise to sign."""
    threading.Timer(LATER_S, sign, given, named).start()


def lossy_worker() -> Flask:
    """Return the product's app with the one promise broken."""
    assert signing.sign is sign, "the product signs elsewhere now: break its promise there"
    signing.sign = sign_later
    return worker()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.lossy:lossy_worker")
