"""The outbox at the desk: the emails of the whole server by state, whether they leave, and a new try."""

from typing import get_args

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from server.services.outbox import check_outbox, retry_refused
from server.tables import outbox
from server.tables.outbox import EmailState
from server.tables.statements import UTC_ZONE
from server.text import translations
from server.web.admin.auth import actor_and_now, desk_locale, requires_role
from server.web.admin.lists import DeskList
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.limits import limited

bp = Blueprint("outbox", __name__, url_prefix="/admin/outbox")
PAGE_LENGTH = 50
STATES: tuple[EmailState, ...] = get_args(EmailState)


@bp.get("")
@limited("desk")
@requires_role("owner")
def show_outbox() -> ResponseReturnValue:
    """List the emails in a state, newest first, without their addresses, and say whether emails leave."""
    here = get_context()
    listed = DeskList("outbox.show_outbox", ("state",), PAGE_LENGTH, is_lenient=True)
    state: EmailState = next((one for one in STATES if one == listed.filters.get("state")), "waiting")
    with here.db.read() as tx:
        health = check_outbox(tx, late_after_s=here.settings.mail_late_after_s, now=here.clock())
        counted = outbox.count_deliveries(tx)
        found = outbox.list_emails(tx, state, before_id=listed.at[0], most=PAGE_LENGTH + 1)
    rows, following = listed.cut(found, lambda email: (email.id,))
    return desk_page(
        "desk/outbox.html",
        state=state,
        states=[(one, translations.text(desk_locale(), f"desk.outbox.state.{one}")) for one in STATES],
        health=health,
        counted=counted,
        rows=rows,
        links=listed.links(following),
        timezone=UTC_ZONE,
        retried=request.args.get("retried", type=int),
    )


@bp.post("/retry")
@limited("desk")
@requires_role("owner")
def retry() -> ResponseReturnValue:
    """Send the emails that the mail server refused again now."""
    emails = retry_refused(get_context().db, **actor_and_now())
    return see_other("outbox.show_outbox", retried=emails)
