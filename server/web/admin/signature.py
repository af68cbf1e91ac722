"""One signature at the desk: its line, all that became of it, and what an admin may do about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.edit import edit as edit_line
from server.actions.lines import Line, LineChanged, fingerprint
from server.actions.resend import resend_for_admin
from server.actions.telling import mail_key_of
from server.errors import Invalid, StatementClosed
from server.records import (
    contacts,
    holds,
    journal_entries,
    mailings,
    outbox,
    signatories,
    signers,
    statement_texts,
    statements,
    suppressions,
)
from server.records.journal_entries import Search
from server.records.signatures import Signature
from server.records.statements import Statement
from server.statement_file import FIELDS
from server.storage import Tx
from server.web.admin.deciding import carry_out, get_here, read_decision, read_reason, read_told, told
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.wrong import Errors, explained
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
    """A form that will not do: which one, why (a word of ``desk.signatures.wrong.*``), all that was sent, and where.

    ``differing`` are the fields in which it is not the line of now, when that was changed meanwhile.
    """

    form: str
    wrong: str
    sent: dict[str, str]
    errors: Errors = field(default_factory=dict)
    differing: Sequence[str] = ()
    status: int = 422


@bp.get("")
@limited("desk")
@needs("moderator")
def look(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show the line, its states, its history and its emails."""
    return _page(slug, get_here(signature_id))


@bp.post("")
@limited("desk")
@needs("moderator")
def decide(slug: str, signature_id: int) -> ResponseReturnValue:
    """Hold, approve, remove or restore it."""
    decision = read_decision([str(signature_id)])
    if decision.wrong:
        return _refuse(slug, signature_id, "decide", decision.wrong, errors=decision.errors)
    decided = carry_out(decision)
    if decided.taken:
        return _refuse(slug, signature_id, "decide", "taken")
    if decided.unread:
        return _refuse(slug, signature_id, "decide", "unread", status=LineChanged.status)
    if decided.unfit:
        return _refuse(slug, signature_id, "decide", "unfit")
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, **told(decision, decided)), 303)


@bp.post("/edit")
@limited("desk")
@needs("moderator")
def edit(slug: str, signature_id: int) -> ResponseReturnValue:
    """Write the line anew, by the rules of its signer's own form and with a reason."""
    here, asking, signature = services(), desk(), get_here(signature_id)
    reason, errors = read_reason()
    if signature.state not in _EDITABLE:
        return _refuse(slug, signature_id, "edit", "unfit")
    if errors:
        return _refuse(slug, signature_id, "edit", "fields", errors=errors)
    try:
        line = _read_line(asking.at, signature)
        seen = request.form.get("seen", "")
        edit_line(here.db, slug, signature_id, line, seen=seen, actor=asking.actor, reason=reason, now=here.clock())
    except Invalid as refusal:
        errors = explained(refusal.fields, "desk.signatures.wrong.")
        return _refuse(slug, signature_id, "edit", "fields", errors=errors)
    except LineChanged as meanwhile:
        return _refuse(slug, signature_id, "edit", "changed", differing=meanwhile.differing, status=meanwhile.status)
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, did="edit"), 303)


@bp.post("/resend")
@limited("desk")
@needs("moderator")
def resend(slug: str, signature_id: int) -> ResponseReturnValue:
    """Send the confirm email once more, as often as the address's budget lets us."""
    here, asking, signature = services(), desk(), get_here(signature_id)
    with here.db.read() as tx:
        obstacle = _obstacle(tx, signature, asking.at)
    if obstacle:
        return _refuse(slug, signature_id, "resend", "unfit")
    resend_for_admin(here.db, slug, signature_id, actor=asking.actor, reason=None, now=here.clock())
    return redirect(url_for("signature.look", slug=slug, signature_id=signature_id, did="resend"), 303)


def _refuse(slug: str, signature_id: int, form: str, wrong: str, **more: Any) -> Response:
    return _page(slug, get_here(signature_id), refused=Refused(form, wrong, request.form.to_dict(), **more))


