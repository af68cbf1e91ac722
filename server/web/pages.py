"""The hosted page of a statement: text, form without JavaScript, public list; and what follows a post of that form."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.web import showing
from server.web.limits import limited
from server.web.page_form import ANSWERED_ON_THE_PAGE, Typed, fresh_key, refused
from server.web.security import check_own_page
from server.web.services import services
from server.web.signing import take
from server.web.statement_page import statement_page, words_about
from server.web.wording import asked_locales, choose_text, page_words

bp = Blueprint("pages", __name__)
bp.before_request(check_own_page)
_OUTCOMES = ("confirmed", "held", "already", "no-seat")
_GONE = ("not-me", "erased")


@bp.get("/s/<slug>")
@limited("page")
def statement(slug: str) -> ResponseReturnValue:
    """Show a statement with its form and its signatories."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    return statement_page(shown, Typed(fresh_key(), {}))


@bp.post("/s/<slug>")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Take the form without JavaScript; whatever is refused comes back on the page with all that was typed."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    sent = request.form.to_dict()
    try:
        submission = take(shown.statement, sent, known=shown.partners, origin=None)
    except ANSWERED_ON_THE_PAGE as refusal:
        return statement_page(shown, refused(sent, refusal))
    return redirect(url_for("pages.sent", slug=slug, locale=submission.locale), 303)


@bp.get("/s/<slug>/sent")
@limited("page")
def sent(slug: str) -> ResponseReturnValue:
    """Say that an email is on its way; there is nothing personal on this page."""
    shown = showing.read_shown(services().db, slug, now=services().clock())
    text = choose_text(shown.texts, asked_locales())
    return render_template("public/sent.html", **words_about(shown, text))


@bp.get("/s/<slug>/thanks")
@limited("page")
def thanks(slug: str) -> ResponseReturnValue:
    """Say thank you after the confirm button; the address of this page holds no link."""
    shown = showing.read_shown(services().db, slug, now=services().clock())
    text = choose_text(shown.texts, asked_locales())
    outcome = request.args.get("outcome", "")
    context = words_about(shown, text)
    context["counts"] = showing.counts_shape(shown, text.locale, now=services().clock())
    return render_template("public/thanks.html", **context, outcome=outcome if outcome in _OUTCOMES else _OUTCOMES[0])


@bp.get("/gone")
@limited("page")
def gone() -> ResponseReturnValue:
    """Say that something was deleted or erased; the address tells neither whose it was nor under what."""
    what = request.args.get("what", "")
    locale = messages.choose(asked_locales(), messages.LOCALES) or messages.FALLBACK
    return render_template("public/gone.html", **page_words(locale), what=what if what in _GONE else _GONE[0])
