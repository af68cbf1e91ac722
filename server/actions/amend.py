"""Amend: signers write their own line anew, before they confirm and ever after."""

from collections.abc import Mapping
from typing import Any

from server.actions.confirm import Consent, find_rule_of_names, find_signature, hold_by_rule
from server.actions.linked import get_own, record, subject_of
from server.errors import Invalid
from server.links import SignatureRef
from server.records import contacts, signatures, statements, tallies, wordings
from server.records.signatures import Signature
from server.storage import Conflict, Store, Tx, retried
from server.text import name_key

Line = Mapping[str, str | None]
"""What a signer would have stand there, checked, by column; what it does not name stays as it is."""

AMENDABLE = ("name", "title", "affiliation", "city", "country", "comment", "visibility")
"""An organisation keeps its name and its website: those are what was looked at when it signed."""


@retried
def amend_pending(db: Store, ref: SignatureRef, line: Line, *, now: int) -> None:
    """Change a line that its signer has not confirmed yet; one that was confirmed meanwhile stays as it is.

    Raises ``LinkInvalid``, and ``StatementClosed`` when it can be confirmed no more.
    """
    with db.write() as tx:
        signature = find_signature(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        signatures.amend(tx, signature.id, written(signature, line), now=now)


@retried
def amend(db: Store, ref: SignatureRef, line: Line, *, consent: Consent, now: int) -> str:
    """Change the line of a signature and return the state that it is in then; what stands nowhere stays as it is.

    Where the organisers look at everything they look at a changed line again, and until then it is off the list. So is
    an organisation that was only counted and would be listed, where its name is one that is held.
    ``consent`` are the words by which a name that was only counted is published. Raises ``LinkInvalid``, and
    ``Invalid`` when this mailbox has signed under the new name already.
    """
    with db.write() as tx:
        signature = get_own(tx, ref)
        changed = [name for name, value in line.items() if value != getattr(signature, name)]
        if signature.state in ("withdrawn", "removed") or not changed:
            return signature.state
        rule = _reason_to_hold(tx, signature, line, changed, now=now) if signature.state == "confirmed" else None
        becomes = "held" if rule else signature.state
        if rule:  # before it is written: a held one is in no namesake's way
            signatures.hold(tx, signature.id, now=now)
            hold_by_rule(tx, signature, rule, now=now)
        _write(tx, signature, line, now=now)
        if not rule and "country" in changed and signature.state == "confirmed":
            tallies.swap_country(tx, subject_of(signatures.get(tx, signature.id)), was=signature.country)
        if "visibility" in changed and line["visibility"] != "counted":
            consent_id = wordings.keep(tx, "consent", consent.locale, consent.body, now=now)
            signatures.agree(tx, signature.id, consent_id)
        if signatures.affirm(tx, signature.id, now=now) and becomes != "held":  # to mend a line is to answer for it
            contacts.erase(tx, signature.id)
        record(tx, "amend", signature, becomes, changed=changed, now=now)
    return becomes


def _reason_to_hold(tx: Tx, signature: Signature, line: Line, changed: list[str], *, now: int) -> str | None:
    """Return the rule that wants an admin's eyes on a changed line, or None.

    Whoever only takes their name off the list gives nobody anything to look at.
    """
    statement = statements.get_by_id(tx, signature.statement_id)
    if changed == ["visibility"] and line["visibility"] == "counted":
        return None
    if statement.moderation == "all":
        return "rule:amended"
    if signature.kind != "organisation" or signature.visibility != "counted" or "visibility" not in changed:
        return None
    return find_rule_of_names(tx, statement, signature, now=now)


def _write(tx: Tx, signature: Signature, line: Line, *, now: int) -> None:
    try:
        signatures.amend(tx, signature.id, written(signature, line), now=now)
    except Conflict as taken:
        raise Invalid({"name": ["signed-already"]}) from taken


def written(signature: Signature, line: Line) -> dict[str, Any]:
    """Return the columns of the whole line, as ``signatures.amend`` takes them.

    An organisation is told from others by its own name.
    """
    values: dict[str, Any] = {name: line.get(name, getattr(signature, name)) for name in AMENDABLE}
    is_person = signature.kind == "individual"
    return values | {"name_key": name_key(values["name"]) if is_person else signature.name_key}
