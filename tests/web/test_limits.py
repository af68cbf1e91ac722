"""The named limits: exact, fair to whole networks, blind to preflights, and never gone when the store is."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import parse, parse_many
from limits.errors import StorageError
from sqlite_utils.utils import sqlite3

from server.errors import TooMany
from server.storage import ratelimits
from server.storage.ratelimits import SqliteStorage
from server.web import limits as limits_module
from server.web.limits import (
    DAY_S,
    current_limits,
    hit,
    init_limits,
    limit_of,
    limited,
    too_many_of,
    visitor,
    visitor_name,
)
from server.web.network import network_of

LIMITS = {
    "sign": "4 per minute; 6 per hour",
    "attempt": "100 per minute",
    "data": "10 per minute",
    "page": "20 per minute",
}


def make_app(storage_uri: str, limits: dict[str, str] | None = None) -> Flask:
    app = Flask("limited")
    init_limits(app, limits={**LIMITS, **(limits or {})}, storage_uri=storage_uri)

    @app.get("/data")
    @limited("data")
    def data() -> str:
        return "data"

    @app.get("/more-data")
    @limited("data")
    def more_data() -> str:
        return "more data"

    @app.get("/page")
    @limited("page")
    def page() -> str:
        return visitor()

    @app.post("/sign")
    @limited("attempt")
    def sign() -> tuple[str, int]:
        if not request.data:
            return "invalid", 422
        hit("sign")
        return "pending", 202

    @app.errorhandler(RateLimitExceeded)
    def explain_exceeded(exceeded: RateLimitExceeded):
        return explain(too_many_of(exceeded))

    @app.errorhandler(TooMany)
    def explain(error: TooMany):
        return "too many", error.status, {"Retry-After": str(error.retry_after_s)}

    return app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


@pytest.fixture
def uri(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def app(uri: str) -> Flask:
    return make_app(uri)


def get(app: Flask, address: str = "203.0.113.7", url: str = "/data") -> int:
    return app.test_client().get(url, environ_base={"REMOTE_ADDR": address}).status_code


def post(app: Flask, body: str = "a signature", address: str = "203.0.113.7"):
    return app.test_client().post("/sign", data=body, environ_base={"REMOTE_ADDR": address})


def accepted(statuses: Sequence[int]) -> int:
    assert set(statuses) <= {200, 202, 429}
    return sum(status != 429 for status in statuses)


def in_eight_threads(act, times: int) -> list[int]:
    with ThreadPoolExecutor(8) as threads:
        return [done.result() for done in [threads.submit(act) for _ in range(times)]]


@pytest.fixture
def held(path: Path) -> Iterator[None]:
    """Somebody holds the limiter's file locked."""
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        yield


# --- exact


def test_eight_threads_get_exactly_the_limit_of_a_route(app):
    assert accepted(in_eight_threads(lambda: get(app), 80)) == 10


def test_eight_threads_get_exactly_the_limit_of_a_hit_inside_a_view(app):
    assert accepted(in_eight_threads(lambda: post(app).status_code, 80)) == 4


def test_asking_first_and_counting_afterwards_would_let_a_flood_through(app):
    """The twin: what Flask-Limiter's deduct_when does, with eight requests that ask before one has counted."""
    window, refused = parse("4 per minute"), 0
    with app.test_request_context("/"):
        limiter = current_limits().limiter
        refused = [not limiter.test(window, "flood") for _ in range(8)]
        for _ in refused:
            limiter.hit(window, "flood")

    assert refused.count(False) == 8


def test_two_routes_of_one_name_share_their_limit(app):
    statuses = [get(app, url=url) for url in ["/data", "/more-data"] * 10]

    assert accepted(statuses) == 10


def test_the_names_do_not_share_theirs(app):
    for _ in range(11):
        get(app)

    assert (get(app), get(app, url="/page")) == (429, 200)


def test_two_apps_on_one_store_count_together(uri):
    one, other = make_app(uri), make_app(uri)

    assert accepted([get(app) for app in [one, other] * 10]) == 10


def test_two_apps_with_memory_count_each_for_itself():
    """The twin: memory:// with two worker processes is twice the limit."""
    one, other = make_app("memory://"), make_app("memory://")

    assert accepted([get(app) for app in [one, other] * 20]) == 20


# --- what counts


def test_preflights_do_not_count(uri):
    app = make_app(uri)

    @app.route("/explicit", methods=["GET", "OPTIONS"])
    @limited("data")
    def explicit() -> str:
        return "explicit"

    for url in ["/explicit", "/data"] * 30:
        assert app.test_client().options(url).status_code == 200

    assert accepted([get(app, url="/explicit") for _ in range(20)]) == 10


