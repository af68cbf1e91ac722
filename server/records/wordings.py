"""The table of wordings: what exactly a signer was asked to agree to, kept in every version that was ever shown."""

import hashlib
from typing import Any, Literal

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def keep(tx: Tx, purpose: Literal["consent", "newsletter"], locale: str, body: str, *, now: int) -> int:
    """Return the id of this wording, stored now if nobody saw it before."""
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    row = _sql.find(tx, purpose=purpose, locale=locale, sha256=sha256)
    row = row or _sql.add(tx, purpose=purpose, locale=locale, body=body, sha256=sha256, now=now)
    return int(row["id"])
