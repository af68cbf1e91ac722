"""Roles of people for one statement and on the server, and API tokens."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server.db import Conflict, Row
from server.errors import NotFound
from server.services import accounts, tokens
from server.services.accounts import CannotDisableOwnAccount, LastOwner
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, ROLES
from server.tables.statements import UTC_ZONE
from server.text import translations
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.forms import Form, choice_field, line_field, number_field, raw_field
from server.web.limits import limited

# People.


class PersonForm(Form):
    """The name of an account."""

    messages = "desk.people.wrong."
    name = raw_field()

    @property
    def account(self) -> str:
        """The typed name in the form in which account names are stored: stripped, in lower case."""
        return str(self.name.data).strip().lower()


class RoleForm(PersonForm):
    """An account and its role for the statement."""

    needed = ("name", "role")
    role = choice_field(ROLES, default="viewer")


bp = Blueprint("people", __name__, url_prefix="/admin")


@bp.get("/statements/<slug>/people")
@limited("desk")
@requires_role("owner")
def show_statement_people(slug: str) -> ResponseReturnValue:
    """List the people with a role for this statement."""
    return _render_statement_people(RoleForm())


@bp.post("/statements/<slug>/people")
@limited("desk")
@requires_role("owner")
def give_role(slug: str) -> ResponseReturnValue:
    """Give an account a role for this statement, or replace its role."""
    here, form = get_context(), RoleForm()
    if not form.validate():
        return _render_statement_people(form)
    try:
        accounts.set_role(here.db, form.account, form.role.data, slug=slug, **actor_and_now())
    except NotFound:
        form.refuse("name", "unknown")
    except LastOwner:
        form.refuse("role", "last-owner")
    return _render_statement_people(form) if form.wrong else _redirect_done(slug, form.account, "role")


@bp.post("/statements/<slug>/people/take")
@limited("desk")
@requires_role("owner")
def take_role(slug: str) -> ResponseReturnValue:
    """Remove an account's role for this statement."""
    here, form = get_context(), RoleForm()
    try:
        accounts.set_role(here.db, form.account, None, slug=slug, **actor_and_now())
    except NotFound:
        form.refuse("name", "unknown")
    except LastOwner:
        form.refuse("role", "last-owner")
    return _render_statement_people(form) if form.wrong else _redirect_done(slug, form.account, "taken")


@bp.get("/people")
@limited("desk")
@requires_role("owner")
def show_server_people() -> ResponseReturnValue:
    """List every account with its roles."""
    return _render_server_people(PersonForm())


@bp.post("/people/disable")
@limited("desk")
@requires_role("owner")
def disable() -> ResponseReturnValue:
    """Disable another admin's account."""
    here, form = get_context(), PersonForm()
    try:
        accounts.disable_admin(here.db, form.account, **actor_and_now())
    except CannotDisableOwnAccount:
        form.refuse("name", "oneself")
        return _render_server_people(form)
    return see_other("people.show_server_people", done="disabled")


@bp.post("/people/enable")
@limited("desk")
@requires_role("owner")
def enable() -> ResponseReturnValue:
    """Enable a disabled account."""
    here = get_context()
    accounts.enable_admin(here.db, PersonForm().account, **actor_and_now())
    return see_other("people.show_server_people", done="enabled")


@bp.post("/people/end-sessions")
@limited("desk")
@requires_role("owner")
def end_sessions() -> ResponseReturnValue:
    """Log an admin out of all browsers."""
    here = get_context()
    accounts.end_sessions(here.db, PersonForm().account, **actor_and_now())
    return see_other("people.show_server_people", done="sessions")


def _redirect_done(slug: str, name: str, done: str) -> ResponseReturnValue:
    """Redirect to the list, or to the start page if the admin's own role has changed and may not admit them."""
    asking = desk_request()
    is_own = name == asking.admin.name and asking.roles.get(EVERYWHERE) != "owner"
    if is_own:
        return see_other("statements.show_statements")
    return see_other("people.show_statement_people", slug=slug, done=done)


