"""The kinds of emails: when each still makes sense, what it says then, and whether a stranger can make us send it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from server.errors import StatementClosed
from server.mail import letters
from server.mail.letters import About, Pen, Rendered
from server.records import editions, signatures, signers, statement_texts, statements, tallies
from server.records.outbox import Claim
from server.records.signatures import Signature
from server.records.statements import Statement
from server.storage import Tx

Letter = Callable[[About, Pen], Rendered]
LINKS_MOST = 10
_NOTHING = "nothing waits for this email any more"


class Pointless(Exception):
    """Raised when an email makes no sense any more; says why."""


@dataclass(frozen=True)
class Draft:
    """An email that makes sense now; ``opens`` are the pending signatures that its links and its code confirm."""

    about: About
    write: Letter
    opens: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class Kind:
    """``draft`` raises ``Pointless``; ``for_anybody``: whoever knows an address can have this sent to it.

    Then the whole budget of the address holds. Of the other kinds none is lost because somebody else has used it up.
    """

    draft: Callable[[Tx, Claim, int], Draft]
    for_anybody: bool = False


def _confirm(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask; or, where this mailbox has nothing left to confirm, tell it what it has signed."""
    about = _about_pending(tx, claim, now)
    if _is_taken(tx, about):
        return Draft(replace(about, own=_standing(tx, about.signature)), letters.already_signed)
    is_listed = about.signature.kind == "organisation" and _is_shown(tx, about, now)
    return Draft(replace(about, is_listed=is_listed), letters.ask_to_confirm, opens=(about.signature,))


def _reminder(tx: Tx, claim: Claim, now: int) -> Draft:
    about = _about_pending(tx, claim, now)
    if about.statement.state(now) != "open" or _is_taken(tx, about):
        raise Pointless(_NOTHING)
    return Draft(about, letters.remind, opens=(about.signature,))


def _links(tx: Tx, claim: Claim, now: int) -> Draft:
    """Only the mailbox itself learns here what it has signed; whoever asked at the door has learned nothing.

    What was withdrawn or removed belongs to it: without its link nobody could erase that.
    """
    statement = statements.get_by_id(tx, claim.statement_id or 0)
    signed = signers.list_own(tx, statement.id, claim.email_key or b"", most=LINKS_MOST)
    pending = signatures.find_newest_pending(tx, statement.id, claim.email_key or b"")
    opens: tuple[Signature, ...] = ()
    if pending and _is_confirmable(statement, now=now) and not _is_taken(tx, _about(tx, claim, statement, pending)):
        opens = (pending,)
    own = (*(signatures.get(tx, one) for one in signed), *opens)
    if not own:
        raise Pointless("nothing was signed with this address")
    return Draft(replace(_about(tx, claim, statement, own[0]), own=own), letters.send_links, opens=opens)


def _result(tx: Tx, claim: Claim, now: int) -> Draft:
    draft = _told_while("confirmed", letters.tell_result)(tx, claim, now)
    statement = draft.about.statement
    if not draft.about.signature.newsletter or statement.state(now) != "closed":
        raise Pointless(_NOTHING)
    count = tallies.count_standing(tx, statement.id).confirmed
    return replace(draft, about=replace(draft.about, count=count if count >= (statement.count_from or 0) else None))


def _changed(tx: Tx, claim: Claim, _now: int) -> Draft:
    """Ask whoever stands under an older edition of a text, on the list or held, while everybody can see the newer."""
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state not in ("confirmed", "held"):
        raise Pointless(_NOTHING)
    statement = statements.get_by_id(tx, signature.statement_id)
    if signature.text_id not in editions.list_superseded(tx, statement.id) or statement.archived_at is not None:
        raise Pointless(_NOTHING)
    return Draft(_about(tx, claim, statement, signature), letters.tell_changed)


def _listed(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask whom the organisers have listed, as long as nobody has answered; they may not know of it at all."""
    draft = _told_while("confirmed", letters.tell_listed)(tx, claim, now)
    answered = signers.get_record(tx, draft.about.signature.id)["listed_confirmed_at"] is not None
    if draft.about.signature.founding_place is None or answered or draft.about.statement.state(now) == "archived":
        raise Pointless(_NOTHING)
    return draft


def _told_while(state: str, letter: Letter) -> Callable[[Tx, Claim, int], Draft]:
    """Return the rule of an email that makes sense as long as its signature is in this state."""

    def draft(tx: Tx, claim: Claim, _now: int) -> Draft:
        signature = _get(tx, claim, state)
        return Draft(_about(tx, claim, statements.get_by_id(tx, signature.statement_id), signature), letter)

    return draft


KINDS = {
    "confirm": Kind(_confirm, for_anybody=True),
    "reminder": Kind(_reminder, for_anybody=True),
    "links": Kind(_links, for_anybody=True),
    "thanks": Kind(_told_while("confirmed", letters.thank)),
    "held": Kind(_told_while("held", letters.tell_held)),
    "approved": Kind(_told_while("confirmed", letters.tell_approved)),
    "refused": Kind(_told_while("removed", letters.tell_refused)),
    "result": Kind(_result),
    "changed": Kind(_changed),
    "listed": Kind(_listed, for_anybody=True),  # an admin may list any address, any number of times
}


def _about_pending(tx: Tx, claim: Claim, now: int) -> About:
    signature = _get(tx, claim, "pending")
    statement = statements.get_by_id(tx, signature.statement_id)
    if not _is_confirmable(statement, now=now):
        raise Pointless("the statement takes no signatures any more")
    return _about(tx, claim, statement, signature)


def _get(tx: Tx, claim: Claim, state: str) -> Signature:
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state != state:
        raise Pointless(_NOTHING)
    return signature


def _about(tx: Tx, claim: Claim, statement: Statement, signature: Signature) -> About:
    return About(statement, statement_texts.get(tx, signature.text_id), signature, claim.locale)


def _is_taken(tx: Tx, about: About) -> bool:
    """Say whether this mailbox has signed under the name, or under as many names as it may."""
    return (
        signatures.is_name_taken(tx, about.signature)
        or signatures.count_seats(tx, about.signature) >= about.statement.mailbox_seats
    )


def _standing(tx: Tx, signature: Signature) -> tuple[Signature, ...]:
    return tuple(signatures.list_of_mailbox(tx, signature.statement_id, signature.email_key or b""))


def _is_shown(tx: Tx, about: About, now: int) -> bool:
    """Say whether everybody can see that an organisation of this name has signed; else no email tells it either."""
    statement, key = about.statement, about.signature.organisation_key
    return not statement.hides_signers(now) and signers.is_organisation_listed(tx, statement.id, key)


def _is_confirmable(statement: Statement, *, now: int) -> bool:
    """Whoever signed in the last minute gets their email after it: a link outlives its statement by a day."""
    try:
        statements.check_confirmable(statement, now=now)
    except StatementClosed:
        return False
    return True
