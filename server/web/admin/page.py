"""Renders a page of the desk: its words, who is logged in, and where one can go from here."""

from functools import partial
from typing import Any, NamedTuple

from flask import Response, g, render_template, request, url_for

from server import messages
from server.records.roles import Role, includes
from server.web.admin.doors import Desk, desk_locale
from server.web.admin.why import LONGEST
from server.web.security import DESK_POLICY


class Place(NamedTuple):
    """One entry of the desk's navigation; ``label`` is a message, ``needs`` the role that sees it."""

    endpoint: str
    label: str
    needs: Role


STATEMENT_PLACES: tuple[Place, ...] = (
    Place("statements.overview", "desk.overview", "viewer"),
    Place("texts.look", "desk.text", "owner"),
    Place("settings.look", "desk.settings", "viewer"),
    Place("consent.look", "desk.consent", "viewer"),
    Place("emails.look", "desk.emails", "viewer"),
    Place("founding.look", "desk.founding", "moderator"),
    Place("signatures.look", "desk.signatures.title", "moderator"),
    Place("queue.look", "desk.queue.title", "moderator"),
    Place("partners.look", "desk.partners.title", "viewer"),
    Place("dumping.look", "desk.dump.title", "viewer"),
    Place("journalling.of_statement", "desk.journal", "moderator"),
    Place("people.of_statement", "desk.people", "owner"),
)
"""What can be gone to under a statement."""

SERVER_PLACES: tuple[Place, ...] = (
    Place("tokens.look_everywhere", "desk.token.title", "owner"),
    Place("journalling.of_server", "desk.journal", "owner"),
    Place("people.of_server", "desk.people", "owner"),
)
"""What can be gone to on the whole server."""


def desk_page(template: str, *, status: int = 200, **context: Any) -> Response:
    """Return a page of the desk with its policy, which lets our own script run and nothing else."""
    asking: Desk | None = g.get("desk")
    page = render_template(template, **desk_words(), asking=asking, places=_places(asking), **context)
    response = Response(page, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = DESK_POLICY
    return response


def desk_words() -> dict[str, Any]:
    """Return the context that every template of the desk asks for."""
    locale = desk_locale()
    return {
        "t": partial(messages.text, locale),
        "find": partial(messages.find_text, locale),
        "locale": locale,
        "dir": messages.direction(locale),
        "day": partial(messages.format_day, locale),
        "moment": partial(messages.format_moment, locale),
        "longest_reason": LONGEST,
        "stylesheet": url_for("assets.desk_stylesheet"),
        "script": url_for("assets.desk_script"),
    }


def _places(asking: Desk | None) -> list[dict[str, Any]]:
    """Return the navigation: label, address, and whether one is there."""
    if asking is None or not asking.admin.is_enrolled:
        return []
    slug: dict[str, Any] = {"slug": asking.statement.slug} if asking.statement else {}
    offered = STATEMENT_PLACES if asking.statement else SERVER_PLACES
    return [
        {
            "label": place.label,
            "url": url_for(place.endpoint, **slug),
            "is_here": request.endpoint is not None and request.endpoint.split(".")[0] == place.endpoint.split(".")[0],
        }
        for place in offered
        if includes(asking.role, place.needs)
    ]
