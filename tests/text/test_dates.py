"""A day as it is typed: one form alone, and it begins where somebody is."""

from datetime import date, datetime

import pytest

from server.errors import ValueRefused
from server.text.dates import read_date, start_of_day


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("timezone", "begins", "ends"),
    [
        (None, "2027-03-28T00:00:00Z", "2027-03-29T00:00:00Z"),
        ("Asia/Tbilisi", "2027-03-27T20:00:00Z", "2027-03-28T20:00:00Z"),
        ("Europe/Paris", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"),
    ],
)
def test_a_day_begins_where_somebody_is_and_may_have_another_length(timezone, begins, ends):
    assert start_of_day("2027-03-28", timezone) == at(begins)
    assert start_of_day("2027-03-28", timezone, days_later=1) == at(ends)


@pytest.mark.parametrize("timezone", [None, "Asia/Tbilisi", "America/New_York"])
@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_are_days(typed, timezone):
    assert read_date(typed) == date.fromisoformat(typed)
    start_of_day(typed, timezone)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "yesterday", "31.1.2027", "31/01/2027", "2027-02-30", "2027-13-01", "0000-01-01"),
        *(
            "20270131",
            "2027-1-1",
            "2027-W04-7",
            "2027-01-31T12:00+05:00",
            " 2027-01-31",
            "2027-01-31\n",
            "２０２７-01-01",
        ),
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueRefused):
        read_date(typed)
    with pytest.raises(ValueRefused):
        start_of_day(typed, "Asia/Tbilisi")


def test_no_day_follows_the_last_one():
    with pytest.raises(ValueRefused):
        start_of_day("9999-12-31", None, days_later=1)
