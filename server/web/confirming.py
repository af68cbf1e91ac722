"""The signer's door: what the link in an email opens, and the one button that signs."""

from dataclasses import dataclass
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
from server.records.statements import Statement
from server.web import showing
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.statement_page import words_about
from server.web.wording import choose_text

bp = Blueprint("confirming", __name__)
bp.before_request(check_own_page)


@dataclass(frozen=True)
class Asked:
    """What a link asks its reader: whether this signature is theirs; ``locale`` is the language that was signed in."""

    signature: Signature
    statement: Statement
    locale: str


@bp.get("/confirm/<token>")
@limited("confirm")
def look(token: str) -> ResponseReturnValue:
    """Show the exact line that would be published, an empty box and a button; looking changes nothing."""
    ref, is_expired = _read(token)
    return _expired_page(token, ref) if is_expired else _confirm_page(ref)


@bp.post("/confirm/<token>")
@limited("confirm")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm, when the box is ticked; the answer leads to a page whose address holds no link."""
    here = services()
    ref, is_expired = _read(token)
    if is_expired:
        return _expired_page(token, ref)
    if request.form.get("consent") != "yes":
        return _confirm_page(ref, unticked=True)
    asked = _find(ref)
    outcome = confirm_signature(here.db, ref, consent=_consent(asked), now=here.clock())
    return redirect(url_for("pages.thanks", slug=asked.statement.slug, outcome=outcome, locale=asked.locale), 303)


@bp.post("/confirm/<token>/resend")
@limited("resend")
def resend(token: str) -> ResponseReturnValue:
    """Mail a new link to the address that an expired one went to."""
    ref, _ = _read(token)
    asked = _find(ref)
    resend_email(services().db, ref, now=services().clock())
    return redirect(url_for("pages.sent", slug=asked.statement.slug, locale=asked.locale), 303)


def _read(token: str) -> tuple[SignatureRef, bool]:
    """Return what a link carries, and whether it is too old to sign by; raises ``LinkInvalid``."""
    try:
        return services().links.read_confirm(token, now=services().clock()), False
    except LinkExpired as expired:
        if not isinstance(expired.payload, SignatureRef):
            raise LinkInvalid("this link leads nowhere any more") from expired
        return expired.payload, True


def _find(ref: SignatureRef) -> Asked:
    """Return what a link is about; raises ``LinkInvalid``, and ``StatementClosed`` when it can be signed no more."""
    with services().db.read() as tx:
        signature = find_signature(tx, ref)
        statement = statements.get_by_id(tx, signature.statement_id)
        text = statement_texts.get(tx, signature.text_id)
    if signature.state == "pending":
        statements.check_confirmable(statement, now=services().clock())
    return Asked(signature, statement, text.locale)


def _consent(asked: Asked) -> Consent:
    """Return the words beside the box; they are kept with the signature in exactly this form."""
    which = "counted" if asked.signature.visibility == "counted" else asked.signature.kind
    spoken = messages.spoken(asked.locale)
    return Consent(spoken, messages.text(spoken, f"confirm.consent.{which}"))


def _words(asked: Asked) -> dict[str, Any]:
    shown = showing.read_shown(services().db, asked.statement.slug, now=services().clock())
    return words_about(shown, choose_text(shown.texts, [asked.locale]))


def _confirm_page(ref: SignatureRef, *, unticked: bool = False) -> ResponseReturnValue:
    asked = _find(ref)
    if asked.signature.state != "pending":
        return _nothing_left_to_do(asked)
    context = _words(asked)
    page = render_template(
        "public/confirm.html",
        **context,
        line=showing.line_of(asked.signature, context["locale"]),
        consent=_consent(asked).body,
        reviewed=_is_reviewed(asked),
        newsletter=asked.signature.newsletter,
        unticked=unticked,
    )
    return Response(page, status=422 if unticked else 200, mimetype="text/html")


def _is_reviewed(asked: Asked) -> bool:
    unproved = asked.signature.kind == "organisation" and not asked.signature.domain_proved
    moderation = asked.statement.moderation
    return moderation == "all" or (moderation == "organisations" and unproved)


def _nothing_left_to_do(asked: Asked) -> ResponseReturnValue:
    """Lead who signed before to the page that says so: "you have NOT signed yet" would be a lie."""
    outcome = "held" if asked.signature.state == "held" else "already"
    return redirect(url_for("pages.thanks", slug=asked.statement.slug, outcome=outcome, locale=asked.locale), 303)


def _expired_page(token: str, ref: SignatureRef) -> ResponseReturnValue:
    asked = _find(ref)
    if asked.signature.state != "pending":
        return _nothing_left_to_do(asked)
    action = url_for("confirming.resend", token=token)
    page = render_template("public/expired.html", **_words(asked), action=action)
    return Response(page, status=LinkExpired.status, mimetype="text/html")
