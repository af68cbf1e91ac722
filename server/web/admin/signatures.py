"""The signatures of a statement: the search, and the page of one signature with its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.db import Tx
from server.errors import BadRequest, Invalid, StatementClosed, ValueRefused
from server.services.moderation import edit_signature
from server.services.shared import LineChanged, PublicLine, find_mail_key, line_fingerprint, row_fingerprint
from server.services.sign import resend_confirm_email_for_admin
from server.tables import (
    STATES,
    invitations,
    journal,
    outbox,
    partners,
    signature_queries,
    signatures,
    statements,
    texts,
)
from server.tables import counts as counts_table
from server.tables.journal import JournalSearch
from server.tables.partners import Partner
from server.tables.signature_queries import LARGE_STATEMENT, SignaturePage, SignatureSearch
from server.tables.signatures import Signature
from server.tables.statements import Statement
from server.text import translations
from server.text.addresses import AddressKeys, check_address
from server.text.dates import start_of_day
from server.text.fields import MODERATED, OPTIONAL, Field
from server.text.names import KINDS, sought_key
from server.web.admin.approvals import (
    Decision,
    apply_decision,
    decision_query,
    get_signature,
    read_decision,
    read_decision_result,
)
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.lists import DeskList
from server.web.admin.page import Errors, desk_page, explain
from server.web.context import get_context, see_other
from server.web.forms import Form, raw_field, reason_field, sent_values, text_field
from server.web.limits import limited
from server.web.public.submission import describe_line_fields, read_public_line, signer_editable_fields

# The search form.

Choice = TypeVar("Choice", bound=str)

SEARCH_FIELDS = ("q", "domain", "partner", "locale", "kind", "state", "from", "until")
_DAYS_LATER = {"from": 0, "until": 1}  # the end day is included


@dataclass(frozen=True)
class TypedSearch:
    """A parsed search: ``typed`` by field, and ``sought`` parsed.

    ``wrong`` are the date fields with an invalid date; no search is run then.
    """

    typed: Mapping[str, str]
    sought: SignatureSearch
    wrong: tuple[str, ...]

    @property
    def is_filtered(self) -> bool:
        """Whether the search uses other fields than the search text."""
        return bool(self.typed.keys() - {"q"})


def read_search(
    statement: Statement, partners: list[Partner], typed: Mapping[str, str], *, keys: AddressKeys
) -> TypedSearch:
    """Return the search in the query of a URL; raises ``BadRequest`` for values that our form cannot send."""
    ids = {partner.slug: partner.id for partner in partners}
    begins = {name: _read_start_of_day(typed[name], statement, name) for name in _DAYS_LATER if name in typed}
    sought = SignatureSearch(
        like=_search_key(typed.get("q")),
        domain=keys.domain_key(typed["domain"]) if "domain" in typed else None,
        partner_id=ids[partner] if (partner := _read_choice(typed.get("partner"), ids)) else None,
        locale=_read_choice(typed.get("locale"), translations.LOCALES),
        kind=_read_choice(typed.get("kind"), KINDS),
        state=_read_choice(typed.get("state"), STATES),
        since=begins.get("from"),
        until=begins.get("until"),
    )
    return TypedSearch(typed, sought, tuple(name for name, begin in begins.items() if begin is None))


def _search_key(typed: str | None) -> str | None:
    """Return the search key of the text; text without a letter gets a key that matches nobody, not everybody."""
    return None if typed is None else sought_key(typed) or "  "


def _read_choice(value: str | None, offered: Iterable[Choice]) -> Choice | None:
    if value is None:
        return None
    for one in offered:
        if one == value:
            return one
    raise BadRequest(f"{value} is not offered")


def _read_start_of_day(typed: str, statement: Statement, name: str) -> int | None:
    """Return the start of the day in epoch seconds (for ``until``: of the next day); None for an invalid date."""
    try:
        return start_of_day(typed, statement.zone, days_later=_DAYS_LATER[name])
    except ValueRefused:
        return None


# The list.

bp = Blueprint("signatures", __name__, url_prefix="/admin/statements/<slug>/signatures")
PAGE_LENGTH = 50


class AddressForm(Form):
    """The search for an email address."""

    needed = ("address",)
    address = text_field(check_address)


@bp.get("")
@limited("desk")
@requires_role("moderator")
def show_signatures(slug: str) -> ResponseReturnValue:
    """Show a page of search results, newest first."""
    return _render_signatures()


@bp.post("/of-address")
@limited("desk")
@requires_role("moderator")
def search_address(slug: str) -> ResponseReturnValue:
    """Show the signatures of an email address; a POST, so that the address is not in logs or the browser history."""
    here, form = get_context(), AddressForm()
    if not form.validate():
        return _render_signatures(address=form.address.data, errors=explain(form.wrong))
    email_key = here.keys.key(form.address.data)
    with here.db.read() as tx:
        lines = signature_queries.list_signatures_of_address(tx, desk_request().at.id, email_key, most=PAGE_LENGTH)
    return _render_signatures(address=form.address.data, found=SignaturePage(lines))


@bp.post("")
@limited("desk")
@requires_role("moderator")
def decide_many(slug: str) -> ResponseReturnValue:
    """Hold, approve or remove the ticked signatures, with one reason."""
    decision, listed = read_decision(), _read_signatures()
    if decision.wrong:
        return _render_signatures(decision=decision)
    return see_other(listed.view, **listed.query(), **decision_query(decision, apply_decision(decision)))


def _read_signatures() -> DeskList:
    return DeskList("signatures.show_signatures", SEARCH_FIELDS, PAGE_LENGTH)


def _render_signatures(
    *,
    found: SignaturePage | None = None,
    decision: Decision | None = None,
    address: str | None = "",
    errors: Errors | None = None,
) -> Response:
    """Render the page; ``decision`` and ``address`` are the input of a refused form."""
    here, asking, listed = get_context(), desk_request(), _read_signatures()
    with here.db.read() as tx:
        offered = partners.list_live_of_statement(tx, asking.at.id)
        counts = counts_table.get_counts(tx, asking.at.id)
        search = read_search(asking.at, offered, listed.filters, keys=here.keys)
        is_large = counts.confirmed + counts.awaiting_review > LARGE_STATEMENT
        page = found or SignaturePage([])
        if found is None and not search.wrong:
            page = signature_queries.search_signatures(
                tx, asking.at.id, search.sought, before=listed.at[0], is_large=is_large, most=PAGE_LENGTH
            )
        ids = [line["id"] for line in page.lines] or [0]
        invited = invitations.list_invited(tx, since_id=min(ids), until_id=max(ids))
    errors = explain({name: ["day"] for name in search.wrong}) | (errors or {})
    return desk_page(
        "desk/signatures.html",
        status=422 if decision or errors else 200,
        lines=[line | {"seen": row_fingerprint(line), "invited": line["id"] in invited} for line in page.lines],
        counts=counts,
        search=search,
        is_address=found is not None,
        offered=_filter_options(offered),
        partner_names={partner.id: partner.name for partner in offered},
        zone=asking.at.zone,
        links=listed.links((page.before,) if page.before else None),
        is_cut=page.is_cut,
        done=read_decision_result(),
        errors=errors,
        decision=decision,
        address=address,
    )


def _filter_options(offered: list[partners.Partner]) -> dict[str, list[tuple[str, str]]]:
    """Return the options of each filter: value and label."""
    say = partial(translations.text, desk_locale())
    return {
        "state": [(state, say(f"desk.signatures.state.{state}")) for state in STATES],
        "kind": [(kind, say(f"desk.signatures.kind.{kind}")) for kind in KINDS],
        "partner": [(partner.slug, partner.name) for partner in offered],
        "locale": [(locale, translations.language_name(locale)) for locale in translations.LOCALES],
    }


# One signature.

signature_bp = Blueprint(
    "signature", __name__, url_prefix="/admin/statements/<slug>/signatures/<int(max=9223372036854775807):signature_id>"
)
HISTORY_MOST = 100
EMAILS_MOST = 20
_EDITABLE_STATES = ("confirmed", "held")


class EditForm(Form):
    """An edit of the line: why, and the fingerprint of the line that filled the form; ``read_public_line`` reads it."""

    needed = ("reason",)
    messages = "desk.signatures.wrong."
    reason = reason_field()
    seen = raw_field()


@dataclass(frozen=True)
class RefusedForm:
    """A refused form: its name, the reason (a key of ``desk.signatures.wrong.*``), the input and its errors.

    ``differing`` are the fields whose input differs from the line, if the line was changed meanwhile.
    """

    form: str
    wrong: str
    sent: dict[str, str]
    errors: Errors = field(default_factory=dict)
    differing: Sequence[str] = ()
    status: int = 422


@signature_bp.get("")
@limited("desk")
@requires_role("moderator")
def show_signature(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show a signature's line, state, history and emails."""
    return _render_signature(slug, get_signature(signature_id))


