"""The table of texts: one row for each language and version of a statement; a signature is bound to one of them."""

from dataclasses import dataclass
from typing import Any

from server.errors import NotFound
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class StatementText:
    """A row; ``body`` is Markdown, ``dated`` an ISO date, ``sha256`` covers title, eligibility and body.

    ``created_at`` is when this version came, in epoch seconds.
    """

    id: int
    statement_id: int
    locale: str
    version: int
    title: str
    place: str | None
    dated: str | None
    eligibility: str | None
    body: str
    sha256: str
    created_at: int


def add(tx: Tx, statement_id: int, values: dict[str, Any], *, change: str, reason: str | None, now: int) -> int:
    """Store the next version in the language of ``values`` (locale, title, place, dated, eligibility, body, sha256)."""
    row: Row = _sql.add(tx, statement_id=statement_id, change=change, reason=reason, now=now, **values)
    return int(row["id"])


def get(tx: Tx, text_id: int) -> StatementText:
    """Return one version; raises ``NotFound``."""
    row = _sql.get(tx, id=text_id)
    if not row:
        raise NotFound("there is no such text")
    return StatementText(**row)


def find_latest(tx: Tx, statement_id: int, locale: str) -> StatementText | None:
    """Return the newest version in one language, or None."""
    row = _sql.find_latest(tx, statement_id=statement_id, locale=locale)
    return StatementText(**row) if row else None


def replace(tx: Tx, text_id: int, values: dict[str, Any], *, now: int) -> bool:
    """Write a text anew in its place, from the same ``values`` as ``add``.

    False when it has to stay: its statement was open once, or a signature refers to it.
    """
    kept = {name: value for name, value in values.items() if name != "locale"}
    return bool(_sql.replace(tx, id=text_id, now=now, **kept))


def list_latest(tx: Tx, statement_id: int) -> list[StatementText]:
    """Return the newest version in each language; the statement's first language comes first."""
    return [StatementText(**row) for row in _sql.list_latest(tx, statement_id=statement_id)]
