"""Mail domains that have reached their hourly limit for a statement, and domains that an owner trusts."""

from dataclasses import dataclass

from server.db import Row, Tx, queries_beside

_sql = queries_beside(__file__)
DOMAIN_SEAL_PURPOSE = "mail_domains.domain"
HOUR_S = 3600
"""The window of the limit, in seconds; the domain tags of sent emails are kept for this long."""


@dataclass(frozen=True)
class MailDomain:
    """A mail domain of one statement: its keyed tag, and its sealed name.

    ``resumes_at``: when the next waiting email may be sent, None if none waits. ``trusted_at``: since when it has no
    limit.
    """

    mail_domain: str
    sealed: bytes
    resumes_at: int | None
    trusted_at: int | None


@_sql.query
def add_waiting(tx: Tx, statement_id: int, mail_domain: str, *, sealed: bytes, resumes_at: int) -> None:
    """Record that emails wait; if others of the domain wait already, ``resumes_at`` does not change."""


@_sql.query
def is_trusted(tx: Tx, statement_id: int, mail_domain: str) -> bool:
    """Say whether an owner has lifted the limit."""


@_sql.query
def list_to_resume(tx: Tx, *, now: int) -> list[Row]:
    """Return the domains of all statements whose emails may be sent now: statement_id, mail_domain, trusted_at."""


@_sql.query
def resume_at(tx: Tx, statement_id: int, mail_domain: str, *, resumes_at: int) -> None:
    """Set when the next waiting emails may be sent."""


@_sql.query
def resume_now(tx: Tx, statement_id: int, mail_domain: str, *, now: int) -> None:
    """Release the next waiting email now, because an earlier one was not sent after all."""


def finish_waiting(tx: Tx, statement_id: int, mail_domain: str) -> None:
    """Record that no email waits; only trusted domains are kept."""
    _sql.finish_waiting(tx, statement_id=statement_id, mail_domain=mail_domain)
    _sql.forget(tx, statement_id=statement_id, mail_domain=mail_domain)


@_sql.query
def trust(tx: Tx, statement_id: int, mail_domain: str, *, sealed: bytes, now: int) -> bool:
    """Lift the limit of a domain and release its emails; False if it was trusted before."""


@_sql.query
def limit_again(tx: Tx, statement_id: int, mail_domain: str, *, now: int) -> bool:
    """Limit a trusted domain again; False if it was not trusted."""


@_sql.query
def list_of_statement(tx: Tx, statement_id: int) -> list[MailDomain]:
    """Return the domains with waiting emails and the trusted ones, ordered by ``resumes_at``."""


@_sql.query
def delete_of_statement(tx: Tx, statement_id: int) -> None:
    """Delete all domains of a statement."""
