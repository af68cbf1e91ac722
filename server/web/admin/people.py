"""Roles of people for one statement and on the server, and API tokens."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.db import Conflict, Row
from server.errors import BadRequest, NotFound, ValueRefused
from server.services import accounts, tokens
from server.services.accounts import CannotDisableOwnAccount, LastOwner
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, ROLES
from server.tables.statements import UTC_ZONE
from server.text import translations
from server.text.names import clean_line
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page, error_sentence, explain
from server.web.context import get_context
from server.web.limits import limited

# People.

bp = Blueprint("people", __name__, url_prefix="/admin")


@bp.get("/statements/<slug>/people")
@limited("desk")
@requires_role("owner")
def show_statement_people(slug: str) -> ResponseReturnValue:
    """List the people with a role for this statement."""
    return _render_statement_people()


@bp.post("/statements/<slug>/people")
@limited("desk")
@requires_role("owner")
def give_role(slug: str) -> ResponseReturnValue:
    """Give an account a role for this statement, or replace its role."""
    here, asking, name = get_context(), desk_request(), _typed_name()
    role = request.form.get("role", "")
    if role not in ROLES:
        raise BadRequest("there is no such role")
    try:
        accounts.set_role(here.db, name, role, slug=slug, actor=asking.actor, now=here.clock())
    except NotFound:
        return _render_statement_people(wrong="unknown", name=name, role=role)
    except LastOwner:
        return _render_statement_people(wrong="last-owner")
    return _redirect_done(slug, name, "role")


@bp.post("/statements/<slug>/people/take")
@limited("desk")
@requires_role("owner")
def take_role(slug: str) -> ResponseReturnValue:
    """Remove an account's role for this statement."""
    here, asking, name = get_context(), desk_request(), _typed_name()
    try:
        accounts.set_role(here.db, name, None, slug=slug, actor=asking.actor, now=here.clock())
    except NotFound:
        return _render_statement_people(wrong="unknown")
    except LastOwner:
        return _render_statement_people(wrong="last-owner")
    return _redirect_done(slug, name, "taken")


@bp.get("/people")
@limited("desk")
@requires_role("owner")
def show_server_people() -> ResponseReturnValue:
    """List every account with its roles."""
    return _render_server_people()


@bp.post("/people/disable")
@limited("desk")
@requires_role("owner")
def disable() -> ResponseReturnValue:
    """Disable another admin's account."""
    here = get_context()
    try:
        accounts.disable_admin(here.db, _typed_name(), actor=desk_request().actor, now=here.clock())
    except CannotDisableOwnAccount:
        return _render_server_people(wrong="oneself")
    return redirect(url_for("people.show_server_people", done="disabled"), 303)


@bp.post("/people/enable")
@limited("desk")
@requires_role("owner")
def enable() -> ResponseReturnValue:
    """Enable a disabled account."""
    here = get_context()
    accounts.enable_admin(here.db, _typed_name(), actor=desk_request().actor, now=here.clock())
    return redirect(url_for("people.show_server_people", done="enabled"), 303)


@bp.post("/people/end-sessions")
@limited("desk")
@requires_role("owner")
def end_sessions() -> ResponseReturnValue:
    """Log an admin out of all browsers."""
    here = get_context()
    accounts.end_sessions(here.db, _typed_name(), actor=desk_request().actor, now=here.clock())
    return redirect(url_for("people.show_server_people", done="sessions"), 303)


def _typed_name() -> str:
    return request.form.get("name", "").strip().lower()


def _redirect_done(slug: str, name: str, done: str) -> Response:
    """Redirect to the list, or to the start page if the admin's own role has changed and may not admit them."""
    asking = desk_request()
    is_own = name == asking.admin.name and asking.roles.get(EVERYWHERE) != "owner"
    place = (
        url_for("statements.show_statements")
        if is_own
        else url_for("people.show_statement_people", slug=slug, done=done)
    )
    return cast("Response", redirect(place, 303))


def _render_statement_people(*, wrong: str | None = None, name: str = "", role: str = "viewer") -> Response:
    asking = desk_request()
    with get_context().db.read() as tx:
        people = admins.list_roles_on(tx, asking.at.id)
    return desk_page(
        "desk/people_of_statement.html",
        status=422 if wrong else 200,
        people=people,
        roles=[(one, translations.text(desk_locale(), f"desk.people.role.{one}")) for one in ROLES],
        wrong=wrong,
        errors=explain({"name": [wrong]}, "desk.people.wrong.") if wrong == "unknown" else {},
        name=name,
        role=role,
        done=request.args.get("done"),
    )


