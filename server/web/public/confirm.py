"""The signer's door: what the link in an email opens, and the one button that signs."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.actions.amend import amend_pending
from server.actions.confirm import confirm as confirm_signature
from server.actions.disown import disown
from server.actions.resend import resend as resend_email
from server.errors import Invalid, LinkExpired, LinkInvalid
from server.links import SignatureRef
from server.web import showing
from server.web.amending import Mistyped, change_form, sent_line
from server.web.asked import Asked, get_asked
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.statement_page import words_about

bp = Blueprint("confirming", __name__)
bp.before_request(check_own_page)


@bp.get("/confirm/<token>")
@limited("confirm")
def look(token: str) -> ResponseReturnValue:
    """Show the exact line that would be published, an empty box and a button; looking changes nothing."""
    ref, is_expired = _read(token)
    return _expired_page(token, ref) if is_expired else _confirm_page(token, ref)


@bp.post("/confirm/<token>")
@limited("confirm")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm, when the box is ticked; the answer leads to a page whose address holds no link."""
    here = services()
    ref, is_expired = _read(token)
    if is_expired:
        return _expired_page(token, ref)
    asked = get_asked(ref)
    if asked.demands_code and not here.codes.fits(request.form.get("code", ""), *ref):
        return _confirm_page(token, ref, wrong_code=True)
    if request.form.get("consent") != "yes":
        return _confirm_page(token, ref, unticked="consent")
    if request.form.get("wording", asked.words.which) != asked.words.name:
        return _confirm_page(token, ref, reworded=True)
    outcome = confirm_signature(here.db, ref, consent=asked.words.consent, now=here.clock())
    return redirect(url_for("pages.thanks", slug=asked.statement.slug, outcome=outcome, locale=asked.text.locale), 303)


@bp.post("/confirm/<token>/change")
@limited("confirm")
def change(token: str) -> ResponseReturnValue:
    """Write the line anew before it is signed; what will not do comes back with all that was typed."""
    here = services()
    ref, is_expired = _read(token)
    if is_expired:
        return _expired_page(token, ref)
    asked = get_asked(ref)
    try:
        amend_pending(here.db, ref, sent_line(asked.signature, asked.statement), now=here.clock())
    except Invalid as refusal:
        return _confirm_page(token, ref, mistyped=Mistyped(request.form.to_dict(), refusal))
    return redirect(url_for("confirming.look", token=token), 303)


@bp.post("/confirm/<token>/not-me")
@limited("confirm")
def not_me(token: str) -> ResponseReturnValue:
    """Delete what waits for this mailbox, when the box is ticked, and write to it no more."""
    here = services()
    ref, is_expired = _read(token)
    if request.form.get("not-me") != "yes":
        return (_expired_page if is_expired else _confirm_page)(token, ref, unticked="not-me")
    asked = get_asked(ref, ended=True)
    never = request.form.get("never") == "yes"
    if not disown(here.db, ref, everywhere=never, keys=here.keys, sealer=here.sealer, now=here.clock()):
        return _nothing_left_to_do(asked)
    return redirect(url_for("pages.gone", what="not-me", locale=asked.text.locale), 303)


@bp.post("/confirm/<token>/resend")
@limited("resend")
def resend(token: str) -> ResponseReturnValue:
    """Mail a new link to the address that an expired one went to."""
    ref, _ = _read(token)
    asked = get_asked(ref)
    resend_email(services().db, ref, now=services().clock())
    return redirect(url_for("pages.sent", slug=asked.statement.slug, locale=asked.text.locale), 303)


def _read(token: str) -> tuple[SignatureRef, bool]:
    """Return what a link carries, and whether it is too old to sign by; raises ``LinkInvalid``."""
    try:
        return services().links.read_confirm(token, now=services().clock()), False
    except LinkExpired as expired:
        if not isinstance(expired.payload, SignatureRef):
            raise LinkInvalid("this link leads nowhere any more") from expired
        return expired.payload, True


def _words(asked: Asked) -> dict[str, Any]:
    shown = showing.read_shown(services().db, asked.statement.slug, now=services().clock())
    return words_about(shown, asked.text)


def _confirm_page(
    token: str,
    ref: SignatureRef,
    *,
    unticked: str | None = None,
    mistyped: Mistyped | None = None,
    wrong_code: bool = False,
    reworded: bool = False,
) -> ResponseReturnValue:
    """Show the question; with what was not ticked, what will not do, or the code that did not fit.

    ``reworded``: what was ticked stands there no more.
    """
    asked = get_asked(ref)
    if asked.signature.state != "pending":
        return _nothing_left_to_sign(token, asked, unticked=unticked)
    shown = showing.read_shown(services().db, asked.statement.slug, now=services().clock())
    context = words_about(shown, asked.text)
    locale, change_at = context["locale"], url_for("confirming.change", token=token)
    page = render_template(
        "public/confirm.html",
        **context,
        version=showing.version_shape(asked.statement, asked.text, locale, newest=shown.newest_of(asked.text)),
        line=showing.line_of(asked.signature, locale),
        change=change_form(asked.signature, asked.statement, locale, action=change_at, mistyped=mistyped),
        action=url_for("confirming.confirm", token=token),
        not_me=url_for("confirming.not_me", token=token),
        consent=asked.words.consent,
        wording=asked.words.name if asked.words.is_own else None,
        reworded=reworded,
        retention=showing.retention_text(asked.statement, locale, now=services().clock()),
        reviewed=asked.is_reviewed,
        newsletter=asked.signature.newsletter,
        wordings=[ticked for ticked in asked.subscriptions if ticked.partner],
        unticked=unticked,
        code=_code_field(is_wrong=wrong_code) if asked.demands_code else None,
    )
    return Response(page, status=422 if unticked or mistyped or wrong_code or reworded else 200, mimetype="text/html")


def _code_field(*, is_wrong: bool) -> dict[str, Any]:
    return {"typed": request.form.get("code", ""), "is_wrong": is_wrong}


def _nothing_left_to_sign(token: str, asked: Asked, *, unticked: str | None) -> ResponseReturnValue:
    """Answer who comes back: what was removed before it was confirmed is still theirs to disown."""
    if asked.signature.state == "removed":
        return _dead_page(token, asked, action=None, unticked=unticked, status=LinkInvalid.status)
    return _nothing_left_to_do(asked)


def _nothing_left_to_do(asked: Asked) -> ResponseReturnValue:
    """Lead who signed before to the page that says so: "you have NOT signed yet" would be a lie."""
    outcome = "held" if asked.signature.state == "held" else "already"
    return redirect(url_for("pages.thanks", slug=asked.statement.slug, outcome=outcome, locale=asked.text.locale), 303)


def _expired_page(token: str, ref: SignatureRef, *, unticked: str | None = None) -> ResponseReturnValue:
    asked = get_asked(ref)
    if asked.signature.state != "pending":
        return _nothing_left_to_sign(token, asked, unticked=unticked)
    action = url_for("confirming.resend", token=token)
    return _dead_page(token, asked, action=action, unticked=unticked, status=LinkExpired.status)


def _dead_page(token: str, asked: Asked, *, action: str | None, unticked: str | None, status: int) -> Response:
    """Say that this link signs nothing; whoever did not sign can still say so."""
    page = render_template(
        "public/expired.html",
        **_words(asked),
        action=action,
        not_me=url_for("confirming.not_me", token=token),
        unticked=unticked,
    )
    return Response(page, status=422 if unticked else status, mimetype="text/html")
