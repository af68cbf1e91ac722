"""Partners at the desk: who embeds a statement and what comes from there, added, changed, let go and revoked."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import newsletters, partnering, reporting
from server.actions.partnering import PartnerRevoked, PartnerShared, ShortNameTaken
from server.records import partners, statement_texts
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.partner_form import Filled
from server.web.admin.partner_pages import languages_of, owned, partner_list, partner_page
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("partners", __name__, url_prefix="/admin")
_LIST = "/statements/<slug>/partners"
_ONE = f"{_LIST}/<partner>"
_REFUSED = (ShortNameTaken, PartnerRevoked, PartnerShared)


@bp.get(_LIST)
@limited("desk")
@needs("viewer")
def look(slug: str) -> ResponseReturnValue:
    """List the partners of a statement with their counts."""
    return partner_list(Filled({}))


@bp.post(_LIST)
@limited("desk")
@needs("owner")
def add(slug: str) -> ResponseReturnValue:
    """Let a website embed the statement: a new partner, or one that this server knows."""
    filled = Filled(request.form.to_dict())
    meant = bool(filled.typed.get("short_name", "").strip())
    origins = filled.origins(needed=not meant)
    chosen = filled.short_name(origins)
    with services().db.read() as tx:
        known = partners.find(tx, chosen)
    name = filled.line("name", needed=known is None)
    if known is None and not origins and not filled.errors.get("origins"):
        filled.refuse("origins", "required")
    if filled.errors:
        return partner_list(filled)
    try:
        partnering.add_partner(
            *(services().db, slug, chosen), name=name, origins=origins, meant=meant, owned=owned(), **_by()
        )
    except _REFUSED as refusal:
        filled.refuse("short_name", refusal.code)
        return partner_list(filled)
    return _back("show", slug=slug, partner=chosen, done="added")


@bp.get(_ONE)
@limited("desk")
@needs("viewer")
def show(slug: str, partner: str) -> ResponseReturnValue:
    """Show one partner: its figures, its snippet, and what is its own."""
    return partner_page(partner)


@bp.post(_ONE)
@limited("desk")
@needs("owner")
def change(slug: str, partner: str) -> ResponseReturnValue:
    """Keep another name, other origins, another language or theme."""
    filled = Filled(request.form.to_dict())
    with services().db.read() as tx:
        own = filled.own(languages_of(tx, partners.get_of(tx, desk().at.id, partner)))
    if filled.errors:
        return partner_page(partner, filled)
    partnering.change_partner(services().db, slug, partner, own, owned=owned(), **_by())
    return _back("show", slug=slug, partner=partner, done="changed")


@bp.post(f"{_ONE}/newsletter")
@limited("desk")
@needs("owner")
def word_newsletter(slug: str, partner: str) -> ResponseReturnValue:
    """Keep the words beside the partner's own box, for each language of the statement."""
    filled = Filled(request.form.to_dict())
    with services().db.read() as tx:
        locales = [text.locale for text in statement_texts.list_latest(tx, desk().at.id)]
    words = {locale: filled.line(f"newsletter-{locale}") for locale in locales}
    if filled.errors:
        return partner_page(partner, filled)
    for locale, wording in words.items():
        newsletters.word_newsletter(services().db, slug, partner, locale, wording, owned=owned(), **_by())
    return _back("show", slug=slug, partner=partner, done="newsletter")


@bp.post(f"{_ONE}/report")
@limited("desk")
@needs("owner")
def make_report(slug: str, partner: str) -> ResponseReturnValue:
    """Show a fresh link to the partner's figures, this once; the one of before ends."""
    here = services()
    secret = reporting.make_report(here.db, slug, partner, owned=owned(), **_by())
    link = here.links.report(secret)
    with here.db.read() as tx:
        found = partners.get_of(tx, desk().at.id, partner)
    return desk_page("desk/partner_report.html", partner=found, link=link)


@bp.post(f"{_ONE}/report/end")
@limited("desk")
@needs("owner")
def end_report(slug: str, partner: str) -> ResponseReturnValue:
    """Let no link open the partner's figures."""
    reporting.end_report(services().db, slug, partner, owned=owned(), **_by())
    return _back("show", slug=slug, partner=partner, done="report-end")


@bp.post(f"{_ONE}/leave")
@limited("desk")
@needs("owner")
def leave(slug: str, partner: str) -> ResponseReturnValue:
    """Let a partner embed this statement no more."""
    partnering.leave(services().db, slug, partner, **_by())
    return _back("look", slug=slug, done="left")


@bp.post("/partners/<partner>/revoke")
@limited("desk")
@needs("owner")
def revoke(partner: str) -> ResponseReturnValue:
    """Let a partner embed nothing on the whole server."""
    partnering.revoke(services().db, partner, **_by())
    return _back("look", slug=request.form.get("slug", ""), done="revoked")


@bp.post("/partners/<partner>/restore")
@limited("desk")
@needs("owner")
def restore(partner: str) -> ResponseReturnValue:
    """Let a revoked partner embed again."""
    partnering.restore(services().db, partner, **_by())
    return _back("look", slug=request.form.get("slug", ""), done="restored")


def _by() -> dict[str, Any]:
    return {"actor": desk().actor, "now": services().clock()}


def _back(view: str, **values: Any) -> ResponseReturnValue:
    """Lead on to a page of this module; where the statement is not named, to the list of all statements."""
    if not values["slug"]:
        return redirect(url_for("statements.look"), 303)
    return redirect(url_for(f"partners.{view}", **values), 303)
