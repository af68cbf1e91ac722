"""Invitations to confirm signatures that were given elsewhere, and the outcome of each. No personal data."""

from dataclasses import dataclass
from typing import Literal

from server.db import Row, Tx, queries_beside

_sql = queries_beside(__file__)


@dataclass(frozen=True)
class Invitation:
    """People who were invited together: ``source`` says where they signed, ``per_hour`` is the sending rate."""

    id: int
    statement_id: int
    source: str
    per_hour: int
    created_at: int


Outcome = Literal["sent", "dead", "suppressed", "stopped", "disowned"]
"""What became of an invitation, in the words of ``Progress``."""


@dataclass(frozen=True)
class Progress:
    """How many people were invited for a statement, by outcome.

    ``sent``: a mail server accepted the email; ``confirmed``: the invitee confirmed. Everybody else has at most one of
    the other outcomes: ``waiting`` (not sent yet), ``dead`` (undeliverable), ``suppressed`` (the address refuses emails
    or has reached its limit), ``stopped`` (cancelled unsent), ``disowned`` ("It was not me"), ``expired``.
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


@_sql.query
def add(tx: Tx, statement_id: int, *, source: str, per_hour: int, now: int) -> Invitation:
    """Store an invitation and return it."""


@_sql.query
def add_invitee(tx: Tx, invitation_id: int, signature_id: int) -> None:
    """Record that a pending signature was invited."""


@_sql.query
def find_of_signature(tx: Tx, signature_id: int) -> Invitation | None:
    """Return the invitation of a signature; None if it was not invited."""


@_sql.query
def list_of_statement(tx: Tx, statement_id: int) -> list[Row]:
    """Return the invitations of a statement, oldest first: id, source, created_at, invited (how many)."""


@_sql.query
def list_invited(tx: Tx, *, since_id: int, until_id: int) -> set[int]:
    """Return the invited signatures with ids from ``since_id`` to ``until_id``, both included."""


@_sql.query
def get_progress(tx: Tx, statement_id: int) -> Progress:
    """Return the outcomes of all invitations of a statement."""


@_sql.query
def mark(tx: Tx, signature_id: int, outcome: Outcome, *, now: int) -> None:
    """Record the outcome of an invitation; does nothing if the signature was not invited."""


@_sql.query
def hand_over(tx: Tx, *, was: int, signature_id: int) -> None:
    """Move the invitation, if any, from signature ``was`` to another one that the same person confirmed."""


@_sql.query
def delete(tx: Tx, invitation_id: int) -> None:
    """Delete an invitation without invitees."""
