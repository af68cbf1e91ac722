"""Erasures: which signature lost personal data, how and when. No names, addresses or keys made from them."""

from dataclasses import astuple, dataclass

from server.db import Tx, queries_beside

_sql = queries_beside(__file__)

NEWS = "news:"  # followed by the id of the partner whose news ended, or ORGANISER
SHOWN = "shown:"  # followed by the new visibility


@dataclass(frozen=True)
class Erasure:
    """One record. ``at`` is epoch seconds.

    ``kind`` is what happened to the signature: ``erased``, ``withdrawn``, ``disowned``, ``disowned-everywhere``,
    ``news:`` with the id of a partner, or ``shown:`` with a visibility, by its signer; ``removed`` or ``uninvited`` by
    an admin; ``anonymised`` at the end of the retention period.
    """

    id: int
    statement_id: int
    signature_id: int
    kind: str
    at: int

    @property
    def key(self) -> tuple[int | str, ...]:
        """The record without its id, which differs between databases that were restored at different times."""
        return astuple(self)[1:]


@_sql.query
def add(tx: Tx, statement_id: int, signature_id: int, kind: str, *, at: int) -> None:
    """Record an erasure, in the transaction that erases."""


@_sql.query
def newest_id(tx: Tx) -> int:
    """Return the highest id, or 0."""


@_sql.query
def find(tx: Tx, erasure_id: int) -> Erasure | None:
    """Return a record, or None."""


@_sql.query
def list_after(tx: Tx, after: int, *, most: int) -> list[Erasure]:
    """Return up to ``most`` records with higher ids, oldest first."""
