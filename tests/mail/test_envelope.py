"""An email goes to one address: nobody is hidden in it, and no header that broke out is sealed."""

from email.errors import MessageError

import pytest
from email_validator import validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.mail.message import EmailRefused, serialise, to_smtp_address
from server.text.addresses import check_address
from tests.mail.composing import ANI, INJECTION, VICTIM, composed, naive, quick, read, recipients


@pytest.mark.parametrize(
    "to",
    [
        f"{ANI}, {VICTIM}",
        f"{ANI},{VICTIM}",
        f"{ANI};{VICTIM}",
        f"{ANI} {VICTIM}",
        f"friends: {ANI}, {VICTIM};",
        f"Ani <{ANI}>",
        f"{ANI}\nBcc: {VICTIM}",
        f"{ANI}\r\nBcc: {VICTIM}",
        f"{ANI}\n",
        f'"{VICTIM}, "@example.org',
        f"{ANI}({VICTIM})",
        f"=?utf-8?q?{VICTIM}=2C?={ANI}",
        "ani@[192.0.2.1]",
        "ani@example.org\u2028x",
        "@example.org",
        "",
    ],
)
def test_anything_but_one_plain_address_is_refused(to):
    with pytest.raises(EmailRefused):
        composed(to=to)


def test_the_twin_without_the_defence_mails_two_people():
    assert recipients(naive(f"{ANI}, {VICTIM}")) == [ANI, VICTIM]
    assert recipients(naive(f"friends: {ANI}, {VICTIM};")) == [ANI, VICTIM]


def test_a_message_with_two_recipients_is_not_sealed_either():
    with pytest.raises(EmailRefused, match="To must name one address, not 2"):
        serialise(naive(f"{ANI}, {VICTIM}"), to=ANI)


@pytest.mark.parametrize("header", ["Cc", "Bcc", "Resent-To"])
def test_a_message_with_a_hidden_recipient_is_not_sealed(header):
    message = naive(ANI)
    message[header] = VICTIM

    with pytest.raises(EmailRefused):
        serialise(message, to=ANI)


def test_a_message_for_somebody_else_is_not_sealed():
    with pytest.raises(EmailRefused):
        serialise(composed(), to=VICTIM)


@quick
@given(st.text(max_size=60))
@example(f"{ANI}, {VICTIM}")
@example(INJECTION)
def test_whatever_stands_in_the_address_there_is_one_recipient_or_none(noise):
    for to in (noise, ANI + noise, noise + ANI, f"a{noise}@example.org"):
        try:
            message = composed(to=to)
        except EmailRefused:
            continue
        assert recipients(read(message, to)) == [to_smtp_address(to)]


ATEXT = "abzAZ09.!#$%&'*+-/=?^_`{|}~éԱիиم\u0301"
ENCODED_WORD = st.builds("=?utf-8?{}?{}?=".format, st.sampled_from("qQbB"), st.text("a=_20Z", max_size=8))
LOCAL = st.text(ATEXT, min_size=1, max_size=64) | ENCODED_WORD | ENCODED_WORD.map("a{}b".format)
DOMAIN = st.sampled_from(
    [
        "x.example",
        "հայ.հայ",
        "bücher.example",
        f"{'a' * 63}.{'b' * 63}.example",
        ".".join(["abcdefgh"] * 20) + ".example",
    ]
)


@settings(quick, max_examples=300)
@given(LOCAL, DOMAIN)
@example("=?utf-8?q?evil?=", "x.example")
@example("=?utf-8?q?=0a?=", "x.example")
@example("=?utf-8?q?a=2cb?=", "x.example")
@example("=?utf-8?b?0aac?=b", "x.example")
@example("a" * 64, "b" * 63 + "." + "c" * 63 + ".example")
@example("ա" * 32, "հայ.հայ")
def test_every_address_that_is_accepted_can_be_written_to(local, domain):
    try:
        to = check_address(f"{local}@{domain}")
    except ValueRefused:
        return

    assert recipients(read(composed(to=to), to)) == [to]


@pytest.mark.parametrize("local", ["=?utf-8?q?evil?=", "=?utf-8?q?a=2cb?=", "=?utf-8?b?0aac?=b"])
def test_the_twin_reads_an_encoded_word_as_another_address(local):
    """A valid address as RFC 5322 has it; only ``email`` and many mail programs decode it."""
    typed = f"{local}@x.example"

    assert validate_email(typed, check_deliverability=False).normalized == typed
    assert recipients(naive(typed)) != [typed]


def test_a_seal_is_not_set_on_headers_that_broke_out():
    try:
        content = naive(ANI, INJECTION).as_bytes()
    except MessageError:
        return
    assert b"Bcc" in content
    with pytest.raises(EmailRefused):
        serialise(naive(ANI, INJECTION), to=ANI)


def test_an_international_address_keeps_its_letters_and_its_domain_becomes_ascii():
    letter = serialise(composed(to="անի@օրինակ.հայ"), to="անի@օրինակ.հայ")

    assert letter.to == "անի@xn--y9atn0a2c3a.xn--y9a3aq"
    assert letter.international
    assert f"\r\nTo: {letter.to}\r\n".encode() in letter.content


def test_an_international_domain_alone_needs_no_special_server():
    letter = serialise(composed(to="ani@օրինակ.հայ"), to="ani@օրինակ.հայ")

    assert not letter.international
    assert letter.content.isascii()
