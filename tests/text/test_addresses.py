"""Email addresses: what is one, which are the same mailbox, and the key of each."""

import hashlib
import hmac
import smtplib
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.text.addresses import PROVIDER_RULES, AddressKeys, canonical, check_address, untagged

PEPPER = b"p" * 32
NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{1,12}", fullmatch=True)
LOCALS = st.from_regex(r"[a-zA-Z0-9]+([._-][a-zA-Z0-9]+){0,3}(\+[a-z0-9.]*[a-z0-9])?", fullmatch=True)
DOMAINS = st.sampled_from(sorted(PROVIDER_RULES)) | st.from_regex(r"[a-z]{3,9}\.(am|ge|az|org|example)", fullmatch=True)


# What is an address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ani@ngo.example", "ani@ngo.example"),
        ("  ani@ngo.example\n", "ani@ngo.example"),
        ("Ani.Petrosyan+list@NGO.Example", "Ani.Petrosyan+list@ngo.example"),
        ("o'neil@ngo.example", "o'neil@ngo.example"),
        ("ani@հայ.հայ", "ani@xn--y9a3aq.xn--y9a3aq"),
        ("ani@bücher.example", "ani@xn--bcher-kva.example"),
        ("անի@հայ.հայ", "անի@xn--y9a3aq.xn--y9a3aq"),
        ("jose\u0301@ngo.example", "josé@ngo.example"),
        ("a" * 64 + "@ngo.example", "a" * 64 + "@ngo.example"),
    ],
)
def test_an_address_comes_back_ready_to_be_sent_to(typed, kept):
    assert check_address(typed) == kept


@given(
    st.text(alphabet="abzABZ019_+-.@' é", max_size=70),
    st.sampled_from(["ngo.example", "NGO.example", "bücher.example"]),
)
def test_a_plain_address_is_read_as_any_other_would_be(local, domain):
    """What is plain takes a shorter way; the library alone is the long one."""
    typed = f"{local}@{domain}"
    try:
        checked = validate_email(typed.strip(), check_deliverability=False)
    except EmailNotValidError:
        with pytest.raises(ValueRefused):
            check_address(typed)
    else:
        assert check_address(typed) == f"{checked.local_part}@{checked.ascii_domain}"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ani",
        "ani@",
        "@ngo.example",
        "ani@ngo",
        "ani@@ngo.example",
        "ani@ngo..example",
        ".ani@ngo.example",
        "ani..p@ngo.example",
        "Ani <ani@ngo.example>",
        "<ani@ngo.example>",
        '"ani p"@ngo.example',
        "ani(work)@ngo.example",
        "ani@[192.0.2.1]",
        "ani@192.0.2.1",
        "ani@ngo.example, eve@evil.example",
        "ani@ngo.example;eve@evil.example",
        "friends: ani@ngo.example, eve@evil.example;",
        "ani@ngo.example\nBcc: eve@evil.example",
        "ani\r\n@ngo.example",
        "ani@ngo.example\0",
        "ani\u202e @ngo.example",
        "\ud800@ngo.example",
        "ani@localhost",
        "ani@printer.local",
        "ani@ngo.invalid",
        "ani@ngo.test",
        "=?utf-8?q?evil?=@ngo.example",
        "a=?utf-8?b?ZXZpbA==?=@ngo.example",
        "=?evil@ngo.example",
        "ani@-ngo.example",
        "ani@ngo_.example",
        "ա" * 60 + "@" + "ü." * 20 + "example",  # too long only once its domain is spelled in ASCII
    ],
)
def test_what_is_not_one_address_is_refused(typed):
    with pytest.raises(ValueRefused) as caught:
        check_address(typed)

    assert (caught.value.reason, caught.value.code, caught.value.status) == ("not-an-address", "invalid", 422)


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 243 + "@ngo.example",
        "ա" * 130 + "@ngo.example",
        "a" * 100_000,
    ],
)
def test_an_address_longer_than_mail_allows_is_refused_for_its_length(typed):
    with pytest.raises(ValueRefused) as caught:
        check_address(typed)

    assert caught.value.reason == "too-long"


def test_the_library_left_alone_would_take_a_display_name_when_told_so_and_we_never_do():
    """The twin: one argument away stands a second thing in the address."""
    typed = "Pay now <ani@ngo.example>"

    assert validate_email(typed, check_deliverability=False, allow_display_name=True).display_name
    with pytest.raises(ValueRefused):
        check_address(typed)


def test_the_standard_library_takes_a_list_in_a_header_as_two_recipients():
    """The twin of exactly one recipient: what would happen to an unchecked address."""
    message = EmailMessage()
    message["To"] = "ani@ngo.example, eve@evil.example"

    assert len(message["To"].addresses) == 2
    with pytest.raises(ValueRefused):
        check_address("ani@ngo.example, eve@evil.example")


@given(typed=st.text(max_size=80) | st.emails() | st.text(alphabet="a@.,;:<>\"'() \r\n\t+ա\ud800", max_size=40))
def test_what_passes_is_one_recipient_on_one_line_and_stays_as_it_is(typed):
    try:
        address = check_address(typed)
    except ValueRefused:
        return

    assert [found for _, found in getaddresses([address])] == [address]
    assert address.isprintable()
    assert " " not in address
    assert smtplib.quoteaddr(address) == f"<{address}>"
    assert check_address(address) == address
    assert len(address.encode()) <= 254


