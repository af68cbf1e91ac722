"""Steps that several services share: find a signature by its link, journal, queue an email, change a public line."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.crypto.encryption import Sealer
from server.crypto.links import SignatureRef
from server.db import Conflict, Row, Tx
from server.errors import Invalid, LinkInvalid, UndersignedError
from server.tables import counts, outbox, signature_queries, signatures, statements
from server.tables.journal import Act
from server.tables.outbox import Recipient
from server.tables.signature_queries import Founder
from server.tables.signatures import Signature
from server.text.addresses import AddressKeys
from server.text.fields import FIELDS, FOUNDER_CHANGES, SIGNER_CHANGES
from server.text.names import name_key

# The signature behind a signer's link, and the journal of what signers do.


def get_by_link(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature of a link, in any state; raises ``LinkInvalid`` when the signature is gone or erased."""
    signature = signatures.find(tx, ref.id)
    if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
        raise LinkInvalid("this link no longer works")
    return signature


def get_by_manage_link(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature of a manage link, in any state after it was confirmed.

    Raises ``LinkInvalid`` when the signature is gone or erased, and when it was never confirmed, so that this link is
    not a second way to confirm.
    """
    signature = get_by_link(tx, ref)
    if signature.confirmed_at is None:
        raise LinkInvalid("this link no longer works")
    return signature


def record_signer_action(
    tx: Tx, verb: str, signature: Signature, becomes: str, *, changed: list[str] | None = None, now: int
) -> None:
    """Count a signer's action and write it to the journal; ``signature`` is as it was before the action.

    ``changed`` are the names of the fields that the signer changed. The journal has no values of them, so that an old
    name is stored nowhere.
    """
    if becomes != signature.state:
        counts.move(tx, signature, was=signature.state, becomes=becomes, now=now)
    statements.touch(tx, signature.statement_id)
    Act(tx, "signer", now).journal(
        f"signature.{verb}",
        signature,
        before=signature.state,
        after=becomes if changed is None else {"state": becomes, "changed": changed},
    )


# The public line of a signature. A change is refused if the person who makes it has not seen the current line.

PublicLine = Mapping[str, str | None]
"""Checked new values of a public line, by column; columns that are not named stay unchanged."""

_SEEN_BY_BOTH = tuple(name for name in SIGNER_CHANGES if FIELDS[name].moderated)
"""The fields that signers may change and moderators see. The forms of both send a fingerprint of their values."""

_FINGERPRINTED = {Signature: _SEEN_BY_BOTH, Founder: (*FOUNDER_CHANGES, "listed_confirmed_at")}


class LineChanged(UndersignedError):
    """Raised when the signer or another admin has changed a line since a page showed it.

    ``differing`` are the columns in which the line that was to be stored differs from the current line.
    """

    code, status = "line-changed", 409

    def __init__(self, differing: Sequence[str]) -> None:
        super().__init__("someone else has changed this line in the meantime")
        self.differing = list(differing)


def line_fingerprint(line: Signature | Founder) -> str:
    """Return a fingerprint of a line, which a page sends back to say which line it showed.

    For a founding signature it also covers the founder's answer.
    """
    return fingerprint([getattr(line, column) for column in _FINGERPRINTED[type(line)]])


def row_fingerprint(row: Row) -> str:
    """Return the fingerprint of the signature in ``row``, which has every column that moderators see."""
    return fingerprint([row[column] for column in _SEEN_BY_BOTH])


def fingerprint(shown: Any) -> str:
    """Return a fingerprint of values such as a list, which a page sends back to say what it showed."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def check_line_seen(line: Signature | Founder, seen: str, *, differing: Sequence[str]) -> None:
    """Raise ``LineChanged``, with these columns, unless ``seen`` is the fingerprint of the line as it is now."""
    if line_fingerprint(line) != seen:
        raise LineChanged(differing)


def change_line(tx: Tx, signature: Signature, line: PublicLine, *, now: int) -> None:
    """Change a public line, and its country count if the signature is confirmed.

    Organisations are distinguished by the name of the organisation. Raises ``Invalid`` if the new name has already
    signed from this mailbox.
    """
    values: dict[str, Any] = {name: line.get(name, getattr(signature, name)) for name in SIGNER_CHANGES}
    is_person = signature.kind == "individual"
    values["name_key"] = name_key(values["name"]) if is_person else signature.name_key
    try:
        signatures.change(tx, signature.id, values, now=now)
    except Conflict as taken:
        raise Invalid({"name": ["signed-already"]}) from taken
    written = signatures.get(tx, signature.id)
    if written.state == "confirmed" and written.country != signature.country:
        counts.move_country(tx, written, was=signature.country)


# Emails to a signer.


def queue_email(tx: Tx, kind: str, signature: Signature, *, now: int) -> bool:
    """Put an email about a signature into the outbox; False when the address is gone.

    Call it before the address is erased: the outbox keeps its own copy of the address until the email is sent.
    """
    sealed = signatures.find_contact(tx, signature.id)
    if sealed is None or signature.email_key is None:
        return False
    to = Recipient(signature.statement_id, signature.id, signature.locale, signature.email_key, sealed)
    outbox.put(tx, kind, to, now=now)
    return True


def find_mail_key(tx: Tx, signature: Signature, *, keys: AddressKeys, sealer: Sealer) -> bytes | None:
    """Return the key under which emails to this signer are counted and stopped.

    None if nothing about the address is stored. If the address is erased, this is ``email_key``: whether the address
    had a tag is no longer known.
    """
    address = signatures.find_contact_address(tx, signature.id, sealer)
    return signature.email_key if address is None else keys.mail_key(address)


# Whether the address of a signature may be kept.


def update_address_retention(tx: Tx, signature_id: int) -> None:
    """Keep the address of a signature while there is a reason for it, or erase it.

    The address of a pending signature is not changed: it has an expiry date.
    """
    if not signatures.erase_needless_contact(tx, signature_id):
        signatures.keep_contact(tx, signature_id)


# Revealing all names together, once enough people have signed.


def reveal_names_if_enough(tx: Tx, statement_id: int, *, now: int) -> None:
    """Show all names permanently, once this transaction has brought enough confirmed signatures.

    Founding signatures do not count, because an admin can enter any number of them. If a signer withdraws later, the
    other names stay visible.
    """
    statement = statements.get_by_id(tx, statement_id)
    if not statement.keeps_names_back:
        return
    confirmed = counts.get_counts(tx, statement_id).confirmed - signature_queries.count_confirmed_founders(
        tx, statement_id
    )
    if statements.release_names(tx, statement_id, confirmed=confirmed, now=now):
        Act(tx, "rule:names-from", now).journal("statement.release-names", statement, after=confirmed)
