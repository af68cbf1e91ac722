"""The table of the organisers' own consent wordings: what stands beside the box now, by language and kind of signer."""

from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def find(tx: Tx, statement_id: int, locale: str, which: str) -> str | None:
    """Return the organiser's words in the language of a text; None where ours stand."""
    row = _sql.find(tx, statement_id=statement_id, locale=locale, which=which)
    return str(row["body"]) if row else None


def list_of(tx: Tx, statement_id: int) -> dict[tuple[str, str], str]:
    """Return all of the organiser's words under a statement by (locale, which)."""
    return {(row["locale"], row["which"]): row["body"] for row in _sql.list_of(tx, statement_id=statement_id)}


def put(tx: Tx, statement_id: int, locale: str, which: str, body: str) -> None:
    """Let these words stand beside the box."""
    _sql.put(tx, statement_id=statement_id, locale=locale, which=which, body=body)


def remove(tx: Tx, statement_id: int, locale: str, which: str) -> None:
    """Let ours stand there again."""
    _sql.remove(tx, statement_id=statement_id, locale=locale, which=which)
