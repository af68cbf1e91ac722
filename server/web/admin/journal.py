"""The journal at the desk: search and export."""

import json
from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from server.errors import ValueRefused
from server.exports import export_journal
from server.tables import journal
from server.tables.journal import ACTOR_SIGNER, JournalSearch
from server.tables.statements import UTC_ZONE
from server.text import translations
from server.text.dates import start_of_day
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.lists import DeskList
from server.web.admin.page import desk_page, explain
from server.web.context import get_context
from server.web.downloads import file_name, send_export
from server.web.limits import limited

bp = Blueprint("journal", __name__, url_prefix="/admin")
PAGE_LENGTH = 50
JOURNAL_VERBS = (
    *("statement.text", "statement.open", "statement.close", "statement.archive", "statement.unarchive"),
    *("statement.settings", "statement.consent", "statement.release-names", "statement.remind", "statement.conclude"),
    *(
        "statement.anonymise",
        "founding.import",
        "founding.ask",
        "founding.invite",
        "founding.invite-stop",
        "founding.correct",
        "founding.arrange",
    ),
    *("signature.hold", "signature.approve", "signature.remove", "signature.restore", "signature.edit"),
    *("signature.resend", "signature.amend", "signature.affirm", "signature.keep", "signature.withdraw"),
    *(
        "signature.forget",
        "signature.disown",
        "signature.undo-disown",
        "signature.stop-news",
        "signature.stop-partner-news",
    ),
    *("partner.add", "partner.change", "partner.newsletter", "partner.report", "partner.report-end", "partner.leave"),
    *(
        "partner.revoke",
        "partner.restore",
        "domain.trust",
        "domain.limit",
        "export.begin",
        "export.begin-public",
        "export.begin-with-contacts",
    ),
    *("export.begin-subscribers", "export.end", "export.broken"),
    *("journal.export", "journal.exported", "journal.export-broken"),
    *("admin.add", "admin.role", "admin.reset", "admin.disable", "admin.enable", "admin.end-sessions"),
    *("admin.first-log-in", "admin.enrol", "admin.log-in", "admin.log-out", "admin.code-refused", "admin.password"),
    *("admin.recovery-codes", "token.add", "token.revoke", "chore.prune", "outbox.retry"),
    *("outbox.bounced", "outbox.refused", "outbox.complaint", "outbox.allow"),
)
"""Actions with a translated name, in the order of the search menu."""

_SEARCH_FIELDS = ("actor", "verb", "subject", "reason", "day", "signers")


@bp.get("/statements/<slug>/journal")
@limited("desk")
@requires_role("moderator")
def show_statement_journal(slug: str) -> ResponseReturnValue:
    """Show the journal of a statement."""
    return _render_journal(slug)


@bp.get("/journal")
@limited("desk")
@requires_role("owner")
def show_server_journal() -> ResponseReturnValue:
    """Show the journal of the whole server and its newest hash, which reveals if the end was cut off."""
    return _render_journal(None)


@bp.post("/statements/<slug>/journal/export")
@limited("desk")
@requires_role("moderator")
def export_statement_journal(slug: str) -> ResponseReturnValue:
    """Export the journal of a statement."""
    return _send_journal(slug)


@bp.post("/journal/export")
@limited("desk")
@requires_role("owner")
def export_server_journal() -> ResponseReturnValue:
    """Export the journal of the whole server."""
    return _send_journal(None)


def _render_journal(slug: str | None) -> Response:
    asking = desk_request()
    whose, timezone = (asking.at.id, asking.at.zone) if slug else (None, UTC_ZONE)
    place = "statement" if slug else "server"
    listed = DeskList(f"journal.show_{place}_journal", _SEARCH_FIELDS, PAGE_LENGTH, is_lenient=True)
    search = _read_search(listed.filters, timezone)
    with get_context().db.read() as tx:
        newest = None if slug else journal.find_newest(tx)
        found = search and journal.list_page(
            tx, search, statement_id=whose, before_id=listed.at[0], most=PAGE_LENGTH + 1
        )
    rows, following = listed.cut(found or [], lambda entry: (entry.id,))
    return desk_page(
        "desk/journal.html",
        status=422 if search is None else 200,
        errors=explain({"day": ["day"]}) if search is None else {},
        rows=rows,
        readable=_readable,
        links=listed.links(following),
        asked=listed.filters,
        verbs=_verb_options(listed.filters.get("verb", "")),
        timezone=timezone,
        newest=newest and f"{newest[0]}:{newest[1].hex()}",
        here=url_for(listed.view, slug=slug),
        export=url_for(f"journal.export_{place}_journal", slug=slug),
    )


def _verb_options(asked: str) -> list[tuple[str, str]]:
    """Return the options of the action filter with translated names, and the searched action if it is unknown."""
    known = JOURNAL_VERBS if not asked or asked in JOURNAL_VERBS else (*JOURNAL_VERBS, asked)
    return [(verb, translations.find_text(desk_locale(), f"desk.verb.{verb}") or verb) for verb in known]


def _read_search(asked: dict[str, str], timezone: str) -> JournalSearch | None:
    """Return the parsed search; None if the day is invalid."""
    within, actor = {}, asked.get("actor", "").lower()
    if "day" in asked:
        try:
            within["since"] = start_of_day(asked["day"], timezone)
            within["until"] = start_of_day(asked["day"], timezone, days_later=1)
        except ValueRefused:
            return None
    return JournalSearch(
        actor=f"admin:{actor}" if actor and ":" not in actor and actor not in (ACTOR_SIGNER, "cli") else actor or None,
        verb=asked.get("verb"),
        subject=":".join(asked.get("subject", "").split()) or None,
        reason=asked.get("reason"),
        with_signers="signers" in asked or actor == ACTOR_SIGNER,
        **within,
    )


def _readable(value: Any) -> str | None:
    """Return a value before or after a change in readable form, simple objects as ``name: value`` lines."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values()):
        return "\n".join(f"{name}: {'' if one is None else one}" for name, one in value.items())
    return json.dumps(value, ensure_ascii=False, indent=2)


def _send_journal(slug: str | None) -> Response:
    here = get_context()
    asking = desk_request()
    timezone = asking.at.zone if slug else UTC_ZONE
    export = export_journal(here.db, slug, since=0, actor=asking.actor, clock=here.clock)
    return send_export(export, file_name(slug or "server", "journal", now=here.clock(), timezone=timezone))
