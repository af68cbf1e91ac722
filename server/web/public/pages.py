"""The hosted page of a statement: text, form without JavaScript, public list; and what follows a post of that form."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.errors import BadRequest, CodeRefused, Invalid, NotFound
from server.web import showing
from server.web.by_code import take_code
from server.web.card import card_of, draw
from server.web.code_page import code_context
from server.web.limits import limited
from server.web.page_form import ANSWERED_ON_THE_PAGE, Typed, answer_with, fresh_key, refused
from server.web.security import SHARING_POLICY, check_own_page
from server.web.services import services
from server.web.sharing import share_shape
from server.web.showing import Shown
from server.web.signing import take
from server.web.statement_page import statement_page, words_about
from server.web.wording import asked_locales, choose_text, page_words

bp = Blueprint("pages", __name__)
bp.before_request(check_own_page)
_OUTCOMES = ("confirmed", "held", "already", "no-seat")
_SIGNED = ("confirmed", "held", "already")
_CARD_CACHE_S = 300
_GONE = ("not-me", "erased")


@bp.get("/s/<slug>")
@limited("page")
def statement(slug: str) -> ResponseReturnValue:
    """Show a statement with its form and its signatories.

    A cursor that is none, or none any more since its key was retired, leads to the start of the list: people keep
    addresses for longer than keys.
    """
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    try:
        after = here.cursors.read(request.args.get("after"), statement_id=shown.statement.id)
    except BadRequest:
        return redirect(_first_page(shown), 303)
    return statement_page(shown, Typed(fresh_key(), {}), after=after)


def _first_page(shown: Shown) -> str:
    """Return the address of the page, in the language and through the partner of the one that was asked for."""
    locale, partner = request.args.get("locale"), shown.find_partner(request.args.get("partner"))
    return url_for(
        "pages.statement",
        slug=shown.statement.slug,
        locale=locale if locale in [text.locale for text in shown.texts] else None,
        partner=partner.slug if partner else None,
    )


@bp.post("/s/<slug>")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Take the form without JavaScript; whatever is refused comes back on the page with all that was typed."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    sent = request.form.to_dict()
    try:
        submission, _ = take(shown.statement, sent, known=shown.partners, origin=None)
    except ANSWERED_ON_THE_PAGE as refusal:
        return statement_page(shown, refused(sent, refusal))
    return redirect(url_for("pages.sent", slug=slug, locale=submission.locale, key=submission.key), 303)


@bp.get("/s/<slug>/sent")
@limited("page")
def sent(slug: str) -> ResponseReturnValue:
    """Say that an email is on its way; the key in the address is that of the form, and tells nothing of anybody."""
    return _sent_page(showing.read_shown(services().db, slug, now=services().clock()))


@bp.post("/s/<slug>/sent")
@limited("confirm")
def open_by_code(slug: str) -> ResponseReturnValue:
    """Lead who typed the code of their email to where its link leads."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    try:
        ref = take_code(shown.statement, request.form.to_dict())
    except (Invalid, CodeRefused) as refusal:
        return _sent_page(shown, refusal)
    return redirect(url_for("confirming.look", token=here.links.confirm_token(*ref, now=here.clock())), 303)


def _sent_page(shown: Shown, refusal: Invalid | CodeRefused | None = None) -> ResponseReturnValue:
    text = choose_text(shown.texts, asked_locales())
    page = render_template(
        "public/sent.html", **words_about(shown, text), **code_context(shown.statement, refusal=refusal)
    )
    return answer_with(page, refusal)


@bp.get("/s/<slug>/thanks")
@limited("page")
def thanks(slug: str) -> ResponseReturnValue:
    """Say thank you after the confirm button, and offer to pass it on; the address of this page holds no link."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    text = choose_text(shown.texts, asked_locales())
    asked = request.args.get("outcome", "")
    outcome = asked if asked in _OUTCOMES else _OUTCOMES[0]
    context = words_about(shown, text)
    context["counts"] = showing.counts_shape(shown, text.locale, now=here.clock())
    share = share_shape(shown.statement, text, base_url=here.settings.base_url) if outcome in _SIGNED else None
    scripts = {"copying": url_for("assets.copying"), "sharing": url_for("assets.sharing")}
    page = render_template("public/thanks.html", **context, **scripts, outcome=outcome, share=share)
    response = Response(page, mimetype="text/html")
    if share:
        response.headers["Content-Security-Policy"] = SHARING_POLICY
    return response


@bp.get("/s/<slug>/card.png")
@limited("page")
def card(slug: str) -> ResponseReturnValue:
    """Draw the picture that others show beside a link to a statement; raises ``NotFound`` for a discreet one."""
    here = services()
    now = here.clock()
    shown = showing.read_shown(here.db, slug, now=now)
    if shown.statement.discreet:
        raise NotFound("a discreet statement has no card")
    text = choose_text(shown.texts, [request.args.get("locale", "")])
    shows = card_of(shown, text, base_url=here.settings.base_url, now=now)
    response = Response(draw(shows), mimetype="image/png")
    response.set_etag(shows.etag)
    response.headers["Cache-Control"] = f"public, max-age={_CARD_CACHE_S}"
    return response.make_conditional(request)


@bp.get("/gone")
@limited("page")
def gone() -> ResponseReturnValue:
    """Say that something was deleted or erased; the address tells neither whose it was nor under what."""
    what = request.args.get("what", "")
    locale = messages.choose(asked_locales(), messages.LOCALES) or messages.FALLBACK
    return render_template("public/gone.html", **page_words(locale), what=what if what in _GONE else _GONE[0])
