"""The statements that an admin may see, and one of them: where it stands, and the steps of its life."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import life_cycle
from server.errors import Invalid
from server.records import roles, statement_texts, statements, tallies
from server.records.statements import Statement
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.why import read_why
from server.web.admin.wrong import explained
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("statements", __name__, url_prefix="/admin")
_MOMENTS = ("opens_at", "opened_at", "closes_at", "closed_at", "archived_at", "event_at", "list_from")


@bp.get("/")
@limited("desk")
@needs(None)
def look() -> ResponseReturnValue:
    """List the statements under which the admin has a role."""
    here, asking = services(), desk()
    now, rows = here.clock(), []
    with here.db.read() as tx:
        for one in statements.list_all(tx):
            role = roles.highest(asking.roles, one.id)
            if role is None:
                continue
            texts = statement_texts.list_latest(tx, one.id)
            rows.append(
                {
                    "slug": one.slug,
                    "title": texts[0].title,
                    "locale": texts[0].locale,
                    "languages": [text.locale for text in texts],
                    "state": one.state(now),
                    "counts": tallies.count_standing(tx, one.id),
                    "role": role,
                }
            )
    return desk_page("desk/statements.html", rows=rows)


@bp.get("/statements/<slug>")
@limited("desk")
@needs("viewer")
def overview(slug: str) -> ResponseReturnValue:
    """Show where a statement stands, and to its owner what can be done with it."""
    return _overview()


@bp.post("/statements/<slug>/open")
@limited("desk")
@needs("owner")
def open_(slug: str) -> ResponseReturnValue:
    """Let a statement take signatures, from its planned day on."""
    here = services()
    life_cycle.open_statement(here.db, slug, actor=desk().actor, now=here.clock())
    return _done(slug, "open")


@bp.post("/statements/<slug>/close")
@limited("desk")
@needs("owner")
def close(slug: str) -> ResponseReturnValue:
    """Let a statement take no more signatures."""
    here = services()
    try:
        life_cycle.close_statement(here.db, slug, actor=desk().actor, reason=read_why(), now=here.clock())
    except Invalid as refusal:
        return _overview("close", refusal)
    return _done(slug, "close")


@bp.post("/statements/<slug>/archive")
@limited("desk")
@needs("owner")
def archive(slug: str) -> ResponseReturnValue:
    """Take a statement out of the public's sight."""
    here = services()
    try:
        life_cycle.archive_statement(here.db, slug, actor=desk().actor, reason=read_why(), now=here.clock())
    except Invalid as refusal:
        return _overview("archive", refusal)
    return _done(slug, "archive")


@bp.post("/statements/<slug>/unarchive")
@limited("desk")
@needs("owner")
def unarchive(slug: str) -> ResponseReturnValue:
    """Take a statement back from the archive."""
    here = services()
    life_cycle.unarchive_statement(here.db, slug, actor=desk().actor, now=here.clock())
    return _done(slug, "unarchive")


def _done(slug: str, step: str) -> ResponseReturnValue:
    return redirect(url_for("statements.overview", slug=slug, done=step), 303)


def _overview(tried: str | None = None, refusal: Invalid | None = None) -> Response:
    here, asking = services(), desk()
    now, at = here.clock(), asking.at
    with here.db.read() as tx:
        texts = statement_texts.list_latest(tx, at.id)
        counts = tallies.count_standing(tx, at.id)
    state = at.state(now)
    return desk_page(
        "desk/overview.html",
        status=422 if refusal else 200,
        title=texts[0],
        state=state,
        languages=[(text.locale, messages.language_name(text.locale)) for text in texts],
        counts=counts,
        moments=[(name, getattr(at, name)) for name in _MOMENTS if getattr(at, name) is not None],
        zone=at.zone,
        address=here.links.page(at.slug),
        is_public=state not in ("draft", "archived"),
        preview=here.links.preview(at.id, at.slug, now=now) if state == "draft" and asking.may("owner") else None,
        steps=list(_steps(at, now)) if asking.may("owner") else [],
        done=request.args.get("done"),
        tried=tried,
        why=request.form.get("reason", ""),
        errors=explained(refusal.fields) if refusal else {},
    )


def _steps(at: Statement, now: int) -> Iterator[dict[str, Any]]:
    """Return what can be done next, and whether it wants a reason: signers will ask for one."""
    state = at.state(now)
    if state in ("open", "not-yet-open"):
        yield {"name": "close", "reason": True}
    elif state == "archived":
        yield {"name": "unarchive", "reason": False}
    else:
        if at.closes_at is None or at.closes_at > now:
            yield {"name": "open", "reason": False}
        yield {"name": "archive", "reason": True}
