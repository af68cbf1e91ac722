"""Parses statement files: Markdown with TOML front matter. All problems of a file are reported together."""

import difflib
import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError

from server.errors import UndersignedError, ValueRefused
from server.text.addresses import check_address
from server.text.dates import read_date
from server.text.fields import OPTIONAL
from server.text.markdown import check_markdown
from server.text.names import KINDS, LINE_LONGEST, clean_line

# Reading TOML front matter key by key, collecting every problem.

YEARS = range(2000, 2101)
"""Years outside of this range are typos."""

FIRST_SECOND = time(0, 0, 0)
LAST_SECOND = time(23, 59, 59, fold=1)
"""The last second of a day. ``fold=1`` means the second 23:59:59, if the clocks go back at midnight."""

FRONT_MATTER_LONGEST_BYTES = 10_000
"""Limited, because the TOML parser needs quadratic time and memory for keys with many dots."""

_FRONT_MATTER = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n(.*))?", re.DOTALL | re.MULTILINE)
_TEXT_PROBLEMS = {
    "control-characters": "holds characters that cannot be seen",
    "too-many-marks": "piles too many marks on one letter",
    "not-text": "is not readable text",
    "too-much-markup": "has too many links, brackets, marks of formatting or lines for one text",
    "too-deep": "has quotes or lists nested too deep to be shown: at most nine lists in one another, or 19 quotes",
}

T = TypeVar("T")


class Problem(NamedTuple):
    """One problem of a file. ``key`` is a key of the front matter, ``body``, or ``+++`` for the whole file."""

    key: str
    message: str
    code: str = "wrong"


def split_front_matter(source: str) -> tuple[dict[str, Any], str]:
    """Return the parsed front matter and the text below it, with LF line endings; raises ``ValueRefused``."""
    found = _FRONT_MATTER.fullmatch(lf_lines(source.removeprefix("\ufeff")))
    if not found:
        raise ValueRefused("wrong", "the file must begin with TOML between two lines of +++")
    if len(found[1].encode()) > FRONT_MATTER_LONGEST_BYTES:
        raise ValueRefused("wrong", f"the front matter is longer than {FRONT_MATTER_LONGEST_BYTES} bytes")
    try:
        return tomllib.loads(found[1]), found[2] or ""
    except (ValueError, RecursionError) as error:
        raise ValueRefused("wrong", f"the front matter is not valid TOML: {error}") from error


class Reader:
    """Reads single keys and collects their problems instead of stopping at the first one."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self.problems: list[Problem] = []

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Record a problem for each unknown key, with the most similar known key as a hint."""
        for key in self._table:
            if key not in known:
                nearest = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
                hint = f'did you mean "{nearest[0]}"?' if nearest else f"the known keys are {', '.join(known)}"
                self.problem(key, f"there is no such key; {hint}")

    def required(self, key: str, check: Callable[[Any], T], otherwise: T) -> T:
        """Return the checked value. If it is missing or wrong, record a problem and return ``otherwise``."""
        if key not in self._table:
            self.problem(key, "is missing", "required")
            return otherwise
        value = self.optional(key, check)
        return otherwise if value is None else value

    def optional(self, key: str, check: Callable[[Any], T]) -> T | None:
        """Return the checked value, or None if the key is missing or its value is wrong."""
        return self.checked(key, check, self._table[key]) if key in self._table else None

    def checked(self, key: str, check: Callable[[Any], T], value: object) -> T | None:
        """Return ``check(value)``. If it raises ``ValueRefused``, record that as a problem and return None."""
        try:
            return check(value)
        except ValueRefused as error:
            self.problem(key, str(error), error.reason)
            return None

    def problem(self, key: str, message: str, code: str = "wrong") -> None:
        """Record a problem of a key."""
        self.problems.append(Problem(key, message, code))

    def is_sound(self, key: str) -> bool:
        """Return whether the key has no problems so far, so that other keys can be compared with it."""
        return key not in {problem.key for problem in self.problems}


