"""Prune: what nobody has a reason to keep goes by itself."""

from datetime import timedelta

from server.actions.sign import PENDING_LIFETIME
from server.records import contacts, journal, mailings, outbox, sessions, signatures, submissions
from server.storage import Store, retried

KEY_LIFETIME = timedelta(days=1)
OUTBOX_LIFETIME = timedelta(days=30)
DOMAIN_LIFETIME = timedelta(days=7)
MAILINGS_LIFETIME = timedelta(days=30)


@retried
def prune(db: Store, *, now: int) -> None:
    """Forget old pendings, addresses whose time has come, submissions' keys, emails and sessions that are done with."""
    signed_before = now - int(PENDING_LIFETIME.total_seconds())
    with db.write() as tx:
        addresses = contacts.prune(tx, now=now)
        journal.erase_details_of_pendings(tx, signed_before=signed_before)
        pendings = signatures.prune_pendings(tx, before=signed_before)
        if addresses or pendings:
            gone = {"addresses": addresses, "pendings": pendings}
            journal.write(tx, "chore.prune", actor="chore:prune", subject="server", after=gone, now=now)
        submissions.prune(tx, before=now - int(KEY_LIFETIME.total_seconds()))
        outbox.prune(tx, before=now - int(OUTBOX_LIFETIME.total_seconds()))
        sessions.prune(tx, now=now)


@retried
def forget_domains(db: Store, *, most: int, now: int) -> int:
    """Forget up to ``most`` mail domains that were kept in case of a flood, and return how many: call it until 0."""
    with db.write() as tx:
        return signatures.forget_domains(tx, before=now - int(DOMAIN_LIFETIME.total_seconds()), most=most)


@retried
def forget_mailings(db: Store, *, most: int, now: int) -> int:
    """Forget up to ``most`` emails that addresses had a month ago, for statements that had ended by then.

    Returns how many: call it until 0. Until a statement has ended they count for ever.
    """
    with db.write() as tx:
        return mailings.prune(tx, before=now - int(MAILINGS_LIFETIME.total_seconds()), most=most)
