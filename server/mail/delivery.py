"""Delivery of the outbox: claims a batch by lease, decides, sends, marks; at least once, and never lost."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from server.codes import CODE_LIFETIME, Codes
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
from server.storage import Store, Tx, retried

LEASE_S = 300
BATCH = 20
LONGEST_SEND_S = 90  # a transport gives up on one message well before this
FIRST_RETRY_S = 60
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 48 * 3600
FEWEST_ATTEMPTS = 8  # about two hours of them: an email that waited out an outage gets its chance too
SERVER_PAUSE_S = 60
CODE_LIFE_S = int(CODE_LIFETIME.total_seconds())
LINK_LIFE_S = int((CONFIRM_LIFETIME + CLOCK_SKEW).total_seconds())
REFUSED_IN_A_ROW = 3  # then it is not this or that email that the server minds, but us

_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Postbox:
    """What delivery works with; ``sender`` is an address or ``Name <address>``."""

    db: Store
    links: Links
    codes: Codes
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
    claims = claim_due(box.db, now=clock())
    lease_ends = clock() + LEASE_S - LONGEST_SEND_S
    for claim in claims:
        if done.stopped is not None or is_stopping() or clock() >= lease_ends:
            _leave(box.db, claim, until=clock() + (SERVER_PAUSE_S if done.stopped else 0))
            done.postponed += 1
        else:
            _deliver_one(box, transport, claim, done, clock=clock)
    return done


@retried
def claim_due(db: Store, *, now: int) -> list[Claim]:
    """Take up to ``BATCH`` emails that are due, for ``LEASE_S`` seconds."""
    with db.write() as tx:
        return outbox.claim(tx, now=now, lease_s=LEASE_S, most=BATCH)


@retried
def _leave(db: Store, claim: Claim, *, until: int) -> None:
    """Give an email back untried."""
    with db.write() as tx:
        outbox.postpone(tx, claim.id, "", due_at=until, counted=False)


def _deliver_one(box: Postbox, transport: Transport, claim: Claim, done: Round, *, clock: Callable[[], int]) -> None:
    decision = _settle(box.db, claim, box.budget, now=clock())
    done.kept_back += int(decision.kept_back is not None)
    done.postponed += int(decision.later is not None)
    if decision.about is not None:
        _send(box, transport, claim, decision, done, clock=clock)


@retried
def _settle(db: Store, claim: Claim, budget: Budget, *, now: int) -> _Decision:
    """Decide what is to become of an email, and write it down before anything is sent."""
    with db.write() as tx:
        decision = _decide(tx, claim, budget, now=now)
        if decision.kept_back is not None:
            outbox.suppress(tx, claim.id, decision.kept_back, now=now)
        elif decision.later is not None:
            outbox.postpone(tx, claim.id, "", due_at=decision.later, counted=False)
        elif claim.email_key is not None:
            mailings.reserve(
                tx, outbox_id=claim.id, email_key=claim.email_key, statement_id=claim.statement_id, now=now
            )
            contacts.prolong(tx, claim.signature_id or 0, until=now + LINK_LIFE_S)
            signatures.open_code(tx, claim.signature_id or 0, until=now + CODE_LIFE_S)
    return decision


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
        _note_refusal(done, refusal, buried=_mark_refusal(box.db, claim, refusal, now=clock()))
    else:
        _mark_sent(box.db, claim, about, now=clock())
        done.sent += 1
        done.refused_in_a_row = 0


def _compose(
    box: Postbox, claim: Claim, letter: str | None, about: letters.About, *, to: str, now: int
) -> EmailMessage:
    if letter == "already":
        words = letters.already_signed(about, box.links)
    else:
        words = letters.ask_to_confirm(about, box.links, box.codes, now=now)
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


@retried
def _mark_sent(db: Store, claim: Claim, about: letters.About, *, now: int) -> None:
    signature = about.signature
    with db.write() as tx:
        outbox.sent(tx, claim.id, now=now)
        tallies.count_event(
            tx, tallies.Subject(signature.statement_id, signature.kind, signature.partner_id), "mailed", now=now
        )


def _note_refusal(done: Round, refusal: UndersignedError, *, buried: bool) -> None:
    """Tell the round what a refusal means for the emails after this one."""
    reply = _reply_of(refusal)
    done.dead += int(buried)
    done.postponed += int(not buried)
    done.refused_in_a_row += int(isinstance(refusal, MessageRefused))
    if _is_the_servers(refusal) or done.refused_in_a_row >= REFUSED_IN_A_ROW:
        done.stopped = reply
    if isinstance(refusal, SealBroken):
        done.sealed = reply


@retried
def _mark_refusal(db: Store, claim: Claim, refusal: UndersignedError, *, now: int) -> bool:
    """Bury what can never be sent, and say so; let everything else wait: longer each time, for two days at most.

    A server that will have nothing to do with us, or a data key that is gone, is no email's fault: these wait, however
    long. No email keeps another one waiting: what was refused comes after what was not tried yet.
    """
    reply = _reply_of(refusal)
    hopeless = isinstance(refusal, RecipientRefused | EmailRefused)
    tried_enough = now - claim.created_at >= GIVE_UP_AFTER_S and claim.attempts >= FEWEST_ATTEMPTS
    with db.write() as tx:
        if _is_the_servers(refusal):
            outbox.postpone(tx, claim.id, reply, due_at=now + SERVER_PAUSE_S, counted=False)
        elif isinstance(refusal, SealBroken):
            outbox.postpone(tx, claim.id, reply, due_at=now + LONGEST_RETRY_S, counted=False)
        elif hopeless or tried_enough:
            outbox.bury(tx, claim.id, reply, now=now)
            return True
        else:
            outbox.postpone(tx, claim.id, reply, due_at=now + _pause_s(claim.attempts))
    return False


def _is_the_servers(refusal: UndersignedError) -> bool:
    """Tell a server that has nothing to do with us, or cannot be reached, from one that refuses an email."""
    return isinstance(refusal, ServerRefused | ServerUnreachable) and not isinstance(refusal, MessageRefused)


def _reply_of(refusal: UndersignedError) -> str:
    return refusal.reply if isinstance(refusal, NotSent) else str(refusal)


def _pause_s(attempts: int) -> int:
    """Return how many seconds to wait after the given attempt (1 is the first): 1 m, 2 m, 4 m ... 1 h, each ± 20 %."""
    pause: int = min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S)
    return round(pause * _jitter.uniform(0.8, 1.2))
