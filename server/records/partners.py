"""The tables of partners: websites that embed the form, their origins, and the statements that they embed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.errors import NotFound
from server.storage import Conflict, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Partner:
    """A partner of one statement; ``origins`` are exact, as browsers send them.

    ``newsletters`` has the words beside its own box, by language; a language without has no box.
    """

    id: int
    slug: str
    name: str
    origins: frozenset[str]
    newsletters: Mapping[str, str] = field(default_factory=dict)


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
    words: dict[int, tuple[str, str, str]] = {}
    origins: dict[int, set[str]] = {}
    for row in _sql.list_of(tx, statement_id=statement_id):
        words[row["id"]] = row["slug"], row["name"], row["newsletters"]
        origins.setdefault(row["id"], set()).update({row["origin"]} if row["origin"] else ())
    return [
        Partner(id_, slug, name, frozenset(origins[id_]), json.loads(newsletters))
        for id_, (slug, name, newsletters) in words.items()
    ]


def get_of(tx: Tx, statement_id: int, slug: str) -> Partner:
    """Return the live partner of that slug if it embeds the statement; raises ``NotFound``."""
    for partner in list_of(tx, statement_id):
        if partner.slug == slug:
            return partner
    raise NotFound(f"there is no partner {slug} that embeds this statement")


def word_newsletters(tx: Tx, partner_id: int, newsletters: Mapping[str, str]) -> None:
    """Store the words beside a partner's own box, by language."""
    _sql.word_newsletters(tx, partner_id=partner_id, newsletters=json.dumps(newsletters, ensure_ascii=False))


def list_joined(tx: Tx, partner_id: int) -> list[int]:
    """Return the ids of the statements that a partner embeds."""
    return [row["statement_id"] for row in _sql.list_joined(tx, partner_id=partner_id)]
