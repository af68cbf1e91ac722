"""Resend: who comes with an expired link gets a new one, to the address that the old one went to."""

from server.actions.confirm import find_signature
from server.actions.telling import tell
from server.errors import LinkInvalid
from server.links import SignatureRef
from server.records import statements
from server.storage import Store, retried


@retried
def resend(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Put the confirm email into the outbox once more; the budget of the address is looked at when it is sent.

    Raises ``LinkInvalid`` when the pending signature is gone: then one has to sign again; and ``StatementClosed`` when
    there is nothing to sign any more. A signature that has been confirmed meanwhile needs no email, and gets none.
    """
    with db.write() as tx:
        signature = find_signature(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        if not tell(tx, "confirm", signature, now=now):
            raise LinkInvalid("this link leads nowhere any more")
