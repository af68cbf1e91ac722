"""Unsubscribe: the news of one signature stop, and its address goes unless there is another reason to have it."""

import hmac

from server.actions.linked import record
from server.links import SignatureRef
from server.records import contacts, signatures, statements
from server.storage import Store, retried


@retried
def unsubscribe(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Stop the news; where there are none to stop, or the signature is gone, there is nothing to do, and no error.

    A pending signature, and one that waits for a decision, keep their address for that alone.
    """
    with db.write() as tx:
        signature = signatures.find(tx, ref.id)
        if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
            return
        if not signatures.stop_news(tx, signature.id, now=now):
            return
        keeps = statements.get_by_id(tx, signature.statement_id).keep_contacts
        if signature.state == "confirmed" and not keeps:
            contacts.erase(tx, signature.id)
        record(tx, "stop-news", signature, signature.state, now=now)
