"""Prune: what nobody has a reason to keep goes by itself."""

from datetime import timedelta

from server.actions.sign import PENDING_LIFETIME
from server.records import contacts, outbox, sessions, signatures, submissions
from server.storage import Store, retried

KEY_LIFETIME = timedelta(days=1)
OUTBOX_LIFETIME = timedelta(days=30)
DOMAIN_LIFETIME = timedelta(days=7)


@retried
def prune(db: Store, *, now: int) -> None:
    """Forget old pendings, addresses whose time has come, submissions' keys, emails and sessions that are done with."""
    with db.write() as tx:
        contacts.prune(tx, now=now)
        signatures.prune_pendings(tx, before=now - int(PENDING_LIFETIME.total_seconds()))
        submissions.prune(tx, before=now - int(KEY_LIFETIME.total_seconds()))
        outbox.prune(tx, before=now - int(OUTBOX_LIFETIME.total_seconds()))
        sessions.prune(tx, now=now)


@retried
def forget_domains(db: Store, *, most: int, now: int) -> int:
    """Forget up to ``most`` mail domains that were kept in case of a flood, and return how many: call it until 0."""
    with db.write() as tx:
        return signatures.forget_domains(tx, before=now - int(DOMAIN_LIFETIME.total_seconds()), most=most)
