"""Edit: an admin writes somebody's line anew, and says why; the journal keeps both."""

from server.actions.amend import Line, written
from server.actions.linked import subject_of
from server.actions.moderate import WrongState, get_at
from server.errors import Invalid
from server.records import journal, signatures, statements, tallies
from server.storage import Conflict, Store, retried


@retried
def edit(db: Store, slug: str, signature_id: int, line: Line, *, actor: str, reason: str, now: int) -> bool:
    """Change the line of a confirmed or held signature, and leave its state alone; False when nothing is different.

    Its signer is told nothing. Raises ``NotFound``, ``WrongState``, and ``Invalid`` when this mailbox has signed under
    the new name already.
    """
    with db.write() as tx:
        signature = get_at(tx, slug, signature_id)
        if signature.state not in ("confirmed", "held"):
            raise WrongState(f"only a confirmed or held line can be edited; {signature_id} is {signature.state}")
        if line.get("visibility", signature.visibility) != signature.visibility:
            raise Invalid({"visibility": ["not-a-choice"]})  # nobody but the signer says how they are shown
        changed = {name: value for name, value in line.items() if value != getattr(signature, name)}
        if not changed:
            return False
        try:
            signatures.amend(tx, signature_id, written(signature, line), now=now)
        except Conflict as taken:
            raise Invalid({"name": ["signed-already"]}) from taken
        if "country" in changed and signature.state == "confirmed":
            tallies.swap_country(tx, subject_of(signatures.get(tx, signature_id)), was=signature.country)
        statements.touch(tx, signature.statement_id)
        journal.write(
            tx,
            "signature.edit",
            actor=actor,
            subject=f"signature:{signature_id}",
            reason=reason,
            before={name: getattr(signature, name) for name in changed},
            after=changed,
            statement_id=signature.statement_id,
            now=now,
        )
    return True
