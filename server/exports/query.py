"""The choice of an export: columns, filters, and changes since an earlier export."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TypeVar

from server.db import Row
from server.errors import BadRequest, ValueRefused
from server.exports.formats import Cell
from server.tables import SETTLED
from server.tables.signature_queries import ChangeMark, DumpFilters, Signatory
from server.tables.statements import UTC_ZONE
from server.text.dates import start_of_day
from server.text.fields import EXPORTED, PUBLISHED, WITH_ADDRESSES
from server.text.names import KINDS

# Columns.

SIGNATURE_COLUMNS = (
    *("id", "statement", "kind", *EXPORTED, "state", "founding", "partner", "locale", "text_sha256"),
    *("signed_at", "confirmed_at", "withdrawn_at"),
)
PUBLIC_COLUMNS = ("kind", *PUBLISHED, "founding", "visibility", "withdrawn")
SUBSCRIBER_COLUMNS = ("email", "name", "locale", "wording", "agreed_at", "partner")
_MOMENTS = ("signed_at", "confirmed_at", "withdrawn_at")
_WITHOUT_ADDRESSES = dict.fromkeys(WITH_ADDRESSES)

Unseal = Callable[[bytes], str]
"""Decrypts a sealed address."""


def signature_cells(row: Row, columns: Sequence[str], *, unseal: Unseal | None) -> list[Cell]:
    """Return these columns of a signature; the address only with ``unseal``, and only if it is stored.

    Changes ``row``, because a copy of each would take a quarter of the time. Raises ``SealBroken``.
    """
    if unseal is None:
        row |= _WITHOUT_ADDRESSES
    row["email"] = unseal(bytes(row["sealed"])) if unseal and row["sealed"] is not None else None
    row["newsletter"] = bool(row["newsletter"])
    row["founding"] = row["founding_place"] is not None
    for column in _MOMENTS:
        row[column] = format_moment(row[column])
    return [row[column] for column in columns]


def public_cells(line: Signatory, columns: Sequence[str], *, zone: tzinfo) -> list[Cell]:
    """Return the values of ``columns`` in one line of the public list, which does not contain what its signer hides.

    Of a withdrawal, only the date is given, in the timezone ``zone``.
    """
    withdrawn_at = line.withdrawn_at
    day = None if withdrawn_at is None else datetime.fromtimestamp(withdrawn_at, zone).date().isoformat()
    return [day if column == "withdrawn" else getattr(line, column) for column in columns]


def subscriber_cells(row: Row, *, unseal: Unseal) -> list[Cell]:
    """Return ``SUBSCRIBER_COLUMNS`` of a subscriber; raises ``SealBroken``."""
    told = {**row, "email": unseal(bytes(row["sealed"])), "agreed_at": format_moment(row["agreed_at"])}
    return [told[column] for column in SUBSCRIBER_COLUMNS]


def format_moment(epoch: int | None) -> str | None:
    """Return a moment in UTC as ISO 8601; None for None."""
    if epoch is None:
        return None
    minute, second = divmod(epoch, 60)
    return f"{_format_minute(minute)}:{second:02}Z"


@lru_cache(maxsize=256)  # signatures that follow each other in an export were often made in the same minute
def _format_minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M")


# Filters and marks.

_WORD = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MARK = re.compile(r"(\d{1,12})-(\d{1,18})-([0-9a-f]{8})", re.ASCII)
_MARK_REFUSED = (
    "this is not a valid mark of this statement; send the last one exactly as it came, or an empty one to start again"
)

KnownValue = TypeVar("KnownValue", bound=str)


class ChoiceRefused(BadRequest):
    """Raised for an invalid export request; ``field`` is the invalid field."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class DumpChoice:
    """The choice of an export; by default all columns and all signatures.

    ``is_public``: only what is public now. ``since``: only what changed after this mark.
    """

    columns: tuple[str, ...] = SIGNATURE_COLUMNS
    filters: DumpFilters = field(default_factory=DumpFilters)
    is_public: bool = False
    since: ChangeMark | None = None

    def told(self, slug: str) -> dict[str, object]:
        """Return the choice in the form that the journal stores."""
        filters = {name: value for name, value in asdict(self.filters).items() if value is not None}
        since = {} if self.since is None else {"since": format_mark(self.since, slug)}
        return {"public": self.is_public, "columns": list(self.columns), "filters": filters, **since}


