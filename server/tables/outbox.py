"""The outbox and its limits: waiting emails, emails sent to each address (mailings), and suppressed addresses."""

import math
import secrets
from dataclasses import dataclass, fields
from typing import Final, Literal, NamedTuple

from server.db import Row, Tx, queries_beside

# The outbox: kind, ids, locale and a sealed address; links, names and texts are added when an email is sent.


@dataclass(frozen=True)
class OutboxEmail:
    """An email as it is listed for admins, without its address; ``slug`` is the statement that it is about.

    ``reply`` is the mail server's last reply, or why the email was kept back. Times are epoch seconds.
    """

    id: int
    kind: str
    signature_id: int | None
    attempts: int
    reply: str | None
    created_at: int
    due_at: int
    waiting_domain: str | None
    sent_at: int | None
    dead_at: int | None
    suppressed_at: int | None
    slug: str | None

    @property
    def settled_at(self) -> int | None:
        """When it was sent, given up or kept back; None while it waits."""
        return self.sent_at or self.dead_at or self.suppressed_at


_sql = queries_beside(__file__, listed=[column.name for column in fields(OutboxEmail) if column.name != "slug"])
_AWAITED = ("confirm", "links")  # sent first, because somebody is waiting for the email
_MASS = ("reminder", "result", "changed", "listed", "invited")


@dataclass(frozen=True)
class Claim:
    """A row that one delivery has leased until the lease ends; ``attempts`` includes this one."""

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
class DeliveryCounts:
    """How many emails were sent, are undeliverable, were suppressed, or wait; ``oldest`` is epoch seconds.

    ``recipient_refused``: undeliverable because of the address. ``limited``: waiting for the hourly limit of their mail
    domain; not included in ``oldest``. ``invited``: waiting invitations without an attempt; ``oldest`` counts them from
    their ``due_at``. ``bounced``: came back after a mail server had accepted them, and count as dead. ``complaints``:
    sent, and the recipient reported them as spam. ``delayed``: a mail server reported that it would try again.
    """

    sent: int
    dead: int
    suppressed: int
    waiting: int
    oldest: int | None
    recipient_refused: int = 0
    limited: int = 0
    invited: int = 0
    bounced: int = 0
    complaints: int = 0
    delayed: int = 0


class Recipient(NamedTuple):
    """The recipient of an email: the encrypted address, its language, and the signature that the email is about.

    ``signature_id`` None: the email is about the address.
    """

    statement_id: int
    signature_id: int | None
    locale: str
    email_key: bytes
    sealed_to: bytes


def put(tx: Tx, kind: str, to: Recipient, *, now: int, due_at: int | None = None) -> None:
    """Put an email into the outbox; its Message-ID is created now and kept for every retry.

    Emails that somebody waits for are sent first, mass emails last. ``due_at`` is the earliest time of sending (None:
    now).
    """
    _sql.put(
        tx,
        kind=kind,
        to=to,
        message_id=secrets.token_hex(16),
        priority=0 if kind in _AWAITED else 2 if kind in _MASS else 1,
        due_at=now if due_at is None else due_at,
        now=now,
    )


def claim(tx: Tx, *, now: int, lease_s: int, most: int) -> list[Claim]:
    """Lease up to ``most`` due emails for ``lease_s`` seconds; no other process gets them meanwhile.

    Within a priority, emails with the fewest attempts come first, so that one that always fails does not block others.
    """
    rows = _sql.claim(tx, now=now, until=now + lease_s, most=most)
    return sorted((Claim(**row) for row in rows), key=lambda claim: (claim.priority, claim.attempts, claim.id))


@_sql.query
def mark_sent(tx: Tx, outbox_id: int, *, now: int) -> None:
    """Record that the mail server accepted the email, and erase the address."""


@_sql.query
def mark_suppressed(tx: Tx, outbox_id: int, reason: str, *, now: int) -> None:
    """Record that the email will not be sent, and why, and erase the address."""


@_sql.query
def mark_undeliverable(tx: Tx, outbox_id: int, reply: str, *, recipient_refused: bool = False, now: int) -> None:
    """Record that the email is undeliverable, with the mail server's reply, and erase the address.

    ``recipient_refused``: the server refused the recipient's address.
    """


BounceKind = Literal["bounced", "refused", "complaint", "delayed"]
"""What a mail server reports about an email that it had accepted.

``bounced``: the address does not work. ``refused``: not delivered for another reason, such as a spam filter.
``complaint``: the recipient reported it as spam. ``delayed``: it is still being tried.
"""


@dataclass(frozen=True)
class ReportedEmail:
    """The email that a mail server reports about; the keys are those of its address and of all its tags."""

    id: int
    signature_id: int | None
    statement_id: int | None
    email_key: bytes
    mail_key: bytes


@_sql.query
def find_reported(tx: Tx, outbox_id: int) -> ReportedEmail | None:
    """Return an email that was handed to a mail server at least once, or None."""


