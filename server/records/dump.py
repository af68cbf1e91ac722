"""What the dump reads: signatures with their statement, text, partner and sealed address, batch by batch."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from server.kinds import Kind
from server.records import Settled
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Filters:
    """Which signatures; None leaves none out. Those confirmed from ``since_at`` on and before ``until_at`` (epoch)."""

    kind: Kind | None = None
    state: Settled | None = None
    partner: str | None = None
    locale: str | None = None
    since_at: int | None = None
    until_at: int | None = None


class Mark(NamedTuple):
    """A place in the order in which signatures have changed: the moment (epoch seconds), then the id."""

    changed_at: int
    id: int


def get_fence(tx: Tx, statement_id: int) -> int:
    """Return the highest id there is now: what comes later belongs to the next dump."""
    return int(_sql.fence(tx, statement_id=statement_id))


def list_batch(tx: Tx, statement_id: int, filters: Filters, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` rows that were ever confirmed, with ids above ``after`` and not above ``fence``."""
    return list(_sql.batch(tx, statement_id=statement_id, after=after, fence=fence, most=most, **asdict(filters)))


def find_last_change(tx: Tx, statement_id: int, *, until: int) -> Mark | None:
    """Return the mark of the row that changed last of those that did so not later than ``until``, or None."""
    row = _sql.last_change(tx, statement_id=statement_id, until=until)
    return Mark(row["changed_at"], row["id"]) if row else None


def list_changed(tx: Tx, statement_id: int, filters: Filters, *, after: Mark, upto: Mark, most: int) -> list[Row]:
    """Return up to ``most`` rows that were ever confirmed, as they changed: behind ``after`` and not behind ``upto``.

    Each has its ``changed_at`` besides.
    """
    marks = {
        "after_at": after.changed_at,
        "after_id": after.id,
        "upto_at": upto.changed_at,
        "upto_id": upto.id,
    }
    return list(_sql.changed(tx, statement_id=statement_id, most=most, **marks, **asdict(filters)))
