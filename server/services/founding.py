"""Founding signatures: a list that people published already, entered by an admin in its own order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from server.addresses import AddressKeys
from server.kinds import Kind
from server.records import (
    contacts,
    founders,
    journal,
    outbox,
    signatures,
    signers,
    statement_texts,
    statements,
    tallies,
)
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.roster import Entry
from server.sealing import Sealer
from server.storage import Store, Tx, retried
from server.text import name_key, organisation_key

ASKED_LIFETIME = timedelta(days=30)
"""How long the address of somebody is kept who was asked about their line and does not answer."""

_NO_MAILBOX = {"email_key": None, "key_version": None, "mailbox_seat": 1}


class Imported(NamedTuple):
    """How many entries were added, and which ones stood on the list before.

    ``asked`` of those that were added are written to; ``unasked`` came with an address that has signed under other
    names, as many as it may, and are not.
    """

    added: int
    known: tuple[Entry, ...]
    asked: int = 0
    unasked: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Asking:
    """What it takes to write to those who are listed: the keys of their addresses, and the seal for these."""

    keys: AddressKeys
    sealer: Sealer


@retried
def import_founding(
    db: Store, slug: str, entries: Sequence[Entry], *, asking: Asking | None = None, actor: str, now: int
) -> Imported:
    """Put the entries at the end of the founding list, in their order; the same list twice adds nothing.

    They are confirmed at once and bound to the newest text in the statement's own language. With ``asking``, those
    with an address, which was checked, are asked by email whether their line is right; their mailbox has then signed.
    Without it no address is kept. Raises ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        text = next(text for text in statement_texts.list_latest(tx, statement.id) if text.locale == statement.locale)
        added, known, asked, unasked = Counter[Kind](), [], 0, []
        for entry in entries:
            place = _Place(tx, statement, text, now)
            signature_id, is_asked = _enter(place, entry, asking)
            if signature_id is None:
                known.append(entry)
                continue
            added[entry.kind] += 1
            asked += int(is_asked)
            if asking and entry.email and not is_asked:
                unasked.append(entry)
        if added:
            _settle(tx, statement, added, asked, actor=actor, now=now)
    return Imported(added.total(), tuple(known), asked, tuple(unasked))


def find_known(db: Store, slug: str, entries: Sequence[Entry], *, keys: AddressKeys) -> list[bool]:
    """Say of each entry whether entering it would add nothing; raises ``NotFound``."""
    found = []
    with db.read() as tx:
        statement = statements.get(tx, slug)
        lines, organisations = founders.list_taken(tx, statement.id)
        for entry in entries:
            row = line_of(entry)
            known = row["founding_key"] in lines or row["organisation_key"] in organisations
            if entry.email and not known:
                key = keys.key(entry.email)
                known = signers.has_stood(tx, statement.id, email_key=key, name_key=row["name_key"])
            found.append(known)
            lines.add(row["founding_key"])
            if entry.kind == "organisation":
                organisations.add(row["organisation_key"])
    return found


def line_of(entry: Entry) -> dict[str, Any]:
    """Return the columns of an entry, with its keys.

    Two people of one name may stand on a list when they are told apart by what they do.
    """
    is_organisation = entry.kind == "organisation"
    told_apart = [entry.kind, name_key(entry.name), name_key(entry.title or ""), name_key(entry.affiliation or "")]
    return {
        "name": None if is_organisation else entry.name,
        "title": entry.title,
        "affiliation": entry.affiliation,
        "organisation": entry.name if is_organisation else None,
        "name_key": name_key(entry.name),
        "organisation_key": organisation_key(entry.name) if is_organisation else None,
        "founding_key": "/".join(told_apart),
    }


class _Place(NamedTuple):
    """Where and when entries are entered."""

    tx: Tx
    statement: Statement
    text: StatementText
    now: int

    def add(self, row: dict[str, Any]) -> int | None:
        return signatures.add_founding(self.tx, row, statement_id=self.statement.id, now=self.now)


def _enter(place: _Place, entry: Entry, asking: Asking | None) -> tuple[int | None, bool]:
    """Return the id of the new signature, None where it adds nothing, and whether its signer is asked."""
    row = line_of(entry) | {"kind": entry.kind, "text_id": place.text.id, "locale": place.text.locale}
    if asking is None or not entry.email:
        return place.add(row | _NO_MAILBOX), False
    key = asking.keys.key(entry.email)
    if signers.has_stood(place.tx, place.statement.id, email_key=key, name_key=row["name_key"]):
        return None, False
    for seat in range(1, place.statement.mailbox_seats + 1):
        mailbox = {"email_key": key, "key_version": asking.keys.version, "mailbox_seat": seat}
        signature_id = place.add(row | mailbox)
        if signature_id is not None:
            _ask(place, signature_id, entry.email, key, asking.sealer)
            return signature_id, True
    return place.add(row | _NO_MAILBOX), False


def _ask(place: _Place, signature_id: int, email: str, email_key: bytes, sealer: Sealer) -> None:
    """Put the question into the outbox; the address stays until it is answered, or for a while."""
    sealed = sealer.seal(email, purpose=contacts.SEALED_FOR)
    erase_at = place.now + int(ASKED_LIFETIME.total_seconds())
    contacts.put(place.tx, signature_id, sealed=sealed.blob, key_id=sealed.key_id, erase_at=erase_at)
    outbox.put(
        place.tx,
        "listed",
        signature_id=signature_id,
        statement_id=place.statement.id,
        locale=place.text.locale,
        email_key=email_key,
        sealed_to=sealed.blob,
        now=place.now,
    )


def _settle(tx: Tx, statement: Statement, added: Counter[Kind], asked: int, *, actor: str, now: int) -> None:
    """Do what follows from an import: counts, and the journal."""
    for kind, count in added.items():
        subject = tallies.Subject(statement.id, kind, locale=statement.locale)
        tallies.move(tx, subject, was="pending", becomes="confirmed", now=now, by=count)
    statements.touch(tx, statement.id)
    told, whose = f"statement:{statement.slug}", statement.id
    journal.write(tx, "founding.import", actor=actor, subject=told, after=added.total(), statement_id=whose, now=now)
    if asked:
        journal.write(tx, "founding.ask", actor=actor, subject=told, after=asked, statement_id=whose, now=now)
