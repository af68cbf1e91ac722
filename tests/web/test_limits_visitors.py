"""Who counts as one visitor: a network, by a name that only today's key can find."""

from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask, request
from flask_limiter import Limiter
from sqlite_utils.utils import sqlite3

from server.db.rate_limits import SqliteStorage
from server.web import limits
from server.web.limits import VISITOR_BYTES, network_of, visitor, visitor_name
from tests.web.limited_app import accepted, get, make_app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


@pytest.fixture
def uri(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def app(uri: str) -> Flask:
    return make_app(uri)


def test_rotating_through_ones_own_64_does_not_help(app):
    assert accepted([get(app, f"2001:db8:1:2::{number:x}") for number in range(200)]) == 10


def test_keyed_by_the_address_200_of_200_would_come_through(app):
    """The twin: the limiter as it comes, keyed by the whole address."""
    stock = Flask("stock")
    limiter = Limiter(lambda: request.remote_addr or "", app=stock, storage_uri="memory://")
    stock.add_url_rule("/link", "stock", limiter.limit("10 per minute")(lambda: "stock"))

    assert accepted([get(stock, f"2001:db8:1:2::{number:x}") for number in range(200)]) == 200


def test_all_networks_of_a_48_have_four_times_the_limit_of_one(app):
    networks = [f"2001:db8:7:{number:x}::1" for number in range(200)]

    assert accepted([get(app, address) for address in networks]) == 40
    assert accepted([get(app, address) for address in networks]) == 0
    assert get(app, "2001:db8:8::1") == 200


def test_without_a_limit_of_the_48_all_of_its_networks_come_through(app, monkeypatch):
    """The twin: 200 networks of 64 bits are 200 visitors, and a rented server has 65,536 of them."""
    monkeypatch.setattr(limits, "site_of", lambda _network: None)

    assert accepted([get(app, f"2001:db8:7:{number:x}::1") for number in range(200)]) == 200


def test_many_ipv4_visitors_share_no_limit(app):
    assert accepted([get(app, f"203.0.113.{number}") for number in range(200)]) == 200


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

    assert len(keys) == 3, "two networks, and the /48 of the second"
    assert not any(trace in written for trace in (b"203.0.113", b"2001:db8"))


def test_a_visitor_is_called_the_same_in_every_process_of_the_store(uri):
    names = {make_app(uri).test_client().get("/page").text for _ in range(3)}

    assert len(names) == 1
    assert len(names.pop()) == 2 * VISITOR_BYTES


def test_the_name_is_worked_out_once_a_request(app):
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "203.0.113.7"}) as context:
        first = visitor()
        context.request.environ["REMOTE_ADDR"] = "203.0.113.8"

        assert visitor() == first
