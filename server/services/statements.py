"""Statements: opened, closed, archived; their settings and consent wordings changed."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from server.db import Store, Tx, retried
from server.errors import Invalid, StatementClosed, UndersignedError
from server.services.shared import fingerprint, reveal_names_if_enough
from server.services.texts import RENAMED_COLUMNS
from server.tables import counts, signature_queries, signatures, statements, texts
from server.tables.journal import Act
from server.tables.statements import Statement
from server.text.statement_file import SharedValues

# Opening, closing, archiving.


class StatementStillOpen(UndersignedError):
    """Raised when an open or scheduled statement is archived: it must be closed first."""

    code, status = "statement-still-open", 409


@retried
def open_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Open a statement for signatures; False when it was open already.

    Raises ``NotFound``, and ``StatementClosed`` when its planned day of closing has passed.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.closes_at is not None and statement.closes_at <= now:
            raise StatementClosed(f"the closing date of {slug} has passed; it cannot be opened again")
        done = statements.open_(tx, statement.id, now=now)
        return _record_step(Act(tx, actor, now), done, "statement.open", statement)


@retried
def close_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Close a statement for signatures; False for a draft, or when an admin closed it before. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.close(tx, statement.id, now=now)
        return _record_step(Act(tx, actor, now), done, "statement.close", statement, reason)


@retried
def archive_statement(db: Store, slug: str, *, actor: str, now: int, reason: str | None = None) -> bool:
    """Hide a draft or a closed statement from the public; False when it was archived already.

    Raises ``NotFound`` and ``StatementStillOpen``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if statement.state(now) in ("open", "not-yet-open"):
            raise StatementStillOpen(f"{slug} is or will be open for signatures; close it first")
        done = statements.archive(tx, statement.id, now=now)
        return _record_step(Act(tx, actor, now), done, "statement.archive", statement, reason)


@retried
def unarchive_statement(db: Store, slug: str, *, actor: str, now: int) -> bool:
    """Take a statement out of the archive; False when it was not archived. Raises ``NotFound``."""
    with db.write() as tx:
        statement = statements.get(tx, slug)
        done = statements.unarchive(tx, statement.id)
        return _record_step(Act(tx, actor, now), done, "statement.unarchive", statement)


def _record_step(act: Act, done: bool, verb: str, statement: Statement, reason: str | None = None) -> bool:
    """Write the step to the journal if it changed something, and return ``done``."""
    if done:
        act.journal(verb, statement, reason=reason)
    return done


# Settings that all languages share. Changes must not break what the form promised to signers.


class SettingsChanged(UndersignedError):
    """Raised when somebody else has changed the settings since the page was shown; ``stands`` has the current ones."""

    code, status = "settings-changed", 409

    def __init__(self, stands: Statement) -> None:
        super().__init__("someone else has changed these settings in the meantime")
        self.stands = stands


def get_settings(statement: Statement) -> dict[str, Any]:
    """Return the current settings that all languages share, by the keys of a statement file."""
    return {key: getattr(statement, RENAMED_COLUMNS.get(key, key)) for key in SharedValues.__dataclass_fields__}


def settings_fingerprint(statement: Statement) -> str:
    """Return a fingerprint of the settings, which a page sends back to say which settings it showed.

    New signatures do not change it.
    """
    return fingerprint(get_settings(statement))


@retried
def change_settings(
    db: Store, slug: str, values: SharedValues, *, seen: str, knows_who_waits: bool, actor: str, now: int
) -> list[str]:
    """Store the settings of a statement, and return the keys of those that changed.

    ``values`` has every setting; None clears it. ``seen`` is the fingerprint of the settings that the admin was shown.
    ``knows_who_waits``: the admin has confirmed that they know how many people signed while names were hidden. Raises
    ``NotFound``, ``SettingsChanged``, and ``Invalid`` with codes by key for changes that would break a promise to
    signers.
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
        Act(tx, actor, now).journal("statement.settings", statement, before=told[0], after=told[1])
    return changed


def count_signers_without_founders(tx: Tx, statement_id: int) -> int:
    """Return how many signatures are confirmed or held, without the founding list."""
    standing = counts.get_counts(tx, statement_id)
    return standing.confirmed + standing.awaiting_review - signature_queries.count_live_founders(tx, statement_id)


def _check_promises(tx: Tx, statement: Statement, after: Mapping[str, Any], *, knows_who_waits: bool, now: int) -> None:
    """Raise ``Invalid`` for settings that would break what the form promised to people who have signed."""
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
    """Return the keys of the settings that would show names earlier than the form announced to signers."""
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
"""The wording by (locale, kind of signer); missing where ours is used."""


class ConsentChanged(UndersignedError):
    """Raised when somebody else has changed the wordings since the page was shown."""

    code, status = "words-changed", 409


def consent_fingerprint(wordings: ConsentWordings) -> str:
    """Return a fingerprint of the wordings, which a page sends back to say which wordings it showed."""
    return fingerprint(sorted((*place, body) for place, body in wordings.items() if body))


@retried
def set_consent_wordings(db: Store, slug: str, wordings: ConsentWordings, *, seen: str, actor: str, now: int) -> int:
    """Set the wordings beside the consent box, and return how many of them changed.

    Earlier signatures keep the wording that their signers agreed to. ``seen`` is the fingerprint of the wordings that
    the admin was shown; raises ``ConsentChanged`` when they have changed since, and ``NotFound``.
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
            Act(tx, actor, now).journal(
                "statement.consent",
                statement,
                before={_wording_label(place): before.get(place, "") for place in changed},
                after={_wording_label(place): body for place, body in changed.items()},
            )
    return len(changed)


def _wording_label(place: tuple[str, str]) -> str:
    return " ".join(place)
