"""What the owner of a mailbox is asked when they confirm: which signature, under what, and the words beside the box."""

from dataclasses import dataclass

from server.actions.confirm import find_rule
from server.actions.disown import get_disownable
from server.links import SignatureRef
from server.records import statement_texts, statements, subscriptions
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.records.subscriptions import Subscription
from server.web.consenting import Words, find_words, which_consent
from server.web.services import services


@dataclass(frozen=True)
class Asked:
    """Whether this signature is theirs, under the very text that was read, and with it what else was ticked.

    ``words`` stand beside the box; they are kept with the signature in exactly this form. ``is_reviewed``: an admin
    looks at it before it appears, as it stands now.
    """

    signature: Signature
    statement: Statement
    text: StatementText
    subscriptions: list[Subscription]
    words: Words
    is_reviewed: bool

    @property
    def demands_code(self) -> bool:
        """Whether the code of the email must be typed as well, so that no machine that only presses things signs."""
        return self.statement.confirm_by == "code"


def get_asked(ref: SignatureRef, *, ended: bool = False) -> Asked:
    """Return what a link is about, also what was removed before it was confirmed: it can still be disowned.

    Raises ``LinkInvalid``, and ``StatementClosed`` when it can be signed no more, unless ``ended`` does not matter.
    """
    with services().db.read() as tx:
        signature = get_disownable(tx, ref)
        statement = statements.get_by_id(tx, signature.statement_id)
        text = statement_texts.get(tx, signature.text_id)
        ticked = subscriptions.list_of(tx, signature.id)
        is_reviewed = find_rule(tx, statement, signature, now=services().clock()) is not None
        words = find_words(tx, text, which_consent(signature.kind, signature.visibility))
    if signature.state == "pending" and not ended:
        statements.check_confirmable(statement, now=services().clock())
    return Asked(signature, statement, text, ticked, words, is_reviewed)
