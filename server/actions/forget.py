"""Forget: all that tells who signed goes, and what is left of the signature counts no more."""

from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, holds, journal, mailings, outbox, signatures, subscriptions
from server.storage import Store, retried


@retried
def forget(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Erase a signer: line, address, the keys of both, news, emails, and what admins wrote
    in its place; the link ends with them.

    What stays is that somebody signed this text, and when, and withdrew. One that was removed stays removed, and unless
    it was withdrawn before, it keeps the seat of its mailbox by the key of its address. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        signatures.forget(tx, signature.id, now=now)
        left = signatures.get(tx, signature.id)
        holds.release(tx, signature.id, now=now)
        subscriptions.erase(tx, signature.id)
        contacts.erase(tx, signature.id)
        outbox.forget(tx, signature.id)
        if signature.email_key is not None and left.email_key is None:
            mailings.forget(tx, email_key=signature.email_key, statement_id=signature.statement_id)
            outbox.forget_address(tx, email_key=signature.email_key, statement_id=signature.statement_id)
        journal.erase_details(tx, f"signature:{signature.id}")
        record(tx, "forget", signature, left.state, now=now)
    db.tidy()
