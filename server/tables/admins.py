"""The table of admins: who may come to the desk, and by what they are known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.errors import NotFound
from server.second_factor import NO_STEP
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Admin:
    """A row. Times are epoch seconds; until ``invited_until`` a first password waits to be replaced, None: it was."""

    id: int
    name: str
    password_hash: str
    sealed_totp: bytes
    totp_step: int
    recovery_hashes: tuple[str, ...]
    locale: str | None
    created_at: int
    invited_until: int | None
    disabled_at: int | None

    @property
    def is_enrolled(self) -> bool:
        """Whether there is a password of their own and a phone."""
        return self.invited_until is None


def _read(row: Row) -> Admin:
    hashes = tuple(json.loads(row["recovery_hashes"]))
    return Admin(**row | {"sealed_totp": bytes(row["sealed_totp"]), "recovery_hashes": hashes})


def add(tx: Tx, name: str, *, password_hash: str, sealed_totp: bytes, invited_until: int, now: int) -> int:
    """Store an admin who has not logged in yet, and return the id; raises ``Conflict`` when the name is taken."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    return int(_sql.add(tx, name=name, no_step=NO_STEP, now=now, **values)["id"])


def find(tx: Tx, name: str) -> Admin | None:
    """Return the admin of that name, or None."""
    row = _sql.find(tx, name=name) if "\0" not in name else None  # PostgreSQL refuses to be asked about it
    return _read(row) if row else None


def get(tx: Tx, admin_id: int) -> Admin:
    """Return one admin; raises ``NotFound``."""
    row = _sql.get(tx, id=admin_id)
    if row is None:
        raise NotFound("there is no such admin")
    return _read(row)


def get_by_name(tx: Tx, name: str) -> Admin:
    """Return the admin of that name; raises ``NotFound``."""
    admin = find(tx, name)
    if admin is None:
        raise NotFound(f"there is no admin {name}")
    return admin


def list_all(tx: Tx) -> list[Admin]:
    """Return every admin, by name."""
    return [_read(row) for row in _sql.list_all(tx)]


def invite(tx: Tx, admin_id: int, *, password_hash: str, sealed_totp: bytes, invited_until: int) -> None:
    """Begin anew with a first password; phone and recovery codes of before work no more."""
    values = {"password_hash": password_hash, "sealed_totp": sealed_totp, "invited_until": invited_until}
    _sql.invite(tx, id=admin_id, no_step=NO_STEP, **values)


def enrol(tx: Tx, admin_id: int, *, password_hash: str, recovery_hashes: Sequence[str]) -> bool:
    """Keep the admin's own password and recovery codes; False when that was done already."""
    hashes = json.dumps(list(recovery_hashes))
    return bool(_sql.enrol(tx, id=admin_id, password_hash=password_hash, recovery_hashes=hashes))


def use_step(tx: Tx, admin_id: int, step: int) -> bool:
    """Use up a code of the phone; False when it, or a later one, was used before."""
    return bool(_sql.use_step(tx, id=admin_id, step=step))


def keep_recovery(tx: Tx, admin_id: int, recovery_hashes: Sequence[str]) -> None:
    """Store what is left of the recovery codes, or fresh ones."""
    _sql.keep_recovery(tx, id=admin_id, recovery_hashes=json.dumps(list(recovery_hashes)))


def keep_password(tx: Tx, admin_id: int, password_hash: str, *, instead_of: str) -> bool:
    """Store the hash of another password; False when theirs is not ``instead_of`` now, or they are not let in with it.

    Whoever has been reset is invited, so that no code is asked of them: no password but that first one may be theirs.
    """
    return bool(_sql.keep_password(tx, id=admin_id, password_hash=password_hash, instead_of=instead_of))


def speak(tx: Tx, admin_id: int, locale: str) -> None:
    """Store in which language the desk speaks to an admin."""
    _sql.speak(tx, id=admin_id, locale=locale)


def disable(tx: Tx, admin_id: int, *, now: int) -> bool:
    """Let an admin in no more; False when it was so."""
    return bool(_sql.disable(tx, id=admin_id, now=now))


def enable(tx: Tx, admin_id: int) -> bool:
    """Let a disabled admin in again; False when they were not."""
    return bool(_sql.enable(tx, id=admin_id))
