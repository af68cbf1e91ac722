"""Conclude: when signing has ended, who asked for news is told the result, once."""

from server.records import journal, outbox, signers, statements
from server.records.statements import CONFIRM_GRACE_S
from server.storage import Store, retried

BATCH = 200


def conclude(db: Store, *, now: int) -> None:
    """Put the results of all statements that have ended into the outbox, a day after the end: till then some confirm.

    What was put is put for good: whoever is killed in between goes on where they were, and two at once share the work.
    """
    while _conclude_some(db, now=now):
        pass


@retried
def _conclude_some(db: Store, *, now: int) -> bool:
    """Put the next batch of emails into the outbox, and note how far that is; False when nothing is left to do."""
    with db.write() as tx:
        ended = statements.find_to_conclude(tx, ended_before=now - CONFIRM_GRACE_S)
        if ended is None:
            return False
        statement_id, was = ended["id"], ended["result_upto"]
        readers = signers.list_readers(tx, statement_id, after=was, most=BATCH)
        upto = readers[-1]["id"] if readers else was
        mailed_at = now if len(readers) < BATCH else None
        if statements.conclude(tx, statement_id, was=was, upto=upto, mailed_at=mailed_at):
            for reader in readers:
                outbox.put(
                    tx,
                    "result",
                    signature_id=reader["id"],
                    statement_id=statement_id,
                    locale=reader["locale"],
                    email_key=reader["email_key"],
                    sealed_to=reader["sealed"],
                    now=now,
                )
            if mailed_at is not None:
                subject, actor = f"statement:{statements.get_by_id(tx, statement_id).slug}", "chore:conclude"
                journal.write(
                    tx, "statement.conclude", actor=actor, subject=subject, statement_id=statement_id, now=now
                )
    return True
