"""Invitations to confirm a signature that was given elsewhere, and what became of each invitee. No personal data."""

from dataclasses import dataclass
from typing import Any

from server.db import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Invitation:
    """People who were invited together: ``source`` says where they signed, ``per_hour`` how many emails go an hour."""

    id: int
    statement_id: int
    source: str
    per_hour: int
    created_at: int


@dataclass(frozen=True)
class Progress:
    """How many were invited under a statement, and what became of them.

    ``sent`` are all whose email a mail server took; ``confirmed`` all who have confirmed. Everybody else is in one of
    the others at most: ``waiting`` for their email, ``dead`` (it did not arrive), ``suppressed`` (the address wants no
    email or has had enough), ``stopped`` (taken back unsent), ``disowned`` ("It was not me"), ``expired``.
    """

    invited: int
    sent: int
    confirmed: int
    dead: int
    suppressed: int
    stopped: int
    disowned: int
    waiting: int
    expired: int


def add(tx: Tx, statement_id: int, *, source: str, per_hour: int, now: int) -> Invitation:
    """Store an invitation and return it."""
    row: Row = _sql.add(tx, statement_id=statement_id, source=source, per_hour=per_hour, now=now)
    return Invitation(int(row["id"]), statement_id, source, per_hour, now)


def add_invitee(tx: Tx, invitation_id: int, signature_id: int) -> None:
    """Note that a pending signature was invited."""
    _sql.add_invitee(tx, invitation_id=invitation_id, signature_id=signature_id)


def find_of_signature(tx: Tx, signature_id: int) -> Invitation | None:
    """Return the invitation of a signature, or None where its signer came by themselves."""
    row = _sql.find_of_signature(tx, signature_id=signature_id)
    return Invitation(**row) if row else None


def list_of_statement(tx: Tx, statement_id: int) -> list[Row]:
    """Return the invitations of a statement, oldest first: id, source, created_at, invited (how many)."""
    return list(_sql.list_of_statement(tx, statement_id=statement_id))


def list_invited(tx: Tx, *, since_id: int, until_id: int) -> set[int]:
    """Return which signatures with ids between these, both among them, were invited."""
    return {row["signature_id"] for row in _sql.list_invited(tx, since_id=since_id, until_id=until_id)}


def get_progress(tx: Tx, statement_id: int) -> Progress:
    """Return what became of everybody who was invited under a statement."""
    return Progress(**_sql.get_progress(tx, statement_id=statement_id))


def mark_sent(tx: Tx, signature_id: int, *, now: int) -> None:
    """Note that a mail server took the invitation."""
    _sql.mark_sent(tx, signature_id=signature_id, now=now)


def mark_dead(tx: Tx, signature_id: int, *, now: int) -> None:
    """Note that the invitation cannot be sent."""
    _sql.mark_dead(tx, signature_id=signature_id, now=now)


def mark_suppressed(tx: Tx, signature_id: int, *, now: int) -> None:
    """Note that the invitation is kept back for good."""
    _sql.mark_suppressed(tx, signature_id=signature_id, now=now)


def mark_stopped(tx: Tx, signature_id: int, *, now: int) -> None:
    """Note that an admin has taken the invitation back before it was sent."""
    _sql.mark_stopped(tx, signature_id=signature_id, now=now)


def mark_disowned(tx: Tx, signature_id: int, *, now: int) -> None:
    """Note that the owner of the mailbox said that it was not they who signed; nothing where nobody was invited."""
    _sql.mark_disowned(tx, signature_id=signature_id, now=now)


def hand_over(tx: Tx, *, was: int, signature_id: int) -> None:
    """Let a signature that the same person confirmed take the place of the one that was invited, if any was."""
    _sql.hand_over(tx, was=was, signature_id=signature_id)


def delete(tx: Tx, invitation_id: int) -> None:
    """Forget an invitation that nobody got."""
    _sql.delete(tx, id=invitation_id)
