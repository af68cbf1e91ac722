"""The kinds of emails: when each is still wanted, and in which purse of the ``EmailBudget`` it counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from server.crypto.links import UndoRef
from server.db import Tx
from server.errors import StatementClosed
from server.mail.emails import EmailContext
from server.tables import counts, invitations, outbox, signature_queries, signatures, statements, texts
from server.tables.outbox import Claim, Purse
from server.tables.signatures import Signature
from server.tables.statements import Statement
from server.text import translations

LINKS_MOST = 10
_NO_LONGER_WANTED = "this email is no longer needed"


class Obsolete(Exception):
    """Raised with the reason when an email is no longer useful."""


@dataclass(frozen=True)
class Draft:
    """An email of ``EMAILS`` that is useful now; its links and its code confirm the pending signatures in ``opens``.

    ``purse``: in which purse it counts, if that differs from the purse of its kind.
    """

    about: EmailContext
    email: str
    opens: tuple[Signature, ...] = ()
    purse: Purse | None = None


@dataclass(frozen=True)
class EmailKind:
    """A kind of emails. ``draft`` raises ``Obsolete``. ``purse`` is None if strangers cannot have such an email sent.

    Emails without a purse have no limit, so they are sent even if a stranger has used up the purses of an address.
    ``counts_for_domain``: strangers can have it sent, so it counts for the hourly limit of its mail domain.
    ``is_invitation``: an admin has it sent to many people at once, so it has an hourly rate of its own. ``is_last``: it
    confirms to an address that it gets no further emails.
    """

    draft: Callable[[Tx, Claim, int], Draft]
    purse: Purse | None = None
    counts_for_domain: bool = False
    is_invitation: bool = False
    is_last: bool = False


def _draft_confirm(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask for confirmation; if this mailbox has nothing left to confirm, list what was signed from it."""
    about = _get_pending_context(tx, claim, now)
    if _is_taken(tx, about):
        own = signatures.list_of_mailbox(tx, about.statement.id, about.signature.email_key or b"")
        return Draft(replace(about, own=tuple(own)), "already")
    return _draft_question(tx, about, now)


def _draft_question(tx: Tx, about: EmailContext, now: int) -> Draft:
    """Ask for confirmation, with one wording for people who filled in the form and one for people who were invited."""
    is_listed = about.signature.kind == "organisation" and _is_shown(tx, about, now)
    email = "confirm" if about.source is None else "invited"
    return Draft(replace(about, is_listed=is_listed), email, opens=(about.signature,))


def _draft_invited(tx: Tx, claim: Claim, now: int) -> Draft:
    return _draft_question(tx, _get_open_context(tx, claim, now), now)


def _draft_reminder(tx: Tx, claim: Claim, now: int) -> Draft:
    about = _get_open_context(tx, claim, now)
    return Draft(about, "reminder" if about.source is None else "invited-reminder", opens=(about.signature,))


def _draft_links(tx: Tx, claim: Claim, now: int) -> Draft:
    """List the signatures of the mailbox: only its owner sees them, not the person who requested the links.

    Withdrawn and removed signatures are listed too, because nobody could erase them without the link. If nothing was
    ever confirmed, the email only asks to confirm, and counts as a confirm email. Otherwise a stranger could have it
    sent every day.
    """
    statement = statements.get_by_id(tx, claim.statement_id or 0)
    signed = signature_queries.list_own_signature_ids(tx, statement.id, claim.email_key or b"", most=LINKS_MOST)
    pending = signatures.find_newest_pending(tx, statement.id, claim.email_key or b"")
    opens: tuple[Signature, ...] = ()
    if (
        pending
        and _is_confirmable(statement, now=now)
        and not _is_taken(tx, _get_context(tx, claim, statement, pending))
    ):
        opens = (pending,)
    own = (*(signatures.get(tx, one) for one in signed), *opens)
    if not own:
        raise Obsolete("nothing was signed with this address")
    about = replace(_get_context(tx, claim, statement, own[0]), own=own)
    return Draft(about, "links", opens=opens, purse="links" if signed else "confirm")


def _draft_result(tx: Tx, claim: Claim, now: int) -> Draft:
    draft = _drafter_for_state("confirmed")(tx, claim, now)
    statement = draft.about.statement
    if not draft.about.signature.newsletter or statement.state(now) != "closed":
        raise Obsolete(_NO_LONGER_WANTED)
    count = counts.get_counts(tx, statement.id).confirmed
    return replace(draft, about=replace(draft.about, count=count if count >= (statement.count_from or 0) else None))


def _draft_changed(tx: Tx, claim: Claim, _now: int) -> Draft:
    """Ask signers of an older edition of a text whether they agree to the newer one.

    Only while they are on the list or held, and everybody can see the newer edition.
    """
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state not in ("confirmed", "held"):
        raise Obsolete(_NO_LONGER_WANTED)
    statement = statements.get_by_id(tx, signature.statement_id)
    if signature.text_id not in texts.list_superseded(tx, statement.id) or statement.archived_at is not None:
        raise Obsolete(_NO_LONGER_WANTED)
    return Draft(_get_context(tx, claim, statement, signature), "changed")


