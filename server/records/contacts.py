"""The table of contacts: a signer's sealed address, for as long as there is a reason to have it."""

from typing import Any

from server.sealing import SealBroken, Sealer
from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)

SEALED_FOR = "address"  # the purpose of the seal, here and in the outbox


def put(tx: Tx, signature_id: int, *, sealed: bytes, key_id: str, erase_at: int) -> None:
    """Store a sealed address that goes by itself at ``erase_at``."""
    _sql.put(tx, signature_id=signature_id, sealed=sealed, key_id=key_id, erase_at=erase_at)


def find(tx: Tx, signature_id: int) -> bytes | None:
    """Return the sealed address, or None once it is erased."""
    row = _sql.find(tx, signature_id=signature_id)
    return bytes(row["sealed"]) if row else None


def find_address(tx: Tx, signature_id: int, sealer: Sealer) -> str | None:
    """Return the address itself, or None once it is erased, or where no data key of ours opens it."""
    sealed = find(tx, signature_id)
    try:
        return None if sealed is None else sealer.unseal(sealed, purpose=SEALED_FOR)
    except SealBroken:
        return None


def keep(tx: Tx, signature_id: int) -> None:
    """Keep the address until somebody erases it: a reason stands."""
    _sql.keep(tx, signature_id=signature_id)


def erase(tx: Tx, signature_id: int) -> None:
    """Erase the address; the store overwrites its bytes."""
    _sql.erase(tx, signature_id=signature_id)


def release(tx: Tx, statement_id: int, *, now: int) -> None:
    """Let go of the addresses of confirmed signatures that nobody subscribed with: the next pruning erases them."""
    _sql.release(tx, statement_id=statement_id, now=now)


def prolong(tx: Tx, signature_id: int, *, until: int) -> None:
    """Keep an address that goes by itself at least until then; one that is kept for a reason stays as it is."""
    _sql.prolong(tx, signature_id=signature_id, until=until)


def prune(tx: Tx, *, now: int) -> int:
    """Erase the addresses whose time has come and return how many."""
    return int(_sql.prune(tx, now=now))
