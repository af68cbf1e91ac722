"""Settle: what all languages of a statement share is changed, without breaking what its signers were told."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from server.actions.publish import COLUMNS
from server.actions.release import release_names
from server.errors import Invalid, UndersignedError
from server.records import contacts, founders, journal, statements, tallies
from server.records.statements import Statement
from server.statement_file import SharedValues
from server.storage import Store, Tx, retried


class SettingsChanged(UndersignedError):
    """Raised when somebody else has changed what a page showed before it was saved; ``stands`` is how it is now."""

    code, status = "settings-changed", 409

    def __init__(self, stands: Statement) -> None:
        super().__init__("somebody has changed these settings meanwhile")
        self.stands = stands


def settings_of(statement: Statement) -> dict[str, Any]:
    """Return what all languages share as it stands, by the keys of a statement file."""
    return {key: getattr(statement, COLUMNS.get(key, key)) for key in SharedValues.__dataclass_fields__}


def fingerprint(statement: Statement) -> str:
    """Return what a page carries to say which settings it showed; signatures do not change it."""
    return hashlib.sha256(json.dumps(settings_of(statement), sort_keys=True).encode()).hexdigest()


@retried
def settle(
    db: Store, slug: str, values: SharedValues, *, seen: str, knows_who_waits: bool, actor: str, now: int
) -> list[str]:
    """Write the settings of a statement, and return the keys of those that changed.

    ``values`` say all of it: None means that there is none. ``seen`` is the fingerprint of what was shown;
    ``knows_who_waits`` that somebody was told how many signed before their names were to be shown. Raises ``NotFound``,
    ``SettingsChanged``, and ``Invalid`` with codes by key for what would break a promise.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if fingerprint(statement) != seen:
            raise SettingsChanged(statement)
        before, after = settings_of(statement), asdict(values)
        changed = [key for key in after if after[key] != before[key]]
        if not changed:
            return []
        _keep_promises(tx, statement, after, knows_who_waits=knows_who_waits, now=now)
        statements.settle(tx, statement.id, {COLUMNS.get(key, key): value for key, value in after.items()})
        if statement.keep_contacts and not values.keep_contacts:
            contacts.release(tx, statement.id, now=now)
        release_names(tx, statement.id, now=now)
        told = [{key: values[key] for key in changed} for values in (before, after)]
        journal.write(
            tx,
            "statement.settings",
            actor=actor,
            subject=f"statement:{slug}",
            before=told[0],
            after=told[1],
            statement_id=statement.id,
            now=now,
        )
    return changed


def count_signers(tx: Tx, statement_id: int) -> int:
    """Return how many have confirmed, held ones too, apart from the founding list."""
    standing = tallies.count_standing(tx, statement_id)
    return standing.confirmed + standing.awaiting_review - founders.count_live(tx, statement_id)


def _keep_promises(tx: Tx, statement: Statement, after: Mapping[str, Any], *, knows_who_waits: bool, now: int) -> None:
    """Raise ``Invalid`` for what is less than people were told when they signed."""
    broken: dict[str, list[str]] = {}
    if statement.names_released_at is not None and after["names_from"] != statement.names_from:
        broken["names_from"] = ["released"]
    if count_signers(tx, statement.id):
        if not knows_who_waits:
            broken |= {key: ["sooner"] for key in _shown_sooner(statement, after, now=now)}
        if _is_longer(statement.anonymise_after_days, after["anonymise_after_days"]):
            broken["anonymise_after_days"] = ["kept-longer"]
    if broken:
        raise Invalid(broken)


def _shown_sooner(statement: Statement, after: Mapping[str, Any], *, now: int) -> list[str]:
    """Return the keys by which names would be shown sooner than people were told."""
    sooner = []
    if statement.hidden_until(now) is not None and (after["list_from"] or 0) < (statement.list_from or 0):
        sooner.append("list_from")
    if statement.keeps_names_back and (after["names_from"] or 0) < (statement.names_from or 0):
        sooner.append("names_from")
    return sooner


def _is_longer(was: int | None, becomes: int | None) -> bool:
    return was is not None and (becomes is None or becomes > was)
