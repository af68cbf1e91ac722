"""Access: bearer tokens for machines that pull the dump."""

import secrets

from server.errors import TokenRefused
from server.records import journal, statements, tokens
from server.storage import Store, retried

SCOPES = ("export",)
_PREFIX = "us_"


@retried
def add_token(
    db: Store,
    name: str,
    *,
    scopes: list[str],
    slug: str | None,
    expires_at: int | None,
    actor: str,
    now: int,
) -> str:
    """Make a token and return its secret, which is never shown again; ``slug`` None opens every statement.

    Raises ``NotFound`` for an unknown statement and ``Conflict`` when the name is taken.
    """
    secret = _PREFIX + secrets.token_urlsafe(32)
    with db.write() as tx:
        statement_id = statements.get(tx, slug).id if slug else None
        tokens.add(tx, name, secret=secret, scopes=scopes, statement_id=statement_id, expires_at=expires_at, now=now)
        subject = f"token:{name}"
        journal.write(tx, "token.add", actor=actor, subject=subject, after=scopes, statement_id=statement_id, now=now)
    return secret


@retried
def revoke_token(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Revoke a token for ever; False when there is no live one of that name."""
    with db.write() as tx:
        revoked = tokens.revoke(tx, name, now=now)
        if revoked:
            journal.write(tx, "token.revoke", actor=actor, subject=f"token:{name}", now=now)
    return revoked


@retried
def revoke_token_of(db: Store, slug: str, token_id: int, *, actor: str, now: int) -> bool:
    """Revoke a token of this statement for ever; False when it was before.

    Raises ``NotFound`` for one that opens another statement, or every one.
    """
    with db.write() as tx:
        statement_id = statements.get(tx, slug).id
        name = tokens.get_name(tx, token_id, statement_id)
        revoked = tokens.revoke(tx, name, now=now)
        if revoked:
            subject = f"token:{name}"
            journal.write(tx, "token.revoke", actor=actor, subject=subject, statement_id=statement_id, now=now)
    return revoked


@retried
def check_token(db: Store, secret: str, scope: str, slug: str, *, now: int) -> str:
    """Return the name of the token that opens this door, and remember its use; raises ``TokenRefused``.

    An unknown statement is refused like a wrong token: whoever may not read it does not learn that it is there.
    """
    with db.write() as tx:
        token = tokens.find(tx, secret, now=now)
        statement = statements.find(tx, slug)
        if token is None or statement is None or not token.allows(scope, statement.id):
            raise TokenRefused("this token does not open this door")
        tokens.mark_used(tx, token.id, now=now)
    return token.name
