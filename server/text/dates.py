"""Parses dates that people type, finds the moment when a day starts in a time zone, and writes times for the log."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.errors import ValueRefused

_LOOKS_LIKE = "a day is written as 2027-01-31"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_date(typed: str) -> date:
    """Parse a date in the form ``2027-01-31``; raises ``ValueRefused``."""
    try:
        if _DAY.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError as refusal:
        raise ValueRefused("day", _LOOKS_LIKE) from refusal
    raise ValueRefused("day", _LOOKS_LIKE)


def start_of_day(typed: str, timezone: str | None, *, days_later: int = 0) -> int:
    """Return the epoch second when the typed day, or the day ``days_later`` after it, begins in ``timezone``.

    ``timezone`` is an IANA name, None for UTC. Raises ``ValueRefused``, also for a day so late that
    adding days overflows.
    """
    day = read_date(typed)
    try:
        day += timedelta(days=days_later)
    except OverflowError as refusal:
        raise ValueRefused("day", _LOOKS_LIKE) from refusal
    return int(datetime.combine(day, time(), ZoneInfo(timezone) if timezone else UTC).timestamp())


def format_moment(epoch: int | None) -> str:
    """Return a time as text for the terminal and the log, in UTC; an empty text for None."""
    return "" if epoch is None else datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M UTC")
