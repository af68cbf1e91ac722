"""The table of mailings: which address (keyed) got an email when, so that nobody can be flooded through us."""

from dataclasses import dataclass
from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Spent:
    """How many emails an address has had; ``last`` in epoch seconds, None when it had none.

    ``for_statement`` is what it has had itself, ever; the others count all its tags as one address.
    """

    for_statement: int
    for_statement_today: int
    today: int
    last: int | None


def count_spent(
    tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None, outbox_id: int, now: int
) -> Spent:
    """Return what the address has had so far, the email ``outbox_id`` not counted."""
    row = _sql.spent(
        tx,
        email_key=email_key,
        mail_key=mail_key,
        statement_id=statement_id,
        outbox_id=outbox_id,
        day_ago=now - 24 * 3600,
    )
    return Spent(**row)


def count_sent(tx: Tx, *, email_key: bytes, statement_id: int) -> int:
    """Return how many emails about a statement went to the address itself, whatever else shares its budget."""
    return int(_sql.count_sent(tx, email_key=email_key, statement_id=statement_id))


def reserve(tx: Tx, *, outbox_id: int, email_key: bytes, mail_key: bytes, statement_id: int | None, now: int) -> None:
    """Count an email before it is sent; a retry of the same email counts once, at its latest moment."""
    _sql.reserve(tx, outbox_id=outbox_id, email_key=email_key, mail_key=mail_key, statement_id=statement_id, now=now)


def forget(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Forget what an address has had for a statement, with all its tags; of a tag only what that one has had."""
    _sql.forget(tx, email_key=email_key, statement_id=statement_id)


def forget_some(tx: Tx, statement_id: int, *, before: int, most: int) -> int:
    """Forget up to ``most`` emails for a statement that were sent by ``before``, whoever had them; return how many."""
    return int(_sql.forget_some(tx, statement_id=statement_id, before=before, most=most))


def prune(tx: Tx, *, before: int, most: int) -> int:
    """Forget up to ``most`` emails sent before ``before`` for statements that had ended by then; return how many."""
    return int(_sql.prune(tx, before=before, most=most))
