"""Codes: eight digits for one row, known by every key in use, whatever keyboard they are typed on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.crypto.links import CODE_DIGITS, ConfirmationCodes, format_code
from tests.linking import NEW, NEWEST, NONCE, OLD

CODES = ConfirmationCodes([OLD, NEW])
ids, nonces = st.integers(1, 2**63 - 1), st.binary(min_size=16, max_size=16)


@given(signature_id=ids, nonce=nonces)
def test_a_code_is_eight_digits_and_fits_its_row(signature_id, nonce):
    code = CODES.of(signature_id, nonce)

    assert (len(code), code.isascii(), code.isdigit()) == (CODE_DIGITS, True, True)
    assert CODES.fits(code, signature_id, nonce)


def test_a_code_fits_no_other_row():
    codes = {CODES.of(7, nonce.to_bytes(16, "big")) for nonce in range(2000)}

    assert len(codes) == 2000
    assert not CODES.fits(CODES.of(7, NONCE), 8, NONCE)
    assert not CODES.fits(CODES.of(7, NONCE), 7, bytes(16))


def test_zeros_at_the_beginning_count():
    nonce = next(n for n in (i.to_bytes(16, "big") for i in range(1000)) if CODES.of(7, n).startswith("0"))

    assert not CODES.fits(CODES.of(7, nonce).lstrip("0"), 7, nonce)


@pytest.mark.parametrize("write", [format_code, lambda code: f" {code}\n", lambda code: f"{code[:4]}-{code[4:]}"])
def test_a_code_may_be_typed_as_it_is_read(write):
    assert CODES.fits(write(CODES.of(7, NONCE)), 7, NONCE)


@pytest.mark.parametrize("zero", ["٠", "۰", "०"])
def test_a_code_may_be_typed_in_the_digits_of_the_keyboard(zero):
    typed = "".join(chr(ord(zero) + int(digit)) for digit in CODES.of(7, NONCE))

    assert CODES.fits(typed, 7, NONCE)


@pytest.mark.parametrize("typed", ["", "1", "abcdefgh", "\ud800", "²" * 8, "0" * 5000])
def test_what_is_no_code_does_not_fit(typed):
    assert not CODES.fits(typed, 7, NONCE)


def test_a_code_of_an_older_key_fits_until_that_key_is_gone():
    code = ConfirmationCodes([OLD]).of(7, NONCE)

    assert ConfirmationCodes([OLD, NEW]).fits(code, 7, NONCE)
    assert not ConfirmationCodes([NEW, NEWEST]).fits(code, 7, NONCE)
    assert ConfirmationCodes([OLD, NEW]).of(7, NONCE) == ConfirmationCodes([NEW]).of(7, NONCE)
