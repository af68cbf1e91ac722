"""Chooses the engine by the database's address."""

from importlib import import_module
from pathlib import Path

from server.errors import SettingsError
from server.storage.sqlite_store import SqliteStore
from server.storage.transactions import Store


def open_store(address: str) -> Store:
    """Return the store at ``address``: a path, ``sqlite:///path``, or ``postgresql://...``; it opens at its first use.

    Raises ``SettingsError`` for an engine that this version does not speak, without a word about its password.
    """
    file = file_of(address)
    return _postgres_store(address) if file is None else SqliteStore(file)


def file_of(address: str) -> Path | None:
    """Return the file that holds the records, None where a server does; raises ``SettingsError`` as ``open_store``."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return Path(address).absolute()
    if scheme in ("postgresql", "postgres"):
        return None
    if scheme != "sqlite":
        raise SettingsError(f"records are kept in SQLite or PostgreSQL; there is no way to use a {scheme}:// database")
    if not rest.startswith("/"):
        raise SettingsError("an SQLite database has no host: write sqlite:///path, or sqlite:////path from the root")
    return Path(rest[1:]).absolute()


def _postgres_store(url: str) -> Store:
    try:
        engine = import_module("server.storage.postgres_store")
    except ImportError as missing:
        raise SettingsError("PostgreSQL needs a package more: pip install 'undersigned[postgres]'") from missing
    store: Store = engine.PostgresStore(url)
    return store
