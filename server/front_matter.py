"""Reads the TOML front matter of a file key by key: what each value may be, and everything that is wrong at once."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from server.text import TextRefused, clean_line

YEARS = range(2000, 2101)
"""A moment outside these is a slip of the pen."""

FIRST_SECOND = time(0, 0, 0)
LAST_SECOND = time(23, 59, 59, fold=1)
"""Of a day: where the clocks go back at midnight, its second 23:59:59."""

_FRONT_MATTER = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n(.*))?", re.DOTALL | re.MULTILINE)
_TEXT_PROBLEMS = {
    "control-characters": "holds characters that cannot be seen",
    "too-many-marks": "piles too many marks on one letter",
    "not-text": "is not readable text",
}

T = TypeVar("T")


class WrongValue(ValueError):
    """Raised by a check; its message follows the key: "goal: must be ...".

    ``code`` says the same to the pages that ask for these values, which have words of their own.
    """

    def __init__(self, message: str, code: str = "wrong") -> None:
        super().__init__(message)
        self.code = code


class Problem(NamedTuple):
    """One thing to mend; ``key`` is the front matter's, ``body``, or ``+++`` for the file as a whole."""

    key: str
    message: str
    code: str = "wrong"


def split(source: str) -> tuple[dict[str, Any], str]:
    """Return the front matter as a table and the text below it, with LF line ends; raises ``WrongValue``."""
    found = _FRONT_MATTER.fullmatch(lf_lines(source.removeprefix("\ufeff")))
    if not found:
        raise WrongValue("the file must begin with TOML between two lines of +++")
    try:
        return tomllib.loads(found[1]), found[2] or ""
    except (ValueError, RecursionError) as error:
        raise WrongValue(f"the front matter is no TOML: {error}") from error


class Reader:
    """Reads one key at a time, and gathers what is wrong instead of stopping at it."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self.problems: list[Problem] = []

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Name every key that is not known, with the nearest one that is."""
        for key in self._table:
            if key not in known:
                nearest = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
                hint = f'did you mean "{nearest[0]}"?' if nearest else f"the known keys are {', '.join(known)}"
                self.problem(key, f"there is no such key; {hint}")

    def required(self, key: str, check: Callable[[Any], T], otherwise: T) -> T:
        """Return the checked value; a missing one is a problem, and ``otherwise`` stands for it until all are told."""
        if key not in self._table:
            self.problem(key, "is missing", "required")
            return otherwise
        value = self.optional(key, check)
        return otherwise if value is None else value

    def optional(self, key: str, check: Callable[[Any], T]) -> T | None:
        """Return the checked value, or None if the key is not there."""
        return self.checked(key, check, self._table[key]) if key in self._table else None

    def checked(self, key: str, check: Callable[[Any], T], value: object) -> T | None:
        """Return what ``check`` makes of the value; None, and a problem under that key, if it raises ``WrongValue``."""
        try:
            return check(value)
        except WrongValue as error:
            self.problem(key, str(error), error.code)
            return None

    def problem(self, key: str, message: str, code: str = "wrong") -> None:
        """Keep a problem for the end."""
        self.problems.append(Problem(key, message, code))

    def is_sound(self, key: str) -> bool:
        """Whether nothing was wrong with the key until now, so that others may be compared with it."""
        return key not in {problem.key for problem in self.problems}


