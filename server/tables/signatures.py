"""Signatures and their dependent rows: contact, holds, submission key, subscriptions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from server.crypto.encryption import SealBroken, Sealer
from server.crypto.links import NONCE_BYTES
from server.db import Row, Tx, found, queries_beside
from server.errors import NotFound
from server.tables import LIST_NUMBERS_END, SIGNER_NUMBERS_FROM, State
from server.text.fields import FOUNDER_CHANGES, LINE, SEARCHED, SIGNER_CHANGES, UNPUBLISHED, Line
from server.text.names import Kind, search_key

# Signatures.

PENDING_LIFETIME = timedelta(days=14)
"""How long a signer has to confirm, counted from signing, or from when their invitation was sent."""

# defaults for columns that the caller leaves out; an imported list has no comments, for example
_NO_LINE: dict[str, Any] = dict.fromkeys(LINE)


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

    @property
    def search_key(self) -> str:
        """The search key of the line once it is confirmed."""
        return _search_key_of(vars(self))


_sql = queries_beside(
    __file__,
    signature=[column.name for column in fields(Signature)],
    line=LINE,
    searched=SEARCHED,
    changed=SIGNER_CHANGES,
    founding=FOUNDER_CHANGES,
    unlisted=("email_key", "key_version", "mail_domain", "network_tag", "code_until", *UNPUBLISHED),
)


def add_pending(tx: Tx, values: Mapping[str, Any], *, now: int) -> int:
    """Store a signature that waits for confirmation, with a new nonce, and return its id."""
    return int(_sql.add_pending(tx, **(_NO_LINE | dict(values)), nonce=secrets.token_bytes(NONCE_BYTES), now=now))


def add_founding(tx: Tx, values: Mapping[str, Any], *, statement_id: int, now: int) -> int | None:
    """Store a signature that an admin entered, at the end of the founding list.

    Returns its id; None if the same line or organisation is already listed, or its ``mailbox_seat`` is taken.
    """
    added: int | None = _sql.add_founding(
        tx,
        **(_NO_LINE | dict(values)),
        statement_id=statement_id,
        nonce=secrets.token_bytes(NONCE_BYTES),
        search_key=_search_key_of(values),
        numbers_end=SIGNER_NUMBERS_FROM,
        now=now,
    )
    return added


def move_founding(tx: Tx, moves: Mapping[int, tuple[int, int]], *, now: int) -> None:
    """Give founding signatures, by id, new founding places and list numbers.

    The unique index forbids two rows with one number even for a moment, so all rows leave their numbers first.
    """
    for signature_id in moves:
        _sql.leave_place(tx, id=signature_id)
    for signature_id, (place, number) in moves.items():
        _sql.take_place(tx, id=signature_id, founding_place=place, list_number=number, now=now)


def change_founding(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> bool:
    """Change the line of a founding signature, with its keys; False if it is no longer on the list.

    Raises ``Conflict`` if the same line or organisation is already listed.
    """
    return bool(_sql.change_founding(tx, id=signature_id, search_key=_search_key_of(values), **values, now=now))


@_sql.query
def affirm(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Record that a founder confirms their line; False if they did so before, or are not a listed founder."""


def _search_key_of(values: Mapping[str, Any]) -> str:
    """Return the search key of a confirmed line."""
    return search_key(*(values.get(column) for column in SEARCHED))


@_sql.query
def find(tx: Tx, signature_id: int) -> Signature | None:
    """Return a signature in any state, or None."""


def get(tx: Tx, signature_id: int) -> Signature:
    """Return a signature in any state; raises ``NotFound``."""
    return found(find(tx, signature_id), f"there is no signature {signature_id}")


def get_of(tx: Tx, statement_id: int, signature_id: int) -> Signature:
    """Return a signature of this statement in any state; raises ``NotFound``, also for one of another statement."""
    signature = find(tx, signature_id)
    if signature is None or signature.statement_id != statement_id:
        raise NotFound(f"there is no signature {signature_id} under this statement")
    return signature


@_sql.query
def confirm(
    tx: Tx,
    signature: Signature,
    *,
    seat: int,
    consent_id: int,
    held: bool,
    now: int,
    numbers_from: int = SIGNER_NUMBERS_FROM,
    numbers_end: int = LIST_NUMBERS_END,
) -> bool:
    """Confirm a pending signature in a seat of its mailbox; False if it is no longer pending.

    Raises ``Conflict`` if the seat is taken, or this mailbox has already signed under this name.
    """


@_sql.query
def open_code(tx: Tx, signature_id: int, *, until: int) -> None:
    """Accept the code of a pending signature until ``until`` (epoch seconds)."""


def replace_links(tx: Tx, signature_id: int) -> None:
    """Make the links and the code of a pending signature useless; emails that are sent later have new ones."""
    _sql.replace_links(tx, signature_id=signature_id, nonce=secrets.token_bytes(NONCE_BYTES))


@_sql.query
def delete_same_pendings(tx: Tx, signature: Signature) -> list[int]:
    """Delete the pending signatures of this mailbox under the same name, and return their ids."""


