"""A server that must be caught: it looks first, and spares the work for an address that has signed."""

import os
import sys

from flask import Flask

from server.actions.sign import sign
from server.cli.opening import Instance
from server.cli.serving import serve, worker
from server.config import read_settings
from server.web import signing
from tests.actions.test_sign import naive_sign


def sparing_worker() -> Flask:
    """Return the product's app with the one promise broken."""
    assert signing.sign is sign, "the product signs elsewhere now: break its promise there"
    signing.sign = naive_sign
    return worker()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.sparing:sparing_worker")
