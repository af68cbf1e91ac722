"""The floor of the comparison: bare Flask on the product's own server.

A post stores one durable row and checks nothing. A read sends bytes from memory.
"""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlite_utils.utils import sqlite3

from server.cli.context import Instance
from server.cli.instance import serve
from server.config import read_settings
from server.db.sqlite_store import WriterLock
from server.web.gateway import Gateway

TABLE = "CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL) STRICT"
INSERT = "INSERT INTO rows (key, name, email) VALUES (:key, :name, :email)"
DATABASE = "floor.db"
BYTES = "bytes"
"""The folder with the bodies that it sends, by their name in the path."""


def connect(path: Path) -> Any:
    """Open a connection whose commits are durable: write-ahead log, synced at every commit, as the product's are."""
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def make_table(path: Path) -> None:
    """Make the floor's one table in a new file."""
    connection = connect(path)
    connection.execute(TABLE)
    connection.close()


class Rows:
    """One connection a thread, and the product's own queue in front of the writers: the fastest that we know."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = WriterLock(Path(f"{path}.lock"), timeout_s=5)
        self._mine = threading.local()

    def add(self, values: Mapping[str, str]) -> None:
        """Store one row in a transaction of its own, durably."""
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = connect(self._path)
        with self._lock.held():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(INSERT, values)
            connection.execute("COMMIT")


def worker() -> Gateway:
    """Return the bare app, behind the product's own gateway."""
    app = Flask("floor", static_folder=None)
    rows = Rows(Path(os.environ["FLOOR_DATABASE"]))
    bodies = {path.name: path.read_bytes() for path in Path(os.environ["FLOOR_BYTES"]).iterdir()}

    @app.post("/sign")
    def sign() -> ResponseReturnValue:
        rows.add(request.get_json())
        return {"state": "pending"}, 202

    @app.get("/word")
    def word() -> ResponseReturnValue:
        return {"state": "open"}

    @app.get("/bytes/<name>")
    def same_bytes(name: str) -> ResponseReturnValue:
        return bodies[name]

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return {"status": "ok"}

    return Gateway(app, threads=int(os.environ["FLOOR_THREADS"]), body_timeout_s=10)


if __name__ == "__main__":
    instance = Instance(sys.argv[1])
    settings = read_settings(instance.environment | {"PORT": sys.argv[2]})
    os.environ.update(
        FLOOR_DATABASE=str(Path(sys.argv[1]) / DATABASE),
        FLOOR_BYTES=str(Path(sys.argv[1]) / BYTES),
        FLOOR_THREADS=str(settings.threads),
    )
    serve(settings, target="tests.benchmarks.floor:worker")
