"""What the owner of a mailbox is asked when they confirm: which signature, under what, and the words beside the box."""

from dataclasses import dataclass

from server import messages
from server.actions.confirm import Consent, find_signature
from server.links import SignatureRef
from server.records import statement_texts, statements
from server.records.signatures import Signature
from server.records.statements import Statement
from server.web.services import services


@dataclass(frozen=True)
class Asked:
    """Whether this signature is theirs; ``locale`` is the language that was signed in."""

    signature: Signature
    statement: Statement
    locale: str

    @property
    def consent(self) -> Consent:
        """The words beside the box; they are kept with the signature in exactly this form."""
        spoken = messages.spoken(self.locale)
        which = which_consent(self.signature.kind, self.signature.visibility)
        return Consent(spoken, messages.text(spoken, f"confirm.consent.{which}"))


def which_consent(kind: str, visibility: str) -> str:
    """Return the name of the wording that fits a signature: its kind, or ``counted`` where no name is published."""
    return "counted" if visibility == "counted" else kind


def find_asked(ref: SignatureRef) -> Asked:
    """Return what a link is about; raises ``LinkInvalid``, and ``StatementClosed`` when it can be signed no more."""
    with services().db.read() as tx:
        signature = find_signature(tx, ref)
        statement = statements.get_by_id(tx, signature.statement_id)
        text = statement_texts.get(tx, signature.text_id)
    if signature.state == "pending":
        statements.check_confirmable(statement, now=services().clock())
    return Asked(signature, statement, text.locale)
