"""Hold, approve, remove and restore: what an admin decides about one signature, with a line in the journal.

What puts a line on the list takes ``seen``, the fingerprint of the line that the admin was shown; None where they named
it by its number alone.
"""

from server.actions.lines import check_seen
from server.actions.linked import subject_of
from server.actions.reasons import settle_address
from server.actions.release import release_names
from server.actions.telling import tell
from server.errors import UndersignedError
from server.records import contacts, holds, journal, signatures, statements, tallies
from server.records.signatures import Signature
from server.storage import Store, Tx, retried


class WrongState(UndersignedError):
    """Raised when a verb does not fit the state that a signature is in."""

    code, status = "wrong-state", 409


@retried
def hold(db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int) -> None:
    """Take a confirmed signature off the list until it is approved. Raises ``NotFound`` or ``WrongState``."""
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if not signatures.hold(tx, signature_id, now=now):
            raise WrongState(f"only a confirmed signature can be held; {signature_id} is {signature.state}")
        holds.add(tx, signature_id, actor, now=now)
        _record(tx, "hold", signature, "held", actor=actor, reason=reason, now=now)


@retried
def approve(
    db: Store, slug: str, signature_id: int, *, seen: str | None, actor: str, reason: str | None, now: int
) -> None:
    """Put a held signature on the list, whatever held it, and tell its signer where the address is known.

    The address goes unless a reason to keep it stands.

    Raises ``NotFound``, ``LineChanged``, ``WrongState``, and ``Conflict`` when an organisation of the same name is on
    the list.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        _check_seen(signature, seen)
        if not signatures.release(tx, signature_id, now=now):
            raise WrongState(f"only a held signature can be approved; {signature_id} is {signature.state}")
        holds.release(tx, signature_id, now=now)
        tell(tx, "approved", signature, now=now)
        settle_address(tx, signature_id)
        _record(tx, "approve", signature, "confirmed", actor=actor, reason=reason, now=now)
        release_names(tx, signature.statement_id, now=now)


@retried
def remove(db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int) -> None:
    """Throw a signature out for good; a confirmed one keeps its seat, so its mailbox cannot sign again.

    Who waits for a decision is told this one, and no reason.
    Raises ``NotFound`` or ``WrongState``.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if not signatures.remove(tx, signature_id, now=now):
            raise WrongState(f"signature {signature_id} is removed already")
        if signature.state == "held":
            tell(tx, "refused", signature, now=now)
        contacts.erase(tx, signature_id)
        _record(tx, "remove", signature, "removed", actor=actor, reason=reason, now=now)


@retried
def restore(
    db: Store, slug: str, signature_id: int, *, seen: str | None, actor: str, reason: str | None, now: int
) -> str:
    """Bring a removed signature back and return what it is again: confirmed, or held by what held it before.

    Its mailbox's seat it has kept; its address is gone, so nobody is told. Raises ``NotFound``, ``LineChanged``,
    ``Conflict`` when an organisation of the same name is on the list, and ``WrongState``: also for one that was never
    confirmed, or whose signer has left.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        _check_seen(signature, seen)
        if not signatures.restore(tx, signature_id, now=now):
            raise WrongState(f"only what was confirmed and then removed can be restored; {signature_id} was not")
        becomes = signatures.get(tx, signature_id).state
        _record(tx, "restore", signature, becomes, actor=actor, reason=reason, now=now)
        release_names(tx, signature.statement_id, now=now)
    return becomes


def _check_seen(signature: Signature, seen: str | None) -> None:
    """Raise ``LineChanged`` where another line would be published than the one that was shown."""
    if seen is not None:
        check_seen(signature, seen, differing=())


def _record(tx: Tx, verb: str, signature: Signature, becomes: str, *, actor: str, reason: str | None, now: int) -> None:
    tallies.move(tx, subject_of(signature), was=signature.state, becomes=becomes, now=now)
    statements.touch(tx, signature.statement_id)
    journal.write(
        tx,
        f"signature.{verb}",
        actor=actor,
        subject=f"signature:{signature.id}",
        reason=reason,
        before=signature.state,
        after=becomes,
        statement_id=signature.statement_id,
        now=now,
    )
