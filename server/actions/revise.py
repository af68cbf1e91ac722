"""Revise: a signed text changes in the open, by a mended typo or by a new edition that asks its signers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.actions.publish import refuse_difference, text_columns
from server.actions.versions import Change, TextMoved, add_version
from server.errors import UndersignedError
from server.records import editions, statement_texts, statements
from server.records.editions import Reach
from server.records.statement_texts import StatementText
from server.statement_file import SharedValues, Wording
from server.storage import Store, Tx, retried
from server.text import LINE_LONGEST, clean_reason

REASON_LONGEST: Final = LINE_LONGEST
"""Characters."""


class NothingChanged(UndersignedError):
    """Raised when the new version would be the one that stands already."""

    code, status = "nothing-changed", 409


@dataclass(frozen=True)
class Revised:
    """The version that was made, and who stands under an older edition now (None after a mended typo)."""

    text: StatementText
    reach: Reach | None


@retried
def fix_typo(
    db: Store,
    slug: str,
    locale: str,
    wording: Wording,
    *,
    reason: str,
    was: str | None,
    actor: str,
    now: int,
    shared: SharedValues | None = None,
) -> Revised:
    """Mend a text; everybody sees what was changed and why, and who signed it stands under it as before.

    ``was`` is the SHA-256 of the text that was mended, None for whatever stands now; ``shared`` is what the statement
    must say for all languages. Raises ``Invalid``, ``NothingChanged``, ``TextMoved``, ``NotFound`` and
    ``SharedValuesDiffer``.
    """
    reason = checked_reason(reason)
    with db.write() as tx:
        text = _add(
            tx, slug, locale, wording, change="typo", reason=reason, was=was, shared=shared, actor=actor, now=now
        )
    return Revised(text, None)


@retried
def change_substance(
    db: Store,
    slug: str,
    locale: str,
    wording: Wording,
    *,
    reason: str,
    was: str | None,
    actor: str,
    now: int,
    shared: SharedValues | None = None,
) -> Revised:
    """Begin a new edition of a text; its signers are asked by email, and stay under the older one until they answer.

    The emails are put into the outbox later, by ``ask_signers``. Arguments and errors are those of ``fix_typo``.
    """
    reason = checked_reason(reason)
    with db.write() as tx:
        text = _add(
            tx, slug, locale, wording, change="substance", reason=reason, was=was, shared=shared, actor=actor, now=now
        )
        statement_texts.begin_asking(tx, text)
        reach = editions.count_to_ask(tx, text.statement_id, locale, below=text.version)
    return Revised(text, reach)


def _add(
    tx: Tx,
    slug: str,
    locale: str,
    wording: Wording,
    *,
    change: Change,
    reason: str,
    was: str | None,
    shared: SharedValues | None,
    actor: str,
    now: int,
) -> StatementText:
    statement = statements.get(tx, slug)
    if shared is not None:
        refuse_difference(statement, shared)
    before = statement_texts.get_latest(tx, statement.id, locale)
    values = text_columns(wording, locale)
    check_change(before, values, was=was)
    return add_version(tx, statement, values, change=change, before=before, reason=reason, actor=actor, now=now)


def check_change(before: StatementText, values: Mapping[str, Any], *, was: str | None) -> None:
    """Raise ``TextMoved`` when it is not this text that was changed, ``NothingChanged`` when both are the same.

    ``values`` are the columns of the new one.
    """
    if was is not None and was != before.sha256:
        raise TextMoved(f"the text ({before.locale}) was changed meanwhile, to version {before.version}")
    if all(getattr(before, name) == value for name, value in values.items()):
        raise NothingChanged(f"version {before.version} ({before.locale}) says exactly this already")


def checked_reason(reason: str) -> str:
    """Return why a text is changed, one line that everybody may read; raises ``Invalid``."""
    return clean_reason(reason, longest=REASON_LONGEST)
