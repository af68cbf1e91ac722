"""Slips in the domains of big mail providers are noticed, and no domain that has mail of its own is taken for one."""

import pytest

from server.text.addresses import PUBLIC_MAILBOXES, SHARED_SITES
from server.text.typos import suggest_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *[(f"{name}.com", "gmail.com") for name in ("gmial", "gmai", "gamil", "gmal", "gmaill", "ggmail", "gmaul")],
        *[(f"gmail.{end}", "gmail.com") for end in ("con", "co", "cm", "om", "c", "comm", "vom", "cmo")],
        ("hotmial.com", "hotmail.com"),
        ("hotmal.com", "hotmail.com"),
        ("hotmail.con", "hotmail.com"),
        ("yahooo.fr", "yahoo.fr"),
        ("yaho.com", "yahoo.com"),
        ("yahoo.co.u", "yahoo.co.uk"),
        ("outlok.com", "outlook.com"),
        ("iclould.com", "icloud.com"),
        ("mail.r", "mail.ru"),
        ("yandex.r", "yandex.ru"),
        ("yadex.ru", "yandex.ru"),
        ("ukr.ne", "ukr.net"),
        ("web.d", "web.de"),
        ("orange.f", "orange.fr"),
    ],
)
def test_a_slip_is_noticed(typed, meant):
    assert suggest_address(f"Ani.P@{typed}") == f"Ani.P@{meant}"


OF_THEIR_OWN = [
    "mail.com",
    "gmx.com",
    "ymail.com",
    "email.com",
    "hotmail.co",
    "yahoo.co",
    "bk.ru",
    "br.ru",
    "web.de",
    "yahoo.se",
    "hotmail.se",
    "yahoo.nl",
    "live.se",
    "hmail.com",
    "fmail.com",
    "zmail.com",
    "gmx.fr",
    "ya.ru",
    "yandex.net",
    "ua.fm",
    "i.ua",
    "grail.com",
    "gail.com",
    "me.com",
    "mac.com",
    "post.de",
    "cloud.com",
    "icloud.co",
    "range.fr",
    "freedom.fr",
    "handex.ru",
    "hotels.com",
    "ngo.example",
    "gmail.example",
    "yahoo.example",
    "mail.example",
    "subdomain.gmail.com",
    "xn--gmal-vpa.com",
]


@pytest.mark.parametrize("domain", OF_THEIR_OWN)
def test_a_domain_of_its_own_is_never_taken_for_a_slip(domain):
    assert suggest_address(f"ani@{domain}") is None


def test_no_provider_that_we_know_is_a_slip_of_another():
    assert [domain for domain in PUBLIC_MAILBOXES | SHARED_SITES if suggest_address(f"ani@{domain}")] == []
