"""The approval queue: who waits for a decision, the longest first, with what one needs to know to decide."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actions.lines import fingerprint_of_row
from server.errors import BadRequest
from server.kinds import KINDS
from server.records import holds, signature_search
from server.storage import Row
from server.web.admin.deciding import Decision, carry_out, read_decision, read_id, read_told, told
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("queue", __name__, url_prefix="/admin/statements/<slug>/queue")
PAGE_LENGTH = 25
DAY_S = 24 * 60 * 60
_KINDS = KINDS[::-1]  # organisations are what is held more often
_OLDEST = (0, 0)


@bp.get("")
@limited("desk")
@needs("moderator")
def look(slug: str) -> ResponseReturnValue:
    """Show who waits, organisations or individuals."""
    return _page(slug)


@bp.post("")
@limited("desk")
@needs("moderator")
def decide(slug: str) -> ResponseReturnValue:
    """Approve or remove one of them; the queue goes on from where it was."""
    decision = read_decision(request.form.getlist("id"))
    if decision.wrong:
        return _page(slug, decision=decision)
    asked: dict[str, Any] = {name: value for name, value in request.args.items() if name in ("kind", "after")}
    return redirect(url_for("queue.look", slug=slug, **asked, **told(decision, carry_out(decision))), 303)


def _page(slug: str, *, decision: Decision | None = None) -> Response:
    here, asking, kind = services(), desk(), request.args.get("kind", _KINDS[0])
    if kind not in _KINDS:
        raise BadRequest("nobody of this kind signs")
    with here.db.read() as tx:
        after = _read_after(request.args.get("after", ""))
        rows = signature_search.list_held(tx, asking.at.id, kind, after=after, most=PAGE_LENGTH + 1)
        waiting = [
            row | {"reasons": holds.list_live(tx, row["id"]), "seen": fingerprint_of_row(row)}
            for row in rows[:PAGE_LENGTH]
        ]
        oldest = {
            one: _days(signature_search.list_held(tx, asking.at.id, one, after=_OLDEST, most=1)) for one in _KINDS
        }
    return desk_page(
        "desk/queue.html",
        status=422 if decision else 200,
        kind=kind,
        kinds=_KINDS,
        lines=waiting,
        oldest=oldest,
        decision=decision,
        zone=asking.at.zone,
        this_page=url_for("queue.decide", slug=slug, kind=kind, **_given("after")),
        newer=_after(slug, kind, rows[PAGE_LENGTH - 1]) if len(rows) > PAGE_LENGTH else None,
        done=read_told(),
    )


def _days(rows: list[Row]) -> int | None:
    """Return for how many whole days the first of these rows has waited; None where nobody waits."""
    return (services().clock() - rows[0]["held_at"]) // DAY_S if rows else None


def _read_after(cursor: str) -> tuple[int, int]:
    held_at, _, id_ = cursor.partition("-")
    if not cursor:
        return _OLDEST
    return read_id(held_at), read_id(id_)


def _after(slug: str, kind: str, row: Row) -> str:
    return url_for("queue.look", slug=slug, kind=kind, after=f"{row['held_at']}-{row['id']}")


def _given(name: str) -> dict[str, Any]:
    return {name: request.args[name]} if name in request.args else {}
