"""What an admin can do with one signature: hold, approve, remove, restore, edit. Each is written to the journal."""

from server.db import Store, retried
from server.errors import Invalid, UndersignedError
from server.services.shared import (
    PublicLine,
    change_line,
    check_line_seen,
    queue_email,
    reveal_names_if_enough,
    update_address_retention,
)
from server.tables import counts, erasures, signatures, statements
from server.tables.journal import Act
from server.tables.signatures import Signature

# Decisions.


class WrongState(UndersignedError):
    """Raised when an action is impossible in the current state of a signature."""

    code, status = "wrong-state", 409


@retried
def hold_signature(db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int) -> None:
    """Take a confirmed signature off the list until it is approved. Raises ``NotFound`` or ``WrongState``."""
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if not signatures.hold(tx, signature_id, now=now):
            raise WrongState(f"only a confirmed signature can be held; {signature_id} is {signature.state}")
        signatures.add_hold(tx, signature_id, actor, now=now)
        _record_decision(Act(tx, actor, now), "hold", signature, "held", reason)


@retried
def approve_signature(
    db: Store, slug: str, signature_id: int, *, seen: str | None, actor: str, reason: str | None, now: int
) -> None:
    """Put a held signature on the list, for whatever reason it was held.

    Its signer gets an email if the address is known. The address is then erased, unless there is a reason to keep it.

    Raises ``NotFound``, ``LineChanged``, ``WrongState``, and ``Conflict`` when an organisation of the same name is on
    the list.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        _check_signature_seen(signature, seen)
        if not signatures.release(tx, signature_id, now=now):
            raise WrongState(f"only a held signature can be approved; {signature_id} is {signature.state}")
        signatures.release_holds(tx, signature_id, now=now)
        queue_email(tx, "approved", signature, now=now)
        update_address_retention(tx, signature_id)
        _record_decision(Act(tx, actor, now), "approve", signature, "confirmed", reason)
        reveal_names_if_enough(tx, signature.statement_id, now=now)


@retried
def remove_signature(db: Store, slug: str, signature_id: int, *, actor: str, reason: str | None, now: int) -> None:
    """Remove a signature; a confirmed one keeps its seat, so its mailbox cannot sign again.

    The signer of a held signature gets an email that it was refused, without the reason. Raises ``NotFound`` or
    ``WrongState``.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if signature.state == "held":
            queue_email(tx, "refused", signature, now=now)
        if not remove_one(Act(tx, actor, now), signature, reason):
            raise WrongState(f"signature {signature_id} is already removed")


def remove_one(act: Act, signature: Signature, reason: str | None) -> bool:
    """Remove a signature and erase its address; False if it is removed already."""
    if not signatures.remove(act.tx, signature.id, now=act.now):
        return False
    signatures.erase_contact(act.tx, signature.id)
    erasures.add(act.tx, signature.statement_id, signature.id, "removed", at=act.now)
    _record_decision(act, "remove", signature, "removed", reason)
    return True


@retried
def restore_signature(
    db: Store, slug: str, signature_id: int, *, seen: str | None, actor: str, reason: str | None, now: int
) -> str:
    """Undo the removal of a signature and return its state: confirmed, or held if it was held before.

    The signature has kept the seat of its mailbox. Its address was erased, so its signer gets no email. Raises
    ``NotFound``, ``LineChanged``, ``Conflict`` when an organisation of the same name is on the list, and
    ``WrongState``, also if the signature was never confirmed or its signer has withdrawn it.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        _check_signature_seen(signature, seen)
        if not signatures.restore(tx, signature_id, now=now):
            raise WrongState(f"only what was confirmed and then removed can be restored; {signature_id} was not")
        becomes = signatures.get(tx, signature_id).state
        _record_decision(Act(tx, actor, now), "restore", signature, becomes, reason)
        reveal_names_if_enough(tx, signature.statement_id, now=now)
    return becomes


def _check_signature_seen(signature: Signature, seen: str | None) -> None:
    """Raise ``LineChanged`` if the line that would be published is not the one that the admin was shown."""
    if seen is not None:
        check_line_seen(signature, seen, differing=())


def _record_decision(act: Act, verb: str, signature: Signature, becomes: str, reason: str | None) -> None:
    counts.move(act.tx, signature, was=signature.state, becomes=becomes, now=act.now)
    statements.touch(act.tx, signature.statement_id)
    act.journal(f"signature.{verb}", signature, reason=reason, before=signature.state, after=becomes)


# An admin edits the line of a signer. The journal keeps both versions.


@retried
def edit_signature(
    db: Store, slug: str, signature_id: int, line: PublicLine, *, seen: str, actor: str, reason: str, now: int
) -> bool:
    """Change the line of a confirmed or held signature without changing its state; False when nothing is different.

    The signer gets no email about it. So a change that the signer made meanwhile is not overwritten: ``seen`` is the
    fingerprint of the line that the admin was shown. Raises ``NotFound``, ``WrongState``, ``LineChanged``, and
    ``Invalid`` when the new name has already signed from this mailbox.
    """
    with db.write() as tx:
        signature = signatures.get_of(tx, statements.get(tx, slug).id, signature_id)
        if signature.state not in ("confirmed", "held"):
            raise WrongState(f"only a confirmed or held line can be edited; {signature_id} is {signature.state}")
        if line.get("visibility", signature.visibility) != signature.visibility:
            raise Invalid({"visibility": ["not-a-choice"]})  # only the signer may choose how they appear on the list
        changed = {name: value for name, value in line.items() if value != getattr(signature, name)}
        if not changed:
            return False
        check_line_seen(signature, seen, differing=list(changed))
        change_line(tx, signature, line, now=now)
        statements.touch(tx, signature.statement_id)
        Act(tx, actor, now).journal(
            "signature.edit",
            signature,
            reason=reason,
            before={name: getattr(signature, name) for name in changed},
            after=changed,
        )
    return True
