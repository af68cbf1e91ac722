"""Signatures and their dependent rows: contact, holds, submission key, subscriptions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from server.crypto.encryption import SealBroken, Sealer
from server.crypto.links import NONCE_BYTES
from server.db import Row, Tx, queries_beside
from server.errors import NotFound
from server.tables import LIST_NUMBERS_END, SIGNER_NUMBERS_FROM, State
from server.text.fields import FOUNDER_CHANGES, LINE, SEARCHED, SIGNER_CHANGES, Line
from server.text.names import Kind, search_key

# Signatures.

PENDING_LIFETIME = timedelta(days=14)
"""How long a signer has to confirm, counted from signing, or from when their invitation was sent."""

_FOUNDING_FROM = 0
# defaults for columns that the caller leaves out; an imported list has no comments, for example
_NO_LINE: dict[str, Any] = dict.fromkeys(LINE)
_BOOLEAN_COLUMNS = ("newsletter", "domain_proved")


@dataclass(frozen=True, kw_only=True)
class Signature(Line):
    """A row. ``name`` is the signer, or the representative if an ``organisation`` signs."""

    id: int
    statement_id: int
    text_id: int
    partner_id: int | None
    nonce: bytes
    kind: Kind
    locale: str
    visibility: str
    newsletter: bool
    domain_proved: bool
    name_key: str | None
    organisation_key: str | None
    email_key: bytes | None
    founding_place: int | None
    signed_at: int
    confirmed_at: int | None
    code_until: int | None
    state: State


_sql: Any = queries_beside(
    __file__,
    signature=[column.name for column in fields(Signature)],
    line=LINE,
    searched=SEARCHED,
    changed=SIGNER_CHANGES,
    founding=FOUNDER_CHANGES,
)


def add_pending(tx: Tx, values: Mapping[str, Any], *, now: int) -> int:
    """Store a signature that waits for confirmation, with a new nonce, and return its id."""
    row: Row = _sql.add_pending(tx, **(_NO_LINE | dict(values)), nonce=secrets.token_bytes(NONCE_BYTES), now=now)
    return int(row["id"])


def add_founding(tx: Tx, values: Mapping[str, Any], *, statement_id: int, now: int) -> int | None:
    """Store a signature that an admin entered, at the end of the founding list.

    Returns its id; None if the same line or organisation is already listed, or its ``mailbox_seat`` is taken.
    """
    number = _sql.next_list_number(tx, statement_id=statement_id, floor=_FOUNDING_FROM, ceiling=SIGNER_NUMBERS_FROM)
    row = _sql.add_founding(
        tx,
        **(_NO_LINE | dict(values)),
        statement_id=statement_id,
        nonce=secrets.token_bytes(NONCE_BYTES),
        search_key=_search_key_of(values),
        founding_place=_sql.next_founding_place(tx, statement_id=statement_id),
        list_number=number,
        now=now,
    )
    return int(row["id"]) if row else None


def move_founding(tx: Tx, moves: Mapping[int, tuple[int, int]], *, now: int) -> None:
    """Give founding signatures, by id, new founding places and list numbers.

    The unique index forbids two rows with one number even for a moment, so all rows leave their numbers first.
    """
    for signature_id in moves:
        _sql.leave_place(tx, id=signature_id)
    for signature_id, (place, number) in moves.items():
        _sql.take_place(tx, id=signature_id, founding_place=place, list_number=number, now=now)


def correct_founding(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> bool:
    """Change the line of a founding signature, with its keys; False if it is no longer on the list.

    Raises ``Conflict`` if the same line or organisation is already listed.
    """
    return bool(_sql.correct_founding(tx, id=signature_id, search_key=_search_key_of(values), **values, now=now))


def affirm(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Record that a founder confirmed their line; False if they did before, or it is no listed founder."""
    return bool(_sql.affirm(tx, id=signature_id, now=now))


def _search_key_of(values: Mapping[str, Any]) -> str:
    """Return the search key of a confirmed line."""
    return search_key(*(values.get(column) for column in SEARCHED))


