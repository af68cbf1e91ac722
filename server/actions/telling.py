"""Tells a signer something by email: a row in the outbox, in the transaction of the verb that has something to tell."""

from server.records import contacts, outbox
from server.records.signatures import Signature
from server.storage import Tx


def tell(tx: Tx, kind: str, signature: Signature, *, now: int) -> bool:
    """Put an email about a signature into the outbox; False when its address is gone.

    Call it before the address is erased: the email keeps one of its own until it is sent.
    """
    sealed = contacts.find(tx, signature.id)
    if sealed is None or signature.email_key is None:
        return False
    outbox.put(
        tx,
        kind,
        signature_id=signature.id,
        statement_id=signature.statement_id,
        locale=signature.locale,
        email_key=signature.email_key,
        sealed_to=sealed,
        now=now,
    )
    return True
