"""Times in a statement file: when it opens and closes, by which clock, and in which order."""

from datetime import UTC, datetime

import pytest

from server.text.statement_file import read_statement
from tests.text.statement_files import at, problems, written


def test_a_wrong_timezone_is_one_problem_and_not_one_for_each_time():
    found = problems(written(timezone='"Sevan"', opens="2026-11-20", closes="2026-12-20", event="2026-11-30T19:00:00"))

    assert list(found) == ["timezone"]


@pytest.mark.parametrize("key", ["opens", "closes", "event"])
def test_a_time_that_the_clocks_skip_is_refused_under_its_key(key):
    found = problems(written(timezone='"Europe/Paris"', **{key: "2026-03-29T02:30:00"}))

    assert list(found) == [key]
    assert "skipped" in found[key]


def test_an_offset_needs_no_timezone():
    assert read_statement(written(opens="2026-11-20T10:00:00+04:00")).shared.opens == at("2026-11-20T06:00:00Z")


@pytest.mark.parametrize(
    ("opens", "closes", "right"),
    [
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:01", True),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00", False),
        ("2026-11-21", "2026-11-20", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T13:00:00", False),  # earlier, though it looks later
    ],
)
def test_a_statement_closes_after_it_opens(opens, closes, right):
    source = written(timezone='"Asia/Yerevan"', opens=opens, closes=closes)

    assert read_statement(source) if right else list(problems(source)) == ["closes"]


def test_a_moment_is_whole_seconds_since_1970():
    assert read_statement(written(opens="2026-11-20T10:00:00Z")).shared.opens == int(
        datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp()
    )
