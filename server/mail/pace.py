"""The pace of invitations: each has its turn in the outbox, and what was held up goes to the end of the queue.

An admin may invite hundreds of people at once. Their emails come after everybody else's, are spread over hours, and
leave half of what a mail domain may have in an hour to people who sign now.
"""

import math

from server.db import Tx
from server.mail.domain_limit import find_when_full
from server.tables import invitations, mail_domains, outbox
from server.tables.mail_domains import HOUR_S
from server.tables.outbox import Claim

_WINDOW_S = 600  # counted in ten minutes, so that an outage is not followed by a flood


def find_later_turn(tx: Tx, claim: Claim, mail_domain: str | None, *, domain_per_hour: int, now: int) -> int | None:
    """Return until when an invitation that is due has to wait, or None where it may go now."""
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
