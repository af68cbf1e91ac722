"""The founding list as admins see it: in its order, with who was asked about their line and who has answered."""

from dataclasses import dataclass
from typing import Any

from server.errors import NotFound
from server.kinds import Kind
from server.records import State
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)
_LIVE = ("confirmed", "held")


@dataclass(frozen=True)
class Founder:
    """One founding signature; ``name`` is the organisation's for organisations, and None once it is erased.

    ``is_known``: an address came with it, of which the key is kept. ``listed_confirmed_at``: when they said that the
    line is right (epoch seconds).
    """

    id: int
    kind: Kind
    name: str | None
    title: str | None
    affiliation: str | None
    state: State
    visibility: str
    founding_place: int
    list_number: int
    is_known: bool
    listed_confirmed_at: int | None

    @property
    def is_live(self) -> bool:
        """Whether it is on the list, or will be again."""
        return self.state in _LIVE


def list_of(tx: Tx, statement_id: int) -> list[Founder]:
    """Return every founding signature in the order of the list, those that have left it among them."""
    return [_read(row) for row in _sql.list_of(tx, statement_id=statement_id)]


def get_of(tx: Tx, statement_id: int, signature_id: int) -> Founder:
    """Return a founding signature that is on the list of that statement, or will be again; raises ``NotFound``."""
    row = _sql.get_live(tx, statement_id=statement_id, id=signature_id)
    if not row:
        raise NotFound(f"there is no founding signature {signature_id} under this statement")
    return _read(row)


def count_live(tx: Tx, statement_id: int) -> int:
    """Return how many of them are on the list, or will be again."""
    return int(_sql.count_live(tx, statement_id=statement_id))


def count_confirmed(tx: Tx, statement_id: int) -> int:
    """Return how many of them are on the list now."""
    return int(_sql.count_confirmed(tx, statement_id=statement_id))


def list_taken(tx: Tx, statement_id: int) -> tuple[set[str], set[str]]:
    """Return the founding keys and the organisation keys that no new line may have."""
    lines = _sql.list_lines(tx, statement_id=statement_id)
    organisations = _sql.list_organisations(tx, statement_id=statement_id)
    return {row["founding_key"] for row in lines}, {row["organisation_key"] for row in organisations}


def _read(row: Row) -> Founder:
    values = dict(row)
    organisation, key = values.pop("organisation"), values.pop("email_key")
    name = organisation if row["kind"] == "organisation" else row["name"]
    return Founder(**values | {"name": name, "is_known": key is not None})
