"""Exports at the desk: the public list, all signatures, contacts, subscribers."""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.errors import CodeRefused, Invalid
from server.exports import Export, export_signatures, export_subscribers
from server.exports.formats import FORMATS, Format, available_formats
from server.exports.query import SIGNATURE_COLUMNS, ChoiceRefused, Unseal, read_choice
from server.services import accounts
from server.tables import SETTLED, partners, signatures
from server.text import translations
from server.text.fields import WITH_ADDRESSES
from server.text.names import KINDS
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import Errors, desk_page, error_sentence, explain, read_reason
from server.web.context import get_context
from server.web.downloads import file_name, send_export
from server.web.limits import hit, limited

bp = Blueprint("exports", __name__, url_prefix="/admin/statements/<slug>/dump")
TICKABLE_COLUMNS = tuple(column for column in SIGNATURE_COLUMNS if column not in WITH_ADDRESSES)
"""Columns with a checkbox; email addresses have a separate button."""
_SECTIONS = ("public", "signatures", "subscribers")


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
    here = get_context()

    def export() -> Export:
        choice = read_choice(request.form, slug, is_public=True)
        return export_signatures(
            here.db, slug, choice, as_format=_chosen_format(), actor=desk_request().actor, clock=here.clock
        )

    return _send_file("public", export, "signatories")


@bp.post("/signatures")
@limited("dump")
@requires_role("moderator")
def send_signatures(slug: str) -> ResponseReturnValue:
    """Export all signatures without email addresses."""
    here = get_context()

    def export() -> Export:
        choice = read_choice(_chosen_values(TICKABLE_COLUMNS), slug, timezone=desk_request().at.zone)
        return export_signatures(
            here.db, slug, choice, as_format=_chosen_format(), actor=desk_request().actor, clock=here.clock
        )

    return _send_file("signatures", export)


@bp.post("/contacts")
@limited("dump")
@requires_role("owner")
def send_contacts(slug: str) -> ResponseReturnValue:
    """Export all signatures with the stored email addresses; requires a reason and a fresh TOTP code."""
    here = get_context()

    def export() -> Export:
        choice = read_choice(_chosen_values(SIGNATURE_COLUMNS), slug, timezone=desk_request().at.zone)
        as_format, reason = _chosen_format(), _verify_code_and_read_reason()
        return export_signatures(
            here.db,
            slug,
            choice,
            as_format=as_format,
            unseal=_contact_unsealer(),
            actor=desk_request().actor,
            reason=reason,
            clock=here.clock,
        )

    return _send_file("signatures", export, "contacts")


@bp.post("/subscribers")
@limited("dump")
@requires_role("owner")
def send_subscribers(slug: str) -> ResponseReturnValue:
    """Export the newsletter subscribers of the organiser or of a partner; requires a reason and a fresh TOTP code."""
    here = get_context()

    def export() -> Export:
        partner = _chosen_partner(request.form.get("partner", ""))
        as_format, reason = _chosen_format(), _verify_code_and_read_reason()
        return export_subscribers(
            here.db,
            slug,
            partner=partner,
            as_format=as_format,
            unseal=_contact_unsealer(),
            actor=desk_request().actor,
            reason=reason,
            clock=here.clock,
        )

    return _send_file("subscribers", export)


def _send_file(section: str, export: Callable[[], Export], what: str | None = None) -> Response:
    """Send the file, or show the page again with the input and its errors.

    ``what`` is the content's name in the file name, if it differs from ``section``.
    """
    at = desk_request().at
    try:
        return send_export(export(), file_name(at.slug, what or section, now=get_context().clock(), timezone=at.zone))
    except ChoiceRefused as refusal:
        return _render_exports(refused=section, errors={refusal.field: [_field_error(refusal.field)]})
    except CodeRefused:
        return _render_exports(refused=section, errors=explain({"code": ["code"]}, "desk.wrong."))
    except Invalid as refusal:
        return _render_exports(refused=section, errors=explain(refusal.fields))


def _field_error(field: str) -> str:
    if field in ("from", "until"):
        return error_sentence("day", "desk.wrong.")
    return error_sentence("columns" if field == "columns" else "other", "desk.dump.wrong.")


def _chosen_format() -> Format:
    name = request.form.get("format", "")
    if name not in available_formats():
        raise ChoiceRefused("format", f"one of {', '.join(available_formats())}")
    return FORMATS[name]


def _chosen_values(known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the chosen filters and columns; columns are comma-separated, in the order of the export.

    ``email`` is included if it is in ``known``, although it has no checkbox. Raises ``ChoiceRefused`` if nothing is
    ticked.
    """
    ticked = [column for column in request.form.getlist("columns") if column in TICKABLE_COLUMNS]
    if not ticked:
        raise ChoiceRefused("columns", "at least one")
    wanted = {*ticked, *set(known).difference(TICKABLE_COLUMNS)}
    filters = {name: value for name, value in request.form.items() if name != "since"}
    return {**filters, "columns": ",".join(column for column in SIGNATURE_COLUMNS if column in wanted)}


def _chosen_partner(slug: str) -> str | None:
    """Return the partner whose newsletter is meant, None for the organiser's; raises ``ChoiceRefused`` for an unknown
    one.
    """
    if slug and slug not in dict(_newsletter_partners()):
        raise ChoiceRefused("partner", "no partner of this statement")
    return slug or None


def _verify_code_and_read_reason() -> str | None:
    """Return the reason for exporting addresses, after checking the TOTP code.

    The reason is checked first, because a checked code is used up. Raises ``Invalid`` and ``CodeRefused``.
    """
    here, asking, reason = get_context(), desk_request(), read_reason()
    hit("account", of=asking.limited_as)
    accounts.verify_totp_code(
        here.db, asking.session, request.form.get("code", ""), sealer=here.sealer, now=here.clock()
    )
    return reason


def _contact_unsealer() -> Unseal:
    return partial(get_context().sealer.unseal, purpose=signatures.ADDRESS_SEAL_PURPOSE)


def _newsletter_partners() -> list[tuple[str, str]]:
    with get_context().db.read() as tx:
        return [(partner.slug, partner.name) for partner in partners.list_live_of_statement(tx, desk_request().at.id)]


def _render_exports(*, refused: str | None = None, errors: Errors | None = None) -> Response:
    """Show the forms; the refused section keeps its input and shows its errors."""
    say = partial(translations.text, desk_locale())
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
        typed={section: request.form if section == refused else {} for section in _SECTIONS},
        errors={section: errors or {} if section == refused else {} for section in _SECTIONS},
        ticked=request.form.getlist("columns") if refused == "signatures" else TICKABLE_COLUMNS,
    )
