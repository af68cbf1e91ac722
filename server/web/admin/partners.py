"""Partners at the desk: list, settings, newsletter wording, report link."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.db import Tx
from server.errors import ValueRefused
from server.services.partners import (
    PartnerRevoked,
    PartnerSettings,
    PartnerShared,
    ShortNameTaken,
    add_partner,
    change_partner,
    create_report_link,
    end_report_link,
    is_partner_owned,
    remove_partner_from_statement,
    restore_partner,
    revoke_partner,
    set_newsletter_wording,
)
from server.tables import counts, partners
from server.tables import texts as texts_table
from server.tables.admins import EVERYWHERE
from server.tables.partners import Partner
from server.text import translations
from server.text.addresses import OriginUnreadable, host_of, is_short_name, read_origin, short_name
from server.text.names import LINE_LONGEST, clean_line
from server.web.admin.auth import desk_request, requires_role
from server.web.admin.page import Errors, desk_page, error_sentence
from server.web.context import get_context
from server.web.limits import limited
from server.web.public.embed_help import THEMES
from server.web.public.partner_report import WEEK_S, format_days, read_partner_stats

# The partner form.

MOST_ORIGINS = 20
_PARTNER_ERROR_PREFIX = "desk.partners.wrong."


@dataclass
class TypedPartner:
    """The submitted form and its errors."""

    typed: Mapping[str, str]
    errors: Errors = field(default_factory=dict)

    def refuse(self, name: str, wrong: str, **values: Any) -> None:
        """Add an error to a field: a key of ``desk.partners.wrong`` or ``invalid``."""
        self.errors.setdefault(name, []).append(error_sentence(wrong, _PARTNER_ERROR_PREFIX, **values))

    def line(self, name: str, *, needed: bool = False) -> str:
        """Return a field's value as one line; adds an error if it is invalid."""
        try:
            line = clean_line(self.typed.get(name, ""), longest=LINE_LONGEST)
        except ValueRefused as refusal:
            self.refuse(name, refusal.reason)
            return ""
        if needed and not line:
            self.refuse(name, "required")
        return line

    def origins(self, *, needed: bool = True) -> list[str]:
        """Return the origins in order, one per line of the field; adds an error for each invalid one."""
        found: list[str] = []
        for written in filter(None, map(str.strip, self.typed.get("origins", "").splitlines())):
            try:
                found.append(read_origin(written))
            except OriginUnreadable as refusal:
                self.refuse("origins", refusal.reason, origin=written)
        if len(found) > MOST_ORIGINS:
            self.refuse("origins", "too-many", most=MOST_ORIGINS)
        if needed and not found and "origins" not in self.errors:
            self.refuse("origins", "required")
        return list(dict.fromkeys(found))

    def short_name(self, origins: list[str]) -> str:
        """Return the short name, by default derived from the first origin; adds an error if it is invalid."""
        typed = self.typed.get("short_name", "").strip()
        chosen = typed or (short_name(host_of(origins[0])) if origins else "")
        self.typed = {**self.typed, "short_name": chosen}
        if chosen and not is_short_name(chosen):
            self.refuse("short_name", "short-name")
        return chosen

    def own(self, locales: Iterable[str]) -> PartnerSettings:
        """Return the partner's settings; an unknown language or theme becomes None."""
        locale, theme = self.typed.get("locale"), self.typed.get("theme")
        return PartnerSettings(
            self.line("name", needed=True),
            frozenset(self.origins()),
            locale if locale in set(locales) else None,
            theme if theme in THEMES else None,
        )


def partner_values(partner: Partner) -> dict[str, str]:
    """Return the form's values for a partner."""
    news = {f"newsletter-{locale}": words for locale, words in partner.newsletters.items()}
    return news | {
        "name": partner.name,
        "origins": "\n".join(sorted(partner.origins)),
        "locale": partner.locale or "",
        "theme": partner.theme or "",
    }


# Pages.

_DONE = ("added", "changed", "newsletter", "report-end", "left", "revoked", "restored")


