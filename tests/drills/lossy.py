"""A server that must be caught: it answers first and writes a moment later. Everything else is the product."""

import os
import sys
import threading
from typing import Any

from server.cli.context import Instance
from server.cli.instance import make_worker_app, serve
from server.config import read_settings
from server.services.sign import sign
from server.web.gateway import Gateway
from server.web.public import sign as sign_views

LATER_S = 0.1


def sign_later(*given: Any, **named: Any) -> None:
    """Promise to sign."""
    threading.Timer(LATER_S, sign, given, named).start()


def lossy_worker() -> Gateway:
    """Return the product's app with the one promise broken."""
    assert sign_views.sign is sign, "the product signs elsewhere now: break its promise there"
    sign_views.sign = sign_later
    return make_worker_app()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.lossy:lossy_worker")