@signature_bp.post("")
@limited("desk")
@requires_role("moderator")
def decide(slug: str, signature_id: int) -> ResponseReturnValue:
    """Hold, approve, remove or restore one signature."""
    decision = read_decision(signature_id)
    if decision.wrong:
        return _refuse_form(slug, signature_id, "decide", decision.wrong, errors=decision.errors)
    decided = apply_decision(decision)
    if decided.taken:
        return _refuse_form(slug, signature_id, "decide", "taken")
    if decided.unread:
        return _refuse_form(slug, signature_id, "decide", "unread", status=LineChanged.status)
    if decided.unfit:
        return _refuse_form(slug, signature_id, "decide", "unfit")
    return see_other(
        "signature.show_signature", slug=slug, signature_id=signature_id, **decision_query(decision, decided)
    )


@signature_bp.post("/edit")
@limited("desk")
@requires_role("moderator")
def edit(slug: str, signature_id: int) -> ResponseReturnValue:
    """Edit the line, with the validation of the signer's own form; requires a reason."""
    here, asking, signature = get_context(), desk_request(), get_signature(signature_id)
    form = EditForm()
    if signature.state not in _EDITABLE_STATES:
        return _refuse_form(slug, signature_id, "edit", "unfit")
    try:
        typed = form.read()
        edit_signature(
            here.db,
            slug,
            signature_id,
            _read_edited_line(asking.at, signature),
            seen=typed["seen"],
            reason=typed["reason"],
            **actor_and_now(),
        )
    except Invalid as refusal:
        errors = explain(refusal.fields, "desk.signatures.wrong.")
        return _refuse_form(slug, signature_id, "edit", "fields", errors=errors)
    except LineChanged as meanwhile:
        return _refuse_form(
            slug, signature_id, "edit", "changed", differing=meanwhile.differing, status=meanwhile.status
        )
    return see_other("signature.show_signature", slug=slug, signature_id=signature_id, did="edit")


