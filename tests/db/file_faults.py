"""What can happen to a database file while it is open, and whether SQLite says anything by itself."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlite_utils.utils import sqlite3

from server.db.sqlite_store import SqliteStore

Fault = Callable[[Path], object]


def foreign_file(path: Path) -> Path:
    """Make somebody else's SQLite file beside ``path``."""
    other = path.with_name("shop.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER)")
    return other


def other_instance(path: Path) -> Path:
    """Make the database of another instance beside ``path``."""
    other = path.with_name("other.db")
    store = SqliteStore(other)
    store.migrate(create=True)
    store.close()
    return other


def log_of(path: Path) -> Path:
    return Path(f"{path}-wal")


FAULTS: dict[str, Fault] = {
    "moved": lambda path: path.rename(f"{path}.moved"),
    "deleted": lambda path: path.unlink(),
    "replaced by another instance": lambda path: other_instance(path).replace(path),
    "replaced by another program": lambda path: foreign_file(path).replace(path),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "overwritten by another instance": lambda path: shutil.copyfile(other_instance(path), path),
    "overwritten by another program": lambda path: shutil.copyfile(foreign_file(path), path),
    "overwritten by text": lambda path: path.write_text("Dear friends, this is a letter.\n" * 1000),
    "log deleted": lambda path: log_of(path).unlink(),
    "log moved": lambda path: log_of(path).rename(f"{path}-wal.moved"),
    "log emptied": lambda path: os.truncate(log_of(path), 0),
}
"""By name: what is done to the database at ``path``."""
