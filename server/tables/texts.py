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


@dataclass(frozen=True)
class Version(StatementText):
    """A row with how it came: ``change`` is first, typo or substance; ``reason`` is None before anybody has signed."""

    change: str
    reason: str | None


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


def get_latest(tx: Tx, statement_id: int, locale: str) -> StatementText:
    """Return the newest version in this language; raises ``NotFound``."""
    found = find_latest(tx, statement_id, locale)
    if found is None:
        raise NotFound(f"there is no text in the language {locale}")
    return found


def list_latest(tx: Tx, statement_id: int) -> list[StatementText]:
    """Return the newest version in each language; the statement's first language comes first."""
    return [StatementText(**row) for row in _sql.list_latest(tx, statement_id=statement_id)]


def list_public(tx: Tx, statement_id: int, locale: str) -> list[Version]:
    """Return the versions in this language that the public may see, newest first.

    They begin with the first that anybody has signed, for what was written before is its authors' own; where nobody
    has, there is the newest alone.
    """
    return [Version(**row) for row in _sql.list_public(tx, statement_id=statement_id, locale=locale)]


def begin_asking(tx: Tx, text: StatementText) -> None:
    """Let the signers of older editions be asked about this one, and about none of those before it any more."""
    _sql.begin_asking(tx, id=text.id, statement_id=text.statement_id, locale=text.locale)


def find_asking(tx: Tx) -> Row | None:
    """Return a text whose question has not gone to all (id, statement_id, locale, version, asking_upto), or None."""
    row: Row | None = _sql.find_asking(tx)
    return row


def note_asked(tx: Tx, text_id: int, *, was: int, upto: int | None) -> bool:
    """Note that signatures up to that id are asked, None: all; False when another process did it first."""
    return bool(_sql.note_asked(tx, id=text_id, was=was, upto=upto))
