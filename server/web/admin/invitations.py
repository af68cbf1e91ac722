"""Invitations at the desk: people who signed elsewhere are asked to confirm; progress, and stopping."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from server.errors import Invalid, StatementClosed, StatementNotOpen
from server.services.invitations import Inviting, clean_source, invite_signers, stop_invitations
from server.tables import invitations, outbox
from server.text.signatory_list.entries import Entry
from server.web.admin.auth import actor_and_now, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.limits import limited

bp = Blueprint("invitations", __name__, url_prefix="/admin/statements/<slug>/invitations")
_DONE = ("invited", "stopped")
_COUNTED = ("invited", "known", "full", "addressless", "stopped")


def invite_rows(slug: str, entries: Sequence[Entry], source: str) -> ResponseReturnValue:
    """Invite the people in these rows and redirect to the progress page; ``source`` says where they signed.

    Raises ``Invalid`` with codes by field.
    """
    here = get_context()
    inviting = Inviting(clean_source(source), here.settings.invitations_per_hour, here.keys, here.sealer)
    try:
        done = invite_signers(here.db, slug, entries, inviting=inviting, **actor_and_now())
    except (StatementClosed, StatementNotOpen) as refusal:
        raise Invalid({"as": ["not-open"]}) from refusal
    counts = {"invited": done.invited, "known": len(done.known), "full": len(done.full)}
    return _redirect_done(slug, "invited", **counts, addressless=len(done.without_address))


@bp.get("/")
@limited("desk")
@requires_role("moderator")
def show_invitations(slug: str) -> ResponseReturnValue:
    """Show how many people were invited and how many responded."""
    at, done = desk_request().at, request.args.get("done")
    with get_context().db.read() as tx:
        progress = invitations.get_progress(tx, at.id)
        lists = invitations.list_of_statement(tx, at.id)
        last_due_at = outbox.find_last_invitation_due(tx, at.id)
    return desk_page(
        "desk/invitations.html",
        progress=progress,
        lists=lists,
        last_due_at=last_due_at,
        done=done if done in _DONE else None,
        counts={name: request.args.get(name, 0, type=int) for name in _COUNTED},
        zone=at.zone,
    )


@bp.post("/stop")
@limited("desk")
@requires_role("moderator")
def stop(slug: str) -> ResponseReturnValue:
    """Cancel the invitations that were not sent yet."""
    stopped = stop_invitations(get_context().db, slug, **actor_and_now())
    return _redirect_done(slug, "stopped", stopped=stopped)


def _redirect_done(slug: str, done: str, **counts: Any) -> ResponseReturnValue:
    return see_other("invitations.show_invitations", slug=slug, done=done, **counts)