def find(tx: Tx, signature_id: int) -> Signature | None:
    """Return a signature in any state, or None."""
    row = _sql.find(tx, id=signature_id)
    return _read(row) if row else None


def _read(row: Row) -> Signature:
    blobs = {name: None if row[name] is None else bytes(row[name]) for name in ("nonce", "email_key")}
    return Signature(**row | blobs | {name: bool(row[name]) for name in _BOOLEAN_COLUMNS})


def get(tx: Tx, signature_id: int) -> Signature:
    """Return a signature in any state; raises ``NotFound``."""
    signature = find(tx, signature_id)
    if signature is None:
        raise NotFound(f"there is no signature {signature_id}")
    return signature


def get_of(tx: Tx, statement_id: int, signature_id: int) -> Signature:
    """Return a signature of this statement in any state; raises ``NotFound``, also for one of another statement."""
    signature = find(tx, signature_id)
    if signature is None or signature.statement_id != statement_id:
        raise NotFound(f"there is no signature {signature_id} under this statement")
    return signature


def confirm(tx: Tx, signature: Signature, *, seat: int, consent_id: int, held: bool, now: int) -> bool:
    """Confirm a pending signature in a seat of its mailbox; False if it is no longer pending.

    Raises ``Conflict`` if the seat is taken, or this mailbox has already signed under this name.
    """
    number = _sql.next_list_number(
        tx, statement_id=signature.statement_id, floor=SIGNER_NUMBERS_FROM, ceiling=LIST_NUMBERS_END
    )
    touched = _sql.confirm(
        tx,
        id=signature.id,
        seat=seat,
        list_number=number,
        consent_id=consent_id,
        search_key=_search_key_of(vars(signature)),
        held_at=now if held else None,
        now=now,
    )
    return bool(touched)


def open_code(tx: Tx, signature_id: int, *, until: int) -> None:
    """Accept the code of a pending signature until ``until`` (epoch seconds)."""
    _sql.open_code(tx, id=signature_id, until=until)


def delete_same_pendings(tx: Tx, signature: Signature) -> list[int]:
    """Delete the pending signatures of this mailbox under the same name, and return their ids."""
    return [row["id"] for row in _sql.delete_same_pendings(tx, **_identity(signature))]


def delete_never_confirmed(tx: Tx, signature: Signature) -> list[int]:
    """Delete this mailbox's unconfirmed signatures for the statement, removed ones too, and return their ids."""
    whose = {"statement_id": signature.statement_id, "email_key": signature.email_key}
    return [row["id"] for row in _sql.delete_never_confirmed(tx, **whose)]


def delete_unconfirmed(tx: Tx, signature_id: int) -> None:
    """Delete an unconfirmed signature, removed or not, with its address, subscriptions and holds."""
    _sql.delete_unconfirmed(tx, id=signature_id)


def _identity(signature: Signature) -> dict[str, Any]:
    return {name: getattr(signature, name) for name in ("statement_id", "email_key", "name_key")}


def is_name_taken(tx: Tx, signature: Signature) -> bool:
    """Say whether this mailbox has confirmed the same name for this statement."""
    return bool(_sql.is_name_taken(tx, **_identity(signature)))


def is_known_to_mailbox(tx: Tx, statement_id: int, *, email_key: bytes, name_key: str) -> bool:
    """Say whether this mailbox has ever signed under this name, in any state."""
    return bool(_sql.find_of_mailbox(tx, statement_id=statement_id, email_key=email_key, name_key=name_key))


def count_live_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> int:
    """Return how many signatures of this mailbox are pending or occupy a seat."""
    return int(_sql.count_live_of_mailbox(tx, statement_id=statement_id, email_key=email_key))


def list_unerased_of_mailbox(tx: Tx, signature: Signature) -> list[Signature]:
    """Return this mailbox's signatures for this statement that are not erased, in any state, oldest first.

    The given signature is included; it is the only one if its address is unknown.
    """
    if signature.email_key is None:
        return [signature]
    whose = {"statement_id": signature.statement_id, "email_key": signature.email_key}
    return [_read(row) for row in _sql.list_unerased_of_mailbox(tx, **whose)]


