"""Versions: what every new version of a text leaves behind, whichever verb has made it."""

from collections.abc import Mapping
from typing import Any, Literal

from server.errors import UndersignedError
from server.records import journal, signatures, statement_texts, statements
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.storage import Tx

Change = Literal["first", "typo", "substance"]


class TextMoved(UndersignedError):
    """Raised when somebody changed a text meanwhile, so that what was decided was about another one."""

    code, status = "text-moved", 409


def add_version(
    tx: Tx,
    statement: Statement,
    values: Mapping[str, Any],
    *,
    change: Change,
    before: StatementText | None,
    reason: str | None,
    actor: str,
    now: int,
) -> StatementText:
    """Store the next version of a text and return it; ``values`` as ``statement_texts.add`` asks for them."""
    text_id = statement_texts.add(tx, statement.id, dict(values), change=change, reason=reason, now=now)
    added = statement_texts.get(tx, text_id)
    record_text(tx, statement, added, change=change, before=before, reason=reason, actor=actor, now=now)
    return added


def add_unsigned(
    tx: Tx, statement: Statement, values: Mapping[str, Any], *, before: StatementText | None, actor: str, now: int
) -> StatementText:
    """Store a language's first text, or the next version of one that nobody has signed; its founders go with it."""
    change: Change = "substance" if before else "first"
    added = add_version(tx, statement, values, change=change, before=before, reason=None, actor=actor, now=now)
    if before:
        signatures.carry_founding(tx, was=before.id, text_id=added.id, now=now)
    return added


def record_text(
    tx: Tx,
    statement: Statement,
    text: StatementText,
    *,
    change: str,
    before: StatementText | None,
    reason: str | None,
    actor: str,
    now: int,
) -> None:
    """Journal what has become of a text, and let the public's kept answers be asked for again."""
    statements.touch(tx, statement.id)
    journal.write(
        tx,
        "statement.text",
        actor=actor,
        subject=f"statement:{statement.slug}",
        reason=reason,
        before={"sha256": before.sha256, "version": before.version} if before else None,
        after={"sha256": text.sha256, "version": text.version, "locale": text.locale, "change": change},
        statement_id=statement.id,
        now=now,
    )
