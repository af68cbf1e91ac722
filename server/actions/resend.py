"""Resend: one more confirm email to the address that the first one went to, for a signer or an admin who asks."""

from server.actions.confirm import get_signature
from server.actions.moderate import WrongState
from server.actions.telling import tell
from server.errors import LinkInvalid
from server.links import SignatureRef
from server.records import journal, signatures, statements
from server.storage import Store, retried


@retried
def resend(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Put the confirm email into the outbox once more; the budget of the address is looked at when it is sent.

    Raises ``LinkInvalid`` when the pending signature is gone: then one has to sign again; and ``StatementClosed`` when
    there is nothing to sign any more. A signature that has been confirmed meanwhile needs no email, and gets none.
    """
    with db.write() as tx:
        signature = get_signature(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        if not tell(tx, "confirm", signature, now=now):
            raise LinkInvalid("this link leads nowhere any more")


@retried
def resend_for_admin(db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int) -> None:
    """Do the same for an admin, to whom somebody wrote that nothing came.

    Raises ``NotFound``, ``StatementClosed``, and ``WrongState`` when it does not wait, or its address is gone.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        signature = signatures.get_of(tx, statement.id, signature_id)
        statements.check_confirmable(statement, now=now)
        if signature.state != "pending" or not tell(tx, "confirm", signature, now=now):
            raise WrongState(f"nothing can be sent about signature {signature_id}, which is {signature.state}")
        journal.write(
            tx,
            "signature.resend",
            actor=actor,
            subject=f"signature:{signature_id}",
            reason=reason,
            statement_id=signature.statement_id,
            now=now,
        )
