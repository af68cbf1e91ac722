"""The table that emails wait in: kind, ids, locale and a sealed address; no link, no name, no text."""

import secrets
from dataclasses import dataclass
from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)
_AWAITED = ("confirm", "links")  # somebody sits there and looks into the mailbox
_MASS = ("reminder", "result", "changed", "listed")


@dataclass(frozen=True)
class Claim:
    """A row that one delivery holds until its lease ends; ``attempts`` counts this one too."""

    id: int
    kind: str
    signature_id: int | None
    statement_id: int | None
    locale: str
    email_key: bytes | None
    sealed_to: bytes
    message_id: str
    priority: int
    attempts: int
    created_at: int


@dataclass(frozen=True)
class Fates:
    """How many emails were sent, are dead, were kept back, or wait; and since when the oldest waits (epoch seconds)."""

    sent: int
    dead: int
    suppressed: int
    waiting: int
    oldest: int | None


def put(
    tx: Tx,
    kind: str,
    *,
    signature_id: int | None,
    statement_id: int,
    locale: str,
    email_key: bytes,
    sealed_to: bytes,
    now: int,
) -> None:
    """Put an email into the box; it gets its Message-ID now and keeps it through every retry.

    ``signature_id`` is None where it is about an address, whatever that has signed. What somebody waits for goes
    before the rest, and what goes to many at once comes last.
    """
    _sql.put(
        tx,
        kind=kind,
        signature_id=signature_id,
        statement_id=statement_id,
        locale=locale,
        email_key=email_key,
        sealed_to=sealed_to,
        message_id=secrets.token_hex(16),
        priority=0 if kind in _AWAITED else 2 if kind in _MASS else 1,
        due_at=now,
        now=now,
    )


def claim(tx: Tx, *, now: int, lease_s: int, most: int) -> list[Claim]:
    """Take up to ``most`` emails that are due, for ``lease_s`` seconds; nobody else gets them meanwhile.

    Of the same priority those that were tried least come first, so that one which always fails keeps none waiting.
    """
    rows = _sql.claim(tx, now=now, until=now + lease_s, most=most)
    return sorted((Claim(**row) for row in rows), key=lambda claim: (claim.priority, claim.attempts, claim.id))


def sent(tx: Tx, outbox_id: int, *, now: int) -> None:
    """Mark that the mail server took it; the address goes."""
    _sql.sent(tx, id=outbox_id, now=now)


def suppress(tx: Tx, outbox_id: int, reason: str, *, now: int) -> None:
    """Mark that it will not be sent, and why; the address goes."""
    _sql.suppressed(tx, id=outbox_id, reply=reason, now=now)


def bury(tx: Tx, outbox_id: int, reply: str, *, now: int) -> None:
    """Mark that it cannot be sent, with the mail server's words; the address goes."""
    _sql.dead(tx, id=outbox_id, reply=reply, now=now)


def postpone(tx: Tx, outbox_id: int, reply: str, *, due_at: int, counted: bool = True) -> None:
    """Let it wait until ``due_at``; an attempt that is not the message's fault is not counted."""
    _sql.later(tx, id=outbox_id, reply=reply, due_at=due_at, uncounted=int(not counted))


def count_by_fate(tx: Tx) -> Fates:
    """Return what became of all emails."""
    return Fates(**_sql.count_by_fate(tx))


def count_kept_back(tx: Tx) -> dict[str, int]:
    """Return how many emails were kept back, by reason."""
    return {row["reason"]: int(row["emails"]) for row in _sql.count_kept_back(tx)}


def list_dead(tx: Tx, *, most: int) -> list[Row]:
    """Return the latest dead letters: id, kind, signature_id, statement_id, attempts, reply, dead_at."""
    return list(_sql.list_dead(tx, most=most))


def list_of_signature(tx: Tx, signature_id: int, *, most: int) -> list[Row]:
    """Return the latest emails about a signature, newest first: kind, and when each of its fates came."""
    return list(_sql.list_of_signature(tx, signature_id=signature_id, most=most))


def forget(tx: Tx, signature_id: int) -> None:
    """Forget every email about a signature, waiting or done with, and its sealed address with it."""
    _sql.forget(tx, signature_id=signature_id)


def forget_address(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Forget the emails of a statement to an address, apart from those about signatures that still know it."""
    _sql.forget_address(tx, email_key=email_key, statement_id=statement_id)


def forget_some(tx: Tx, statement_id: int, *, most: int) -> int:
    """Forget up to ``most`` emails about a statement, waiting or done with, and return how many there were."""
    return int(_sql.forget_some(tx, statement_id=statement_id, most=most))


def prune(tx: Tx, *, before: int) -> int:
    """Forget emails that were done with before ``before`` and return how many."""
    return int(_sql.prune(tx, before=before))
