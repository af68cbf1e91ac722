"""Versions: what every new version of a text leaves behind, whichever verb has made it."""

from collections.abc import Mapping
from typing import Any, Literal

from server.errors import UndersignedError
from server.records import journal, statement_texts, statements
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
    statements.touch(tx, statement.id)
    journal.write(
        tx,
        "statement.text",
        actor=actor,
        subject=f"statement:{statement.slug}",
        reason=reason,
        before={"sha256": before.sha256, "version": before.version} if before else None,
        after={"sha256": added.sha256, "version": added.version, "locale": added.locale, "change": change},
        statement_id=statement.id,
        now=now,
    )
    return added
