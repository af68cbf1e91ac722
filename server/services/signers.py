"""Amend: signers write their own line anew, before they confirm and ever after."""

from server.actions.confirm import Consent, find_rule_of_names, get_signature, hold_by_rule
from server.actions.lines import Line, rewrite
from server.actions.linked import get_own, record
from server.links import SignatureRef
from server.records import contacts, signatures, statements, wordings
from server.records.signatures import Signature
from server.records.statements import Statement
from server.storage import Store, Tx, retried


@retried
def amend_pending(db: Store, ref: SignatureRef, line: Line, *, now: int) -> None:
    """Change a line that its signer has not confirmed yet; one that was confirmed meanwhile stays as it is.

    Raises ``LinkInvalid``, and ``StatementClosed`` when it can be confirmed no more.
    """
    with db.write() as tx:
        signature = get_signature(tx, ref)
        if signature.state != "pending":
            return
        statements.check_confirmable(statements.get_by_id(tx, signature.statement_id), now=now)
        rewrite(tx, signature, line, now=now)
    db.tidy()


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
        if rule:  # before it is written: a held one is in no namesake's way
            signatures.hold(tx, signature.id, now=now)
            hold_by_rule(tx, signature, rule, now=now)
        becomes = "held" if rule else signature.state
        rewrite(tx, signature, line, now=now)
        if "visibility" in changed and line["visibility"] != "counted":
            consent_id = wordings.keep(tx, "consent", consent.locale, consent.body, now=now)
            signatures.agree(tx, signature.id, consent_id)
        if signatures.affirm(tx, signature.id, now=now) and becomes != "held":  # to mend a line is to answer for it
            contacts.erase(tx, signature.id)
        record(tx, "amend", signature, becomes, changed=changed, now=now)
    db.tidy()
    return becomes


def find_rule_once_shown(tx: Tx, statement: Statement, signature: Signature, *, now: int) -> str | None:
    """Return the rule that holds an organisation that was only counted, when it would be listed, or None."""
    if signature.kind != "organisation" or signature.visibility != "counted":
        return None
    return find_rule_of_names(tx, statement, signature, now=now)


def _reason_to_hold(tx: Tx, signature: Signature, line: Line, changed: list[str], *, now: int) -> str | None:
    """Return the rule that wants an admin's eyes on a changed line, or None.

    Whoever only takes their name off the list gives nobody anything to look at.
    """
    statement = statements.get_by_id(tx, signature.statement_id)
    if changed == ["visibility"] and line["visibility"] == "counted":
        return None
    if statement.moderation == "all":
        return "rule:amended"
    return find_rule_once_shown(tx, statement, signature, now=now) if "visibility" in changed else None