@_sql.query
def delete_never_confirmed(tx: Tx, signature: Signature) -> list[int]:
    """Delete this mailbox's unconfirmed signatures for the statement, removed ones too, and return their ids."""


@_sql.query
def delete_unconfirmed(tx: Tx, signature_id: int) -> None:
    """Delete an unconfirmed signature, removed or not, with its address, subscriptions and holds."""


@_sql.query
def is_name_taken(tx: Tx, signature: Signature) -> bool:
    """Return whether a signature of this name from this mailbox was confirmed and not withdrawn."""


@_sql.query
def is_known_to_mailbox(tx: Tx, statement_id: int, *, email_key: bytes, name_key: str) -> bool:
    """Return whether this name has ever signed from this mailbox, in any state."""


@_sql.query
def count_live_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> int:
    """Return how many signatures of this mailbox were not withdrawn; pending and removed ones count too."""


def list_unerased_of_mailbox(tx: Tx, signature: Signature) -> list[Signature]:
    """Return this mailbox's signatures for this statement that are not erased, in any state, oldest first.

    The given signature is included; it is the only one if its address is unknown.
    """
    if signature.email_key is None:
        return [signature]
    return _list_unerased_of_mailbox(tx, signature.statement_id, signature.email_key)


@_sql.query
def _list_unerased_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> list[Signature]: ...


@_sql.query
def has_removed_seat(tx: Tx, signature: Signature) -> bool:
    """Say whether this mailbox has a removed signature, which keeps its seat and the address key permanently."""


@_sql.query
def count_seats(tx: Tx, signature: Signature) -> int:
    """Return how many seats this mailbox occupies: its confirmed signatures that were not withdrawn."""


@_sql.query
def list_of_mailbox(tx: Tx, statement_id: int, email_key: bytes) -> list[Signature]:
    """Return this mailbox's confirmed and held signatures for this statement, oldest first."""


@_sql.query
def find_newest_pending(tx: Tx, statement_id: int, email_key: bytes) -> Signature | None:
    """Return the newest pending signature of this mailbox, which a link can confirm; or None."""


@_sql.query
def mark_reminded(tx: Tx, statement_id: int, *, signed_before: int, most: int, now: int) -> list[Signature]:
    """Mark up to ``most`` pending signatures as reminded, one for each mailbox, and return them."""


