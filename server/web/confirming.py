"""The signer's door: what the link in an email opens, and the one button that signs."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.confirm import Consent, find_signature
from server.actions.confirm import confirm as confirm_signature
from server.actions.resend import resend as resend_email
from server.errors import LinkExpired, LinkInvalid
from server.links import SignatureRef
from server.records import statement_texts, statements
from server.records.signatures import Signature
from server.web import showing
from server.web.limits import limited
from server.web.security import check_origin
from server.web.services import services
from server.web.statement_page import words_about
from server.web.wording import choose_text

bp = Blueprint("confirming", __name__)


@bp.after_request
def keep_link_here(response: Response) -> Response:
    """Let the requests that follow name this website and not the link: proxies write referrers into their logs."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@bp.get("/confirm/<token>")
@limited("confirm")
def confirm(token: str) -> ResponseReturnValue:
    """Show the exact line that would be published, an empty box and a button; looking changes nothing."""
    try:
        ref = services().links.read_confirm(token, now=services().clock())
    except LinkExpired as expired:
        return _expired_page(token, expired)
    return _confirm_page(ref)


@bp.post("/confirm/<token>")
@limited("confirm")
def sign(token: str) -> ResponseReturnValue:
    """Confirm, when the box is ticked; the answer leads to a page whose address holds no link."""
    here = services()
    check_origin((), own_origin=here.settings.own_origin)
    try:
        ref = here.links.read_confirm(token, now=here.clock())
    except LinkExpired as expired:
        return _expired_page(token, expired)
    if request.form.get("consent") != "yes":
        return _confirm_page(ref, unticked=True)
    signature, slug, locale = _find(ref)
    outcome = confirm_signature(here.db, ref, consent=_consent(signature, locale), now=here.clock())
    return redirect(url_for("pages.thanks", slug=slug, outcome=outcome, locale=locale), 303)


@bp.post("/confirm/<token>/resend")
@limited("resend")
def resend(token: str) -> ResponseReturnValue:
    """Mail a new link to the address that an expired one went to."""
    here = services()
    check_origin((), own_origin=here.settings.own_origin)
    try:
        ref = here.links.read_confirm(token, now=here.clock())
    except LinkExpired as expired:
        ref = _ref_of(expired)
    _, slug, locale = _find(ref)
    resend_email(here.db, ref, now=here.clock())
    return redirect(url_for("pages.sent", slug=slug, locale=locale), 303)


def _ref_of(expired: LinkExpired) -> SignatureRef:
    if not isinstance(expired.payload, SignatureRef):
        raise LinkInvalid("this link leads nowhere any more") from expired
    return expired.payload


def _find(ref: SignatureRef) -> tuple[Signature, str, str]:
    """Return the signature of a link, the slug of its statement and the language it was signed in."""
    with services().db.read() as tx:
        signature = find_signature(tx, ref)
        statement = statements.get_by_id(tx, signature.statement_id)
        text = statement_texts.get(tx, signature.text_id)
    return signature, statement.slug, text.locale


def _consent(signature: Signature, locale: str) -> Consent:
    """Return the words beside the box; they are kept with the signature in exactly this form."""
    which = "counted" if signature.visibility == "counted" else signature.kind
    spoken = messages.spoken(locale)
    return Consent(spoken, messages.text(spoken, f"confirm.consent.{which}"))


def _about(ref: SignatureRef) -> tuple[Signature, dict[str, Any]]:
    signature, slug, locale = _find(ref)
    shown = showing.read_shown(services().db, slug, now=services().clock())
    return signature, words_about(shown, choose_text(shown.texts, [locale]))


def _confirm_page(ref: SignatureRef, *, unticked: bool = False) -> ResponseReturnValue:
    signature, context = _about(ref)
    if signature.state != "pending":
        return _nothing_left_to_do(signature, context)
    page = render_template(
        "public/confirm.html",
        **context,
        line=showing.line_of(signature, context["locale"]),
        consent=_consent(signature, context["locale"]).body,
        reviewed=_is_reviewed(signature),
        newsletter=signature.newsletter,
        unticked=unticked,
    )
    return Response(page, status=422 if unticked else 200, mimetype="text/html")


def _is_reviewed(signature: Signature) -> bool:
    with services().db.read() as tx:
        moderation = statements.get_by_id(tx, signature.statement_id).moderation
    unproved = signature.kind == "organisation" and not signature.domain_proved
    return moderation == "all" or (moderation == "organisations" and unproved)


def _nothing_left_to_do(signature: Signature, context: dict[str, Any]) -> ResponseReturnValue:
    """Lead who signed before to the page that says so: "you have NOT signed yet" would be a lie."""
    outcome = "held" if signature.state == "held" else "already"
    slug, locale = context["statement"]["slug"], context["statement"]["locale"]
    return redirect(url_for("pages.thanks", slug=slug, outcome=outcome, locale=locale), 303)


def _expired_page(token: str, expired: LinkExpired) -> ResponseReturnValue:
    signature, context = _about(_ref_of(expired))
    if signature.state != "pending":
        return _nothing_left_to_do(signature, context)
    page = render_template("public/expired.html", **context, action=url_for("confirming.resend", token=token))
    return Response(page, status=LinkExpired.status, mimetype="text/html")
