"""Edit: an admin writes somebody's line anew, and says why; the journal keeps both."""

from server.actions.lines import Line, check_seen, rewrite
from server.actions.moderate import WrongState
from server.errors import Invalid
from server.records import journal, signatures, statements
from server.storage import Store, retried


@retried
def edit(db: Store, slug: str, signature_id: int, line: Line, *, seen: str, actor: str, reason: str, now: int) -> bool:
    """Change the line of a confirmed or held signature, and leave its state alone; False when nothing is different.

    Its signer is told nothing, so nothing of theirs is overwritten unread: ``seen`` is the fingerprint of the line that
    the admin was shown. Raises ``NotFound``, ``WrongState``, ``LineChanged``, and ``Invalid`` when this mailbox has
    signed under the new name already.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if signature.state not in ("confirmed", "held"):
            raise WrongState(f"only a confirmed or held line can be edited; {signature_id} is {signature.state}")
        if line.get("visibility", signature.visibility) != signature.visibility:
            raise Invalid({"visibility": ["not-a-choice"]})  # nobody but the signer says how they are shown
        changed = {name: value for name, value in line.items() if value != getattr(signature, name)}
        if not changed:
            return False
        check_seen(signature, seen, differing=list(changed))
        rewrite(tx, signature, line, now=now)
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
