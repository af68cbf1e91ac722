"""Delivery of the outbox: claims a batch by lease, decides, sends, marks; at least once, and never lost."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from server.errors import StatementClosed, UndersignedError
from server.links import CLOCK_SKEW, CONFIRM_LIFETIME, Links
from server.mail import letters
from server.mail.budget import Budget
from server.mail.compose import compose, read_sender
from server.mail.envelope import EmailRefused
from server.mail.outcomes import (
    MessageRefused,
    NotSent,
    RecipientRefused,
    ServerRefused,
    ServerUnreachable,
    Transport,
)
from server.records import contacts, mailings, outbox, signatures, statement_texts, statements, suppressions, tallies
from server.records.outbox import Claim
from server.records.statements import Statement
from server.sealing import SealBroken, Sealer
from server.storage import Store, Tx

LEASE_S = 300
BATCH = 20
LONGEST_SEND_S = 90  # a transport gives up on one message well before this
FIRST_RETRY_S = 60
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 48 * 3600
FEWEST_ATTEMPTS = 8  # about two hours of them: an email that waited out an outage gets its chance too
SERVER_PAUSE_S = 60
LINK_LIFE_S = int((CONFIRM_LIFETIME + CLOCK_SKEW).total_seconds())
REFUSED_IN_A_ROW = 3  # then it is not this or that email that the server minds, but us

_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Postbox:
    """What delivery works with; ``sender`` is an address or ``Name <address>``."""

    db: Store
    links: Links
    sealer: Sealer
    budget: Budget
    sender: str


@dataclass
class Round:
    """What one round did.

    ``stopped`` holds the mail server's words when it would have nothing to do with us, ``sealed`` says why addresses
    could not be opened.
    """

    sent: int = 0
    kept_back: int = 0
    postponed: int = 0
    dead: int = 0
    refused_in_a_row: int = 0
    stopped: str | None = None
    sealed: str | None = None


@dataclass(frozen=True)
class _Decision:
    """What is to become of an email: a letter to send, a reason to keep it back, or a moment to look again."""

    letter: Literal["confirm", "already"] | None = None
    about: letters.About | None = None
    kept_back: str | None = None
    later: int | None = None


def deliver(
    box: Postbox, transport: Transport, *, clock: Callable[[], int], is_stopping: Callable[[], bool] = lambda: False
) -> Round:
    """Deliver what is due, up to ``BATCH`` emails, and return what was done.

    Several deliveries may run at once, in threads or processes: each row is leased to one of them. Stops early when
    the mail server refuses us or cannot be reached, or ``is_stopping`` says so, and leaves the rest for later.
    """
    done = Round()
    with box.db.write() as tx:
        claims = outbox.claim(tx, now=clock(), lease_s=LEASE_S, most=BATCH)
    lease_ends = clock() + LEASE_S - LONGEST_SEND_S
    for claim in claims:
        if done.stopped is not None or is_stopping() or clock() >= lease_ends:
            with box.db.write() as tx:
                outbox.postpone(
                    tx, claim.id, "", due_at=clock() + (SERVER_PAUSE_S if done.stopped else 0), counted=False
                )
            done.postponed += 1
        else:
            _deliver_one(box, transport, claim, done, clock=clock)
    return done


def _deliver_one(box: Postbox, transport: Transport, claim: Claim, done: Round, *, clock: Callable[[], int]) -> None:
    now = clock()
    with box.db.write() as tx:
        decision = _decide(tx, claim, box.budget, now=now)
        if decision.kept_back is not None:
            outbox.suppress(tx, claim.id, decision.kept_back, now=now)
            done.kept_back += 1
        elif decision.later is not None:
            outbox.postpone(tx, claim.id, "", due_at=decision.later, counted=False)
            done.postponed += 1
        elif claim.email_key is not None:
            mailings.reserve(
                tx, outbox_id=claim.id, email_key=claim.email_key, statement_id=claim.statement_id, now=now
            )
            contacts.prolong(tx, claim.signature_id or 0, until=now + LINK_LIFE_S)
    if decision.about is not None:
        _send(box, transport, claim, decision, done, clock=clock)


def _decide(tx: Tx, claim: Claim, budget: Budget, *, now: int) -> _Decision:
    """Look at the signature, the wishes of its address and the address's budget, as they are at this moment."""
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state != "pending" or claim.email_key is None:
        return _Decision(kept_back="nothing waits for this email any more")
    statement = statements.get_by_id(tx, signature.statement_id)
    if not _is_confirmable(statement, now=now):
        return _Decision(kept_back="the statement takes no signatures any more")
    reason = suppressions.find_reason(tx, email_key=claim.email_key, statement_id=statement.id)
    if reason is not None:
        return _Decision(kept_back=f"the address wants no email: {reason}")
    spent = mailings.count_spent(tx, email_key=claim.email_key, statement_id=statement.id, outbox_id=claim.id, now=now)
    if budget.is_spent(spent):
        return _Decision(kept_back="the address has had enough emails")
    earliest = budget.earliest(spent, now=now)
    if earliest > now:
        return _Decision(later=earliest)
    about = letters.About(statement, statement_texts.get(tx, signature.text_id), signature, claim.locale)
    taken = signatures.is_name_taken(tx, signature)
    taken = taken or signatures.count_seats(tx, signature) >= statement.mailbox_seats
    return _Decision(letter="already" if taken else "confirm", about=about)


