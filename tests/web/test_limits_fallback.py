"""The limits while their store is lost: half of each, in memory; never a 500, never no limit."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask_limiter import Limiter
from limits.errors import StorageError
from sqlite_utils.utils import sqlite3

from server.db import rate_limits
from server.errors import TooMany
from server.web.limits import EXTENSION, hit
from tests.web.limited_app import accepted, get, in_eight_threads, make_app, post


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


@pytest.fixture
def uri(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def held(path: Path) -> Iterator[None]:
    """Somebody holds the limiter's file locked."""
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        yield


def break_it_before_it_exists(path: Path) -> None:
    path.mkdir()


def fill_it_with_garbage(path: Path) -> None:
    path.write_bytes(b"these are no counters" * 400)


@pytest.mark.parametrize("breakage", [break_it_before_it_exists, fill_it_with_garbage])
def test_without_a_store_half_the_limits_hold_in_memory(path, uri, breakage):
    breakage(path)
    app = make_app(uri)

    assert accepted([get(app) for _ in range(20)]) == 5
    assert accepted([post(app).status_code for _ in range(20)]) == 2


def test_a_hit_that_is_the_first_to_notice_falls_back_too(uri, held, monkeypatch):
    app = make_app(uri)
    monkeypatch.setattr(rate_limits, "BUSY_TIMEOUT_S", 0.05)
    statuses = []
    for _ in range(20):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}):
            try:
                hit("sign")
                statuses.append(202)
            except TooMany as refusal:
                statuses.append(refusal.status)

    assert accepted(statuses) == 2


def test_a_store_lost_in_the_middle_refuses_nobody_with_500(uri, path, monkeypatch):
    app = make_app(uri)
    monkeypatch.setattr(rate_limits, "BUSY_TIMEOUT_S", 0.05)
    get(app)
    path.with_name("limits.db-wal").unlink()
    path.with_name("limits.db-shm").unlink()
    fill_it_with_garbage(path)
    statuses = in_eight_threads(lambda: get(app), 80)

    assert 5 <= accepted(statuses) <= 10


def test_eight_threads_that_notice_the_loss_at_once_all_get_an_answer(uri, path):
    for _ in range(10):
        path.unlink(missing_ok=True)
        fill_it_with_garbage(path)
        app = make_app(uri, {"confirm": "1000 per minute"})

        assert set(in_eight_threads(lambda app=app: get(app), 16)) == {200}


def test_flask_limiters_own_fallback_lets_the_second_error_through(path):
    """The twin: its guard looks whether the store is known as lost, and a request that began before gets the error."""

    class Late(Limiter):
        @property
        def limiter(self):
            if not self._storage_dead:
                self._storage_dead = True  # as another thread would, in this very moment
                raise StorageError(OSError("lost"))
            return super().limiter

    app = Flask("stock")
    limiter = Late(lambda: "visitor", app=app, storage_uri="memory://", in_memory_fallback_enabled=True)
    app.add_url_rule("/link", "stock", limiter.limit("10 per minute")(lambda: "stock"))

    assert get(app) == 500


def test_the_loss_is_logged_once(uri, path, caplog):
    fill_it_with_garbage(path)
    app = make_app(uri)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            get(app)
            post(app)

    assert [record.getMessage() for record in caplog.records] == [
        "Rate limit storage unreachable - falling back to in-memory storage"
    ]


def test_when_the_store_is_back_the_whole_limit_is(uri, path):
    fill_it_with_garbage(path)
    app = make_app(uri)
    assert accepted([get(app) for _ in range(20)]) == 5
    named = app.extensions[EXTENSION]
    named._ask_again_at = 0  # long ago

    path.unlink()

    assert accepted([get(app) for _ in range(20)]) == 10


def test_half_of_one_is_one_for_nobody_is_locked_out(uri, path):
    fill_it_with_garbage(path)

    app = make_app(uri, {"confirm": "1 per minute"})

    assert [get(app) for _ in range(3)] == [200, 429, 429]


def test_without_a_fallback_a_lost_store_is_a_500_or_no_limit_at_all(uri, path):
    """The twin: the two other answers that Flask-Limiter has."""
    fill_it_with_garbage(path)
    for swallow_errors, statuses in ((False, {500}), (True, {200})):
        app = Flask("stock")
        limiter = Limiter(lambda: "visitor", app=app, storage_uri=uri, swallow_errors=swallow_errors)
        app.add_url_rule("/link", "stock", limiter.limit("10 per minute")(lambda: "stock"))

        assert {get(app) for _ in range(50)} == statuses


def test_the_name_of_a_visitor_survives_the_loss_of_the_store(uri, path):
    fill_it_with_garbage(path)
    app = make_app(uri)

    assert len({app.test_client().get("/page").text for _ in range(5)}) == 1
