"""Unsubscribe: the news of one signature stop, and its address goes unless there is another reason to have it."""

import hmac

from server.actions.linked import record
from server.actions.reasons import settle_address
from server.links import SignatureRef
from server.records import signatures, subscriptions
from server.records.subscriptions import ORGANISER
from server.storage import Store, Tx, retried


@retried
def unsubscribe(db: Store, ref: SignatureRef, *, partner_id: int = ORGANISER, now: int) -> None:
    """Stop the news of the organiser or of a partner; where there are none, or no signature, there is no error.

    A pending signature, and one that waits for a decision, keep their address for that alone.
    """
    with db.write() as tx:
        signature = signatures.find(tx, ref.id)
        if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
            return
        if not _stop(tx, signature.id, partner_id, now=now):
            return
        settle_address(tx, signature.id)
        verb = "stop-news" if partner_id == ORGANISER else "stop-partner-news"
        record(tx, verb, signature, signature.state, now=now)


def _stop(tx: Tx, signature_id: int, partner_id: int, *, now: int) -> bool:
    """Withdraw the subscription, and turn the organiser's switch; False when nothing was subscribed to."""
    ended = subscriptions.end(tx, signature_id, partner_id=partner_id, now=now) > 0
    return signatures.stop_news(tx, signature_id, now=now) if partner_id == ORGANISER else ended