def test_without_naming_the_methods_a_preflight_would_count():
    """The twin: a limit of Flask-Limiter as it comes."""
    app = Flask("stock")
    limiter = Limiter(lambda: "visitor", app=app, storage_uri="memory://")
    app.add_url_rule("/", "stock", limiter.limit("10 per minute")(lambda: "stock"), methods=["GET", "OPTIONS"])

    for _ in range(10):
        app.test_client().options("/")

    assert app.test_client().get("/").status_code == 429


def test_head_counts_as_get_does(app):
    for _ in range(10):
        app.test_client().head("/data", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert get(app) == 429


def test_an_invalid_form_uses_nothing_of_the_sign_limit_up(app):
    invalid = [post(app, body="").status_code for _ in range(20)]
    valid = [post(app).status_code for _ in range(5)]

    assert invalid == [422] * 20
    assert valid == [202, 202, 202, 202, 429]


def test_invalid_forms_have_a_limit_of_their_own(app):
    statuses = [post(app, body="").status_code for _ in range(101)]

    assert Counter(statuses) == {422: 100, 429: 1}


# --- windows


def end_the_windows(path: Path, longer_than_s: int, up_to_s: int) -> None:
    """Let windows of some length be over, as if the time had passed."""
    now = time.time()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "UPDATE hits_1 SET expires_at = 0 WHERE expires_at - ? BETWEEN ? AND ?", (now, longer_than_s, up_to_s)
        )


def test_a_burst_that_the_minute_refuses_leaves_the_hour_alone(app, path):
    burst = [post(app).status_code for _ in range(50)]
    end_the_windows(path, 0, 60)
    next_minute = [post(app).status_code for _ in range(3)]

    assert accepted(burst) == 4
    assert next_minute == [202, 202, 429]


def test_the_other_order_of_windows_would_use_up_the_hour(app, path):
    """The twin: the longest window first, and all of them counted."""
    written = "6 per hour; 4 per minute"
    assert [window.get_expiry() for window in parse_many(written)] == [3600, 60]
    longest_first = make_app(f"sqlite:///{path}", {"sign": written})
    named = longest_first.extensions[limits_module.EXTENSION]
    named._windows["sign"] = tuple(parse_many(written))

    for _ in range(50):
        post(longest_first)
    end_the_windows(path, 0, 60)

    assert post(longest_first).status_code == 429


def test_retry_after_is_the_rest_of_the_window_that_refuses(app, path):
    refused = [post(app) for _ in range(5)][-1]
    end_the_windows(path, 0, 60)
    refused_for_long = [post(app) for _ in range(3)][-1]

    assert 55 <= int(refused.headers["Retry-After"]) <= 60
    assert 3590 <= int(refused_for_long.headers["Retry-After"]) <= 3600


def test_retry_after_of_a_route_is_the_rest_of_its_window_too(app):
    for _ in range(10):
        get(app)

    answer = app.test_client().get("/data", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert answer.status_code == 429
    assert 55 <= int(answer.headers["Retry-After"]) <= 60


def test_when_the_window_is_over_the_visitor_may_go_on(app, path):
    assert accepted([get(app) for _ in range(12)]) == 10

    end_the_windows(path, 0, 60)

    assert get(app) == 200


# --- who counts as one visitor


def test_rotating_through_ones_own_64_does_not_help(app):
    assert accepted([get(app, f"2001:db8:1:2::{number:x}") for number in range(200)]) == 10


def test_keyed_by_the_address_200_of_200_would_come_through(app):
    """The twin: the limiter as it comes, keyed by the whole address."""
    stock = Flask("stock")
    limiter = Limiter(lambda: request.remote_addr or "", app=stock, storage_uri="memory://")
    stock.add_url_rule("/data", "stock", limiter.limit("10 per minute")(lambda: "stock"))

    assert accepted([get(stock, f"2001:db8:1:2::{number:x}") for number in range(200)]) == 200


def test_ipv4_in_ipv6_clothes_is_no_second_visitor(app):
    assert accepted([get(app, address) for address in ["203.0.113.7", "::ffff:203.0.113.7"] * 10]) == 10


def test_another_network_has_a_limit_of_its_own(app):
    for _ in range(11):
        get(app)

    assert [get(app, address) for address in ("203.0.113.8", "2001:db8:1:2::1", "2001:db8:1:3::1")] == [200] * 3


def test_one_network_has_another_name_on_another_day(uri):
    storage = SqliteStorage(uri)
    network = network_of("203.0.113.7")

    names = {visitor_name(network, storage.daily_key(day)) for day in (20_000, 20_001, 20_002)}

    assert len(names) == 3


def test_without_the_daily_key_the_address_is_found_by_trying_all():
    """The twin: a hash without a key that is gone tomorrow; 256 addresses here, four thousand million take minutes."""
    kept = visitor_name(network_of("203.0.113.7"), b"")
    tried = {visitor_name(network_of(f"203.0.113.{last}"), b""): last for last in range(256)}

    assert tried[kept] == 7


def test_the_store_knows_no_address_only_todays_names(app, path):
    get(app, "203.0.113.7")
    get(app, "2001:db8:1:2::1")
    with closing(sqlite3.connect(path)) as db:
        keys = [key for (key,) in db.execute("SELECT key FROM hits_1")]
        written = path.read_bytes() + path.with_name("limits.db-wal").read_bytes()

    assert len(keys) == 2
    assert not any(trace in written for trace in (b"203.0.113", b"2001:db8"))


def test_a_visitor_is_called_the_same_in_every_process_of_the_store(uri):
    names = {make_app(uri).test_client().get("/page").text for _ in range(3)}

    assert len(names) == 1
    assert len(names.pop()) == limits_module.VISITOR_CHARS


def test_the_name_is_worked_out_once_a_request(app):
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}) as context:
        first = visitor()
        context.request.environ["REMOTE_ADDR"] = "203.0.113.8"

        assert visitor() == first


