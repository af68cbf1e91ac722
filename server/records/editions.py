"""Editions of a text: a change of substance begins one, a mended typo goes on with it; who stands under older ones."""

from dataclasses import dataclass
from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Superseded:
    """A version of an older edition: its number, and when it came (epoch seconds)."""

    version: int
    created_at: int


@dataclass(frozen=True)
class Reach:
    """How many signatures of older editions stand: those whose address we have, and those that nobody can ask."""

    askable: int
    silent: int


def list_superseded(tx: Tx, statement_id: int) -> dict[int, Superseded]:
    """Return the texts of a statement, by id, that belong to an older edition in their language."""
    rows = _sql.list_superseded(tx, statement_id=statement_id)
    return {row["id"]: Superseded(row["version"], row["created_at"]) for row in rows}


def count_to_ask(tx: Tx, statement_id: int, locale: str, *, below: int) -> Reach:
    """Return how many stand, on the list or held, under a version in this language below that number."""
    asked = {"statement_id": statement_id, "locale": locale, "below": below}
    askable = int(_sql.count_askable(tx, **asked))
    return Reach(askable, int(_sql.count_standing(tx, **asked)) - askable)


def list_to_ask(tx: Tx, statement_id: int, locale: str, *, below: int, after: int, most: int) -> list[Row]:
    """Return the next of them, by id, whose address we have: id, locale, email_key, sealed."""
    asked = {"statement_id": statement_id, "locale": locale, "below": below, "after": after, "most": most}
    return list(_sql.list_to_ask(tx, **asked))
