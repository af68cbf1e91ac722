"""Signing: stores a submission as a pending signature, checks its code, and sends emails and links again."""

import hmac
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from server.crypto.encryption import Sealer
from server.crypto.links import CODE_TRIES, ConfirmationCodes, FormClaim, SignatureRef
from server.db import Store, Tx, retried
from server.errors import CodeRefused, KeyReused, LinkInvalid
from server.services.confirm import get_by_confirm_link
from server.services.moderation import WrongState
from server.services.shared import queue_email
from server.tables import counts, outbox, signatures, statements, texts
from server.tables.journal import Act
from server.tables.outbox import Recipient
from server.tables.signatures import ORGANISER, PENDING_LIFETIME
from server.tables.statements import Statement
from server.text import translations
from server.text.addresses import AddressKeys, domain_of, proves_domain
from server.text.fields import Line
from server.text.names import Kind, name_key, organisation_key

# Signing.

_as_json = json.JSONEncoder(sort_keys=True).encode
_NOT_COLUMNS = ("key", "email", "partner_newsletter")


@dataclass(frozen=True, kw_only=True)
class Submission(Line):
    """What a signer sent, checked and cleaned, before it is stored as a signature.

    The fields are those of ``signatures.Signature``. ``partner_newsletter`` has the exact wording beside the partner's
    newsletter box, if it was ticked.
    """

    key: str
    kind: Kind
    name: str
    email: str
    locale: str
    newsletter: bool = False
    partner_newsletter: str | None = None
    visibility: str = "name"


class _KnownKey(Exception):
    """Raised to roll back what a retry has written a second time."""


@retried
def sign(
    db: Store,
    statement: Statement,
    claim: FormClaim,
    submission: Submission,
    *,
    keys: AddressKeys,
    sealer: Sealer,
    now: int,
) -> None:
    """Store the signature and its email durably. A known address takes the same steps as a new one.

    A retry with the same key changes nothing. Raises ``KeyReused`` when another submission has the same key.
    """
    email_key = keys.key(submission.email)
    sealed = sealer.seal(submission.email, purpose=signatures.ADDRESS_SEAL_PURPOSE)
    row = _signature_row(statement, claim, submission) | {
        "email_key": email_key,
        "key_version": keys.version,
        "mail_domain": keys.domain_key(domain_of(submission.email)),
    }
    digest = keys.digest(_as_json(vars(submission)))
    with suppress(_KnownKey), db.write() as tx:
        signature_id = signatures.add_pending(tx, row, now=now)
        if not signatures.add_submission_key(
            tx, statement.id, submission.key, digest=digest, signature_id=signature_id, now=now
        ):
            _check_same_submission(signatures.get_submission_digest(tx, statement.id, submission.key), digest)
            raise _KnownKey
        _subscribe(tx, signature_id, claim, submission, now=now)
        erase_at = now + int(PENDING_LIFETIME.total_seconds())
        signatures.add_contact(tx, signature_id, sealed=sealed.blob, key_id=sealed.key_id, erase_at=erase_at)
        to = Recipient(statement.id, signature_id, submission.locale, email_key, sealed.blob)
        outbox.put(tx, "confirm", to, now=now)
        counts.count_event(tx, counts.Subject(statement.id, submission.kind, claim.partner_id), "submitted", now=now)


def _subscribe(tx: Tx, signature_id: int, claim: FormClaim, submission: Submission, *, now: int) -> None:
    """Store the ticked subscriptions with the wording that was shown; they begin when the signature is confirmed."""
    if not submission.newsletter and submission.partner_newsletter is None:
        return
    locale = texts.get(tx, claim.text_id).locale
    if submission.newsletter:
        spoken = translations.supported_locale(locale)
        body = translations.text(spoken, "field.newsletter")
        wording_id = texts.get_or_add_wording(tx, "newsletter", spoken, body, now=now)
        signatures.add_subscription(tx, signature_id, partner_id=ORGANISER, wording_id=wording_id)
    if submission.partner_newsletter is not None and claim.partner_id is not None:
        partner_id, body = claim.partner_id, submission.partner_newsletter
        wording_id = texts.get_or_add_wording(tx, "newsletter", locale, body, partner_id=partner_id, now=now)
        signatures.add_subscription(tx, signature_id, partner_id=partner_id, wording_id=wording_id)


