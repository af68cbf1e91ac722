"""Hourly jobs: reminders, reconsent emails, results, anonymising, pruning, search keys."""

from datetime import timedelta

from server.db import Store, Tx, retried
from server.services.shared import queue_email
from server.tables import (
    admins,
    counts,
    erasures,
    journal,
    mail_domains,
    outbox,
    signature_queries,
    signatures,
    statements,
    texts,
)
from server.tables.journal import Act
from server.tables.signatures import PENDING_LIFETIME, Signature
from server.tables.statements import CONFIRM_GRACE_S, DAY_S, Statement

# Reminders.

REMINDER_BATCH = 100
NO_REMINDER_BEFORE_END_S = 6 * 3600  # later reminders might arrive when signing has ended


def queue_reminders(db: Store, *, after_s: int, now: int) -> None:
    """Queue a reminder for every mailbox that has not confirmed for ``after_s`` seconds; 0: send no reminders.

    Several processes may do this at once: a batch is one transaction, and each signature is reminded once.
    """
    if not after_s:
        return
    with db.read() as tx:
        open_ones = [statement.id for statement in statements.list_all(tx) if _is_reminder_time(statement, now=now)]
    for statement_id in open_ones:
        while _queue_some_reminders(db, statement_id, signed_before=now - after_s, now=now):
            pass


def _is_reminder_time(statement: Statement, *, now: int) -> bool:
    ends_soon = statement.ends_at is not None and statement.ends_at - now < NO_REMINDER_BEFORE_END_S
    return statement.state(now) == "open" and not ends_soon


@retried
def _queue_some_reminders(db: Store, statement_id: int, *, signed_before: int, now: int) -> bool:
    """Queue the reminders of the next batch, and return whether there may be more."""
    with db.write() as tx:
        waiting = signatures.mark_reminded(tx, statement_id, signed_before=signed_before, most=REMINDER_BATCH, now=now)
        for signature in waiting:
            queue_email(tx, "reminder", signature, now=now)
        if waiting:
            statement = statements.get_by_id(tx, statement_id)
            Act(tx, "chore:remind", now).journal("statement.remind", statement, after=len(waiting))
    return len(waiting) == REMINDER_BATCH


# Asking signers of an earlier text for reconsent.

RECONSENT_BATCH = 200


def ask_for_reconsent(db: Store, *, now: int) -> None:
    """Queue the emails that ask signers about every new edition, for each signature whose address is stored.

    Each batch is committed. If the process is killed, the next run continues there, and two processes share the work.
    """
    while _ask_some_for_reconsent(db, now=now):
        pass


@retried
def _ask_some_for_reconsent(db: Store, *, now: int) -> bool:
    """Queue the next batch of emails, and store the position in the list; False when all signers were asked."""
    with db.write() as tx:
        text = texts.find_text_to_ask_about(tx)
        if text is None:
            return False
        statement_id, was = text["statement_id"], text["asking_upto"]
        asked = texts.list_to_ask(
            tx, statement_id, text["locale"], below=text["version"], after=was, most=RECONSENT_BATCH
        )
        upto = asked[-1].signature_id if len(asked) == RECONSENT_BATCH else None
        if texts.mark_asked(tx, text["id"], was=was, upto=upto):
            for one in asked:
                outbox.put(tx, "changed", one, now=now)
    return True


# Results.

RESULT_BATCH = 200


def queue_results(db: Store, *, now: int) -> None:
    """Queue the emails with the results of all statements that ended a day ago: until then, signers can still confirm.

    Each batch is committed. If the process is killed, the next run continues there, and two processes share the work.
    """
    while _queue_some_results(db, now=now):
        pass


@retried
def _queue_some_results(db: Store, *, now: int) -> bool:
    """Queue the next batch of emails, and store the position in the list; False when there is nothing left to do."""
    with db.write() as tx:
        ended = statements.find_result_to_send(tx, ended_before=now - CONFIRM_GRACE_S)
        if ended is None:
            return False
        statement_id, was = ended["id"], ended["result_upto"]
        readers = signature_queries.list_news_recipients(tx, statement_id, after=was, most=RESULT_BATCH)
        upto = readers[-1].signature_id if readers else None
        mailed_at = now if len(readers) < RESULT_BATCH else None
        if statements.mark_result_sent(tx, statement_id, was=was, upto=upto or was, mailed_at=mailed_at):
            for reader in readers:
                outbox.put(tx, "result", reader, now=now)
            if mailed_at is not None:
                statement = statements.get_by_id(tx, statement_id)
                Act(tx, "chore:conclude", now).journal("statement.conclude", statement)
    return True


# Anonymising after the retention period; counts and founding names stay.

ANONYMISE_BATCH = 500


def anonymise_signatures(db: Store, *, now: int) -> None:
    """Erase the signers of all statements whose retention period is over; the names of founders stay.

    The organiser has published the names of founders. If a founder was asked by email, the address, its keys and the
    link are erased. A founder whose line is removed or withdrawn, or shows less than the name, is erased like all other
    signers. For signatures that were never confirmed, the keys for counting emails are erased a day after the last
    email.

    Each batch is committed. If the process is killed, the next run continues there.
    """
    while _anonymise_some(db, now=now):
        db.tidy()


