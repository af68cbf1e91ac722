"""The journal as it is read: searched newest first, page by page, or from its beginning in batches."""

import json
from dataclasses import dataclass
from typing import Any, Final

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)

SIGNER: Final = "signer"
"""The actor of all that signers do by their own links."""

_LATEST: Final = 2**63 - 1  # the highest number that both engines hold


@dataclass(frozen=True)
class Entry:
    """One row with its details, as they were written; ``is_erased`` when those are gone. ``at`` is epoch seconds."""

    id: int
    at: int
    actor: str
    verb: str
    subject: str
    reason: str | None
    statement_id: int | None
    hash: bytes
    before: Any
    after: Any
    is_erased: bool


@dataclass(frozen=True)
class Search:
    """What is looked for: None is anything; ``reason`` a part of one, its A to Z in either case.

    ``since`` and ``until`` are epoch seconds, the first of them within. ``with_signers``: not only what admins, rules
    and the shell did.
    """

    actor: str | None = None
    verb: str | None = None
    subject: str | None = None
    reason: str | None = None
    since: int = 0
    until: int = _LATEST
    with_signers: bool = False


def list_page(tx: Tx, search: Search, *, statement_id: int | None, before_id: int | None, most: int) -> list[Entry]:
    """Return what was found, newest first, older than the row ``before_id`` (None: from the newest on).

    ``statement_id`` None looks through the whole server's.
    """
    wanted = {
        "actor": search.actor,
        "verb": search.verb,
        "reason": None if search.reason is None else f"%{_escaped(search.reason)}%",
        "since": search.since,
        "until": search.until,
        "before_id": _LATEST if before_id is None else before_id,
        "most": most,
    }
    if search.subject is not None:
        rows = _sql.page_about(tx, subject=search.subject, statement_id=statement_id, **wanted)
    elif not search.with_signers:
        rows = _sql.page_but_signers(tx, statement_id=statement_id, **wanted)
    elif statement_id is not None:
        rows = _sql.page_of_statement(tx, statement_id=statement_id, **wanted)
    else:
        rows = _sql.page_of_all(tx, **wanted)
    return [_read(row) for row in rows]


def list_batch(tx: Tx, *, statement_id: int | None, after: int, upto: int, most: int) -> list[Row]:
    """Return rows with all that the chain is made of, oldest first, behind the id ``after`` and up to ``upto``.

    ``statement_id`` None returns the whole server's.
    """
    if statement_id is None:
        return list(_sql.batch(tx, after=after, upto=upto, most=most))
    return list(_sql.batch_of_statement(tx, statement_id=statement_id, after=after, upto=upto, most=most))


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _read(row: Row) -> Entry:
    is_erased = row.pop("salt") is None
    told = {side: None if row[side] is None else json.loads(row[side]) for side in ("before", "after")}
    return Entry(**row | told | {"hash": bytes(row["hash"])}, is_erased=is_erased)
