"""Keep: a signer lets their name stand under the new edition of the text that they signed."""

from server.actions.confirm import Consent
from server.actions.linked import get_own
from server.actions.versions import TextMoved
from server.links import SignatureRef
from server.records import editions, journal, signatures, statement_texts, statements, wordings
from server.storage import Store, retried


@retried
def keep(db: Store, ref: SignatureRef, *, seen: str, consent: Consent, now: int) -> bool:
    """Put a signature under the newest text of its language; False when it stands under that edition, or not at all.

    ``seen`` is the SHA-256 of the text that the signer was shown, ``consent`` the words that they ticked. Raises
    ``LinkInvalid``, and ``TextMoved`` when there is a newer text by now.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        if signature.text_id not in editions.list_superseded(tx, signature.statement_id):
            return False
        signed = statement_texts.get(tx, signature.text_id)
        newest = statement_texts.get_latest(tx, signature.statement_id, signed.locale)
        if newest.sha256 != seen:
            raise TextMoved("the text was changed once more")
        consent_id = wordings.keep(tx, "consent", consent.locale, consent.body, now=now)
        if not signatures.keep_under(tx, signature.id, newest.id, consent_id=consent_id, now=now):
            return False
        statements.touch(tx, signature.statement_id)
        journal.write(
            tx,
            "signature.keep",
            actor="signer",
            subject=f"signature:{signature.id}",
            before=signed.sha256,
            after=newest.sha256,
            statement_id=signature.statement_id,
            now=now,
        )
    return True