@_sql.query
def find_by_message_id(tx: Tx, message_id: str) -> int | None:
    """Return the id of the email that was sent with this Message-ID, or None."""


@_sql.query
def mark_bounced(tx: Tx, outbox_id: int, kind: BounceKind, reply: str, *, now: int) -> bool:
    """Record a report, with the mail server's reply; False if the email has one already, or was never sent."""


@_sql.query
def mark_delayed(tx: Tx, outbox_id: int, *, now: int) -> None:
    """Record when a mail server first reported that the email is delayed."""


@_sql.query
def postpone(tx: Tx, outbox_id: int, reply: str, *, due_at: int, counted: bool = True) -> None:
    """Postpone the email until ``due_at``; ``counted`` False: the failed attempt was not caused by this email."""


@_sql.query
def wait_for_domain(tx: Tx, outbox_id: int, mail_domain: str) -> None:
    """Block the email until its mail domain is below its limit; it is not claimed meanwhile."""


@_sql.query
def has_waiting_before(tx: Tx, outbox_id: int, *, statement_id: int, mail_domain: str) -> bool:
    """Say whether an older email waits for the same mail domain."""


@_sql.query
def release_waiting(tx: Tx, *, statement_id: int, mail_domain: str, most: int, now: int) -> int:
    """Unblock up to ``most`` emails that wait for a mail domain, oldest first, and return how many."""


@_sql.query
def count_waiting_by_domain(tx: Tx, statement_id: int) -> dict[str, int]:
    """Return how many emails of a statement wait for their mail domain, by the domain's tag."""


@_sql.query
def count_deliveries(tx: Tx) -> DeliveryCounts:
    """Return how many emails there are in each state."""


@_sql.query
def count_suppressed(tx: Tx) -> dict[str, int]:
    """Return how many emails were suppressed, by reason."""


EmailState = Literal["waiting", "sent", "dead", "kept-back"]
"""The states of an email: waiting, sent, given up (``dead``), or never sent because somebody wants no emails."""


def list_emails(tx: Tx, state: EmailState, *, before_id: int, most: int) -> list[OutboxEmail]:
    """Return the newest ``most`` emails in a state with ids below ``before_id``, newest first."""
    lists = {"waiting": _list_waiting, "sent": _list_sent, "dead": _list_dead, "kept-back": _list_kept_back}
    return lists[state](tx, before_id=before_id, most=most)


@_sql.query
def _list_waiting(tx: Tx, *, before_id: int, most: int) -> list[OutboxEmail]: ...


@_sql.query
def _list_sent(tx: Tx, *, before_id: int, most: int) -> list[OutboxEmail]: ...


@_sql.query
def _list_dead(tx: Tx, *, before_id: int, most: int) -> list[OutboxEmail]: ...


@_sql.query
def _list_kept_back(tx: Tx, *, before_id: int, most: int) -> list[OutboxEmail]: ...


@dataclass(frozen=True)
class Refusal:
    """A mail server's reply to emails that wait for the next try; ``oldest`` and ``next_try`` are epoch seconds."""

    reply: str
    emails: int
    oldest: int
    next_try: int


@_sql.query
def list_refusals(tx: Tx, *, most: int) -> list[Refusal]:
    """Return the replies because of which emails wait, those with the most emails first."""


@_sql.query
def retry_refused(tx: Tx, *, now: int) -> int:
    """Make all emails due that wait because a mail server refused them, and return how many."""


@_sql.query
def find_oldest_waiting(tx: Tx) -> int | None:
    """Return since when (epoch seconds) the oldest email has waited; None if none waits.

    Emails that wait for the hourly limit of their mail domain do not count.
    """


@_sql.query
def list_of_signature(tx: Tx, signature_id: int, *, most: int) -> list[Row]:
    """Return the latest ``most`` emails about a signature, newest first: kind, the time of each outcome, reply."""


@_sql.query
def delete_of_signature(tx: Tx, signature_id: int) -> None:
    """Delete every email about a signature, waiting or not, with its sealed address."""


