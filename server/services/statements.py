"""Statements: opened, closed, archived; their settings and consent wordings changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from server.db import Store, Tx, retried
from server.errors import Invalid, StatementClosed, UndersignedError
from server.services.shared import reveal_names_if_enough
from server.services.texts import RENAMED_COLUMNS
from server.tables import counts, journal, signature_queries, signatures, statements, texts
from server.tables.statements import Statement
from server.text.statement_file import SharedValues

# Opening, closing, archiving.


class StatementStillOpen(UndersignedError):
    """Raised when a statement that takes signatures, or will, is to be archived: it must be closed first."""

    code, status = "statement-still-open", 409


@retried
def open_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Let a statement take signatures; False when it did already.

    Raises ``NotFound``, and ``StatementClosed`` when its planned day of closing has passed.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.closes_at is not None and statement.closes_at <= now:
            raise StatementClosed(f"the closing date of {slug} has passed; it cannot be opened again")
        done = statements.open_(tx, statement.id, now=now)
        return _record_step(tx, done, "statement.open", statement, actor=actor, now=now)


@retried
def close_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Let a statement take no more signatures; False when it took none. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.close(tx, statement.id, now=now)
        return _record_step(tx, done, "statement.close", statement, reason=reason, actor=actor, now=now)


@retried
def archive_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Take a draft or a closed statement out of the public's sight; False when it was archived.

    Raises ``NotFound`` and ``StatementStillOpen``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.state(now) in ("open", "not-yet-open"):
            raise StatementStillOpen(f"{slug} is or will be open for signatures; close it first")
        done = statements.archive(tx, statement.id, now=now)
        return _record_step(tx, done, "statement.archive", statement, reason=reason, actor=actor, now=now)


@retried
def unarchive_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Take a statement back from the archive, as it was before; False when it was not there. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.unarchive(tx, statement.id)
        return _record_step(tx, done, "statement.unarchive", statement, actor=actor, now=now)


def _record_step(
    tx: Tx, done: bool, verb: str, statement: Statement, *, actor: str, now: int, reason: str | None = None
) -> bool:
    """Write down what was done, where something was; return whether it was."""
    if done:
        subject = f"statement:{statement.slug}"
        journal.write(tx, verb, actor=actor, subject=subject, reason=reason, statement_id=statement.id, now=now)
    return done


# Settings that all languages share, changed without breaking what signers were told.


class SettingsChanged(UndersignedError):
    """Raised when somebody else has changed what a page showed before it was saved; ``stands`` is how it is now."""

    code, status = "settings-changed", 409

    def __init__(self, stands: Statement) -> None:
        super().__init__("someone else has changed these settings in the meantime")
        self.stands = stands


def get_settings(statement: Statement) -> dict[str, Any]:
    """Return what all languages share as it stands, by the keys of a statement file."""
    return {key: getattr(statement, RENAMED_COLUMNS.get(key, key)) for key in SharedValues.__dataclass_fields__}


def settings_fingerprint(statement: Statement) -> str:
    """Return what a page carries to say which settings it showed; signatures do not change it."""
    return hashlib.sha256(json.dumps(get_settings(statement), sort_keys=True).encode()).hexdigest()


@retried
def change_settings(
    db: Store, slug: str, values: SharedValues, *, seen: str, knows_who_waits: bool, actor: str, now: int
) -> list[str]:
    """Write the settings of a statement, and return the keys of those that changed.

    ``values`` say all of it: None means that there is none. ``seen`` is the fingerprint of what was shown;
    ``knows_who_waits`` that somebody was told how many signed before their names were to be shown. Raises ``NotFound``,
    ``SettingsChanged``, and ``Invalid`` with codes by key for what would break a promise.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if settings_fingerprint(statement) != seen:
            raise SettingsChanged(statement)
        before, after = get_settings(statement), asdict(values)
        changed = [key for key in after if after[key] != before[key]]
        if not changed:
            return []
        _check_promises(tx, statement, after, knows_who_waits=knows_who_waits, now=now)
        statements.change_settings(
            tx, statement.id, {RENAMED_COLUMNS.get(key, key): value for key, value in after.items()}
        )
        if statement.keep_contacts and not values.keep_contacts:
            signatures.expire_contacts(tx, statement.id, now=now)
        reveal_names_if_enough(tx, statement.id, now=now)
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


def count_signers_without_founders(tx: Tx, statement_id: int) -> int:
    """Return how many have confirmed, held ones too, apart from the founding list."""
    standing = counts.get_counts(tx, statement_id)
    return standing.confirmed + standing.awaiting_review - signature_queries.count_live_founders(tx, statement_id)


def _check_promises(tx: Tx, statement: Statement, after: Mapping[str, Any], *, knows_who_waits: bool, now: int) -> None:
    """Raise ``Invalid`` for what is less than people were told when they signed."""
    broken: dict[str, list[str]] = {}
    if statement.names_released_at is not None and after["names_from"] != statement.names_from:
        broken["names_from"] = ["released"]
    if count_signers_without_founders(tx, statement.id):
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


# Consent wordings of the organisers.

ConsentWordings = Mapping[tuple[str, str], str]
"""The words by (locale, which kind of signer); empty where ours stand."""


class ConsentChanged(UndersignedError):
    """Raised when somebody else has changed what a page showed before it was saved."""

    code, status = "words-changed", 409


def consent_fingerprint(wordings: ConsentWordings) -> str:
    """Return what a page carries to say which words it showed."""
    shown = sorted((*place, body) for place, body in wordings.items() if body)
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@retried
def set_consent_wordings(db: Store, slug: str, wordings: ConsentWordings, *, seen: str, actor: str, now: int) -> int:
    """Let these words stand beside the box from now on, and return how many of them are others than before.

    What somebody agreed to stays with their signature. ``seen`` is the fingerprint of what stood there when this was
    written; raises ``ConsentChanged`` when that is so no more, and ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        before = texts.list_consent_wordings(tx, statement.id)
        if consent_fingerprint(before) != seen:
            raise ConsentChanged("someone else has changed this wording in the meantime")
        changed = {place: body for place, body in wordings.items() if body != before.get(place, "")}
        for (locale, which), body in changed.items():
            if body:
                texts.set_consent_wording(tx, statement.id, locale, which, body)
            else:
                texts.remove_consent_wording(tx, statement.id, locale, which)
        if changed:
            statements.touch(tx, statement.id)
            journal.write(
                tx,
                "statement.consent",
                actor=actor,
                subject=f"statement:{slug}",
                before={_wording_label(place): before.get(place, "") for place in changed},
                after={_wording_label(place): body for place, body in changed.items()},
                statement_id=statement.id,
                now=now,
            )
    return len(changed)


def _wording_label(place: tuple[str, str]) -> str:
    return " ".join(place)
