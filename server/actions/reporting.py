"""Reporting: the link by which a partner sees its own figures; it is made, replaced and ended."""

import secrets
from collections.abc import Collection

from server.actions.partnering import get_owned
from server.records import journal, partners
from server.records.partners import Partner
from server.records.statements import Statement
from server.storage import Store, Tx, retried


@retried
def make_report(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    *,
    owned: Collection[int] | None = None,
    actor: str,
    now: int,
) -> str:
    """Return the secret of a fresh link to a partner's report, which is never shown again; the one of before ends.

    Raises ``NotFound``, and ``PartnerShared`` unless each statement that it embeds is among ``owned`` (None: all are).
    """
    secret = secrets.token_urlsafe(32)
    with db.write() as tx:
        statement, partner = get_owned(tx, statement_slug, partner_slug, owned)
        partners.keep_report(tx, partner.id, secret)
        _record(tx, "partner.report", statement, partner, actor=actor, now=now)
    return secret


@retried
def end_report(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    *,
    owned: Collection[int] | None = None,
    actor: str,
    now: int,
) -> bool:
    """Let no link open a partner's report; False when none did. Raises as ``make_report`` does."""
    with db.write() as tx:
        statement, partner = get_owned(tx, statement_slug, partner_slug, owned)
        done = partners.end_report(tx, partner.id)
        if done:
            _record(tx, "partner.report-end", statement, partner, actor=actor, now=now)
    return done


def _record(tx: Tx, verb: str, statement: Statement, partner: Partner, *, actor: str, now: int) -> None:
    subject = f"partner:{partner.slug}"
    journal.write(tx, verb, actor=actor, subject=subject, statement_id=statement.id, now=now)
