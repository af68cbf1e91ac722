"""Signatures and the rows that belong to one: contact, holds, submission key, subscriptions."""

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
"""How long a signature waits for its signer, counted from when they signed, or from when their invitation was sent."""

_FOUNDING_FROM = 0
_NO_LINE: dict[str, Any] = dict.fromkeys(LINE)  # a list of names has no comments, for example
_BOOLEAN_COLUMNS = ("newsletter", "domain_proved")


@dataclass(frozen=True, kw_only=True)
class Signature(Line):
    """A row. ``name`` signs for itself, or speaks for ``organisation``, which signs then."""

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
    """Store a signature that waits for its signer to confirm, and return its id; its nonce is drawn here."""
    row: Row = _sql.add_pending(tx, **(_NO_LINE | dict(values)), nonce=secrets.token_bytes(NONCE_BYTES), now=now)
    return int(row["id"])


def add_founding(tx: Tx, values: Mapping[str, Any], *, statement_id: int, now: int) -> int | None:
    """Store a signature that an admin entered, at the end of the founding list.

    Returns its id, or None when the same line, or the same organisation, is on the list already, or the
    ``mailbox_seat`` of its ``email_key`` is taken.
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
    """Give founding signatures, by id, the founding place and the list number of each other.

    In two steps, or one would stand for a moment where another still does, which the index refuses.
    """
    for signature_id in moves:
        _sql.leave_place(tx, id=signature_id)
    for signature_id, (place, number) in moves.items():
        _sql.take_place(tx, id=signature_id, founding_place=place, list_number=number, now=now)


def correct_founding(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> bool:
    """Write the line of a founding signature anew, with its keys; False when it is on the list no more.

    Raises ``Conflict`` when the same line, or the same organisation, is there already.
    """
    return bool(_sql.correct_founding(tx, id=signature_id, search_key=_search_key_of(values), **values, now=now))


def affirm(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Note that a founding signature is right, says whose it is; False when that is known, or it is none."""
    return bool(_sql.affirm(tx, id=signature_id, now=now))


def _search_key_of(values: Mapping[str, Any]) -> str:
    """Return what a confirmed line is found by."""
    return search_key(*(values.get(column) for column in SEARCHED))


def find(tx: Tx, signature_id: int) -> Signature | None:
    """Return a signature in whatever state, or None."""
    row = _sql.find(tx, id=signature_id)
    return _read(row) if row else None


def _read(row: Row) -> Signature:
    blobs = {name: None if row[name] is None else bytes(row[name]) for name in ("nonce", "email_key")}
    return Signature(**row | blobs | {name: bool(row[name]) for name in _BOOLEAN_COLUMNS})


def get(tx: Tx, signature_id: int) -> Signature:
    """Return a signature in whatever state; raises ``NotFound``."""
    signature = find(tx, signature_id)
    if signature is None:
        raise NotFound(f"there is no signature {signature_id}")
    return signature


def get_of(tx: Tx, statement_id: int, signature_id: int) -> Signature:
    """Return a signature of that statement, in whatever state; raises ``NotFound``, also for another statement's."""
    signature = find(tx, signature_id)
    if signature is None or signature.statement_id != statement_id:
        raise NotFound(f"there is no signature {signature_id} under this statement")
    return signature


