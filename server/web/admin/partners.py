"""Partners at the desk: list, settings, newsletter wording, report link."""

from collections.abc import Collection
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

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
from server.text import translations
from server.text.addresses import host_of, is_short_name, read_origin, short_name
from server.text.names import LINE_LONGEST
from server.web.admin.auth import actor_and_now, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.forms import Form, TextField, choice_field, form_of, line_field, raw_field, text_field
from server.web.limits import limited
from server.web.public.embed_help import THEMES
from server.web.public.partner_report import WEEK_S, format_days, read_partner_stats

# Forms.

MOST_ORIGINS = 20


class PartnerForm(Form):
    """The settings of a partner.

    ``form_of`` adds the field for its language, because the options depend on the statement.
    """

    needed: Collection[str] = ("name", "origins")
    messages = "desk.partners.wrong."
    name = line_field(LINE_LONGEST)
    origins = text_field(str)
    theme = choice_field(THEMES)

    @property
    def addresses(self) -> list[str]:
        """The origins in the order in which they were typed."""
        return list(dict.fromkeys((self.origins.data or "").split()))

    def validate_origins(self, field: TextField) -> None:
        """Replace each line by its origin; each invalid one adds an error."""
        found = []
        for written in filter(None, map(str.strip, (field.data or "").splitlines())):
            try:
                found.append(read_origin(written))
            except ValueRefused as refusal:
                self.refuse("origins", refusal.reason)
        if len(found) > MOST_ORIGINS:
            self.refuse("origins", "too-many", most=MOST_ORIGINS)
        if not field.errors:
            field.data = "\n".join(found)


class NewPartnerForm(PartnerForm):
    """A new partner, or the short name of one that this server knows."""

    short_name = text_field(str.strip)

    def validate_short_name(self, field: TextField) -> None:
        """Check the short name; if it is empty, it is made from the first origin."""
        if field.data is None and self.addresses and not self.origins.errors:
            field.data = short_name(host_of(self.addresses[0]))
        if field.data is not None and not is_short_name(field.data):
            self.refuse("short_name", "short-name")


class StatementForm(Form):
    """The statement whose list of partners is shown after the action."""

    slug = raw_field()


def _partner_forms(slug: str) -> tuple[PartnerForm, Form]:
    """Return the forms for a partner of the current statement and for its newsletter labels by language.

    Fields that are not in the request have their saved values. Raises ``NotFound``.
    """
    with get_context().db.read() as tx:
        partner = partners.get_of(tx, desk_request().at.id, slug)
        locales = [text.locale for text in texts_table.list_latest(tx, desk_request().at.id)]
    saved = vars(partner) | {"origins": "\n".join(sorted(partner.origins))}
    language = choice_field([*locales, partner.locale or ""])
    labels = {locale: line_field(LINE_LONGEST) for locale in locales}
    return (
        form_of(PartnerForm, {"locale": language}, saved=saved),
        form_of(Form, labels, saved=partner.newsletters, prefix="newsletter"),
    )


# Pages.


def owned_statement_ids() -> list[int] | None:
    """Return the ids of the statements that the current admin owns; None if they own the whole server."""
    held = [place for place, role in desk_request().roles.items() if role == "owner"]
    return None if EVERYWHERE in held else held


def _render_partners(form: NewPartnerForm) -> Response:
    """Show the statement's partners with their counts, and the form for adding one."""
    here, statement = get_context(), desk_request().at
    with here.db.read() as tx:
        known = partners.list_all_of_statement(tx, statement.id)
        counted = counts.get_partner_counts(tx, statement.id, since=here.clock() - WEEK_S)
    return desk_page(
        "desk/partners.html",
        form=form,
        rows=[(partner, counted.get(partner.id)) for partner in known],
        may_revoke=owned_statement_ids() is None,
        done=request.args.get("done"),
    )


