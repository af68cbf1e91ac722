"""Founding signatures: imported from a published list, reordered, edited."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from server.crypto.encryption import Sealer
from server.db import Store, Tx, retried
from server.errors import UndersignedError
from server.services.shared import check_line_seen
from server.tables import counts, outbox, signature_queries, signatures, statements, texts
from server.tables.journal import Act
from server.tables.outbox import Recipient
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text.addresses import AddressKeys, check_website
from server.text.fields import FOUNDER_CHANGES
from server.text.names import Kind, name_key, organisation_key
from server.text.signatory_list.entries import Entry

# Importing.

ASKED_LIFETIME = timedelta(days=30)
"""How long the address of a founding signatory is kept if there is no answer to our email."""

_NO_MAILBOX = {"email_key": None, "key_version": None, "mailbox_seat": 1}


class Imported(NamedTuple):
    """How many entries were added, and which ones were on the list before.

    ``asked`` is how many of the added signers get an email with the question whether their line is right. ``unasked``
    are entries whose address has already signed under as many other names as it may: they get no email.
    """

    added: int
    known: tuple[Entry, ...]
    asked: int = 0
    unasked: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Asking:
    """What is needed to send emails to the people on the list: keys of their addresses, and their encryption."""

    keys: AddressKeys
    sealer: Sealer


@retried
def import_founders(
    db: Store, slug: str, entries: Sequence[Entry], *, asking: Asking | None = None, actor: str, now: int
) -> Imported:
    """Add the entries at the end of the founding list, in their order; the same list twice adds nothing.

    The signatures are confirmed at once, for the newest text in the statement's first language. With ``asking``, people
    with an address (which the caller has checked) are asked by email whether their line is right, and take a seat of
    their mailbox. Without ``asking`` no address is stored. Raises ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        text = next(text for text in texts.list_latest(tx, statement.id) if text.locale == statement.locale)
        added, known, asked, unasked = Counter[tuple[Kind, str | None]](), [], 0, []
        for entry in entries:
            place = _ImportContext(tx, statement, text, now)
            signature_id, is_asked = _enter_founder(place, entry, asking)
            if signature_id is None:
                known.append(entry)
                continue
            added[entry.kind, entry.country] += 1
            asked += int(is_asked)
            if asking and entry.email and not is_asked:
                unasked.append(entry)
        if added:
            _finish_import(Act(tx, actor, now), statement, added, asked)
    return Imported(added.total(), tuple(known), asked, tuple(unasked))


def flag_known_entries(db: Store, slug: str, entries: Sequence[Entry], *, keys: AddressKeys) -> list[bool]:
    """Return for each entry whether it is on the list already; raises ``NotFound``."""
    found = []
    with db.read() as tx:
        statement = statements.get(tx, slug)
        lines, organisations = signature_queries.list_taken_keys(tx, statement.id)
        for entry in entries:
            row = entry_columns(entry)
            known = row["founding_key"] in lines or row["organisation_key"] in organisations
            if entry.email and not known:
                key = keys.key(entry.email)
                known = signature_queries.was_confirmed_before(
                    tx, statement.id, email_key=key, name_key=row["name_key"]
                )
            found.append(known)
            lines.add(row["founding_key"])
            if entry.kind == "organisation":
                organisations.add(row["organisation_key"])
    return found


def entry_columns(entry: Entry) -> dict[str, Any]:
    """Return the columns of an entry, with its keys.

    Two people of the same name may both be on a list if their titles or affiliations differ.
    """
    is_organisation = entry.kind == "organisation"
    told_apart = [entry.kind, name_key(entry.name), name_key(entry.title or ""), name_key(entry.affiliation or "")]
    return {
        "name": None if is_organisation else entry.name,
        "title": entry.title,
        "affiliation": entry.affiliation,
        "organisation": entry.name if is_organisation else None,
        "website": check_website(entry.website) if entry.website else None,
        "country": entry.country,
        "name_key": name_key(entry.name),
        "organisation_key": organisation_key(entry.name) if is_organisation else None,
        "founding_key": "/".join(told_apart),
    }


class _ImportContext(NamedTuple):
    """The statement, text and moment of an import."""

    tx: Tx
    statement: Statement
    text: StatementText
    now: int

    def add(self, row: dict[str, Any]) -> int | None:
        return signatures.add_founding(self.tx, row, statement_id=self.statement.id, now=self.now)


