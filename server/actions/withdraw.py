"""Withdraw: a signature counts no more, because its signer says so; and the news about it stop."""

from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, holds, signatures, statements
from server.storage import Store, retried


@retried
def withdraw(db: Store, ref: SignatureRef, *, shown: bool, now: int) -> None:
    """Withdraw a signature; its seat is free again, its address goes, and a second time is harmless.

    ``shown``: the list may say that it was withdrawn, where it stood there before. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        stood_there = signature.state == "confirmed" and signature.visibility != "counted"
        if not signatures.withdraw(tx, signature.id, shown=shown and stood_there, now=now):
            return
        holds.release(tx, signature.id, now=now)
        contacts.erase(tx, signature.id)
        record(tx, "withdraw", signature, "withdrawn", now=now)


@retried
def stop_news(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Send no more news; the address goes unless another reason to keep it stands. Raises ``LinkInvalid``."""
    with db.write() as tx:
        signature = get_own(tx, ref)
        if not signatures.stop_news(tx, signature.id, now=now):
            return
        if signature.state != "held" and not statements.get_by_id(tx, signature.statement_id).keep_contacts:
            contacts.erase(tx, signature.id)
        record(tx, "stop-news", signature, signature.state, now=now)
