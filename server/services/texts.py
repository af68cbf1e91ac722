"""Texts of a statement: created, written, and revised once people have signed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

from server.db import Store, retried
from server.errors import Refused, UndersignedError
from server.services.shared import fingerprint
from server.tables import signature_queries, signatures, statements, texts
from server.tables.journal import Act
from server.tables.statements import Statement
from server.tables.texts import Reach, StatementText
from server.text.names import KINDS, LINE_LONGEST, clean_reason
from server.text.statement_file import SharedValues, StatementFile, Wording, text_sha256

# Adding a version, and its row in the journal.

Revision = Literal["typo", "substance"]
REVISIONS: tuple[Revision, ...] = get_args(Revision)
Change = Literal["first", Revision]


class TextMoved(UndersignedError):
    """Raised when somebody has changed the text since it was shown, so that the decision was about an older text."""

    code, status = "text-moved", 409


def _add_version(
    act: Act,
    statement: Statement,
    values: Mapping[str, Any],
    *,
    change: Change,
    before: StatementText | None,
    reason: str | None = None,
) -> StatementText:
    """Store the next version of a text and return it; ``values`` has the columns for ``texts.add``."""
    text_id = texts.add(act.tx, statement.id, dict(values), change=change, reason=reason, now=act.now)
    added = texts.get(act.tx, text_id)
    _record_text(act, statement, added, change=change, before=before, reason=reason)
    return added


def _add_unsigned(
    act: Act, statement: Statement, values: Mapping[str, Any], *, before: StatementText | None
) -> StatementText:
    """Store the first text in a language, or the next version of a text that nobody has signed.

    Founding signatures move to the new version.
    """
    added = _add_version(act, statement, values, change="substance" if before else "first", before=before)
    if before:
        signatures.move_founding_to_text(act.tx, was=before.id, text_id=added.id, now=act.now)
    return added


def _record_text(
    act: Act,
    statement: Statement,
    text: StatementText,
    *,
    change: str,
    before: StatementText | None,
    reason: str | None = None,
) -> None:
    """Write a new version of a text to the journal, and invalidate cached public answers."""
    statements.touch(act.tx, statement.id)
    act.journal(
        "statement.text",
        statement,
        reason=reason,
        before={"sha256": before.sha256, "version": before.version} if before else None,
        after={"sha256": text.sha256, "version": text.version, "locale": text.locale, "change": change},
    )


# Creating statements and adding languages.

_SETTINGS_DEFAULTS: dict[str, Any] = {
    "kinds": KINDS,
    "fields": ("title", "affiliation"),
    "required": (),
    "moderation": "organisations",
    "confirm": "link",
    "visibilities": ("name",),
    "newsletter": False,
    "discreet": False,
    "indexed": False,
    "short_form": True,
    "mailbox_seats": 2,
    "keep_contacts": False,
}
RENAMED_COLUMNS = {"opens": "opens_at", "closes": "closes_at", "event": "event_at", "confirm": "confirm_by"}
"""The columns whose names are not those of their keys."""


class TextSigned(UndersignedError):
    """Raised when a new version would be shown above the names of people who signed another one."""

    code, status = "text-signed", 409


class Added(NamedTuple):
    """What a file added: the version of its text (1 for a new language), and whether that text is new."""

    version: int
    sha256: str
    is_new: bool


@retried
def add_statement(db: Store, file: StatementFile, *, actor: str, now: int) -> Added:
    """Store a statement, another language of it, or a new version of a text; the same file twice adds nothing.

    Raises ``Refused``, with the names of the values that differ from the statement's, and ``TextSigned`` once people
    have confirmed a version: from then on use ``publish_revision``. Until then, founding signatures move to the new
    version.
    """
    with db.write() as tx:
        statement = statements.find(tx, file.slug)
        if statement is None:
            statement = statements.get_by_id(tx, statements.add(tx, _statement_columns(file)))
        else:
            _refuse_difference(statement, file.shared)
        return _add_text(Act(tx, actor, now), statement, file)


@retried
def create_statement(db: Store, file: StatementFile, *, actor: str, now: int) -> None:
    """Store a statement that is new, with its first text; raises ``Conflict`` when the slug is taken."""
    with db.write() as tx:
        statement = statements.get_by_id(tx, statements.add(tx, _statement_columns(file)))
        _add_text(Act(tx, actor, now), statement, file)


def _statement_columns(file: StatementFile) -> dict[str, Any]:
    given = {name: value for name, value in asdict(file.shared).items() if value is not None}
    every = dict.fromkeys(asdict(file.shared)) | _SETTINGS_DEFAULTS | given
    return {RENAMED_COLUMNS.get(name, name): value for name, value in every.items()} | {
        "slug": file.slug,
        "locale": file.locale,
    }


def _refuse_difference(statement: Statement, shared: SharedValues) -> None:
    """Raise ``Refused`` if a file contradicts the statement; the order of values in a list does not matter."""

    def plain(value: Any) -> Any:
        return sorted(value) if isinstance(value, tuple) else value

    differing = [
        name
        for name, value in asdict(shared).items()
        if value is not None and plain(value) != plain(getattr(statement, RENAMED_COLUMNS.get(name, name)))
    ]
    if differing:
        raise Refused(
            f"{', '.join(differing)}: this file differs from the statement {statement.slug}; "
            "leave out what all languages share, or give the same values"
        )


def text_columns(wording: Wording, locale: str) -> dict[str, Any]:
    """Return the columns of a text, in the form that ``texts.add`` takes."""
    return {
        "title": wording.title,
        "place": wording.place,
        "dated": wording.date.isoformat() if wording.date else None,
        "eligibility": wording.eligibility,
        "body": wording.body,
        "locale": locale,
        "sha256": text_sha256(wording.title, wording.eligibility, wording.body),
    }


def _add_text(act: Act, statement: Statement, file: StatementFile) -> Added:
    values = text_columns(file, file.locale)
    sha256 = values["sha256"]
    latest = texts.find_latest(act.tx, statement.id, file.locale)
    if latest and _says(latest, values):
        return Added(latest.version, sha256, is_new=False)
    if latest and signature_queries.is_text_signed(act.tx, statement.id, latest.id):
        raise TextSigned(
            f"people have signed version {latest.version} of {file.slug} ({file.locale}), so its text is frozen; use "
            "--typo REASON to correct it in public, or --substance REASON to change its meaning and ask its signers"
        )
    added = _add_unsigned(act, statement, values, before=latest)
    return Added(added.version, sha256, is_new=True)


def _says(text: StatementText, values: Mapping[str, Any]) -> bool:
    """Return whether a text has exactly these columns."""
    return all(getattr(text, name) == value for name, value in values.items())


# Writing a text that nobody has signed yet.


class TextChanged(UndersignedError):
    """Raised when a text has changed since its editor opened it, by somebody else or in another tab."""

    code, status = "text-changed", 409


def text_fingerprint(text: StatementText | None) -> str:
    """Return a fingerprint of a text, which a form sends back to say which text it showed; empty if there was none.

    It covers place and date too, which ``sha256`` does not.
    """
    if text is None:
        return ""
    return fingerprint([text.title, text.place, text.dated, text.eligibility, text.body])


@retried
def write_text(db: Store, file: StatementFile, *, was: str, actor: str, now: int) -> bool:
    """Store one language of a statement as it was typed; False when nothing differs.

    The text replaces the current one if the statement was never open and no signature refers to the current text.
    Otherwise it becomes the next version, so that somebody who has a form open signs the text above the form. ``was``
    is the ``text_fingerprint`` of the text that the editor started from. Raises ``NotFound``, ``TextChanged``, and
    ``TextSigned`` once people have confirmed the current text.
    """
    with db.write() as tx:
        act, statement = Act(tx, actor, now), statements.get(tx, file.slug)
        before = texts.find_latest(tx, statement.id, file.locale)
        values = text_columns(file, file.locale)
        if before and _says(before, values):
            return False
        if before and signature_queries.is_text_signed(tx, statement.id, before.id):
            raise TextSigned(f"people have signed the text of {file.slug} in {file.locale}")
        if text_fingerprint(before) != was:
            raise TextChanged(f"the text of {file.slug} in {file.locale} was changed in the meantime")
        if before is not None and texts.replace_text(tx, before.id, values, now=now):
            _record_text(act, statement, texts.get(tx, before.id), change="draft", before=before)
        else:
            _add_unsigned(act, statement, values, before=before)
    return True


# Revising a signed text: a typo, or a change of substance.

REASON_LONGEST: Final = LINE_LONGEST
"""Characters."""


class NothingChanged(UndersignedError):
    """Raised when the new version would be the same as the current one."""

    code, status = "nothing-changed", 409


@dataclass(frozen=True)
class Revised:
    """The new version, and how many signers are on an older edition now (None after a corrected typo)."""

    text: StatementText
    reach: Reach | None


@retried
def publish_revision(
    db: Store,
    slug: str,
    locale: str,
    wording: Wording,
    *,
    change: Revision,
    reason: str,
    was: str | None,
    shared: SharedValues | None = None,
    actor: str,
    now: int,
) -> Revised:
    """Publish the next version of a signed text, with a reason that everybody may read.

    After a corrected typo, earlier signatures apply to the corrected text. A change of substance is a new edition: its
    signers are asked by email (``ask_for_reconsent`` queues it later), and stay on the older edition until they agree.

    ``was`` is the SHA-256 of the text that was revised, None for the current one; ``shared`` are the values that the
    statement must have for all languages. Raises ``Invalid``, ``NothingChanged``, ``TextMoved``, ``NotFound`` and
    ``Refused``.
    """
    reason = clean_reason(reason, longest=REASON_LONGEST)
    with db.write() as tx:
        statement = statements.get(tx, slug)
        if shared is not None:
            _refuse_difference(statement, shared)
        before, values = texts.get_latest(tx, statement.id, locale), text_columns(wording, locale)
        check_change(before, values, was=was)
        text = _add_version(Act(tx, actor, now), statement, values, change=change, before=before, reason=reason)
        if change == "typo":
            return Revised(text, None)
        texts.start_reconsent(tx, statement.id, locale, text.id)
        return Revised(text, texts.count_to_ask(tx, statement.id, locale, below=text.version))


def check_change(before: StatementText, values: Mapping[str, Any], *, was: str | None) -> None:
    """Raise ``TextMoved`` when ``was`` is not the current text, and ``NothingChanged`` when the new one is the same.

    ``values`` are the columns of the new text.
    """
    if was is not None and was != before.sha256:
        raise TextMoved(f"the text ({before.locale}) was changed in the meantime, to version {before.version}")
    if _says(before, values):
        raise NothingChanged(f"version {before.version} ({before.locale}) already says exactly this")
