"""Sign: a submission becomes a pending signature and an email in the outbox, in one transaction."""

import hmac
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server import messages
from server.addresses import AddressKeys, domain_of, proves_domain
from server.errors import KeyReused
from server.kinds import Kind
from server.links import FormClaim
from server.records import contacts, outbox, signatures, statement_texts, submissions, subscriptions, tallies, wordings
from server.records.statements import Statement
from server.records.subscriptions import ORGANISER
from server.sealing import Sealer
from server.storage import Store, Tx, retried
from server.text import name_key, organisation_key

_as_json = json.JSONEncoder(sort_keys=True).encode
_NO_COLUMNS = ("key", "email", "partner_newsletter")
PENDING_LIFETIME = timedelta(days=14)


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
    sealed = sealer.seal(submission.email, purpose=contacts.SEALED_FOR)
    row = _row(statement, claim, submission) | {
        "email_key": email_key,
        "key_version": keys.version,
        "mail_domain": keys.domain_key(domain_of(submission.email)),
    }
    digest = keys.digest(_as_json(vars(submission)))
    with suppress(_KnownKey), db.write() as tx:
        signature_id = signatures.add_pending(tx, row, now=now)
        if not submissions.add(tx, statement.id, submission.key, digest=digest, signature_id=signature_id, now=now):
            _check_same(submissions.get_digest(tx, statement.id, submission.key), digest)
            raise _KnownKey
        _subscribe(tx, signature_id, claim, submission, now=now)
        erase_at = now + int(PENDING_LIFETIME.total_seconds())
        contacts.put(tx, signature_id, sealed=sealed.blob, key_id=sealed.key_id, erase_at=erase_at)
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
        tallies.count_event(tx, tallies.Subject(statement.id, submission.kind, claim.partner_id), "submitted", now=now)


def _subscribe(tx: Tx, signature_id: int, claim: FormClaim, submission: Submission, *, now: int) -> None:
    """Keep what was ticked with the very words, in the language of the text that was shown; nothing acts by it yet."""
    if not submission.newsletter and submission.partner_newsletter is None:
        return
    locale = statement_texts.get(tx, claim.text_id).locale
    if submission.newsletter:
        spoken = messages.spoken(locale)
        body = messages.text(spoken, "field.newsletter")
        wording_id = wordings.keep(tx, "newsletter", spoken, body, now=now)
        subscriptions.add(tx, signature_id, partner_id=ORGANISER, wording_id=wording_id)
    if submission.partner_newsletter is not None and claim.partner_id is not None:
        partner_id, body = claim.partner_id, submission.partner_newsletter
        wording_id = wordings.keep(tx, "newsletter", locale, body, partner_id=partner_id, now=now)
        subscriptions.add(tx, signature_id, partner_id=partner_id, wording_id=wording_id)


def _check_same(known: bytes, digest: bytes) -> None:
    if not hmac.compare_digest(known, digest):
        raise KeyReused("this key came with another submission before")


def _row(statement: Statement, claim: FormClaim, submission: Submission) -> dict[str, Any]:
    """Return the columns that do not tell the address."""
    row = {name: value for name, value in vars(submission).items() if name not in _NO_COLUMNS}
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
