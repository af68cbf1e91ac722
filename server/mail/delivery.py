"""Delivers the outbox in batches: each email is sent at least once, none is lost, and failures are retried later."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import NamedTuple

from server.crypto.encryption import SealBroken, Sealer
from server.crypto.links import (
    CLOCK_SKEW,
    CODE_LIFETIME,
    CONFIRM_LIFETIME,
    BounceAddresses,
    ConfirmationCodes,
    Links,
)
from server.db import Store, Tx, retried
from server.errors import UndersignedError
from server.mail.email_kinds import EMAIL_KINDS, Draft, Obsolete
from server.mail.emails import EmailLinks, render_email
from server.mail.message import EmailRefused, compose, read_sender
from server.mail.smtp import MessageRefused, NotSent, RecipientRefused, ServerRefused, ServerUnreachable, Transport
from server.tables import counts, invitations, mail_domains, outbox, signatures
from server.tables.mail_domains import HOUR_S
from server.tables.outbox import Claim, EmailUsage, Purse
from server.text.addresses import AddressKeys, is_local_host, limited_domain

# The budget: how many emails strangers can have sent to one address, with all its tags.


@dataclass(frozen=True)
class EmailBudget:
    """The limits of emails to one address. ``gap_s``: seconds between two emails of one purse; the others are counts.

    A purse is a kind of emails with a limit: ``confirm`` or ``links``. They are counted separately, so that a stranger
    who uses up the confirm emails of an address cannot stop its owner from getting the links to their signatures. A day
    is the last 24 hours. ``domain_per_hour``: how many emails that strangers can request are sent to one mail domain
    for one statement in an hour; 0: any number.
    """

    gap_s: int
    per_day: int
    per_statement: int
    links_per_day: int
    domain_per_hour: int

    def is_spent(self, purse: Purse, spent: EmailUsage) -> bool:
        """Return True if this address has had all emails that ``purse`` (confirm emails or requested links) allows."""
        if purse == "links":
            return spent.today >= self.links_per_day
        return spent.for_statement >= self.per_statement or spent.today >= self.per_day

    def earliest(self, spent: EmailUsage, *, now: int) -> int:
        """Return the time from which the next email may be sent; ``spent`` is the usage of its purse."""
        return now if spent.last is None else max(now, spent.last + self.gap_s)


# Deciding: send, suppress, or look again later.


@dataclass(frozen=True)
class DeliveryDecision:
    """What to do with an email: send ``draft`` and count it in ``purse``, suppress it, or decide again later.

    ``kept_back`` is the reason for suppressing it. ``later`` is the time (epoch seconds) of the next decision.
    ``waits_for`` is the tag of a mail domain that has reached its hourly limit.
    """

    draft: Draft | None = None
    purse: Purse | None = None
    kept_back: str | None = None
    later: int | None = None
    waits_for: str | None = None


def decide(
    tx: Tx, claim: Claim, budget: EmailBudget, *, mail_key: bytes | None, mail_domain: str | None, now: int
) -> DeliveryDecision:
    """Decide what to do with an email now, from its signature, the wishes of its address, and earlier emails to it.

    An address that refuses emails gets none, except the one that confirms the refusal. Emails that strangers can
    request wait for the gap, and are suppressed when their purse is used up. Emails that follow an action of the
    signer, or of an admin about the signature, are sent at once and count in no purse.
    """
    kind = EMAIL_KINDS[claim.kind]
    try:
        draft = kind.draft(tx, claim, now)
    except Obsolete as why:
        return DeliveryDecision(kept_back=str(why))
    if claim.email_key is None or mail_key is None:
        return DeliveryDecision(kept_back="the address has been deleted")
    keys = {"email_key": claim.email_key, "mail_key": mail_key}
    reason = outbox.find_suppression_reason(tx, **keys, statement_id=claim.statement_id)
    if reason is not None and not kind.is_last:
        return DeliveryDecision(kept_back=f"the address gets no email: {reason}")
    purse = draft.purse or kind.purse
    if purse is None:
        return DeliveryDecision(draft=draft)
    spent = outbox.get_email_usage(
        tx, **keys, statement_id=claim.statement_id, purse=purse, outbox_id=claim.id, now=now
    )
    if budget.is_spent(purse, spent):
        return DeliveryDecision(kept_back="the address has had enough emails")
    earliest = budget.earliest(spent, now=now)
    if earliest > now:
        return DeliveryDecision(later=earliest)
    if kind.is_invitation:
        later = find_later_turn(tx, claim, mail_domain, domain_per_hour=budget.domain_per_hour, now=now)
        return DeliveryDecision(draft=draft, purse=purse) if later is None else DeliveryDecision(later=later)
    if mail_domain is not None and must_wait(tx, claim, mail_domain, per_hour=budget.domain_per_hour, now=now):
        return DeliveryDecision(waits_for=mail_domain)
    return DeliveryDecision(draft=draft, purse=purse)


# Failures: given up at once, or retried later each time.

FIRST_RETRY_S = 60
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 48 * 3600
FEWEST_ATTEMPTS = 8  # these take about two hours, so an email is still tried after a long outage
SERVER_PAUSE_S = 60


@retried
def _mark_refusal(db: Store, claim: Claim, refusal: UndersignedError, *, now: int) -> bool:
    """Give up an email that can never be sent, and return True; schedule a retry for all others.

    The retries come at growing intervals for two days. If the server refuses us, or the data key is missing, the emails
    are not at fault: they are retried until it works. Refused emails come after those that were not tried yet, so that
    they do not block others.
    """
    reply = str(refusal)
    hopeless = isinstance(refusal, RecipientRefused | EmailRefused)
    tried_enough = now - claim.created_at >= GIVE_UP_AFTER_S and claim.attempts >= FEWEST_ATTEMPTS
    with db.write() as tx:
        if _is_server_problem(refusal) or isinstance(refusal, SealBroken):
            pause_s = LONGEST_RETRY_S if isinstance(refusal, SealBroken) else SERVER_PAUSE_S
            outbox.postpone(tx, claim.id, reply, due_at=now + pause_s, counted=False)
        elif hopeless or tried_enough:
            recipient_refused = isinstance(refusal, NotSent) and refusal.concerns_recipient
            outbox.mark_undeliverable(tx, claim.id, reply, recipient_refused=recipient_refused, now=now)
            _record_outcome(tx, claim, "dead", now=now)
            return True
        else:
            outbox.postpone(tx, claim.id, reply, due_at=now + _pause_s(claim.attempts))
    return False


def _record_outcome(tx: Tx, claim: Claim, outcome: invitations.Outcome, *, now: int) -> None:
    """Record the outcome of an invitation: the desk shows it long after the email is pruned."""
    if EMAIL_KINDS[claim.kind].is_invitation and claim.signature_id is not None:
        invitations.mark(tx, claim.signature_id, outcome, now=now)


def _is_server_problem(refusal: UndersignedError) -> bool:
    """Say whether the server refuses us or cannot be reached, so that no other email can be sent now either."""
    return isinstance(refusal, ServerRefused | ServerUnreachable) and not isinstance(refusal, MessageRefused)


def _pause_s(attempts: int) -> int:
    """Return how many seconds to wait after the given attempt (1 is the first): 1 m, 2 m, 4 m ... 1 h, each ± 20 %."""
    pause: int = min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S)
    return round(pause * random.SystemRandom().uniform(0.8, 1.2))


# Rounds of delivery.

LEASE_S = 300
DELIVERY_BATCH = 20
LONGEST_SEND_S = 90  # a transport gives up on one message well before this
CODE_LIFE_S = int(CODE_LIFETIME.total_seconds())
LINK_LIFE_S = int((CONFIRM_LIFETIME + CLOCK_SKEW).total_seconds())
INVITED_LIFE_S = int(signatures.PENDING_LIFETIME.total_seconds())
REFUSED_IN_A_ROW = 3  # after so many refusals the server probably refuses all our emails


@dataclass(frozen=True)
class DeliveryContext:
    """The arguments of delivery that do not change; ``sender`` is an address or ``Name <address>``."""

    db: Store
    links: Links
    codes: ConfirmationCodes
    keys: AddressKeys
    sealer: Sealer
    budget: EmailBudget
    sender: str
    bounces: BounceAddresses


class SentEmail(NamedTuple):
    """An email that the mail server has accepted."""

    claim: Claim
    draft: Draft


@dataclass
class DeliveryRound:
    """The counts of one round of delivery.

    ``stopped`` is the mail server's reply when it refused us or could not be reached. ``sealed`` is the reason why
    addresses could not be decrypted. ``unrecorded`` is the email sent last, until the transaction that decides about
    the next one records it: one transaction for each email is enough, and a crash sends at most one email twice.
    """

    sent: int = 0
    kept_back: int = 0
    postponed: int = 0
    dead: int = 0
    refused_in_a_row: int = 0
    stopped: str | None = None
    sealed: str | None = None
    unrecorded: SentEmail | None = None


def deliver_due_emails(
    box: DeliveryContext,
    transport: Transport,
    *,
    clock: Callable[[], int],
    is_stopping: Callable[[], bool] = lambda: False,
) -> DeliveryRound:
    """Deliver up to ``DELIVERY_BATCH`` emails that are due, and return the counts.

    Several deliveries may run at once, in threads or processes: each row is leased to one of them. If the mail server
    refuses us or cannot be reached, or ``is_stopping`` returns True, the other emails are left for later.
    """
    done = DeliveryRound()
    claims = claim_due(box.db, domain_per_hour=box.budget.domain_per_hour, now=clock())
    lease_ends = clock() + LEASE_S - LONGEST_SEND_S
    try:
        while claims and not (done.stopped is not None or is_stopping() or clock() >= lease_ends):
            _deliver_one(box, transport, claims.pop(0), done, clock=clock)
    finally:
        if done.unrecorded is not None:
            _record_last_sent(box.db, done.unrecorded, now=clock())
            done.unrecorded = None
    for claim in claims:
        _release_claim(box.db, claim, until=clock() + (SERVER_PAUSE_S if done.stopped else 0))
        done.postponed += 1
    return done


@retried
def claim_due(db: Store, *, domain_per_hour: int, now: int) -> list[Claim]:
    """Take up to ``DELIVERY_BATCH`` emails that are due, for ``LEASE_S`` seconds."""
    with db.write() as tx:
        release_waiting(tx, per_hour=domain_per_hour, now=now)
        return outbox.claim(tx, now=now, lease_s=LEASE_S, most=DELIVERY_BATCH)


@retried
def _release_claim(db: Store, claim: Claim, *, until: int) -> None:
    """End the lease of an email that was not tried, so that it can be sent later."""
    with db.write() as tx:
        outbox.postpone(tx, claim.id, "", due_at=until, counted=False)


def _deliver_one(
    box: DeliveryContext, transport: Transport, claim: Claim, done: DeliveryRound, *, clock: Callable[[], int]
) -> None:
    decision = _decide_and_record(box, claim, done.unrecorded, now=clock())
    done.unrecorded = None
    draft = decision.draft
    done.kept_back += int(decision.kept_back is not None)
    done.postponed += int(decision.later is not None or decision.waits_for is not None)
    if draft is None:
        return
    try:
        to = box.sealer.unseal(claim.sealed_to, purpose=signatures.ADDRESS_SEAL_PURPOSE)
        message = _compose_email(box, claim, draft, to=to, now=clock())
        transport.send(message, to=to, return_path=box.bounces.make(claim.id))
    except (NotSent, SealBroken, EmailRefused) as refusal:
        _count_refusal(done, refusal, buried=_mark_refusal(box.db, claim, refusal, now=clock()))
    else:
        done.unrecorded = SentEmail(claim, draft)
        done.sent += 1
        done.refused_in_a_row = 0


@retried
def _decide_and_record(box: DeliveryContext, claim: Claim, before: SentEmail | None, *, now: int) -> DeliveryDecision:
    """Decide what to do with an email, and record the decision before anything is sent.

    The same transaction records that ``before``, the email before this one, was sent. The address is counted by its
    key, and by its mail domain where that has a limit.
    """
    kind, domain = EMAIL_KINDS[claim.kind], None
    try:
        address = box.sealer.unseal(claim.sealed_to, purpose=signatures.ADDRESS_SEAL_PURPOSE)
    except SealBroken:
        mail_key = claim.email_key  # nothing is sent to an address that cannot be decrypted, so any key will do
    else:
        mail_key = box.keys.mail_key(address)
        if kind.counts_for_domain and box.budget.domain_per_hour > 0:
            domain = limited_domain(address)
    mail_domain = box.keys.domain_key(domain) if domain else None
    with box.db.write() as tx:
        _mark_sent(tx, before, now=now)
        decision = decide(tx, claim, box.budget, mail_key=mail_key, mail_domain=mail_domain, now=now)
        if decision.kept_back is not None:
            outbox.mark_suppressed(tx, claim.id, decision.kept_back, now=now)
            _record_outcome(tx, claim, "suppressed", now=now)
            if mail_domain is not None and claim.statement_id is not None:
                mail_domains.resume_now(tx, claim.statement_id, mail_domain, now=now)
        elif decision.later is not None:
            outbox.postpone(tx, claim.id, "", due_at=decision.later, counted=False)
        elif decision.waits_for is not None and domain is not None:
            sealed = box.sealer.seal(domain, purpose=mail_domains.DOMAIN_SEAL_PURPOSE).blob
            wait_for_domain(tx, claim, decision.waits_for, sealed=sealed, per_hour=box.budget.domain_per_hour, now=now)
        elif decision.draft is not None and claim.email_key is not None and mail_key is not None:
            outbox.add_mailing(
                tx,
                outbox_id=claim.id,
                email_key=claim.email_key,
                mail_key=mail_key,
                mail_domain=mail_domain,
                statement_id=claim.statement_id,
                purse=decision.purse,
                now=now,
            )
            life_s = INVITED_LIFE_S if kind.is_invitation else LINK_LIFE_S
            for signature in decision.draft.opens:
                signatures.extend_contact(tx, signature.id, until=now + life_s)
                signatures.open_code(tx, signature.id, until=now + CODE_LIFE_S)
    return decision


def _compose_email(box: DeliveryContext, claim: Claim, draft: Draft, *, to: str, now: int) -> EmailMessage:
    sender = read_sender(box.sender)
    # ``.invalid`` is reserved for names that do not exist
    domain = next((ours for ours in (sender.domain, box.links.host) if not is_local_host(ours)), "undersigned.invalid")
    words = render_email(draft.email, draft.about, EmailLinks(box.links, box.codes, now, sender.display_name))
    return compose(
        words,
        sender=box.sender,
        to=to,
        message_id=f"<{claim.message_id}@{domain}>",
        reply_to=draft.about.statement.reply_to,
        date=claim.created_at,
    )


@retried
def _record_last_sent(db: Store, last: SentEmail, *, now: int) -> None:
    with db.write() as tx:
        _mark_sent(tx, last, now=now)


def _mark_sent(tx: Tx, sent: SentEmail | None, *, now: int) -> None:
    if sent is None:
        return
    outbox.mark_sent(tx, sent.claim.id, now=now)
    _record_outcome(tx, sent.claim, "sent", now=now)
    signed = sent.draft.about.signed
    if signed is not None:
        subject = counts.Subject(signed.statement_id, signed.kind, signed.partner_id)
        counts.count_event(tx, subject, "mailed", now=now)


def _count_refusal(done: DeliveryRound, refusal: UndersignedError, *, buried: bool) -> None:
    """Count a refusal, and stop the round if the next emails would be refused too."""
    reply = str(refusal)
    done.dead += int(buried)
    done.postponed += int(not buried)
    done.refused_in_a_row += int(isinstance(refusal, MessageRefused))
    if _is_server_problem(refusal) or done.refused_in_a_row >= REFUSED_IN_A_ROW:
        done.stopped = reply
    if isinstance(refusal, SealBroken):
        done.sealed = reply


# The hourly limit of each mail domain and statement: emails over it wait in the outbox and are sent in their order.
# Without the limit, a stranger who signs with invented addresses of one organisation floods its mail server through us.
# The limit counts the emails that strangers can cause: confirm emails, reminders and requested links.

RELEASE_MOST = 500  # emails of a trusted domain in one transaction, so that other writes do not wait long


def must_wait(tx: Tx, claim: Claim, mail_domain: str, *, per_hour: int, now: int) -> bool:
    """Return whether a mail domain has reached its limit for the last hour, or older emails wait for it."""
    if claim.statement_id is None or mail_domains.is_trusted(tx, claim.statement_id, mail_domain):
        return False
    if find_when_full(tx, claim, mail_domain, per_hour=per_hour, now=now) is not None:
        return True
    return outbox.has_waiting_before(tx, claim.id, statement_id=claim.statement_id, mail_domain=mail_domain)


def wait_for_domain(tx: Tx, claim: Claim, mail_domain: str, *, sealed: bytes, per_hour: int, now: int) -> None:
    """Make an email wait until its mail domain may get the next one.

    ``sealed`` is the encrypted name of the domain, which the desk shows.
    """
    outbox.wait_for_domain(tx, claim.id, mail_domain)
    full = find_when_full(tx, claim, mail_domain, per_hour=per_hour, now=now)
    resumes_at = now if full is None else full + HOUR_S
    mail_domains.add_waiting(tx, claim.statement_id or 0, mail_domain, sealed=sealed, resumes_at=resumes_at)


def release_waiting(tx: Tx, *, per_hour: int, now: int) -> None:
    """Release the oldest waiting emails of each domain that is due, as many as the hourly limit allows.

    If the domain is trusted or the limit is switched off, release all of them, ``RELEASE_MOST`` at a time.
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
    """Return when the oldest of the emails that fill the hourly limit was sent; None if the limit is not reached."""
    return outbox.find_latest_to_domain(
        tx,
        statement_id=claim.statement_id or 0,
        mail_domain=mail_domain,
        outbox_id=claim.id,
        since=now - HOUR_S,
        nth=per_hour,
    )


# The pace of invitations. An admin may invite hundreds of people at once. Their emails come after all others, are
# spread over hours, and leave half of what a mail domain may have in an hour to people who sign now.

_WINDOW_S = 600  # counted in ten minutes, so that an outage is not followed by a flood


def find_later_turn(tx: Tx, claim: Claim, mail_domain: str | None, *, domain_per_hour: int, now: int) -> int | None:
    """Return the time until which a due invitation has to wait; None if it may be sent now."""
    invitation = invitations.find_of_signature(tx, claim.signature_id or 0)
    if invitation is None:
        return None
    sent = outbox.count_invitations_sent(tx, outbox_id=claim.id, since=now - _WINDOW_S)
    if sent >= math.ceil(invitation.per_hour * _WINDOW_S / HOUR_S):
        turn = outbox.find_next_invitation_turn(tx, per_hour=invitation.per_hour, now=now)
        return turn + outbox.invitation_gap_s(invitation.per_hour)
    if mail_domain is None or mail_domains.is_trusted(tx, invitation.statement_id, mail_domain):
        return None
    half = max(domain_per_hour // 2, 1)
    return None if find_when_full(tx, claim, mail_domain, per_hour=half, now=now) is None else now + HOUR_S