def has_removed_seat(tx: Tx, signature: Signature) -> bool:
    """Say whether this mailbox has a removed signature, which keeps its seat and the address key permanently."""
    return bool(_sql.has_removed_seat(tx, statement_id=signature.statement_id, email_key=signature.email_key))


def count_seats(tx: Tx, signature: Signature) -> int:
    """Return how many seats this mailbox occupies: its confirmed signatures that were not withdrawn."""
    return int(_sql.count_seats(tx, statement_id=signature.statement_id, email_key=signature.email_key))


def list_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> list[Signature]:
    """Return this mailbox's confirmed and held signatures for this statement, oldest first."""
    return [_read(row) for row in _sql.list_of_mailbox(tx, statement_id=statement_id, email_key=email_key)]


def find_newest_pending(tx: Tx, statement_id: int, email_key: bytes) -> Signature | None:
    """Return the newest pending signature of this mailbox, which a link can confirm; or None."""
    row = _sql.find_newest_pending(tx, statement_id=statement_id, email_key=email_key)
    return _read(row) if row else None


def mark_reminded(tx: Tx, statement_id: int, *, signed_before: int, most: int, now: int) -> list[Signature]:
    """Mark up to ``most`` pending signatures as reminded, one for each mailbox, and return them."""
    rows = _sql.mark_reminded(tx, statement_id=statement_id, signed_before=signed_before, most=most, now=now)
    return [_read(row) for row in rows]


