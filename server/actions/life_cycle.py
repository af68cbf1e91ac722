"""The life cycle: a statement is opened and closed, put into the archive, and taken back from there."""

from server.errors import StatementClosed, UndersignedError
from server.records import journal, statements
from server.records.statements import Statement
from server.storage import Store, Tx, retried


class StatementStillOpen(UndersignedError):
    """Raised when a statement that takes signatures, or will, is to be archived: it must be closed first."""

    code, status = "statement-still-open", 409


@retried
def open_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Let a statement take signatures; False when it did already.

    Raises ``NotFound``, and ``StatementClosed`` when its planned day of closing has passed.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.closes_at is not None and statement.closes_at <= now:
            raise StatementClosed(f"the planned day of closing of {slug} has passed; it cannot be opened again")
        done = statements.open_(tx, statement.id, now=now)
        return _told(tx, done, "statement.open", statement, actor=actor, now=now)


@retried
def close_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Let a statement take no more signatures; False when it took none. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.close(tx, statement.id, now=now)
        return _told(tx, done, "statement.close", statement, reason=reason, actor=actor, now=now)


@retried
def archive_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Take a draft or a closed statement out of the public's sight; False when it was archived.

    Raises ``NotFound`` and ``StatementStillOpen``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.state(now) in ("open", "not-yet-open"):
            raise StatementStillOpen(f"{slug} takes signatures, or will; close it first")
        done = statements.archive(tx, statement.id, now=now)
        return _told(tx, done, "statement.archive", statement, reason=reason, actor=actor, now=now)


@retried
def unarchive_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Take a statement back from the archive, as it was before; False when it was not there. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.unarchive(tx, statement.id)
        return _told(tx, done, "statement.unarchive", statement, actor=actor, now=now)


def _told(
    tx: Tx, done: bool, verb: str, statement: Statement, *, actor: str, now: int, reason: str | None = None
) -> bool:
    """Write down what was done, where something was; return whether it was."""
    if done:
        subject = f"statement:{statement.slug}"
        journal.write(tx, verb, actor=actor, subject=subject, reason=reason, statement_id=statement.id, now=now)
    return done
