"""Decisions about signatures, one or several at once, with a reason: for the list, a line and the queue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from server.actions import moderate
from server.actions.lines import LineChanged
from server.actions.moderate import WrongState
from server.errors import BadRequest, Invalid
from server.records import signatures
from server.records.signatures import Signature
from server.storage import Conflict
from server.web.admin.doors import desk
from server.web.admin.why import read_why
from server.web.admin.wrong import Errors, explained
from server.web.services import services

MOST_AT_ONCE = 50
_DIGITS = 18
_VERBS: dict[str, Callable[..., object]] = {
    "hold": moderate.hold,
    "approve": moderate.approve,
    "remove": moderate.remove,
    "restore": moderate.restore,
}
_WITHOUT_REASON = ("approve",)
_PUBLISHING = ("approve", "restore")
_LEFT = ("unfit", "taken", "unread")


@dataclass(frozen=True)
class Decision:
    """What the form says; when it will not do, ``wrong`` is a word of ``desk.signatures.wrong.*``.

    ``seen`` are the fingerprints of the lines that the page showed, by id.
    """

    verb: str
    ids: tuple[int, ...]
    seen: Mapping[int, str]
    reason: str
    wrong: str | None
    errors: Errors


@dataclass(frozen=True)
class Decided:
    """How many were decided, and how many were not.

    Of the ``unfit`` something else had become, a namesake of the ``taken`` stands on the list, and the ``unread`` were
    written anew since the page showed them.
    """

    done: int
    unfit: int
    taken: int
    unread: int


def read_decision(ids: Sequence[str]) -> Decision:
    """Return the decision about these signatures that the form says; raises ``BadRequest`` and ``NotFound``."""
    verb = request.form.get("verb", "")
    if verb not in _VERBS:
        raise BadRequest("this is no decision")
    found = tuple(get_here(read_id(id_)).id for id_ in ids[: MOST_AT_ONCE + 1])
    reason, errors = read_reason(needed=verb not in _WITHOUT_REASON)
    wrong = "fields" if errors else None
    if not found:
        wrong = "none"
    elif len(found) > MOST_AT_ONCE:
        wrong = "too-many"
    seen = {id_: request.form.get(f"seen-{id_}", "") for id_ in found}
    return Decision(verb, found, seen, reason, wrong, errors)


def read_reason(*, needed: bool = True) -> tuple[str, Errors]:
    """Return the reason that the form says, and what is wrong with it; one that will not do comes back as typed."""
    try:
        return read_why(needed=needed) or "", {}
    except Invalid as refusal:
        return request.form.get("reason", ""), explained(refusal.fields)


def carry_out(decision: Decision) -> Decided:
    """Decide about each on its own: what does not fit one of them keeps nobody else waiting."""
    done = unfit = taken = unread = 0
    for id_ in decision.ids:
        try:
            _decide(decision, id_)
            done += 1
        except WrongState:
            unfit += 1
        except Conflict:
            taken += 1
        except LineChanged:
            unread += 1
    return Decided(done, unfit, taken, unread)


def _decide(decision: Decision, id_: int) -> None:
    """Do it to one; what would be published is held against the line that was shown."""
    here, asking = services(), desk()
    seen = {"seen": decision.seen[id_]} if decision.verb in _PUBLISHING else {}
    by = {"actor": asking.actor, "reason": decision.reason or None, "now": here.clock()}
    _VERBS[decision.verb](here.db, asking.at.slug, id_, **seen, **by)


def told(decision: Decision, decided: Decided) -> dict[str, Any]:
    """Return what the next page is told in its address."""
    left = {name: getattr(decided, name) for name in _LEFT}
    return {"done": decision.verb, "count": decided.done} | left


def read_told() -> dict[str, Any] | None:
    """Return what this page was told of the decision before it, None where there was none."""
    if request.args.get("done") not in _VERBS:
        return None
    return {"verb": request.args["done"]} | {name: request.args.get(name, 0, int) for name in ("count", *_LEFT)}


def read_id(typed: str) -> int:
    """Return an id as the desk's addresses have it; raises ``BadRequest``."""
    if not typed.isdecimal() or len(typed) > _DIGITS:
        raise BadRequest("this is no number of ours")
    return int(typed)


def get_here(signature_id: int) -> Signature:
    """Return a signature of the statement at hand; raises ``NotFound`` for every other."""
    with services().db.read() as tx:
        return signatures.get_of(tx, desk().at.id, signature_id)
