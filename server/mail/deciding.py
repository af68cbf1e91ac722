"""Decides what is to become of an email: what it says now, why it is kept back, or when to look at it again."""

from dataclasses import dataclass

from server.mail.budget import Budget
from server.mail.kinds import KINDS, Draft, Pointless
from server.records import mailings, suppressions
from server.records.outbox import Claim
from server.storage import Tx


@dataclass(frozen=True)
class Decision:
    """A draft to send, a reason to keep the email back, or a moment (epoch seconds) to look again."""

    draft: Draft | None = None
    kept_back: str | None = None
    later: int | None = None


def decide(tx: Tx, claim: Claim, budget: Budget, *, mail_key: bytes | None, now: int) -> Decision:
    """Look at the signature, the wishes of its address and the address's budget, as they are at this moment.

    An address that wants no email gets none of any kind. What a signer is owed about their own signature counts like
    every email and waits for the gap, but only what strangers can ask for is kept back when the budget is spent.
    """
    kind = KINDS[claim.kind]
    try:
        draft = kind.draft(tx, claim, now)
    except Pointless as why:
        return Decision(kept_back=str(why))
    if claim.email_key is None or mail_key is None:
        return Decision(kept_back="nothing is known of the address any more")
    keys = {"email_key": claim.email_key, "mail_key": mail_key}
    reason = suppressions.find_reason(tx, **keys, statement_id=claim.statement_id)
    if reason is not None:
        return Decision(kept_back=f"the address wants no email: {reason}")
    spent = mailings.count_spent(tx, **keys, statement_id=claim.statement_id, outbox_id=claim.id, now=now)
    if kind.for_anybody and budget.is_spent(spent):
        return Decision(kept_back="the address has had enough emails")
    earliest = budget.earliest(spent, now=now)
    return Decision(later=earliest) if earliest > now else Decision(draft=draft)
