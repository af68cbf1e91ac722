"""The front page of the server, and robots.txt."""

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from server.mail.message import read_sender
from server.tables import counts, statements, texts
from server.text import translations
from server.web.caching import compressed
from server.web.context import choose_text, get_context, page_context, requested_locales, visitor_locale
from server.web.limits import limited
from server.web.public import views
from server.web.public.views import PublicStatement

bp = Blueprint("front_page", __name__)
ROBOTS_CACHE_S = 3600
# Personal pages, admin pages and machine-readable data. All other pages declare themselves whether they may be indexed;
# a crawler cannot read that on pages that are listed here.
UNSEARCHED = (
    *("/admin/", "/confirm/", "/signature/", "/undo/", "/unsubscribe/", "/preview/", "/partner/", "/probe/"),
    *("/api/", "/oembed"),
)


@bp.get("/")
@limited("page")
@compressed
def show_front_page() -> ResponseReturnValue:
    """Show the server's name, and its statements if the settings allow that."""
    here = get_context()
    locale = visitor_locale()
    page = render_template(
        "public/front_page.html",
        **page_context(locale),
        name=read_sender(here.settings.mail_from).display_name or here.links.host,
        groups=_list_groups(locale) if here.settings.lists_statements else None,
    )
    return page, {"Vary": "Accept-Language"}


@bp.get("/robots.txt")
@limited("asset")
def robots() -> ResponseReturnValue:
    """Tell search engines which paths to skip; statements are not named."""
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in UNSEARCHED))
    response = Response("\n".join(lines) + "\n", mimetype="text/plain")
    response.headers["Cache-Control"] = f"public, max-age={ROBOTS_CACHE_S}"
    return response


def _list_groups(locale: str) -> list[dict[str, Any]]:
    """Return the open statements, then the ended ones, each the latest first; empty groups are left out."""
    here = get_context()
    now = here.clock()
    with here.db.read() as tx:
        shown = [
            PublicStatement(now, one, texts.list_latest(tx, one.id), counts.get_counts(tx, one.id))
            for one in statements.list_all(tx)
            if one.state(now) in ("open", "closed") and not one.discreet
        ]
    is_open = [one for one in shown if one.state == "open"]
    ended = [one for one in shown if one.state == "closed"]
    is_open.sort(key=lambda one: one.statement.opened_at or 0, reverse=True)
    ended.sort(key=lambda one: one.statement.ends_at or 0, reverse=True)
    groups = {"front.open": is_open, "page.ended": ended}
    return [
        {"title": title, "statements": [_shape(one, locale) for one in group]}
        for title, group in groups.items()
        if group
    ]


def _shape(shown: PublicStatement, locale: str) -> dict[str, Any]:
    """Return an item of the list: the title in the visitor's language, the count in the page's language."""
    text = choose_text(shown.texts, requested_locales())
    is_uncounted = shown.state == "closed" and shown.counts.confirmed < (shown.statement.count_from or 0)
    return {
        "title": text.title,
        "locale": text.locale,
        "dir": translations.direction(text.locale),
        "href": url_for("pages.show_statement", slug=shown.statement.slug),
        "count": None if is_uncounted else views.counts_shape(shown, locale)["text"],
    }
