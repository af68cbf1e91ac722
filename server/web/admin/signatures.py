"""The signatures of a statement: looked for in any script, in pages that stay quick, and decided about together."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.lines import fingerprint_of_row
from server.addresses import AddressRefused, check_address
from server.kinds import KINDS
from server.records import STATES, partners, signature_search, tallies
from server.records.signature_search import MANY, Page
from server.storage import Tx
from server.web.admin.deciding import carry_out, read_decision, read_told, told
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.seeking import FIELDS, Search, read_search
from server.web.admin.wrong import Errors, explained
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("signatures", __name__, url_prefix="/admin/statements/<slug>/signatures")
PAGE_LENGTH = 50


@bp.get("")
@limited("desk")
@needs("moderator")
def look(slug: str) -> ResponseReturnValue:
    """Show a page of what is looked for, newest first."""
    return _page(slug)


@bp.post("/of-address")
@limited("desk")
@needs("moderator")
def find_address(slug: str) -> ResponseReturnValue:
    """Show what an address has signed; a post, so that the address stands in no log and in no history."""
    here, typed = services(), request.form.get("address", "")
    try:
        email_key = here.keys.key(check_address(typed))
    except AddressRefused as refusal:
        return _page(slug, address=typed, errors=explained({"address": [refusal.reason]}))
    with here.db.read() as tx:
        lines = signature_search.list_of_address(tx, desk().at.id, email_key, most=PAGE_LENGTH)
    return _page(slug, address=typed, found=Page(lines))


@bp.post("")
@limited("desk")
@needs("moderator")
def decide(slug: str) -> ResponseReturnValue:
    """Hold, approve or remove what was ticked, with one reason."""
    decision = read_decision(request.form.getlist("id"))
    if decision.wrong:
        return _page(slug, decision=decision)
    asked: dict[str, Any] = {name: value for name, value in request.args.items() if name in (*FIELDS, "before")}
    return redirect(url_for("signatures.look", slug=slug, **asked, **told(decision, carry_out(decision))), 303)


def _page(slug: str, *, found: Page | None = None, errors: Errors | None = None, **more: Any) -> Response:
    """Render the page; ``more`` is what was typed into its other forms, and what is wrong with that."""
    here, asking = services(), desk()
    with here.db.read() as tx:
        offered = partners.list_of(tx, asking.at.id)
        counts = tallies.count_standing(tx, asking.at.id)
        search = read_search(asking.at, offered, request.args, keys=here.keys)
        is_large = counts.confirmed + counts.awaiting_review > MANY
        page = found or (Page([]) if search.wrong else _find(tx, search, is_large=is_large))
    decision = more.get("decision")
    errors = explained({name: ["day"] for name in search.wrong}, "desk.wrong.") | (errors or {})
    typed: dict[str, Any] = dict(search.typed)
    return desk_page(
        "desk/signatures.html",
        status=422 if decision or errors else 200,
        lines=[line | {"seen": fingerprint_of_row(line)} for line in page.lines],
        counts=counts,
        search=search,
        is_address=found is not None,
        offered=_offered(offered),
        partner_names={partner.id: partner.name for partner in offered},
        zone=asking.at.zone,
        this_page=url_for("signatures.decide", slug=slug, **typed, **_at(search.before)),
        older=url_for("signatures.look", slug=slug, **typed, **_at(page.before)) if page.before else None,
        is_cut=page.is_cut,
        done=read_told(),
        errors=errors,
        **({"decision": None, "address": ""} | more),
    )


def _find(tx: Tx, search: Search, *, is_large: bool) -> Page:
    return signature_search.find_page(
        tx, desk().at.id, search.sought, before=search.before, is_large=is_large, most=PAGE_LENGTH
    )


def _offered(offered: list[partners.Partner]) -> dict[str, list[tuple[str, str]]]:
    """Return the choices of each filter: value and words."""
    say = partial(messages.text, desk_locale())
    return {
        "state": [(state, say(f"desk.signatures.state.{state}")) for state in STATES],
        "kind": [(kind, say(f"desk.signatures.kind.{kind}")) for kind in KINDS],
        "partner": [(partner.slug, partner.name) for partner in offered],
        "locale": [(locale, messages.language_name(locale)) for locale in messages.LOCALES],
    }


def _at(before: int | None) -> dict[str, Any]:
    return {} if before is None else {"before": before}
