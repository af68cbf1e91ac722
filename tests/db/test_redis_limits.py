"""The limits counted by a real Redis: exact over processes, with one daily key, and lost and found again."""

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from limits import parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string

from server.db.rate_limits import get_or_create_daily_key, hit_all, window_resets_at
from server.web.limits import EXTENSION
from tests.processes import Running, free_port
from tests.web.limited_app import accepted, get, make_app, post

PROGRAM = shutil.which("redis-server")
WINDOWS = MINUTE, HOUR = parse("3 per minute"), parse("5 per hour")
TODAY = 20_000


class Redis:
    """Debian's Redis on a loopback port, without files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.uri = f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        assert PROGRAM
        switches = ("--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._running = Running((PROGRAM, *switches), printed=self._folder / "redis.log", cwd=self._folder)
        self._running.wait_for("Redis", lambda: storage_from_string(self.uri).check())

    def stop(self) -> None:
        self._running.kill()


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[Redis]:
    if not PROGRAM:
        reason = "Redis is missing: apt-get install redis-server"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def storage(redis: Redis) -> Storage:
    storage = storage_from_string(redis.uri, wrap_exceptions=True)
    storage.get_connection().flushall()
    return storage


def test_a_hit_counts_in_every_window_up_to_the_one_that_is_full(storage):
    full = [hit_all(storage, WINDOWS, "a-visitor/sign") for _ in range(4)]

    assert full == [None, None, None, MINUTE]
    assert window_resets_at(storage, HOUR, "a-visitor/sign") == pytest.approx(time.time() + 3600, abs=5)


def test_parallel_hits_of_two_clients_let_exactly_the_limit_through(storage, redis):
    clients = [storage, storage_from_string(redis.uri, wrap_exceptions=True)]
    hundred = (parse("100 per minute"),)

    with ThreadPoolExecutor(8) as threads:
        full = list(threads.map(lambda n: hit_all(clients[n % 2], hundred, "a-visitor/sign"), range(300)))

    assert full.count(None) == 100


def test_all_clients_share_the_key_of_a_day_and_another_day_has_another(storage, redis):
    other = storage_from_string(redis.uri, wrap_exceptions=True)

    assert get_or_create_daily_key(storage, TODAY) == get_or_create_daily_key(other, TODAY)
    assert get_or_create_daily_key(storage, TODAY + 1) != get_or_create_daily_key(other, TODAY)


def test_two_apps_on_one_redis_count_together(storage, redis):
    one, other = make_app(redis.uri), make_app(redis.uri)

    assert accepted([get(app) for app in [one, other] * 10]) == 10
    assert [post(app).status_code for app in [one, other] * 3] == [202] * 4 + [429] * 2


def test_a_redis_that_dies_costs_half_the_limit_and_no_answer(storage, redis):
    app = make_app(redis.uri)
    assert get(app) == 200
    redis.stop()
    try:
        assert accepted([get(app) for _ in range(20)]) == 5
        with pytest.raises(StorageError):
            hit_all(storage, WINDOWS, "a-visitor/sign")
    finally:
        redis.start()
    app.extensions[EXTENSION]._ask_again_at = 0  # long ago

    assert accepted([get(app) for _ in range(20)]) == 10
