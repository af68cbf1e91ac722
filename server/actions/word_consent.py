"""Word consent: what an organiser asks signers to agree to in words of their own, in each language of a statement."""

import hashlib
import json
from collections.abc import Mapping

from server.errors import UndersignedError
from server.records import consent_wordings, journal, statements
from server.storage import Store, retried

Wordings = Mapping[tuple[str, str], str]
"""The words by (locale, which kind of signer); empty where ours stand."""


class WordsChanged(UndersignedError):
    """Raised when somebody else has changed what a page showed before it was saved."""

    code, status = "words-changed", 409


def fingerprint(wordings: Wordings) -> str:
    """Return what a page carries to say which words it showed."""
    shown = sorted((*place, body) for place, body in wordings.items() if body)
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@retried
def word_consent(db: Store, slug: str, wordings: Wordings, *, seen: str, actor: str, now: int) -> int:
    """Let these words stand beside the box from now on, and return how many of them are others than before.

    What somebody agreed to stays with their signature. ``seen`` is the fingerprint of what stood there when this was
    written; raises ``WordsChanged`` when that is so no more, and ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        before = consent_wordings.list_of(tx, statement.id)
        if fingerprint(before) != seen:
            raise WordsChanged("somebody has changed these words meanwhile")
        changed = {place: body for place, body in wordings.items() if body != before.get(place, "")}
        for (locale, which), body in changed.items():
            if body:
                consent_wordings.put(tx, statement.id, locale, which, body)
            else:
                consent_wordings.remove(tx, statement.id, locale, which)
        if changed:
            statements.touch(tx, statement.id)
            journal.write(
                tx,
                "statement.consent",
                actor=actor,
                subject=f"statement:{slug}",
                before={_named(place): before.get(place, "") for place in changed},
                after={_named(place): body for place, body in changed.items()},
                statement_id=statement.id,
                now=now,
            )
    return len(changed)


def _named(place: tuple[str, str]) -> str:
    return " ".join(place)
