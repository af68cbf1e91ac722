"""Exports at the desk: the public list, all signatures, contacts, subscribers."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from server.errors import CodeRefused
from server.exports import Export, export_signatures, export_subscribers
from server.exports.formats import FORMATS, Format, available_formats
from server.exports.query import SIGNATURE_COLUMNS, ChoiceRefused, DumpChoice, Unseal, read_choice
from server.services import accounts
from server.tables import SETTLED, partners, signatures
from server.text import translations
from server.text.fields import WITH_ADDRESSES
from server.text.names import KINDS
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page, explain
from server.web.context import get_context
from server.web.downloads import file_name, send_export
from server.web.forms import Form, boxes_field, raw_field, reason_field, sent_values
from server.web.limits import hit, limited

bp = Blueprint("exports", __name__, url_prefix="/admin/statements/<slug>/dump")
TICKABLE_COLUMNS = tuple(column for column in SIGNATURE_COLUMNS if column not in WITH_ADDRESSES)
"""Columns with a checkbox; email addresses have a separate button."""
_SECTIONS = ("public", "signatures", "subscribers")
_FILTERS = ("kind", "state", "partner", "locale", "from", "until")
_ERROR_CODES = {"from": "day", "until": "day", "columns": "columns"}


class ExportForm(Form):
    """The choice of an export; ``read_choice`` checks it, as for the API."""

    messages = "desk.dump.wrong."
    format = raw_field()
    columns = boxes_field()
    kind = raw_field()
    state = raw_field()
    partner = raw_field()
    locale = raw_field()
    since_day = raw_field(name="from")
    until = raw_field()

    @property
    def filters(self) -> dict[str, str]:
        """The filters by the names that ``read_choice`` knows."""
        return {field.name: field.data for field in self if field.name in _FILTERS}


class AddressesForm(ExportForm):
    """The choice of an export with addresses, which needs a reason and a TOTP code."""

    needed = ("reason",)
    reason = reason_field()
    code = raw_field()


@bp.get("")
@limited("desk")
@requires_role("viewer")
def show_exports(slug: str) -> ResponseReturnValue:
    """Show the available exports."""
    return _render_exports()


@bp.post("/public")
@limited("dump")
@requires_role("viewer")
def send_public(slug: str) -> ResponseReturnValue:
    """Export what the public list shows now."""
    form = ExportForm()
    choose = partial(read_choice, form.filters, slug, is_public=True)
    return _send_file("public", form, lambda: _export(slug, choose(), form), "signatories")


@bp.post("/signatures")
@limited("dump")
@requires_role("moderator")
def send_signatures(slug: str) -> ResponseReturnValue:
    """Export all signatures without email addresses."""
    form = ExportForm()
    return _send_file("signatures", form, lambda: _export(slug, _read_choice(form, slug), form))


@bp.post("/contacts")
@limited("dump")
@requires_role("owner")
def send_contacts(slug: str) -> ResponseReturnValue:
    """Export all signatures with the stored email addresses; requires a reason and a fresh TOTP code."""
    form = AddressesForm()

    def export() -> Export:
        choice = _read_choice(form, slug, WITH_ADDRESSES)
        _check_format(form)
        _verify_code(form)
        return _export(slug, choice, form, unseal=_contact_unsealer(), reason=form.reason.data)

    return _send_file("signatures", form, export, "contacts")


@bp.post("/subscribers")
@limited("dump")
@requires_role("owner")
def send_subscribers(slug: str) -> ResponseReturnValue:
    """Export the newsletter subscribers of the organiser or of a partner; requires a reason and a fresh TOTP code."""
    here, form = get_context(), AddressesForm()

    def export() -> Export:
        partner, as_format = form.partner.data or None, _check_format(form)
        if partner and partner not in dict(_newsletter_partners()):
            raise ChoiceRefused("partner", "this statement has no such partner")
        _verify_code(form)
        return export_subscribers(
            here.db,
            slug,
            partner=partner,
            as_format=as_format,
            unseal=_contact_unsealer(),
            actor=desk_request().actor,
            reason=form.reason.data,
            clock=here.clock,
        )

    return _send_file("subscribers", form, export)


def _export(slug: str, choice: DumpChoice, form: ExportForm, **more: Any) -> Export:
    here = get_context()
    return export_signatures(
        here.db, slug, choice, as_format=_check_format(form), actor=desk_request().actor, clock=here.clock, **more
    )


def _read_choice(form: ExportForm, slug: str, addresses: Collection[str] = ()) -> DumpChoice:
    """Return the filters and the columns, in the order of the export: the ticked ones and those named in ``addresses``.

    Raises ``ChoiceRefused``, also if nothing is ticked.
    """
    ticked = set(form.columns.data).intersection(TICKABLE_COLUMNS)
    if not ticked:
        raise ChoiceRefused("columns", "choose at least one")
    columns = ",".join(column for column in SIGNATURE_COLUMNS if column in ticked.union(addresses))
    return read_choice({**form.filters, "columns": columns}, slug, timezone=desk_request().at.zone)


def _check_format(form: ExportForm) -> Format:
    name = form.format.data
    if name not in available_formats():
        raise ChoiceRefused("format", f"must be one of {', '.join(available_formats())}")
    return FORMATS[name]


def _verify_code(form: AddressesForm) -> None:
    """Check the TOTP code, after everything else, because a checked code is used up; raises ``CodeRefused``."""
    here, asking = get_context(), desk_request()
    hit("account", of=asking.limited_as)
    accounts.verify_totp_code(here.db, asking.session, form.code.data, sealer=here.sealer, now=here.clock())


def _send_file(section: str, form: ExportForm, export: Callable[[], Export], what: str | None = None) -> Response:
    """Send the file, or show the page again with the input and its errors.

    ``what`` is the content's name in the file name, if it differs from ``section``.
    """
    at = desk_request().at
    try:
        if form.validate():
            name = file_name(at.slug, what or section, now=get_context().clock(), timezone=at.zone)
            return send_export(export(), name)
    except ChoiceRefused as refusal:
        form.refuse(refusal.field, _ERROR_CODES.get(refusal.field, "other"))
    except CodeRefused:
        form.refuse("code", "code")
    return _render_exports(section, form)


def _contact_unsealer() -> Unseal:
    return partial(get_context().sealer.unseal, purpose=signatures.ADDRESS_SEAL_PURPOSE)


def _newsletter_partners() -> list[tuple[str, str]]:
    with get_context().db.read() as tx:
        return [(partner.slug, partner.name) for partner in partners.list_live_of_statement(tx, desk_request().at.id)]


def _render_exports(refused: str | None = None, form: ExportForm | None = None) -> Response:
    """Show the forms; the refused section keeps its input and shows its errors."""
    say = partial(translations.text, desk_locale())
    errors = explain(form.wrong, form.messages) if form else {}
    return desk_page(
        "desk/exports.html",
        status=422 if refused else 200,
        may_all=desk_request().may("moderator"),
        may_contacts=desk_request().may("owner"),
        kinds=[(kind, say(f"desk.dump.kind.{kind}")) for kind in KINDS],
        states=[(state, say(f"desk.dump.state.{state}")) for state in SETTLED],
        partners=_newsletter_partners(),
        locales=[(locale, translations.language_name(locale)) for locale in translations.LOCALES],
        formats=[(name, say(f"desk.dump.format.{name}")) for name in available_formats()],
        columns=TICKABLE_COLUMNS,
        typed={section: sent_values() if section == refused else {} for section in _SECTIONS},
        errors={section: errors if section == refused else {} for section in _SECTIONS},
        ticked=form.columns.data if form and refused == "signatures" else TICKABLE_COLUMNS,
    )
