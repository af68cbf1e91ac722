"""What becomes of an email that was refused: buried where it can never be sent, else tried again, later each time."""

import random

from server.errors import UndersignedError
from server.mail.envelope import EmailRefused
from server.mail.outcomes import MessageRefused, NotSent, RecipientRefused, ServerRefused, ServerUnreachable
from server.records import outbox
from server.records.outbox import Claim
from server.sealing import SealBroken
from server.storage import Store, retried

FIRST_RETRY_S = 60
LONGEST_RETRY_S = 3600
GIVE_UP_AFTER_S = 48 * 3600
FEWEST_ATTEMPTS = 8  # about two hours of them: an email that waited out an outage gets its chance too
SERVER_PAUSE_S = 60

_jitter = random.SystemRandom()


@retried
def mark_refusal(db: Store, claim: Claim, refusal: UndersignedError, *, now: int) -> bool:
    """Bury what can never be sent, and say so; let everything else wait: longer each time, for two days at most.

    A server that will have nothing to do with us, or a data key that is gone, is no email's fault: these wait, however
    long. No email keeps another one waiting: what was refused comes after what was not tried yet.
    """
    reply = reply_of(refusal)
    hopeless = isinstance(refusal, RecipientRefused | EmailRefused)
    tried_enough = now - claim.created_at >= GIVE_UP_AFTER_S and claim.attempts >= FEWEST_ATTEMPTS
    with db.write() as tx:
        if is_the_servers(refusal):
            outbox.postpone(tx, claim.id, reply, due_at=now + SERVER_PAUSE_S, counted=False)
        elif isinstance(refusal, SealBroken):
            outbox.postpone(tx, claim.id, reply, due_at=now + LONGEST_RETRY_S, counted=False)
        elif hopeless or tried_enough:
            outbox.bury(tx, claim.id, reply, now=now)
            return True
        else:
            outbox.postpone(tx, claim.id, reply, due_at=now + _pause_s(claim.attempts))
    return False


def is_the_servers(refusal: UndersignedError) -> bool:
    """Tell a server that has nothing to do with us, or cannot be reached, from one that refuses an email."""
    return isinstance(refusal, ServerRefused | ServerUnreachable) and not isinstance(refusal, MessageRefused)


def reply_of(refusal: UndersignedError) -> str:
    """Return the mail server's words, or ours."""
    return refusal.reply if isinstance(refusal, NotSent) else str(refusal)


def _pause_s(attempts: int) -> int:
    """Return how many seconds to wait after the given attempt (1 is the first): 1 m, 2 m, 4 m ... 1 h, each ± 20 %."""
    pause: int = min(FIRST_RETRY_S * 2 ** min(attempts - 1, 10), LONGEST_RETRY_S)
    return round(pause * _jitter.uniform(0.8, 1.2))