def _draft_disowned(tx: Tx, claim: Claim, _now: int) -> Draft:
    """Confirm that emails to a mailbox have stopped, unless that was undone; ``email_key`` covers all its tags."""
    statement = statements.get_by_id(tx, claim.statement_id or 0)
    stopped = outbox.find_suppression(tx, mail_key=claim.email_key or b"", statement_id=statement.id)
    if stopped is None or stopped.undo_nonce is None:
        raise Obsolete(_NO_LONGER_WANTED)
    offered = texts.list_latest(tx, statement.id)
    chosen = translations.choose_locale([claim.locale, statement.locale], [text.locale for text in offered])
    text = next((text for text in offered if text.locale == chosen), offered[0])
    undo = UndoRef(statement.id, stopped.undo_nonce)
    about = EmailContext(statement, text, None, claim.locale, undo=undo, everywhere=stopped.everywhere)
    return Draft(about, "disowned")


def _draft_listed(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask people in the founding list whether their line is right, until they answer.

    The organisers have listed them, and they may not know it.
    """
    draft = _drafter_for_state("confirmed")(tx, claim, now)
    answered = signature_queries.find_signature_record(tx, draft.about.signature.id)["listed_confirmed_at"] is not None
    if draft.about.signature.founding_place is None or answered or draft.about.statement.state(now) == "archived":
        raise Obsolete(_NO_LONGER_WANTED)
    return draft


def _drafter_for_state(state: str) -> Callable[[Tx, Claim, int], Draft]:
    """Return the ``draft`` function of an email that is sent if its signature is still in this state."""

    def draft(tx: Tx, claim: Claim, _now: int) -> Draft:
        signature = _get_in_state(tx, claim, state)
        return Draft(_get_context(tx, claim, statements.get_by_id(tx, signature.statement_id), signature), claim.kind)

    return draft


EMAIL_KINDS = {
    "confirm": EmailKind(_draft_confirm, purse="confirm", counts_for_domain=True),
    "invited": EmailKind(_draft_invited, purse="confirm", counts_for_domain=True, is_invitation=True),
    "reminder": EmailKind(_draft_reminder, purse="confirm", counts_for_domain=True),
    "links": EmailKind(_draft_links, purse="links", counts_for_domain=True),
    "thanks": EmailKind(_drafter_for_state("confirmed")),
    "held": EmailKind(_drafter_for_state("held")),
    "approved": EmailKind(_drafter_for_state("confirmed")),
    "refused": EmailKind(_drafter_for_state("removed")),
    "disowned": EmailKind(_draft_disowned, is_last=True),
    "result": EmailKind(_draft_result),
    "changed": EmailKind(_draft_changed),
    "listed": EmailKind(_draft_listed, purse="confirm"),  # an admin may list any address, any number of times
}


def _get_pending_context(tx: Tx, claim: Claim, now: int) -> EmailContext:
    signature = _get_in_state(tx, claim, "pending")
    statement = statements.get_by_id(tx, signature.statement_id)
    if not _is_confirmable(statement, now=now):
        raise Obsolete("the statement is closed for signatures")
    invitation = invitations.find_of_signature(tx, signature.id)
    source = None if invitation is None else invitation.source
    return replace(_get_context(tx, claim, statement, signature), source=source)


def _get_open_context(tx: Tx, claim: Claim, now: int) -> EmailContext:
    """Return the context while signing is open; raises ``Obsolete`` if there is nothing left to confirm."""
    about = _get_pending_context(tx, claim, now)
    if about.statement.state(now) != "open" or _is_taken(tx, about):
        raise Obsolete(_NO_LONGER_WANTED)
    return about


def _get_in_state(tx: Tx, claim: Claim, state: str) -> Signature:
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state != state:
        raise Obsolete(_NO_LONGER_WANTED)
    return signature


def _get_context(tx: Tx, claim: Claim, statement: Statement, signature: Signature) -> EmailContext:
    return EmailContext(statement, texts.get(tx, signature.text_id), signature, claim.locale)


def _is_taken(tx: Tx, about: EmailContext) -> bool:
    """Return whether this name, or as many names as are allowed, have already signed from this mailbox."""
    return (
        signatures.is_name_taken(tx, about.signature)
        or signatures.count_seats(tx, about.signature) >= about.statement.mailbox_seats
    )


def _is_shown(tx: Tx, about: EmailContext, now: int) -> bool:
    """Return whether everybody can see that an organisation of this name has signed.

    Otherwise emails must not reveal it.
    """
    statement, key = about.statement, about.signature.organisation_key
    return not statement.hides_signers(now) and signature_queries.is_organisation_listed(tx, statement.id, key)


def _is_confirmable(statement: Statement, *, now: int) -> bool:
    """Say whether a signature can still be confirmed: until a day after the end, for people who signed just before."""
    try:
        statements.check_confirmable(statement, now=now)
    except StatementClosed:
        return False
    return True