def confirm(tx: Tx, signature: Signature, *, seat: int, consent_id: int, held: bool, now: int) -> bool:
    """Confirm a pending signature in one of its mailbox's seats; False when it was not pending any more.

    Raises ``Conflict`` when the seat is taken, or this mailbox has signed under this name before.
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
    """Let the code of a pending signature serve until then (epoch seconds)."""
    _sql.open_code(tx, id=signature_id, until=until)


def delete_same_pendings(tx: Tx, signature: Signature) -> list[int]:
    """Delete what is pending for this mailbox under the same name, and return the ids."""
    return [row["id"] for row in _sql.delete_same_pendings(tx, **_identity(signature))]


def delete_never_confirmed(tx: Tx, signature: Signature) -> list[int]:
    """Delete what this mailbox has not confirmed under the statement, removed ones too, and return the ids."""
    whose = {"statement_id": signature.statement_id, "email_key": signature.email_key}
    return [row["id"] for row in _sql.delete_never_confirmed(tx, **whose)]


def delete_unconfirmed(tx: Tx, signature_id: int) -> None:
    """Delete a signature that nobody confirmed, removed or not, with its address, subscriptions and holds."""
    _sql.delete_unconfirmed(tx, id=signature_id)


def _identity(signature: Signature) -> dict[str, Any]:
    return {name: getattr(signature, name) for name in ("statement_id", "email_key", "name_key")}


def is_name_taken(tx: Tx, signature: Signature) -> bool:
    """Say whether this mailbox has confirmed the same name under this statement."""
    return bool(_sql.is_name_taken(tx, **_identity(signature)))


def is_known_to_mailbox(tx: Tx, statement_id: int, *, email_key: bytes, name_key: str) -> bool:
    """Say whether this mailbox has signed under this name, whether or not it has confirmed that or left since."""
    return bool(_sql.find_of_mailbox(tx, statement_id=statement_id, email_key=email_key, name_key=name_key))


def count_live_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> int:
    """Return how many signatures of this mailbox are pending or take one of its seats."""
    return int(_sql.count_live_of_mailbox(tx, statement_id=statement_id, email_key=email_key))


def list_unerased_of_mailbox(tx: Tx, signature: Signature) -> list[Signature]:
    """Return what this mailbox has signed under this statement and not erased, in whatever state, oldest first.

    The signature itself is among them; it is the only one when its address is unknown.
    """
    if signature.email_key is None:
        return [signature]
    whose = {"statement_id": signature.statement_id, "email_key": signature.email_key}
    return [_read(row) for row in _sql.list_unerased_of_mailbox(tx, **whose)]


def has_removed_seat(tx: Tx, signature: Signature) -> bool:
    """Say whether this mailbox has a removed signature, which keeps its seat, and the key of the address, for good."""
    return bool(_sql.has_removed_seat(tx, statement_id=signature.statement_id, email_key=signature.email_key))


def count_seats(tx: Tx, signature: Signature) -> int:
    """Return how many signatures this mailbox has confirmed under this statement."""
    return int(_sql.count_seats(tx, statement_id=signature.statement_id, email_key=signature.email_key))


def list_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> list[Signature]:
    """Return what this mailbox has confirmed under this statement, held ones too, oldest first."""
    return [_read(row) for row in _sql.list_of_mailbox(tx, statement_id=statement_id, email_key=email_key)]


def find_newest_pending(tx: Tx, statement_id: int, email_key: bytes) -> Signature | None:
    """Return the signature that this mailbox may confirm next, or None."""
    row = _sql.find_newest_pending(tx, statement_id=statement_id, email_key=email_key)
    return _read(row) if row else None


def mark_reminded(tx: Tx, statement_id: int, *, signed_before: int, most: int, now: int) -> list[Signature]:
    """Mark up to ``most`` pendings as reminded, one for each mailbox, and return them."""
    rows = _sql.mark_reminded(tx, statement_id=statement_id, signed_before=signed_before, most=most, now=now)
    return [_read(row) for row in rows]


def clear_newsletter_flag(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Note that a signer wants no news any more; False when they wanted none."""
    return bool(_sql.clear_newsletter_flag(tx, id=signature_id, now=now))


