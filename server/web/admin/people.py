"""People: who may do what under a statement, and, for owners of the whole server, every account on it."""

from typing import cast

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import accounts
from server.actions.accounts import LastOwner, Oneself
from server.errors import BadRequest, NotFound
from server.records import admins, roles, statements
from server.records.roles import EVERYWHERE, ROLES
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.wrong import explained
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("people", __name__, url_prefix="/admin")


@bp.get("/statements/<slug>/people")
@limited("desk")
@needs("owner")
def of_statement(slug: str) -> ResponseReturnValue:
    """List who may do what here."""
    return _statement_page()


@bp.post("/statements/<slug>/people")
@limited("desk")
@needs("owner")
def give_role(slug: str) -> ResponseReturnValue:
    """Give a role here to an account, new or instead of the one of before."""
    here, asking, name = services(), desk(), _name()
    role = request.form.get("role", "")
    if role not in ROLES:
        raise BadRequest("there is no such role")
    try:
        accounts.give_role(here.db, name, role, slug=slug, actor=asking.actor, now=here.clock())
    except NotFound:
        return _statement_page(wrong="unknown", name=name, role=role)
    except LastOwner:
        return _statement_page(wrong="last-owner")
    return _go_on(slug, name, "role")


@bp.post("/statements/<slug>/people/take")
@limited("desk")
@needs("owner")
def take_role(slug: str) -> ResponseReturnValue:
    """Take an account's role here away."""
    here, asking, name = services(), desk(), _name()
    try:
        accounts.take_role(here.db, name, slug=slug, actor=asking.actor, now=here.clock())
    except NotFound:
        return _statement_page(wrong="unknown")
    except LastOwner:
        return _statement_page(wrong="last-owner")
    return _go_on(slug, name, "taken")


@bp.get("/people")
@limited("desk")
@needs("owner")
def of_server() -> ResponseReturnValue:
    """List every account with what it may do."""
    return _server_page()


@bp.post("/people/disable")
@limited("desk")
@needs("owner")
def disable() -> ResponseReturnValue:
    """Let somebody else in no more."""
    here = services()
    try:
        accounts.disable_admin(here.db, _name(), actor=desk().actor, now=here.clock())
    except Oneself:
        return _server_page(wrong="oneself")
    return redirect(url_for("people.of_server", done="disabled"), 303)


@bp.post("/people/enable")
@limited("desk")
@needs("owner")
def enable() -> ResponseReturnValue:
    """Let somebody in again."""
    here = services()
    accounts.enable_admin(here.db, _name(), actor=desk().actor, now=here.clock())
    return redirect(url_for("people.of_server", done="enabled"), 303)


@bp.post("/people/end-sessions")
@limited("desk")
@needs("owner")
def end_sessions() -> ResponseReturnValue:
    """Log somebody out everywhere."""
    here = services()
    accounts.end_sessions(here.db, _name(), actor=desk().actor, now=here.clock())
    return redirect(url_for("people.of_server", done="sessions"), 303)


def _name() -> str:
    return request.form.get("name", "").strip().lower()


def _go_on(slug: str, name: str, done: str) -> Response:
    """Lead back to the list; who has changed their own role may not see it any more."""
    asking = desk()
    is_own = name == asking.admin.name and asking.roles.get(EVERYWHERE) != "owner"
    place = url_for("statements.look") if is_own else url_for("people.of_statement", slug=slug, done=done)
    return cast("Response", redirect(place, 303))


def _statement_page(*, wrong: str | None = None, name: str = "", role: str = "viewer") -> Response:
    asking = desk()
    with services().db.read() as tx:
        people = roles.list_on(tx, asking.at.id)
    return desk_page(
        "desk/people_of_statement.html",
        status=422 if wrong else 200,
        people=people,
        roles=[(one, messages.text(desk_locale(), f"desk.people.role.{one}")) for one in ROLES],
        wrong=wrong,
        errors=explained({"name": [wrong]}, "desk.people.wrong.") if wrong == "unknown" else {},
        name=name,
        role=role,
        done=request.args.get("done"),
    )


def _server_page(*, wrong: str | None = None) -> Response:
    rows = []
    with services().db.read() as tx:
        slugs = {one.id: one.slug for one in statements.list_all(tx)}
        for one in admins.list_all(tx):
            held = roles.list_of(tx, one.id)
            state = "disabled" if one.disabled_at is not None else "ready" if one.is_enrolled else "invited"
            under = sorted((slugs[place], role) for place, role in held.items() if place != EVERYWHERE)
            rows.append({"name": one.name, "state": state, "everywhere": held.get(EVERYWHERE), "under": under})
    done = request.args.get("done")
    return desk_page("desk/people_of_server.html", status=422 if wrong else 200, rows=rows, wrong=wrong, done=done)