def _page(slug: str, signature: Signature, *, refused: Refused | None = None) -> Response:
    here, asking = services(), desk()
    about = Search(subject=f"signature:{signature.id}", with_signers=True)
    with here.db.read() as tx:
        record = signers.get_record(tx, signature.id)
        context = {
            "record": record,
            "text": statement_texts.get(tx, signature.text_id),
            "reasons": holds.list_live(tx, signature.id),
            "has_address": contacts.find(tx, signature.id) is not None,
            "history": journal_entries.list_page(
                tx, about, statement_id=asking.at.id, before_id=None, most=HISTORY_MOST
            ),
            "emails": outbox.list_of_signature(tx, signature.id, most=EMAILS_MOST),
            "obstacle": _obstacle(tx, signature, asking.at),
        }
    did = request.args.get("did")
    return desk_page(
        "desk/signature.html",
        status=refused.status if refused else 200,
        signature=signature,
        shown=signatories.line_of(vars(signature) | {"withdrawn_at": record["withdrawn_at"]}),
        countries=dict(messages.country_names(desk_locale())),
        fields=_fields(asking.at, signature, desk_locale()),
        is_editable=signature.state in _EDITABLE,
        of_now=fingerprint(signature),
        seen=_seen(signature, refused),
        refused=refused,
        done=read_told(),
        did=did if did in ("edit", "resend") else None,
        zone=asking.at.zone,
        **context,
    )


def _obstacle(tx: Tx, signature: Signature, statement: Statement) -> str | None:
    """Return why no confirm email can be sent, as a word of ``desk.signatures.resend.*``; None where it can."""
    here, own = services(), signature.email_key
    if signature.state != "pending":
        return "not-pending"
    shared = mail_key_of(tx, signature, keys=here.keys, sealer=here.sealer)
    if own is None or shared is None or contacts.find(tx, signature.id) is None:
        return "no-address"
    try:
        statements.check_confirmable(statement, now=here.clock())
    except StatementClosed:
        return "closed"
    keys = {"email_key": own, "mail_key": shared}
    if suppressions.find_reason(tx, **keys, statement_id=statement.id):
        return "unwanted"
    spent = mailings.count_spent(tx, **keys, statement_id=statement.id, outbox_id=0, now=here.clock())
    return "budget" if here.settings.mail_budget.is_spent(spent) else None


def _seen(signature: Signature, refused: Refused | None) -> str:
    """Return the mark of the line that the form to edit was filled in from: not of now where it comes back as typed."""
    if refused is None or refused.form != "edit" or refused.wrong == "changed":
        return fingerprint(signature)
    return refused.sent.get("seen", "")


def _fields(statement: Statement, signature: Signature, locale: str) -> list[dict[str, Any]]:
    """Return the fields of the line's form; those to choose from have their options as (value, words)."""
    asking = _asking_all(statement)
    fields = described_line(_asked(asking, signature), asking, signature.kind, locale)
    return [one | {"options": _options(one)} if one["type"] == "select" else one for one in fields]


def _options(field: dict[str, Any]) -> list[tuple[str, str]]:
    return [("", "–"), *((option["value"], option["label"]) for option in field["options"])]


def _read_line(statement: Statement, signature: Signature) -> Line:
    """Return the line that the form holds; raises ``Invalid``."""
    kind, asking = signature.kind, _asking_all(statement)
    return read_line(_asked(asking, signature), asking, kind, request.form.to_dict())


def _asked(statement: Statement, signature: Signature) -> list[Field]:
    """Return what an admin may write anew: how somebody is shown is theirs alone to say."""
    kept = ("visibility", *_kept(signature))
    return [one for one in amendable_fields(statement, signature.kind) if one.name not in kept]


def _asking_all(statement: Statement) -> Statement:
    """Return the statement as if it asked for every field and required none: a line may be older than its form."""
    return replace(statement, fields=FIELDS, required=())


def _kept(signature: Signature) -> tuple[str, ...]:
    """An organisation that nobody signed for is not asked who did."""
    return ("name", "title") if signature.kind == "organisation" and signature.name is None else ()
