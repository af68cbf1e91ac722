"""A partner's origin is stored exactly as browsers send it, or refused; a short name is made from its host."""

import pytest

from server.errors import ValueRefused
from server.text.addresses import host_of, is_short_name, read_origin, short_name


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.partner.example", "https://www.partner.example"),
        ("https://www.partner.example/", "https://www.partner.example"),
        ("HTTPS://WWW.Partner.EXAMPLE", "https://www.partner.example"),
        ("https://partner.example:443", "https://partner.example"),
        ("https://partner.example:8443/", "https://partner.example:8443"),
        (" https://partner.example\n", "https://partner.example"),
        ("https://ärger.example", "https://xn--rger-koa.example"),
        ("https://xn--rger-koa.example", "https://xn--rger-koa.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://Новости.example", "https://xn--b1amnebsh.example"),
        ("https://թերթ.հայ", "https://xn--29ahb5g.xn--y9a3aq"),
        ("https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ("https://[2001:DB8::0:1]", "https://[2001:db8::1]"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_an_origin_is_stored_as_browsers_send_it(written, origin):
    assert read_origin(written) == origin
    assert read_origin(origin) == origin


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "null",
        "https://*",
        "https://*.partner.example",
        "partner.example",
        "www.partner.example/page",
        "//partner.example",
        "https://",
        "https:///page",
        "https://partner.example/page",
        "https://partner.example//",
        "https://partner.example?x=1",
        "https://partner.example#form",
        "https://ani@partner.example",
        "https://ani:secret@partner.example",
        "https://:secret@partner.example",
        "https://@partner.example",
        "https://partner.example:0",
        "https://partner.example:65536",
        "https://partner.example:port",
        "https://partner example",
        "https://partner..example",
        "https://-partner.example",
        "https://xn--a.example",
        "https://[2001:db8::1",
        "https://[2001:db8::g]",
        "https://partner.example\\@other.example",
        "https://partner.example, https://other.example",
        "ftp://partner.example",
        "file:///home/ani/page.html",
        "javascript:alert(1)",
        'https://partner.example"onload=x',
    ],
)
def test_what_no_browser_sends_is_refused(written):
    with pytest.raises(ValueRefused, match="is not an origin; write one such as"):
        read_origin(written)


@pytest.mark.parametrize(
    "written",
    ["http://www.partner.example", "http://127.0.0.1.partner.example", "http://localhost.example", "http://192.0.2.7"],
)
def test_a_page_that_can_be_read_on_the_way_is_refused(written):
    with pytest.raises(ValueRefused, match="must be https"):
        read_origin(written)


@pytest.mark.parametrize(
    ("origin", "suggested"),
    [
        ("https://www.hill.example", "hill-example"),
        ("https://hill.example:8443", "hill-example-8443"),
        ("https://[2001:db8::1]", "2001-db8-1"),
        ("https://xn--29ahb5g.xn--y9a3aq", "xn-29ahb5g-xn-y9a3aq"),
    ],
)
def test_a_host_suggests_a_short_name(origin, suggested):
    assert short_name(host_of(origin)) == suggested
    assert is_short_name(suggested)


@pytest.mark.parametrize("text", ["", "-", "Hill", "hill news", "hill--news", "-hill", "hill-", 'x"><script>', "ärger"])
def test_what_could_break_a_snippet_is_no_short_name(text):
    assert not is_short_name(text)