@_sql.query
def delete_of_address(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Delete the statement's emails to an address, except those about signatures that still have its key."""


@_sql.query
def delete_some_of_statement(tx: Tx, statement_id: int, *, most: int) -> int:
    """Delete up to ``most`` emails of a statement, waiting or not, and return how many."""


@_sql.query
def prune(tx: Tx, *, before: int) -> int:
    """Delete emails that were finished before ``before``, and return how many."""


# Invitations: emails to people on an admin's list, sent at a limited rate.

MOST_INVITATIONS_PER_HOUR = 3600  # one per second


def invitation_gap_s(per_hour: int) -> int:
    """Return the seconds between two invitations, rounded up, so that at most ``per_hour`` are sent in an hour."""
    return math.ceil(3600 / per_hour)


def find_next_invitation_turn(tx: Tx, *, per_hour: int, now: int) -> int:
    """Return when the next invitation may be sent: after all waiting ones, of any statement."""
    last = find_last_invitation_due(tx, None)
    return now if last is None else max(now, last + invitation_gap_s(per_hour))


@_sql.query
def find_last_invitation_due(tx: Tx, statement_id: int | None) -> int | None:
    """Return the latest ``due_at`` of the waiting invitations of a statement (None: of any), or None."""


@_sql.query
def list_unsent_invitations(tx: Tx, statement_id: int) -> list[int]:
    """Return the ids of pending signatures whose invitation has certainly not been sent.

    Invitations that are being sent now, or were when a process crashed, are left out: they may have arrived.
    """


@_sql.query
def count_invitations_sent(tx: Tx, *, outbox_id: int, since: int) -> int:
    """Return how many invitations were sent since ``since``, without the email ``outbox_id``."""


# Mailings: when an address (keyed) got an email, so that nobody can flood an address through us.


Purse = Literal["confirm", "links"]
"""Emails that strangers can trigger have two separate budgets: confirm emails, and "Send me my links"."""


@dataclass(frozen=True)
class EmailUsage:
    """How many emails of a budget an address has got; ``last`` is epoch seconds, None if there were none.

    ``for_statement`` counts emails to this exact address, ever; the others count all its tags (``name+tag@``) together.
    """

    for_statement: int
    today: int
    last: int | None


@_sql.query
def get_email_usage(
    tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None, purse: Purse, outbox_id: int, now: int
) -> EmailUsage:
    """Return the usage of an address, without the email ``outbox_id``."""


@_sql.query
def count_sent_emails(tx: Tx, *, email_key: bytes, statement_id: int) -> int:
    """Return how many emails about a statement were sent to this exact address."""


@_sql.query
def add_mailing(
    tx: Tx,
    *,
    outbox_id: int,
    email_key: bytes,
    mail_key: bytes,
    statement_id: int | None,
    mail_domain: str | None = None,
    purse: Purse | None,
    now: int,
) -> None:
    """Record an email before it is sent; a retry of the same email replaces its time.

    ``purse`` is None for emails outside the budgets; ``mail_domain`` is the tag of a limited domain, None without
    limit.
    """


@dataclass(frozen=True)
class DomainUsage:
    """How many emails a mail domain got for a statement in a period, and when the first was sent."""

    emails: int
    first: int | None


@_sql.query
def get_domain_usage(tx: Tx, *, statement_id: int, mail_domain: str, since: int) -> DomainUsage:
    """Return the usage of a mail domain since ``since``."""


@_sql.query
def find_latest_to_domain(
    tx: Tx, *, statement_id: int, mail_domain: str, outbox_id: int, since: int, nth: int
) -> int | None:
    """Return when the ``nth`` latest email to a mail domain was sent, without the email ``outbox_id``.

    None if there were fewer since ``since``.
    """


@_sql.query
def forget_mail_domains(tx: Tx, *, before: int, most: int) -> int:
    """Erase the mail domains of up to ``most`` mailings sent by ``before``, and return how many."""


@_sql.query
def delete_mailings(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Delete the statement's mailings to an address and all its tags; for a tagged address only its own."""


@_sql.query
def delete_some_mailings(tx: Tx, statement_id: int, *, before: int, most: int) -> int:
    """Delete up to ``most`` mailings of a statement that were sent by ``before``, and return how many."""


@_sql.query
def prune_mailings(tx: Tx, *, before: int, most: int) -> int:
    """Delete up to ``most`` mailings from before ``before`` of statements that had ended by then; return how many."""


# Suppressions: addresses (keyed) that refuse emails, for one statement or for all.

ALL_STATEMENTS: Final = 0
"""Replaces the statement id of a suppression for all statements."""


@_sql.query
def find_suppression_reason(tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None) -> str | None:
    """Return why this address (or its tagless form) gets no email about this statement, or None."""


@_sql.query
def add_suppression(tx: Tx, *, mail_key: bytes, statement_id: int, reason: str, undo_nonce: bytes, now: int) -> bytes:
    """Stop emails to an address, for one statement or (``ALL_STATEMENTS``) for all.

    Returns the nonce that can undo it; an existing suppression keeps its nonce.
    """


@dataclass(frozen=True)
class Suppression:
    """A suppression of an address, for one statement or, if ``everywhere``, for all."""

    undo_nonce: bytes | None
    everywhere: bool


@_sql.query
def find_suppression(tx: Tx, *, mail_key: bytes, statement_id: int) -> Suppression | None:
    """Return the suppression of an address for exactly this statement, or None."""


@_sql.query
def find_suppression_to_undo(tx: Tx, *, statement_id: int, undo_nonce: bytes) -> Suppression | None:
    """Return the suppression of an undo link; None if it was undone."""


@_sql.query
def undo_suppression(tx: Tx, *, statement_id: int, undo_nonce: bytes, reason: str) -> bool:
    """Undo suppressions with this ``reason``; False if there is nothing to undo."""


@_sql.query
def lift_suppression(tx: Tx, *, email_key: bytes, mail_key: bytes) -> int:
    """End the suppressions of an address that a bounce or a complaint made, and return how many there were."""
