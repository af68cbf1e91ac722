"""The list of statements, a statement's overview, its lifecycle, and new statements."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.db import Conflict
from server.services.backups import list_backups
from server.services.outbox import check_outbox
from server.services.statements import archive_statement, close_statement, open_statement, unarchive_statement
from server.services.texts import create_statement
from server.tables import admins, outbox, statements
from server.tables import counts as counts_table
from server.tables import texts as texts_table
from server.tables.statements import Statement
from server.text import translations
from server.text.statement_file import BODY_LONGEST_BYTES
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.admin.texts import TEXT_BYTES, NewTextForm, with_editor_policy
from server.web.context import get_context, see_other
from server.web.forms import Form, raw_field, reason_field
from server.web.limits import limited

# Statements.


class ReasonForm(Form):
    """Why a statement is closed or archived."""

    needed = ("reason",)
    reason = reason_field()


bp = Blueprint("statements", __name__, url_prefix="/admin")
HOUR_S = 3600
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
        outbox_health = check_outbox(tx, late_after_s=here.settings.mail_late_after_s, now=now)
    return desk_page(
        "desk/statements.html",
        rows=rows,
        backup=_find_backup() if asking.may("owner") else None,
        late_since=outbox_health.late_since if asking.may("owner") else None,
    )


def _find_backup() -> dict[str, Any] | None:
    """Return the newest nightly backup of this server; None if it makes none."""
    place, now = get_context().settings.nightly_backups, get_context().clock()
    if place is None:
        return None
    newest = next(iter(list_backups(place.folder)), None)
    if newest is None:
        return {"made_at": None, "is_late": False}
    age_s = max(0, now - newest.made_at)
    return {
        "made_at": newest.made_at,
        "hours": age_s // HOUR_S,
        "megabytes": math.ceil(newest.size / 1_000_000),
        "is_late": newest.is_late(now=now),
    }


@bp.get("/statements/<slug>")
@limited("desk")
@requires_role("viewer")
def show_overview(slug: str) -> ResponseReturnValue:
    """Show a statement's state and counts; its owner also sees the possible next steps."""
    return _render_overview(ReasonForm())


@bp.post("/statements/<slug>/open")
@limited("desk")
@requires_role("owner")
def open_(slug: str) -> ResponseReturnValue:
    """Open a statement for signatures, from its planned day on."""
    here = get_context()
    open_statement(here.db, slug, **actor_and_now())
    return _redirect_done(slug, "open")


@bp.post("/statements/<slug>/close")
@limited("desk")
@requires_role("owner")
def close(slug: str) -> ResponseReturnValue:
    """Close a statement: it accepts no further signatures."""
    return _do_for_reason(slug, "close", close_statement)


@bp.post("/statements/<slug>/archive")
@limited("desk")
@requires_role("owner")
def archive(slug: str) -> ResponseReturnValue:
    """Archive a statement, so that the public cannot see it."""
    return _do_for_reason(slug, "archive", archive_statement)


@bp.post("/statements/<slug>/unarchive")
@limited("desk")
@requires_role("owner")
def unarchive(slug: str) -> ResponseReturnValue:
    """Bring a statement back from the archive."""
    here = get_context()
    unarchive_statement(here.db, slug, **actor_and_now())
    return _redirect_done(slug, "unarchive")


def _do_for_reason(slug: str, step: str, do: Callable[..., object]) -> ResponseReturnValue:
    """Take a step that needs a reason; without one, show the form again."""
    here, form = get_context(), ReasonForm()
    if not form.validate():
        return _render_overview(form, tried=step)
    do(here.db, slug, reason=form.reason.data, **actor_and_now())
    return _redirect_done(slug, step)


def _redirect_done(slug: str, step: str) -> ResponseReturnValue:
    return see_other("statements.show_overview", slug=slug, done=step)


def _list_moments(at: Statement, *, now: int) -> list[tuple[str, int]]:
    """Return past and planned dates by column name; ``closed_at`` is when it ended, by hand or by plan."""
    moments = {name: getattr(at, name) for name in _DATES_SHOWN} | {"closed_at": at.ended_at(now)}
    return [(name, epoch) for name, epoch in moments.items() if epoch is not None]


def _render_overview(form: ReasonForm, *, tried: str | None = None) -> Response:
    here, asking = get_context(), desk_request()
    now, at = here.clock(), asking.at
    with here.db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        counts = counts_table.get_counts(tx, at.id)
        emails_waiting = sum(outbox.count_waiting_by_domain(tx, at.id).values())
    state = at.state(now)
    return desk_page(
        "desk/overview.html",
        form=form,
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


class NewStatementForm(NewTextForm):
    """A statement with its first text."""

    slug = raw_field()


new_statement_bp = Blueprint("new_statement", __name__, url_prefix="/admin")


@new_statement_bp.get("/statements/new")
@limited("desk")
@requires_role("owner")
def show_new_statement() -> ResponseReturnValue:
    """Show the form with the required fields of a statement."""
    return _render_new_statement(NewStatementForm(data={"locale": desk_locale()}))


@new_statement_bp.post("/statements")
@limited("desk")
@requires_role("owner", most_bytes=TEXT_BYTES)
def add() -> ResponseReturnValue:
    """Create a draft; if it is invalid, show the input again with the errors."""
    here, form = get_context(), NewStatementForm()
    file = form.read_file(form.slug.data, form.locale.data)
    if file is None:
        return _render_new_statement(form)
    try:
        create_statement(here.db, file, **actor_and_now())
    except Conflict:
        form.refuse("slug", "slug-taken")
        return _render_new_statement(form)
    return see_other("statements.show_overview", slug=file.slug, done="new")


def _render_new_statement(form: NewStatementForm) -> Response:
    page = desk_page(
        "desk/new_statement.html",
        form=form,
        languages=translations.language_names(desk_locale()),
        longest=BODY_LONGEST_BYTES,
        address=get_context().links.page(""),
        in_locale=form.locale.data,
        in_dir="auto",
    )
    return with_editor_policy(page)