def _check_same_submission(known: bytes, digest: bytes) -> None:
    if not hmac.compare_digest(known, digest):
        raise KeyReused("this key was already used for another submission")


def _signature_row(statement: Statement, claim: FormClaim, submission: Submission) -> dict[str, Any]:
    """Return the columns of the signature, without those that are derived from the address."""
    row = {name: value for name, value in vars(submission).items() if name not in _NOT_COLUMNS}
    organisation = submission.organisation if submission.kind == "organisation" else None
    website = submission.website
    proved = organisation is not None and website is not None and proves_domain(submission.email, website)
    return row | {
        "statement_id": statement.id,
        "text_id": claim.text_id,
        "partner_id": claim.partner_id,
        "name_key": name_key(organisation or submission.name),
        "organisation_key": organisation_key(organisation) if organisation else None,
        "newsletter": int(submission.newsletter),
        "domain_proved": int(proved),
    }


# Finding a signature by the code from its email.


@retried
def check_code(
    db: Store, statement_id: int, key: str, typed: str, *, codes: ConfirmationCodes, now: int
) -> SignatureRef:
    """Return the signature that belongs to the key of a submission and to the code in its email.

    Attempts are counted by submission key, which exists for known and new addresses alike. Raises ``CodeRefused`` with
    the same message for every reason: wrong code, too many attempts, too late, unknown key, or no email with a code.
    """
    with db.write() as tx:
        signature_id = signatures.count_code_attempt(tx, statement_id, key, most=CODE_TRIES)
        signature = signatures.find(tx, signature_id or 0)
    if signature is None or not codes.fits(typed, signature.id, signature.nonce):
        raise CodeRefused("this code is wrong or has expired")
    if signature.state in ("removed", "withdrawn") or (signature.code_until or 0) < now:
        raise CodeRefused("this code is wrong or has expired")
    return SignatureRef(signature.id, signature.nonce)


# Sending the confirm email again.


@retried
def resend_confirm_email(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Queue the confirm email once more; delivery checks how many emails the address may still get.

    If the signature is already confirmed, no email is sent. Raises ``LinkInvalid`` when the pending signature is gone
    (its signer has to fill in the form again), and ``StatementClosed``.
    """
    with db.write() as tx:
        signature = get_by_confirm_link(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        if not queue_email(tx, "confirm", signature, now=now):
            raise LinkInvalid("this link no longer works")


@retried
def resend_confirm_email_for_admin(
    db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int
) -> None:
    """Queue the confirm email once more at an admin's request, for a signer who says that no email arrived.

    Raises ``NotFound``, ``StatementClosed``, and ``WrongState`` when the signature is not pending or its address is
    gone.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        signature = signatures.get_of(tx, statement.id, signature_id)
        statements.check_confirmable(statement, now=now)
        if signature.state != "pending" or not queue_email(tx, "confirm", signature, now=now):
            raise WrongState(f"nothing can be sent about signature {signature_id}, which is {signature.state}")
        Act(tx, actor, now).journal("signature.resend", signature, reason=reason)


# Sending the links of everything that an address has signed.


@retried
def request_links(
    db: Store, statement: Statement, email: str, *, keys: AddressKeys, sealer: Sealer, locale: str, now: int
) -> None:
    """Queue one email for any address; only delivery checks whether the address has signed.

    So neither the answer nor its timing shows whether it has signed.
    """
    sealed = sealer.seal(email, purpose=signatures.ADDRESS_SEAL_PURPOSE)
    email_key = keys.key(email)
    with db.write() as tx:
        outbox.put(tx, "links", Recipient(statement.id, None, locale, email_key, sealed.blob), now=now)
