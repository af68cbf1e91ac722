"""The signature that a signer's own link leads to, and what each verb of its signer leaves behind."""

import hmac

from server.errors import LinkInvalid
from server.links import SignatureRef
from server.records import journal, signatures, statements, tallies
from server.records.signatures import Signature
from server.storage import Tx


def get_linked(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the row that a link was made for, in whatever state; raises ``LinkInvalid`` when it is gone or erased."""
    signature = signatures.find(tx, ref.id)
    if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
        raise LinkInvalid("this link leads nowhere any more")
    return signature


def get_own(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature that its signer comes to see, whatever became of it since it was confirmed.

    Raises ``LinkInvalid`` when it is gone or erased, and when it was never confirmed: this is no second way to confirm.
    """
    signature = get_linked(tx, ref)
    if signature.confirmed_at is None:
        raise LinkInvalid("this link leads nowhere any more")
    return signature


def subject_of(signature: Signature) -> tallies.Subject:
    """Return what is counted of a signature."""
    return tallies.Subject(
        signature.statement_id, signature.kind, signature.partner_id, signature.locale, signature.country
    )


def record(
    tx: Tx, verb: str, signature: Signature, becomes: str, *, changed: list[str] | None = None, now: int
) -> None:
    """Count and journal what a signer did to their signature, which is as it was before.

    Of what ``changed`` the journal learns the fields' names alone: a name that was taken back stands nowhere.
    """
    if becomes != signature.state:
        tallies.move(tx, subject_of(signature), was=signature.state, becomes=becomes, now=now)
    statements.touch(tx, signature.statement_id)
    journal.write(
        tx,
        f"signature.{verb}",
        actor="signer",
        subject=f"signature:{signature.id}",
        before=signature.state,
        after=becomes if changed is None else {"state": becomes, "changed": changed},
        statement_id=signature.statement_id,
        now=now,
    )
