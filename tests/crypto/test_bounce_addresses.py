"""The envelope sender of an email says which one it is, to us alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.crypto.links import BOUNCE_LOCAL_LONGEST, BounceAddresses

pytestmark = pytest.mark.sqlite
NUMBERS = st.integers(0, (1 << 63) - 1)
KEYS = ["an old key", "the key of now"]
ADDRESSES = BounceAddresses(KEYS, "bounces@letters.example")


@given(NUMBERS, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_an_address_survives_a_change_of_case_and_fits_into_a_local_part(number, changed):
    longest = BounceAddresses(KEYS, f"{'b' * BOUNCE_LOCAL_LONGEST}@letters.example")

    assert ADDRESSES.find_ids(changed(f"<{ADDRESSES.make(number)}>")) == [number]
    assert len(longest.make(number).partition("@")[0]) == 64
    assert longest.find_ids(longest.make(number)) == [number]


def test_an_address_from_before_a_rotation_is_read():
    before = BounceAddresses(KEYS[:1], "bounces@letters.example")

    assert ADDRESSES.find_ids(before.make(7)) == [7]
    assert BounceAddresses(KEYS[1:], "bounces@letters.example").find_ids(before.make(7)) == []


@given(NUMBERS, st.integers(0, 37), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_forged_id_is_not_read(number, at, letter):
    local, _, sealed = ADDRESSES.make(number).partition("@")[0].partition("+")
    forged = f"{local}+{sealed[:at]}{letter}{sealed[at + 1 :]}@letters.example"

    assert ADDRESSES.find_ids(forged) == ([number] if sealed[at] == letter else [])


@pytest.mark.parametrize(
    "text", ["", "bounces@letters.example", "bounces+@letters.example", f"bounces+{'a' * 39}@x", "x" * 99]
)
def test_other_texts_have_no_id(text):
    assert ADDRESSES.find_ids(text) == []


def test_an_id_says_nothing_about_the_number_of_emails():
    first, second = (re.sub(r"^bounces\+|@.*$", "", ADDRESSES.make(number)) for number in (1, 2))

    assert sum(one == other for one, other in zip(first, second, strict=True)) < 12


def test_without_an_address_none_is_made_or_read():
    off = BounceAddresses(KEYS, "")

    assert off.make(1) is None
    assert off.find_ids(ADDRESSES.make(1)) == []