def owned_statement_ids() -> list[int] | None:
    """Return the ids of the statements that the current admin owns; None if they own the whole server."""
    held = [place for place, role in desk_request().roles.items() if role == "owner"]
    return None if EVERYWHERE in held else held


def partner_languages(tx: Tx, partner: Partner) -> list[str]:
    """Return the languages that a partner can choose from: those of the statement, and its current one."""
    found = [text.locale for text in texts_table.list_latest(tx, desk_request().at.id)]
    return found if partner.locale in (None, *found) else [*found, str(partner.locale)]


def _done_word() -> str | None:
    return next((word for word in _DONE if word == request.args.get("done")), None)


def _render_partners(filled: TypedPartner) -> Response:
    """Show the statement's partners with their counts, and the form for adding one."""
    here, statement = get_context(), desk_request().at
    with here.db.read() as tx:
        known = partners.list_all_of_statement(tx, statement.id)
        counted = counts.get_partner_counts(tx, statement.id, since=here.clock() - WEEK_S)
    status = 422 if filled.errors else 200
    rows = [(partner, counted.get(partner.id)) for partner in known]
    return desk_page(
        "desk/partners.html",
        status=status,
        rows=rows,
        filled=filled,
        may_revoke=owned_statement_ids() is None,
        done=_done_word(),
    )


def _render_partner(slug: str, filled: TypedPartner | None = None) -> Response:
    """Show a partner of the current statement, and the refused input if any; raises ``NotFound``."""
    here, asking = get_context(), desk_request()
    with here.db.read() as tx:
        partner = partners.get_of(tx, asking.at.id, slug)
        found = read_partner_stats(tx, asking.at, partner, now=here.clock())
        texts = texts_table.list_latest(tx, asking.at.id)
        all_owned = is_partner_owned(tx, partner, owned_statement_ids())
        languages = partner_languages(tx, partner)
    shown = filled or TypedPartner({})
    shown.typed = partner_values(partner) | dict(shown.typed)
    return desk_page(
        "desk/partner.html",
        status=422 if shown.errors else 200,
        partner=partner,
        figures=found,
        written=format_days,
        filled=shown,
        languages=[(locale, translations.language_name(locale)) for locale in languages],
        news=[(text.locale, translations.language_name(text.locale)) for text in texts],
        may_change=asking.may("owner") and all_owned,
        is_shared=not all_owned,
        may_revoke=owned_statement_ids() is None,
        done=_done_word(),
    )


# Routes.

bp = Blueprint("partners", __name__, url_prefix="/admin")
_LIST = "/statements/<slug>/partners"
_ONE = f"{_LIST}/<partner>"
_REFUSED = (ShortNameTaken, PartnerRevoked, PartnerShared)


@bp.get(_LIST)
@limited("desk")
@requires_role("viewer")
def show_partners(slug: str) -> ResponseReturnValue:
    """List the partners of a statement with their counts."""
    return _render_partners(TypedPartner({}))


@bp.post(_LIST)
@limited("desk")
@requires_role("owner")
def add(slug: str) -> ResponseReturnValue:
    """Allow a website to embed the statement: a new partner, or one that exists on this server."""
    filled = TypedPartner(request.form.to_dict())
    meant = bool(filled.typed.get("short_name", "").strip())
    origins = filled.origins(needed=not meant)
    chosen = filled.short_name(origins)
    with get_context().db.read() as tx:
        known = partners.find(tx, chosen)
    name = filled.line("name", needed=known is None)
    if known is None and not origins and not filled.errors.get("origins"):
        filled.refuse("origins", "required")
    if filled.errors:
        return _render_partners(filled)
    try:
        add_partner(
            *(get_context().db, slug, chosen),
            name=name,
            origins=origins,
            meant=meant,
            owned=owned_statement_ids(),
            **_actor_and_now(),
        )
    except _REFUSED as refusal:
        filled.refuse("short_name", refusal.code)
        return _render_partners(filled)
    return _redirect_back("show_partner", slug=slug, partner=chosen, done="added")


