"""Publish: statements and their languages, from files and forms."""

from dataclasses import asdict
from typing import Any, NamedTuple

from server.actions.versions import add_unsigned
from server.errors import UndersignedError
from server.kinds import KINDS
from server.records import signers, statement_texts, statements
from server.records.statements import Statement
from server.statement_file import SharedValues, StatementFile, Wording, text_sha256
from server.storage import Store, Tx, retried

_DEFAULTS: dict[str, Any] = {
    "kinds": KINDS,
    "fields": ("title", "affiliation"),
    "required": (),
    "moderation": "organisations",
    "confirm": "link",
    "visibilities": ("name",),
    "newsletter": False,
    "discreet": False,
    "mailbox_seats": 2,
    "keep_contacts": False,
}
COLUMNS = {"opens": "opens_at", "closes": "closes_at", "event": "event_at", "confirm": "confirm_by"}
"""The columns whose names are not those of their keys."""


class SharedValuesDiffer(UndersignedError):
    """Raised when a second file of a statement contradicts the first in what all languages share."""

    code, status = "shared-values-differ", 409


class TextSigned(UndersignedError):
    """Raised when a new version would be shown above the names of people who signed another one."""

    code, status = "text-signed", 409


class Added(NamedTuple):
    """What a file brought: the version of its text (1 for a new language), and whether that text is new."""

    version: int
    sha256: str
    is_new: bool


@retried
def add_statement(db: Store, file: StatementFile, *, actor: str, now: int) -> Added:
    """Store a statement, another language of it, or a new version of a text; the same file twice adds nothing.

    Raises ``SharedValuesDiffer`` that names what the file says otherwise than the statement. Raises ``TextSigned``
    when people have confirmed a version: then ``revise`` changes it. Founding signatures go with the text till then.
    """
    with db.write() as tx:
        statement = statements.find(tx, file.slug)
        if statement is None:
            statement = statements.get_by_id(tx, statements.add(tx, _columns(file)))
        else:
            refuse_difference(statement, file.shared)
        return _add_text(tx, statement, file, actor=actor, now=now)


@retried
def begin_statement(db: Store, file: StatementFile, *, actor: str, now: int) -> None:
    """Store a statement that is new, with its first text; raises ``Conflict`` when the slug is taken."""
    with db.write() as tx:
        statement = statements.get_by_id(tx, statements.add(tx, _columns(file)))
        _add_text(tx, statement, file, actor=actor, now=now)


def _columns(file: StatementFile) -> dict[str, Any]:
    given = {name: value for name, value in asdict(file.shared).items() if value is not None}
    every = dict.fromkeys(asdict(file.shared)) | _DEFAULTS | given
    return {COLUMNS.get(name, name): value for name, value in every.items()} | {
        "slug": file.slug,
        "locale": file.locale,
    }


def refuse_difference(statement: Statement, shared: SharedValues) -> None:
    """Raise ``SharedValuesDiffer`` where a file contradicts the statement; the order of lists has no meaning."""

    def plain(value: Any) -> Any:
        return sorted(value) if isinstance(value, tuple) else value

    differing = [
        name
        for name, value in asdict(shared).items()
        if value is not None and plain(value) != plain(getattr(statement, COLUMNS.get(name, name)))
    ]
    if differing:
        raise SharedValuesDiffer(
            f"{', '.join(differing)}: this file says otherwise than the statement {statement.slug} as it stands; "
            "leave out what all languages share, or say the same"
        )


def text_columns(wording: Wording, locale: str) -> dict[str, Any]:
    """Return the row of a text, as the records take it."""
    return {
        "title": wording.title,
        "place": wording.place,
        "dated": wording.date.isoformat() if wording.date else None,
        "eligibility": wording.eligibility,
        "body": wording.body,
        "locale": locale,
        "sha256": text_sha256(wording.title, wording.eligibility, wording.body),
    }


def _add_text(tx: Tx, statement: Statement, file: StatementFile, *, actor: str, now: int) -> Added:
    values = text_columns(file, file.locale)
    sha256 = values["sha256"]
    latest = statement_texts.find_latest(tx, statement.id, file.locale)
    if latest and all(getattr(latest, name) == value for name, value in values.items()):
        return Added(latest.version, sha256, is_new=False)
    if latest and signers.is_text_signed(tx, statement.id, latest.id):
        raise TextSigned(
            f"people have signed version {latest.version} of {file.slug} ({file.locale}), so its text is frozen; say "
            "--typo REASON, and everybody sees what was changed, or --substance REASON, and its signers are asked"
        )
    added = add_unsigned(tx, statement, values, before=latest, actor=actor, now=now)
    return Added(added.version, sha256, is_new=True)
