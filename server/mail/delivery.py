"""Delivery of the outbox: claims a batch by lease, decides, sends, marks; at least once, and never lost."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from server.addresses import AddressKeys
from server.codes import CODE_LIFETIME, Codes
from server.errors import UndersignedError
from server.links import CLOCK_SKEW, CONFIRM_LIFETIME, Links
from server.mail.budget import Budget
from server.mail.compose import compose, read_sender
from server.mail.deciding import Decision, decide
from server.mail.envelope import EmailRefused
from server.mail.kinds import Draft
from server.mail.letters import Pen
from server.mail.outcomes import MessageRefused, NotSent, Transport
from server.mail.refusals import SERVER_PAUSE_S, is_the_servers, mark_refusal, reply_of
from server.records import contacts, mailings, outbox, signatures, tallies
from server.records.outbox import Claim
from server.sealing import SealBroken, Sealer
from server.storage import Store, retried

LEASE_S = 300
BATCH = 20
LONGEST_SEND_S = 90  # a transport gives up on one message well before this
CODE_LIFE_S = int(CODE_LIFETIME.total_seconds())
LINK_LIFE_S = int((CONFIRM_LIFETIME + CLOCK_SKEW).total_seconds())
REFUSED_IN_A_ROW = 3  # then it is not this or that email that the server minds, but us


@dataclass(frozen=True)
class Postbox:
    """What delivery works with; ``sender`` is an address or ``Name <address>``."""

    db: Store
    links: Links
    codes: Codes
    keys: AddressKeys
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
    decision = _settle(box.db, claim, box.budget, mail_key=_mail_key(box, claim), now=clock())
    done.kept_back += int(decision.kept_back is not None)
    done.postponed += int(decision.later is not None)
    if decision.draft is not None:
        _send(box, transport, claim, decision.draft, done, clock=clock)


def _mail_key(box: Postbox, claim: Claim) -> bytes | None:
    """An address that cannot be opened is not written to, so its own key will do."""
    try:
        return box.keys.mail_key(box.sealer.unseal(claim.sealed_to, purpose=contacts.SEALED_FOR))
    except SealBroken:
        return claim.email_key


@retried
def _settle(db: Store, claim: Claim, budget: Budget, *, mail_key: bytes | None, now: int) -> Decision:
    """Decide what is to become of an email, and write it down before anything is sent."""
    with db.write() as tx:
        decision = decide(tx, claim, budget, mail_key=mail_key, now=now)
        if decision.kept_back is not None:
            outbox.suppress(tx, claim.id, decision.kept_back, now=now)
        elif decision.later is not None:
            outbox.postpone(tx, claim.id, "", due_at=decision.later, counted=False)
        elif decision.draft is not None and claim.email_key is not None and mail_key is not None:
            mailings.reserve(
                tx,
                outbox_id=claim.id,
                email_key=claim.email_key,
                mail_key=mail_key,
                statement_id=claim.statement_id,
                now=now,
            )
            for signature in decision.draft.opens:
                contacts.prolong(tx, signature.id, until=now + LINK_LIFE_S)
                signatures.open_code(tx, signature.id, until=now + CODE_LIFE_S)
    return decision


def _send(
    box: Postbox, transport: Transport, claim: Claim, draft: Draft, done: Round, *, clock: Callable[[], int]
) -> None:
    try:
        to = box.sealer.unseal(claim.sealed_to, purpose=contacts.SEALED_FOR)
        transport.send(_compose(box, claim, draft, to=to, now=clock()), to=to)
    except (NotSent, SealBroken, EmailRefused) as refusal:
        _note_refusal(done, refusal, buried=mark_refusal(box.db, claim, refusal, now=clock()))
    else:
        _mark_sent(box.db, claim, draft, now=clock())
        done.sent += 1
        done.refused_in_a_row = 0


def _compose(box: Postbox, claim: Claim, draft: Draft, *, to: str, now: int) -> EmailMessage:
    words = draft.write(draft.about, Pen(box.links, box.codes, now))
    return compose(
        sender=box.sender,
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id=f"<{claim.message_id}@{read_sender(box.sender).domain}>",
        reply_to=draft.about.statement.reply_to,
        date=claim.created_at,
        language=words.language,
        headers=words.headers,
    )


@retried
def _mark_sent(db: Store, claim: Claim, draft: Draft, *, now: int) -> None:
    signature = draft.about.signature
    with db.write() as tx:
        outbox.sent(tx, claim.id, now=now)
        tallies.count_event(
            tx, tallies.Subject(signature.statement_id, signature.kind, signature.partner_id), "mailed", now=now
        )


def _note_refusal(done: Round, refusal: UndersignedError, *, buried: bool) -> None:
    """Tell the round what a refusal means for the emails after this one."""
    reply = reply_of(refusal)
    done.dead += int(buried)
    done.postponed += int(not buried)
    done.refused_in_a_row += int(isinstance(refusal, MessageRefused))
    if is_the_servers(refusal) or done.refused_in_a_row >= REFUSED_IN_A_ROW:
        done.stopped = reply
    if isinstance(refusal, SealBroken):
        done.sealed = reply