def _render_server_people(*, wrong: str | None = None) -> Response:
    rows = []
    with get_context().db.read() as tx:
        slugs = {one.id: one.slug for one in statements.list_all(tx)}
        for one in admins.list_all(tx):
            held = admins.list_roles(tx, one.id)
            state = "disabled" if one.disabled_at is not None else "ready" if one.is_enrolled else "invited"
            under = sorted((slugs[place], role) for place, role in held.items() if place != EVERYWHERE)
            rows.append({"name": one.name, "state": state, "everywhere": held.get(EVERYWHERE), "under": under})
    done = request.args.get("done")
    return desk_page("desk/people_of_server.html", status=422 if wrong else 200, rows=rows, wrong=wrong, done=done)


# API tokens.

tokens_bp = Blueprint("tokens", __name__, url_prefix="/admin")
TOKEN_NAME_LONGEST = 60
TOKEN_DAYS_PRESET, TOKEN_DAYS_MOST = 365, 3650
_DAY_S = 24 * 3600


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
    return _render_tokens()


@tokens_bp.post("/statements/<slug>/tokens")
@limited("desk")
@requires_role("owner")
def add_token(slug: str) -> ResponseReturnValue:
    """Create a token and show its secret once."""
    here, name, days = get_context(), _read_token_name(), _read_token_days()
    if name is None or days is None:
        return _render_tokens(wrong={"name": "name"} if name is None else {"days": "days"})
    now = here.clock()
    try:
        secret = tokens.add_token(
            here.db,
            f"{slug}/{name}",
            scopes=list(tokens.SCOPES),
            slug=slug,
            expires_at=now + days * _DAY_S,
            made_by=desk_request().admin.id,
            actor=desk_request().actor,
            now=now,
        )
    except Conflict:
        return _render_tokens(wrong={"name": "taken"})
    address = here.settings.base_url + url_for("downloads.signatures_csv", slug=slug)
    return desk_page("desk/token.html", secret=secret, address=address)


@tokens_bp.post("/statements/<slug>/tokens/<int(max=9223372036854775807):token_id>/revoke")
@limited("desk")
@requires_role("owner")
def revoke_token(slug: str, token_id: int) -> ResponseReturnValue:
    """Revoke a token of this statement."""
    here = get_context()
    tokens.revoke_token_of(here.db, slug, token_id, actor=desk_request().actor, now=here.clock())
    return redirect(url_for("tokens.show_tokens", slug=slug, done="revoked"), 303)


def _read_token_name() -> str | None:
    try:
        return clean_line(request.form.get("name", ""), longest=TOKEN_NAME_LONGEST) or None
    except ValueRefused:
        return None


def _read_token_days() -> int | None:
    typed = request.form.get("days", "")
    days = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(TOKEN_DAYS_MOST)) else 0
    return days if 1 <= days <= TOKEN_DAYS_MOST else None


def _render_tokens(*, wrong: Mapping[str, str] | None = None) -> Response:
    """Show the tokens, and the form with its input; ``wrong`` are keys of ``desk.token.wrong.*`` by field."""
    with get_context().db.read() as tx:
        found = admins.list_tokens_of(tx, desk_request().at.id)
    return desk_page(
        "desk/tokens.html",
        status=422 if wrong else 200,
        errors={name: [error_sentence(word, "desk.token.wrong.")] for name, word in (wrong or {}).items()},
        name=request.form.get("name", ""),
        days=request.form.get("days", TOKEN_DAYS_PRESET),
        done=request.args.get("done"),
        **_token_context(found),
    )


def _token_context(found: list[Row]) -> dict[str, Any]:
    """Return the tokens for the template, newest first."""
    now, at = get_context().clock(), desk_request().statement
    rows = [{**row, "scopes": row["scopes"].split(), "state": _token_state(row, now)} for row in reversed(found)]
    return {"rows": rows, "timezone": at.zone if at else UTC_ZONE}


def _token_state(row: Row, now: int) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    return "expired" if row["expires_at"] is not None and row["expires_at"] <= now else "live"
