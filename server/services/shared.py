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
    """Return the row that a link was made for, in whatever state; raises ``LinkInvalid`` when it is gone or erased."""
    signature = signatures.find(tx, ref.id)
    if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
        raise LinkInvalid("this link no longer works")
    return signature


def get_by_manage_link(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature that its signer comes to see, whatever became of it since it was confirmed.

    Raises ``LinkInvalid`` when it is gone or erased, and when it was never confirmed: this is no second way to confirm.
    """
    signature = get_by_link(tx, ref)
    if signature.confirmed_at is None:
        raise LinkInvalid("this link no longer works")
    return signature


def record_signer_action(
    tx: Tx, verb: str, signature: Signature, becomes: str, *, changed: list[str] | None = None, now: int
) -> None:
    """Count and journal what a signer did to their signature, which is as it was before.

    Of what ``changed`` the journal learns the fields' names alone: a name that was taken back stands nowhere.
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


# The public line of a signature: changed only by somebody who has seen its current version.

PublicLine = Mapping[str, str | None]
"""Checked new values of a public line, by column; columns that are not named stay unchanged."""

_SEEN_BY_BOTH = tuple(name for name in SIGNER_CHANGES if FIELDS[name].moderated)
"""What signers may change and moderators see. The pages of both carry its fingerprint."""

_FINGERPRINTED = {Signature: _SEEN_BY_BOTH, Founder: (*FOUNDER_CHANGES, "listed_confirmed_at")}


class LineChanged(UndersignedError):
    """Raised when a line has changed since a page showed it, by its signer or another admin.

    ``differing`` are the columns that would not stay as they are now.
    """

    code, status = "line-changed", 409

    def __init__(self, differing: Sequence[str]) -> None:
        super().__init__("someone else has changed this line in the meantime")
        self.differing = list(differing)


def line_fingerprint(line: Signature | Founder) -> str:
    """Return what a page carries to say which line it showed, and of a founding one which answer."""
    return fingerprint([getattr(line, column) for column in _FINGERPRINTED[type(line)]])


def row_fingerprint(row: Row) -> str:
    """Return the fingerprint of the signature of a row, which has every column that moderators see."""
    return fingerprint([row[column] for column in _SEEN_BY_BOTH])


def fingerprint(shown: Any) -> str:
    """Return what a page carries to say what it showed, such as a list of values."""
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
    """Put an email about a signature into the outbox; False when its address is gone.

    Call it before the address is erased: the email keeps one of its own until it is sent.
    """
    sealed = signatures.find_contact(tx, signature.id)
    if sealed is None or signature.email_key is None:
        return False
    to = Recipient(signature.statement_id, signature.id, signature.locale, signature.email_key, sealed)
    outbox.put(tx, kind, to, now=now)
    return True


def find_mail_key(tx: Tx, signature: Signature, *, keys: AddressKeys, sealer: Sealer) -> bytes | None:
    """Return the key by which emails to this signer are counted and stopped; None once nothing is known of them.

    Where the address is gone, that is the key of its one spelling: nobody can tell any more what a tag in it was.
    """
    address = signatures.find_contact_address(tx, signature.id, sealer)
    return signature.email_key if address is None else keys.mail_key(address)


# Whether the address of a signature may be kept.


def update_address_retention(tx: Tx, signature_id: int) -> None:
    """Keep the address of a signature while a reason to have it stands, and else erase it.

    That of a pending one is left alone: it goes by itself.
    """
    signature = signatures.get(tx, signature_id)
    if signature.state == "pending":
        return
    if _may_keep_address(tx, signature):
        signatures.keep_contact(tx, signature_id)
    else:
        signatures.erase_contact(tx, signature_id)


def _may_keep_address(tx: Tx, signature: Signature) -> bool:
    """Say whether somebody has to decide about it, the statement keeps all, or its signer has subscribed to news."""
    if signature.state != "confirmed":
        return signature.state == "held"
    if statements.get_by_id(tx, signature.statement_id).keep_contacts:
        return True
    return any(subscription.is_live for subscription in signatures.list_subscriptions(tx, signature.id))


# Revealing all names together, once enough people have signed.


def reveal_names_if_enough(tx: Tx, statement_id: int, *, now: int) -> None:
    """Show all names from now on, for good, when this transaction has brought the last confirmation it takes.

    Founding signatures do not count, for an admin alone can enter any number of them. Who withdraws later takes
    nobody's name off the list again.
    """
    statement = statements.get_by_id(tx, statement_id)
    if not statement.keeps_names_back:
        return
    confirmed = counts.get_counts(tx, statement_id).confirmed - signature_queries.count_confirmed_founders(
        tx, statement_id
    )
    if statements.release_names(tx, statement_id, confirmed=confirmed, now=now):
        Act(tx, "rule:names-from", now).journal("statement.release-names", statement, after=confirmed)