def _is_confirmable(statement: Statement, *, now: int) -> bool:
    """Whoever signed in the last minute gets their email after it: a link outlives its statement by a day."""
    try:
        statements.check_confirmable(statement, now=now)
    except StatementClosed:
        return False
    return True


def _send(
    box: Postbox, transport: Transport, claim: Claim, decision: _Decision, done: Round, *, clock: Callable[[], int]
) -> None:
    about = decision.about
    assert about is not None
    try:
        to = box.sealer.unseal(claim.sealed_to, purpose=contacts.SEALED_FOR)
        transport.send(_compose(box, claim, decision.letter, about, to=to, now=clock()), to=to)
    except (NotSent, SealBroken, EmailRefused) as refusal:
        _mark_refusal(box, claim, refusal, done, now=clock())
    else:
        _mark_sent(box, claim, about, done, now=clock())


def _compose(
    box: Postbox, claim: Claim, letter: str | None, about: letters.About, *, to: str, now: int
) -> EmailMessage:
    if letter == "already":
        words = letters.already_signed(about, box.links)
    else:
        words = letters.ask_to_confirm(about, box.links, now=now)
    return compose(
        sender=box.sender,
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id=f"<{claim.message_id}@{read_sender(box.sender).domain}>",
        reply_to=about.statement.reply_to,
        date=claim.created_at,
        language=words.language,
    )


def _mark_sent(box: Postbox, claim: Claim, about: letters.About, done: Round, *, now: int) -> None:
    signature = about.signature
    with box.db.write() as tx:
        outbox.sent(tx, claim.id, now=now)
        tallies.count_event(
            tx, tallies.Subject(signature.statement_id, signature.kind, signature.partner_id), "mailed", now=now
        )
    done.sent += 1
    done.refused_in_a_row = 0


def _mark_refusal(box: Postbox, claim: Claim, refusal: UndersignedError, done: Round, *, now: int) -> None:
    """Bury what can never be sent, and let everything else wait: longer each time, for two days at most.

    A server that will have nothing to do with us, or a data key that is gone, is no email's fault: these wait, however
    long. No email keeps another one waiting: what was refused comes after what was not tried yet.
    """
    reply = refusal.reply if isinstance(refusal, NotSent) else str(refusal)
    hopeless = isinstance(refusal, RecipientRefused | EmailRefused)
    tried_enough = now - claim.created_at >= GIVE_UP_AFTER_S and claim.attempts >= FEWEST_ATTEMPTS
    done.postponed += 1
    done.refused_in_a_row += int(isinstance(refusal, MessageRefused))
    if done.refused_in_a_row >= REFUSED_IN_A_ROW:
        done.stopped = reply
    with box.db.write() as tx:
        if isinstance(refusal, ServerRefused | ServerUnreachable) and not isinstance(refusal, MessageRefused):
            outbox.postpone(tx, claim.id, reply, due_at=now + SERVER_PAUSE_S, counted=False)
            done.stopped = reply
        elif isinstance(refusal, SealBroken):
            outbox.postpone(tx, claim.id, reply, due_at=now + LONGEST_RETRY_S, counted=False)
            done.sealed = reply
        elif hopeless or tried_enough:
            outbox.bury(tx, claim.id, reply, now=now)
            done.postponed -= 1
            done.dead += 1
        else:
            outbox.postpone(tx, claim.id, reply, due_at=now + _pause_s(claim.attempts))


def _pause_s(attempts: int) -> int:
    """Return how many seconds to wait after the given attempt (1 is the first): 1 m, 2 m, 4 m ... 1 h, each ± 20 %."""
    pause: int = min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S)
    return round(pause * _jitter.uniform(0.8, 1.2))
