"""Tokens at the desk: keys for machines that open one statement, made, listed and revoked by its owners."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import access
from server.records import tokens
from server.records.statements import UTC_ZONE
from server.storage import Conflict, Row
from server.text import TextRefused, clean_line
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.wrong import sentence
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("tokens", __name__, url_prefix="/admin")
NAME_LONGEST = 60
DAYS_PRESET, DAYS_MOST = 365, 3650
_DAY_S = 24 * 3600


@bp.get("/tokens")
@limited("desk")
@needs("owner")
def look_everywhere() -> ResponseReturnValue:
    """List the tokens that open every statement."""
    with services().db.read() as tx:
        found = tokens.list_of(tx, None)
    return desk_page("desk/tokens.html", **_context(found))


@bp.get("/statements/<slug>/tokens")
@limited("desk")
@needs("owner")
def look(slug: str) -> ResponseReturnValue:
    """List the tokens that open this statement alone."""
    return _page()


@bp.post("/statements/<slug>/tokens")
@limited("desk")
@needs("owner")
def make(slug: str) -> ResponseReturnValue:
    """Make a token, and show its secret this once."""
    here, name, days = services(), _name(), _days()
    if name is None or days is None:
        return _page(wrong={"name": "name"} if name is None else {"days": "days"})
    now = here.clock()
    try:
        secret = access.add_token(
            here.db,
            f"{slug}/{name}",
            scopes=list(access.SCOPES),
            slug=slug,
            expires_at=now + days * _DAY_S,
            made_by=desk().admin.id,
            actor=desk().actor,
            now=now,
        )
    except Conflict:
        return _page(wrong={"name": "taken"})
    address = here.settings.base_url + url_for("dump.signatures_csv", slug=slug)
    return desk_page("desk/token.html", secret=secret, address=address)


@bp.post("/statements/<slug>/tokens/<int(max=9223372036854775807):token_id>/revoke")
@limited("desk")
@needs("owner")
def revoke(slug: str, token_id: int) -> ResponseReturnValue:
    """Revoke a token of this statement."""
    here = services()
    access.revoke_token_of(here.db, slug, token_id, actor=desk().actor, now=here.clock())
    return redirect(url_for("tokens.look", slug=slug, done="revoked"), 303)


def _name() -> str | None:
    try:
        return clean_line(request.form.get("name", ""), longest=NAME_LONGEST) or None
    except TextRefused:
        return None


def _days() -> int | None:
    typed = request.form.get("days", "")
    days = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(DAYS_MOST)) else 0
    return days if 1 <= days <= DAYS_MOST else None


def _page(*, wrong: Mapping[str, str] | None = None) -> Response:
    """Show the keys, and the form as it was typed; ``wrong`` are words of ``desk.token.wrong.*`` by field."""
    with services().db.read() as tx:
        found = tokens.list_of(tx, desk().at.id)
    return desk_page(
        "desk/tokens.html",
        status=422 if wrong else 200,
        errors={name: [sentence(word, "desk.token.wrong.")] for name, word in (wrong or {}).items()},
        name=request.form.get("name", ""),
        days=request.form.get("days", DAYS_PRESET),
        done=request.args.get("done"),
        **_context(found),
    )


def _context(found: list[Row]) -> dict[str, Any]:
    """Return the tokens as a page tells of them, the newest first."""
    now, at = services().clock(), desk().statement
    rows = [{**row, "scopes": row["scopes"].split(), "state": _state(row, now)} for row in reversed(found)]
    return {"rows": rows, "timezone": at.zone if at else UTC_ZONE}


def _state(row: Row, now: int) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    return "expired" if row["expires_at"] is not None and row["expires_at"] <= now else "live"
