"""Reasons: whether the address of a signature may stay, asked wherever one of them has gone or come."""

from server.records import contacts, signatures, statements, subscriptions
from server.records.signatures import Signature
from server.storage import Tx


def settle_address(tx: Tx, signature_id: int) -> None:
    """Keep the address of a signature while a reason to have it stands, and else erase it.

    That of a pending one is left alone: it goes by itself.
    """
    signature = signatures.get(tx, signature_id)
    if signature.state == "pending":
        return
    if _may_stay(tx, signature):
        contacts.keep(tx, signature_id)
    else:
        contacts.erase(tx, signature_id)


def _may_stay(tx: Tx, signature: Signature) -> bool:
    """Say whether somebody has to decide about it, the statement keeps all, or its signer has subscribed to news."""
    if signature.state != "confirmed":
        return signature.state == "held"
    if statements.get_by_id(tx, signature.statement_id).keep_contacts:
        return True
    return any(subscription.is_live for subscription in subscriptions.list_of(tx, signature.id))
