"""The table of subscriptions: whose news a signer asked for, in which words, since when, and until when."""

from dataclasses import dataclass
from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)

ORGANISER = 0  # in the place of a partner: the news of who published the statement


@dataclass(frozen=True)
class Subscription:
    """A row with the words that were ticked; ``partner`` (short name) and ``name`` are None for the organiser."""

    partner_id: int
    partner: str | None
    name: str | None
    wording: str
    locale: str
    worded_at: int
    confirmed_at: int | None
    withdrawn_at: int | None

    @property
    def is_live(self) -> bool:
        """Whether the owner of the mailbox has confirmed it, and not withdrawn it."""
        return self.confirmed_at is not None and self.withdrawn_at is None


def add(tx: Tx, signature_id: int, *, partner_id: int, wording_id: int) -> None:
    """Store what was ticked; it serves for nothing until it is confirmed."""
    _sql.add(tx, signature_id=signature_id, partner_id=partner_id, wording_id=wording_id)


def confirm(tx: Tx, signature_id: int, *, now: int) -> int:
    """Confirm what was ticked and not withdrawn since, and return how many that were."""
    return int(_sql.confirm(tx, signature_id=signature_id, now=now))


def end(tx: Tx, signature_id: int, *, partner_id: int | None, now: int) -> int:
    """Withdraw one subscription (None: all of this signature), and return how many there were to withdraw."""
    return int(_sql.end(tx, signature_id=signature_id, partner_id=partner_id, now=now))


def erase(tx: Tx, signature_id: int) -> None:
    """Delete every trace of what was ticked; the words themselves stay, they are nobody's."""
    _sql.erase(tx, signature_id=signature_id)


def list_of(tx: Tx, signature_id: int) -> list[Subscription]:
    """Return the subscriptions of a signature, pending and withdrawn ones too, the organiser's first."""
    return [Subscription(**row) for row in _sql.list_of(tx, signature_id=signature_id)]


def count_live(tx: Tx, statement_id: int, partner_id: int) -> int:
    """Return how many under a statement get the news of a partner, walking through those alone."""
    return int(_sql.count_live(tx, statement_id=statement_id, partner_id=partner_id)["live"])


def list_batch(tx: Tx, statement_id: int, partner_id: int, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` who may be written to, of signatures with ids above ``after`` and not above ``fence``."""
    return list(_sql.batch(tx, statement_id=statement_id, partner_id=partner_id, after=after, fence=fence, most=most))