@signature_bp.post("/resend")
@limited("desk")
@requires_role("moderator")
def resend_email(slug: str, signature_id: int) -> ResponseReturnValue:
    """Send the confirmation email again, within the address's email limits."""
    here, asking, signature = get_context(), desk_request(), get_signature(signature_id)
    with here.db.read() as tx:
        obstacle = _why_not_resendable(tx, signature, asking.at)
    if obstacle:
        return _refuse_form(slug, signature_id, "resend", "unfit")
    resend_confirm_email_for_admin(here.db, slug, signature_id, reason=None, **actor_and_now())
    return see_other("signature.show_signature", slug=slug, signature_id=signature_id, did="resend")


def _refuse_form(slug: str, signature_id: int, form: str, wrong: str, **more: Any) -> Response:
    return _render_signature(
        slug, get_signature(signature_id), refused=RefusedForm(form, wrong, sent_values().to_dict(), **more)
    )


def _render_signature(slug: str, signature: Signature, *, refused: RefusedForm | None = None) -> Response:
    here, asking = get_context(), desk_request()
    about = JournalSearch(subject=f"signature:{signature.id}", with_signers=True)
    with here.db.read() as tx:
        record = signature_queries.find_signature_record(tx, signature.id)
        context: dict[str, Any] = {
            "record": record,
            "text": texts.get(tx, signature.text_id),
            "reasons": signatures.list_holds(tx, signature.id),
            "has_address": signatures.find_contact(tx, signature.id) is not None,
            "history": journal.list_page(tx, about, statement_id=asking.at.id, before_id=None, most=HISTORY_MOST),
            "emails": outbox.list_of_signature(tx, signature.id, most=EMAILS_MOST),
            "obstacle": _why_not_resendable(tx, signature, asking.at),
        }
    did = request.args.get("did")
    return desk_page(
        "desk/signature.html",
        status=refused.status if refused else 200,
        signature=signature,
        moderated=MODERATED,
        shown=signature_queries.read_signatory(vars(signature) | {"withdrawn_at": record["withdrawn_at"]}),
        countries=translations.country_names(desk_locale()),
        fields=_describe_editable_fields(asking.at, signature, desk_locale()),
        is_editable=signature.state in _EDITABLE_STATES,
        current_fingerprint=line_fingerprint(signature),
        seen=_seen_fingerprint(signature, refused),
        refused=refused,
        done=read_decision_result(),
        did=did if did in ("edit", "resend") else None,
        zone=asking.at.zone,
        **context,
    )