def lf_lines(text: str) -> str:
    r"""Return the text with ``\n`` for every ``\r\n`` and ``\r``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def words(value: object) -> str:
    """Check that the value is a text at all."""
    if not isinstance(value, str):
        raise WrongValue("must be a text in quotes")
    return value


def line(value: object, *, longest: int) -> str:
    """Check a line of text that is not empty; comes back clean."""
    try:
        cleaned = clean_line(words(value), longest=longest)
    except TextRefused as error:
        message = _TEXT_PROBLEMS.get(error.reason, f"is longer than {longest} characters")
        raise WrongValue(message, error.reason) from error
    if not cleaned:
        raise WrongValue("must not be empty; leave the key out", "required")
    return cleaned


def block(value: str, *, longest_bytes: int) -> str:
    """Check a longer text that keeps its inner spaces; comes back in NFC, with LF, stripped."""
    text = unicodedata.normalize("NFC", lf_lines(value)).strip()
    if not text:
        raise WrongValue("there is no text below the front matter", "required")
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        raise WrongValue("holds control characters", "control-characters")
    if len(text.encode()) > longest_bytes:
        raise WrongValue(f"is longer than {longest_bytes} bytes", "too-long")
    return text


def truth(value: object) -> bool:
    """Check a yes or no."""
    if not isinstance(value, bool):
        raise WrongValue("must be true or false, without quotes")
    return value


def whole(value: object, *, least: int, most: int) -> int:
    """Check a whole number; TOML's true is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise WrongValue(f"must be a whole number from {least} to {most}", "not-whole")
    return value


def one_of(value: object, allowed: Sequence[str]) -> str:
    """Check a word of a closed list."""
    if not isinstance(value, str) or value not in allowed:
        raise WrongValue(f"must be one of {_quoted(allowed)}")
    return value


def some_of(value: object, allowed: Sequence[str], *, at_least: int) -> tuple[str, ...]:
    """Check a list of words of a closed list, none of them twice; keeps their order."""
    if not isinstance(value, list) or not all(isinstance(word, str) and word in allowed for word in value):
        raise WrongValue(f"must be a list in square brackets, of {_quoted(allowed)}")
    if len(set(value)) < len(value):
        raise WrongValue("names something twice")
    if len(value) < at_least:
        raise WrongValue(f"must name at least {at_least} of {_quoted(allowed)}", "none-chosen")
    return tuple(value)


def day(value: object) -> date:
    """Check a date without a time."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise WrongValue("must be a date such as 2026-11-30, without quotes and without a time", "not-a-date")
    return value


def timezone(value: object) -> str:
    """Check the name of a timezone of the IANA database."""
    name = words(value)
    if name not in _timezones():
        nearest = difflib.get_close_matches(name, _timezones(), n=1)
        hint = f'did you mean "{nearest[0]}"?' if nearest else 'write it like "Asia/Yerevan"'
        raise WrongValue(f"no such timezone; {hint}", "no-timezone")
    return name


def moment(value: object, zone: tzinfo | None, *, of_day: time | None) -> int:
    """Check a date and time, and return epoch seconds.

    One with an offset is taken as it is; one without is a wall time in ``zone``. A bare date becomes that day's
    ``of_day`` there, and is refused if ``of_day`` is None. Wall times that the clocks skip or show twice are refused.
    """
    if not isinstance(value, date):
        raise WrongValue("must be a date and time such as 2026-11-30T19:00:00, without quotes", "no-moment")
    if value.year not in YEARS:
        raise WrongValue(f"the year must be from {YEARS[0]} to {YEARS[-1]}", "year")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp())
    if zone is None:
        raise WrongValue('needs the key timezone, such as "Asia/Yerevan", or an offset at its end, such as +04:00')
    if isinstance(value, datetime):
        _refuse_unreal(value, zone)
        return int(value.replace(tzinfo=zone).timestamp())
    if of_day is None:
        raise WrongValue("needs a time of the day too, such as 2026-11-30T19:00:00", "no-moment")
    return int(datetime.combine(value, of_day, tzinfo=zone).timestamp())


def zone_of(name: str | None) -> tzinfo | None:
    """Return the zone of a checked name."""
    return None if name is None else ZoneInfo(name)


def _refuse_unreal(wall: datetime, zone: tzinfo) -> None:
    before, after = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if before.utcoffset() == after.utcoffset():
        return
    happens = before.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    why, code = ("comes twice", "twice") if happens else ("is skipped", "skipped")
    message = f"this time {why} when the clocks change in {zone}; give an offset at its end, such as +02:00"
    raise WrongValue(message, code)


def _quoted(allowed: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in allowed)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())