def hold(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Take a confirmed signature off the list for now; False when it was not confirmed."""
    return bool(_sql.hold(tx, id=signature_id, now=now))


def release(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Put a held signature on the list; False when it was not held.

    Raises ``Conflict`` when an organisation of the same name is on the list.
    """
    return bool(_sql.release(tx, id=signature_id, now=now))


def remove(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Throw a signature out; a confirmed one keeps its mailbox's seat. False when it was out already."""
    return bool(_sql.remove(tx, id=signature_id, now=now))


def restore(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Bring a removed signature back to what it was; False where it was never confirmed, or its signer has left.

    Raises ``Conflict`` when an organisation of the same name is on the list.
    """
    return bool(_sql.restore(tx, id=signature_id, now=now))


def make_searchable(tx: Tx, *, most: int) -> int:
    """Let up to ``most`` confirmed lines of an older version be found, and return how many there were."""
    rows = list(_sql.list_unsearchable(tx, most=most))
    for row in rows:
        _sql.make_searchable(tx, id=row["id"], search_key=_search_key_of(row))
    return len(rows)


def erase_mail_domains(tx: Tx, *, before: int, most: int) -> int:
    """Forget up to ``most`` mail domains of signatures that were confirmed before ``before``, and return how many."""
    return int(_sql.erase_mail_domains(tx, before=before, most=most))


def change(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> None:
    """Write what signers may change of a line, and its name_key.

    Raises ``Conflict`` when the mailbox of a confirmed signature has signed under that name before, or an organisation
    that was only counted would stand beside its namesake.
    """
    _sql.change(
        tx, id=signature_id, **values, search_key=_search_key_of(vars(get(tx, signature_id)) | dict(values)), now=now
    )


def set_consent(tx: Tx, signature_id: int, consent_id: int) -> None:
    """Keep which words a signer agreed to last."""
    _sql.set_consent(tx, id=signature_id, consent_id=consent_id)


def reconsent(tx: Tx, signature_id: int, text_id: int, *, consent_id: int, now: int) -> bool:
    """Let a confirmed or held signature stand under another version of its text; False when there is none."""
    return bool(_sql.reconsent(tx, id=signature_id, text_id=text_id, consent_id=consent_id, now=now))


def move_founding_to_text(tx: Tx, *, was: int, text_id: int, now: int) -> None:
    """Let the founding signatures of a version that nobody else has signed stand under the one that replaces it."""
    _sql.move_founding_to_text(tx, was=was, text_id=text_id, now=now)


def withdraw(tx: Tx, signature_id: int, *, shown: bool, now: int) -> bool:
    """Withdraw a confirmed or held signature; False when there is none to withdraw.

    ``shown``: the list may say that it was withdrawn.
    """
    return bool(_sql.withdraw(tx, id=signature_id, shown=int(shown), now=now))


def erase(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase who signed and what they wrote, withdraw what is left, and end every link to it."""
    _sql.erase(tx, id=signature_id, nonce=secrets.token_bytes(NONCE_BYTES), now=now)


def anonymise(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase who signed and what they wrote, and end every link to it; it counts as it did.

    A founding line that shows a name stays until it is removed or withdrawn: then only whose mailbox it is goes.
    """
    values = {"id": signature_id, "nonce": secrets.token_bytes(NONCE_BYTES), "now": now}
    if not _sql.unlink_founder(tx, **values):
        _sql.anonymise(tx, **values)


def prune_pendings(tx: Tx, *, before: int) -> int:
    """Forget what nobody confirmed, removed or not, of before ``before``, whose address has gone; return how many."""
    return int(_sql.prune_pendings(tx, before=before))


# Contacts: a signer's sealed address, as long as there is a reason to keep it.

ADDRESS_SEAL_PURPOSE = "address"  # the purpose of the seal, here and in the outbox


def add_contact(tx: Tx, signature_id: int, *, sealed: bytes, key_id: str, erase_at: int) -> None:
    """Store a sealed address that goes by itself at ``erase_at``."""
    _sql.add_contact(tx, signature_id=signature_id, sealed=sealed, key_id=key_id, erase_at=erase_at)


def find_contact(tx: Tx, signature_id: int) -> bytes | None:
    """Return the sealed address, or None once it is erased."""
    row = _sql.find_contact(tx, signature_id=signature_id)
    return bytes(row["sealed"]) if row else None


def find_contact_address(tx: Tx, signature_id: int, sealer: Sealer) -> str | None:
    """Return the address itself, or None once it is erased, or where no data key of ours opens it."""
    sealed = find_contact(tx, signature_id)
    try:
        return None if sealed is None else sealer.unseal(sealed, purpose=ADDRESS_SEAL_PURPOSE)
    except SealBroken:
        return None


def keep_contact(tx: Tx, signature_id: int) -> None:
    """Keep the address until somebody erases it: a reason stands."""
    _sql.keep_contact(tx, signature_id=signature_id)


def erase_contact(tx: Tx, signature_id: int) -> None:
    """Erase the address; the store overwrites its bytes."""
    _sql.erase_contact(tx, signature_id=signature_id)


def expire_contacts(tx: Tx, statement_id: int, *, now: int) -> None:
    """Let go of the addresses of confirmed signatures that nobody subscribed with: the next pruning erases them."""
    _sql.expire_contacts(tx, statement_id=statement_id, now=now)


def prolong_contact(tx: Tx, signature_id: int, *, until: int) -> None:
    """Keep an address that goes by itself at least until then; one that is kept for a reason stays as it is."""
    _sql.prolong_contact(tx, signature_id=signature_id, until=until)


def prune_contacts(tx: Tx, *, now: int) -> int:
    """Erase the addresses whose time has come and return how many."""
    return int(_sql.prune_contacts(tx, now=now))


# Holds: why a signature is held, one row for each source.


def add_hold(tx: Tx, signature_id: int, source: str, *, now: int) -> bool:
    """Add a reason (``rule:...``, ``admin:...`` or ``cli``); False when it stands already."""
    return bool(_sql.add_hold(tx, signature_id=signature_id, source=source, now=now))


def release_holds(tx: Tx, signature_id: int, *, now: int) -> int:
    """Release every reason of a signature and return how many stood."""
    return int(_sql.release_holds(tx, signature_id=signature_id, now=now))


def list_holds(tx: Tx, signature_id: int) -> list[str]:
    """Return the sources of the reasons that stand, oldest first."""
    return [row["source"] for row in _sql.list_holds(tx, signature_id=signature_id)]


# Submission keys: a retry with the same key gets the same answer and signs once.


def add_submission_key(tx: Tx, statement_id: int, key: str, *, digest: bytes, signature_id: int, now: int) -> bool:
    """Remember a key, the keyed digest of what came with it, what became of it; False when the key is known already."""
    return bool(
        _sql.add_submission_key(
            tx, statement_id=statement_id, key=key, digest=digest, signature_id=signature_id, now=now
        )
    )


def get_submission_digest(tx: Tx, statement_id: int, key: str) -> bytes:
    """Return the digest of what came with a known key."""
    return bytes(_sql.get_submission_digest(tx, statement_id=statement_id, key=key)["digest"])


def count_code_try(tx: Tx, statement_id: int, key: str, *, most: int) -> int | None:
    """Count a try of a code and return the id of the signature that the key belongs to.

    None when the key is unknown or ``most`` tries were made before.
    """
    row = _sql.count_code_try(tx, statement_id=statement_id, key=key, most=most)
    return int(row["signature_id"]) if row and row["signature_id"] is not None else None


def prune_submission_keys(tx: Tx, *, before: int) -> int:
    """Forget keys older than ``before`` and return how many."""
    return int(_sql.prune_submission_keys(tx, before=before))


# Subscriptions: whose news a signer asked for, in which words, from when to when.

ORGANISER = 0  # in the place of a partner: the news of who published the statement


@dataclass(frozen=True)
class Subscription:
    """A row with the words that were ticked; ``partner`` (short name) and ``name`` are None for the organiser."""

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
        """Whether the owner of the mailbox has confirmed it, and not withdrawn it."""
        return self.confirmed_at is not None and self.withdrawn_at is None


def add_subscription(tx: Tx, signature_id: int, *, partner_id: int, wording_id: int) -> None:
    """Store what was ticked; it serves for nothing until it is confirmed."""
    _sql.add_subscription(tx, signature_id=signature_id, partner_id=partner_id, wording_id=wording_id)


def confirm_subscriptions(tx: Tx, signature_id: int, *, now: int) -> int:
    """Confirm what was ticked and not withdrawn since, and return how many that were."""
    return int(_sql.confirm_subscriptions(tx, signature_id=signature_id, now=now))


def end_subscription(tx: Tx, signature_id: int, *, partner_id: int | None, now: int) -> int:
    """Withdraw one subscription (None: all of this signature), and return how many there were to withdraw."""
    return int(_sql.end_subscription(tx, signature_id=signature_id, partner_id=partner_id, now=now))


def erase_subscriptions(tx: Tx, signature_id: int) -> None:
    """Delete every trace of what was ticked; the words themselves stay, they are nobody's."""
    _sql.erase_subscriptions(tx, signature_id=signature_id)


def list_subscriptions(tx: Tx, signature_id: int) -> list[Subscription]:
    """Return the subscriptions of a signature, pending and withdrawn ones too, the organiser's first."""
    return [Subscription(**row) for row in _sql.list_subscriptions(tx, signature_id=signature_id)]


def count_subscribers(tx: Tx, statement_id: int, partner_id: int) -> int:
    """Return how many under a statement get the news of a partner, walking through those alone."""
    return int(_sql.count_subscribers(tx, statement_id=statement_id, partner_id=partner_id)["live"])


def list_subscribers(tx: Tx, statement_id: int, partner_id: int, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` who may be written to, of signatures with ids above ``after`` and not above ``fence``."""
    return list(
        _sql.list_subscribers(tx, statement_id=statement_id, partner_id=partner_id, after=after, fence=fence, most=most)
    )
