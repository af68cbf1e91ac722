"""The outbox for those who run the server: whether emails leave, a new try of refused ones, bounces and complaints."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.crypto.links import NONCE_BYTES
from server.db import Store, Tx, retried
from server.tables import invitations, outbox, signatures
from server.tables.journal import Act
from server.tables.outbox import ALL_STATEMENTS, BounceKind, Refusal, ReportedEmail
from server.text.addresses import AddressKeys

REFUSALS_MOST = 20


@dataclass(frozen=True)
class OutboxHealth:
    """Whether emails leave.

    ``late_since``: when (epoch seconds) the oldest email began to wait, if that is too long ago. ``refusals``: what the
    mail server last said about emails that wait for the next try.
    """

    late_since: int | None
    refusals: list[Refusal]


def check_outbox(tx: Tx, *, late_after_s: int, now: int) -> OutboxHealth:
    """Return whether emails leave; an email that has waited for ``late_after_s`` seconds is late."""
    oldest = outbox.find_oldest_waiting(tx)
    is_late = oldest is not None and now - oldest > late_after_s
    return OutboxHealth(oldest if is_late else None, outbox.list_refusals(tx, most=REFUSALS_MOST))


@retried
def retry_refused(db: Store, *, actor: str, now: int) -> int:
    """Make the emails due that wait after a refusal, and return how many. Those that were given up stay given up."""
    with db.write() as tx:
        emails = outbox.retry_refused(tx, now=now)
        if emails:
            Act(tx, actor, now).journal("outbox.retry", None, after={"emails": emails})
    return emails


# What mail servers report later about emails that they had accepted.

ACTOR_BOUNCE = "rule:bounce"


@retried
def record_bounce(
    db: Store, kind: BounceKind, reply: str, *, outbox_ids: Iterable[int], message_ids: Iterable[str], now: int
) -> bool:
    """Record a mail server's report about the first of these emails that we sent; False if we sent none of them.

    If the address does not work, or its owner complains, no email is sent to it any more, and the links of this email
    are replaced: the report contains them, so others may read them. Signatures that are confirmed stay as they are. A
    second report about an email changes nothing. ``reply`` must have no addresses.
    """
    with db.write() as tx:
        email = next(_find_emails(tx, outbox_ids, message_ids), None)
        if email is None:
            return False
        if kind == "delayed":
            outbox.mark_delayed(tx, email.id, now=now)
        elif outbox.mark_bounced(tx, email.id, kind, reply, now=now):
            _act_on_bounce(tx, email, kind, now=now)
    return True


def _find_emails(tx: Tx, outbox_ids: Iterable[int], message_ids: Iterable[str]) -> Iterator[ReportedEmail]:
    """Yield the emails with these ids, then those with these Message-IDs."""
    by_message_id = (outbox.find_by_message_id(tx, one) for one in message_ids)
    for outbox_id in (*outbox_ids, *by_message_id):
        email = None if outbox_id is None else outbox.find_reported(tx, outbox_id)
        if email is not None:
            yield email


def _act_on_bounce(tx: Tx, email: ReportedEmail, kind: BounceKind, *, now: int) -> None:
    statement_id = email.statement_id or ALL_STATEMENTS
    signature = signatures.find(tx, email.signature_id or 0)
    if kind != "complaint" and signature is not None:
        invitations.mark(tx, signature.id, "dead", now=now)
    if kind != "refused":
        # A complaint comes from the owner of the mailbox and covers all its tags. A bounce covers the exact address:
        # otherwise a stranger could sign as ``ani+nobody@`` and so stop the emails to ``ani@``.
        key = email.mail_key if kind == "complaint" else email.email_key
        nonce = secrets.token_bytes(NONCE_BYTES)
        outbox.add_suppression(tx, mail_key=key, statement_id=ALL_STATEMENTS, reason=kind, undo_nonce=nonce, now=now)
        # An email with requested links has no signature of its own, but can confirm the newest pending one.
        newest = signatures.find_newest_pending(tx, statement_id, email.email_key)
        spent = signature if email.signature_id else newest
        if spent is not None:
            signatures.replace_links(tx, spent.id)
    # Without the reply, which may name somebody: it is in the row of the email, and deleted with it.
    subject = None if signature else f"email:{email.id}"
    Act(tx, ACTOR_BOUNCE, now).journal(f"outbox.{kind}", signature or email.statement_id, subject=subject)


@retried
def allow_emails(db: Store, address: str, *, keys: AddressKeys, actor: str, now: int) -> bool:
    """Allow emails to an address that bounced or complained, at the request of its owner; False if it did neither."""
    with db.write() as tx:
        lifted = outbox.lift_suppression(tx, email_key=keys.key(address), mail_key=keys.mail_key(address))
        if lifted:
            Act(tx, actor, now).journal("outbox.allow", None)
    return lifted > 0
