"""What is stored about one signer, for that signer to take away."""

from datetime import UTC, datetime
from typing import Any

from server.actions.telling import mail_key_of
from server.addresses import AddressKeys
from server.records import contacts, mailings, signers, subscriptions, suppressions
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.subscriptions import Subscription
from server.sealing import Sealer
from server.storage import Tx

_TRUTHS = ("newsletter", "website_proved", "withdrawal_shown")


def stored_about(
    tx: Tx, signature: Signature, text: StatementText, *, keys: AddressKeys, sealer: Sealer, page: str
) -> dict[str, Any]:
    """Return all of it under names that people can read: moments as ISO 8601 in UTC, keys as hex digits.

    ``page`` is the address of the statement. An address that is kept, but that no data key of ours opens, is missing.
    Once an address with a tag is erased, nobody can tell whether the one without has stopped its emails.
    """
    row = {name: _readable(name, value) for name, value in signers.get_record(tx, signature.id).items()}
    consent = {"text": row.pop("consent"), "language": row.pop("consent_language")}
    return {
        "statement": {"title": text.title, "page": page},
        "text": {"language": text.locale, "version": text.version, "sha256": text.sha256},
        "signature": row,
        "consent": consent | {"worded_at": row.pop("consent_worded_at")},
        "news": [_subscription_stored(one) for one in subscriptions.list_of(tx, signature.id)],
        "email": _email_stored(tx, signature, keys, sealer),
    }


def _subscription_stored(subscription: Subscription) -> dict[str, Any]:
    """Return whose news were asked for (``partner`` None: the organiser's), in which words, and the moments of it."""
    told = {name: _readable(name, value) for name, value in vars(subscription).items()}
    told["language"] = told.pop("locale")
    del told["partner_id"]
    return told


def _email_stored(tx: Tx, signature: Signature, keys: AddressKeys, sealer: Sealer) -> dict[str, Any]:
    is_kept, address = contacts.find(tx, signature.id) is not None, contacts.find_address(tx, signature.id, sealer)
    stored: dict[str, Any] = {"kept": is_kept, "address": address}
    own, mail_key = signature.email_key, mail_key_of(tx, signature, keys=keys, sealer=sealer)
    if own is None or mail_key is None:
        return stored
    sent = mailings.count_sent(tx, email_key=own, statement_id=signature.statement_id)
    stopped = suppressions.find_reason(tx, email_key=own, mail_key=mail_key, statement_id=signature.statement_id)
    return stored | {"sent_about_this_statement": sent, "stopped_because": stopped}


def _readable(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TRUTHS:
        return bool(value)
    if name.endswith("_at"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value if isinstance(value, str | int) else bytes(value).hex()
