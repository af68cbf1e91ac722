"""The journal: what an admin or a rule did, when and why; each row is chained by hash to the one before.

The chain covers a salted digest of what was before and after, so that these details can be erased without breaking it.
"""

import hashlib
import json
import secrets
from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)
_GENESIS = bytes(32)
_PAGE = 500


def _hash(row: Row) -> bytes:
    """Hash one row: SHA-256 over a JSON list of its columns, bytes as hex, ``previous_hash`` first.

    ``statement_id`` stands at the end of the list where there is one. A reason stands among the details, but for rows
    that an older version wrote: there it is in the chain itself.
    """
    digest = row["details_digest"]
    chained = [
        bytes(row["previous_hash"]).hex(),
        row["id"],
        row["at"],
        row["actor"],
        row["verb"],
        row["subject"],
        row["chained_reason"],
        bytes(digest).hex() if digest is not None else None,
    ]
    if row["statement_id"] is not None:
        chained.append(row["statement_id"])
    return hashlib.sha256(json.dumps(chained, ensure_ascii=True).encode()).digest()


def _digest(salt: bytes, before: str | None, after: str | None, reason: str | None) -> bytes:
    """Hash the details; a reason stands behind the two where there is one."""
    told = [before, after] if reason is None else [before, after, reason]
    return hashlib.sha256(salt + json.dumps(told).encode()).digest()


def write(
    tx: Tx,
    verb: str,
    *,
    actor: str,
    subject: str,
    now: int,
    reason: str | None = None,
    before: object = None,
    after: object = None,
    statement_id: int | None = None,
) -> int:
    """Append one row and return its id; ``before`` and ``after`` are anything that JSON can say, or None.

    ``statement_id`` says whose admins may read it; None: those of the whole server alone.
    """
    last = _sql.last(tx) or {"id": 0, "hash": _GENESIS}
    told = [None if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)]
    salt = secrets.token_bytes(16)
    row: Row = {
        "id": last["id"] + 1,
        "at": now,
        "actor": actor,
        "verb": verb,
        "subject": subject,
        "details_digest": _digest(salt, told[0], told[1], reason),
        "statement_id": statement_id,
        "previous_hash": bytes(last["hash"]),
    }
    _sql.add(tx, **row, hash=_hash(row | {"chained_reason": None}))
    _sql.add_details(tx, journal_id=row["id"], salt=salt, before=told[0], after=told[1], reason=reason)
    return int(row["id"])


def _details_hold(row: Row) -> bool:
    """Say whether the details are what was digested; erased ones cannot tell."""
    if row["salt"] is None:
        return True
    reason = None if row["chained_reason"] is not None else row["reason"]
    digest = _digest(bytes(row["salt"]), row["before"], row["after"], reason)
    return row["details_digest"] is not None and bytes(row["details_digest"]) == digest


def erase_details(tx: Tx, subject: str) -> None:
    """Erase what was before and after, and why, in every row about a subject; the chain holds, and who did what."""
    _sql.erase_details(tx, subject=subject)


def erase_details_of_pendings(tx: Tx, *, signed_before: int) -> None:
    """Do the same for every signature that nobody confirmed, signed before then, whose address has gone."""
    _sql.erase_details_of_pendings(tx, signed_before=signed_before)


def find_newest(tx: Tx) -> tuple[int, bytes] | None:
    """Return id and hash of the newest row; None while nothing is written. Kept elsewhere, they show a cut-off end."""
    row = _sql.last(tx)
    return None if row is None else (row["id"], bytes(row["hash"]))


def has_hash(tx: Tx, row_hash: bytes, *, journal_id: int | None = None) -> bool:
    """Say whether a row has this hash: the one of that id, or any."""
    found = _sql.find_by_hash(tx, hash=row_hash) if journal_id is None else _sql.find_hash(tx, id=journal_id)
    return found is not None and bytes(found["hash"]) == row_hash


def find_break(tx: Tx) -> int | None:
    """Return the id of the first row that is not what was written, or whose predecessor is gone; None when all is well.

    A missing end cannot be seen from inside; keep the newest hash elsewhere for that.
    """
    expected_id, previous = 1, _GENESIS
    while rows := list(_sql.page(tx, after=expected_id - 1, most=_PAGE)):
        for row in rows:
            chained = row["id"] == expected_id and bytes(row["previous_hash"]) == previous
            if not (chained and _details_hold(row) and _hash(row) == bytes(row["hash"])):
                return expected_id
            expected_id, previous = row["id"] + 1, bytes(row["hash"])
    return None
