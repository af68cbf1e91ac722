"""The report: what a partner sees of itself by a secret link, and of nobody else; figures, never names or addresses."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server import messages
from server.errors import NotFound
from server.records import partners, statement_texts, statements
from server.records.partners import Partner
from server.storage import Tx
from server.web.figures import LEAST_OF_A_COUNTRY, countries_named, read_figures, written
from server.web.limits import limited
from server.web.services import services
from server.web.wording import asked_locales, choose_text, page_words

bp = Blueprint("reporting", __name__)


@bp.get("/partner/<token>")
@limited("page")
def look(token: str) -> ResponseReturnValue:
    """Show a partner its own figures under each statement that it embeds; a wrong token is a page like any unknown."""
    now = services().clock()
    with services().db.read() as tx:
        partner = partners.find_by_report(tx, token)
        if partner is None:
            raise NotFound("there is no such report")
        asked = asked_locales(partner.locale)
        locale = messages.choose(asked, messages.LOCALES) or messages.FALLBACK
        told = [_figures(tx, place, partner, locale, now=now) for place in partners.list_joined(tx, partner.id)]
    reports = [report for report in told if report["state"] != "draft"]
    return render_template(
        "public/report.html",
        **page_words(locale),
        partner=partner.name,
        reports=reports,
        least=LEAST_OF_A_COUNTRY,
    )


def _figures(tx: Tx, statement_id: int, partner: Partner, locale: str, *, now: int) -> dict[str, Any]:
    statement = statements.get_by_id(tx, statement_id)
    text = choose_text(statement_texts.list_latest(tx, statement_id), asked_locales(partner.locale))
    found = read_figures(tx, statement, partner, now=now)
    return {
        "slug": statement.slug,
        "title": text.title,
        "locale": text.locale,
        "state": statement.state(now),
        "counts": found.counts,
        "subscribers": found.subscribers,
        "asks": bool(partner.newsletters),
        "days": written(found.days, locale),
        "countries": countries_named(found.countries, locale),
    }
