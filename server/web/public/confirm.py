"""The page of the link in the confirmation email: the line to publish, a button, and a form for changes."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.crypto.links import SignatureRef
from server.errors import Invalid, LinkExpired, LinkInvalid
from server.services.confirm import Outcome, confirm_signature, find_hold_rule
from server.services.shared import PublicLine
from server.services.sign import resend_confirm_email
from server.services.signers import change_pending_signature, disown_signature, undo_disowning
from server.tables import outbox, signatures, statements, texts
from server.tables.signatures import Signature, Subscription
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.fields import Field
from server.web.context import choose_text, get_context, page_context, requested_locales, see_other
from server.web.forms import Form, box_field, raw_field, sent_values
from server.web.limits import limited
from server.web.public import views
from server.web.public.submission import (
    describe_line_fields,
    founding_fields,
    read_public_line,
    signer_editable_fields,
)
from server.web.public.views import ConfirmContext, get_confirm_context
from server.web.security import check_own_page

# The form that changes a line, before and after confirming.


def change_form_context(
    signature: Signature, statement: Statement, locale: str, *, action: str, mistyped: Invalid | None
) -> dict[str, Any]:
    """Return the context of ``_change.html``: the current line, or the refused input with its errors."""
    kind, (fields_asked, asker) = signature.kind, _asked_of(signature, statement)
    fields = describe_line_fields(fields_asked, asker, kind, locale)
    stands = {field["name"]: getattr(signature, field["name"]) or "" for field in fields}
    return {
        "kind": kind,
        "fields": fields,
        "action": f"{action}#change",
        "values": sent_values().to_dict() if mistyped else stands,
        "errors": mistyped.fields if mistyped else {},
    }


def read_sent_line(signature: Signature, statement: Statement) -> PublicLine:
    """Return the validated line in the form; raises ``Invalid``."""
    fields, asker = _asked_of(signature, statement)
    return read_public_line(fields, asker, signature.kind, sent_values().to_dict())


def _asked_of(signature: Signature, statement: Statement) -> tuple[list[Field], Statement]:
    """Return the fields that this signer may change, and the statement with the options for them.

    Their current visibility is always offered, even if the statement no longer offers it, so that the form does not
    force them to show more. Founders need to fill in only a name.
    """
    offered, chosen = statement.visibilities, signature.visibility
    kept = statement if chosen in offered else replace(statement, visibilities=(*offered, chosen))
    if signature.founding_place is None:
        return signer_editable_fields(kept, signature.kind), kept
    freed = replace(kept, required=())
    return founding_fields(freed, signature.kind), freed


# Routes.

bp = Blueprint("confirm", __name__)
bp.before_request(check_own_page)


class ConfirmForm(Form):
    """The confirmation: the ticked consent with the id of its wording, and the code if the statement demands one."""

    consent = box_field()
    wording = raw_field(default=None)
    code = raw_field()


class DisownForm(Form):
    """The answer of somebody who did not sign; ``never``: stop all emails of this server to this mailbox."""

    not_me = box_field(name="not-me")
    never = box_field()


@bp.get("/confirm/<token>")
@limited("confirm")
def show_confirm_page(token: str) -> ResponseReturnValue:
    """Show the line that will be published, an empty checkbox and a button; a GET changes nothing."""
    return _render_page(token)


@bp.post("/confirm/<token>")
@limited("confirm")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm if the box is ticked, then redirect to a page whose URL does not contain the token."""
    here = get_context()
    ref, is_expired = _read_token(token)
    if is_expired:
        return _render_page(token)
    asked, form = get_confirm_context(ref), ConfirmForm()
    if asked.statement.confirm_by == "code" and not here.codes.fits(form.code.data, *ref):
        return _render_page(token, wrong_code=True)
    if not form.consent.data:
        return _render_page(token, unticked="consent")
    if not asked.words.is_agreed_to(form.wording.data):
        return _render_page(token, reworded=True)
    outcome = confirm_signature(here.db, ref, consent=asked.words.consent, now=here.clock())
    return _redirect_to_thanks(asked, outcome)


@bp.post("/confirm/<token>/change")
@limited("confirm")
def change(token: str) -> ResponseReturnValue:
    """Change the line before it is confirmed; invalid input is shown again with its errors."""
    here = get_context()
    ref, is_expired = _read_token(token)
    if is_expired:
        return _render_page(token)
    asked = get_confirm_context(ref)
    try:
        change_pending_signature(here.db, ref, read_sent_line(asked.signature, asked.statement), now=here.clock())
    except Invalid as refusal:
        return _render_page(token, mistyped=refusal)
    return see_other("confirm.show_confirm_page", token=token)


@bp.post("/confirm/<token>/not-me")
@limited("confirm")
def disown(token: str) -> ResponseReturnValue:
    """Delete this mailbox's pending signatures if the box is ticked, and stop emails to it; the next page can undo
    this.
    """
    here = get_context()
    ref, _ = _read_token(token)
    form = DisownForm()
    if not form.not_me.data:
        return _render_page(token, unticked="not-me")
    asked = get_confirm_context(ref, ended=True)
    undo = disown_signature(
        here.db, ref, everywhere=form.never.data, keys=here.keys, sealer=here.sealer, now=here.clock()
    )
    if undo is None:
        return _redirect_to_thanks(asked)
    undo_token = here.links.undo_token(undo, now=here.clock())
    return see_other("confirm.show_undo_page", token=undo_token, locale=asked.text.locale)


