"""The outbox for those who run the server: whether emails leave, and a new try of those that were refused."""

from dataclasses import dataclass

from server.db import Store, Tx, retried
from server.tables import outbox
from server.tables.journal import Act
from server.tables.outbox import Refusal

REFUSALS_MOST = 20


@dataclass(frozen=True)
class OutboxHealth:
    """Whether emails leave.

    ``late_since``: when (epoch seconds) the oldest email began to wait, if that is too long ago. ``refusals``: what the
    mail server last said about emails that wait for the next try.
    """

    late_since: int | None
    refusals: list[Refusal]


def check_outbox(tx: Tx, *, late_after_s: int, now: int) -> OutboxHealth:
    """Return whether emails leave; an email that has waited for ``late_after_s`` seconds is late."""
    oldest = outbox.find_oldest_waiting(tx)
    is_late = oldest is not None and now - oldest > late_after_s
    return OutboxHealth(oldest if is_late else None, outbox.list_refusals(tx, most=REFUSALS_MOST))


@retried
def retry_refused(db: Store, *, actor: str, now: int) -> int:
    """Send the emails that a mail server refused again now, and return how many; those it refuses for good are gone."""
    with db.write() as tx:
        emails = outbox.retry_refused(tx, now=now)
        if emails:
            Act(tx, actor, now).journal("outbox.retry", None, after={"emails": emails})
    return emails
