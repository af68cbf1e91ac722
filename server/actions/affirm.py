"""Affirm: somebody whom the organisers have listed says that their line is right."""

from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, signatures
from server.storage import Store, retried


@retried
def affirm(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Note the yes of a founding signature, and forget its address; a second time, and of any other, is harmless.

    Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        if not signatures.affirm(tx, signature.id, now=now):
            return
        contacts.erase(tx, signature.id)
        record(tx, "affirm", signature, signature.state, now=now)