def _enter_founder(place: _ImportContext, entry: Entry, asking: Asking | None) -> tuple[int | None, bool]:
    """Return the id of the new signature (None: it is on the list already) and whether its signer gets an email."""
    row = entry_columns(entry) | {"kind": entry.kind, "text_id": place.text.id, "locale": place.text.locale}
    if asking is None or not entry.email:
        return place.add(row | _NO_MAILBOX), False
    key = asking.keys.key(entry.email)
    if signature_queries.was_confirmed_before(place.tx, place.statement.id, email_key=key, name_key=row["name_key"]):
        return None, False
    for seat in range(1, place.statement.mailbox_seats + 1):
        mailbox = {"email_key": key, "key_version": asking.keys.version, "mailbox_seat": seat}
        signature_id = place.add(row | mailbox)
        if signature_id is not None:
            _ask_founder(place, signature_id, entry.email, key, asking.sealer)
            return signature_id, True
    return place.add(row | _NO_MAILBOX), False


def _ask_founder(place: _ImportContext, signature_id: int, email: str, email_key: bytes, sealer: Sealer) -> None:
    """Queue the email that asks whether the line is right.

    The address is kept until the answer, but at most for ``ASKED_LIFETIME``.
    """
    sealed = sealer.seal(email, purpose=signatures.ADDRESS_SEAL_PURPOSE)
    erase_at = place.now + int(ASKED_LIFETIME.total_seconds())
    signatures.add_contact(place.tx, signature_id, sealed=sealed.blob, key_id=sealed.key_id, erase_at=erase_at)
    to = Recipient(place.statement.id, signature_id, place.text.locale, email_key, sealed.blob)
    outbox.put(place.tx, "listed", to, now=place.now)


def _finish_import(act: Act, statement: Statement, added: Counter[tuple[Kind, str | None]], asked: int) -> None:
    """Update the counts after an import, and write it to the journal."""
    for (kind, country), count in added.items():
        subject = counts.Subject(statement.id, kind, locale=statement.locale, country=country)
        counts.move(act.tx, subject, was="pending", becomes="confirmed", now=act.now, by=count)
    statements.touch(act.tx, statement.id)
    act.journal("founding.import", statement, after=added.total())
    if asked:
        act.journal("founding.ask", statement, after=asked)


# Reordering and editing.


class ListChanged(UndersignedError):
    """Raised when the founding list has changed since somebody began to reorder it."""

    code, status = "list-changed", 409


@retried
def reorder_founders(db: Store, slug: str, ids: Sequence[int], *, actor: str, now: int) -> bool:
    """Put the founding list into the order of these ids; False when it had this order already.

    Raises ``NotFound``, and ``ListChanged`` unless ``ids`` are exactly those on the list.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        live = [founder for founder in signature_queries.list_founders(tx, statement.id) if founder.is_live]
        before = [founder.id for founder in live]
        if sorted(ids) != sorted(before):
            raise ListChanged("the list has changed in the meantime")
        if list(ids) == before:
            return False
        places = sorted(founder.founding_place for founder in live)
        numbers = sorted(founder.list_number for founder in live)
        wanted = zip(before, ids, places, numbers, strict=True)
        moves = {one: (place, number) for was, one, place, number in wanted if was != one}
        signatures.move_founding(tx, moves, now=now)
        statements.touch(tx, statement.id)
        Act(tx, actor, now).journal("founding.arrange", statement, before=before, after=list(ids))
    return True


@retried
def edit_founder(db: Store, slug: str, signature_id: int, entry: Entry, *, seen: str, actor: str, now: int) -> bool:
    """Replace the line of a founding signature by an entry of the same kind; False when nothing differs.

    If the founder had confirmed the line, that answer is dropped, because it was about the old line. ``seen`` is the
    fingerprint of the line that the admin was shown. Raises ``NotFound``, ``LineChanged``, and ``Conflict`` when the
    same line, or the same organisation, is on the list already.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        founder = signature_queries.get_founder(tx, statement.id, signature_id)
        changed = [name for name in FOUNDER_CHANGES if getattr(founder, name) != getattr(entry, name)]
        if entry.kind != founder.kind or not changed:
            return False
        check_line_seen(founder, seen, differing=changed)
        signatures.change_founding(tx, signature_id, entry_columns(entry), now=now)
        statements.touch(tx, statement.id)
        Act(tx, actor, now).journal(
            "founding.correct", statement, subject=f"signature:{signature_id}", after={"changed": changed}
        )
    return True
