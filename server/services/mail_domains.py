"""Mail domains of a statement: those whose emails wait for the hourly limit, and those that an owner trusts."""

from typing import NamedTuple

from server.crypto.encryption import SealBroken, Sealer
from server.db import Store, Tx, retried
from server.errors import Invalid, ValueRefused
from server.tables import mail_domains, outbox, statements
from server.tables.journal import Act
from server.text.addresses import AddressKeys, check_address, limited_domain


class MailDomainLine(NamedTuple):
    """What the desk shows of a mail domain; ``name`` is None when the data key that sealed it is gone.

    ``emails``: how many wait. ``resumes_at`` and ``trusted_at`` are as in ``mail_domains.MailDomain``.
    """

    name: str | None
    emails: int
    resumes_at: int | None
    trusted_at: int | None


def list_mail_domains(tx: Tx, statement_id: int, *, sealer: Sealer) -> list[MailDomainLine]:
    """Return the domains with waiting emails, the next to be released first, and then the trusted domains."""
    waiting = outbox.count_waiting_by_domain(tx, statement_id)
    lines = [
        MailDomainLine(_open(one.sealed, sealer), waiting.get(one.mail_domain, 0), one.resumes_at, one.trusted_at)
        for one in mail_domains.list_of_statement(tx, statement_id)
    ]
    shown = [line for line in lines if line.emails or line.trusted_at is not None]
    return sorted(shown, key=lambda line: (line.trusted_at is not None, line.resumes_at or 0, line.name or ""))


@retried
def trust_mail_domain(
    db: Store, slug: str, typed: str, *, keys: AddressKeys, sealer: Sealer, actor: str, now: int
) -> bool:
    """Lift the hourly limit of a mail domain for one statement.

    Its waiting emails are sent in the next round of delivery. False when the domain was trusted before. Raises
    ``NotFound``, and ``Invalid`` with the code of ``domain``.
    """
    name = _read_domain(typed)
    sealed = sealer.seal(name, purpose=mail_domains.DOMAIN_SEAL_PURPOSE).blob
    with db.write() as tx:
        statement = statements.get(tx, slug)
        changed = mail_domains.trust(tx, statement.id, keys.domain_key(name), sealed=sealed, now=now)
        if changed:
            # Only the keyed tag of the domain: the domain may be a family's name, and the journal is permanent.
            Act(tx, actor, now).journal("domain.trust", statement, after={"mail_domain": keys.domain_key(name)})
    return changed


@retried
def limit_mail_domain(db: Store, slug: str, typed: str, *, keys: AddressKeys, actor: str, now: int) -> bool:
    """Limit a trusted mail domain like any other; False when it was not trusted.

    Raises ``NotFound``, and ``Invalid`` with the code of ``domain``.
    """
    name = _read_domain(typed)
    with db.write() as tx:
        statement = statements.get(tx, slug)
        changed = mail_domains.limit_again(tx, statement.id, keys.domain_key(name), now=now)
        if changed:
            Act(tx, actor, now).journal("domain.limit", statement, after={"mail_domain": keys.domain_key(name)})
    return changed


def _read_domain(typed: str) -> str:
    """Return the mail domain that the limit counts for a typed domain, subdomain or email address."""
    try:
        name = limited_domain(check_address(f"a@{typed.strip().rpartition('@')[2]}"))
    except ValueRefused:
        raise Invalid({"domain": ["not-a-domain"]}) from None
    if name is None:
        raise Invalid({"domain": ["big-provider"]})
    return name


def _open(sealed: bytes, sealer: Sealer) -> str | None:
    try:
        return sealer.unseal(sealed, purpose=mail_domains.DOMAIN_SEAL_PURPOSE)
    except SealBroken:
        return None
