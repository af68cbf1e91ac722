"""Invitations: people who signed elsewhere become pending signatures and are asked by email to confirm, at a pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from server.crypto.encryption import Sealer
from server.db import Store, Tx, retried
from server.errors import Invalid, ValueRefused
from server.services.founding import entry_columns
from server.tables import erasures, invitations, journal, outbox, signature_queries, signatures, statements, texts
from server.tables.invitations import Invitation
from server.tables.journal import Act
from server.tables.outbox import Recipient
from server.tables.signatures import PENDING_LIFETIME
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text.addresses import AddressKeys, domain_of, proves_domain
from server.text.names import clean_line
from server.text.signatory_list.entries import Entry

SOURCE_LONGEST = 120


@dataclass(frozen=True)
class Inviting:
    """How people are invited: where they signed before, and how many emails are sent in an hour.

    ``locale``: the language of the emails and of the text that is signed; None: the statement's first language.
    """

    source: str
    per_hour: int
    keys: AddressKeys
    sealer: Sealer
    locale: str | None = None


class Invited(NamedTuple):
    """How many were invited, and the entries that were not.

    ``known``: the address has signed or was invited before, or the organisation is on the list. ``full``: the same
    address is in as many other entries as it may sign for. ``without_address``: the entry has none. ``last_due_at``:
    when the last email is due (epoch seconds), None when no email waits.
    """

    invited: int
    known: tuple[Entry, ...]
    full: tuple[Entry, ...]
    without_address: tuple[Entry, ...]
    last_due_at: int | None


def clean_source(value: str) -> str:
    """Return where people signed before, as one line for their email; raises ``Invalid`` with a code of ``source``."""
    try:
        source = clean_line(value, longest=SOURCE_LONGEST)
    except ValueRefused as refusal:
        raise Invalid({"source": [refusal.reason]}) from refusal
    if not source:
        raise Invalid({"source": ["required"]})
    return source


@retried
def invite_signers(
    db: Store, slug: str, entries: Sequence[Entry], *, inviting: Inviting, actor: str, now: int
) -> Invited:
    """Store each entry that has an address (checked by the caller) as a pending signature, and queue its email.

    Nothing is published or counted until they confirm. The same list twice invites nobody twice. Raises ``NotFound``,
    also where there is no text in the language, and ``StatementClosed`` or ``StatementNotOpen``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        statements.check_open(statement, now=now)
        text = texts.get_latest(tx, statement.id, inviting.locale or statement.locale)
        lines, organisations = signature_queries.list_taken_keys(tx, statement.id)
        invitation = invitations.add(tx, statement.id, source=inviting.source, per_hour=inviting.per_hour, now=now)
        place = _InvitationContext(tx, statement, text, invitation, inviting, now)
        invited, known, full, without_address = 0, [], [], []
        turn = outbox.find_next_invitation_turn(tx, per_hour=inviting.per_hour, now=now)
        for entry in entries:
            if not entry.email:
                without_address.append(entry)
                continue
            row, line = place.signature_row(entry, entry.email), entry_columns(entry)["founding_key"]
            if line in lines or row["organisation_key"] in organisations or place.is_known(row):
                known.append(entry)
            elif signatures.count_live_of_mailbox(tx, statement.id, row["email_key"]) >= statement.mailbox_seats:
                full.append(entry)
            else:
                place.invite(row, entry.email, due_at=turn)
                turn += outbox.invitation_gap_s(inviting.per_hour)
                invited += 1
        if not invited:
            invitations.delete(tx, invitation.id)
        else:
            Act(tx, actor, now).journal(
                "founding.invite", statement, after={"invited": invited, "source": inviting.source}
            )
        last_due_at = outbox.find_last_invitation_due(tx, statement.id)
    return Invited(invited, tuple(known), tuple(full), tuple(without_address), last_due_at if invited else None)


class _InvitationContext(NamedTuple):
    """The statement, text and time of an invitation, and how it is sent."""

    tx: Tx
    statement: Statement
    text: StatementText
    invitation: Invitation
    inviting: Inviting
    now: int

    def signature_row(self, entry: Entry, email: str) -> dict[str, Any]:
        """Return the columns of a pending signature."""
        columns = entry_columns(entry)
        del columns["founding_key"]
        return columns | {
            "statement_id": self.statement.id,
            "text_id": self.text.id,
            "partner_id": None,
            "kind": entry.kind,
            "locale": self.text.locale,
            "visibility": _choose_visibility(self.statement, entry),
            "newsletter": 0,
            "domain_proved": int(
                entry.kind == "organisation"
                and columns["website"] is not None
                and proves_domain(email, columns["website"])
            ),
            "email_key": self.inviting.keys.key(email),
            "key_version": self.inviting.keys.version,
            "mail_domain": self.inviting.keys.domain_key(domain_of(email)),
        }

    def is_known(self, row: dict[str, Any]) -> bool:
        """Return whether this name was signed with this address before, or an email about the statement was sent to it.

        People who ignored an invitation are not invited again. If the mailbox has another signature that is pending or
        confirmed, an earlier email may have been about that signature, so it does not count.
        """
        email_key, statement_id = row["email_key"], self.statement.id
        if signatures.is_known_to_mailbox(self.tx, statement_id, email_key=email_key, name_key=row["name_key"]):
            return True
        if signatures.count_live_of_mailbox(self.tx, statement_id, email_key):
            return False
        return outbox.count_sent_emails(self.tx, email_key=email_key, statement_id=statement_id) > 0

    def invite(self, row: dict[str, Any], email: str, *, due_at: int) -> None:
        """Store the signature with its sealed address, which is erased if nobody confirms in time."""
        signature_id = signatures.add_pending(self.tx, row, now=self.now)
        sealed = self.inviting.sealer.seal(email, purpose=signatures.ADDRESS_SEAL_PURPOSE)
        erase_at = self.now + int(PENDING_LIFETIME.total_seconds())  # extended when the email is sent
        signatures.add_contact(self.tx, signature_id, sealed=sealed.blob, key_id=sealed.key_id, erase_at=erase_at)
        invitations.add_invitee(self.tx, self.invitation.id, signature_id)
        to = Recipient(self.statement.id, signature_id, self.text.locale, row["email_key"], sealed.blob)
        outbox.put(self.tx, "invited", to, now=self.now, due_at=due_at)


def _choose_visibility(statement: Statement, entry: Entry) -> str:
    """Return the first visibility of the statement.

    "counted" instead, if the first one would show a country and the entry has none.
    """
    offered = [one for one in statement.visibilities if entry.kind == "individual" or one in ("name", "counted")]
    return "counted" if not offered or offered[0] == "country" else offered[0]


@retried
def stop_invitations(db: Store, slug: str, *, actor: str, now: int) -> int:
    """Cancel every invitation that was not sent yet, delete its signature and address, and return how many.

    People whose email was sent can still confirm. Raises ``NotFound``.
    """
    with db.write() as tx:
        statement = statements.get(tx, slug)
        unsent = outbox.list_unsent_invitations(tx, statement.id)
        for signature_id in unsent:
            outbox.delete_of_signature(tx, signature_id)
            signatures.delete_unconfirmed(tx, signature_id)
            journal.erase_details(tx, f"signature:{signature_id}")
            invitations.mark(tx, signature_id, "stopped", now=now)
            erasures.add(tx, statement.id, signature_id, "uninvited", at=now)
        if unsent:
            Act(tx, actor, now).journal("founding.invite-stop", statement, after=len(unsent))
    db.tidy()
    return len(unsent)
