"""Founding signatures: a list that people published already, entered by an admin in its own order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from server.actions.release import release_names
from server.records import journal, signatures, statement_texts, statements, tallies
from server.roster import Entry
from server.storage import Store, retried
from server.text import name_key, organisation_key


class Imported(NamedTuple):
    """How many entries were added, and which ones stood on the list before."""

    added: int
    known: tuple[Entry, ...]


@retried
def import_founding(db: Store, slug: str, entries: Sequence[Entry], *, actor: str, now: int) -> Imported:
    """Put the entries at the end of the founding list, in their order; the same list twice adds nothing.

    They are confirmed at once and bound to the newest text in the statement's own language. Raises ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        text = next(text for text in statement_texts.list_latest(tx, statement.id) if text.locale == statement.locale)
        added, known = Counter[str](), []
        for entry in entries:
            row = _row(entry) | {"text_id": text.id, "locale": text.locale}
            if signatures.add_founding(tx, row, statement_id=statement.id, now=now) is None:
                known.append(entry)
            else:
                added[entry.kind] += 1
        for kind, count in added.items():
            subject = tallies.Subject(statement.id, kind, locale=text.locale)
            tallies.move(tx, subject, was="pending", becomes="confirmed", now=now, by=count)
        total = added.total()
        if total:
            statements.touch(tx, statement.id)
            release_names(tx, statement.id, now=now)
            told, whose = f"statement:{slug}", statement.id
            journal.write(tx, "founding.import", actor=actor, subject=told, after=total, statement_id=whose, now=now)
    return Imported(total, tuple(known))


def _row(entry: Entry) -> dict[str, Any]:
    """Two people of one name may stand on a list when they are told apart by what they do."""
    is_organisation = entry.kind == "organisation"
    told_apart = [entry.kind, name_key(entry.name), name_key(entry.title or ""), name_key(entry.affiliation or "")]
    return {
        "kind": entry.kind,
        "name": None if is_organisation else entry.name,
        "title": entry.title,
        "affiliation": entry.affiliation,
        "organisation": entry.name if is_organisation else None,
        "name_key": name_key(entry.name),
        "organisation_key": organisation_key(entry.name) if is_organisation else None,
        "founding_key": "/".join(told_apart),
    }
