"""Remind: who signed and did not confirm is asked once more, and never again."""

from server.actions.telling import tell
from server.records import journal, signatures, statements
from server.records.statements import Statement
from server.storage import Store, retried

BATCH = 100
LAST_HOURS_S = 6 * 3600  # a reminder this late would come when there is nothing left to sign


def remind(db: Store, *, after_s: int, now: int) -> None:
    """Put a reminder into the outbox for every mailbox that has waited ``after_s`` seconds; 0: for none.

    Several processes may do this at once: a batch is one transaction, and each signature is reminded of once.
    """
    if not after_s:
        return
    with db.read() as tx:
        open_ones = [statement.id for statement in statements.list_all(tx) if _is_time(statement, now=now)]
    for statement_id in open_ones:
        while _remind_some(db, statement_id, signed_before=now - after_s, now=now):
            pass


def _is_time(statement: Statement, *, now: int) -> bool:
    ends_soon = statement.ends_at is not None and statement.ends_at - now < LAST_HOURS_S
    return statement.state(now) == "open" and not ends_soon


@retried
def _remind_some(db: Store, statement_id: int, *, signed_before: int, now: int) -> bool:
    """Remind the next batch, and say whether there may be more."""
    with db.write() as tx:
        waiting = signatures.remind(tx, statement_id, signed_before=signed_before, most=BATCH, now=now)
        for signature in waiting:
            tell(tx, "reminder", signature, now=now)
        if waiting:
            subject = f"statement:{statements.get_by_id(tx, statement_id).slug}"
            journal.write(
                tx,
                "statement.remind",
                actor="chore:remind",
                subject=subject,
                after=len(waiting),
                statement_id=statement_id,
                now=now,
            )
    return len(waiting) == BATCH