ALL_SIGNATURES = DumpChoice()


def read_choice(
    asked: Mapping[str, str], slug: str, *, is_public: bool = False, timezone: str = UTC_ZONE
) -> DumpChoice:
    """Return the choice in these parameters for the statement ``slug``; empty parameters are ignored.

    ``columns`` are separated by commas. ``from`` and ``until`` are dates of confirming, both included, in ``timezone``
    (an IANA name). ``since`` is the mark of an earlier export, or empty for the beginning. Raises ``ChoiceRefused``.
    """
    known = PUBLIC_COLUMNS if is_public else SIGNATURE_COLUMNS
    columns = _read_columns(asked.get("columns", ""), known)
    kind = _read_one_of("kind", asked, KINDS)
    if is_public:
        for name in ("state", "partner", "locale", "from", "until", "since"):
            if asked.get(name):
                raise ChoiceRefused(name, "the public list cannot be filtered by this")
        return DumpChoice(columns, DumpFilters(kind=kind), is_public=True)
    since = read_mark(asked["since"], slug) if "since" in asked else None
    state = _read_one_of("state", asked, SETTLED)
    if since is not None and state is not None:
        raise ChoiceRefused("state", "cannot be combined with since: signatures that left this state would be missing")
    filters = DumpFilters(
        kind=kind,
        state=state,
        partner=_read_word("partner", asked),
        locale=_read_word("locale", asked),
        since_at=_read_start_of_day("from", asked, timezone),
        until_at=_read_start_of_day("until", asked, timezone, days_later=1),
    )
    return DumpChoice(columns, filters, since=since)


def format_mark(mark: ChangeMark, slug: str) -> str:
    """Return a mark as text for ``read_mark``: ``<time>-<id>-<checksum>``."""
    place = f"{mark.changed_at}-{mark.id}"
    return f"{place}-{_mark_checksum(place, slug)}"


def read_mark(word: str, slug: str) -> ChangeMark:
    """Return the mark in an earlier answer about this statement, or the beginning for an empty text.

    Raises ``ChoiceRefused`` for one that was truncated, altered or belongs to another statement: an export from a wrong
    position would silently leave signatures out.
    """
    if not word:
        return ChangeMark(0, 0)
    found = _MARK.fullmatch(word)
    if not found or found[3] != _mark_checksum(f"{found[1]}-{found[2]}", slug):
        raise ChoiceRefused("since", _MARK_REFUSED)
    return ChangeMark(int(found[1]), int(found[2]))


def _mark_checksum(place: str, slug: str) -> str:
    """Return eight hex digits that detect mistakes; they do not protect against forgery."""
    return hashlib.sha256(f"{slug} {place}".encode()).hexdigest()[:8]


def _read_columns(word: str, known: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(word.split(",")) if word else tuple(known)
    if not set(columns) <= set(known) or len(set(columns)) < len(columns):
        raise ChoiceRefused("columns", f"must name each column at most once, out of {','.join(known)}")
    return columns


def _read_one_of(name: str, asked: Mapping[str, str], known: Sequence[KnownValue]) -> KnownValue | None:
    if not asked.get(name):
        return None
    for word in known:
        if word == asked[name]:
            return word
    raise ChoiceRefused(name, f"must be one of {', '.join(known)}")


def _read_word(name: str, asked: Mapping[str, str]) -> str | None:
    value = asked.get(name) or None
    if value is not None and not _WORD.fullmatch(value):
        raise ChoiceRefused(name, "may have only letters, digits, hyphens and underscores, at most 80")
    return value


def _read_start_of_day(name: str, asked: Mapping[str, str], timezone: str, *, days_later: int = 0) -> int | None:
    word = asked.get(name)
    try:
        return start_of_day(word, timezone, days_later=days_later) if word else None
    except ValueRefused as refusal:
        raise ChoiceRefused(name, str(refusal)) from refusal