def _render_partner(slug: str, own: PartnerForm, labels: Form) -> Response:
    """Show a partner of the current statement with its two forms; raises ``NotFound``."""
    here, asking = get_context(), desk_request()
    with here.db.read() as tx:
        partner = partners.get_of(tx, asking.at.id, slug)
        found = read_partner_stats(tx, asking.at, partner, now=here.clock())
        all_owned = is_partner_owned(tx, partner, owned_statement_ids())
    offered = dict.fromkeys([*labels.data, *filter(None, [partner.locale])])
    return desk_page(
        "desk/partner.html",
        form=labels if labels.wrong else own,
        partner=partner,
        figures=found,
        written=format_days,
        own=own,
        labels=labels,
        languages=[(locale, translations.language_name(locale)) for locale in offered],
        language_name=translations.language_name,
        may_change=asking.may("owner") and all_owned,
        is_shared=not all_owned,
        may_revoke=owned_statement_ids() is None,
        done=request.args.get("done"),
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
    return _render_partners(NewPartnerForm())


@bp.post(_LIST)
@limited("desk")
@requires_role("owner")
def add(slug: str) -> ResponseReturnValue:
    """Allow a website to embed the statement: a new partner, or one that exists on this server."""
    here, form = get_context(), NewPartnerForm()
    meant = form.short_name.data.strip()
    with here.db.read() as tx:
        if partners.find(tx, meant):
            form.needed = ()
    if not form.validate():
        return _render_partners(form)
    chosen = form.short_name.data
    try:
        add_partner(
            *(here.db, slug, chosen),
            name=form.name.data or "",
            origins=form.addresses,
            meant=bool(meant),
            owned=owned_statement_ids(),
            **actor_and_now(),
        )
    except _REFUSED as refusal:
        form.refuse("short_name", refusal.code)
        return _render_partners(form)
    return _redirect_back("show_partner", slug=slug, partner=chosen, done="added")


@bp.get(_ONE)
@limited("desk")
@requires_role("viewer")
def show_partner(slug: str, partner: str) -> ResponseReturnValue:
    """Show one partner: its counts, embed code and settings."""
    return _render_partner(partner, *_partner_forms(partner))


@bp.post(_ONE)
@limited("desk")
@requires_role("owner")
def change(slug: str, partner: str) -> ResponseReturnValue:
    """Save a partner's name, origins, language and theme."""
    form, labels = _partner_forms(partner)
    if not form.validate():
        return _render_partner(partner, form, labels)
    own = PartnerSettings(form.name.data, frozenset(form.addresses), form.locale.data, form.theme.data)
    change_partner(get_context().db, slug, partner, own, owned=owned_statement_ids(), **actor_and_now())
    return _redirect_back("show_partner", slug=slug, partner=partner, done="changed")


@bp.post(f"{_ONE}/newsletter")
@limited("desk")
@requires_role("owner")
def save_newsletter(slug: str, partner: str) -> ResponseReturnValue:
    """Save the label of the partner's newsletter checkbox for each language of the statement."""
    form, labels = _partner_forms(partner)
    if not labels.validate():
        return _render_partner(partner, form, labels)
    for locale, label in labels.data.items():
        set_newsletter_wording(
            get_context().db, slug, partner, locale, label or "", owned=owned_statement_ids(), **actor_and_now()
        )
    return _redirect_back("show_partner", slug=slug, partner=partner, done="newsletter")


@bp.post(f"{_ONE}/report")
@limited("desk")
@requires_role("owner")
def renew_report(slug: str, partner: str) -> ResponseReturnValue:
    """Create a new link to the partner's counts and show it once; the previous link stops working."""
    here = get_context()
    secret = create_report_link(here.db, slug, partner, owned=owned_statement_ids(), **actor_and_now())
    link = here.links.report(secret)
    with here.db.read() as tx:
        found = partners.get_of(tx, desk_request().at.id, partner)
    return desk_page("desk/partner_report.html", partner=found, link=link)


@bp.post(f"{_ONE}/report/end")
@limited("desk")
@requires_role("owner")
def end_report(slug: str, partner: str) -> ResponseReturnValue:
    """Disable the link to the partner's counts."""
    end_report_link(get_context().db, slug, partner, owned=owned_statement_ids(), **actor_and_now())
    return _redirect_back("show_partner", slug=slug, partner=partner, done="report-end")


@bp.post(f"{_ONE}/leave")
@limited("desk")
@requires_role("owner")
def remove(slug: str, partner: str) -> ResponseReturnValue:
    """Stop a partner from embedding this statement."""
    remove_partner_from_statement(get_context().db, slug, partner, **actor_and_now())
    return _redirect_back("show_partners", slug=slug, done="left")


@bp.post("/partners/<partner>/revoke")
@limited("desk")
@requires_role("owner")
def revoke(partner: str) -> ResponseReturnValue:
    """Stop a partner from embedding anything on this server."""
    revoke_partner(get_context().db, partner, **actor_and_now())
    return _redirect_back("show_partners", slug=StatementForm().slug.data, done="revoked")


@bp.post("/partners/<partner>/restore")
@limited("desk")
@requires_role("owner")
def restore(partner: str) -> ResponseReturnValue:
    """Allow a revoked partner to embed again."""
    restore_partner(get_context().db, partner, **actor_and_now())
    return _redirect_back("show_partners", slug=StatementForm().slug.data, done="restored")


def _redirect_back(view: str, **values: Any) -> ResponseReturnValue:
    """Redirect to a page of this module, or to the list of statements if there is no slug."""
    if not values["slug"]:
        return see_other("statements.show_statements")
    return see_other(f"partners.{view}", **values)
