"""A server that must be caught: it never looks at its database file. Everything else is the product."""

import os
import sys

from server.cli.context import Instance
from server.cli.instance import make_worker_app, serve
from server.config import read_settings
from server.db.sqlite_file import DatabaseFile
from server.web.gateway import Gateway


def unguarded_worker() -> Gateway:
    """Return the product's app with a store that notices nothing."""
    DatabaseFile._judge = lambda _self, _fault: None  # type: ignore[method-assign]
    return make_worker_app()


if __name__ == "__main__":
    os.environ.update(Instance(sys.argv[1]).environment)
    serve(read_settings(os.environ), target="tests.drills.unguarded:unguarded_worker")
