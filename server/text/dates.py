"""Dates as people type them, and the moment at which a day starts in a time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.errors import BadRequest

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class DateRefused(BadRequest):
    """Raised when what was typed is no day, or too late for another one to follow it."""

    def __init__(self) -> None:
        super().__init__("a day is written as 2027-01-31")


def read_date(typed: str) -> date:
    """Return the day that was typed, year, month and day with hyphens; raises ``DateRefused``."""
    try:
        if _DAY.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError as refusal:
        raise DateRefused from refusal
    raise DateRefused


def start_of_day(typed: str, timezone: str | None, *, days_later: int = 0) -> int:
    """Return the first second (epoch) of the day that was typed, or of one so many days later; raises ``DateRefused``.

    It begins where ``timezone`` (an IANA name; None: UTC) holds.
    """
    day = read_date(typed)
    try:
        day += timedelta(days=days_later)
    except OverflowError as refusal:
        raise DateRefused from refusal
    return int(datetime.combine(day, time(), ZoneInfo(timezone) if timezone else UTC).timestamp())
