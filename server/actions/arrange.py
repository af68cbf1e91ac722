"""Arrange: the founding list that is there gets another order, and a line of it other words."""

from collections.abc import Sequence

from server.actions.founding import line_of
from server.actions.lines import CORRECTABLE, check_seen
from server.errors import UndersignedError
from server.records import founders, journal, signatures, statements
from server.records.founders import Founder
from server.roster import Entry
from server.storage import Store, Tx, retried


class ListChanged(UndersignedError):
    """Raised when the founding list is not any more what somebody has put in order."""

    code, status = "list-changed", 409


@retried
def arrange(db: Store, slug: str, ids: Sequence[int], *, actor: str, now: int) -> bool:
    """Put the founding list into the order of these ids; False when it was that already.

    Raises ``NotFound``, and ``ListChanged`` unless they are all that is on the list: somebody else was faster.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        live = list_live(tx, statement.id)
        before = [founder.id for founder in live]
        if sorted(ids) != sorted(before):
            raise ListChanged("the founding list has changed meanwhile")
        if list(ids) == before:
            return False
        places = sorted(founder.founding_place for founder in live)
        numbers = sorted(founder.list_number for founder in live)
        wanted = zip(before, ids, places, numbers, strict=True)
        moves = {one: (place, number) for was, one, place, number in wanted if was != one}
        signatures.move_founding(tx, moves, now=now)
        statements.touch(tx, statement.id)
        journal.write(
            tx,
            "founding.arrange",
            actor=actor,
            subject=f"statement:{slug}",
            before=before,
            after=list(ids),
            statement_id=statement.id,
            now=now,
        )
    return True


@retried
def correct(db: Store, slug: str, signature_id: int, entry: Entry, *, seen: str, actor: str, now: int) -> bool:
    """Give a founding signature the words of an entry of its own kind; False when they are its words already.

    If its signer had said that the line is right, that is taken back: it was said of another one. ``seen`` is the
    fingerprint of the line that the admin was shown. Raises ``NotFound``, ``LineChanged``, and ``Conflict`` when the
    same line, or the same organisation, is on the list already.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        founder = founders.get_of(tx, statement.id, signature_id)
        changed = [name for name in CORRECTABLE if getattr(founder, name) != getattr(entry, name)]
        if entry.kind != founder.kind or not changed:
            return False
        check_seen(founder, seen, differing=changed)
        signatures.correct_founding(tx, signature_id, line_of(entry), now=now)
        statements.touch(tx, statement.id)
        journal.write(
            tx,
            "founding.correct",
            actor=actor,
            subject=f"signature:{signature_id}",
            after={"changed": changed},
            statement_id=statement.id,
            now=now,
        )
    return True


def list_live(tx: Tx, statement_id: int) -> list[Founder]:
    """Return the founding list in its order, without those that have left it."""
    return [founder for founder in founders.list_of(tx, statement_id) if founder.is_live]
