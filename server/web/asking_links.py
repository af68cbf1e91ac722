"""The page for who has lost an email: one address, the same answer to everybody, and the rest goes by email."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.ask_links import ask_links
from server.addresses import ADDRESS_LONGEST, AddressRefused, check_address
from server.web import showing
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.showing import Shown
from server.web.statement_page import words_about
from server.web.wording import asked_locales, choose_text

bp = Blueprint("asking_links", __name__)
bp.before_request(check_own_page)


@bp.get("/s/<slug>/links")
@limited("page")
def page(slug: str) -> ResponseReturnValue:
    """Ask for the address."""
    return _ask(_shown(slug), status=200)


@bp.post("/s/<slug>/links")
@limited("resend")
def ask(slug: str) -> ResponseReturnValue:
    """Take any address, and answer everybody alike; what is no address comes back with what to mend."""
    here, shown = services(), _shown(slug)
    typed = request.form.get("email", "")
    try:
        email = check_address(typed)
    except AddressRefused as refusal:
        return _ask(shown, status=422, typed=typed, error=refusal.reason if typed.strip() else "required")
    locale = choose_text(shown.texts, asked_locales()).locale
    ask_links(here.db, shown.statement, email, keys=here.keys, sealer=here.sealer, locale=locale, now=here.clock())
    return redirect(url_for("asking_links.sent", slug=slug, locale=request.args.get("locale")), 303)


@bp.get("/s/<slug>/links/sent")
@limited("page")
def sent(slug: str) -> ResponseReturnValue:
    """Say that an email may be on its way; there is nothing personal on this page."""
    shown = _shown(slug)
    return render_template("public/links_sent.html", **words_about(shown, choose_text(shown.texts, asked_locales())))


def _shown(slug: str) -> Shown:
    return showing.read_shown(services().db, slug, now=services().clock())


def _ask(shown: Shown, *, status: int, typed: str = "", error: str | None = None) -> Response:
    text = choose_text(shown.texts, asked_locales())
    html = render_template(
        "public/links.html",
        **words_about(shown, text),
        typed=typed,
        error=messages.text(text.locale, f"invalid.{error}") if error else None,
        longest=ADDRESS_LONGEST,
    )
    return Response(html, status=status, mimetype="text/html")
