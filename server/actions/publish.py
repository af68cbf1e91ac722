"""Publish: statements and their languages, from files and forms."""

from dataclasses import asdict
from typing import Any, NamedTuple

from server.errors import UndersignedError
from server.records import journal, signatures, statement_texts, statements
from server.records.statements import Statement
from server.statement_file import SharedValues, StatementFile, text_sha256
from server.storage import Store, Tx, retried

_DEFAULTS: dict[str, Any] = {
    "kinds": ("individual", "organisation"),
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
def add_statement(db: Store, file: StatementFile, *, actor: str, now: int, over_signatures: bool = False) -> Added:
    """Store a statement, another language of it, or a new version of a text; the same file twice adds nothing.

    Raises ``SharedValuesDiffer`` that names what the file says otherwise than the statement. Raises ``TextSigned``
    when people have confirmed a version, unless ``over_signatures`` says that the new one may stand above their names.
    """
    with db.write() as tx:
        statement = statements.find(tx, file.slug)
        if statement is None:
            statement_id = statements.add(tx, _columns(file))
        else:
            _refuse_difference(statement, file.shared)
            statement_id = statement.id
        return _add_text(tx, statement_id, file, actor=actor, now=now, over_signatures=over_signatures)


@retried
def begin_statement(db: Store, file: StatementFile, *, actor: str, now: int) -> None:
    """Store a statement that is new, with its first text; raises ``Conflict`` when the slug is taken."""
    with db.write() as tx:
        statement_id = statements.add(tx, _columns(file))
        _add_text(tx, statement_id, file, actor=actor, now=now, over_signatures=False)


def _columns(file: StatementFile) -> dict[str, Any]:
    given = {name: value for name, value in asdict(file.shared).items() if value is not None}
    every = dict.fromkeys(asdict(file.shared)) | _DEFAULTS | given
    return {COLUMNS.get(name, name): value for name, value in every.items()} | {
        "slug": file.slug,
        "locale": file.locale,
    }


def _refuse_difference(statement: Statement, shared: SharedValues) -> None:
    """Lists are compared without their order: it has no meaning."""

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


def text_columns(file: StatementFile) -> dict[str, Any]:
    """Return the row of a text, as the records take it."""
    return {
        "locale": file.locale,
        "title": file.title,
        "place": file.place,
        "dated": file.date.isoformat() if file.date else None,
        "eligibility": file.eligibility,
        "body": file.body,
        "sha256": text_sha256(file.title, file.eligibility, file.body),
    }


def _add_text(tx: Tx, statement_id: int, file: StatementFile, *, actor: str, now: int, over_signatures: bool) -> Added:
    values = text_columns(file)
    sha256 = values["sha256"]
    latest = statement_texts.find_latest(tx, statement_id, file.locale)
    if latest and all(getattr(latest, name) == value for name, value in values.items()):
        return Added(latest.version, sha256, is_new=False)
    if latest and not over_signatures and signatures.is_text_signed(tx, statement_id, latest.id):
        raise TextSigned(
            f"people have signed version {latest.version} of {file.slug} ({file.locale}); a new version would stand "
            "above their names. If that is right, say --over-signatures: each name keeps the hash of its own version"
        )
    text_id = statement_texts.add(
        tx, statement_id, values, change="substance" if latest else "first", reason=None, now=now
    )
    statements.touch(tx, statement_id)
    journal.write(
        tx,
        "statement.text",
        actor=actor,
        subject=f"statement:{file.slug}",
        before=latest.sha256 if latest else None,
        after=sha256,
        statement_id=statement_id,
        now=now,
    )
    return Added(statement_texts.get(tx, text_id).version, sha256, is_new=True)
