"""The named limits: exact over threads, routes and windows, and blind to preflights."""

import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask
from flask_limiter import Limiter
from limits import parse, parse_many
from limits.strategies import FixedWindowRateLimiter
from sqlite_utils.utils import sqlite3

from server.web.limits import COUNTED_PER_PROCESS, EXTENSION, LimitName, current_limits, limit_of, limited
from tests.web.limited_app import accepted, get, in_eight_threads, make_app, post


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


@pytest.fixture
def uri(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def app(uri: str) -> Flask:
    return make_app(uri)


# --- exact


def test_eight_threads_get_exactly_the_limit_of_a_route(app):
    assert accepted(in_eight_threads(lambda: get(app), 80)) == 10


def test_eight_threads_get_exactly_the_limit_of_a_hit_inside_a_view(app):
    assert accepted(in_eight_threads(lambda: post(app).status_code, 80)) == 4


def test_asking_first_and_counting_afterwards_would_let_a_flood_through(app):
    """The twin: what Flask-Limiter's deduct_when does, with eight requests that ask before one has counted."""
    window = parse("4 per minute")
    with app.test_request_context("/"):
        limiter = FixedWindowRateLimiter(current_limits().store)
        refused = [not limiter.test(window, "flood") for _ in range(8)]
        for _ in refused:
            limiter.hit(window, "flood")

    assert refused.count(False) == 8


def test_two_routes_of_one_name_share_their_limit(app):
    statuses = [get(app, url=url) for url in ["/link", "/other-link"] * 10]

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


def test_what_only_costs_us_time_is_counted_by_each_process_for_itself(uri):
    one, other = make_app(uri), make_app(uri)

    assert accepted([get(app, url="/page") for app in [one, other] * 30]) == 40


def test_what_changes_something_or_sends_an_email_is_counted_by_all_together():
    assert set(get_args(LimitName)) - COUNTED_PER_PROCESS == {
        *("sign", "confirm", "resend", "dump", "login", "account")
    }


# --- what counts


def test_preflights_that_flask_answers_do_not_count(app):
    for _ in range(30):
        assert app.test_client().options("/link").status_code == 200

    assert accepted([get(app) for _ in range(20)]) == 10


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
        app.test_client().head("/link", environ_base={"REMOTE_ADDR": "203.0.113.7"})

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
    named = longest_first.extensions[EXTENSION]
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

    answer = app.test_client().get("/link", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert answer.status_code == 429
    assert 55 <= int(answer.headers["Retry-After"]) <= 60


def test_when_the_window_is_over_the_visitor_may_go_on(app, path):
    assert accepted([get(app) for _ in range(12)]) == 10

    end_the_windows(path, 0, 60)

    assert get(app) == 200


# --- set-up


def test_a_view_tells_its_limit(app):
    assert limit_of(app.view_functions["link"]) == "confirm"
    assert limit_of(app.view_functions["sign"]) == "attempt"
    assert limit_of(lambda: "no limit") is None


def test_a_limited_view_in_an_app_without_limits_is_an_error_and_never_without_limit():
    app = Flask("forgotten")
    app.add_url_rule("/link", "link", limited("confirm")(lambda: "a link"))

    assert get(app) == 500


def test_a_limit_that_cannot_be_read_stops_the_start(uri):
    with pytest.raises(ValueError, match="often"):
        make_app(uri, {"sign": "not too often"})


def test_a_changed_limit_begins_a_new_count(uri):
    assert accepted([get(make_app(uri)) for _ in range(11)]) == 10

    assert get(make_app(uri, {"confirm": "11 per minute"})) == 200
