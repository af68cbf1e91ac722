"""The words that a signer agrees to, in the language of the text: the organiser's own, else ours."""

import hashlib
from dataclasses import dataclass

from server import messages
from server.actions.confirm import Consent
from server.kinds import KINDS
from server.records import consent_wordings
from server.records.statement_texts import StatementText
from server.storage import Tx

WHICH = (*KINDS, "counted")
_NAME_DIGITS = 16


@dataclass(frozen=True)
class Words:
    """What stands beside the box; ``which`` is for whom: a kind of signer, or ``counted`` for who shows no name."""

    which: str
    consent: Consent
    is_own: bool

    @property
    def name(self) -> str:
        """What comes back with the tick; other words have another name: nobody agrees to what they never saw."""
        if not self.is_own:
            return self.which
        return f"{self.which}-{hashlib.sha256(self.consent.body.encode()).hexdigest()[:_NAME_DIGITS]}"


def which_consent(kind: str, visibility: str) -> str:
    """Return for whom the wording must be: the kind of signer, or ``counted`` where no name is published."""
    return "counted" if visibility == "counted" else kind


def our_words(locale: str, which: str) -> str:
    """Return what stands beside the box where an organiser has written nothing."""
    return messages.text(locale, f"confirm.consent.{which}")


def find_words(tx: Tx, text: StatementText, which: str) -> Words:
    """Return the words as they stand now under this text; those that somebody agreed to stay with their signature."""
    own = consent_wordings.find(tx, text.statement_id, text.locale, which)
    if own is not None:
        return Words(which, Consent(text.locale, own), is_own=True)
    spoken = messages.spoken(text.locale)
    return Words(which, Consent(spoken, our_words(spoken, which)), is_own=False)