def _why_not_resendable(tx: Tx, signature: Signature, statement: Statement) -> str | None:
    """Return why no confirmation email can be sent, as a key of ``desk.signatures.resend.*``; None if it can."""
    here, own = get_context(), signature.email_key
    if signature.state != "pending":
        return "not-pending"
    shared = find_mail_key(tx, signature, keys=here.keys, sealer=here.sealer)
    if own is None or shared is None or signatures.find_contact(tx, signature.id) is None:
        return "no-address"
    try:
        statements.check_confirmable(statement, now=here.clock())
    except StatementClosed:
        return "closed"
    keys = {"email_key": own, "mail_key": shared}
    if outbox.find_suppression_reason(tx, **keys, statement_id=statement.id):
        return "unwanted"
    spent = outbox.get_email_usage(
        tx, **keys, statement_id=statement.id, purse="confirm", outbox_id=0, now=here.clock()
    )
    return "budget" if here.settings.mail_budget.is_spent("confirm", spent) else None


def _seen_fingerprint(signature: Signature, refused: RefusedForm | None) -> str:
    """Return the fingerprint of the line that filled the edit form; after a refusal, the one that the form sent."""
    if refused is None or refused.form != "edit" or refused.wrong == "changed":
        return line_fingerprint(signature)
    return refused.sent.get("seen", "")


def _describe_editable_fields(statement: Statement, signature: Signature, locale: str) -> list[dict[str, Any]]:
    """Return the fields of the edit form; select fields have options as (value, label)."""
    asking = _with_all_fields(statement)
    fields = describe_line_fields(_admin_editable_fields(asking, signature), asking, signature.kind, locale)
    return [one | {"options": _field_options(one)} if one["type"] == "select" else one for one in fields]


def _field_options(field: dict[str, Any]) -> list[tuple[str, str]]:
    return [("", "–"), *((option["value"], option["label"]) for option in field["options"])]


def _read_edited_line(statement: Statement, signature: Signature) -> PublicLine:
    """Return the line in the form; raises ``Invalid``."""
    kind, asking = signature.kind, _with_all_fields(statement)
    return read_public_line(_admin_editable_fields(asking, signature), asking, kind, sent_values().to_dict())


def _admin_editable_fields(statement: Statement, signature: Signature) -> list[Field]:
    """Return the fields that an admin may edit: the visible line, but not the visibility, which signers choose
    themselves.
    """
    kept = _unasked_signer_fields(signature)
    editable = signer_editable_fields(statement, signature.kind)
    return [one for one in editable if one.name in MODERATED and one.name not in kept]


def _with_all_fields(statement: Statement) -> Statement:
    """Return the statement with every field optional: a line may be older than the current form."""
    return replace(statement, fields=OPTIONAL, required=())


def _unasked_signer_fields(signature: Signature) -> tuple[str, ...]:
    """Return the fields of the representative if an organisation has none, so that they are not asked for."""
    return ("name", "title") if signature.kind == "organisation" and signature.name is None else ()
