"""The outbox and what limits it: emails that wait, emails sent to each address (mailings), and suppressed addresses."""

import math
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

from server.db import Row, Tx, queries_beside

# The outbox: kind, ids, locale and a sealed address; no link, no name, no text.

_sql: Any = queries_beside(__file__)
_AWAITED = ("confirm", "links")  # somebody sits there and looks into the mailbox
_MASS = ("reminder", "result", "changed", "listed", "invited")


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
class DeliveryCounts:
    """How many emails were sent, are dead, were kept back, or wait; and since when the oldest waits (epoch seconds).

    ``recipient_refused``: how many of the dead ones died of their recipient's address. ``limited``: how many of the
    waiting ones wait for the hourly limit of their mail domain, and are not looked at for ``oldest``. ``invited``: how
    many of them are invitations that were not tried yet; each counts for ``oldest`` from when its turn comes.
    """

    sent: int
    dead: int
    suppressed: int
    waiting: int
    oldest: int | None
    recipient_refused: int = 0
    limited: int = 0
    invited: int = 0


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
    due_at: int | None = None,
) -> None:
    """Put an email into the box; it gets its Message-ID now and keeps it through every retry.

    ``signature_id`` is None where it is about an address, whatever that has signed. What somebody waits for goes
    before the rest, and what goes to many at once comes last. ``due_at``: before that it is not sent (None: now).
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
        due_at=now if due_at is None else due_at,
        now=now,
    )


def claim(tx: Tx, *, now: int, lease_s: int, most: int) -> list[Claim]:
    """Take up to ``most`` emails that are due, for ``lease_s`` seconds; nobody else gets them meanwhile.

    Of the same priority those that were tried least come first, so that one which always fails keeps none waiting.
    """
    rows = _sql.claim(tx, now=now, until=now + lease_s, most=most)
    return sorted((Claim(**row) for row in rows), key=lambda claim: (claim.priority, claim.attempts, claim.id))


def mark_sent(tx: Tx, outbox_id: int, *, now: int) -> None:
    """Mark that the mail server took it; the address goes."""
    _sql.mark_sent(tx, id=outbox_id, now=now)


def mark_suppressed(tx: Tx, outbox_id: int, reason: str, *, now: int) -> None:
    """Mark that it will not be sent, and why; the address goes."""
    _sql.mark_suppressed(tx, id=outbox_id, reply=reason, now=now)


def mark_undeliverable(tx: Tx, outbox_id: int, reply: str, *, recipient_refused: bool = False, now: int) -> None:
    """Mark that it cannot be sent, with the mail server's words; the address goes.

    ``recipient_refused``: the fault lies with the recipient's address.
    """
    _sql.mark_undeliverable(tx, id=outbox_id, reply=reply, recipient_refused=int(recipient_refused), now=now)


def postpone(tx: Tx, outbox_id: int, reply: str, *, due_at: int, counted: bool = True) -> None:
    """Let it wait until ``due_at``; an attempt that is not the message's fault is not counted."""
    _sql.postpone(tx, id=outbox_id, reply=reply, due_at=due_at, uncounted=int(not counted))


def wait_for_domain(tx: Tx, outbox_id: int, mail_domain: str) -> None:
    """Let it wait until its mail domain may have more emails; nobody claims it meanwhile."""
    _sql.wait_for_domain(tx, id=outbox_id, mail_domain=mail_domain)


def has_waiting_before(tx: Tx, outbox_id: int, *, statement_id: int, mail_domain: str) -> bool:
    """Say whether an older email waits for the same mail domain."""
    return _sql.find_waiting_before(tx, statement_id=statement_id, mail_domain=mail_domain, id=outbox_id) is not None


def release_waiting(tx: Tx, *, statement_id: int, mail_domain: str, most: int, now: int) -> int:
    """Let the oldest emails that wait for a mail domain be claimed, and return how many there were."""
    return int(_sql.release_waiting(tx, statement_id=statement_id, mail_domain=mail_domain, most=most, now=now))


def count_waiting_by_domain(tx: Tx, statement_id: int) -> dict[str, int]:
    """Return how many emails about a statement wait for their mail domain, by the domain's tag."""
    return {
        row["mail_domain"]: int(row["emails"]) for row in _sql.count_waiting_by_domain(tx, statement_id=statement_id)
    }


def count_deliveries(tx: Tx) -> DeliveryCounts:
    """Return what became of all emails."""
    return DeliveryCounts(**_sql.count_deliveries(tx))


