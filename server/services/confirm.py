"""Confirm: the owner of the mailbox says yes, once; a second yes is harmless."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from server.actions.linked import get_linked, subject_of
from server.actions.reasons import settle_address
from server.actions.release import release_names
from server.actions.telling import tell
from server.errors import LinkInvalid
from server.links import SignatureRef
from server.records import contacts, holds, journal, signatures, signers, statements, subscriptions, tallies, wordings
from server.records.signatures import Signature
from server.records.statements import Statement
from server.storage import Conflict, Store, Tx, retried

Outcome = Literal["confirmed", "held", "already", "no-seat"]


@dataclass(frozen=True)
class Consent:
    """The words that the signer ticked, in the language in which they read them."""

    locale: str
    body: str


def get_signature(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the row that a link is about.

    Raises ``LinkInvalid`` when it is gone, was removed or withdrawn, or is not the row that the link was made for.
    """
    signature = get_linked(tx, ref)
    if signature.state in ("removed", "withdrawn"):
        raise LinkInvalid("this link leads nowhere any more")
    return signature


@retried
def confirm(db: Store, ref: SignatureRef, *, consent: Consent, now: int) -> Outcome:
    """Confirm the signature of a link and say what became of it.

    ``held``: it waits for an admin. ``already``: this mailbox has signed under this name. ``no-seat``: under
    as many names as it may.
    A link may be used until a day after its statement has closed. Raises ``StatementClosed`` after that, and
    ``LinkInvalid`` for a signature that is gone, or was removed or withdrawn.
    """
    with db.write() as tx:
        signature = get_signature(tx, ref)
        if signature.state != "pending":
            return "held" if signature.state == "held" else "confirmed"
        statement = statements.get_by_id(tx, signature.statement_id)
        statements.check_confirmable(statement, now=now)
        source = find_rule(tx, statement, signature, now=now)
        consent_id = wordings.keep(tx, "consent", consent.locale, consent.body, now=now)
        if not _take_seat(tx, statement, signature, consent_id=consent_id, held=source is not None, now=now):
            contacts.erase(tx, signature.id)
            return "already" if signatures.is_name_taken(tx, signature) else "no-seat"
        _settle(tx, statement, signature, source, now=now)
    return "held" if source else "confirmed"


def find_rule(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule that wants an admin's eyes on this signature once it is confirmed, or None."""
    if statement.moderation == "all":
        return "rule:all"
    if signature.kind != "organisation":
        return None
    if rule := find_rule_of_names(tx, statement, signature, now=now):
        return rule
    if statement.moderation == "organisations" and not signature.domain_proved:
        return "rule:unproved-domain"
    return None


def find_rule_of_names(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule that holds an organisation for the sake of its name, or None.

    As long as nobody can see who is listed, all are held: what became of one would tell whether a namesake has signed.
    """
    if statement.hides_signers(now):
        return "rule:hidden-list"
    is_listed = signers.is_organisation_listed(tx, statement.id, signature.organisation_key)
    return "rule:same-organisation" if is_listed else None


def _take_seat(tx: Tx, statement: Statement, signature: Signature, *, consent_id: int, held: bool, now: int) -> bool:
    """Try the mailbox's seats one after another; the indexes say which is free."""
    for seat in range(1, statement.mailbox_seats + 1):
        with suppress(Conflict), tx.savepoint():
            return signatures.confirm(tx, signature, seat=seat, consent_id=consent_id, held=held, now=now)
    return False


def hold_by_rule(tx: Tx, signature: Signature, rule: str, *, now: int) -> None:
    """Note which rule holds a signature, which is as it was before: for its release, and in the journal."""
    holds.add(tx, signature.id, rule, now=now)
    subject, whose = f"signature:{signature.id}", signature.statement_id
    told = {"before": signature.state, "after": "held"}
    journal.write(tx, "signature.hold", actor=rule, subject=subject, statement_id=whose, now=now, **told)


def _settle(tx: Tx, statement: Statement, signature: Signature, source: str | None, *, now: int) -> None:
    """Do what follows from a confirmation: counts, holds, an email, and the address kept only where a reason stands."""
    for same in signatures.delete_same_pendings(tx, signature):
        journal.erase_details(tx, f"signature:{same}")
    tallies.move(tx, subject_of(signature), was="pending", becomes="held" if source else "confirmed", now=now)
    if source:
        hold_by_rule(tx, signature, source, now=now)
    tell(tx, "held" if source else "thanks", signature, now=now)
    subscriptions.confirm(tx, signature.id, now=now)
    settle_address(tx, signature.id)
    statements.touch(tx, statement.id)
    release_names(tx, statement.id, now=now)
