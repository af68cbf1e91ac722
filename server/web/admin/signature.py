"""One signature at the desk: its line, all that became of it, and what an admin may do about it."""

from dataclasses import dataclass, replace
from typing import Any, cast

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.amend import Line
from server.actions.edit import edit as edit_line
from server.actions.resend import resend_for_admin
from server.errors import Invalid, StatementClosed
from server.records import (
    contacts,
    holds,
    journal,
    mailings,
    outbox,
    signatories,
    signers,
    statement_texts,
    statements,
    suppressions,
)
from server.records.signatures import Signature
from server.records.statements import Statement
from server.statement_file import FIELDS, Kind
from server.storage import Tx
from server.web.admin.deciding import carry_out, find_here, read_decision, read_reason, read_told, told
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.fields import Field, amendable_fields, described_line
from server.web.forms import read_line
from server.web.limits import limited
from server.web.services import services

bp = Blueprint(
    "signature", __name__, url_prefix="/admin/statements/<slug>/signatures/<int(max=9223372036854775807):signature_id>"
)
HISTORY_MOST = 100
EMAILS_MOST = 20
_EDITABLE = ("confirmed", "held")


@dataclass(frozen=True)
class Refused:
    """A form that will not do: which one, why (a word of ``desk.signatures.wrong.*``), all that was sent, and codes."""

    form: str
    wrong: str
    sent: dict[str, str]
    fields: dict[str, list[str]]


@bp.get("")
@limited("desk")
@needs("moderator")
def look(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show the line, its states, its history and its emails."""
    return _page(slug, find_here(signature_id))


@bp.post("")
@limited("desk")
@needs("moderator")
def decide(slug: str, signature_id: int) -> ResponseReturnValue:
    """Hold, approve, remove or restore it."""
    decision = read_decision([str(signature_id)])
    if decision.wrong:
        return _refuse(slug, signature_id, "decide", decision.wrong)
    decided = carry_out(decision)
    if decided.taken:
        return _refuse(slug, signature_id, "decide", "taken")
    if decided.unfit:
        return _refuse(slug, signature_id, "decide", "unfit")
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, **told(decision, decided)), 303)


@bp.post("/edit")
@limited("desk")
@needs("moderator")
def edit(slug: str, signature_id: int) -> ResponseReturnValue:
    """Write the line anew, by the rules of its signer's own form and with a reason."""
    here, asking, signature = services(), desk(), find_here(signature_id)
    reason, wrong = read_reason()
    if signature.state not in _EDITABLE:
        return _refuse(slug, signature_id, "edit", "unfit")
    if wrong:
        return _refuse(slug, signature_id, "edit", wrong)
    try:
        line = _read_line(asking.at, signature)
        edit_line(here.db, slug, signature_id, line, actor=asking.actor, reason=reason, now=here.clock())
    except Invalid as refusal:
        return _refuse(slug, signature_id, "edit", "fields", refusal.fields)
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, did="edit"), 303)


@bp.post("/resend")
@limited("desk")
@needs("moderator")
def resend(slug: str, signature_id: int) -> ResponseReturnValue:
    """Send the confirm email once more, as often as the address's budget lets us."""
    here, asking, signature = services(), desk(), find_here(signature_id)
    with here.db.read() as tx:
        obstacle = _obstacle(tx, signature, asking.at)
    if obstacle:
        return _refuse(slug, signature_id, "resend", "unfit")
    resend_for_admin(here.db, slug, signature_id, actor=asking.actor, reason=None, now=here.clock())
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, did="resend"), 303)


def _refuse(
    slug: str, signature_id: int, form: str, wrong: str, fields: dict[str, list[str]] | None = None
) -> Response:
    refused = Refused(form, wrong, request.form.to_dict(), fields or {})
    return _page(slug, find_here(signature_id), refused=refused)


def _page(slug: str, signature: Signature, *, refused: Refused | None = None) -> Response:
    here, asking = services(), desk()
    subject = f"signature:{signature.id}"
    with here.db.read() as tx:
        record = signers.get_record(tx, signature.id)
        context = {
            "record": record,
            "text": statement_texts.get(tx, signature.text_id),
            "reasons": holds.list_live(tx, signature.id),
            "has_address": contacts.find(tx, signature.id) is not None,
            "history": journal.list_of_subject(tx, subject, most=HISTORY_MOST),
            "emails": outbox.list_of_signature(tx, signature.id, most=EMAILS_MOST),
            "obstacle": _obstacle(tx, signature, asking.at),
        }
    did = request.args.get("did")
    return desk_page(
        "desk/signature.html",
        status=422 if refused else 200,
        signature=signature,
        shown=signatories.line_of(vars(signature) | {"withdrawn_at": record["withdrawn_at"]}),
        countries=dict(messages.country_names(desk_locale())),
        fields=_fields(asking.at, signature, desk_locale()),
        is_editable=signature.state in _EDITABLE,
        refused=refused,
        done=read_told(),
        did=did if did in ("edit", "resend") else None,
        zone=asking.at.timezone or "Etc/UTC",
        **context,
    )


def _obstacle(tx: Tx, signature: Signature, statement: Statement) -> str | None:
    """Return why no confirm email can be sent, as a word of ``desk.signatures.resend.*``; None where it can."""
    here, key = services(), signature.email_key
    if signature.state != "pending":
        return "not-pending"
    if key is None or contacts.find(tx, signature.id) is None:
        return "no-address"
    try:
        statements.check_confirmable(statement, now=here.clock())
    except StatementClosed:
        return "closed"
    if suppressions.find_reason(tx, email_key=key, statement_id=statement.id):
        return "unwanted"
    spent = mailings.count_spent(tx, email_key=key, statement_id=statement.id, outbox_id=0, now=here.clock())
    return "budget" if here.settings.mail_budget.is_spent(spent) else None


def _fields(statement: Statement, signature: Signature, locale: str) -> list[dict[str, Any]]:
    asking = _asking_all(statement)
    return described_line(_asked(asking, signature), asking, _kind_of(signature), locale)


def _read_line(statement: Statement, signature: Signature) -> Line:
    """Return the line that the form holds; raises ``Invalid``."""
    kind, asking = _kind_of(signature), _asking_all(statement)
    return read_line(_asked(asking, signature), asking, kind, request.form.to_dict())


def _asked(statement: Statement, signature: Signature) -> list[Field]:
    """Return what an admin may write anew: how somebody is shown is theirs alone to say."""
    kept = ("visibility", *_kept(signature))
    return [field for field in amendable_fields(statement, _kind_of(signature)) if field.name not in kept]


def _asking_all(statement: Statement) -> Statement:
    """Return the statement as if it asked for every field and required none: a line may be older than its form."""
    return replace(statement, fields=FIELDS, required=())


def _kept(signature: Signature) -> tuple[str, ...]:
    """An organisation that nobody signed for is not asked who did."""
    return ("name", "title") if signature.kind == "organisation" and signature.name is None else ()


def _kind_of(signature: Signature) -> Kind:
    return cast("Kind", signature.kind)
