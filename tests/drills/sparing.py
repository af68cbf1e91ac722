"""A server that must be caught: it looks first, and spares the work for an address that has signed."""

import os
import sys

from server.cli.context import Instance
from server.cli.instance import make_worker_app, serve
from server.config import read_settings
from server.services.sign import sign
from server.web.gateway import Gateway
from server.web.public import sign as sign_views
from tests.services.test_sign import naive_sign


def sparing_worker() -> Gateway:
    """Return the product's app with the one promise broken."""
    assert sign_views.sign is sign, "the product signs elsewhere now: break its promise there"
    sign_views.sign = naive_sign
    return make_worker_app()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.sparing:sparing_worker")
