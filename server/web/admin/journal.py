"""The journal at the desk: search and export."""

import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server.db import Tx
from server.errors import BadRequest, ValueRefused
from server.exports import export_journal
from server.tables import journal
from server.tables.journal import ACTOR_SIGNER, JournalEntry, JournalSearch
from server.tables.statements import UTC_ZONE
from server.text import translations
from server.text.dates import start_of_day
from server.web.admin.auth import desk_locale, desk_request, requires_role
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
    *("admin.recovery-codes", "token.add", "token.revoke", "chore.prune"),
)
"""Actions with a translated name, in the order of the search menu."""

_SEARCH_FIELDS = ("actor", "verb", "subject", "reason", "day", "signers")
_LONGEST = 200
_HIGHEST_ID = 2**62


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
    asked = {name: request.args.get(name, "").replace("\0", "").strip() for name in _SEARCH_FIELDS}
    if any(len(value) > _LONGEST for value in asked.values()):
        raise BadRequest(f"a search may have at most {_LONGEST} characters in each field")
    before_id = request.args.get("before", type=int)
    before_id = None if before_id is None else max(0, min(before_id, _HIGHEST_ID))
    search = _read_search(asked, timezone)
    with get_context().db.read() as tx:
        found = [] if search is None else _search(tx, search, whose, before_id)
        newest = None if slug else journal.find_newest(tx)
    where: dict[str, Any] = {"slug": slug} if slug else {}
    place = "statement" if slug else "server"
    here = partial(url_for, f"journal.show_{place}_journal", **where)
    filters: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return desk_page(
        "desk/journal.html",
        status=422 if search is None else 200,
        errors=explain({"day": ["day"]}) if search is None else {},
        rows=[_entry_shape(entry) for entry in found[:PAGE_LENGTH]],
        asked=asked,
        verbs=_verb_options(asked["verb"]),
        timezone=timezone,
        newest=newest and f"{newest[0]}:{newest[1].hex()}",
        here=here(),
        older=here(**filters, before=found[PAGE_LENGTH - 1].id) if len(found) > PAGE_LENGTH else None,
        newer=here(**filters) if before_id is not None else None,
        export=url_for(f"journal.export_{place}_journal", **where),
    )


def _verb_options(asked: str) -> list[tuple[str, str]]:
    """Return the options of the action filter with translated names, and the searched action if it is unknown."""
    known = JOURNAL_VERBS if not asked or asked in JOURNAL_VERBS else (*JOURNAL_VERBS, asked)
    return [(verb, translations.find_text(desk_locale(), f"desk.verb.{verb}") or verb) for verb in known]


def _search(tx: Tx, search: JournalSearch, statement_id: int | None, before_id: int | None) -> list[JournalEntry]:
    return journal.list_page(tx, search, statement_id=statement_id, before_id=before_id, most=PAGE_LENGTH + 1)


def _read_search(asked: dict[str, str], timezone: str) -> JournalSearch | None:
    """Return the parsed search; None if the day is invalid."""
    within, actor = {}, asked["actor"].lower()
    if asked["day"]:
        try:
            within["since"] = start_of_day(asked["day"], timezone)
            within["until"] = start_of_day(asked["day"], timezone, days_later=1)
        except ValueRefused:
            return None
    return JournalSearch(
        actor=f"admin:{actor}" if actor and ":" not in actor and actor not in (ACTOR_SIGNER, "cli") else actor or None,
        verb=asked["verb"] or None,
        subject=":".join(asked["subject"].split()) or None,
        reason=asked["reason"] or None,
        with_signers=bool(asked["signers"]) or actor == ACTOR_SIGNER,
        **within,
    )


def _entry_shape(entry: JournalEntry) -> dict[str, Any]:
    return {
        "entry": entry,
        "before": _readable(entry.before),
        "after": _readable(entry.after),
        "hash": entry.hash.hex(),
    }


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
