"""The journal: who did what, when and why. Each row contains the hash of the row before it."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final

from server.db import Row, Tx, queries_beside
from server.tables.signatures import Signature
from server.tables.statements import Statement

# Writing and verifying the journal.

_sql = queries_beside(__file__)
_GENESIS = bytes(32)
_PAGE = 500


def _hash(row: Row) -> bytes:
    """Hash one row: SHA-256 over a JSON list of its columns, bytes as hex, ``previous_hash`` first.

    ``statement_id`` comes last, if there is one. The reason is hashed with the details; in rows of older versions it is
    part of the chain (``chained_reason``).
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
    """Hash the details: ``before``, ``after``, and ``reason`` if there is one."""
    told = [before, after] if reason is None else [before, after, reason]
    return hashlib.sha256(salt + json.dumps(told).encode()).digest()


@dataclass(frozen=True)
class Act:
    """An action to be written to the journal: its transaction, its actor, and its time (epoch seconds)."""

    tx: Tx
    actor: str
    now: int

    def journal(
        self,
        verb: str,
        about: Statement | Signature | int | None,
        *,
        subject: str | None = None,
        reason: str | None = None,
        before: object = None,
        after: object = None,
    ) -> int:
        """Write the act to the journal and return the id of the row; ``before`` and ``after`` are stored as JSON.

        ``about`` is the statement (or its id) or the signature that the act changes; the admins of that statement may
        read the row. None: only admins of the whole server may. ``subject`` names the object of the act if it is
        something else, for example "partner:river-watch".
        """
        statement_id: int | None
        if isinstance(about, Signature):
            statement_id, subject = about.statement_id, subject or f"signature:{about.id}"
        elif isinstance(about, Statement):
            statement_id, subject = about.id, subject or f"statement:{about.slug}"
        else:
            statement_id = about or None  # an admin's role may be for all statements
        # Writing transactions run as if alone, so no other row can get the same id and previous hash.
        last = _sql.last(self.tx) or {"id": 0, "hash": _GENESIS}
        told = [None if value is None else json.dumps(value, ensure_ascii=False) for value in (before, after)]
        salt = secrets.token_bytes(16)
        row: Row = {
            "id": last["id"] + 1,
            "at": self.now,
            "actor": self.actor,
            "verb": verb,
            "subject": subject or "server",
            "details_digest": _digest(salt, told[0], told[1], reason),
            "statement_id": statement_id,
            "previous_hash": bytes(last["hash"]),
        }
        _sql.add(self.tx, **row, hash=_hash(row | {"chained_reason": None}))
        _sql.add_details(self.tx, journal_id=row["id"], salt=salt, before=told[0], after=told[1], reason=reason)
        return int(row["id"])


def _details_match(row: Row) -> bool:
    """Say whether the details match their digest; erased details cannot be checked and count as a match."""
    if row["salt"] is None:
        return True
    reason = None if row["chained_reason"] is not None else row["reason"]
    digest = _digest(bytes(row["salt"]), row["before"], row["after"], reason)
    return row["details_digest"] is not None and bytes(row["details_digest"]) == digest


@_sql.query
def erase_details(tx: Tx, subject: str) -> None:
    """Erase before, after and reason in every row about a subject; the hash chain stays valid."""


@_sql.query
def erase_details_of_pendings(tx: Tx, *, signed_before: int) -> None:
    """Erase the details about unconfirmed signatures older than ``signed_before`` whose address is erased."""


def find_newest(tx: Tx) -> tuple[int, bytes] | None:
    """Return id and hash of the newest row, or None. Stored elsewhere, they reveal a truncated journal."""
    row = _sql.last(tx)
    return None if row is None else (row["id"], bytes(row["hash"]))


def has_hash(tx: Tx, row_hash: bytes, *, journal_id: int | None = None) -> bool:
    """Say whether a row has this hash: the row ``journal_id``, or (None) any."""
    found = _sql.find_by_hash(tx, hash=row_hash) if journal_id is None else _sql.find_hash(tx, id=journal_id)
    return found is not None and bytes(found["hash"]) == row_hash


def find_break(tx: Tx) -> int | None:
    """Return the id of the first row that was altered or whose predecessor is missing; None if the chain is intact.

    Missing rows at the end cannot be detected this way; store the newest hash elsewhere for that.
    """
    expected_id, previous = 1, _GENESIS
    while rows := list(_sql.list_chain(tx, after=expected_id - 1, most=_PAGE)):
        for row in rows:
            chained = row["id"] == expected_id and bytes(row["previous_hash"]) == previous
            if not (chained and _details_match(row) and _hash(row) == bytes(row["hash"])):
                return expected_id
            expected_id, previous = row["id"] + 1, bytes(row["hash"])
    return None


# Reading the journal: searches newest first, exports in batches from the start.

ACTOR_SIGNER: Final = "signer"
"""The actor of everything that signers do through their own links."""

_LATEST: Final = 2**63 - 1  # the highest integer of both databases


@dataclass(frozen=True)
class JournalEntry:
    """A row with its details; ``is_erased`` if the details were erased. ``at`` is epoch seconds."""

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
class JournalSearch:
    """The filters of a search; None: no filter. ``reason`` matches part of a reason, ignoring the case of A to Z.

    ``since`` (included) and ``until`` (excluded) are epoch seconds. ``with_signers``: include the actions of signers.
    """

    actor: str | None = None
    verb: str | None = None
    subject: str | None = None
    reason: str | None = None
    since: int = 0
    until: int = _LATEST
    with_signers: bool = False


def list_page(
    tx: Tx, search: JournalSearch, *, statement_id: int | None, before_id: int | None, most: int
) -> list[JournalEntry]:
    """Return up to ``most`` matching rows, newest first, with ids below ``before_id`` (None: from the newest).

    ``statement_id`` None searches the journal of the whole server.
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
    return [_read_entry(row) for row in rows]


def list_batch(tx: Tx, *, statement_id: int | None, after: int, upto: int, most: int) -> list[Row]:
    """Return up to ``most`` rows for verifying the chain, oldest first, with ids above ``after`` and up to ``upto``.

    ``statement_id`` None returns the journal of the whole server.
    """
    if statement_id is None:
        return list(_sql.batch(tx, after=after, upto=upto, most=most))
    return list(_sql.batch_of_statement(tx, statement_id=statement_id, after=after, upto=upto, most=most))


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _read_entry(row: Row) -> JournalEntry:
    is_erased = row.pop("salt") is None
    told = {side: None if row[side] is None else json.loads(row[side]) for side in ("before", "after")}
    return JournalEntry(**row | told | {"hash": bytes(row["hash"])}, is_erased=is_erased)
