"""Front matter: what one value may be, above all a moment in a timezone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.text import statement_file
from server.text.statement_file import FIRST_SECOND, LAST_SECOND, Problem, Reader

ZONES = ["Asia/Yerevan", "Asia/Tbilisi", "Asia/Baku", "Europe/Paris", "America/Havana", "Africa/Cairo", "Asia/Kolkata"]
WALLS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)).map(lambda wall: wall.replace(microsecond=0))  # noqa: DTZ001


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


# The file


@pytest.mark.parametrize("front", ["a" + ".a" * 40_000 + " = 1", "# " + "x" * 10_000, "a = " + "[" * 300])
def test_front_matter_that_would_fill_the_memory_is_refused_before_it_is_read(front):
    with pytest.raises(ValueRefused, match=r"longer than 10000 bytes|not valid TOML"):
        statement_file.split_front_matter(f"+++\n{front}\n+++\nBody")


def test_the_table_and_the_text_below_it_are_told_apart():
    assert statement_file.split_front_matter('+++\na = 1\nb = "x"\n+++\n\nBody\n+++\nmore') == (
        {"a": 1, "b": "x"},
        "\nBody\n+++\nmore",
    )


@pytest.mark.parametrize(
    "source", ["\ufeff+++\na = 1\n+++\nBody", "+++\r\na = 1\r\n+++\r\nBody", "+++ \na = 1\n+++\t\nBody"]
)
def test_other_editors_line_ends_and_marks_make_no_difference(source):
    assert statement_file.split_front_matter(source) == ({"a": 1}, "Body")


@pytest.mark.parametrize("source", ["+++\n+++", "+++\n+++\n"])
def test_both_parts_may_be_empty(source):
    assert statement_file.split_front_matter(source) == ({}, "")


@pytest.mark.parametrize(
    "source", ["", "Body", "---\na: 1\n---\n", "+++\na = 1\nBody", "\n+++\na = 1\n+++\n", "++++\n+++\n"]
)
def test_a_file_without_front_matter_is_refused(source):
    with pytest.raises(ValueRefused, match=r"between two lines of \+\+\+"):
        statement_file.split_front_matter(source)


@pytest.mark.parametrize(
    "toml",
    ["a", "a = ", "a = 1\na = 2", "a = 2026-02-30", "a = " + "9" * 5000, "a = " + "[" * 5000, 'a = "\0"'],
)
def test_what_is_no_toml_is_refused_in_the_readers_own_words(toml):
    with pytest.raises(ValueRefused, match="not valid TOML"):
        statement_file.split_front_matter(f"+++\n{toml}\n+++\n")


@given(source=st.text(max_size=200) | st.text(max_size=200).map("+++\n{}\n+++\n".format))
def test_any_file_is_read_or_refused(source):
    try:
        table, body = statement_file.split_front_matter(source)
    except ValueRefused:
        return

    assert isinstance(table, dict)
    assert "\r" not in body


# The reader


def test_every_problem_is_kept_and_reading_goes_on():
    reader = Reader({"goal": "many", "open": True})
    reader.refuse_unknown(["goal", "opens", "title"])

    assert reader.required("title", statement_file.read_string, "none") == "none"
    assert reader.optional("goal", statement_file.read_boolean) is None
    assert reader.optional("opens", statement_file.read_boolean) is None
    assert reader.problems == [
        Problem("open", 'there is no such key; did you mean "opens"?'),
        Problem("title", "is missing", "required"),
        Problem("goal", "must be true or false, without quotes"),
    ]
    assert [reader.is_sound(key) for key in ("goal", "title", "opens")] == [False, False, True]


@pytest.mark.parametrize(("typed", "meant"), [("Title", "title"), ("REPLY-TO", "reply_to"), ("titel", "title")])
def test_a_slip_in_a_key_is_answered_with_the_nearest_key(typed, meant):
    reader = Reader({typed: 1})

    reader.refuse_unknown(["goal", "reply_to", "title"])

    assert f'did you mean "{meant}"' in reader.problems[0].message


def test_a_key_that_resembles_none_is_answered_with_all_of_them():
    reader = Reader({"xyzzy": 1})

    reader.refuse_unknown(["goal", "title"])

    assert reader.problems[0].message.endswith("the known keys are goal, title")


# Plain values

LETTERS = ("alpha", "beta")


@pytest.mark.parametrize(
    ("check", "value", "kept"),
    [
        (lambda value: statement_file.read_line(value, longest=9), "  a \t b ", "a b"),
        (lambda value: statement_file.read_line(value, longest=1), "e\u0301", "é"),
        (
            lambda value: statement_file.read_block(value, longest_bytes=99),
            "\r\n a\r\n    code\re\u0301 \n",
            "a\n    code\né",
        ),
        (statement_file.read_boolean, False, False),
        (lambda value: statement_file.read_whole_number(value, least=1, most=2), 2, 2),
        (lambda value: statement_file.read_one_of(value, LETTERS), "beta", "beta"),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), ["beta", "alpha"], ("beta", "alpha")),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=0), [], ()),
        (statement_file.read_toml_date, date(1921, 3, 2), date(1921, 3, 2)),
        (statement_file.read_timezone, "Asia/Yerevan", "Asia/Yerevan"),
    ],
)
def test_a_right_value_is_kept(check, value, kept):
    assert check(value) == kept


@pytest.mark.parametrize(
    ("check", "value", "why"),
    [
        (lambda value: statement_file.read_line(value, longest=9), 7, "text in quotes"),
        (lambda value: statement_file.read_line(value, longest=9), " \n", "must not be empty"),
        (lambda value: statement_file.read_line(value, longest=9), "a" * 10, "longer than 9"),
        (lambda value: statement_file.read_line(value, longest=9), "a\u202eb", "cannot be seen"),
        (lambda value: statement_file.read_line(value, longest=9), "a" + "\u0301" * 9, "too many marks"),
        (lambda value: statement_file.read_line(value, longest=9), "a\ufffd", "not readable"),
        (lambda value: statement_file.read_block(value, longest_bytes=99), " \n\t", "no text below"),
        (lambda value: statement_file.read_block(value, longest_bytes=9), "ա" * 5, "longer than 9 bytes"),
        (lambda value: statement_file.read_block(value, longest_bytes=9), "a\x1bb", "control"),
        (lambda value: statement_file.read_block(value, longest_bytes=9), "a\ud800b", "control"),
        (statement_file.read_boolean, 1, "true or false"),
        (statement_file.read_boolean, "yes", "true or false"),
        (lambda value: statement_file.read_whole_number(value, least=1, most=2), True, "from 1 to 2"),
        (lambda value: statement_file.read_whole_number(value, least=1, most=2), 3, "from 1 to 2"),
        (lambda value: statement_file.read_whole_number(value, least=1, most=2), 0, "from 1 to 2"),
        (lambda value: statement_file.read_whole_number(value, least=1, most=2), 1.0, "whole number"),
        (lambda value: statement_file.read_one_of(value, LETTERS), "gamma", '"alpha", "beta"'),
        (lambda value: statement_file.read_one_of(value, LETTERS), ["alpha"], '"alpha", "beta"'),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), "alpha", "square brackets"),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), ["gamma"], "square brackets"),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), [{}], "square brackets"),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), ["beta", "beta"], "twice"),
        (lambda value: statement_file.read_some_of(value, LETTERS, at_least=1), [], "at least 1"),
        (statement_file.read_toml_date, datetime(2026, 11, 30, 19, tzinfo=UTC), "without a time"),
        (statement_file.read_toml_date, "2026-11-30", "without quotes"),
        (statement_file.read_timezone, "Asia/Yerewan", 'did you mean "Asia/Yerevan"'),
        (statement_file.read_timezone, "???", 'write it like "Asia/Yerevan"'),
        (statement_file.read_timezone, "../../etc/passwd", "no such time zone"),
        (statement_file.read_timezone, "asia/yerevan", "no such time zone"),
        (statement_file.read_timezone, "Europe", "no such time zone"),
        (statement_file.read_timezone, 4, "text in quotes"),
    ],
)
def test_a_wrong_value_is_answered_with_what_would_be_right(check, value, why):
    with pytest.raises(ValueRefused, match=why):
        check(value)


# Moments


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        (wall("2026-11-30T19:00:00"), "Asia/Yerevan", "2026-11-30T15:00:00Z"),
        (wall("2026-07-01T12:00:00"), "Europe/Paris", "2026-07-01T10:00:00Z"),
        (wall("2026-01-01T12:00:00"), "Europe/Paris", "2026-01-01T11:00:00Z"),
        (wall("2026-10-25T02:30:00+02:00"), "Europe/Paris", "2026-10-25T00:30:00Z"),
        (wall("2026-10-25T02:30:00+01:00"), "Europe/Paris", "2026-10-25T01:30:00Z"),
        (wall("2026-11-30T19:00:00Z"), None, "2026-11-30T19:00:00Z"),
        (wall("2026-11-30T19:00:00.999999Z"), None, "2026-11-30T19:00:00Z"),
    ],
)
def test_a_date_and_time_is_a_moment(value, zone, expected):
    assert statement_file.read_moment(value, statement_file.zone_of(zone), of_day=None) == at(expected)


@pytest.mark.parametrize(
    ("day", "zone", "first", "last"),
    [
        ("2026-11-30", "Asia/Yerevan", "2026-11-29T20:00:00Z", "2026-11-30T19:59:59Z"),
        ("2026-10-25", "Europe/Paris", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"),  # a day of 25 hours
        ("2026-03-08", "America/Havana", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"),  # has no 00:00
        ("2026-11-01", "America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"),  # has 00:00 twice
        ("2026-10-29", "Africa/Cairo", "2026-10-28T21:00:00Z", "2026-10-29T21:59:59Z"),  # has 23:59 twice
    ],
)
def test_a_bare_date_is_its_first_or_its_last_second(day, zone, first, last):
    bare, zone = date.fromisoformat(day), ZoneInfo(zone)

    assert statement_file.read_moment(bare, zone, of_day=FIRST_SECOND) == at(first)
    assert statement_file.read_moment(bare, zone, of_day=LAST_SECOND) == at(last)


@given(day=st.dates(date(2001, 1, 1), date(2099, 12, 30)), zone=st.sampled_from(ZONES))
def test_the_second_after_a_days_last_is_the_next_days_first(day, zone):
    zone = ZoneInfo(zone)

    last = statement_file.read_moment(day, zone, of_day=LAST_SECOND)

    assert statement_file.read_moment(day + timedelta(days=1), zone, of_day=FIRST_SECOND) == last + 1


@pytest.mark.parametrize(
    ("value", "zone", "why"),
    [
        ("2026-03-29T02:30:00", "Europe/Paris", "is skipped when the clocks change in Europe/Paris"),
        ("2026-10-25T02:30:00", "Europe/Paris", "comes twice when the clocks change in Europe/Paris"),
        ("2026-03-08T00:00:00", "America/Havana", "is skipped"),
        ("2026-10-29T23:59:59", "Africa/Cairo", "comes twice"),
    ],
)
def test_a_wall_time_that_is_skipped_or_comes_twice_is_refused(value, zone, why):
    with pytest.raises(ValueRefused, match=why):
        statement_file.read_moment(wall(value), ZoneInfo(zone), of_day=None)


def test_left_alone_the_standard_library_picks_one_of_two_hours():
    """The twin: the naive conversion of a time that comes twice, and of one that never comes."""
    paris = ZoneInfo("Europe/Paris")
    twice, never = (wall(text).replace(tzinfo=paris) for text in ("2026-10-25T02:30:00", "2026-03-29T02:30:00"))

    assert int(twice.timestamp()) == at("2026-10-25T00:30:00Z") != at("2026-10-25T01:30:00Z")
    assert datetime.fromtimestamp(never.timestamp(), paris).hour == 3


@given(value=WALLS, zone=st.sampled_from(ZONES))
def test_a_moment_shown_in_its_zone_again_is_the_wall_time_that_was_written(value, zone):
    zone = ZoneInfo(zone)
    try:
        moment = statement_file.read_moment(value, zone, of_day=None)
    except ValueRefused:
        return

    assert datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == value


@pytest.mark.parametrize(
    ("value", "zone", "why"),
    [
        (wall("2026-11-30T19:00:00"), None, "needs the key timezone"),
        (date(2026, 11, 30), None, "needs the key timezone"),
        (date(2026, 11, 30), UTC, "time of day"),
        (time(19, 0), UTC, "must be a date and time"),
        ("2026-11-30T19:00:00", UTC, "without quotes"),
        (1_780_000_000, UTC, "must be a date and time"),
        (wall("1999-12-31T23:59:59"), UTC, "from 2000 to 2100"),
        (wall("9999-12-31T23:59:59-23:59"), None, "from 2000 to 2100"),
        (wall("0001-01-01T00:00:00+23:59"), None, "from 2000 to 2100"),
    ],
)
def test_a_moment_that_cannot_be_told_is_refused(value, zone, why):
    with pytest.raises(ValueRefused, match=why):
        statement_file.read_moment(value, zone, of_day=None)