def clear_newsletter_flag(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Unsubscribe a signer from the organiser's newsletter; False if they were not subscribed."""
    return bool(_sql.clear_newsletter_flag(tx, id=signature_id, now=now))


def hold(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Take a confirmed signature off the list until it is approved; False if it was not confirmed."""
    return bool(_sql.hold(tx, id=signature_id, now=now))


def release(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Put a held signature on the list; False if it was not held.

    Raises ``Conflict`` if an organisation of the same name is on the list.
    """
    return bool(_sql.release(tx, id=signature_id, now=now))


def remove(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Remove a signature; a confirmed one keeps its mailbox's seat. False if it was removed before."""
    return bool(_sql.remove(tx, id=signature_id, now=now))


def restore(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Undo a removal; False if the signature was never confirmed, or was withdrawn or erased.

    Raises ``Conflict`` if an organisation of the same name is on the list.
    """
    return bool(_sql.restore(tx, id=signature_id, now=now))


def make_searchable(tx: Tx, *, most: int) -> int:
    """Add the search key to up to ``most`` confirmed lines from an older version, and return how many."""
    rows = list(_sql.list_unsearchable(tx, most=most))
    for row in rows:
        _sql.make_searchable(tx, id=row["id"], search_key=_search_key_of(row))
    return len(rows)


def erase_mail_domains(tx: Tx, *, before: int, most: int) -> int:
    """Erase the mail domains of up to ``most`` signatures confirmed before ``before``, and return how many."""
    return int(_sql.erase_mail_domains(tx, before=before, most=most))


def change(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> None:
    """Update the columns that signers may change, and the keys derived from them.

    Raises ``Conflict`` if the mailbox has another confirmed signature under that name, or an organisation that was only
    counted would be listed beside one of the same name.
    """
    _sql.change(
        tx, id=signature_id, **values, search_key=_search_key_of(vars(get(tx, signature_id)) | dict(values)), now=now
    )


def set_consent(tx: Tx, signature_id: int, consent_id: int) -> None:
    """Store the wording of the signer's latest consent."""
    _sql.set_consent(tx, id=signature_id, consent_id=consent_id)


def reconsent(tx: Tx, signature_id: int, text_id: int, *, consent_id: int, now: int) -> bool:
    """Move a confirmed or held signature to another version of its text; False if it is in another state."""
    return bool(_sql.reconsent(tx, id=signature_id, text_id=text_id, consent_id=consent_id, now=now))


def move_founding_to_text(tx: Tx, *, was: int, text_id: int, now: int) -> None:
    """Move founding signatures from a version that nobody else has signed to its replacement."""
    _sql.move_founding_to_text(tx, was=was, text_id=text_id, now=now)


def withdraw(tx: Tx, signature_id: int, *, shown: bool, now: int) -> bool:
    """Withdraw a confirmed or held signature; False if it is in another state.

    ``shown``: the public list may show that it was withdrawn.
    """
    return bool(_sql.withdraw(tx, id=signature_id, shown=int(shown), now=now))


def erase(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase all personal data, mark the signature as withdrawn, and invalidate every link to it."""
    _sql.erase(tx, id=signature_id, nonce=secrets.token_bytes(NONCE_BYTES), now=now)


def anonymise(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase all personal data and invalidate every link; the signature still counts.

    A founder's listed name stays until it is removed or withdrawn; only the mailbox data is erased.
    """
    values = {"id": signature_id, "nonce": secrets.token_bytes(NONCE_BYTES), "now": now}
    if not _sql.unlink_founder(tx, **values):
        _sql.anonymise(tx, **values)


def prune_pendings(tx: Tx, *, before: int) -> int:
    """Delete unconfirmed signatures older than ``before`` whose address is erased, and return how many."""
    return int(_sql.prune_pendings(tx, before=before))


# Contacts: a signer's sealed address, kept while there is a reason.

ADDRESS_SEAL_PURPOSE = "address"  # also used for addresses in the outbox


def add_contact(tx: Tx, signature_id: int, *, sealed: bytes, key_id: str, erase_at: int) -> None:
    """Store a sealed address that is erased at ``erase_at`` unless it is kept."""
    _sql.add_contact(tx, signature_id=signature_id, sealed=sealed, key_id=key_id, erase_at=erase_at)


def find_contact(tx: Tx, signature_id: int) -> bytes | None:
    """Return the sealed address; None once it is erased."""
    row = _sql.find_contact(tx, signature_id=signature_id)
    return bytes(row["sealed"]) if row else None


def find_contact_address(tx: Tx, signature_id: int, sealer: Sealer) -> str | None:
    """Return the address; None once it is erased, or if no data key can decrypt it."""
    sealed = find_contact(tx, signature_id)
    try:
        return None if sealed is None else sealer.unseal(sealed, purpose=ADDRESS_SEAL_PURPOSE)
    except SealBroken:
        return None


def keep_contact(tx: Tx, signature_id: int) -> None:
    """Keep the address without an expiry date, because it is still needed."""
    _sql.keep_contact(tx, signature_id=signature_id)


def erase_contact(tx: Tx, signature_id: int) -> None:
    """Erase the address; the database overwrites its bytes."""
    _sql.erase_contact(tx, signature_id=signature_id)


def expire_contacts(tx: Tx, statement_id: int, *, now: int) -> None:
    """Expire the addresses of confirmed signatures without a subscription; the next pruning erases them."""
    _sql.expire_contacts(tx, statement_id=statement_id, now=now)


def extend_contact(tx: Tx, signature_id: int, *, until: int) -> None:
    """Keep an expiring address at least until ``until``; one without an expiry date is not changed."""
    _sql.extend_contact(tx, signature_id=signature_id, until=until)


def prune_contacts(tx: Tx, *, now: int) -> int:
    """Erase expired addresses and return how many."""
    return int(_sql.prune_contacts(tx, now=now))


# Holds: the reasons why a signature is held, one row for each source.


def add_hold(tx: Tx, signature_id: int, source: str, *, now: int) -> bool:
    """Add a reason (``rule:...``, ``admin:...`` or ``cli``); False if it exists already."""
    return bool(_sql.add_hold(tx, signature_id=signature_id, source=source, now=now))


def release_holds(tx: Tx, signature_id: int, *, now: int) -> int:
    """Release all reasons of a signature and return how many were active."""
    return int(_sql.release_holds(tx, signature_id=signature_id, now=now))


def list_holds(tx: Tx, signature_id: int) -> list[str]:
    """Return the sources of the active reasons, oldest first."""
    return [row["source"] for row in _sql.list_holds(tx, signature_id=signature_id)]


# Submission keys (idempotency keys): a retry with the same key gets the same answer and signs once.


def add_submission_key(tx: Tx, statement_id: int, key: str, *, digest: bytes, signature_id: int, now: int) -> bool:
    """Store a key with the keyed digest of its request and the resulting signature; False if the key exists already."""
    return bool(
        _sql.add_submission_key(
            tx, statement_id=statement_id, key=key, digest=digest, signature_id=signature_id, now=now
        )
    )


def get_submission_digest(tx: Tx, statement_id: int, key: str) -> bytes:
    """Return the request digest of a known key."""
    return bytes(_sql.get_submission_digest(tx, statement_id=statement_id, key=key)["digest"])


def count_code_attempt(tx: Tx, statement_id: int, key: str, *, most: int) -> int | None:
    """Count an attempt at the code and return the id of the key's signature.

    None if the key is unknown or ``most`` attempts were made before.
    """
    row = _sql.count_code_attempt(tx, statement_id=statement_id, key=key, most=most)
    return int(row["signature_id"]) if row and row["signature_id"] is not None else None


def prune_submission_keys(tx: Tx, *, before: int) -> int:
    """Delete keys older than ``before`` and return how many."""
    return int(_sql.prune_submission_keys(tx, before=before))


# Subscriptions: newsletters that a signer ticked, with the wording and times.

ORGANISER = 0  # takes the place of a partner id for the organiser's newsletter


@dataclass(frozen=True)
class Subscription:
    """A row with the wording that was ticked; ``partner`` (slug) and ``name`` are None for the organiser."""

    partner_id: int
    partner: str | None
    name: str | None
    wording: str
    locale: str
    worded_at: int
    confirmed_at: int | None
    withdrawn_at: int | None

    @property
    def is_live(self) -> bool:
        """Whether the mailbox's owner has confirmed it and not withdrawn it."""
        return self.confirmed_at is not None and self.withdrawn_at is None


def add_subscription(tx: Tx, signature_id: int, *, partner_id: int, wording_id: int) -> None:
    """Store a ticked subscription; it has no effect until it is confirmed."""
    _sql.add_subscription(tx, signature_id=signature_id, partner_id=partner_id, wording_id=wording_id)


def confirm_subscriptions(tx: Tx, signature_id: int, *, now: int) -> int:
    """Confirm the pending subscriptions of a signature, and return how many."""
    return int(_sql.confirm_subscriptions(tx, signature_id=signature_id, now=now))


def end_subscription(tx: Tx, signature_id: int, *, partner_id: int | None, now: int) -> int:
    """Withdraw one subscription (None: all) of this signature, and return how many were active or pending."""
    return int(_sql.end_subscription(tx, signature_id=signature_id, partner_id=partner_id, now=now))


def erase_subscriptions(tx: Tx, signature_id: int) -> None:
    """Delete the subscriptions of a signature; the wordings stay, they contain no personal data."""
    _sql.erase_subscriptions(tx, signature_id=signature_id)


def list_subscriptions(tx: Tx, signature_id: int) -> list[Subscription]:
    """Return the subscriptions of a signature, pending and withdrawn ones too, the organiser's first."""
    return [Subscription(**row) for row in _sql.list_subscriptions(tx, signature_id=signature_id)]


def count_subscribers(tx: Tx, statement_id: int, partner_id: int) -> int:
    """Return how many signers of a statement have confirmed a partner's newsletter."""
    return int(_sql.count_subscribers(tx, statement_id=statement_id, partner_id=partner_id)["live"])


def list_subscribers(tx: Tx, statement_id: int, partner_id: int, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` active subscribers whose signature has an id above ``after`` and at most ``fence``."""
    return list(
        _sql.list_subscribers(tx, statement_id=statement_id, partner_id=partner_id, after=after, fence=fence, most=most)
    )
