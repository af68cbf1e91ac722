"""Reads a statement as an organiser writes it: Markdown, with its settings in TOML between two lines of +++."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, date
from functools import partial
from typing import Any

from babel import Locale, UnknownLocaleError

from server import front_matter
from server.addresses import AddressRefused, check_address
from server.days import NotADay, read_day
from server.errors import UndersignedError
from server.front_matter import Problem, Reader, WrongValue
from server.kinds import KINDS
from server.text import LINE_LONGEST

FIELDS = ("title", "affiliation", "city", "country", "website", "comment")
MODERATIONS = ("none", "organisations", "all")
VISIBILITIES = ("name", "initials", "country", "counted")
CONFIRMATIONS = ("link", "code")
SLUG_LENGTHS = range(2, 65)
ELIGIBILITY_LONGEST = 1000
BODY_LONGEST_BYTES = 200_000
GOAL_HIGHEST = 100_000_000
ANONYMISE_DAYS = range(2, 3651)
"""The result goes out a day after the end, and needs the addresses."""

DESKS_OWN = frozenset(["new"])
"""Words that stand where a slug does in the addresses of the desk."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class StatementFileError(UndersignedError):
    """Raised with every problem of a statement file at once, each with the key that it is about."""

    code, status = "statement-file", 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{problem.key}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class SharedValues:
    """What all languages of a statement have in common; None means that this file does not say.

    Moments are epoch seconds. A file that adds a language may leave all of it out, or say the same again.
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
    reply_to: str | None
    mailbox_seats: int | None
    keep_contacts: bool | None
    anonymise_after_days: int | None


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a statement says in one language; ``body`` is Markdown in NFC with LF."""

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
"""What each language says for itself, beside its body."""

KNOWN_KEYS = (*TEXT_KEYS, *(field.name for field in fields(SharedValues)))


def read_statement(source: str) -> StatementFile:
    """Read a statement file.

    Dates and times without an offset are in ``timezone``; ``opens`` as a bare date is its first second, ``closes``
    its last. Raises ``StatementFileError`` with all problems together.
    """
    try:
        table, body = front_matter.split(source)
    except WrongValue as error:
        raise StatementFileError([Problem("+++", str(error))]) from error
    reader = Reader(table)
    reader.refuse_unknown(KNOWN_KEYS)
    statement = _read_texts(reader, body)
    if reader.problems:
        raise StatementFileError(reader.problems)
    return statement


def read_typed(typed: Mapping[str, str]) -> StatementFile:
    """Read one language of a statement as a form brings it: slug, locale, and what ``read_wording`` reads.

    Raises ``StatementFileError`` with all problems together.
    """
    reader = Reader(_said(typed))
    statement = _read_texts(reader, typed.get("body", ""))
    if reader.problems:
        raise StatementFileError(reader.problems)
    return statement


def read_wording(typed: Mapping[str, str]) -> Wording:
    """Read a text as a form brings it: title, place, date, eligibility, body.

    What is empty was not said, and a date is what ``read_day`` takes; else the checks are those of a file. Raises
    ``StatementFileError`` with all problems together.
    """
    reader = Reader(_said(typed))
    wording = Wording(**_read_wording(reader, typed.get("body", "")))
    if reader.problems:
        raise StatementFileError(reader.problems)
    return wording


def _said(typed: Mapping[str, str]) -> dict[str, object]:
    """Return what was typed as the front matter of a file would have it."""
    table: dict[str, object] = {key: value for key, value in typed.items() if value.strip() and key in TEXT_KEYS}
    with suppress(NotADay, KeyError):
        table["date"] = read_day(str(table["date"]).strip())
    return table


def read_shared(table: Mapping[str, Any]) -> SharedValues:
    """Check what all languages share where it does not come from a file; ``table`` holds values as TOML reads them.

    Raises ``StatementFileError`` with all problems together.
    """
    reader = Reader(table)
    values = _read_shared(reader)
    if reader.problems:
        raise StatementFileError(reader.problems)
    return values


