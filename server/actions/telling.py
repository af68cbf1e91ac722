"""Tells a signer something by email: a row in the outbox, in the transaction of the verb that has something to tell."""

from server.addresses import AddressKeys
from server.records import contacts, outbox
from server.records.signatures import Signature
from server.sealing import Sealer
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


def mail_key_of(tx: Tx, signature: Signature, *, keys: AddressKeys, sealer: Sealer) -> bytes | None:
    """Return the key by which emails to this signer are counted and stopped; None once nothing is known of them.

    Where the address is gone, that is the key of its one spelling: nobody can tell any more what a tag in it was.
    """
    address = contacts.find_address(tx, signature.id, sealer)
    return signature.email_key if address is None else keys.mail_key(address)
