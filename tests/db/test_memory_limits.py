"""The limits' counters in memory: exact over threads, and never more of them than fit."""

import threading
import time

import pytest
from limits.storage import MemoryStorage as Stock
from limits.storage import storage_from_string

from server.db import rate_limits
from server.db.rate_limits import MemoryStorage


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


def test_hits_add_up_within_their_window(storage):
    assert [storage.incr("k", 60), storage.incr("k", 60, amount=5), storage.incr("other", 60)] == [1, 6, 1]
    assert storage.get("k") == 6


def test_a_window_that_is_over_begins_anew(storage):
    storage.incr("k", 0, amount=9)

    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1


def test_a_later_hit_does_not_put_off_the_end_of_the_window(storage):
    storage.incr("k", 60)
    ends_at = storage.get_expiry("k")

    storage.incr("k", 600)

    assert storage.get_expiry("k") == ends_at == pytest.approx(time.time() + 60, abs=2)


def test_an_unknown_key_has_no_hits_and_is_open_now(storage):
    assert storage.get("nobody") == 0
    assert storage.get_expiry("nobody") == pytest.approx(time.time(), abs=2)


def test_clear_forgets_one_key_and_reset_all(storage):
    for key in ("one", "two", "three"):
        storage.incr(key, 60)
    storage.clear("one")
    storage.clear("nobody")

    assert (storage.get("one"), storage.get("two")) == (0, 1)
    assert storage.reset() == 2
    assert storage.get("two") == 0
    assert storage.check()


def test_eight_threads_lose_no_hit(storage):
    threads = [threading.Thread(target=lambda: [storage.incr("k", 60) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert storage.get("k") == 4000


def test_windows_that_are_over_make_room(storage, monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_WINDOWS", 100)
    for number in range(90):
        storage.incr(f"old-{number}", 0)
    for number in range(40):
        storage.incr(f"new-{number}", 60)

    assert len(storage._windows) <= 100
    assert all(storage.get(f"new-{number}") == 1 for number in range(40))


def test_a_crowd_of_networks_does_not_fill_the_memory(storage, monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_WINDOWS", 100)
    for number in range(1000):
        storage.incr(str(number), 60)

        assert len(storage._windows) <= 100


def test_the_stock_counters_keep_every_network_of_a_crowd():
    """The twin: what limits brings has no bound within a window."""
    stock = Stock()
    for number in range(1000):
        stock.incr(str(number), 60)

    assert len(stock.storage) == 1000


def test_memory_is_counted_here_whoever_asks_for_it():
    assert type(storage_from_string("memory://")) is MemoryStorage
