"""Chooses the engine by the database's address."""

from pathlib import Path
from urllib.parse import urlsplit

from server.errors import SettingsError
from server.storage.sqlite_store import SqliteStore
from server.storage.transactions import Store


def open_store(address: str) -> Store:
    """Return the store at ``address``: a path, or ``sqlite:///path``. Nothing is opened before it is used.

    Raises ``SettingsError`` for an engine that this version does not speak.
    """
    scheme = urlsplit(address).scheme if "://" in address else ""
    if scheme not in ("", "sqlite"):
        raise SettingsError(f"this version keeps its records in SQLite; it cannot use a {scheme}:// database")
    return SqliteStore(Path(address.removeprefix("sqlite:///")).absolute())
