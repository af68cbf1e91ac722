"""The limiter's own store: exact across threads and processes, and an error of limits' own when it cannot be used."""

import multiprocessing
import os
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from limits import parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlite_utils.utils import sqlite3

from server.db import rate_limits
from server.db.rate_limits import SqliteStorage, get_or_create_daily_key

HUNDRED = parse("100 per minute")
TODAY = 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


def storage_at(path: Path) -> SqliteStorage:
    return SqliteStorage(f"sqlite:///{path}")


def hit_a_hundred_times(uri: str, answers) -> None:
    limiter = FixedWindowRateLimiter(storage_from_string(uri))
    answers.put(sum(limiter.hit(HUNDRED, "a-visitor") for _ in range(100)))


def accepted_by_four_processes(uri: str) -> int:
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    processes = [spawn.Process(target=hit_a_hundred_times, args=(uri, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    accepted = sum(answers.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    return accepted


def hit_in_threads(count_one, *, threads: int, each: int) -> None:
    workers = [threading.Thread(target=lambda: [count_one() for _ in range(each)]) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def rewind(path: Path, seconds: int) -> None:
    """Let the windows have begun earlier, as if the time had passed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE hits_1 SET expires_at = expires_at - ?", (seconds,))


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_four_processes_let_exactly_the_limit_through(path):
    assert accepted_by_four_processes(f"sqlite:///{path}") == 100


def test_four_processes_that_count_in_their_own_memory_let_four_times_the_limit_through():
    assert accepted_by_four_processes("memory://") == 400


def test_eight_threads_lose_no_hit(path):
    storage = storage_at(path)

    hit_in_threads(lambda: storage.incr("k", 60), threads=8, each=50)

    assert storage.get("k") == 400


def test_reading_before_writing_would_lose_hits(path):
    """The twin: the same file, but a look at the count first, as two threads do it at once."""
    storage = storage_at(path)
    both_have_read = threading.Barrier(2)

    def count_naively() -> None:
        seen = storage.get("k")
        both_have_read.wait(timeout=10)
        storage._run("REPLACE INTO hits_1 (key, count, expires_at) VALUES ('k', :count, 1e10)", {"count": seen + 1})

    hit_in_threads(count_naively, threads=2, each=1)

    assert storage.get("k") == 1


def test_a_restart_keeps_the_counts(path):
    storage_at(path).incr("k", 60, amount=7)

    assert storage_at(path).incr("k", 60) == 8


def test_a_window_that_is_over_begins_anew_with_the_same_hit(path):
    storage = storage_at(path)
    storage.incr("k", 60, amount=9)
    ended_at = storage.get_expiry("k")
    rewind(path, 60)

    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1
    assert storage.get_expiry("k") >= ended_at


def test_a_later_hit_does_not_put_off_the_end_of_the_window(path):
    storage = storage_at(path)
    storage.incr("k", 60)
    ends_at = storage.get_expiry("k")

    storage.incr("k", 60)

    assert storage.get_expiry("k") == ends_at


def test_an_unknown_key_has_no_hits_and_is_open_now(path):
    storage, memory = storage_at(path), MemoryStorage()

    assert storage.get("nobody") == memory.get("nobody") == 0
    assert storage.get_expiry("nobody") == pytest.approx(memory.get_expiry("nobody"), abs=2)


def test_clear_forgets_one_key_and_reset_all_but_the_daily_keys(path):
    storage = storage_at(path)
    for key in ("a", "b", "c"):
        storage.incr(key, 60)
    daily_key = storage.daily_key(TODAY)

    storage.clear("a")

    assert (storage.get("a"), storage.get("b")) == (0, 1)
    assert storage.reset() == 2
    assert storage.get("b") == 0
    assert storage.daily_key(TODAY) == daily_key


def test_windows_that_are_over_are_pruned_while_others_hit(path, monkeypatch):
    monkeypatch.setattr(rate_limits, "PRUNE_EVERY_HITS", 10)
    storage = storage_at(path)
    for number in range(9):
        storage.incr(f"old-{number}", 60)
    rewind(path, 61)

    storage.incr("new", 60)

    assert rows(path, "hits_1") == 1


def test_a_flood_of_new_visitors_is_pruned_faster_than_it_comes():
    assert rate_limits.PRUNE_AT_MOST > rate_limits.PRUNE_EVERY_HITS


def test_only_the_owner_may_read_the_file(path):
    storage_at(path).incr("k", 60)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_other_processes_of_the_file_see_the_same_daily_key(path):
    mine, theirs = storage_at(path), storage_at(path)

    assert mine.daily_key(TODAY) == theirs.daily_key(TODAY)
    assert len(mine.daily_key(TODAY)) == 32


def test_each_day_has_a_key_of_its_own_and_old_ones_are_gone(path):
    storage = storage_at(path)
    keys = [storage.daily_key(day) for day in range(TODAY, TODAY + 4)]

    assert len(set(keys)) == 4
    assert rows(path, "daily_keys_1") == 2
    assert storage.daily_key(TODAY + 3) == keys[3]
    assert storage.daily_key(TODAY) != keys[0]


def test_a_deleted_daily_key_leaves_no_trace_in_the_file(path):
    old_key = storage_at(path).daily_key(TODAY)
    storage_at(path).daily_key(TODAY + 2)

    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert old_key not in path.read_bytes()


def test_memory_gives_a_daily_key_that_its_caller_must_hold():
    memory = MemoryStorage()

    assert get_or_create_daily_key(memory, TODAY) != get_or_create_daily_key(memory, TODAY)


def test_the_daily_key_of_a_file_is_the_one_in_it(path):
    assert get_or_create_daily_key(storage_at(path), TODAY) == storage_at(path).daily_key(TODAY)


def make_it_garbage(path: Path) -> None:
    path.write_bytes(b"these are no counters" * 400)


def make_it_a_folder(path: Path) -> None:
    path.mkdir()


def put_it_where_no_folder_is(path: Path) -> None:
    path.parent.rmdir()


BREAKAGES = [make_it_garbage, make_it_a_folder, put_it_where_no_folder_is]


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__)
def test_an_unusable_file_raises_the_error_that_the_limiter_falls_back_on(path, breakage):
    breakage(path)
    storage = storage_at(path)

    for use in (
        lambda: storage.incr("k", 60),
        lambda: storage.get("k"),
        lambda: storage.get_expiry("k"),
        lambda: storage.clear("k"),
        storage.reset,
        lambda: storage.daily_key(TODAY),
    ):
        with pytest.raises(StorageError):
            use()
    assert storage.check() is False


def test_a_file_that_somebody_holds_locked_raises_after_a_moment_and_works_again_later(path, monkeypatch):
    monkeypatch.setattr(rate_limits, "BUSY_TIMEOUT_S", 0.05)
    storage = storage_at(path)
    storage.incr("k", 60)
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError):
            storage.incr("k", 60)
        assert storage.check() is False
        somebody.execute("ROLLBACK")

    assert storage.check() is True
    assert storage.incr("k", 60) == 2


def test_a_file_that_was_garbage_works_once_it_is_deleted(path):
    make_it_garbage(path)
    storage = storage_at(path)
    assert storage.check() is False

    path.unlink()

    assert storage.check() is True
    assert storage.incr("k", 60) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # a thread of another test may still be ending
def test_a_forked_process_opens_the_file_for_itself(path):
    storage = storage_at(path)
    storage.incr("k", 60)
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writing, str(storage.incr("k", 60)).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"2"
    assert storage.incr("k", 60) == 3
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///limits.db", "sqlite://limits.db"])
def test_an_address_without_an_absolute_path_is_refused(uri):
    with pytest.raises(ConfigurationError, match="absolute"):
        storage_from_string(uri)


def test_the_address_is_known_to_limits(path):
    assert isinstance(storage_from_string(f"sqlite:///{path}"), SqliteStorage)
