"""The signer's own page: change, withdraw, erase or download a signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.crypto.encryption import Sealer
from server.crypto.links import SignatureRef
from server.db import Row, Tx
from server.errors import Invalid
from server.services.confirm import Consent
from server.services.shared import PublicLine, find_mail_key, get_by_manage_link
from server.services.signers import (
    affirm_signature,
    change_signature,
    erase_signature,
    find_hold_rule_when_listed,
    reconsent_signature,
    unsubscribe_signer,
    withdraw_signature,
)
from server.services.texts import TextMoved
from server.tables import outbox, signature_queries, signatures, statements, texts
from server.tables.signatures import ORGANISER, Signature, Subscription
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.addresses import AddressKeys
from server.web.context import get_context, see_other
from server.web.downloads import file_name
from server.web.forms import Form, box_field, raw_field
from server.web.limits import limited
from server.web.public import views
from server.web.public.confirm import change_form_context, lasting_context, read_sent_line
from server.web.public.views import ConsentWords, get_consent_words
from server.web.security import check_own_page

# Personal data for download.

_BOOLEANS = ("newsletter", "website_proved", "withdrawal_shown")


def personal_data(
    tx: Tx, signature: Signature, text: StatementText, *, keys: AddressKeys, sealer: Sealer, page: str
) -> dict[str, Any]:
    """Return all stored data in readable form: times as ISO 8601 in UTC, keys as hex digits.

    ``page`` is the URL of the statement. An address that none of our data keys can decrypt is missing. After an address
    with a tag (``name+tag@``) is erased, it is unknown whether the address without the tag has stopped emails.
    """
    row = _readable_values(signature_queries.find_signature_record(tx, signature.id))
    consent = {"text": row.pop("consent"), "language": row.pop("consent_language")}
    return {
        "statement": {"title": text.title, "page": page},
        "text": {"language": text.locale, "version": text.version, "sha256": text.sha256},
        "signature": row,
        "consent": consent | {"worded_at": row.pop("consent_worded_at")},
        "news": [_subscription_data(one) for one in signatures.list_subscriptions(tx, signature.id)],
        "email": _email_data(tx, signature, keys, sealer),
    }


def _subscription_data(subscription: Subscription) -> dict[str, Any]:
    """Return a newsletter subscription (``partner`` None: the organiser's), with its wording and times."""
    told = _readable_values(vars(subscription))
    told["language"] = told.pop("locale")
    del told["partner_id"]
    return told


def _email_data(tx: Tx, signature: Signature, keys: AddressKeys, sealer: Sealer) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "kept": signatures.find_contact(tx, signature.id) is not None,
        "address": signatures.find_contact_address(tx, signature.id, sealer),
    }
    own, mail_key = signature.email_key, find_mail_key(tx, signature, keys=keys, sealer=sealer)
    if own is None or mail_key is None:
        return stored
    sent = outbox.count_sent_emails(tx, email_key=own, statement_id=signature.statement_id)
    stopped = outbox.find_suppression_reason(tx, email_key=own, mail_key=mail_key, statement_id=signature.statement_id)
    return stored | {"sent_about_this_statement": sent, "stopped_because": stopped}


def _readable_values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _readable(name, value) for name, value in row.items()}


