"""Write a text: what the desk's editor sends becomes a statement's text in one language, until somebody has signed."""

import hashlib
import json

from server.actions.publish import TextSigned, text_columns
from server.actions.versions import add_unsigned, record_text
from server.errors import UndersignedError
from server.records import signers, statement_texts, statements
from server.records.statement_texts import StatementText
from server.statement_file import StatementFile
from server.storage import Store, retried


class TextChanged(UndersignedError):
    """Raised when a text is no longer the one that its editor began with: somebody else, or another tab, was faster."""

    code, status = "text-changed", 409


def mark_of(text: StatementText | None) -> str:
    """Return what a form carries to say which text it was made from; empty where there was none yet.

    It covers place and date too, which the text's own hash leaves out.
    """
    if text is None:
        return ""
    parts = [text.title, text.place, text.dated, text.eligibility, text.body]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@retried
def write_text(db: Store, file: StatementFile, *, was: str, actor: str, now: int) -> bool:
    """Keep one language of a statement as it was typed; False when that is how it stands already.

    It replaces the text of before while the statement was never open and no signature refers to it, else it is the next
    version: who has a form open signs what stands above it. ``was`` is the mark of the text that the editor began with.
    Raises ``NotFound``, ``TextChanged``, and ``TextSigned`` when people have confirmed the text of before.
    """
    with db.write() as tx:
        statement = statements.get(tx, file.slug)
        before = statement_texts.find_latest(tx, statement.id, file.locale)
        values = text_columns(file, file.locale)
        if before and all(getattr(before, name) == value for name, value in values.items()):
            return False
        if before and signers.is_text_signed(tx, statement.id, before.id):
            raise TextSigned(f"people have signed the text of {file.slug} in {file.locale}")
        if mark_of(before) != was:
            raise TextChanged(f"the text of {file.slug} in {file.locale} was changed meanwhile")
        if before is not None and statement_texts.replace(tx, before.id, values, now=now):
            text = statement_texts.get(tx, before.id)
            record_text(tx, statement, text, change="draft", before=before, reason=None, actor=actor, now=now)
        else:
            add_unsigned(tx, statement, values, before=before, actor=actor, now=now)
    return True
