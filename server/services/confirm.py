"""Confirms a signature, once; a second confirmation changes nothing."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from server.crypto.links import SignatureRef
from server.db import Conflict, Store, Tx, retried
from server.errors import LinkInvalid
from server.services.shared import (
    get_by_link,
    queue_email,
    reveal_names_if_enough,
    update_address_retention,
)
from server.tables import counts, invitations, journal, signature_queries, signatures, statements, texts
from server.tables.journal import Act
from server.tables.signatures import Signature
from server.tables.statements import Statement

Outcome = Literal["confirmed", "held", "already", "no-seat"]


@dataclass(frozen=True)
class Consent:
    """The consent wording that the signer agreed to, in the language in which they read it."""

    locale: str
    body: str


def get_by_confirm_link(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature that a confirm link was made for.

    Raises ``LinkInvalid`` when the signature is gone, removed or withdrawn, or when its id belongs to another row now.
    """
    signature = get_by_link(tx, ref)
    if signature.state in ("removed", "withdrawn"):
        raise LinkInvalid("this link no longer works")
    return signature


@retried
def confirm_signature(db: Store, ref: SignatureRef, *, consent: Consent, now: int) -> Outcome:
    """Confirm the signature of a link and return the outcome.

    ``held``: the signature waits for an admin. ``already``: this name has signed from this mailbox. ``no-seat``: as
    many names as are allowed have signed from this mailbox.

    A link may be used until a day after its statement has closed. Raises ``StatementClosed`` after that, and
    ``LinkInvalid`` for a signature that is gone, removed or withdrawn.
    """
    with db.write() as tx:
        signature = get_by_confirm_link(tx, ref)
        if signature.state != "pending":
            return "held" if signature.state == "held" else "confirmed"
        statement = statements.get_by_id(tx, signature.statement_id)
        statements.check_confirmable(statement, now=now)
        source = find_hold_rule(tx, statement, signature, now=now)
        consent_id = texts.get_or_add_wording(tx, "consent", consent.locale, consent.body, now=now)
        if not _take_seat(tx, statement, signature, consent_id=consent_id, held=source is not None, now=now):
            signatures.erase_contact(tx, signature.id)
            return "already" if signatures.is_name_taken(tx, signature) else "no-seat"
        _finish_confirmation(tx, statement, signature, source, now=now)
    return "held" if source else "confirmed"


def find_hold_rule(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule because of which an admin must approve this signature once it is confirmed, or None."""
    if statement.moderation == "all":
        return "rule:all"
    if signature.kind != "organisation":
        return None
    if rule := find_name_hold_rule(tx, statement, signature, now=now):
        return rule
    if statement.moderation == "organisations" and not signature.domain_proved:
        return "rule:unproved-domain"
    return None


def find_name_hold_rule(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule that holds an organisation because of its name, or None.

    While the list is hidden, all organisations are held. Otherwise the answer would reveal whether an organisation of
    the same name has signed.
    """
    if statement.hides_signers(now):
        return "rule:hidden-list"
    is_listed = signature_queries.is_organisation_listed(tx, statement.id, signature.organisation_key)
    return "rule:same-organisation" if is_listed else None


def _take_seat(tx: Tx, statement: Statement, signature: Signature, *, consent_id: int, held: bool, now: int) -> bool:
    """Confirm the signature in the first free seat of its mailbox; a unique index refuses seats that are taken."""
    for seat in range(1, statement.mailbox_seats + 1):
        with suppress(Conflict), tx.savepoint():
            return signatures.confirm(tx, signature, seat=seat, consent_id=consent_id, held=held, now=now)
    return False


def record_rule_hold(tx: Tx, signature: Signature, rule: str, *, now: int) -> None:
    """Add the rule to the holds of a signature, and write it to the journal. Call it before the state changes."""
    signatures.add_hold(tx, signature.id, rule, now=now)
    Act(tx, rule, now).journal("signature.hold", signature, before=signature.state, after="held")


def _finish_confirmation(tx: Tx, statement: Statement, signature: Signature, source: str | None, *, now: int) -> None:
    """Update the counts and holds after a confirmation, queue an email, and erase an address that is not needed."""
    for same in signatures.delete_same_pendings(tx, signature):
        journal.erase_details(tx, f"signature:{same}")
        invitations.hand_over(tx, was=same, signature_id=signature.id)
    counts.move(tx, signature, was="pending", becomes="held" if source else "confirmed", now=now)
    if source:
        record_rule_hold(tx, signature, source, now=now)
    queue_email(tx, "held" if source else "thanks", signature, now=now)
    signatures.confirm_subscriptions(tx, signature.id, now=now)
    update_address_retention(tx, signature.id)
    statements.touch(tx, statement.id)
    if statement.keeps_names_back:
        reveal_names_if_enough(tx, statement.id, now=now)
