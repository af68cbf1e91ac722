"""Counters (table ``tallies``): current totals by state (hour 0), and events by hour.

A signature counts as confirmed while that is its state, not while it is held, withdrawn or removed. Every figure named
"confirmed" has this meaning, for desk, report, page, API and commands. For an hour, day or week it is how many of the
signatures that are confirmed now were confirmed in that time.
"""

import secrets
from dataclasses import dataclass

from server.db import Row, Tx, queries_beside
from server.tables.signatures import Signature
from server.text.names import Kind

_sql = queries_beside(__file__)
_HOUR_S = 3600
_TOTALS_HOUR = 0
_STANDING = ("confirmed", "held")
_COLUMNS = ("submitted", "mailed", "confirmed", "held", "withdrawn", "removed")


@dataclass(frozen=True)
class Counts:
    """Public counts: confirmed signatures by kind, and how many wait for approval."""

    individuals: int
    organisations: int
    awaiting_review: int

    @property
    def confirmed(self) -> int:
        """Confirmed signatures of both kinds."""
        return self.individuals + self.organisations


@dataclass(frozen=True)
class PartnerCounts(Counts):
    """Counts of one partner; ``lately`` is how many were confirmed in the requested period."""

    lately: int = 0


@dataclass(frozen=True)
class Subject:
    """The signatures that a counter counts: a kind of signer of a statement, by partner.

    A ``Signature`` has the same columns. ``confirmed_at`` is when the signature was confirmed, for later changes of its
    state; None: it is confirmed now.
    """

    statement_id: int
    kind: Kind
    partner_id: int | None = None
    locale: str | None = None
    country: str | None = None
    confirmed_at: int | None = None


def _add(tx: Tx, subject: Subject | Signature, hour: int, dimension: str, value: str, changes: dict[str, int]) -> None:
    _sql.add(
        tx,
        subject=subject,
        hour=hour,
        dimension=dimension,
        value=value,
        shard=secrets.randbelow(tx.shards),
        **dict.fromkeys(_COLUMNS, 0) | changes,
    )


def count_event(tx: Tx, subject: Subject | Signature, event: str, *, now: int, by: int = 1) -> None:
    """Count an event in the current hour: submitted, mailed, held, withdrawn or removed."""
    _add(tx, subject, now // _HOUR_S, "all", "", {event: by})


def move(tx: Tx, subject: Subject | Signature, *, was: str, becomes: str, now: int, by: int = 1) -> None:
    """Count ``by`` signatures that change from state ``was`` to ``becomes``.

    The counter of the hour of confirming changes too, so that hours and totals agree.
    """
    # Only confirmed and held signatures have totals.
    standing = {state: step for state, step in ((was, -by), (becomes, by)) if state in _STANDING}
    _add(tx, subject, _TOTALS_HOUR, "all", "", standing)
    if becomes != "confirmed":
        count_event(tx, subject, becomes, now=now, by=by)
    if step := standing.get("confirmed"):
        confirmed_at = now if subject.confirmed_at is None else subject.confirmed_at
        _add(tx, subject, confirmed_at // _HOUR_S, "all", "", {"confirmed": step})
        _add_to_dimension(tx, subject, "locale", subject.locale, step)
        _add_to_dimension(tx, subject, "country", subject.country, step)


def move_country(tx: Tx, subject: Subject | Signature, *, was: str | None) -> None:
    """Move a confirmed signature from the country ``was`` to that of ``subject``."""
    _add_to_dimension(tx, subject, "country", was, -1)
    _add_to_dimension(tx, subject, "country", subject.country, 1)


def _add_to_dimension(tx: Tx, subject: Subject | Signature, dimension: str, value: str | None, step: int) -> None:
    """Add ``step`` to the confirmed count of one language or country; do nothing if ``value`` is empty.

    A count that drops to zero is deleted.
    """
    if not value:
        return
    _add(tx, subject, _TOTALS_HOUR, dimension, value, {"confirmed": step})
    if step < 0:
        _sql.delete_empty(tx, subject=subject, dimension=dimension, value=value)


@_sql.query
def get_counts(tx: Tx, statement_id: int) -> Counts:
    """Return the current counts of a statement."""


@_sql.query
def get_partner_counts(tx: Tx, statement_id: int, *, since: int) -> dict[int, PartnerCounts]:
    """Return the counts of a statement by partner id (0: no partner); ``lately`` counts from ``since`` on."""


@_sql.query
def list_hours(tx: Tx, statement_id: int, partner_id: int, *, since: int) -> list[tuple[int, int]]:
    """Return how many of a partner's signatures were confirmed in each hour: (start in epoch seconds, count).

    Only signatures that are confirmed now count. Hours without any are left out.
    """


@_sql.query
def list_countries(tx: Tx, statement_id: int, partner_id: int, *, least: int) -> list[tuple[str, int]]:
    """Return the countries with at least ``least`` confirmed signatures of a partner: (ISO 3166 code, count), most
    first.
    """


@_sql.query
def list_drift(tx: Tx) -> list[Row]:
    """Return the counters that differ from a recount; empty if all are right.

    Each row has statement_id, partner_id, kind, what (confirmed, held, locale, country or hour), value (the locale,
    country or hour, else empty), counted (by the recount) and kept (by the counter).
    """
