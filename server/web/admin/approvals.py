"""Moderation decisions about one or many signatures, and the queue of signatures that wait for approval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.db import Conflict, Row
from server.errors import BadRequest, ValueRefused
from server.services import moderation
from server.services.moderation import WrongState
from server.services.shared import LineChanged, row_fingerprint
from server.tables import signature_queries, signatures
from server.tables.signatures import Signature
from server.text.names import KINDS
from server.web.admin.auth import desk_request, requires_role
from server.web.admin.lists import DeskList
from server.web.admin.page import Errors, desk_page, explain
from server.web.context import get_context, see_other
from server.web.forms import Form, boxes_field, raw_field, reason_field, sent_values, whole_number
from server.web.limits import limited

# Decisions about one or many signatures.

MOST_AT_ONCE = 50
_DECISIONS: dict[str, Callable[..., object]] = {
    "hold": moderation.hold_signature,
    "approve": moderation.approve_signature,
    "remove": moderation.remove_signature,
    "restore": moderation.restore_signature,
}
_WITHOUT_REASON = ("approve",)
_PUBLISHING = ("approve", "restore")
_SKIPPED = ("unfit", "taken", "unread")


@dataclass(frozen=True)
class Decision:
    """A submitted decision; if it is invalid, ``wrong`` is a key of ``desk.signatures.wrong.*``.

    ``seen`` has the fingerprints of the lines that the page showed, by signature id.
    """

    verb: str
    ids: tuple[int, ...]
    seen: Mapping[int, str]
    reason: str
    wrong: str | None
    errors: Errors


@dataclass(frozen=True)
class DecisionResult:
    """How many signatures were changed (``done``), and how many were skipped.

    ``unfit``: the state had changed meanwhile. ``taken``: a signature with the same name is already on the list.
    ``unread``: the line was edited after the page showed it.
    """

    done: int
    unfit: int
    taken: int
    unread: int


class DecisionForm(Form):
    """A decision about the ticked signatures; each row also sends ``seen-<id>``, the fingerprint of its line."""

    verb = raw_field()
    id = boxes_field()
    reason = reason_field()


def read_decision(*ids: int) -> Decision:
    """Return the decision about the signatures ``ids``; without ``ids``, about the ticked ones.

    Raises ``BadRequest`` and ``NotFound``.
    """
    form = DecisionForm()
    verb = form.verb.data
    if verb not in _DECISIONS:
        raise BadRequest("the decision is missing or unknown")
    asked = ids or [read_signature_id(typed) for typed in form.id.data[: MOST_AT_ONCE + 1]]
    found = tuple(get_signature(id_).id for id_ in asked)
    form.needed = () if verb in _WITHOUT_REASON else ("reason",)
    wrong = None if form.validate() else "fields"
    if not found:
        wrong = "none"
    elif len(found) > MOST_AT_ONCE:
        wrong = "too-many"
    seen = {id_: sent_values().get(f"seen-{id_}", "") for id_ in found}
    return Decision(verb, found, seen, form.reason.data or "", wrong, explain(form.wrong))


def apply_decision(decision: Decision) -> DecisionResult:
    """Apply the decision to each signature in a transaction of its own; one that fails does not stop the others."""
    done = unfit = taken = unread = 0
    for id_ in decision.ids:
        try:
            _decide_one(decision, id_)
            done += 1
        except WrongState:
            unfit += 1
        except Conflict:
            taken += 1
        except LineChanged:
            unread += 1
    return DecisionResult(done, unfit, taken, unread)


def _decide_one(decision: Decision, id_: int) -> None:
    """Apply the decision to one signature; publishing is refused if its line differs from the one that was shown."""
    here, asking = get_context(), desk_request()
    seen = {"seen": decision.seen[id_]} if decision.verb in _PUBLISHING else {}
    by = {"actor": asking.actor, "reason": decision.reason or None, "now": here.clock()}
    _DECISIONS[decision.verb](here.db, asking.at.slug, id_, **seen, **by)


def decision_query(decision: Decision, decided: DecisionResult) -> dict[str, Any]:
    """Return the result as query arguments for the redirect."""
    left = {name: getattr(decided, name) for name in _SKIPPED}
    return {"done": decision.verb, "count": decided.done} | left


def read_decision_result() -> dict[str, Any] | None:
    """Return the result of the previous decision from the query; None if there was none."""
    if request.args.get("done") not in _DECISIONS:
        return None
    return {"verb": request.args["done"]} | {name: request.args.get(name, 0, int) for name in ("count", *_SKIPPED)}


def read_signature_id(typed: str) -> int:
    """Return a signature id from a URL or form; raises ``BadRequest``."""
    try:
        return whole_number(typed)
    except ValueRefused as refusal:
        raise BadRequest("this is not a valid number") from refusal


def get_signature(signature_id: int) -> Signature:
    """Return a signature of the current statement; raises ``NotFound``."""
    with get_context().db.read() as tx:
        return signatures.get_of(tx, desk_request().at.id, signature_id)


# The queue.

bp = Blueprint("approvals", __name__, url_prefix="/admin/statements/<slug>/queue")
PAGE_LENGTH = 25
DAY_S = 24 * 60 * 60
_KINDS = KINDS[::-1]  # organisations first: they are held more often
_OLDEST = (0, 0)  # the cursor: since when the row is held, and its id


@bp.get("")
@limited("desk")
@requires_role("moderator")
def show_approvals(slug: str) -> ResponseReturnValue:
    """Show the held signatures of organisations or individuals."""
    return _render_approvals()


@bp.post("")
@limited("desk")
@requires_role("moderator")
def decide(slug: str) -> ResponseReturnValue:
    """Approve or remove one held signature, then show the same page of the queue again."""
    decision, listed = read_decision(), _read_queue()
    if decision.wrong:
        return _render_approvals(decision=decision)
    return see_other(listed.view, **listed.query(), **decision_query(decision, apply_decision(decision)))


def _read_queue() -> DeskList:
    return DeskList("approvals.show_approvals", ("kind",), PAGE_LENGTH, start=_OLDEST)


def _render_approvals(*, decision: Decision | None = None) -> Response:
    asking, listed = desk_request(), _read_queue()
    kind = listed.filters.get("kind", _KINDS[0])
    if kind not in _KINDS:
        raise BadRequest("there is no such kind of signer")
    with get_context().db.read() as tx:
        found = signature_queries.list_held_signatures(tx, asking.at.id, kind, after=listed.at, most=PAGE_LENGTH + 1)
        rows, following = listed.cut(found, lambda row: (row["held_at"], row["id"]))
        waiting = [
            row | {"reasons": signatures.list_holds(tx, row["id"]), "seen": row_fingerprint(row)} for row in rows
        ]
        oldest = {
            one: _days_waiting(signature_queries.list_held_signatures(tx, asking.at.id, one, after=_OLDEST, most=1))
            for one in _KINDS
        }
    return desk_page(
        "desk/approvals.html",
        status=422 if decision else 200,
        kind=kind,
        kinds=_KINDS,
        lines=waiting,
        oldest=oldest,
        decision=decision,
        zone=asking.at.zone,
        links=listed.links(following),
        done=read_decision_result(),
    )


def _days_waiting(rows: list[Row]) -> int | None:
    """Return how many whole days the oldest row has waited; None if the queue is empty."""
    return (get_context().clock() - rows[0]["held_at"]) // DAY_S if rows else None
