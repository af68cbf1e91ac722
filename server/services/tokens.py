"""API tokens for programs that download the dump. A token never allows more than its maker may do."""

import secrets

from server.crypto.passwords import hash_secret
from server.db import Store, Tx, retried
from server.errors import NotFound, TokenRefused
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, Token
from server.tables.journal import Act

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
    made_by: int | None = None,
    actor: str,
    now: int,
) -> str:
    """Make a token and return its secret, which is never shown again; ``slug`` None: the token is for every statement.

    ``made_by`` is the id of the admin who makes it, None in a shell. The token is revoked when that admin is no longer
    an owner. Raises ``NotFound`` for a statement that is unknown, or that this admin does not own, and ``Conflict``
    when the name is taken.
    """
    secret = _PREFIX + secrets.token_urlsafe(32)
    with db.write() as tx:
        statement_id = statements.get(tx, slug).id if slug else None
        if made_by is not None and not _owns(tx, made_by, statement_id):
            raise NotFound("only an owner of the statement can make a token for it")
        admins.add_token(
            tx,
            name,
            token_hash=hash_secret(secret),
            scopes=" ".join(sorted(scopes)),
            statement_id=statement_id,
            made_by=made_by,
            expires_at=expires_at,
            now=now,
        )
        Act(tx, actor, now).journal("token.add", statement_id, subject=f"token:{name}", after=scopes)
    return secret


@retried
def revoke_token(db: Store, name: str, *, actor: str, now: int) -> bool:
    """Revoke a token permanently; False when there is no live token of that name."""
    with db.write() as tx:
        token = admins.find_token_named(tx, name)
        return token is not None and _revoke_token(Act(tx, actor, now), token)


@retried
def revoke_token_of(db: Store, slug: str, token_id: int, *, actor: str, now: int) -> bool:
    """Revoke a token of this statement permanently; False when it was revoked before.

    Raises ``NotFound`` for a token of another statement, or of all statements.
    """
    with db.write() as tx:
        token = admins.get_token_of(tx, token_id, statements.get(tx, slug).id)
        return _revoke_token(Act(tx, actor, now), token)


def revoke_lost_tokens(act: Act, admin_id: int) -> None:
    """Revoke an admin's tokens for statements that they no longer own.

    If the admin was disabled or reset, these are all of the admin's tokens.
    """
    for token in admins.list_tokens_made_by(act.tx, admin_id, now=act.now):
        if _has_lost_owner(act.tx, token):
            _revoke_token(act, token)


@retried
def check_token(db: Store, secret: str, scope: str, slug: str, *, now: int) -> str:
    """Return the name of a token that allows ``scope`` for this statement, and record its use; raises ``TokenRefused``.

    An unknown statement is refused like a wrong token, so that nobody learns which statements exist. A token is also
    refused when its maker no longer owns the statement: tokens were not always revoked with the role.
    """
    with db.write() as tx:
        token = admins.find_token(tx, secret, now=now)
        statement = statements.find(tx, slug)
        if token is None or statement is None or not token.allows(scope, statement.id) or _has_lost_owner(tx, token):
            raise TokenRefused("this token is wrong or has expired, or it does not give access to this statement")
        admins.mark_token_used(tx, token.id, now=now)
    return token.name


def _has_lost_owner(tx: Tx, token: Token) -> bool:
    """Return whether the admin who made the token may no longer make such a token; False if it was made in a shell."""
    return token.made_by is not None and not _owns(tx, token.made_by, token.statement_id)


def _owns(tx: Tx, admin_id: int, statement_id: int | None) -> bool:
    """Return True if the admin's account is set up and not disabled, and the admin is an owner of the statement.

    ``statement_id`` None: an owner of the whole server.
    """
    admin = admins.get(tx, admin_id)
    role = admins.highest_role(admins.list_roles(tx, admin_id), EVERYWHERE if statement_id is None else statement_id)
    return admin.is_enrolled and admin.disabled_at is None and admins.role_includes(role, "owner")


def _revoke_token(act: Act, token: Token) -> bool:
    revoked = admins.revoke_token(act.tx, token.id, now=act.now)
    if revoked:
        act.journal("token.revoke", token.statement_id, subject=f"token:{token.name}")
    return revoked
