"""What came through one partner under one statement, counted for the desk and for the partner: numbers, never names."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from server import messages
from server.records import subscriptions, tallies
from server.records.partners import Partner
from server.records.statements import Statement
from server.records.tallies import PartnerCounts
from server.storage import Tx

DAYS = 30
WEEKS = 12
WEEK_S = 7 * 24 * 3600
LEAST_OF_A_COUNTRY = 5
"""A country with fewer is not told: who knows the signers could tell which of them it was."""

_NOBODY = PartnerCounts(0, 0, 0)


@dataclass(frozen=True)
class Figures:
    """What stands, how many asked for the partner's news, the newest days and weeks first, and the larger countries."""

    counts: PartnerCounts
    subscribers: int
    days: list[tuple[date, int]]
    weeks: list[tuple[date, int]]
    countries: list[tuple[str, int]]


def read_figures(tx: Tx, statement: Statement, partner: Partner, *, now: int) -> Figures:
    """Return the figures of a partner; days are those of the statement's place, weeks are told by their Monday."""
    zone = ZoneInfo(statement.zone)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    hours = tallies.list_hours(tx, statement.id, partner.id, since=now - (WEEKS + 1) * WEEK_S)
    by_day: Counter[date] = Counter()
    for moment, confirmed in hours:
        by_day[datetime.fromtimestamp(moment, UTC).astimezone(zone).date()] += confirmed
    by_week: Counter[date] = Counter()
    for day, confirmed in by_day.items():
        by_week[_monday(day)] += confirmed
    counted = tallies.count_by_partner(tx, statement.id, since=now - WEEK_S)
    return Figures(
        counts=counted.get(partner.id, _NOBODY),
        subscribers=subscriptions.count_live(tx, statement.id, partner.id),
        days=[(day, by_day[day]) for day in (today - timedelta(days=back) for back in range(DAYS))],
        weeks=[(day, by_week[day]) for day in (_monday(today) - timedelta(weeks=back) for back in range(WEEKS))],
        countries=tallies.list_countries(tx, statement.id, partner.id, least=LEAST_OF_A_COUNTRY),
    )


def written(dated: list[tuple[date, int]], locale: str) -> list[tuple[str, int]]:
    """Return days with their numbers, the days written out."""
    return [(messages.format_date(locale, day), number) for day, number in dated]


def countries_named(countries: list[tuple[str, int]], locale: str) -> list[tuple[str, int]]:
    """Return countries with their numbers, by the names that a language has for them."""
    names = dict(messages.country_names(locale))
    return [(names.get(code, code), number) for code, number in countries]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