# Which are the same mailbox


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("A.n.i+letter@GoogleMail.com", "ani@gmail.com"),
        ("ani+@gmail.com", "ani@gmail.com"),
        ("ani+a+b@outlook.com", "ani@outlook.com"),
        ("a.n.i@outlook.com", "a.n.i@outlook.com"),
        ("ani+x@hotmail.fr", "ani@hotmail.fr"),
        ("ani.p@ya.ru", "ani-p@yandex.ru"),
        ("ani-p+x@yandex.com", "ani-p@yandex.ru"),
        ("ani.p@yandex.com.am", "ani-p@yandex.ru"),
        ("a.n-i_p+x@pm.me", "anip@proton.me"),
        ("anip@protonmail.com", "anip@proton.me"),
        ("ani+x@me.com", "ani@icloud.com"),
        ("a.ni@mac.com", "a.ni@icloud.com"),
        ("ani+x@fastmail.com", "ani@fastmail.com"),
        ("shop@ani.fastmail.com", "ani@fastmail.com"),
        ("ani+x@riseup.net", "ani@riseup.net"),
        ("ani+x@mail.ru", "ani+x@mail.ru"),
        ("Ani@Mail.RU", "ani@mail.ru"),
        ("ani+x@ngo.example", "ani+x@ngo.example"),
        ("a.ni@ngo.example", "a.ni@ngo.example"),
        ("ԱՆԻ@հայ.հայ", "անի@xn--y9a3aq.xn--y9a3aq"),
        ("+ani@gmail.com", "+ani@gmail.com"),
        ("sales@gmail.com.example", "sales@gmail.com.example"),
        ("x@ani.gmail.com", "x@ani.gmail.com"),
    ],
)
def test_the_spellings_of_a_mailbox_are_one(address, same):
    assert canonical(address) == same


@given(local=LOCALS, domain=DOMAINS)
def test_the_canonical_spelling_is_its_own(local, domain):
    once = canonical(f"{local}@{domain}")

    assert canonical(once) == once
    assert once == canonical(f"{local}@{domain}".upper())


@given(name=NAMES, tags=st.lists(st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), min_size=20, unique=True))
def test_a_flood_of_tags_at_a_known_provider_is_one_key(name, tags):
    keys = AddressKeys(PEPPER)
    flood = [f"{name}+{tag}@gmail.com" for tag in tags]

    assert len({keys.key(address) for address in flood}) == 1


@given(name=NAMES, tags=st.lists(st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), min_size=20, unique=True))
def test_without_the_table_the_flood_would_be_as_many_signers(name, tags):
    """The twin: the lower-cased address alone as the key."""
    assert len({f"{name}+{tag}@gmail.com".lower() for tag in tags}) == len(tags)


@given(first=LOCALS, second=LOCALS)
def test_at_an_unknown_provider_two_names_are_never_thrown_together(first, second):
    """Taking tags away everywhere, as others do, would let one colleague take the seat of another."""
    same = canonical(f"{first}@ngo.example") == canonical(f"{second}@ngo.example")

    assert same == (first.lower() == second.lower())


def test_every_rule_leads_to_a_provider_that_has_the_same_rule():
    for domain, rule in PROVIDER_RULES.items():
        assert domain == domain.lower()
        assert PROVIDER_RULES[rule.same_as or domain] == rule


# Keys


def test_a_key_is_the_documented_hmac_of_the_canonical_address():
    expected = hmac.new(PEPPER, b"undersigned.address.v1\0ani@gmail.com", hashlib.sha256).digest()

    assert AddressKeys(PEPPER).key("A.N.I+x@googlemail.com") == expected


@given(local=LOCALS, domain=DOMAINS)
def test_without_a_tag_emails_are_counted_by_the_key_of_the_seats(local, domain):
    """So rows that were made before there were two keys are right."""
    keys, plain = AddressKeys(PEPPER), f"{local.replace('+', '')}@{domain}"

    assert keys.mail_key(plain) == keys.key(plain)


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("ani+x@ngo.example", "ani@ngo.example"),
        ("Ani+x+y@NGO.example", "ani@ngo.example"),
        ("a.n.i+x@googlemail.com", "ani@gmail.com"),
        ("a-ni@ngo.example", "a-ni@ngo.example"),
        ("a.ni@ngo.example", "a.ni@ngo.example"),
        ("+x@ngo.example", "+x@ngo.example"),
    ],
)
def test_emails_are_counted_without_what_follows_a_plus_on_every_domain(address, same):
    keys = AddressKeys(PEPPER)

    assert untagged(address) == same
    assert keys.mail_key(address) == keys.mail_key(same)


def test_another_pepper_or_version_gives_another_key():
    keys = {
        AddressKeys(PEPPER).key("ani@ngo.example"),
        AddressKeys(b"q" * 32).key("ani@ngo.example"),
        AddressKeys(PEPPER, version=2).key("ani@ngo.example"),
    }

    assert {len(key) for key in keys} == {32}
    assert len(keys) == 3


def test_without_a_pepper_a_list_of_addresses_names_every_row():
    """The twin: plain SHA-256 of an address is undone by trying addresses."""
    stolen = hashlib.sha256(b"ani@ngo.example").digest()
    guesses = {hashlib.sha256(guess.encode()).digest(): guess for guess in ("eve@x.example", "ani@ngo.example")}

    assert guesses[stolen] == "ani@ngo.example"
    assert AddressKeys(PEPPER).key("ani@ngo.example") not in guesses


def test_a_missing_pepper_is_refused_and_a_present_one_never_printed():
    with pytest.raises(ValueError, match="pepper"):
        AddressKeys(b"")

    assert "pppp" not in repr(AddressKeys(PEPPER))
