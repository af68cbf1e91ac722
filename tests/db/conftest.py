"""The scene of the engines: an SQLite file, and a store on it with a counter that writers race for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db.sqlite_store import SqliteStore
from tests.db.racing import store_with_a_counter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "u.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = store_with_a_counter(path)
    yield store
    store.close()
