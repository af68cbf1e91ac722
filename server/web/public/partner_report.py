"""A partner's own statistics behind a secret link: counts, never names."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server.db import Tx
from server.errors import NotFound
from server.tables import counts, partners, signatures, statements, texts
from server.tables.counts import PartnerCounts
from server.tables.partners import Partner
from server.tables.statements import Statement
from server.text import translations
from server.web.context import choose_text, get_context, page_context, requested_locales, visitor_locale
from server.web.limits import limited

# Statistics, also shown at the desk.

DAYS = 30
WEEKS = 12
WEEK_S = 7 * 24 * 3600
LEAST_OF_A_COUNTRY = 5
"""Countries with fewer signatures are hidden, so that nobody can identify the signers."""

_NO_COUNTS = PartnerCounts(0, 0, 0)


@dataclass(frozen=True)
class PartnerStats:
    """Current counts, newsletter subscribers, signatures by day and week (newest first), and larger countries."""

    counts: PartnerCounts
    subscribers: int
    days: list[tuple[date, int]]
    weeks: list[tuple[date, int]]
    countries: list[tuple[str, int]]


def read_partner_stats(tx: Tx, statement: Statement, partner: Partner, *, now: int) -> PartnerStats:
    """Return a partner's statistics; days are in the statement's timezone, weeks are named by their Monday."""
    zone = ZoneInfo(statement.zone)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    hours = counts.list_hours(tx, statement.id, partner.id, since=now - (WEEKS + 1) * WEEK_S)
    by_day: Counter[date] = Counter()
    for moment, confirmed in hours:
        by_day[datetime.fromtimestamp(moment, UTC).astimezone(zone).date()] += confirmed
    by_week: Counter[date] = Counter()
    for day, confirmed in by_day.items():
        by_week[_monday_of(day)] += confirmed
    counted = counts.get_partner_counts(tx, statement.id, since=now - WEEK_S)
    return PartnerStats(
        counts=counted.get(partner.id, _NO_COUNTS),
        subscribers=signatures.count_subscribers(tx, statement.id, partner.id),
        days=[(day, by_day[day]) for day in (today - timedelta(days=back) for back in range(DAYS))],
        weeks=[(day, by_week[day]) for day in (_monday_of(today) - timedelta(weeks=back) for back in range(WEEKS))],
        countries=counts.list_countries(tx, statement.id, partner.id, least=LEAST_OF_A_COUNTRY),
    )


def format_days(dated: list[tuple[date, int]], locale: str) -> list[tuple[str, int]]:
    """Return the pairs with each day formatted."""
    return [(translations.format_date(locale, day), number) for day, number in dated]


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


# The report.

bp = Blueprint("partner_report", __name__)


@bp.get("/partner/<token>")
@limited("page")
def show_report(token: str) -> ResponseReturnValue:
    """Show a partner's statistics for each statement that it embeds; raises ``NotFound`` for a wrong token."""
    now = get_context().clock()
    with get_context().db.read() as tx:
        partner = partners.find_by_report_secret(tx, token)
        if partner is None:
            raise NotFound("there is no such report")
        locale = visitor_locale(partner.locale)
        told = [
            _stats_context(tx, place, partner, locale, now=now) for place in partners.list_statement_ids(tx, partner.id)
        ]
    reports = [report for report in told if report["state"] != "draft"]
    return render_template(
        "public/partner_report.html",
        **page_context(locale),
        partner=partner.name,
        reports=reports,
        least=LEAST_OF_A_COUNTRY,
    )


def _stats_context(tx: Tx, statement_id: int, partner: Partner, locale: str, *, now: int) -> dict[str, Any]:
    statement = statements.get_by_id(tx, statement_id)
    text = choose_text(texts.list_latest(tx, statement_id), requested_locales(partner.locale))
    found, names = read_partner_stats(tx, statement, partner, now=now), translations.country_names(locale)
    return {
        "slug": statement.slug,
        "title": text.title,
        "locale": text.locale,
        "state": statement.state(now),
        "counts": found.counts,
        "subscribers": found.subscribers,
        "asks": bool(partner.newsletters),
        "days": format_days(found.days, locale),
        "countries": [(names.get(code, code), number) for code, number in found.countries],
    }