@_sql.query
def clear_newsletter_flag(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Unsubscribe a signer from the organiser's newsletter; False if they were not subscribed."""


@_sql.query
def hold(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Take a confirmed signature off the list until it is approved; False if it was not confirmed."""


@_sql.query
def release(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Put a held signature on the list; False if it was not held.

    Raises ``Conflict`` if an organisation of the same name is on the list.
    """


@_sql.query
def remove(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Remove a signature; a confirmed one keeps its mailbox's seat. False if it was removed before."""


@_sql.query
def restore(tx: Tx, signature_id: int, *, now: int) -> bool:
    """Undo a removal; False if the signature was never confirmed, or was withdrawn or erased.

    Raises ``Conflict`` if an organisation of the same name is on the list.
    """


def make_searchable(tx: Tx, *, most: int) -> int:
    """Add the search key to up to ``most`` confirmed lines from an older version, and return how many."""
    rows = list(_sql.list_unsearchable(tx, most=most))
    for row in rows:
        _sql.make_searchable(tx, id=row["id"], search_key=_search_key_of(row))
    return len(rows)


@_sql.query
def erase_mail_domains(tx: Tx, *, before: int, most: int) -> int:
    """Erase the mail domains of up to ``most`` signatures confirmed before ``before``, and return how many."""


def change(tx: Tx, signature_id: int, values: Mapping[str, Any], *, now: int) -> None:
    """Update the columns that signers may change, and the keys derived from them.

    Raises ``Conflict`` if the mailbox has another confirmed signature under that name, or an organisation that was only
    counted would be listed beside one of the same name.
    """
    _sql.change(
        tx, id=signature_id, **values, search_key=_search_key_of(vars(get(tx, signature_id)) | dict(values)), now=now
    )


@_sql.query
def set_consent(tx: Tx, signature_id: int, consent_id: int) -> None:
    """Store the wording of the signer's latest consent."""


@_sql.query
def reconsent(tx: Tx, signature_id: int, text_id: int, *, consent_id: int, now: int) -> bool:
    """Move a confirmed or held signature to another version of its text; False if it is in another state."""


@_sql.query
def move_founding_to_text(tx: Tx, *, was: int, text_id: int, now: int) -> None:
    """Move founding signatures from a version that nobody else has signed to its replacement."""


@_sql.query
def withdraw(tx: Tx, signature_id: int, *, shown: bool, now: int) -> bool:
    """Withdraw a confirmed or held signature; False if it is in another state.

    ``shown``: the public list may show that it was withdrawn.
    """


def erase(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase all personal data, mark a signature that is not removed as withdrawn, and invalidate every link to it."""
    _sql.erase(tx, id=signature_id, nonce=secrets.token_bytes(NONCE_BYTES), now=now)


def anonymise(tx: Tx, signature_id: int, *, now: int) -> None:
    """Erase all personal data and invalidate every link; the signature still counts.

    A founder's listed name stays until it is removed or withdrawn; only the mailbox data is erased.
    """
    values = {"id": signature_id, "nonce": secrets.token_bytes(NONCE_BYTES), "now": now}
    if not _sql.unlink_founder(tx, **values):
        _sql.anonymise(tx, **values)


@_sql.query
def prune_pendings(tx: Tx, *, before: int) -> int:
    """Delete unconfirmed signatures older than ``before`` whose address is erased, and return how many."""


# Contacts: a signer's sealed address, kept while there is a reason.

ADDRESS_SEAL_PURPOSE = "address"  # also used for addresses in the outbox


@_sql.query
def add_contact(tx: Tx, signature_id: int, *, sealed: bytes, key_id: str, erase_at: int) -> None:
    """Store a sealed address that is erased at ``erase_at`` unless it is kept."""


@_sql.query
def find_contact(tx: Tx, signature_id: int) -> bytes | None:
    """Return the sealed address; None once it is erased."""


def find_contact_address(tx: Tx, signature_id: int, sealer: Sealer) -> str | None:
    """Return the address; None once it is erased, or if no data key can decrypt it."""
    sealed = find_contact(tx, signature_id)
    try:
        return None if sealed is None else sealer.unseal(sealed, purpose=ADDRESS_SEAL_PURPOSE)
    except SealBroken:
        return None


@_sql.query
def keep_contact(tx: Tx, signature_id: int) -> None:
    """Keep the address of a signature without an expiry date, because it is still needed; not that of a pending one."""


@_sql.query
def erase_needless_contact(tx: Tx, signature_id: int) -> bool:
    """Erase the address of a signature that is not pending, unless there is a reason to keep it.

    Reasons: an admin has to decide about the signature, the statement keeps all addresses, or the signer has subscribed
    to news. Return whether an address was erased.
    """


@_sql.query
def erase_contact(tx: Tx, signature_id: int) -> None:
    """Erase the address; the database overwrites its bytes."""


@_sql.query
def expire_contacts(tx: Tx, statement_id: int, *, now: int) -> None:
    """Expire the addresses of confirmed signatures without a subscription; the next pruning erases them."""


@_sql.query
def extend_contact(tx: Tx, signature_id: int, *, until: int) -> None:
    """Keep an expiring address at least until ``until``; one without an expiry date is not changed."""


@_sql.query
def prune_contacts(tx: Tx, *, now: int) -> int:
    """Erase expired addresses and return how many."""


# Holds: the reasons why a signature is held, one row for each source.


@_sql.query
def add_hold(tx: Tx, signature_id: int, source: str, *, now: int) -> bool:
    """Add a reason (``rule:...``, ``admin:...`` or ``cli``); False if it exists already."""


@_sql.query
def release_holds(tx: Tx, signature_id: int, *, now: int) -> int:
    """Release all reasons of a signature and return how many were active."""


@_sql.query
def list_holds(tx: Tx, signature_id: int) -> list[str]:
    """Return the sources of the active reasons, oldest first."""


# Submission keys (idempotency keys): a retry with the same key gets the same answer and signs once.


@_sql.query
def add_submission_key(tx: Tx, statement_id: int, key: str, *, digest: bytes, signature_id: int, now: int) -> bool:
    """Store a key with the keyed digest of its request and the resulting signature; False if the key exists already."""


@_sql.query
def get_submission_digest(tx: Tx, statement_id: int, key: str) -> bytes:
    """Return the request digest of a known key."""


@_sql.query
def count_code_attempt(tx: Tx, statement_id: int, key: str, *, most: int) -> int | None:
    """Count an attempt at the code and return the id of the key's signature.

    None if the key is unknown or ``most`` attempts were made before.
    """


@_sql.query
def prune_submission_keys(tx: Tx, *, before: int) -> int:
    """Delete keys older than ``before`` and return how many."""


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


@_sql.query
def add_subscription(tx: Tx, signature_id: int, *, partner_id: int, wording_id: int) -> None:
    """Store a ticked subscription; it has no effect until it is confirmed."""


@_sql.query
def confirm_subscriptions(tx: Tx, signature_id: int, *, now: int) -> int:
    """Confirm the pending subscriptions of a signature, and return how many."""


@_sql.query
def end_subscription(tx: Tx, signature_id: int, *, partner_id: int | None, now: int) -> int:
    """Withdraw one subscription (None: all) of this signature, and return how many were active or pending."""


@_sql.query
def erase_subscriptions(tx: Tx, signature_id: int) -> None:
    """Delete the subscriptions of a signature; the wordings stay, they contain no personal data."""


@_sql.query
def list_subscriptions(tx: Tx, signature_id: int) -> list[Subscription]:
    """Return the subscriptions of a signature, pending and withdrawn ones too, the organiser's first."""


@_sql.query
def count_subscribers(tx: Tx, statement_id: int, partner_id: int) -> int:
    """Return how many signers of a statement have confirmed a partner's newsletter."""


@_sql.query
def list_subscribers(tx: Tx, statement_id: int, partner_id: int, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` active subscribers whose signature has an id above ``after`` and at most ``fence``."""
