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
from server.tables import invitations, journal, outbox, signatures, statements, texts
from server.tables.outbox import ALL_STATEMENTS
from server.tables.signatures import ORGANISER, Signature
from server.tables.statements import Statement
from server.text.addresses import AddressKeys

# Changing the public line, before confirming and later.


@retried
def change_pending_signature(db: Store, ref: SignatureRef, line: PublicLine, *, now: int) -> None:
    """Change a line that its signer has not confirmed yet; one that was confirmed meanwhile stays as it is.

    Raises ``LinkInvalid``, and ``StatementClosed`` when it can be confirmed no more.
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
    """Change the line of a signature and return the state that it is in then; what stands nowhere stays as it is.

    Where the organisers look at everything they look at a changed line again, and until then it is off the list. So is
    an organisation that was only counted and would be listed, where its name is one that is held.
    ``consent`` are the words by which a name that was only counted is published. Raises ``LinkInvalid``, and
    ``Invalid`` when this mailbox has signed under the new name already.
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
        if rule:  # before it is written: a held one is in no namesake's way
            signatures.hold(tx, signature.id, now=now)
            record_rule_hold(tx, signature, rule, now=now)
        becomes = "held" if rule else signature.state
        change_line(tx, signature, line, now=now)
        if "visibility" in changed and line["visibility"] != "counted":
            consent_id = texts.get_or_add_wording(tx, "consent", consent.locale, consent.body, now=now)
            signatures.set_consent(tx, signature.id, consent_id)
        if signatures.affirm(tx, signature.id, now=now) and becomes != "held":  # to mend a line is to answer for it
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
    """Return the rule that wants an admin's eyes on a changed line, or None.

    Whoever only takes their name off the list gives nobody anything to look at.
    """
    statement = statements.get_by_id(tx, signature.statement_id)
    if changed == ["visibility"] and line["visibility"] == "counted":
        return None
    if statement.moderation == "all":
        return "rule:amended"
    return find_hold_rule_when_listed(tx, statement, signature, now=now) if "visibility" in changed else None


# A founding signatory affirms their line.


@retried
def affirm_signature(db: Store, ref: SignatureRef, *, now: int) -> None:
    """Note the yes of a founding signature, and forget its address; a second time, and of any other, is harmless.

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
    """Return the row that a link is about, also where a moderator has removed it before anybody confirmed it.

    Raises ``LinkInvalid`` when it is gone, or was removed or withdrawn after that.
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
        undo = _stop_emails(tx, signature, mail_key, everywhere=everywhere, now=now)
        for same in signatures.delete_never_confirmed(tx, signature):
            outbox.delete_of_signature(tx, same)
            journal.erase_details(tx, f"signature:{same}")
            invitations.mark_disowned(tx, same, now=now)
        journal.write(
            tx,
            "signature.disown",
            actor="signer",
            subject=f"signature:{signature.id}",
            before=signature.state,
            statement_id=signature.statement_id,
            now=now,
        )
    db.tidy()
    return undo


def _stop_emails(tx: Tx, signature: Signature, mail_key: bytes, *, everywhere: bool, now: int) -> UndoRef:
    """Stop emails to this mailbox after one last email, and return what the undo link carries."""
    whose = signature.statement_id
    known = outbox.find_suppression_reason(tx, email_key=mail_key, mail_key=mail_key, statement_id=whose)
    undo_nonce = secrets.token_bytes(NONCE_BYTES)
    for statement_id in (whose, *([ALL_STATEMENTS] if everywhere else [])):
        undo_nonce = outbox.add_suppression(
            tx, mail_key=mail_key, statement_id=statement_id, reason=_DISOWN_REASON, undo_nonce=undo_nonce, now=now
        )
    sealed = signatures.find_contact(tx, signature.id)
    if known is None and sealed is not None:
        outbox.put(
            tx,
            "disowned",
            signature_id=None,  # the signature is about to be deleted
            statement_id=whose,
            locale=signature.locale,
            email_key=mail_key,  # its suppression is found by this
            sealed_to=sealed,
            now=now,
        )
    return UndoRef(whose, undo_nonce)


@retried
def undo_disowning(db: Store, ref: UndoRef, *, now: int) -> None:
    """Let a mailbox have emails again and sign, under this statement and every other; a second time is harmless.

    What was deleted stays deleted: it has to be sent again.
    """
    with db.write() as tx:
        if not outbox.undo_suppression(tx, statement_id=ref.statement_id, undo_nonce=ref.nonce, reason=_DISOWN_REASON):
            return
        statement = statements.get_by_id(tx, ref.statement_id)
        journal.write(
            tx,
            "signature.undo-disown",
            actor="signer",
            subject=f"statement:{statement.slug}",
            statement_id=statement.id,
            now=now,
        )


