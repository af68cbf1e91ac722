"""The table of wordings: what exactly a signer was asked to agree to, kept in every version that was ever shown."""

import hashlib
from typing import Any, Literal

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


def keep(
    tx: Tx,
    purpose: Literal["consent", "newsletter"],
    locale: str,
    body: str,
    *,
    partner_id: int | None = None,
    now: int,
) -> int:
    """Return the id of this wording, a partner's or (None) ours, stored now if nobody saw it before."""
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    known = {"purpose": purpose, "partner_id": partner_id, "locale": locale, "sha256": sha256}
    row = _sql.find(tx, **known) or _sql.add(tx, **known, body=body, now=now)
    return int(row["id"])