def lf_lines(text: str) -> str:
    r"""Return the text with ``\n`` for every ``\r\n`` and ``\r``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_string(value: object) -> str:
    """Return the value if it is a string; raises ``ValueRefused``, like all checks in this module."""
    if not isinstance(value, str):
        raise ValueRefused("wrong", "must be text in quotes")
    return value


def read_line(value: object, *, longest: int) -> str:
    """Return a non-empty line of text, cleaned by ``clean_line``."""
    text = read_string(value)
    try:
        cleaned = clean_line(text, longest=longest)
    except ValueRefused as error:
        message = _TEXT_PROBLEMS.get(error.reason, f"is longer than {longest} characters")
        raise ValueRefused(error.reason, message) from error
    if not cleaned:
        raise ValueRefused("required", "must not be empty; leave the key out")
    return cleaned


def read_block(value: str, *, longest_bytes: int) -> str:
    """Return a Markdown text in NFC, stripped, with LF line endings; white space inside is kept."""
    text = unicodedata.normalize("NFC", lf_lines(value)).strip()
    if not text:
        raise ValueRefused("required", "there is no text below the front matter")
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        raise ValueRefused("control-characters", "contains control characters")
    if len(text.encode()) > longest_bytes:
        raise ValueRefused("too-many-bytes", f"is longer than {longest_bytes} bytes", most=longest_bytes)
    try:
        check_markdown(text)
    except ValueRefused as error:
        raise ValueRefused(error.reason, _TEXT_PROBLEMS[error.reason]) from error
    return text


def read_boolean(value: object) -> bool:
    """Return the value if it is true or false."""
    if not isinstance(value, bool):
        raise ValueRefused("wrong", "must be true or false, without quotes")
    return value


def read_whole_number(value: object, *, least: int, most: int) -> int:
    """Return the value if it is an integer in this range. TOML's ``true`` is refused, although bool is an int."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueRefused("not-whole", f"must be a whole number from {least} to {most}", least=least, most=most)
    return value


def read_one_of(value: object, allowed: Sequence[str]) -> str:
    """Return the value if it is in ``allowed``."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueRefused("wrong", f"must be one of {_quote_all(allowed)}")
    return value


def read_some_of(value: object, allowed: Sequence[str], *, at_least: int) -> tuple[str, ...]:
    """Return a list of words from ``allowed`` without duplicates, in the given order."""
    if not isinstance(value, list) or not all(isinstance(word, str) and word in allowed for word in value):
        raise ValueRefused("wrong", f"must be a list in square brackets, of {_quote_all(allowed)}")
    if len(set(value)) < len(value):
        raise ValueRefused("wrong", "has the same value twice")
    if len(value) < at_least:
        raise ValueRefused("none-chosen", f"must name at least {at_least} of {_quote_all(allowed)}")
    return tuple(value)


def read_toml_date(value: object) -> date:
    """Return the value if it is a date without a time."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueRefused("not-a-date", "must be a date such as 2026-11-30, without quotes and without a time")
    return value


def read_timezone(value: object) -> str:
    """Return the value if it is the name of a timezone in the IANA database."""
    name = read_string(value)
    if name not in _timezones():
        nearest = difflib.get_close_matches(name, _timezones(), n=1)
        hint = f'did you mean "{nearest[0]}"?' if nearest else 'write it like "Asia/Yerevan"'
        raise ValueRefused("no-timezone", f"no such time zone; {hint}")
    return name


def read_moment(value: object, zone: tzinfo | None, *, of_day: time | None) -> int:
    """Return a date and time as epoch seconds.

    A time without an offset is a local time in ``zone``. A date without a time gets the time ``of_day``, and is refused
    if ``of_day`` is None. Local times that are skipped or occur twice when the clocks change are refused.
    """
    if not isinstance(value, date):
        raise ValueRefused("no-moment", "must be a date and time such as 2026-11-30T19:00:00, without quotes")
    if value.year not in YEARS:
        raise ValueRefused("year", f"the year must be from {YEARS[0]} to {YEARS[-1]}")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp())
    if zone is None:
        raise ValueRefused(
            "wrong", 'needs the key timezone, such as "Asia/Yerevan", or an offset such as +04:00 at its end'
        )
    if isinstance(value, datetime):
        _check_local_time_exists(value, zone)
        return int(value.replace(tzinfo=zone).timestamp())
    if of_day is None:
        raise ValueRefused("no-moment", "also needs a time of day, such as 2026-11-30T19:00:00")
    return int(datetime.combine(value, of_day, tzinfo=zone).timestamp())


def zone_of(name: str | None) -> tzinfo | None:
    """Return the timezone with this name, None for None."""
    return None if name is None else ZoneInfo(name)


def _check_local_time_exists(wall: datetime, zone: tzinfo) -> None:
    # The UTC offset depends on ``fold`` only if the local time is skipped or occurs twice. A skipped time does not come
    # back unchanged from a conversion to UTC.
    before, after = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if before.utcoffset() == after.utcoffset():
        return
    happens = before.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    why, code = ("comes twice", "twice") if happens else ("is skipped", "skipped")
    message = f"this time {why} when the clocks change in {zone}; give an offset at its end, such as +02:00"
    raise ValueRefused(code, message)


def _quote_all(allowed: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in allowed)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


# Statement files, and the same values from the forms of the desk.

MODERATIONS = ("none", "organisations", "all")
VISIBILITIES = ("name", "initials", "country", "counted")
CONFIRMATIONS = ("link", "code")
SLUG_LENGTHS = range(2, 65)
ELIGIBILITY_LONGEST = 1000
BODY_LONGEST_BYTES = 200_000
GOAL_HIGHEST = 100_000_000
ANONYMISE_DAYS = range(2, 3651)
"""At least two days, because the result email is sent one day after the end and needs the addresses."""