def _render_statement_people(form: RoleForm) -> Response:
    with get_context().db.read() as tx:
        people = admins.list_roles_on(tx, desk_request().at.id)
    return desk_page(
        "desk/people_of_statement.html",
        form=form,
        people=people,
        roles=[(role, translations.text(desk_locale(), f"desk.people.role.{role}")) for role in ROLES],
        done=request.args.get("done"),
    )


def _render_server_people(form: PersonForm) -> Response:
    rows = []
    with get_context().db.read() as tx:
        slugs = {one.id: one.slug for one in statements.list_all(tx)}
        for one in admins.list_all(tx):
            held = admins.list_roles(tx, one.id)
            state = "disabled" if one.disabled_at is not None else "ready" if one.is_enrolled else "invited"
            under = sorted((slugs[place], role) for place, role in held.items() if place != EVERYWHERE)
            rows.append({"name": one.name, "state": state, "everywhere": held.get(EVERYWHERE), "under": under})
    return desk_page("desk/people_of_server.html", form=form, rows=rows, done=request.args.get("done"))


# API tokens.

tokens_bp = Blueprint("tokens", __name__, url_prefix="/admin")
TOKEN_NAME_LONGEST = 60
TOKEN_DAYS_PRESET, TOKEN_DAYS_MOST = 365, 3650
_DAY_S = 24 * 3600


class TokenForm(Form):
    """A new token."""

    needed = ("name", "days")
    messages = "desk.token.wrong."
    name = line_field(TOKEN_NAME_LONGEST)
    days = number_field(1, TOKEN_DAYS_MOST, code="days", default=TOKEN_DAYS_PRESET)


@tokens_bp.get("/tokens")
@limited("desk")
@requires_role("owner")
def show_server_tokens() -> ResponseReturnValue:
    """List the tokens that give access to every statement."""
    with get_context().db.read() as tx:
        found = admins.list_tokens_of(tx, None)
    return desk_page("desk/tokens.html", **_token_context(found))


@tokens_bp.get("/statements/<slug>/tokens")
@limited("desk")
@requires_role("owner")
def show_tokens(slug: str) -> ResponseReturnValue:
    """List the tokens that give access to this statement only."""
    return _render_tokens(TokenForm())


@tokens_bp.post("/statements/<slug>/tokens")
@limited("desk")
@requires_role("owner")
def add_token(slug: str) -> ResponseReturnValue:
    """Create a token and show its secret once."""
    here, form = get_context(), TokenForm()
    if not form.validate():
        return _render_tokens(form)
    now = here.clock()
    try:
        secret = tokens.add_token(
            here.db,
            f"{slug}/{form.name.data}",
            scopes=list(tokens.SCOPES),
            slug=slug,
            expires_at=now + form.days.data * _DAY_S,
            made_by=desk_request().admin.id,
            actor=desk_request().actor,
            now=now,
        )
    except Conflict:
        form.refuse("name", "taken")
        return _render_tokens(form)
    address = here.settings.base_url + url_for("downloads.signatures_csv", slug=slug)
    return desk_page("desk/token.html", secret=secret, address=address)


@tokens_bp.post("/statements/<slug>/tokens/<int(max=9223372036854775807):token_id>/revoke")
@limited("desk")
@requires_role("owner")
def revoke_token(slug: str, token_id: int) -> ResponseReturnValue:
    """Revoke a token of this statement."""
    here = get_context()
    tokens.revoke_token_of(here.db, slug, token_id, **actor_and_now())
    return see_other("tokens.show_tokens", slug=slug, done="revoked")


def _render_tokens(form: TokenForm) -> Response:
    with get_context().db.read() as tx:
        found = admins.list_tokens_of(tx, desk_request().at.id)
    return desk_page("desk/tokens.html", form=form, done=request.args.get("done"), **_token_context(found))


def _token_context(found: list[Row]) -> dict[str, Any]:
    """Return the tokens for the template, newest first."""
    now, at = get_context().clock(), desk_request().statement
    rows = [{**row, "scopes": row["scopes"].split(), "state": _token_state(row, now)} for row in reversed(found)]
    return {"rows": rows, "timezone": at.zone if at else UTC_ZONE}


def _token_state(row: Row, now: int) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    return "expired" if row["expires_at"] is not None and row["expires_at"] <= now else "live"