# --- the store is lost


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


def test_a_hit_that_is_the_first_to_notice_falls_back_too(app, path, held, monkeypatch):
    monkeypatch.setattr(ratelimits, "BUSY_TIMEOUT_S", 0.05)
    statuses = []
    for _ in range(20):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}):
            try:
                hit("sign")
                statuses.append(202)
            except TooMany as refusal:
                statuses.append(refusal.status)

    assert accepted(statuses) == 2


def test_a_store_lost_in_the_middle_refuses_nobody_with_500(app, path, monkeypatch):
    monkeypatch.setattr(ratelimits, "BUSY_TIMEOUT_S", 0.05)
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
        app = make_app(uri, {"data": "1000 per minute"})

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
    app.add_url_rule("/data", "stock", limiter.limit("10 per minute")(lambda: "stock"))

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
    named = app.extensions[limits_module.EXTENSION]
    named._Limiter__last_check_backend = 0  # long ago: Flask-Limiter asks again after 1, 2, 4, ... seconds

    path.unlink()

    assert accepted([get(app) for _ in range(20)]) == 10


def test_half_of_one_is_one_for_nobody_is_locked_out(uri, path):
    fill_it_with_garbage(path)

    assert accepted([get(make_app(uri, {"data": "1 per minute"})) for _ in range(1)]) == 1


def test_without_a_fallback_a_lost_store_is_a_500_or_no_limit_at_all(uri, path):
    """The twin: the two other answers that Flask-Limiter has."""
    fill_it_with_garbage(path)
    for swallow_errors, statuses in ((False, {500}), (True, {200})):
        app = Flask("stock")
        limiter = Limiter(lambda: "visitor", app=app, storage_uri=uri, swallow_errors=swallow_errors)
        app.add_url_rule("/data", "stock", limiter.limit("10 per minute")(lambda: "stock"))

        assert {get(app) for _ in range(50)} == statuses


def test_the_name_of_a_visitor_survives_the_loss_of_the_store(uri, path):
    fill_it_with_garbage(path)
    app = make_app(uri)

    assert len({app.test_client().get("/page").text for _ in range(5)}) == 1


# --- set-up


def test_a_view_tells_its_limit(app):
    assert limit_of(app.view_functions["data"]) == "data"
    assert limit_of(app.view_functions["sign"]) == "attempt"
    assert limit_of(lambda: "no limit") is None


def test_a_limited_view_in_an_app_without_limits_is_an_error_and_never_without_limit():
    app = Flask("forgotten")
    app.add_url_rule("/data", "data", limited("data")(lambda: "data"))

    assert get(app) == 500


def test_a_limit_that_cannot_be_read_stops_the_start(uri):
    with pytest.raises(ValueError, match="often"):
        make_app(uri, {"sign": "not too often"})


def test_a_changed_limit_begins_a_new_count(uri):
    assert accepted([get(make_app(uri)) for _ in range(11)]) == 10

    assert get(make_app(uri, {"data": "11 per minute"})) == 200


def test_a_day_is_a_day():
    assert time.gmtime(20_000 * DAY_S)[3:6] == (0, 0, 0)
