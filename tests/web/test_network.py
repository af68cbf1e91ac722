"""Where a visitor comes from: whole networks, and no header that a stranger could have written."""

import ipaddress

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.middleware.proxy_fix import ProxyFix

from server.web.limits import UNKNOWN, network_of, trust_proxies

VISITOR = "203.0.113.7"
FIRST_PROXY = "198.51.100.1"
SECOND_PROXY = "198.51.100.2"


def app_behind(trusted: int) -> Flask:
    app = Flask("behind-proxies")
    app.add_url_rule("/", "seen", lambda: {"network": network_of(request.remote_addr), "scheme": request.scheme})
    app.add_url_rule("/host", "host", lambda: request.host)
    trust_proxies(app, trusted)
    return app


def send_through(app: Flask, hops: int, *, forged: str | None = None, path: str = "/", **headers: str):
    """Send what arrives when ``hops`` proxies stand in front: each adds the address that it was called from."""
    on_the_way = [VISITOR, FIRST_PROXY, SECOND_PROXY]
    values = ([forged] if forged is not None else []) + on_the_way[:hops]
    if values:
        headers["X-Forwarded-For"] = ", ".join(values)
    return app.test_client().get(path, headers=headers, environ_base={"REMOTE_ADDR": on_the_way[hops]})


def network_seen(app: Flask, hops: int, *, forged: str | None = None) -> str:
    return send_through(app, hops, forged=forged).json["network"]


FORGED = [None, "6.6.6.6", "6.6.6.6, 7.7.7.7", "6.6.6.6, 7.7.7.7, 8.8.8.8", "", ",,,", "unknown", "127.0.0.1", "::1"]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_a_forged_header_changes_nothing_when_all_proxies_are_counted(hops, forged):
    assert network_seen(app_behind(hops), hops, forged=forged) == f"{VISITOR}/32"


@pytest.mark.parametrize("forged", ['"', '6.6.6.6, "', '6.6.6.6, 7.7.7.7, "', '"6.6.6.6", "', '6.6.6.6, "\\'])
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_an_open_quote_hides_no_hop(hops, forged):
    assert network_seen(app_behind(hops), hops, forged=forged) == f"{VISITOR}/32"


@pytest.mark.parametrize("hops", [1, 2])
def test_with_proxyfix_alone_an_open_quote_leads_out_of_ones_own_network(hops):
    """The twin: ProxyFix as it comes gives up on the header, or takes all that follows the quote for one hop."""
    app = app_behind(0)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)

    assert network_seen(app, hops, forged='6.6.6.6, "') != f"{VISITOR}/32"


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_rotating_the_header_stays_in_one_network(hops):
    app = app_behind(hops)

    assert len({network_seen(app, hops, forged=f"6.6.6.{number}") for number in range(200)}) == 1


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_reading_the_first_address_would_let_200_of_200_forgeries_through(hops):
    """The twin: the naive reading of X-Forwarded-For, as one finds it everywhere."""
    app = Flask("naive")
    app.add_url_rule(
        "/", view_func=lambda: {"network": request.headers.get("X-Forwarded-For", "").split(",")[0].strip()}
    )

    assert len({network_seen(app, hops, forged=f"6.6.6.{number}") for number in range(200)}) == 200


@pytest.mark.parametrize(
    ("trusted", "hops", "seen"),
    [
        (0, 1, FIRST_PROXY),
        (0, 2, SECOND_PROXY),
        (1, 2, FIRST_PROXY),
        (1, 0, VISITOR),
        (2, 0, VISITOR),
        (2, 1, FIRST_PROXY),
    ],
)
def test_a_wrong_number_of_proxies_is_a_shared_network_as_long_as_nobody_forges(trusted, hops, seen):
    assert network_seen(app_behind(trusted), hops) == f"{seen}/32"


def test_trusting_a_proxy_that_is_not_there_lets_anybody_choose():
    """Why the setting has no silent default in production."""
    assert network_seen(app_behind(1), 0, forged="6.6.6.6") == "6.6.6.6/32"


def test_the_scheme_comes_from_a_trusted_proxy_only():
    forwarded = {"X-Forwarded-Proto": "https"}

    assert send_through(app_behind(0), 0, **forwarded).json["scheme"] == "http"
    assert send_through(app_behind(1), 1, **forwarded).json["scheme"] == "https"


@pytest.mark.parametrize("trusted", [0, 1, 2])
def test_the_host_is_never_read_from_a_proxy(trusted):
    answer = send_through(app_behind(trusted), trusted, path="/host", **{"X-Forwarded-Host": "evil.example"})

    assert answer.text == "localhost"


def test_no_proxies_means_no_reading_of_headers_at_all():
    app = Flask("plain")
    before = app.wsgi_app

    trust_proxies(app, 0)

    assert app.wsgi_app == before


def test_a_negative_number_of_proxies_is_refused():
    with pytest.raises(ValueError, match="-1"):
        trust_proxies(Flask("plain"), -1)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("0.0.0.0", "0.0.0.0/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::FFFF:CB00:7107", "203.0.113.7/32"),
        ("203.0.113.07", UNKNOWN),
        ("203.0.113.7:51234", "203.0.113.7/32"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[2001:db8::1]:51234", "2001:db8::/64"),
        ("[::ffff:203.0.113.7]:51234", "203.0.113.7/32"),
        ("203.0.113.7:", UNKNOWN),
        ("203.0.113.7:port", UNKNOWN),
        ("[203.0.113.7", UNKNOWN),
        ("203.0.113.7, 198.51.100.1", UNKNOWN),
        ("2001:db8::/64", UNKNOWN),
        ("3405803783", UNKNOWN),
        ("localhost", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_address_becomes_its_network(address, network):
    assert network_of(address) == network


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_rotating_through_a_64_stays_in_one_network_and_leaving_it_does_not(network, host, other_host):
    def address(upper: int, lower: int) -> str:
        return str(ipaddress.IPv6Address((upper << 64) + lower))

    home = network_of(address(network | 1 << 61, host))

    assert network_of(address(network | 1 << 61, other_host)) == home
    assert network_of(address((network | 1 << 61) ^ 1, host)) != home


@given(st.text())
def test_whatever_is_no_address_is_one_and_the_same_network(rubbish):
    try:
        ipaddress.ip_address(rubbish)
    except ValueError:
        assert network_of(rubbish) == UNKNOWN
