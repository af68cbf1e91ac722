"""Counters (table ``tallies``): how many signatures are in each state now (hour 0), and what happened hour by hour.

A signature counts as confirmed while it is confirmed: not once it is held, removed or withdrawn. Every figure with that
word is this one, for desk, report, page, API and commands; in an hour, a day or a week it is how many of those were
confirmed then.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from server.db import Row, Tx, queries_beside
from server.text.names import Kind

_sql: Any = queries_beside(__file__)
_HOUR_S = 3600
_TOTALS_HOUR = 0
_STANDING = ("confirmed", "held")
_COLUMNS = ("submitted", "mailed", "confirmed", "held", "withdrawn", "removed")


@dataclass(frozen=True)
class Counts:
    """What the public is told: confirmed signatures by kind, and how many await a decision."""

    individuals: int
    organisations: int
    awaiting_review: int

    @property
    def confirmed(self) -> int:
        """Individuals and organisations together."""
        return self.individuals + self.organisations


@dataclass(frozen=True)
class PartnerCounts(Counts):
    """What came through one partner; ``lately`` is how many of them were confirmed in the time that was asked for."""

    lately: int = 0


@dataclass(frozen=True)
class Subject:
    """What is counted: a kind of signature under a statement, by the partner that it came from.

    ``confirmed_at`` is when it was confirmed, for what changes after that; None: that happens now.
    """

    statement_id: int
    kind: Kind
    partner_id: int | None = None
    locale: str | None = None
    country: str | None = None
    confirmed_at: int | None = None


def _add(tx: Tx, subject: Subject, hour: int, dimension: str, value: str, changes: dict[str, int]) -> None:
    _sql.add(
        tx,
        statement_id=subject.statement_id,
        partner_id=subject.partner_id or 0,
        kind=subject.kind,
        hour=hour,
        dimension=dimension,
        value=value,
        shard=secrets.randbelow(tx.shards),
        **dict.fromkeys(_COLUMNS, 0) | changes,
    )


def count_event(tx: Tx, subject: Subject, event: str, *, now: int, by: int = 1) -> None:
    """Count something that happened in this hour: submitted, mailed, held, withdrawn or removed."""
    _add(tx, subject, now // _HOUR_S, "all", "", {event: by})


def move(tx: Tx, subject: Subject, *, was: str, becomes: str, now: int, by: int = 1) -> None:
    """Count ``by`` signatures that go from one state to another; what is public follows at once.

    The hour in which a signature was confirmed counts it while it is confirmed, so that hours and totals agree.
    """
    standing = {state: step for state, step in ((was, -by), (becomes, by)) if state in _STANDING}
    _add(tx, subject, _TOTALS_HOUR, "all", "", standing)
    if becomes != "confirmed":
        count_event(tx, subject, becomes, now=now, by=by)
    if step := standing.get("confirmed"):
        confirmed_at = now if subject.confirmed_at is None else subject.confirmed_at
        _add(tx, subject, confirmed_at // _HOUR_S, "all", "", {"confirmed": step})
        _add_under(tx, subject, "locale", subject.locale, step)
        _add_under(tx, subject, "country", subject.country, step)


def move_country(tx: Tx, subject: Subject, *, was: str | None) -> None:
    """Count a confirmed signature under the country of ``subject`` from now on, and no more under the one before."""
    _add_under(tx, subject, "country", was, -1)
    _add_under(tx, subject, "country", subject.country, 1)


def _add_under(tx: Tx, subject: Subject, dimension: str, value: str | None, step: int) -> None:
    """Count who stands under a language or a country, where there is one; what nobody is left under is forgotten."""
    if not value:
        return
    _add(tx, subject, _TOTALS_HOUR, dimension, value, {"confirmed": step})
    if step < 0:
        _sql.delete_empty(
            tx,
            statement_id=subject.statement_id,
            partner_id=subject.partner_id or 0,
            kind=subject.kind,
            dimension=dimension,
            value=value,
        )


def get_counts(tx: Tx, statement_id: int) -> Counts:
    """Return the counts of a statement as they stand."""
    rows = {row["kind"]: row for row in _sql.get_counts(tx, statement_id=statement_id)}

    def of(kind: str, column: str) -> int:
        return int(rows[kind][column]) if kind in rows else 0

    return Counts(
        individuals=of("individual", "confirmed"),
        organisations=of("organisation", "confirmed"),
        awaiting_review=of("individual", "held") + of("organisation", "held"),
    )


def get_partner_counts(tx: Tx, statement_id: int, *, since: int) -> dict[int, PartnerCounts]:
    """Return the counts of a statement by the id of the partner (0: none); ``lately`` is from ``since`` on."""
    return {
        row["partner_id"]: PartnerCounts(
            int(row["individuals"]), int(row["organisations"]), int(row["held"]), int(row["lately"])
        )
        for row in _sql.get_partner_counts(tx, statement_id=statement_id, since=since // _HOUR_S)
    }


def list_hours(tx: Tx, statement_id: int, partner_id: int, *, since: int) -> list[tuple[int, int]]:
    """Return how many signatures through a partner were confirmed in each hour: (moment at which it began, number).

    Only those count that are confirmed now. Hours without any are missing.
    """
    hours = _sql.list_hours(tx, statement_id=statement_id, partner_id=partner_id, since=since // _HOUR_S)
    return [(row["hour"] * _HOUR_S, int(row["confirmed"])) for row in hours]


def list_countries(tx: Tx, statement_id: int, partner_id: int, *, least: int) -> list[tuple[str, int]]:
    """Return the countries that at least so many of a partner's signers name now: (ISO 3166 code, number), most first.

    They are those who stand there confirmed.
    """
    found = _sql.list_countries(tx, statement_id=statement_id, partner_id=partner_id, least=least)
    return [(row["country"], int(row["confirmed"])) for row in found]


def list_drift(tx: Tx) -> list[Row]:
    """Return where kept counts differ from a recount, empty when all is well.

    Each row has statement_id, partner_id, kind, what (confirmed, held, locale, country or hour), value (which of these
    last three, else empty), counted and kept.
    """
    return list(_sql.list_drift(tx))