# Reconsent: the signature moves to the new version of the text.


@retried
def reconsent_signature(db: Store, ref: SignatureRef, *, seen: str, consent: Consent, now: int) -> bool:
    """Put a signature under the newest text of its language; False when it stands under that edition, or not at all.

    ``seen`` is the SHA-256 of the text that the signer was shown, ``consent`` the words that they ticked. Raises
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
        journal.write(
            tx,
            "signature.keep",
            actor="signer",
            subject=f"signature:{signature.id}",
            before=signed.sha256,
            after=newest.sha256,
            statement_id=signature.statement_id,
            now=now,
        )
    return True


# Unsubscribing.


@retried
def unsubscribe_signer(db: Store, ref: SignatureRef, *, partner_id: int = ORGANISER, now: int) -> None:
    """Stop the news of the organiser or of a partner; where there are none, or no signature, there is no error.

    They stop for every signature of this mailbox under the statement, as the page says. Pending signatures and those
    that wait for a decision keep their address, for that purpose only.
    """
    with db.write() as tx:
        signature = signatures.find(tx, ref.id)
        if signature is None or not hmac.compare_digest(signature.nonce, ref.nonce):
            return
        verb = "stop-news" if partner_id == ORGANISER else "stop-partner-news"
        for one in signatures.list_unerased_of_mailbox(tx, signature):
            if _end_subscription(tx, one.id, partner_id, now=now):
                update_address_retention(tx, one.id)
                record_signer_action(tx, verb, one, one.state, now=now)


def _end_subscription(tx: Tx, signature_id: int, partner_id: int, *, now: int) -> bool:
    """Withdraw the subscription, and turn the organiser's switch; False when nothing was subscribed to."""
    ended = signatures.end_subscription(tx, signature_id, partner_id=partner_id, now=now) > 0
    return signatures.clear_newsletter_flag(tx, signature_id, now=now) if partner_id == ORGANISER else ended


# Withdrawing.


@retried
def withdraw_signature(db: Store, ref: SignatureRef, *, shown: bool, now: int) -> None:
    """Withdraw a signature; its seat is free again, its news and its address go, and a second time is harmless.

    ``shown``: the list may say that it was withdrawn, where it stood there before. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        stood_there = signature.state == "confirmed" and signature.visibility != "counted"
        if not signatures.withdraw(tx, signature.id, shown=shown and stood_there, now=now):
            return
        signatures.release_holds(tx, signature.id, now=now)
        signatures.end_subscription(tx, signature.id, partner_id=None, now=now)
        signatures.erase_contact(tx, signature.id)
        record_signer_action(tx, "withdraw", signature, "withdrawn", now=now)


# Erasing: everything personal of this mailbox goes, and its signatures count no longer.


@retried
def erase_signature(db: Store, ref: SignatureRef, *, now: int) -> int:
    """Erase all that this mailbox has signed under this statement, and return how many signatures that were.

    That is the signature of the link and every other one with the same key of the address: pending, held or withdrawn
    ones, and those under another name. Their lines, addresses, keys, news, emails, and what admins wrote go, and every
    link to them ends. Of a confirmed one stays that somebody signed this text, and when, and withdrew; the others are
    deleted. One that was removed stays removed, and unless it was withdrawn before, it keeps the seat of its mailbox by
    the key of its address. Raises ``LinkInvalid``.
    """
    with db.write() as tx:
        signature = get_by_manage_link(tx, ref)
        of_mailbox = signatures.list_unerased_of_mailbox(tx, signature)
        for one in of_mailbox:
            _erase_one(tx, one, now=now)
        if signature.email_key is not None:
            outbox.delete_of_address(tx, email_key=signature.email_key, statement_id=signature.statement_id)
            if not signatures.has_removed_seat(tx, signature):
                outbox.delete_mailings(tx, email_key=signature.email_key, statement_id=signature.statement_id)
    db.tidy()
    return len(of_mailbox)


def _erase_one(tx: Tx, signature: Signature, *, now: int) -> None:
    outbox.delete_of_signature(tx, signature.id)
    journal.erase_details(tx, f"signature:{signature.id}")
    if signature.confirmed_at is None:
        signatures.delete_unconfirmed(tx, signature.id)
        journal.write(
            tx,
            "signature.forget",
            actor="signer",
            subject=f"signature:{signature.id}",
            before=signature.state,
            statement_id=signature.statement_id,
            now=now,
        )
        return
    signatures.erase(tx, signature.id, now=now)
    signatures.release_holds(tx, signature.id, now=now)
    signatures.erase_subscriptions(tx, signature.id)
    signatures.erase_contact(tx, signature.id)
    record_signer_action(tx, "forget", signature, signatures.get(tx, signature.id).state, now=now)
