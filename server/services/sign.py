"""Signing: a submission becomes a pending signature, its code is checked, emails and links are sent again."""

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
from server.tables import counts, journal, outbox, signatures, statements, texts
from server.tables.signatures import ORGANISER, PENDING_LIFETIME
from server.tables.statements import Statement
from server.text import translations
from server.text.addresses import AddressKeys, domain_of, proves_domain
from server.text.names import Kind, name_key, organisation_key

# Signing.

_as_json = json.JSONEncoder(sort_keys=True).encode
_NOT_COLUMNS = ("key", "email", "partner_newsletter")


@dataclass(frozen=True)
class Submission:
    """What a signer sent, checked and cleaned, before it is a signature; its fields are ``signatures.Signature``'s.

    ``partner_newsletter`` has the very words beside the partner's box, where that was ticked.
    """

    key: str
    kind: Kind
    name: str
    email: str
    locale: str
    title: str | None = None
    affiliation: str | None = None
    organisation: str | None = None
    website: str | None = None
    city: str | None = None
    country: str | None = None
    comment: str | None = None
    newsletter: bool = False
    partner_newsletter: str | None = None
    visibility: str = "name"


class _KnownKey(Exception):
    """Raised to undo what a retry has written once more."""


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
    """Store the signature and its email durably; every address, new or known, makes the same work.

    A retry with the same key changes nothing. Raises ``KeyReused`` when the key comes with another submission.
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
        outbox.put(
            tx,
            "confirm",
            signature_id=signature_id,
            statement_id=statement.id,
            locale=submission.locale,
            email_key=email_key,
            sealed_to=sealed.blob,
            now=now,
        )
        counts.count_event(tx, counts.Subject(statement.id, submission.kind, claim.partner_id), "submitted", now=now)


def _subscribe(tx: Tx, signature_id: int, claim: FormClaim, submission: Submission, *, now: int) -> None:
    """Keep what was ticked with the very words, in the language of the text that was shown; nothing acts by it yet."""
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
    """Return the columns that do not tell the address."""
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
    """Return the signature that belongs to the key of a submission and to the code of its email.

    Each try is counted in the submission, which is there for every address alike. Raises ``CodeRefused``, in the same
    way whatever the reason: another code, too many tries, half an hour gone, no such key, or no email with a code.
    """
    with db.write() as tx:
        signature_id = signatures.count_code_try(tx, statement_id, key, most=CODE_TRIES)
        signature = signatures.find(tx, signature_id or 0)
    if signature is None or not codes.fits(typed, signature.id, signature.nonce):
        raise CodeRefused("this code is wrong or has expired")
    if signature.state in ("removed", "withdrawn") or (signature.code_until or 0) < now:
        raise CodeRefused("this code is wrong or has expired")
    return SignatureRef(signature.id, signature.nonce)


# Sending the confirm email again.


@retried
def resend_confirm_email(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Put the confirm email into the outbox once more; the budget of the address is looked at when it is sent.

    Raises ``LinkInvalid`` when the pending signature is gone: then one has to sign again; and ``StatementClosed`` when
    there is nothing to sign any more. A signature that has been confirmed meanwhile needs no email, and gets none.
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
    """Do the same for an admin, to whom somebody wrote that nothing came.

    Raises ``NotFound``, ``StatementClosed``, and ``WrongState`` when it does not wait, or its address is gone.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        signature = signatures.get_of(tx, statement.id, signature_id)
        statements.check_confirmable(statement, now=now)
        if signature.state != "pending" or not queue_email(tx, "confirm", signature, now=now):
            raise WrongState(f"nothing can be sent about signature {signature_id}, which is {signature.state}")
        journal.write(
            tx,
            "signature.resend",
            actor=actor,
            subject=f"signature:{signature_id}",
            reason=reason,
            statement_id=signature.statement_id,
            now=now,
        )


# Sending the links of everything that an address has signed.


@retried
def request_links(
    db: Store, statement: Statement, email: str, *, keys: AddressKeys, sealer: Sealer, locale: str, now: int
) -> None:
    """Put one email into the outbox, whatever the address: only delivery looks whether it has signed.

    So neither the answer nor its time tells whether it has.
    """
    sealed = sealer.seal(email, purpose=signatures.ADDRESS_SEAL_PURPOSE)
    email_key = keys.key(email)
    with db.write() as tx:
        outbox.put(
            tx,
            "links",
            signature_id=None,
            statement_id=statement.id,
            locale=locale,
            email_key=email_key,
            sealed_to=sealed.blob,
            now=now,
        )
