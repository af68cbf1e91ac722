"""Chooses the engine by the database's address."""

from pathlib import Path

from server.errors import SettingsError
from server.storage.sqlite_store import SqliteStore
from server.storage.transactions import Store


def open_store(address: str) -> Store:
    """Return the store at ``address``: a path, or ``sqlite:///path``. Nothing is opened before it is used.

    Raises ``SettingsError`` for an engine that this version does not speak, without a word about its password.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return SqliteStore(Path(address).absolute())
    if scheme != "sqlite":
        raise SettingsError(f"this version keeps its records in SQLite; it cannot use a {scheme}:// database")
    if not rest.startswith("/"):
        raise SettingsError("an SQLite database has no host: write sqlite:///path, or sqlite:////path from the root")
    return SqliteStore(Path(rest[1:]).absolute())
