"""The dump at the desk: the public list, all signatures, those with addresses, and who asked for news, as files."""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import own_account
from server.actions.dump_choice import ChoiceRefused, read_choice
from server.actions.dump_columns import COLUMNS, Unseal
from server.actions.export import export_signatures, export_subscribers
from server.actions.sending import Export
from server.dump_formats import FORMATS, Format, offered
from server.errors import CodeRefused, Invalid
from server.kinds import KINDS
from server.records import SETTLED, contacts, partners
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.why import read_why
from server.web.admin.wrong import Errors, explained, sentence
from server.web.download import as_file
from server.web.limits import hit, limited
from server.web.services import services

bp = Blueprint("dumping", __name__, url_prefix="/admin/statements/<slug>/dump")
CHOSEN = tuple(column for column in COLUMNS if column != "email")
"""What can be ticked; addresses have a button of their own."""
_SECTIONS = ("public", "signatures", "subscribers")


@bp.get("")
@limited("desk")
@needs("viewer")
def look(slug: str) -> ResponseReturnValue:
    """Show which files can be taken."""
    return _page()


@bp.post("/public")
@limited("dump")
@needs("viewer")
def send_public(slug: str) -> ResponseReturnValue:
    """Send what the public list shows now."""
    here = services()

    def export() -> Export:
        choice = read_choice(request.form, is_public=True)
        return export_signatures(here.db, slug, choice, as_format=_format(), actor=desk().actor, clock=here.clock)

    return _sent("public", export, "signatories")


@bp.post("/signatures")
@limited("dump")
@needs("moderator")
def send_signatures(slug: str) -> ResponseReturnValue:
    """Send all signatures, without their addresses."""
    here = services()

    def export() -> Export:
        choice = read_choice(_asked(CHOSEN), timezone=desk().at.zone)
        return export_signatures(here.db, slug, choice, as_format=_format(), actor=desk().actor, clock=here.clock)

    return _sent("signatures", export, "signatures")


@bp.post("/contacts")
@limited("dump")
@needs("owner")
def send_contacts(slug: str) -> ResponseReturnValue:
    """Send all signatures with the addresses that are kept, to who gives a reason and a fresh code."""
    here = services()

    def export() -> Export:
        choice = read_choice(_asked((*CHOSEN, "email")), timezone=desk().at.zone)
        as_format, reason = _format(), _proved_reason()
        return export_signatures(
            here.db,
            slug,
            choice,
            as_format=as_format,
            unseal=_unseal(),
            actor=desk().actor,
            reason=reason,
            clock=here.clock,
        )

    return _sent("signatures", export, "signatures")


@bp.post("/subscribers")
@limited("dump")
@needs("owner")
def send_subscribers(slug: str) -> ResponseReturnValue:
    """Send who gets news of the organiser or of a partner, to who gives a reason and a fresh code."""
    here = services()

    def export() -> Export:
        partner = _partner(request.form.get("partner", ""))
        as_format, reason = _format(), _proved_reason()
        return export_subscribers(
            here.db,
            slug,
            partner=partner,
            as_format=as_format,
            unseal=_unseal(),
            actor=desk().actor,
            reason=reason,
            clock=here.clock,
        )

    return _sent("subscribers", export, "subscribers")


def _sent(section: str, export: Callable[[], Export], name: str) -> Response:
    """Answer with the file, or with the page, all that was typed, and what needs another look."""
    try:
        return as_file(export(), name)
    except ChoiceRefused as refusal:
        return _page(refused=section, errors={refusal.field: [_wrong_with(refusal.field)]})
    except CodeRefused:
        return _page(refused=section, errors=explained({"code": ["code"]}, "desk.wrong."))
    except Invalid as refusal:
        return _page(refused=section, errors=explained(refusal.fields))


def _wrong_with(field: str) -> str:
    if field in ("from", "until"):
        return sentence("day", "desk.wrong.")
    return sentence("columns" if field == "columns" else "other", "desk.dump.wrong.")


def _format() -> Format:
    name = request.form.get("format", "")
    if name not in offered():
        raise ChoiceRefused("format", f"one of {', '.join(offered())}")
    return FORMATS[name]


def _asked(known: tuple[str, ...]) -> Mapping[str, str]:
    """Return what was chosen, the columns as one word, in the order of the dump; ``email`` comes without being ticked.

    Raises ``ChoiceRefused`` where nothing is ticked.
    """
    ticked = [column for column in request.form.getlist("columns") if column in CHOSEN]
    if not ticked:
        raise ChoiceRefused("columns", "at least one")
    wanted = {*ticked, *set(known).difference(CHOSEN)}
    filters = {name: value for name, value in request.form.items() if name != "since"}
    return {**filters, "columns": ",".join(column for column in COLUMNS if column in wanted)}


def _partner(slug: str) -> str | None:
    """Return whose news it is, None for the organiser's; raises ``ChoiceRefused`` when there is no such partner."""
    if slug and slug not in dict(_partners()):
        raise ChoiceRefused("partner", "no partner of this statement")
    return slug or None


def _proved_reason() -> str | None:
    """Return why addresses are taken, once the phone's code is right; without a reason the code is not used up.

    Raises ``Invalid`` and ``CodeRefused``.
    """
    here, asking, reason = services(), desk(), read_why()
    hit("account", of=asking.limited_as)
    own_account.prove(here.db, asking.session, request.form.get("code", ""), sealer=here.sealer, now=here.clock())
    return reason


def _unseal() -> Unseal:
    return partial(services().sealer.unseal, purpose=contacts.SEALED_FOR)


def _partners() -> list[tuple[str, str]]:
    with services().db.read() as tx:
        return [(partner.slug, partner.name) for partner in partners.list_of(tx, desk().at.id)]


def _page(*, refused: str | None = None, errors: Errors | None = None) -> Response:
    """Show the forms; the section that was refused has all that was typed there, and what is wrong with it."""
    say = partial(messages.text, desk_locale())
    return desk_page(
        "desk/dump.html",
        status=422 if refused else 200,
        may_all=desk().may("moderator"),
        may_contacts=desk().may("owner"),
        kinds=[(kind, say(f"desk.dump.kind.{kind}")) for kind in KINDS],
        states=[(state, say(f"desk.dump.state.{state}")) for state in SETTLED],
        partners=_partners(),
        locales=[(locale, messages.language_name(locale)) for locale in messages.LOCALES],
        formats=[(name, say(f"desk.dump.format.{name}")) for name in offered()],
        columns=CHOSEN,
        typed={section: request.form if section == refused else {} for section in _SECTIONS},
        errors={section: errors or {} if section == refused else {} for section in _SECTIONS},
        ticked=request.form.getlist("columns") if refused == "signatures" else CHOSEN,
    )