def _readable(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _BOOLEANS:
        return bool(value)
    if name.endswith("_at"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value if isinstance(value, str | int) else bytes(value).hex()


# Routes.

bp = Blueprint("manage", __name__)
bp.before_request(check_own_page)


class ManageForm(Form):
    """The actions of the page; ``text`` and ``wording`` are what the page showed beside ``consent``."""

    consent = box_field()
    wording = raw_field(default=None)
    text = raw_field()
    withdraw = box_field()
    shown = box_field()
    erase = box_field()
    partner = raw_field()


_ACTIVE_STATES = ("confirmed", "held")
_MANAGE_DONE = {
    "changed": _ACTIVE_STATES,
    "held": ("held",),
    "withdrawn": ("withdrawn",),
    "news": _ACTIVE_STATES,
    "kept": _ACTIVE_STATES,
}
_MANAGE_ACTIONS = ("affirm", "withdraw", "stop_news", "erase", "data")


@dataclass(frozen=True)
class OwnSignature:
    """A signature as the page of its signer shows it; ``record`` is its stored row.

    ``words`` is the consent to publish the name, ``keeping`` the consent to keep it under a new text. ``newest`` is the
    current text in the signature's language; ``is_superseded``: the signature belongs to an older edition.
    ``is_reviewed``: an admin must approve it after a change, or after an anonymous signature becomes public.
    ``of_mailbox`` is how many signatures are erased together, including this one; ``keeps_seat``: after erasing, the
    key of the address is kept, because one of them was removed by an admin.
    """

    token: str
    ref: SignatureRef
    signature: Signature
    statement: Statement
    text: StatementText
    newest: StatementText
    is_superseded: bool
    record: Row
    subscriptions: list[Subscription]
    words: ConsentWords
    keeping: ConsentWords
    is_reviewed: bool
    of_mailbox: int
    keeps_seat: bool

    @property
    def locale(self) -> str:
        """The supported language nearest to the text's language."""
        return translations.supported_locale(self.text.locale)

    @property
    def of_partners(self) -> list[Subscription]:
        """The active subscriptions to partners' newsletters."""
        return [one for one in self.subscriptions if one.is_live and one.partner_id != ORGANISER]


@bp.get("/signature/<token>")
@limited("confirm")
def show_signature(token: str) -> ResponseReturnValue:
    """Show the current line and the possible actions; a GET changes nothing."""
    return _render_page(_read_own(token))


@bp.post("/signature/<token>/change")
@limited("confirm")
def change(token: str) -> ResponseReturnValue:
    """Change the line; invalid input is shown again with its errors."""
    here, own = get_context(), _read_own(token)
    try:
        line = read_sent_line(own.signature, own.statement)
        _check_wording(own, line)
        state = change_signature(here.db, own.ref, line, consent=_consent_to_keep(own), now=here.clock())
    except Invalid as refusal:
        return _render_page(own, mistyped=refusal)
    return see_other("manage.show_signature", token=token, done="held" if state == "held" else "changed")


@bp.post("/signature/<token>/keep")
@limited("confirm")
def reconsent(token: str) -> ResponseReturnValue:
    """Move the signature to the new text, if the box is ticked and the text is the one that was shown."""
    here, own, form = get_context(), _read_own(token), ManageForm()
    if not form.consent.data:
        return _render_page(own, unticked="consent")
    if form.wording.data is None or not own.keeping.is_agreed_to(form.wording.data):
        return _render_page(own, unticked="moved")
    try:
        reconsent_signature(here.db, own.ref, seen=form.text.data, consent=own.keeping.consent, now=here.clock())
    except TextMoved:
        return _render_page(_read_own(token), unticked="moved")
    return see_other("manage.show_signature", token=token, done="kept")


@bp.post("/signature/<token>/affirm")
@limited("confirm")
def affirm(token: str) -> ResponseReturnValue:
    """Record that a founder confirms their listed signature."""
    affirm_signature(get_context().db, _read_token(token), now=get_context().clock())
    return see_other("manage.show_signature", token=token)


@bp.post("/signature/<token>/withdraw")
@limited("confirm")
def withdraw(token: str) -> ResponseReturnValue:
    """Withdraw the signature if the box is ticked."""
    ref, form = _read_token(token), ManageForm()
    if not form.withdraw.data:
        return _render_page(_read_own(token), unticked="withdraw")
    withdraw_signature(get_context().db, ref, shown=form.shown.data, now=get_context().clock())
    return see_other("manage.show_signature", token=token, done="withdrawn")


@bp.post("/signature/<token>/news")
@limited("confirm")
def stop_news(token: str) -> ResponseReturnValue:
    """Stop the organiser's newsletter, or that of the named ``partner``; raises ``LinkInvalid``."""
    here, own, partner = get_context(), _read_own(token), ManageForm().partner.data
    if not partner:
        unsubscribe_signer(here.db, own.ref, now=here.clock())
        return see_other("manage.show_signature", token=token, done="news")
    for one in own.of_partners:
        if one.partner == partner:
            unsubscribe_signer(here.db, own.ref, partner_id=one.partner_id, now=here.clock())
    return see_other("manage.show_signature", token=token, done="changed")


@bp.post("/signature/<token>/erase")
@limited("confirm")
def erase(token: str) -> ResponseReturnValue:
    """Erase all signatures of this mailbox if the box is ticked; the next page only knows how many."""
    own = _read_own(token)
    if not ManageForm().erase.data:
        return _render_page(own, unticked="erase")
    erased = erase_signature(get_context().db, own.ref, now=get_context().clock())
    seat = "kept" if own.keeps_seat else None
    return see_other("pages.show_gone", count=erased, seat=seat, locale=own.text.locale)


@bp.get("/signature/<token>/data.json")
@limited("confirm")
def data(token: str) -> ResponseReturnValue:
    """Send a JSON file with the data that is stored with this signature."""
    here, own = get_context(), _read_own(token)
    page = here.links.page(own.statement.slug)
    with here.db.read() as tx:
        found = personal_data(tx, own.signature, own.text, keys=here.keys, sealer=here.sealer, page=page)
    response = jsonify(found)
    name = file_name(own.statement.slug, "signature", now=here.clock(), timezone=own.statement.zone)
    response.headers["Content-Disposition"] = f"attachment; filename={name}.json"
    return response


def _read_token(token: str) -> SignatureRef:
    return get_context().links.read_manage(token, now=get_context().clock())


def _read_own(token: str) -> OwnSignature:
    """Return the signature of a link, whatever the state of its statement; raises ``LinkInvalid``."""
    ref = _read_token(token)
    with get_context().db.read() as tx:
        signature = get_by_manage_link(tx, ref)
        text = texts.get(tx, signature.text_id)
        statement = statements.get_by_id(tx, signature.statement_id)
        return OwnSignature(
            token,
            ref,
            signature,
            statement,
            text,
            texts.get_latest(tx, text.statement_id, text.locale),
            text.id in texts.list_superseded(tx, text.statement_id),
            signature_queries.find_signature_record(tx, signature.id),
            signatures.list_subscriptions(tx, signature.id),
            get_consent_words(tx, text, signature.kind),
            get_consent_words(tx, text, signature.kind, visibility=signature.visibility),
            _is_reviewed(tx, statement, signature),
            len(signatures.list_unerased_of_mailbox(tx, signature)),
            signatures.has_removed_seat(tx, signature),
        )


def _is_reviewed(tx: Tx, statement: Statement, signature: Signature) -> bool:
    once_shown = find_hold_rule_when_listed(tx, statement, signature, now=get_context().clock())
    return statement.moderation == "all" or once_shown is not None


def _consent(own: OwnSignature) -> Consent:
    """Return the consent wording for publishing a signature that was only counted before."""
    if own.words.is_own:
        return own.words.consent
    return Consent(own.locale, translations.text(own.locale, "manage.change.consent"))


def _consent_to_keep(own: OwnSignature) -> Consent:
    """Return the consent to store with a signature that was only counted before.

    Our default wording covers only the publication. It is appended to the earlier consent, which proves the signature
    itself and, for an organisation, that the signer was authorised.
    """
    read, earlier = _consent(own), own.record["consent"]
    if own.words.is_own or not earlier:
        return read
    return Consent(read.locale, earlier if read.body in earlier else f"{earlier}\n{read.body}")


def _check_wording(own: OwnSignature, line: PublicLine) -> None:
    """Raise ``Invalid`` if the name would be published under a consent wording that has changed since the page was
    shown.
    """
    is_to_be_shown = line.get("visibility", "counted") not in ("counted", own.signature.visibility)
    if is_to_be_shown and not own.words.is_agreed_to(ManageForm().wording.data):
        raise Invalid({"visibility": ["reworded"]})


def _new_text_context(own: OwnSignature) -> dict[str, Any] | None:
    """Return the context for asking the signer of an older edition; None if there is nothing to ask."""
    if not own.is_superseded or own.signature.state not in _ACTIVE_STATES:
        return None
    return {
        "action": url_for("manage.reconsent", token=own.token),
        "text": own.newest.sha256,
        "wording": own.keeping.name,
        "consent": own.keeping.consent.body,
        "versions": url_for("pages.show_versions", slug=own.statement.slug, locale=own.text.locale),
    }


def _retention_sentence(own: OwnSignature) -> str | None:
    """Return a sentence about when the signature will be erased; None if it is kept.

    The published names of founders are kept.
    """
    signature = own.signature
    if signature.founding_place is not None and signature.visibility == "name" and signature.state in _ACTIVE_STATES:
        return None
    return views.retention_text(own.statement, own.locale)


def _render_page(
    own: OwnSignature, *, mistyped: Invalid | None = None, unticked: str | None = None
) -> ResponseReturnValue:
    locale, done = own.locale, request.args.get("done")
    page = render_template(
        "public/manage.html",
        **lasting_context(own.statement, own.text),
        state=own.signature.state,
        stands=own.signature.state in _ACTIVE_STATES,
        line=views.signature_line_shape(own.signature, locale),
        signed=_format_day(own, own.signature.confirmed_at),
        listed=own.signature.founding_place is not None,
        affirmed=_format_day(own, own.record["listed_confirmed_at"]),
        version=views.version_shape(own.statement, own.text, locale, newest=own.newest),
        edition=_new_text_context(own),
        withdrawn=_format_day(own, own.record["withdrawn_at"]),
        keeps_seat=own.keeps_seat,
        of_mailbox=own.of_mailbox,
        withdrawal_shown=bool(own.record["withdrawal_shown"]),
        change=change_form_context(
            own.signature, own.statement, locale, action=url_for("manage.change", token=own.token), mistyped=mistyped
        ),
        retention=_retention_sentence(own),
        consent=_consent(own),
        wording=own.words.name if own.words.is_own else None,
        reviewed=own.is_reviewed,
        newsletter=own.signature.newsletter,
        of_partners=own.of_partners,
        actions={name: url_for(f"manage.{name}", token=own.token) for name in _MANAGE_ACTIONS},
        done=done if own.signature.state in _MANAGE_DONE.get(done or "", ()) else None,
        unticked=unticked,
    )
    return page, 422 if mistyped or unticked else 200


def _format_day(own: OwnSignature, epoch: int | None) -> str | None:
    return None if epoch is None else translations.format_day(own.locale, epoch, own.statement.zone)
