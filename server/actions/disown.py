"""Disown: the owner of a mailbox says that it was not they who signed, and hears no more of it."""

from server.actions.linked import get_linked
from server.actions.telling import mail_key_of
from server.addresses import AddressKeys
from server.errors import LinkInvalid
from server.links import SignatureRef
from server.records import journal, outbox, signatures, suppressions
from server.records.signatures import Signature
from server.records.suppressions import EVERYWHERE
from server.sealing import Sealer
from server.storage import Store, Tx, retried

_REASON = "not me"


def get_disownable(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the row that a link is about, also where a moderator has removed it before anybody confirmed it.

    Raises ``LinkInvalid`` when it is gone, or was removed or withdrawn after that.
    """
    signature = get_linked(tx, ref)
    if signature.confirmed_at is not None and signature.state in ("removed", "withdrawn"):
        raise LinkInvalid("this link leads nowhere any more")
    return signature


@retried
def disown(db: Store, ref: SignatureRef, *, everywhere: bool, keys: AddressKeys, sealer: Sealer, now: int) -> bool:
    """Delete what this mailbox has not confirmed under this name, its address with it; write to it no more, by no tag.

    That is about this statement, and where ``everywhere`` is wished about no other either. False when the signature
    was confirmed meanwhile: that is undone by its own link. Raises ``LinkInvalid`` when there is nothing any more.
    """
    with db.write() as tx:
        signature = get_disownable(tx, ref)
        mail_key = mail_key_of(tx, signature, keys=keys, sealer=sealer)
        if signature.confirmed_at is not None or mail_key is None:
            return False
        for statement_id in (signature.statement_id, *([EVERYWHERE] if everywhere else [])):
            suppressions.add(tx, mail_key=mail_key, statement_id=statement_id, reason=_REASON, now=now)
        for same in signatures.delete_never_confirmed(tx, signature):
            outbox.forget(tx, same)
            journal.erase_details(tx, f"signature:{same}")
        journal.write(
            tx,
            "signature.disown",
            actor="signer",
            subject=f"signature:{signature.id}",
            before=signature.state,
            statement_id=signature.statement_id,
            now=now,
        )
    db.tidy()
    return True
