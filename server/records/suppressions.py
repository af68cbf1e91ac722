"""The table of suppressions: addresses (keyed) that want no email from us, for one statement or for all."""

from typing import Any, Final

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)

EVERYWHERE: Final = 0
"""The statement id of whoever wants no email about any statement."""


def find_reason(tx: Tx, *, email_key: bytes, mail_key: bytes, statement_id: int | None) -> str | None:
    """Return why this address, by its own key or the one that its tags share, gets no email about this statement.

    None when it does.
    """
    row = _sql.stands(tx, email_key=email_key, mail_key=mail_key, statement_id=statement_id)
    return row["reason"] if row else None


def add(tx: Tx, *, mail_key: bytes, statement_id: int, reason: str, now: int) -> bool:
    """Stop email to an address, for one statement or (``EVERYWHERE``) for all; False when it was stopped."""
    return bool(_sql.add(tx, mail_key=mail_key, statement_id=statement_id, reason=reason, now=now))
