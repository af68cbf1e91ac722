"""Withdraw: a signature counts no more, because its signer says so."""

from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, holds, signatures, subscriptions
from server.storage import Store, retried


@retried
def withdraw(db: Store, ref: SignatureRef, *, shown: bool, now: int) -> None:
    """Withdraw a signature; its seat is free again, its news and its address go, and a second time is harmless.

    ``shown``: the list may say that it was withdrawn, where it stood there before. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        stood_there = signature.state == "confirmed" and signature.visibility != "counted"
        if not signatures.withdraw(tx, signature.id, shown=shown and stood_there, now=now):
            return
        holds.release(tx, signature.id, now=now)
        subscriptions.end(tx, signature.id, partner_id=None, now=now)
        contacts.erase(tx, signature.id)
        record(tx, "withdraw", signature, "withdrawn", now=now)
