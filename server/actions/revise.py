"""Revise: a signed text changes in the open, by a mended typo or by a new edition that asks its signers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from server.actions.publish import refuse_difference
from server.actions.versions import Change, TextMoved, add_version
from server.errors import Invalid, UndersignedError
from server.front_matter import WrongValue, block
from server.records import editions, statement_texts, statements
from server.records.editions import Reach
from server.records.statement_texts import StatementText
from server.statement_file import BODY_LONGEST_BYTES, ELIGIBILITY_LONGEST, SharedValues, text_sha256
from server.storage import Store, Tx, retried
from server.text import LINE_LONGEST, TextRefused, clean_line, clean_reason

REASON_LONGEST: Final = LINE_LONGEST
"""Characters."""

Wording = Mapping[str, str | None]
"""Title, place, dated (an ISO date), eligibility and body of a text, by column; what it does not name stays."""


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
    wording, reason = checked(wording), checked_reason(reason)
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
    wording, reason = checked(wording), checked_reason(reason)
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
    check_change(before, wording, was=was)
    values = _values(before, wording)
    return add_version(tx, statement, values, change=change, before=before, reason=reason, actor=actor, now=now)


def check_change(before: StatementText, wording: Wording, *, was: str | None) -> None:
    """Raise ``TextMoved`` when it is not this text that was changed, ``NothingChanged`` when both are the same."""
    if was is not None and was != before.sha256:
        raise TextMoved(f"the text ({before.locale}) was changed meanwhile, to version {before.version}")
    if all(getattr(before, name) == value for name, value in wording.items()):
        raise NothingChanged(f"version {before.version} ({before.locale}) says exactly this already")


def _values(before: StatementText, wording: Wording) -> dict[str, str | None]:
    stands = {name: getattr(before, name) for name in _CHECKS}
    values = stands | dict(wording)
    sha256 = text_sha256(values["title"] or "", values["eligibility"], values["body"] or "")
    return values | {"locale": before.locale, "sha256": sha256}


def checked(wording: Wording) -> dict[str, str | None]:
    """Return a wording as it will be stored; raises ``Invalid`` with all that will not do, as codes by column."""
    clean: dict[str, str | None] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in wording.items():
        try:
            clean[name] = _CHECKS[name](value or "")
        except TextRefused as refusal:
            wrong[name] = [refusal.reason]
    for name in ("title", "body"):
        if name in clean and not clean[name]:
            wrong[name] = ["required"]
    if wrong:
        raise Invalid(wrong)
    return clean


def checked_reason(reason: str) -> str:
    """Return why a text is changed, one line that everybody may read; raises ``Invalid``."""
    return clean_reason(reason, longest=REASON_LONGEST)


def _line(value: str, *, longest: int) -> str | None:
    return clean_line(value, longest=longest) or None


def _day(value: str) -> str | None:
    try:
        return date.fromisoformat(value.strip()).isoformat() if value.strip() else None
    except ValueError as refusal:
        raise TextRefused("not-text") from refusal


def _body(value: str) -> str | None:
    if not value.strip():
        return None
    if len(value.encode(errors="replace")) > BODY_LONGEST_BYTES:
        raise TextRefused("too-long")
    try:
        return block(value, longest_bytes=BODY_LONGEST_BYTES)
    except WrongValue as refusal:
        raise TextRefused("control-characters") from refusal


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "title": partial(_line, longest=LINE_LONGEST),
    "place": partial(_line, longest=LINE_LONGEST),
    "dated": _day,
    "eligibility": partial(_line, longest=ELIGIBILITY_LONGEST),
    "body": _body,
}