def text_sha256(title: str, eligibility: str | None, body: str) -> str:
    r"""Return the fingerprint of one version of a text, 64 hex digits.

    It is SHA-256 over the UTF-8 bytes of the JSON array ``[title,eligibility,body]``: no space between the items,
    ``null`` for a missing eligibility, each text in Unicode NFC with ``\n`` line ends, nothing escaped but what JSON
    must escape. In a browser: ``JSON.stringify([title, eligibility, body])``. The array keeps a word that moves from
    one part into the next from giving the same fingerprint.
    """
    parts = [part if part is None else _normalised(part) for part in (title, eligibility, body)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _normalised(part: str) -> str:
    return unicodedata.normalize("NFC", front_matter.lf_lines(part))


def _read_texts(reader: Reader, body: str) -> StatementFile:
    return StatementFile(
        slug=reader.required("slug", _slug, ""),
        locale=reader.required("locale", _locale, ""),
        **_read_wording(reader, body),
        shared=_read_shared(reader),
    )


def _read_wording(reader: Reader, body: str) -> dict[str, Any]:
    heading = partial(front_matter.line, longest=LINE_LONGEST)
    return {
        "title": reader.required("title", heading, ""),
        "place": reader.optional("place", heading),
        "date": reader.optional("date", front_matter.day),
        "eligibility": reader.optional("eligibility", partial(front_matter.line, longest=ELIGIBILITY_LONGEST)),
        "body": reader.checked("body", partial(front_matter.block, longest_bytes=BODY_LONGEST_BYTES), body) or "",
    }


def _read_shared(reader: Reader) -> SharedValues:
    some_of, truth, whole = front_matter.some_of, front_matter.truth, front_matter.whole
    timezone = reader.optional("timezone", front_matter.timezone)
    # A wrong timezone is one problem, not one more for each moment that would need it.
    moment = partial(front_matter.moment, zone=front_matter.zone_of(timezone) if reader.is_sound("timezone") else UTC)
    values = SharedValues(
        opens=reader.optional("opens", partial(moment, of_day=front_matter.FIRST_SECOND)),
        closes=reader.optional("closes", partial(moment, of_day=front_matter.LAST_SECOND)),
        event=reader.optional("event", partial(moment, of_day=None)),
        timezone=timezone,
        goal=reader.optional("goal", partial(whole, least=1, most=GOAL_HIGHEST)),
        count_from=reader.optional("count_from", partial(whole, least=1, most=GOAL_HIGHEST)),
        names_from=reader.optional("names_from", partial(whole, least=1, most=GOAL_HIGHEST)),
        list_from=reader.optional("list_from", partial(moment, of_day=front_matter.FIRST_SECOND)),
        kinds=reader.optional("kinds", partial(some_of, allowed=KINDS, at_least=1)),
        fields=reader.optional("fields", partial(some_of, allowed=FIELDS, at_least=0)),
        required=reader.optional("required", partial(some_of, allowed=FIELDS, at_least=0)),
        moderation=reader.optional("moderation", partial(front_matter.one_of, allowed=MODERATIONS)),
        confirm=reader.optional("confirm", partial(front_matter.one_of, allowed=CONFIRMATIONS)),
        visibilities=reader.optional("visibilities", partial(some_of, allowed=VISIBILITIES, at_least=1)),
        newsletter=reader.optional("newsletter", truth),
        discreet=reader.optional("discreet", truth),
        reply_to=reader.optional("reply_to", _address),
        mailbox_seats=reader.optional("mailbox_seats", partial(whole, least=1, most=2)),
        keep_contacts=reader.optional("keep_contacts", truth),
        anonymise_after_days=reader.optional("anonymise_after_days", _days),
    )
    _compare(reader, values)
    return values


def _compare(reader: Reader, values: SharedValues) -> None:
    """Refuse values that are right alone and wrong together."""
    if values.opens is not None and values.closes is not None and values.closes <= values.opens:
        reader.problem("closes", "must come after opens", "before-opens")
    not_asked = [field for field in values.required or () if field not in (values.fields or ())]
    if not_asked and reader.is_sound("fields"):
        message = f"{', '.join(not_asked)}: the key fields must name it too, or nobody is asked"
        reader.problem("required", message, "not-asked")


def _slug(value: object) -> str:
    slug = front_matter.words(value)
    if len(slug) not in SLUG_LENGTHS or not _SLUG.fullmatch(slug) or slug in DESKS_OWN:
        raise WrongValue(
            "must be 2 to 64 small letters a to z, digits and single hyphens, for it becomes the page's address",
            "not-a-slug",
        )
    return slug


def _locale(value: object) -> str:
    tag = front_matter.words(value)
    known = _known_locale(tag) if _LOCALE.fullmatch(tag) else None
    if known is None:
        raise WrongValue('must be a language tag that is known, such as "en", "hy" or "pt-BR"', "not-a-choice")
    return str(known).replace("_", "-")


def find_locale(tag: str) -> str | None:
    """Return a language tag as statements write it (``pt_br`` is ``pt-BR``), or None for one that nobody knows."""
    with suppress(WrongValue):
        return _locale(tag)
    return None


def _known_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def _days(value: object) -> int:
    return front_matter.whole(value, least=ANONYMISE_DAYS[0], most=ANONYMISE_DAYS[-1])


def _address(value: object) -> str:
    try:
        return check_address(front_matter.words(value))
    except AddressRefused as error:
        raise WrongValue("must be one email address", "no-address") from error
