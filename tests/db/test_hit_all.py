"""All windows of a limit at once: one hit in each, up to the first that is full, whichever store counts."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from limits import RateLimitItem, parse
from limits.storage import Storage
from sqlite_utils.utils import sqlite3

from server.db import rate_limits
from server.db.rate_limits import MemoryStorage, SqliteStorage, hit_all, window_resets_at

WINDOWS = MINUTE, HOUR, DAY = parse("3 per minute"), parse("5 per hour"), parse("100 per day")
NOBODY = "nobody/sign"
VISITOR = "a-visitor/sign"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


@pytest.fixture
def sqlite(path: Path) -> SqliteStorage:
    return SqliteStorage(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", "memory"])
def storage(request, sqlite: SqliteStorage) -> Storage:
    return sqlite if request.param == "sqlite" else MemoryStorage()


def counts(storage: Storage, *windows: RateLimitItem, whose: str = VISITOR) -> list[int]:
    return [storage.get(f"{whose}/{window.amount}/{window.get_expiry()}") for window in windows]


def rewind(path: Path, seconds: int) -> None:
    """Let the windows have begun earlier, as if the time had passed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE hits_1 SET expires_at = expires_at - ?", (seconds,))


def test_a_hit_counts_in_every_window_up_to_the_one_that_is_full(storage):
    full = [hit_all(storage, WINDOWS, VISITOR) for _ in range(5)]

    assert full == [None, None, None, MINUTE, MINUTE]
    assert counts(storage, HOUR, DAY) == [3, 3]


def test_another_visitor_and_another_limit_count_apart(storage):
    for whose in (VISITOR, VISITOR, "another/sign", "a-visitor/confirm"):
        hit_all(storage, WINDOWS, whose)

    assert counts(storage, *WINDOWS) == [2, 2, 2]
    assert counts(storage, *WINDOWS, whose="another/sign") == [1, 1, 1]


def test_a_changed_limit_begins_a_new_count(storage):
    for _ in range(3):
        hit_all(storage, (MINUTE,), VISITOR)

    assert hit_all(storage, (MINUTE,), VISITOR) == MINUTE
    assert hit_all(storage, (parse("4 per minute"),), VISITOR) is None


def test_the_end_of_a_window_is_told_and_now_where_there_is_none(storage):
    hit_all(storage, WINDOWS, VISITOR)

    lasting = [
        window_resets_at(storage, window, VISITOR) - window_resets_at(storage, window, NOBODY) for window in WINDOWS
    ]

    assert lasting == pytest.approx([60, 3600, 86400], abs=2)


def test_eight_threads_get_exactly_the_smallest_of_the_windows(storage):
    windows = (parse("100 per minute"), parse("1000 per hour"))
    passed = []

    def count_fifty() -> None:
        passed.extend(1 for _ in range(50) if hit_all(storage, windows, VISITOR) is None)

    threads = [threading.Thread(target=count_fifty) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 100


# --- in the file


def test_a_window_that_is_over_opens_while_the_longer_ones_go_on(sqlite, path):
    for _ in range(4):
        hit_all(sqlite, WINDOWS, VISITOR)
    rewind(path, 60)

    full = [hit_all(sqlite, WINDOWS, VISITOR) for _ in range(3)]

    assert full == [None, None, HOUR]
    assert counts(sqlite, *WINDOWS) == [3, 5, 5]


def test_the_flood_that_is_refused_writes_nothing(sqlite):
    for _ in range(10):
        hit_all(sqlite, (MINUTE,), VISITOR)

    assert counts(sqlite, MINUTE) == [3]


def test_hits_of_many_windows_prune_too(sqlite, path, monkeypatch):
    monkeypatch.setattr(rate_limits, "PRUNE_EVERY_HITS", 4)
    sqlite.incr("old", 60)
    rewind(path, 61)

    for visitor in ("a", "b"):
        hit_all(sqlite, (MINUTE, HOUR), visitor)

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM hits_1").fetchone() == (4,)
