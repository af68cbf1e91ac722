"""The hourly limit of each mail domain and statement: emails over it wait in the outbox and go in their order.

Without it a stranger who signs with invented addresses of one organisation floods its mail server through us. It counts
the emails that strangers can have sent: confirm emails, reminders and requested links.
"""

from server.db import Tx
from server.tables import mail_domains, outbox
from server.tables.mail_domains import HOUR_S
from server.tables.outbox import Claim

RELEASE_MOST = 500  # emails of a trusted domain in one transaction, so that other writes do not wait long


def must_wait(tx: Tx, claim: Claim, mail_domain: str, *, per_hour: int, now: int) -> bool:
    """Say whether a mail domain has had its emails of the last hour, or older ones wait for it."""
    if claim.statement_id is None or mail_domains.is_trusted(tx, claim.statement_id, mail_domain):
        return False
    if find_when_full(tx, claim, mail_domain, per_hour=per_hour, now=now) is not None:
        return True
    return outbox.has_waiting_before(tx, claim.id, statement_id=claim.statement_id, mail_domain=mail_domain)


def wait_for_domain(tx: Tx, claim: Claim, mail_domain: str, *, sealed: bytes, per_hour: int, now: int) -> None:
    """Let an email wait until its domain may have the next one; ``sealed`` is the domain's name, for the desk."""
    outbox.wait_for_domain(tx, claim.id, mail_domain)
    full = find_when_full(tx, claim, mail_domain, per_hour=per_hour, now=now)
    resumes_at = now if full is None else full + HOUR_S
    mail_domains.add_waiting(tx, claim.statement_id or 0, mail_domain, sealed=sealed, resumes_at=resumes_at)


def release_waiting(tx: Tx, *, per_hour: int, now: int) -> None:
    """Release the oldest waiting emails of each domain that is due, as many as the last hour has room for.

    Where the domain is trusted or the limit is switched off, release all of them, ``RELEASE_MOST`` at a time.
    """
    for row in mail_domains.list_to_resume(tx, now=now):
        of = {"statement_id": row["statement_id"], "mail_domain": row["mail_domain"]}
        had = outbox.get_domain_usage(tx, **of, since=now - HOUR_S)
        is_free = row["trusted_at"] is not None or not per_hour
        room = RELEASE_MOST if is_free else max(per_hour - had.emails, 0)
        if outbox.release_waiting(tx, **of, most=room, now=now) < room:
            mail_domains.finish_waiting(tx, **of)
        else:
            first = now if had.first is None else had.first
            mail_domains.resume_at(tx, **of, resumes_at=now if is_free else first + HOUR_S)


def find_when_full(tx: Tx, claim: Claim, mail_domain: str, *, per_hour: int, now: int) -> int | None:
    """Return when the oldest of the emails that fill the last hour was sent, or None while there is room."""
    return outbox.find_latest_to_domain(
        tx,
        statement_id=claim.statement_id or 0,
        mail_domain=mail_domain,
        outbox_id=claim.id,
        since=now - HOUR_S,
        nth=per_hour,
    )