@retried
def _anonymise_some(db: Store, *, now: int) -> bool:
    """Erase the next batch, which is small so that other writers need not wait; False when all is done."""
    with db.write() as tx:
        statement_id = statements.find_to_anonymise(tx, now=now)
        if statement_id is None:
            return False
        if outbox.delete_some_of_statement(tx, statement_id, most=ANONYMISE_BATCH) == ANONYMISE_BATCH:
            return True
        if outbox.delete_some_mailings(tx, statement_id, before=now - DAY_S, most=ANONYMISE_BATCH) == ANONYMISE_BATCH:
            return True
        _anonymise_batch(tx, statement_id, now=now)
    return True


def _anonymise_batch(tx: Tx, statement_id: int, *, now: int) -> None:
    found = signature_queries.list_with_personal_data(tx, statement_id, most=ANONYMISE_BATCH + 1)
    if not found:
        return
    batch = found[:ANONYMISE_BATCH]
    for signature_id, email_key in batch:
        if email_key is not None:
            outbox.delete_mailings(tx, email_key=email_key, statement_id=statement_id)
        anonymise_one(tx, signatures.get(tx, signature_id), now=now)
    statements.touch(tx, statement_id)
    if found == batch:
        mail_domains.delete_of_statement(tx, statement_id)
        Act(tx, "chore:anonymise", now).journal(
            "statement.anonymise",
            statements.get_by_id(tx, statement_id),
            after={"nameless": signature_queries.count_anonymised(tx, statement_id)},
        )


def anonymise_one(tx: Tx, signature: Signature, *, now: int) -> None:
    """Erase the personal data of a signature.

    The signature still counts, but no longer for its country if the country was erased.
    """
    erasures.add(tx, signature.statement_id, signature.id, "anonymised", at=now)
    journal.erase_details(tx, f"signature:{signature.id}")
    signatures.erase_subscriptions(tx, signature.id)
    signatures.erase_contact(tx, signature.id)
    signatures.anonymise(tx, signature.id, now=now)
    left = signatures.get(tx, signature.id)
    if left.state == "confirmed" and left.country != signature.country:
        counts.move_country(tx, left, was=signature.country)


# Deleting data that is no longer needed.

SUBMISSION_KEY_LIFETIME = timedelta(days=1)
OUTBOX_LIFETIME = timedelta(days=30)
MAIL_DOMAIN_LIFETIME = timedelta(days=7)
MAILINGS_LIFETIME = timedelta(days=30)


@retried
def prune_expired(db: Store, *, now: int) -> None:
    """Delete old unconfirmed signatures, expired addresses and submission keys, finished emails and ended sessions."""
    signed_before = now - int(PENDING_LIFETIME.total_seconds())
    with db.write() as tx:
        addresses = signatures.prune_contacts(tx, now=now)
        journal.erase_details_of_pendings(tx, signed_before=signed_before)
        pendings = signatures.prune_pendings(tx, before=signed_before)
        if addresses or pendings:
            gone = {"addresses": addresses, "pendings": pendings}
            Act(tx, "chore:prune", now).journal("chore.prune", None, subject="server", after=gone)
        signatures.prune_submission_keys(tx, before=now - int(SUBMISSION_KEY_LIFETIME.total_seconds()))
        outbox.prune(tx, before=now - int(OUTBOX_LIFETIME.total_seconds()))
        admins.prune_sessions(tx, now=now)


@retried
def prune_mail_domains(db: Store, *, most: int, now: int) -> int:
    """Erase up to ``most`` mail domains that are no longer needed, and return how many: call it until 0.

    The mail domains of signatures are stored for ``MAIL_DOMAIN_LIFETIME``, so that admins can search for a flood from
    one domain. Those of emails are only needed for the hourly limit.
    """
    with db.write() as tx:
        before = now - int(MAIL_DOMAIN_LIFETIME.total_seconds())
        of_signatures = signatures.erase_mail_domains(tx, before=before, most=most)
        return of_signatures or outbox.forget_mail_domains(tx, before=now - mail_domains.HOUR_S, most=most)


@retried
def prune_ended_mailings(db: Store, *, most: int, now: int) -> int:
    """Delete up to ``most`` records of emails from more than a month ago, of statements that had ended by then.

    Returns how many: call it until 0. Until a statement has ended, its emails count without a time limit.
    """
    with db.write() as tx:
        return outbox.prune_mailings(tx, before=now - int(MAILINGS_LIFETIME.total_seconds()), most=most)


# Search keys for rows from older versions.


@retried
def backfill_search_keys(db: Store, *, most: int) -> int:
    """Add search keys to up to ``most`` lines and return how many there were: call it until 0.

    Each call commits its lines.
    """
    with db.write() as tx:
        return signatures.make_searchable(tx, most=most)
