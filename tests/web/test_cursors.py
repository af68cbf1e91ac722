"""The cursor of the public list."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import BadRequest
from server.web.cursors import read_cursor, write_cursor

NUMBERS = st.integers(0, (1 << 63) - 1)


@given(NUMBERS)
def test_a_cursor_comes_back_as_its_number_and_fits_into_an_address(number):
    cursor = write_cursor(number)

    assert read_cursor(cursor) == number
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_cursor_the_list_begins_at_its_beginning(nothing):
    assert read_cursor(nothing) == 0


@given(st.text(max_size=30))
def test_whatever_comes_is_a_number_of_the_database_or_refused(value):
    try:
        number = read_cursor(value)
    except BadRequest:
        return
    assert 0 <= number < 1 << 63


@pytest.mark.parametrize("length", [0, 1, 7, 9, 16])
def test_a_cursor_of_another_length_is_refused(length):
    with pytest.raises(BadRequest):
        read_cursor(base64.urlsafe_b64encode(b"\1" * length).decode() or "====")


def test_a_number_that_no_integer_of_the_database_holds_is_refused():
    with pytest.raises(BadRequest):
        read_cursor(base64.urlsafe_b64encode(b"\xff" * 8).decode())
