"""The list of statements, a statement's overview, its lifecycle, and new statements."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.db import Conflict
from server.errors import Invalid
from server.services.statements import archive_statement, close_statement, open_statement, unarchive_statement
from server.services.texts import create_statement
from server.tables import admins, outbox, statements
from server.tables import counts as counts_table
from server.tables import texts as texts_table
from server.tables.statements import Statement
from server.text import translations
from server.text.statement_file import BODY_LONGEST_BYTES, StatementFileError, read_statement_form
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import Errors, desk_page, explain, read_reason
from server.web.admin.texts import (
    TEXT_BYTES,
    TEXT_ERROR_PREFIX,
    TEXT_FIELDS,
    text_errors,
    typed_text,
    with_editor_policy,
)
from server.web.context import get_context
from server.web.limits import limited

# Statements.

bp = Blueprint("statements", __name__, url_prefix="/admin")
_DATES_SHOWN = ("opens_at", "opened_at", "closes_at", "closed_at", "archived_at", "event_at", "list_from")


@bp.get("/")
@limited("desk")
@requires_role(None)
def show_statements() -> ResponseReturnValue:
    """List the statements for which the admin has a role."""
    here, asking = get_context(), desk_request()
    now, rows = here.clock(), []
    with here.db.read() as tx:
        for one in statements.list_all(tx):
            role = admins.highest_role(asking.roles, one.id)
            if role is None:
                continue
            texts = texts_table.list_latest(tx, one.id)
            rows.append(
                {
                    "slug": one.slug,
                    "title": texts[0].title,
                    "locale": texts[0].locale,
                    "languages": [text.locale for text in texts],
                    "state": one.state(now),
                    "counts": counts_table.get_counts(tx, one.id),
                    "role": role,
                }
            )
    return desk_page("desk/statements.html", rows=rows)


@bp.get("/statements/<slug>")
@limited("desk")
@requires_role("viewer")
def show_overview(slug: str) -> ResponseReturnValue:
    """Show a statement's state and counts; its owner also sees the possible next steps."""
    return _render_overview()


@bp.post("/statements/<slug>/open")
@limited("desk")
@requires_role("owner")
def open_(slug: str) -> ResponseReturnValue:
    """Open a statement for signatures, from its planned day on."""
    here = get_context()
    open_statement(here.db, slug, actor=desk_request().actor, now=here.clock())
    return _redirect_done(slug, "open")


@bp.post("/statements/<slug>/close")
@limited("desk")
@requires_role("owner")
def close(slug: str) -> ResponseReturnValue:
    """Close a statement: it accepts no further signatures."""
    here = get_context()
    try:
        close_statement(here.db, slug, actor=desk_request().actor, reason=read_reason(), now=here.clock())
    except Invalid as refusal:
        return _render_overview("close", refusal)
    return _redirect_done(slug, "close")


@bp.post("/statements/<slug>/archive")
@limited("desk")
@requires_role("owner")
def archive(slug: str) -> ResponseReturnValue:
    """Archive a statement, so that the public cannot see it."""
    here = get_context()
    try:
        archive_statement(here.db, slug, actor=desk_request().actor, reason=read_reason(), now=here.clock())
    except Invalid as refusal:
        return _render_overview("archive", refusal)
    return _redirect_done(slug, "archive")


@bp.post("/statements/<slug>/unarchive")
@limited("desk")
@requires_role("owner")
def unarchive(slug: str) -> ResponseReturnValue:
    """Bring a statement back from the archive."""
    here = get_context()
    unarchive_statement(here.db, slug, actor=desk_request().actor, now=here.clock())
    return _redirect_done(slug, "unarchive")


def _redirect_done(slug: str, step: str) -> ResponseReturnValue:
    return redirect(url_for("statements.show_overview", slug=slug, done=step), 303)


def _list_moments(at: Statement, *, now: int) -> list[tuple[str, int]]:
    """Return past and planned dates by column name; ``closed_at`` is when it ended, by hand or by plan."""
    moments = {name: getattr(at, name) for name in _DATES_SHOWN} | {"closed_at": at.ended_at(now)}
    return [(name, epoch) for name, epoch in moments.items() if epoch is not None]


def _render_overview(tried: str | None = None, refusal: Invalid | None = None) -> Response:
    here, asking = get_context(), desk_request()
    now, at = here.clock(), asking.at
    with here.db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        counts = counts_table.get_counts(tx, at.id)
        emails_waiting = sum(outbox.count_waiting_by_domain(tx, at.id).values())
    state = at.state(now)
    return desk_page(
        "desk/overview.html",
        status=422 if refusal else 200,
        title=texts[0],
        state=state,
        languages=[(text.locale, translations.language_name(text.locale)) for text in texts],
        counts=counts,
        emails_waiting=emails_waiting,
        moments=_list_moments(at, now=now),
        zone=at.zone,
        address=here.links.page(at.slug),
        is_public=state not in ("draft", "archived"),
        preview=here.links.preview(at.id, at.slug, now=now) if state == "draft" and asking.may("owner") else None,
        steps=list(_possible_steps(at, now)) if asking.may("owner") else [],
        done=request.args.get("done"),
        tried=tried,
        why=request.form.get("reason", ""),
        errors=explain(refusal.fields) if refusal else {},
    )


def _possible_steps(at: Statement, now: int) -> Iterator[dict[str, Any]]:
    """Return the possible next steps, and whether each needs a reason."""
    state = at.state(now)
    if state in ("open", "not-yet-open"):
        yield {"name": "close", "reason": True}
    elif state == "archived":
        yield {"name": "unarchive", "reason": False}
    else:
        if at.closes_at is None or at.closes_at > now:
            yield {"name": "open", "reason": False}
        yield {"name": "archive", "reason": True}


# A new statement.

new_statement_bp = Blueprint("new_statement", __name__, url_prefix="/admin")


@new_statement_bp.get("/statements/new")
@limited("desk")
@requires_role("owner")
def show_new_statement() -> ResponseReturnValue:
    """Show the form with the required fields of a statement."""
    return _render_new_statement(typed_text("slug", *TEXT_FIELDS) | {"locale": desk_locale()})


@new_statement_bp.post("/statements")
@limited("desk")
@requires_role("owner", most_bytes=TEXT_BYTES)
def add() -> ResponseReturnValue:
    """Create a draft; if it is invalid, show the input again with the errors."""
    here, values = get_context(), typed_text("slug", "locale", *TEXT_FIELDS)
    try:
        file = read_statement_form(values)
        create_statement(here.db, file, actor=desk_request().actor, now=here.clock())
    except StatementFileError as refusal:
        return _render_new_statement(values, errors=text_errors(refusal))
    except Conflict:
        return _render_new_statement(values, errors=explain({"slug": ["slug-taken"]}, TEXT_ERROR_PREFIX))
    return redirect(url_for("statements.show_overview", slug=file.slug, done="new"), 303)


def _render_new_statement(values: dict[str, str], *, errors: Errors | None = None) -> Response:
    page = desk_page(
        "desk/new_statement.html",
        status=422 if errors else 200,
        values=values,
        errors=errors or {},
        languages=translations.language_names(desk_locale()),
        longest=BODY_LONGEST_BYTES,
        address=get_context().links.page(""),
        in_locale=values["locale"],
        in_dir="auto",
    )
    return with_editor_policy(page)
