"""Websites: what is one, which domain somebody can own, and which address proves it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.text.addresses import (
    PUBLIC_MAILBOXES,
    SHARED_SITES,
    check_website,
    domain_of,
    proves_domain,
    registrable_domain,
)

URL_BITS = st.text(alphabet="htps:/\\@.#?%[]0189axամ-_\t\n \u202e\ud800", max_size=40)


# Domains and what they prove


@pytest.mark.parametrize(
    ("place", "domain"),
    [
        ("ngo.example", "ngo.example"),
        ("www.ngo.am", "ngo.am"),
        ("https://www.ngo.co.uk/about?x=https://other.am", "ngo.co.uk"),
        ("ngo.am/?next=https://other.ge", "ngo.am"),
        ("NGO.AM.", "ngo.am"),
        ("https://ngo.am:8443/", "ngo.am"),
        ("ani.github.io", "ani.github.io"),
        ("https://www.հայ.հայ/", "xn--y9a3aq.xn--y9a3aq"),
        ("www.xn--y9a3aq.xn--y9a3aq", "xn--y9a3aq.xn--y9a3aq"),
        ("github.io", None),
        ("co.uk", None),
        ("am", None),
        ("localhost", None),
        ("192.0.2.1", None),
        ("http://127.1/", None),
        ("http://0x7f.1/", None),
        ("http://127.0x1/", None),
        ("http://[2001:db8::1]/", None),
        ("http://[", None),
        ("ngo..am", None),
        ("a" * 254 + ".am", None),
        ("", None),
    ],
)
def test_the_registrable_domain_is_what_somebody_can_own(place, domain):
    assert registrable_domain(place) == domain


@pytest.mark.parametrize(
    ("address", "website", "proves"),
    [
        ("ani@ngo.am", "https://www.ngo.am/hy", True),
        ("ani@mail.ngo.am", "https://ngo.am", True),
        ("ani@ngo.example", "ngo.example", True),
        ("ani@հայ.հայ", "https://xn--y9a3aq.xn--y9a3aq", True),
        ("ani@ngo.am", "https://ngo.ge", False),
        ("ani@ngo.am", "https://ngo.am.evil.ge", False),
        ("ani@evil-ngo.am", "https://ngo.am", False),
        ("eve@evil.com.am", "https://ngo.com.am", False),
        ("eve@evil.github.io", "https://ngo.github.io", False),
        ("ani@gmail.com", "https://gmail.com", False),
        ("ani@mail.ru", "https://mail.ru", False),
        ("ani@x.yandex.ru", "https://yandex.ru", False),
        ("ani@facebook.com", "https://facebook.com/ngo", False),
        ("ani@relay.firefox.com", "https://firefox.com", False),
        ("ani@localhost", "http://localhost", False),
        ("ani@ngo.am", "", False),
    ],
)
def test_an_address_proves_the_website_of_its_own_registrable_domain_only(address, website, proves):
    assert proves_domain(address, website) is proves


@pytest.mark.parametrize("naive", [lambda mail, site: site.endswith(mail), lambda mail, site: mail[-6:] == site[-6:]])
def test_comparing_the_ends_of_domains_would_be_fooled(naive):
    """The twin: a suffix comparison takes a neighbour below the same public suffix, or a longer name, for the owner."""
    fooled = [("github.io", "ngo.github.io"), ("evil-ngo.am", "ngo.am"), ("ngo.am", "evil-ngo.am")]

    assert any(naive(mail, site) for mail, site in fooled)
    assert not any(proves_domain(f"eve@{mail}", site) for mail, site in fooled)


@pytest.mark.parametrize("domain", sorted(PUBLIC_MAILBOXES | SHARED_SITES))
def test_no_public_mailbox_or_shared_site_proves_itself(domain):
    assert not proves_domain(f"eve@{domain}", f"https://{domain}")
    assert domain_of(f"eve@{domain}") == domain


# Websites


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ngo.example", "https://ngo.example"),
        (" www.NGO.am/ ", "https://www.ngo.am"),
        ("HTTP://ngo.am/", "http://ngo.am"),
        ("https://ngo.am/a/b?c=d&e=f#g", "https://ngo.am/a/b?c=d&e=f#g"),
        ("https://ngo.am:443/x", "https://ngo.am/x"),
        ("http://ngo.am:80/x", "http://ngo.am/x"),
        ("https://ngo.am/?x=1", "https://ngo.am/?x=1"),
        ("ngo.am/?u=https://other.am", "https://ngo.am/?u=https://other.am"),
        ("https://հայ.հայ/մեր", "https://xn--y9a3aq.xn--y9a3aq/%D5%B4%D5%A5%D6%80"),
        ("https://ngo.am/%D5%B4", "https://ngo.am/%D5%B4"),
        ("https://ngo.am/@ani", "https://ngo.am/@ani"),
        ("https://facebook.com/ngo", "https://facebook.com/ngo"),
        ('https://ngo.am/"><script>', "https://ngo.am/%22%3E%3Cscript%3E"),
    ],
)
def test_a_website_comes_back_as_a_plain_url(typed, kept):
    assert check_website(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ngo",
        "our website",
        "co.uk",
        "localhost",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "javascript:alert(1)",
        "javascript://ngo.am/%0aalert(1)",
        "data:text/html,x",
        "mailto:ani@ngo.am",
        "ani@ngo.am",
        "ftp://ngo.am",
        "//ngo.am",
        "https:ngo.am",
        "https://",
        "https://ngo.am:8080/",
        "https://ngo.am:80/",
        "https://ngo.am:99999/",
        "https://ngo.am@evil.ge/",
        "https://a:b@ngo.am/",
        "https://ngo.am\\@evil.ge/",
        "https://ngo.am/\u202egnp.exe",
        "https://ngo.am/a\nb",
        "https://ng\to.am/",
        "https://ngo.am/a b",
        "https://ngo.am/\ud800",
        "https://n%67o.am/",
        "https://under_score.ngo.am/",
    ],
)
def test_what_is_no_website_is_refused(typed):
    with pytest.raises(ValueRefused) as caught:
        check_website(typed)

    assert (caught.value.reason, caught.value.code, caught.value.status) == ("not-a-website", "invalid", 422)


@pytest.mark.parametrize("typed", ["https://ngo.am/" + "a" * 286, "https://ngo.am/" + "ա" * 60, "x" * 100_000])
def test_a_website_longer_than_three_hundred_characters_is_refused_even_if_only_encoding_makes_it_so(typed):
    with pytest.raises(ValueRefused) as caught:
        check_website(typed)

    assert caught.value.reason == "too-long"


def test_looking_only_at_the_beginning_would_let_a_disguised_host_through():
    """The twin: a prefix check takes the password before the @ for the host."""
    disguised = "https://ngo.am@evil.ge/"

    assert disguised.startswith("https://ngo.am")
    with pytest.raises(ValueRefused):
        check_website(disguised)


@given(typed=URL_BITS | URL_BITS.map("https://ngo.am".__add__) | URL_BITS.map("https://".__add__) | st.text())
def test_what_passes_as_a_website_is_ascii_http_and_stays_as_it_is(typed):
    try:
        url = check_website(typed)
    except ValueRefused:
        return

    assert url.startswith(("http://", "https://"))
    assert url.isascii()
    assert url.isprintable()
    assert len(url) <= 300
    assert not set(url) & set(" \"'<>\\") - {"'"}
    assert registrable_domain(url)
    assert check_website(url) == url
