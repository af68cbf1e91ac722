"""Disown: the owner of a mailbox says that it was not they who signed, and hears no more of it."""

from server.actions.confirm import find_signature
from server.links import SignatureRef
from server.records import journal, outbox, signatures, suppressions
from server.storage import Store, retried

EVERYWHERE = 0
_REASON = "not me"


@retried
def disown(db: Store, ref: SignatureRef, *, everywhere: bool, now: int) -> bool:
    """Delete what waits for this mailbox under this name, its address with it, and write to it no more.

    That is about this statement, and where ``everywhere`` is wished about no other either. False when the signature
    was confirmed meanwhile: that is undone by its own link. Raises ``LinkInvalid`` when there is nothing any more.
    """
    with db.write() as tx:
        signature = find_signature(tx, ref)
        if signature.state != "pending" or signature.email_key is None:
            return False
        for statement_id in (signature.statement_id, *([EVERYWHERE] if everywhere else [])):
            suppressions.add(tx, email_key=signature.email_key, statement_id=statement_id, reason=_REASON, now=now)
        outbox.forget(tx, signature.id)
        signatures.delete_same_pendings(tx, signature)
        journal.erase_details(tx, f"signature:{signature.id}")
        journal.write(
            tx,
            "signature.disown",
            actor="signer",
            subject=f"signature:{signature.id}",
            before="pending",
            statement_id=signature.statement_id,
            now=now,
        )
    db.tidy()
    return True
