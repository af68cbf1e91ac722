"""Codes of the phone as RFC 6238 has them, each once; recovery codes, however somebody types them."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from server.crypto import passwords
from server.crypto.passwords import NO_TOTP_STEP, TOTP_STEP_S, find_totp_step
from tests.web.admin.desk import phone_shows

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = 1_800_000_000
STEP = NOW // TOTP_STEP_S

# RFC 6238, appendix B, SHA-1: eight digits there, of which an app shows the last six.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("at", "eight"), VECTORS)
def test_the_vectors_of_the_standard(at, eight):
    assert find_totp_step(SECRET, eight[-6:], now=at, after=NO_TOTP_STEP) == at // TOTP_STEP_S
    assert phone_shows(SECRET, at) == eight[-6:]


@pytest.mark.parametrize(
    ("late_s", "step"), [(0, STEP), (-TOTP_STEP_S, STEP), (TOTP_STEP_S, STEP), (2 * TOTP_STEP_S, None)]
)
def test_a_clock_may_be_wrong_by_one_step_and_not_by_two(late_s, step):
    assert find_totp_step(SECRET, phone_shows(SECRET, NOW), now=NOW + late_s, after=NO_TOTP_STEP) == step
    assert find_totp_step(SECRET, phone_shows(SECRET, NOW - 2 * TOTP_STEP_S), now=NOW, after=NO_TOTP_STEP) is None


def test_a_code_works_once_and_none_from_before_it_works_any_more():
    early, code, late = (phone_shows(SECRET, NOW + more) for more in (-TOTP_STEP_S, 0, TOTP_STEP_S))

    assert find_totp_step(SECRET, code, now=NOW, after=STEP) is None
    assert find_totp_step(SECRET, early, now=NOW, after=STEP) is None
    assert find_totp_step(SECRET, late, now=NOW, after=STEP) == STEP + 1


def test_without_the_step_of_before_the_same_code_would_work_again():
    """The twin."""
    code = phone_shows(SECRET, NOW)

    assert [find_totp_step(SECRET, code, now=NOW, after=NO_TOTP_STEP) for _ in range(2)] == [STEP, STEP]


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1}\n", "{0}\u00a0{1}", "\t{0} {1} "])
def test_spaces_do_not_matter(typed):
    code = phone_shows(SECRET, NOW)

    assert find_totp_step(SECRET, typed.format(code[:3], code[3:]), now=NOW, after=NO_TOTP_STEP) == STEP


@pytest.mark.parametrize("typed", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\N{FIRE}", "0" * 10_000])
def test_what_is_no_code_of_now_is_refused(typed):
    assert find_totp_step(SECRET, typed, now=NOW, after=NO_TOTP_STEP) is None


def test_the_phone_reads_secret_name_and_server():
    url = urlsplit(passwords.totp_uri(SECRET, name="olga", server="sign.example.org"))

    assert (url.scheme, url.netloc, url.path) == ("otpauth", "totp", "/sign.example.org:olga")
    assert parse_qs(url.query) == {"secret": [SECRET], "issuer": ["sign.example.org"]}


def test_a_secret_has_160_bits_and_is_nobody_elses():
    made = {passwords.new_totp_secret() for _ in range(50)}

    assert len(made) == 50
    assert {len(base64.b32decode(one)) for one in made} == {20}


def test_ten_recovery_codes_of_80_bits():
    codes = passwords.new_recovery_codes()

    assert len(set(codes)) == passwords.RECOVERY_CODES
    assert all(len(base64.b32decode(code.replace("-", ""))) == 10 for code in codes)
    assert all([len(group) for group in code.split("-")] == [4, 4, 4, 4] for code in codes)


def test_a_recovery_code_is_the_same_however_it_is_typed():
    [code, other, *_] = passwords.new_recovery_codes()
    typed = [code, code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {code.lower()}\n"]

    assert {passwords.hash_recovery_code(one) for one in typed} == {passwords.hash_recovery_code(code)}
    assert passwords.hash_recovery_code(other) != passwords.hash_recovery_code(code)
    assert code.replace("-", "") not in passwords.hash_recovery_code(code).upper()
