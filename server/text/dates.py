"""Parses dates that people type, and finds the moment when a day starts in a time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.errors import BadRequest

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class DateRefused(BadRequest):
    """Raised when the text is not a date, or a date so late that adding days overflows."""

    def __init__(self) -> None:
        super().__init__("a day is written as 2027-01-31")


def read_date(typed: str) -> date:
    """Parse a date in the form ``2027-01-31``; raises ``DateRefused``."""
    try:
        if _DAY.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError as refusal:
        raise DateRefused from refusal
    raise DateRefused


def start_of_day(typed: str, timezone: str | None, *, days_later: int = 0) -> int:
    """Return the epoch second when the typed day, or the day ``days_later`` after it, begins in ``timezone``.

    ``timezone`` is an IANA name, None for UTC. Raises ``DateRefused``.
    """
    day = read_date(typed)
    try:
        day += timedelta(days=days_later)
    except OverflowError as refusal:
        raise DateRefused from refusal
    return int(datetime.combine(day, time(), ZoneInfo(timezone) if timezone else UTC).timestamp())
