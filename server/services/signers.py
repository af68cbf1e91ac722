"""What signers do with their own signature: change, affirm, disown, reconsent, unsubscribe, withdraw, erase."""

import hmac
import secrets

from server.crypto.encryption import Sealer
from server.crypto.links import NONCE_BYTES, SignatureRef, UndoRef
from server.db import Store, Tx, retried
from server.errors import LinkInvalid
from server.services.confirm import Consent, find_name_hold_rule, get_by_confirm_link, record_rule_hold
from server.services.shared import (
    PublicLine,
    change_line,
    find_mail_key,
    get_by_link,
    get_by_manage_link,
    record_signer_action,
    update_address_retention,
)
from server.services.texts import TextMoved
from server.tables import erasures, invitations, journal, outbox, signatures, statements, texts
from server.tables.journal import Act
from server.tables.outbox import ALL_STATEMENTS, Recipient
from server.tables.signatures import ORGANISER, Signature
from server.tables.statements import Statement
from server.text.addresses import AddressKeys
from server.text.fields import FIELDS

# Changing the public line, before confirming and later.


@retried
def change_pending_signature(db: Store, ref: SignatureRef, line: PublicLine, *, now: int) -> None:
    """Change a line that its signer has not confirmed yet; if it was confirmed meanwhile, it is not changed.

    Raises ``LinkInvalid``, and ``StatementClosed`` when it can no longer be confirmed.
    """
    with db.write() as tx:
        signature = get_by_confirm_link(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        change_line(tx, signature, line, now=now)
    db.tidy()


@retried
def change_signature(db: Store, ref: SignatureRef, line: PublicLine, *, consent: Consent, now: int) -> str:
    """Change the line of a signature and return its state afterwards; a withdrawn or removed one is left unchanged.

    Where the organisers approve every signature, a changed line is held until they approve it. An organisation that was
    only counted and would now be listed is held by the same rules as a new one.
    ``consent`` is the wording that the signer ticked; it is kept when a name that was only counted gets published.
    Raises ``LinkInvalid``, and ``Invalid`` if the new name has already signed from this mailbox.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        changed = [name for name, value in line.items() if value != getattr(signature, name)]
        if signature.state in ("withdrawn", "removed") or not changed:
            return signature.state
        rule = (
            _find_hold_rule_after_change(tx, signature, line, changed, now=now)
            if signature.state == "confirmed"
            else None
        )
        if rule:  # hold it before the change: the unique index on organisations leaves out held signatures
            signatures.hold(tx, signature.id, now=now)
            record_rule_hold(tx, signature, rule, now=now)
        becomes = "held" if rule else signature.state
        change_line(tx, signature, line, now=now)
        if "visibility" in changed and line["visibility"] != "counted":
            consent_id = texts.get_or_add_wording(tx, "consent", consent.locale, consent.body, now=now)
            signatures.set_consent(tx, signature.id, consent_id)
        if "visibility" in changed and line["visibility"] != "name":
            erasures.add(tx, signature.statement_id, signature.id, f"{erasures.SHOWN}{line['visibility']}", at=now)
        # A founder who changes their line also confirms by this that the line is right.
        if signatures.affirm(tx, signature.id, now=now) and becomes != "held":
            signatures.erase_contact(tx, signature.id)
        record_signer_action(tx, "amend", signature, becomes, changed=changed, now=now)
    db.tidy()
    return becomes


def find_hold_rule_when_listed(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule that holds an organisation that was only counted, when it would be listed, or None."""
    if signature.kind != "organisation" or signature.visibility != "counted":
        return None
    return find_name_hold_rule(tx, statement, signature, now=now)


def _find_hold_rule_after_change(
    tx: Tx, signature: Signature, line: PublicLine, changed: list[str], *, now: int
) -> str | None:
    """Return the rule because of which an admin must approve a changed line, or None.

    A signer who only takes their name off the list, or changes only what no moderator sees, needs no approval.
    """
    if not any(FIELDS[name].moderated for name in changed):
        return None
    statement = statements.get_by_id(tx, signature.statement_id)
    if changed == ["visibility"] and line["visibility"] == "counted":
        return None
    if statement.moderation == "all":
        return "rule:amended"
    return find_hold_rule_when_listed(tx, statement, signature, now=now) if "visibility" in changed else None


# A founding signatory affirms their line.


@retried
def affirm_signature(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Record that a founder confirms their line, and erase the address; does nothing for other signatures.

    Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        if not signatures.affirm(tx, signature.id, now=now):
            return
        signatures.erase_contact(tx, signature.id)
        record_signer_action(tx, "affirm", signature, signature.state, now=now)


# The owner of a mailbox says that they did not sign.

_DISOWN_REASON = "not me"


def get_disownable(tx: Tx, ref: SignatureRef) -> Signature:
    """Return the signature of a link, also if a moderator removed it before anybody confirmed it.

    Raises ``LinkInvalid`` when the signature is gone, or was removed or withdrawn after it was confirmed.
    """
    signature = get_by_link(tx, ref)
    if signature.confirmed_at is not None and signature.state in ("removed", "withdrawn"):
        raise LinkInvalid("this link no longer works")
    return signature


@retried
def disown_signature(
    db: Store, ref: SignatureRef, *, everywhere: bool, keys: AddressKeys, sealer: Sealer, now: int
) -> UndoRef | None:
    """Delete all unconfirmed signatures of this mailbox under the statement, with its address, and stop emails to it.

    The stop covers every tag of the address, and with ``everywhere`` every statement. One last email with an undo link
    is sent, unless emails to the address had been stopped before. Return what the undo link carries, or None when the
    signature has been confirmed meanwhile (its own link withdraws it). Raises ``LinkInvalid`` when it is gone.
    """
    with db.write() as tx:
        signature = get_disownable(tx, ref)
        mail_key = find_mail_key(tx, signature, keys=keys, sealer=sealer)
        if signature.confirmed_at is not None or mail_key is None:
            return None
        kind = "disowned-everywhere" if everywhere else "disowned"
        undo = _stop_emails(tx, signature, mail_key, everywhere=everywhere, now=now)
        for same in signatures.delete_never_confirmed(tx, signature):
            outbox.delete_of_signature(tx, same)
            journal.erase_details(tx, f"signature:{same}")
            invitations.mark(tx, same, "disowned", now=now)
            erasures.add(tx, signature.statement_id, same, kind, at=now)
        Act(tx, "signer", now).journal("signature.disown", signature, before=signature.state)
    db.tidy()
    return undo


def _stop_emails(tx: Tx, signature: Signature, mail_key: bytes, *, everywhere: bool, now: int) -> UndoRef:
    """Queue one last email to this mailbox, stop all others, and return the content of the undo link."""
    whose = signature.statement_id
    known = outbox.find_suppression_reason(tx, email_key=mail_key, mail_key=mail_key, statement_id=whose)
    undo_nonce = suppress_mailbox(tx, whose, mail_key, everywhere=everywhere, now=now)
    sealed = signatures.find_contact(tx, signature.id)
    if known is None and sealed is not None:
        # The email has no signature, because the row will be deleted. The undo link finds the suppression by this key.
        outbox.put(tx, "disowned", Recipient(whose, None, signature.locale, mail_key, sealed), now=now)
    return UndoRef(whose, undo_nonce)


def suppress_mailbox(tx: Tx, statement_id: int, mail_key: bytes, *, everywhere: bool, now: int) -> bytes:
    """Stop all emails about a statement, or ``everywhere``, to a mailbox; return the nonce of the undo link."""
    undo_nonce = secrets.token_bytes(NONCE_BYTES)
    for whose in (statement_id, *([ALL_STATEMENTS] if everywhere else [])):
        undo_nonce = outbox.add_suppression(
            tx, mail_key=mail_key, statement_id=whose, reason=_DISOWN_REASON, undo_nonce=undo_nonce, now=now
        )
    return undo_nonce


@retried
def undo_disowning(db: Store, ref: UndoRef, *, now: int) -> None:
    """Let a mailbox get emails and sign again; calling it twice is harmless.

    This ends the block for this statement and the one for the whole server, but not those for other statements. Deleted
    signatures stay deleted: the signer has to send the form again.
    """
    with db.write() as tx:
        if not outbox.undo_suppression(tx, statement_id=ref.statement_id, undo_nonce=ref.nonce, reason=_DISOWN_REASON):
            return
        statement = statements.get_by_id(tx, ref.statement_id)
        Act(tx, "signer", now).journal("signature.undo-disown", statement)


# Reconsent: the signature moves to the new version of the text.


@retried
def reconsent_signature(db: Store, ref: SignatureRef, *, seen: str, consent: Consent, now: int) -> bool:
    """Move a signature to the newest text of its language; False when it is there already or no longer counts.

    ``seen`` is the SHA-256 of the text that the signer was shown, ``consent`` the wording that they agreed to. Raises
    ``LinkInvalid``, and ``TextMoved`` when there is a newer text by now.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        if signature.text_id not in texts.list_superseded(tx, signature.statement_id):
            return False
        signed = texts.get(tx, signature.text_id)
        newest = texts.get_latest(tx, signature.statement_id, signed.locale)
        if newest.sha256 != seen:
            raise TextMoved("the text was changed again")
        consent_id = texts.get_or_add_wording(tx, "consent", consent.locale, consent.body, now=now)
        if not signatures.reconsent(tx, signature.id, newest.id, consent_id=consent_id, now=now):
            return False
        statements.touch(tx, signature.statement_id)
        Act(tx, "signer", now).journal("signature.keep", signature, before=signed.sha256, after=newest.sha256)
    return True


# Unsubscribing.


@retried
def unsubscribe_signer(db: Store, ref: SignatureRef, *, partner_id: int = ORGANISER, now: int) -> None:
    """End the subscription to news of the organiser or of a partner; no error if there is none, or no signature.

    It ends for all signatures of this statement from this mailbox, as the page says. Pending and held signatures keep
    their address until they are confirmed or decided.
    """
    with db.write() as tx:
        signature = signatures.find(tx, ref.id)
        if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
            return
        verb = "stop-news" if partner_id == ORGANISER else "stop-partner-news"
        for one in signatures.list_unerased_of_mailbox(tx, signature):
            if end_subscription(tx, one.id, partner_id, now=now):
                update_address_retention(tx, one.id)
                erasures.add(tx, one.statement_id, one.id, f"{erasures.NEWS}{partner_id}", at=now)
                record_signer_action(tx, verb, one, one.state, now=now)


def end_subscription(tx: Tx, signature_id: int, partner_id: int, *, now: int) -> bool:
    """End the subscription, and clear the organiser's flag; False when there was none."""
    ended = signatures.end_subscription(tx, signature_id, partner_id=partner_id, now=now) > 0
    return signatures.clear_newsletter_flag(tx, signature_id, now=now) if partner_id == ORGANISER else ended


# Withdrawing.


@retried
def withdraw_signature(db: Store, ref: SignatureRef, *, shown: bool, now: int) -> None:
    """Withdraw a signature, end its news, erase its address and free its seat; calling it twice is harmless.

    ``shown``: the list may show that the signature was withdrawn, if it was on the list. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        stood_there = signature.state == "confirmed" and signature.visibility != "counted"
        withdraw_one(tx, signature, shown=shown and stood_there, now=now)


def withdraw_one(tx: Tx, signature: Signature, *, shown: bool, now: int) -> None:
    """Withdraw a signature, and erase its address; does nothing if it is neither confirmed nor held."""
    if not signatures.withdraw(tx, signature.id, shown=shown, now=now):
        return
    signatures.release_holds(tx, signature.id, now=now)
    signatures.end_subscription(tx, signature.id, partner_id=None, now=now)
    signatures.erase_contact(tx, signature.id)
    erasures.add(tx, signature.statement_id, signature.id, "withdrawn", at=now)
    record_signer_action(tx, "withdraw", signature, "withdrawn", now=now)


# Erasing: all personal data of this mailbox is deleted, and its signatures no longer count.


@retried
def erase_signature(db: Store, ref: SignatureRef, *, now: int) -> int:
    """Erase all signatures of this statement that came from this mailbox, and return how many there were.

    These are all signatures with the same address key, in any state, also under other names. Their lines, addresses,
     keys, subscriptions, emails and what admins wrote about them are erased, and all links to them stop
    working. For a confirmed signature we keep that somebody signed this text, when, and that they withdrew; unconfirmed
    ones are deleted. A removed one stays removed, and keeps the address key that blocks its seat, unless it was
    withdrawn before. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        of_mailbox = signatures.list_unerased_of_mailbox(tx, signature)
        for one in of_mailbox:
            erase_one(tx, one, now=now)
        delete_emails_of_mailbox(tx, signature)
    db.tidy()
    return len(of_mailbox)


def delete_emails_of_mailbox(tx: Tx, signature: Signature) -> None:
    """Delete the emails to the mailbox of a signature that was erased, and the records that count them."""
    if signature.email_key is None:
        return
    outbox.delete_of_address(tx, email_key=signature.email_key, statement_id=signature.statement_id)
    if not signatures.has_removed_seat(tx, signature):
        outbox.delete_mailings(tx, email_key=signature.email_key, statement_id=signature.statement_id)


def erase_one(tx: Tx, signature: Signature, *, now: int) -> None:
    """Erase one signature, its emails and what the journal says about it; an unconfirmed one is deleted."""
    erasures.add(tx, signature.statement_id, signature.id, "erased", at=now)
    outbox.delete_of_signature(tx, signature.id)
    journal.erase_details(tx, f"signature:{signature.id}")
    if signature.confirmed_at is None:
        signatures.delete_unconfirmed(tx, signature.id)
        Act(tx, "signer", now).journal("signature.forget", signature, before=signature.state)
        return
    signatures.erase(tx, signature.id, now=now)
    signatures.release_holds(tx, signature.id, now=now)
    signatures.erase_subscriptions(tx, signature.id)
    signatures.erase_contact(tx, signature.id)
    record_signer_action(tx, "forget", signature, signatures.get(tx, signature.id).state, now=now)
