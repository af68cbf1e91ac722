"""Forget: all that tells who signed goes, and what is left of the signature counts no more."""

from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, holds, journal, mailings, outbox, signatures, subscriptions
from server.storage import Store, retried


@retried
def forget(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Erase a signer: line, address, the keys of both, news, emails, and what admins wrote
    in its place; the link ends with them.

    What stays is that somebody signed this text, and when, and withdrew. One that was removed stays removed, and by
    the key of its address it keeps the seat of its mailbox. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        was_removed = signature.state == "removed"
        signatures.forget(tx, signature.id, now=now)
        holds.release(tx, signature.id, now=now)
        subscriptions.erase(tx, signature.id)
        contacts.erase(tx, signature.id)
        outbox.forget(tx, signature.id)
        if signature.email_key is not None and not was_removed:
            mailings.forget(tx, email_key=signature.email_key, statement_id=signature.statement_id)
        journal.erase_details(tx, f"signature:{signature.id}")
        record(tx, "forget", signature, "removed" if was_removed else "withdrawn", now=now)
    db.tidy()
