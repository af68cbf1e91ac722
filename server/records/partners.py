"""The tables of partners: websites that embed the form, their origins, and the statements that they embed."""

from dataclasses import dataclass
from typing import Any

from server.storage import Conflict, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Partner:
    """A partner of one statement; ``origins`` are exact, as browsers send them."""

    id: int
    slug: str
    name: str
    origins: frozenset[str]


def add(tx: Tx, slug: str, *, name: str) -> int:
    """Store a partner unless there is one of that slug, and return its id; raises ``Conflict`` if it was revoked."""
    row = _sql.add(tx, slug=slug, name=name) or _sql.find(tx, slug=slug)
    if row is None:
        raise Conflict(f"the partner {slug} was revoked")
    return int(row["id"])


def add_origin(tx: Tx, partner_id: int, origin: str) -> bool:
    """Allow an origin; False when it was allowed already."""
    return bool(_sql.add_origin(tx, partner_id=partner_id, origin=origin))


def list_origins(tx: Tx, slug: str) -> frozenset[str]:
    """Return the origins of the live partner of that slug; none where there is no such partner."""
    return frozenset(row["origin"] for row in _sql.list_origins(tx, slug=slug))


def join(tx: Tx, partner_id: int, statement_id: int) -> bool:
    """Let a partner embed a statement; False when it did already."""
    return bool(_sql.join(tx, statement_id=statement_id, partner_id=partner_id))


def list_of(tx: Tx, statement_id: int) -> list[Partner]:
    """Return the live partners of a statement with their origins."""
    names: dict[int, tuple[str, str]] = {}
    origins: dict[int, set[str]] = {}
    for row in _sql.list_of(tx, statement_id=statement_id):
        names[row["id"]] = row["slug"], row["name"]
        origins.setdefault(row["id"], set()).update({row["origin"]} if row["origin"] else ())
    return [Partner(id_, slug, name, frozenset(origins[id_])) for id_, (slug, name) in names.items()]