RESERVED_SLUGS = frozenset(["new"])
"""Words that cannot be slugs, because URLs of the desk have them in the place of a slug."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class StatementFileError(UndersignedError):
    """Raised with all problems of a statement file."""

    code, status = "statement-file", 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{problem.key}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The code of each problem by key, like ``Invalid.fields``."""
        return {problem.key: [problem.code] for problem in self.problems}


@dataclass(frozen=True, kw_only=True)
class SharedValues:
    """The values that all languages of a statement share; None if the file does not have the key.

    Times are epoch seconds. A file that adds a language may omit these keys or repeat the same values.
    """

    opens: int | None
    closes: int | None
    event: int | None
    timezone: str | None
    goal: int | None
    count_from: int | None
    names_from: int | None
    list_from: int | None
    kinds: tuple[str, ...] | None
    fields: tuple[str, ...] | None
    required: tuple[str, ...] | None
    moderation: str | None
    confirm: str | None
    visibilities: tuple[str, ...] | None
    newsletter: bool | None
    discreet: bool | None
    indexed: bool | None
    short_form: bool | None
    reply_to: str | None
    mailbox_seats: int | None
    keep_contacts: bool | None
    anonymise_after_days: int | None


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The texts of a statement in one language; ``body`` is Markdown in NFC with LF line endings."""

    title: str
    place: str | None
    date: date | None
    eligibility: str | None
    body: str


@dataclass(frozen=True, kw_only=True)
class StatementFile(Wording):
    """One language of a statement; ``locale`` is a BCP 47 tag (``hy``, ``pt-BR``)."""

    slug: str
    locale: str
    shared: SharedValues


TEXT_KEYS = ("slug", "locale", "title", "place", "date", "eligibility")
"""The keys that each language has for itself, beside the body."""

KNOWN_KEYS = (*TEXT_KEYS, *(field.name for field in fields(SharedValues)))


def read_statement(source: str) -> StatementFile:
    """Parse a statement file.

    Dates and times without an offset are in the file's ``timezone``. A date without a time means its first second in
    ``opens``, and its last second in ``closes``. Raises ``StatementFileError`` with all problems together.
    """
    try:
        table, body = split_front_matter(source)
    except ValueRefused as error:
        raise StatementFileError([Problem("+++", str(error))]) from error
    reader = Reader(table)
    reader.refuse_unknown(KNOWN_KEYS)
    statement = _read_file_values(reader, body)
    if reader.problems:
        raise StatementFileError(reader.problems)
    return statement


def read_statement_form(typed: Mapping[str, str]) -> StatementFile:
    """Parse one language of a statement from form values: slug, locale, title, place, date, eligibility, body.

    Empty values count as missing, and the date is parsed by ``read_date``. All other checks are the same as for files.
    Raises ``StatementFileError`` with all problems together.
    """
    reader = Reader(_as_toml_table(typed))
    statement = _read_file_values(reader, typed.get("body", ""))
    if reader.problems:
        raise StatementFileError(reader.problems)
    return statement


def _as_toml_table(typed: Mapping[str, str]) -> dict[str, object]:
    """Return form values as TOML front matter would be parsed: without empty values, with the date as a date."""
    table: dict[str, object] = {key: value for key, value in typed.items() if key in TEXT_KEYS and value.strip()}
    with suppress(ValueRefused, KeyError):
        table["date"] = read_date(str(table["date"]).strip())
    return table


def read_shared(table: Mapping[str, Any]) -> SharedValues:
    """Return the shared values of a statement from another source than a file; ``table`` has values of TOML types.

    Raises ``StatementFileError`` with all problems together.
    """
    reader = Reader(table)
    values = _read_shared(reader)
    if reader.problems:
        raise StatementFileError(reader.problems)
    return values


def text_sha256(title: str, eligibility: str | None, body: str) -> str:
    r"""Return the fingerprint of one version of a text, 64 hex digits.

    It is the SHA-256 of the JSON array ``[title,eligibility,body]`` in UTF-8, without spaces between the items, with
    ``null`` for a missing eligibility, each text in NFC with ``\n`` line endings, and only the escapes that JSON
    requires. In a browser this is ``JSON.stringify([title, eligibility, body])``. Because it is an array and not one
    text, moving a word from one part to the next changes the fingerprint.
    """
    parts = [part if part is None else _normalised(part) for part in (title, eligibility, body)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _normalised(part: str) -> str:
    return unicodedata.normalize("NFC", lf_lines(part))


def _read_file_values(reader: Reader, body: str) -> StatementFile:
    heading = partial(read_line, longest=LINE_LONGEST)
    return StatementFile(
        slug=reader.required("slug", _slug, ""),
        locale=reader.required("locale", _locale, ""),
        title=reader.required("title", heading, ""),
        place=reader.optional("place", heading),
        date=reader.optional("date", read_toml_date),
        eligibility=reader.optional("eligibility", partial(read_line, longest=ELIGIBILITY_LONGEST)),
        body=reader.checked("body", partial(read_block, longest_bytes=BODY_LONGEST_BYTES), body) or "",
        shared=_read_shared(reader),
    )


def _read_shared(reader: Reader) -> SharedValues:
    some_of, truth, whole = read_some_of, read_boolean, read_whole_number
    timezone = reader.optional("timezone", read_timezone)
    # Use UTC if the timezone is wrong: its problem is already recorded, and each date would only repeat it.
    moment = partial(read_moment, zone=zone_of(timezone) if reader.is_sound("timezone") else UTC)
    values = SharedValues(
        opens=reader.optional("opens", partial(moment, of_day=FIRST_SECOND)),
        closes=reader.optional("closes", partial(moment, of_day=LAST_SECOND)),
        event=reader.optional("event", partial(moment, of_day=None)),
        timezone=timezone,
        goal=reader.optional("goal", partial(whole, least=1, most=GOAL_HIGHEST)),
        count_from=reader.optional("count_from", partial(whole, least=1, most=GOAL_HIGHEST)),
        names_from=reader.optional("names_from", partial(whole, least=1, most=GOAL_HIGHEST)),
        list_from=reader.optional("list_from", partial(moment, of_day=FIRST_SECOND)),
        kinds=reader.optional("kinds", partial(some_of, allowed=KINDS, at_least=1)),
        fields=reader.optional("fields", partial(some_of, allowed=OPTIONAL, at_least=0)),
        required=reader.optional("required", partial(some_of, allowed=OPTIONAL, at_least=0)),
        moderation=reader.optional("moderation", partial(read_one_of, allowed=MODERATIONS)),
        confirm=reader.optional("confirm", partial(read_one_of, allowed=CONFIRMATIONS)),
        visibilities=reader.optional("visibilities", partial(some_of, allowed=VISIBILITIES, at_least=1)),
        newsletter=reader.optional("newsletter", truth),
        discreet=reader.optional("discreet", truth),
        indexed=reader.optional("indexed", truth),
        short_form=reader.optional("short_form", truth),
        reply_to=reader.optional("reply_to", _address),
        mailbox_seats=reader.optional("mailbox_seats", partial(whole, least=1, most=2)),
        keep_contacts=reader.optional("keep_contacts", truth),
        anonymise_after_days=reader.optional("anonymise_after_days", _days),
    )
    _compare(reader, values)
    return values


def _compare(reader: Reader, values: SharedValues) -> None:
    """Record problems with values that are valid alone but contradict each other."""
    if values.opens is not None and values.closes is not None and values.closes <= values.opens:
        reader.problem("closes", "must come after opens", "before-opens")
    not_asked = [field for field in values.required or () if field not in (values.fields or ())]
    if not_asked and reader.is_sound("fields"):
        message = f"{', '.join(not_asked)}: the key fields must name it too, or nobody is asked"
        reader.problem("required", message, "not-asked")
    if values.indexed and values.discreet:
        reader.problem("indexed", "search engines would show the title of a discreet statement", "discreet")


def _slug(value: object) -> str:
    slug = read_string(value)
    if len(slug) not in SLUG_LENGTHS or not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise ValueRefused(
            "not-a-slug",
            "must be 2 to 64 small letters a to z, digits and single hyphens, because it becomes the page's address",
        )
    return slug


def _locale(value: object) -> str:
    tag = read_string(value)
    known = _known_locale(tag) if _LOCALE.fullmatch(tag) else None
    if known is None:
        raise ValueRefused("not-a-choice", 'must be a known language tag, such as "en", "hy" or "pt-BR"')
    kept = set(str(known).lower().split("_"))
    lost = [part for part in tag.replace("-", "_").split("_")[1:] if part.lower() not in kept]
    if lost:  # dropping the part would give the locale of another text
        raise ValueRefused("not-a-choice", f'"{"-".join(lost)}" in "{tag}" is not supported; use "{known.language}"')
    return str(known).replace("_", "-")


def find_locale(tag: str) -> str | None:
    """Return a language tag in the form that statements use (``pt-BR`` for ``pt_br``), None if it is unknown."""
    with suppress(ValueRefused):
        return _locale(tag)
    return None


def _known_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def _days(value: object) -> int:
    return read_whole_number(value, least=ANONYMISE_DAYS[0], most=ANONYMISE_DAYS[-1])


def _address(value: object) -> str:
    try:
        return check_address(read_string(value))
    except ValueRefused as error:
        raise ValueRefused("no-address", "must be one email address") from error