@bp.get("/undo/<token>")
@limited("confirm")
def show_undo_page(token: str) -> ResponseReturnValue:
    """Show that this mailbox's pending signatures are deleted, with an undo button, or that it is undone."""
    here = get_context()
    ref = here.links.read_undo(token, now=here.clock())
    with here.db.read() as tx:
        stopped = outbox.find_suppression_to_undo(tx, statement_id=ref.statement_id, undo_nonce=ref.nonce)
        statement = statements.get_by_id(tx, ref.statement_id)
        offered = texts.list_latest(tx, ref.statement_id)
    text = choose_text(offered, requested_locales())
    return render_template(
        "public/undo.html",
        **lasting_context(statement, text),
        action=url_for("confirm.undo", token=token, locale=request.args.get("locale")) if stopped else None,
        everywhere=stopped is not None and stopped.everywhere,
        can_sign=statement.state(here.clock()) == "open",
    )


@bp.post("/undo/<token>")
@limited("confirm")
def undo(token: str) -> ResponseReturnValue:
    """Undo "It was not me": this mailbox can get emails and sign again."""
    here = get_context()
    undo_disowning(here.db, here.links.read_undo(token, now=here.clock()), now=here.clock())
    return see_other("confirm.show_undo_page", token=token, locale=request.args.get("locale"))


@bp.post("/confirm/<token>/resend")
@limited("resend")
def resend_email(token: str) -> ResponseReturnValue:
    """Send a new link to the address of an expired one."""
    ref, _ = _read_token(token)
    asked = get_confirm_context(ref)
    resend_confirm_email(get_context().db, ref, now=get_context().clock())
    return see_other("pages.show_sent", slug=asked.statement.slug, locale=asked.text.locale)


def _read_token(token: str) -> tuple[SignatureRef, bool]:
    """Return what a token contains, and whether it has expired; raises ``LinkInvalid``."""
    try:
        return get_context().links.read_confirm(token, now=get_context().clock()), False
    except LinkExpired as expired:
        if not isinstance(expired.payload, SignatureRef):
            raise LinkInvalid("this link no longer works") from expired
        return expired.payload, True


def lasting_context(statement: Statement, text: StatementText) -> dict[str, Any]:
    """Return the context of a page that remains when the statement's own page is gone."""
    is_public = statement.state(get_context().clock()) not in ("draft", "archived")
    shape = {"title": text.title, "locale": text.locale, "dir": translations.direction(text.locale)}
    return page_context(text.locale, slug=statement.slug if is_public else None) | {"statement": shape}


def _render_page(
    token: str,
    *,
    unticked: str | None = None,
    mistyped: Invalid | None = None,
    wrong_code: bool = False,
    reworded: bool = False,
) -> ResponseReturnValue:
    """Show the page to confirm, with the error after a refused POST.

    ``reworded``: the consent wording has changed since the signer ticked it. If the link has expired or the signature
    was removed before it was confirmed, the page only has a form for people who did not sign.
    """
    ref, is_expired = _read_token(token)
    asked = get_confirm_context(ref)
    signature, is_removed = asked.signature, asked.signature.state == "removed"
    if signature.state != "pending" and not is_removed:
        return _redirect_to_thanks(asked)
    shown = views.read_public_statement(asked.statement.slug)
    context = views.statement_context(shown, asked.text) | {
        "not_me": url_for("confirm.disown", token=token),
        "unticked": unticked,
    }
    if is_removed or is_expired:
        action = None if is_removed else url_for("confirm.resend_email", token=token)
        status = LinkInvalid.status if is_removed else LinkExpired.status
        return render_template("public/expired.html", **context, action=action), 422 if unticked else status
    ticked, is_reviewed = _read_ticked_and_review(asked)
    # A link scanner that presses buttons cannot confirm if the email's code must be typed too.
    is_code_demanded = asked.statement.confirm_by == "code"
    locale, change_at = context["locale"], url_for("confirm.change", token=token)
    page = render_template(
        "public/confirm.html",
        **context,
        version=views.version_shape(asked.statement, asked.text, locale, newest=shown.newest_of(asked.text)),
        line=views.signature_line_shape(signature, locale),
        change=change_form_context(signature, asked.statement, locale, action=change_at, mistyped=mistyped),
        action=url_for("confirm.confirm", token=token),
        consent=asked.words.consent,
        wording=asked.words.name,
        organisation=signature.organisation if signature.kind == "organisation" else None,
        reworded=reworded,
        retention=views.retention_text(asked.statement, locale),
        reviewed=is_reviewed,
        newsletter=signature.newsletter,
        wordings=[subscription for subscription in ticked if subscription.partner],
        code={"typed": ConfirmForm().code.data, "is_wrong": wrong_code} if is_code_demanded else None,
    )
    return page, 422 if unticked or mistyped or wrong_code or reworded else 200


def _read_ticked_and_review(asked: ConfirmContext) -> tuple[list[Subscription], bool]:
    """Return the newsletters that were ticked, and whether an admin must approve the line before it appears."""
    here, signature = get_context(), asked.signature
    with here.db.read() as tx:
        ticked = signatures.list_subscriptions(tx, signature.id)
        return ticked, find_hold_rule(tx, asked.statement, signature, now=here.clock()) is not None


def _redirect_to_thanks(asked: ConfirmContext, outcome: Outcome | None = None) -> ResponseReturnValue:
    """Redirect to the page after confirming.

    Without an outcome, the page says that this person has already signed.
    """
    said = outcome or ("held" if asked.signature.state == "held" else "already")
    return see_other("pages.show_thanks", slug=asked.statement.slug, outcome=said, locale=asked.text.locale)
