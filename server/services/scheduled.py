"""Anonymise: so many days after signing has ended, who signed is erased; how many did stays, and founders by name."""

from server.actions.linked import subject_of
from server.records import (
    contacts,
    journal,
    mailings,
    outbox,
    signatories,
    signatures,
    signers,
    statements,
    subscriptions,
    tallies,
)
from server.records.signatures import Signature
from server.records.statements import DAY_S
from server.storage import Store, Tx, retried

BATCH = 500


def anonymise(db: Store, *, now: int) -> None:
    """Erase the signers of all statements whose time has come; founding names stay, the organiser published them.

    Of founders who were asked by email what leads to them goes: address, keys, the link. Whose line is removed or
    withdrawn by then or later, or shows less than the name, is erased like all the others. Of those who never confirmed
    the keys go by which emails were counted, a day after the last.
    What is erased is erased for good: whoever is killed in between goes on where they were.
    """
    while _anonymise_some(db, now=now):
        db.tidy()


@retried
def _anonymise_some(db: Store, *, now: int) -> bool:
    """Erase the next batch, and no more at once, so that nobody who writes waits for long; False when all is done."""
    with db.write() as tx:
        statement_id = statements.find_to_anonymise(tx, now=now)
        if statement_id is None:
            return False
        if outbox.forget_some(tx, statement_id, most=BATCH) == BATCH:
            return True
        if mailings.forget_some(tx, statement_id, before=now - DAY_S, most=BATCH) == BATCH:
            return True
        _anonymise_batch(tx, statement_id, now=now)
    return True


def _anonymise_batch(tx: Tx, statement_id: int, *, now: int) -> None:
    found = signers.list_personal(tx, statement_id, most=BATCH + 1)
    if not found:
        return
    batch = found[:BATCH]
    for signature_id, email_key in batch:
        subscriptions.erase(tx, signature_id)
        contacts.erase(tx, signature_id)
        if email_key is not None:
            mailings.forget(tx, email_key=email_key, statement_id=statement_id)
        _anonymise_one(tx, signatures.get(tx, signature_id), now=now)
        journal.erase_details(tx, f"signature:{signature_id}")
    statements.touch(tx, statement_id)
    if found == batch:
        journal.write(
            tx,
            "statement.anonymise",
            actor="chore:anonymise",
            subject=f"statement:{statements.get_by_id(tx, statement_id).slug}",
            after={"nameless": signatories.count_anonymised(tx, statement_id)},
            statement_id=statement_id,
            now=now,
        )


def _anonymise_one(tx: Tx, signature: Signature, *, now: int) -> None:
    """Erase whose it was; it counts as it did, but under no country that is erased with it."""
    signatures.anonymise(tx, signature.id, now=now)
    left = signatures.get(tx, signature.id)
    if left.state == "confirmed" and left.country != signature.country:
        tallies.swap_country(tx, subject_of(left), was=signature.country)