@bp.get(_ONE)
@limited("desk")
@requires_role("viewer")
def show_partner(slug: str, partner: str) -> ResponseReturnValue:
    """Show one partner: its counts, embed code and settings."""
    return _render_partner(partner)


@bp.post(_ONE)
@limited("desk")
@requires_role("owner")
def change(slug: str, partner: str) -> ResponseReturnValue:
    """Save a partner's name, origins, language and theme."""
    filled = TypedPartner(request.form.to_dict())
    with get_context().db.read() as tx:
        own = filled.own(partner_languages(tx, partners.get_of(tx, desk_request().at.id, partner)))
    if filled.errors:
        return _render_partner(partner, filled)
    change_partner(get_context().db, slug, partner, own, owned=owned_statement_ids(), **_actor_and_now())
    return _redirect_back("show_partner", slug=slug, partner=partner, done="changed")


@bp.post(f"{_ONE}/newsletter")
@limited("desk")
@requires_role("owner")
def save_newsletter(slug: str, partner: str) -> ResponseReturnValue:
    """Save the label of the partner's newsletter checkbox for each language of the statement."""
    filled = TypedPartner(request.form.to_dict())
    with get_context().db.read() as tx:
        locales = [text.locale for text in texts_table.list_latest(tx, desk_request().at.id)]
    words = {locale: filled.line(f"newsletter-{locale}") for locale in locales}
    if filled.errors:
        return _render_partner(partner, filled)
    for locale, wording in words.items():
        set_newsletter_wording(
            get_context().db, slug, partner, locale, wording, owned=owned_statement_ids(), **_actor_and_now()
        )
    return _redirect_back("show_partner", slug=slug, partner=partner, done="newsletter")


@bp.post(f"{_ONE}/report")
@limited("desk")
@requires_role("owner")
def renew_report(slug: str, partner: str) -> ResponseReturnValue:
    """Create a new link to the partner's counts and show it once; the previous link stops working."""
    here = get_context()
    secret = create_report_link(here.db, slug, partner, owned=owned_statement_ids(), **_actor_and_now())
    link = here.links.report(secret)
    with here.db.read() as tx:
        found = partners.get_of(tx, desk_request().at.id, partner)
    return desk_page("desk/partner_report.html", partner=found, link=link)


@bp.post(f"{_ONE}/report/end")
@limited("desk")
@requires_role("owner")
def end_report(slug: str, partner: str) -> ResponseReturnValue:
    """Disable the link to the partner's counts."""
    end_report_link(get_context().db, slug, partner, owned=owned_statement_ids(), **_actor_and_now())
    return _redirect_back("show_partner", slug=slug, partner=partner, done="report-end")


@bp.post(f"{_ONE}/leave")
@limited("desk")
@requires_role("owner")
def remove(slug: str, partner: str) -> ResponseReturnValue:
    """Stop a partner from embedding this statement."""
    remove_partner_from_statement(get_context().db, slug, partner, **_actor_and_now())
    return _redirect_back("show_partners", slug=slug, done="left")


@bp.post("/partners/<partner>/revoke")
@limited("desk")
@requires_role("owner")
def revoke(partner: str) -> ResponseReturnValue:
    """Stop a partner from embedding anything on this server."""
    revoke_partner(get_context().db, partner, **_actor_and_now())
    return _redirect_back("show_partners", slug=request.form.get("slug", ""), done="revoked")


@bp.post("/partners/<partner>/restore")
@limited("desk")
@requires_role("owner")
def restore(partner: str) -> ResponseReturnValue:
    """Allow a revoked partner to embed again."""
    restore_partner(get_context().db, partner, **_actor_and_now())
    return _redirect_back("show_partners", slug=request.form.get("slug", ""), done="restored")


def _actor_and_now() -> dict[str, Any]:
    return {"actor": desk_request().actor, "now": get_context().clock()}


def _redirect_back(view: str, **values: Any) -> ResponseReturnValue:
    """Redirect to a page of this module, or to the list of statements if there is no slug."""
    if not values["slug"]:
        return redirect(url_for("statements.show_statements"), 303)
    return redirect(url_for(f"partners.{view}", **values), 303)