def count_suppressed(tx: Tx) -> dict[str, int]:
    """Return how many emails were kept back, by reason."""
    return {row["reason"]: int(row["emails"]) for row in _sql.count_suppressed(tx)}


def list_undeliverable(tx: Tx, *, most: int) -> list[Row]:
    """Return the latest dead letters: id, kind, signature_id, statement_id, attempts, reply, dead_at."""
    return list(_sql.list_undeliverable(tx, most=most))


def list_of_signature(tx: Tx, signature_id: int, *, most: int) -> list[Row]:
    """Return the latest emails about a signature, newest first: kind, and when each of its fates came."""
    return list(_sql.list_of_signature(tx, signature_id=signature_id, most=most))


def delete_of_signature(tx: Tx, signature_id: int) -> None:
    """Forget every email about a signature, waiting or done with, and its sealed address with it."""
    _sql.delete_of_signature(tx, signature_id=signature_id)


def delete_of_address(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Forget the emails of a statement to an address, apart from those about signatures that still know it."""
    _sql.delete_of_address(tx, email_key=email_key, statement_id=statement_id)


def delete_some_of_statement(tx: Tx, statement_id: int, *, most: int) -> int:
    """Forget up to ``most`` emails about a statement, waiting or done with, and return how many there were."""
    return int(_sql.delete_some_of_statement(tx, statement_id=statement_id, most=most))


def prune(tx: Tx, *, before: int) -> int:
    """Forget emails that were done with before ``before`` and return how many."""
    return int(_sql.prune(tx, before=before))


# Invitations: emails to people whom an admin has listed, each with its turn.

MOST_INVITATIONS_PER_HOUR = 3600  # one a second


def invitation_gap_s(per_hour: int) -> int:
    """Return the seconds between two invitations, rounded up: no more than ``per_hour`` go in an hour."""
    return math.ceil(3600 / per_hour)


def find_next_invitation_turn(tx: Tx, *, per_hour: int, now: int) -> int:
    """Return when the next invitation may go: after all that wait, whatever statement they are about."""
    last = find_last_invitation_due(tx, None)
    return now if last is None else max(now, last + invitation_gap_s(per_hour))


def find_last_invitation_due(tx: Tx, statement_id: int | None) -> int | None:
    """Return when the last invitation is due that waits for a statement (None: for any), or None."""
    found = _sql.find_last_invitation_due(tx, statement_id=statement_id)
    return None if found is None else int(found)


def list_unsent_invitations(tx: Tx, statement_id: int) -> list[int]:
    """Return the pending signatures whose invitation no mail server can have taken, by id.

    An invitation that is on its way now, or was when its process died, may have arrived.
    """
    return [row["signature_id"] for row in _sql.list_unsent_invitations(tx, statement_id=statement_id)]


def count_invitations_sent(tx: Tx, *, outbox_id: int, since: int) -> int:
    """Return how many invitations went to mail servers since a moment, the email ``outbox_id`` not counted."""
    return int(_sql.count_invitations_sent(tx, outbox_id=outbox_id, since=since))


# Mailings: when an address (keyed) got an email, so that nobody is flooded through us.


Purse = Literal["confirm", "links"]
"""What strangers can have sent to an address is counted apart: what asks to confirm, and "Send me my links"."""


@dataclass(frozen=True)
class EmailUsage:
    """How many emails of a purse an address has had; ``last`` in epoch seconds, None when it had none.

    ``for_statement`` is what it has had itself, ever; the others count all its tags as one address.
    """

    for_statement: int
    today: int
    last: int | None


def get_email_usage(
    tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None, purse: Purse, outbox_id: int, now: int
) -> EmailUsage:
    """Return what the address has had of a purse so far, the email ``outbox_id`` not counted."""
    row = _sql.get_email_usage(
        tx,
        email_key=email_key,
        mail_key=mail_key,
        statement_id=statement_id,
        purse=purse,
        outbox_id=outbox_id,
        day_ago=now - 24 * 3600,
    )
    return EmailUsage(**row)


def count_sent_emails(tx: Tx, *, email_key: bytes, statement_id: int) -> int:
    """Return how many emails about a statement went to the address itself, whatever else shares its budget."""
    return int(_sql.count_sent_emails(tx, email_key=email_key, statement_id=statement_id))


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
    """Note an email before it is sent; a retry of the same email counts once, at its latest moment.

    ``purse`` is None for what counts in none; ``mail_domain``: the tag of the domain that it counts for, None where
    there is no limit.
    """
    _sql.add_mailing(
        tx,
        outbox_id=outbox_id,
        email_key=email_key,
        mail_key=mail_key,
        mail_domain=mail_domain,
        statement_id=statement_id,
        purse=purse,
        now=now,
    )


@dataclass(frozen=True)
class DomainUsage:
    """How many emails a mail domain has had for a statement since some moment, and when the first of them went."""

    emails: int
    first: int | None


def get_domain_usage(tx: Tx, *, statement_id: int, mail_domain: str, since: int) -> DomainUsage:
    """Return what a mail domain has had for a statement."""
    return DomainUsage(**_sql.get_domain_usage(tx, statement_id=statement_id, mail_domain=mail_domain, since=since))


def find_latest_to_domain(
    tx: Tx, *, statement_id: int, mail_domain: str, outbox_id: int, since: int, nth: int
) -> int | None:
    """Return when the ``nth`` latest email to a mail domain went, the email ``outbox_id`` not counted.

    None when fewer went since then.
    """
    row = _sql.find_latest_to_domain(
        tx, statement_id=statement_id, mail_domain=mail_domain, outbox_id=outbox_id, since=since, skipped=nth - 1
    )
    return int(row["sent_at"]) if row else None


def forget_mail_domains(tx: Tx, *, before: int, most: int) -> int:
    """Forget to which mail domain up to ``most`` emails of before went, and return how many there were."""
    return int(_sql.forget_mail_domains(tx, before=before, most=most))


def delete_mailings(tx: Tx, *, email_key: bytes, statement_id: int) -> None:
    """Forget what an address has had for a statement, with all its tags; of a tag only what that one has had."""
    _sql.delete_mailings(tx, email_key=email_key, statement_id=statement_id)


def delete_some_mailings(tx: Tx, statement_id: int, *, before: int, most: int) -> int:
    """Forget up to ``most`` emails for a statement that were sent by ``before``, whoever had them; return how many."""
    return int(_sql.delete_some_mailings(tx, statement_id=statement_id, before=before, most=most))


def prune_mailings(tx: Tx, *, before: int, most: int) -> int:
    """Forget up to ``most`` emails sent before ``before`` for statements that had ended by then; return how many."""
    return int(_sql.prune_mailings(tx, before=before, most=most))


# Suppressions: addresses (keyed) that want no email, for one statement or for all.

ALL_STATEMENTS: Final = 0
"""The statement id of whoever wants no email about any statement."""


def find_suppression_reason(tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None) -> str | None:
    """Return why this address, by its own key or the one that its tags share, gets no email about this statement.

    None when it does.
    """
    row = _sql.find_suppression_reason(tx, email_key=email_key, mail_key=mail_key, statement_id=statement_id)
    return row["reason"] if row else None


def add_suppression(tx: Tx, *, mail_key: bytes, statement_id: int, reason: str, undo_nonce: bytes, now: int) -> bytes:
    """Stop email to an address, for one statement or (``ALL_STATEMENTS``) for all.

    Return the nonce that undoes it: of an address that was stopped before, the one that it had.
    """
    return bytes(
        _sql.add_suppression(
            tx, mail_key=mail_key, statement_id=statement_id, reason=reason, undo_nonce=undo_nonce, now=now
        )
    )


@dataclass(frozen=True)
class Suppression:
    """A stop of emails to an address, for one statement or, with ``everywhere``, for all."""

    undo_nonce: bytes | None
    everywhere: bool


def find_suppression(tx: Tx, *, mail_key: bytes, statement_id: int) -> Suppression | None:
    """Return the suppression of an address for this very statement, or None."""
    return _read_suppression(_sql.find_suppression(tx, mail_key=mail_key, statement_id=statement_id))


def find_suppression_to_undo(tx: Tx, *, statement_id: int, undo_nonce: bytes) -> Suppression | None:
    """Return the suppression that an undo link is about, or None where it is undone."""
    return _read_suppression(_sql.find_suppression_to_undo(tx, statement_id=statement_id, undo_nonce=undo_nonce))


def _read_suppression(row: Row | None) -> Suppression | None:
    if row is None:
        return None
    nonce = row["undo_nonce"]
    return Suppression(None if nonce is None else bytes(nonce), bool(row["everywhere"]))


def undo_suppression(tx: Tx, *, statement_id: int, undo_nonce: bytes, reason: str) -> bool:
    """Let an address have emails again that it refused for this ``reason``; False when there is nothing to undo."""
    return bool(_sql.undo_suppression(tx, statement_id=statement_id, undo_nonce=undo_nonce, reason=reason))
