"""Hourly jobs: reminders, reconsent emails, results, anonymising, pruning, search keys."""

from datetime import timedelta

from server.db import Store, Tx, retried
from server.services.shared import queue_email
from server.tables import (
    admins,
    counts,
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
NO_REMINDER_BEFORE_END_S = 6 * 3600  # a reminder this late would come when there is nothing left to sign


def queue_reminders(db: Store, *, after_s: int, now: int) -> None:
    """Put a reminder into the outbox for every mailbox that has waited ``after_s`` seconds; 0: for none.

    Several processes may do this at once: a batch is one transaction, and each signature is reminded of once.
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
    """Remind the next batch, and say whether there may be more."""
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
    """Put the question about every new edition into the outbox, for each signature whose address we have.

    Each batch is committed: a process that is killed goes on where it was, and two processes share the work.
    """
    while _ask_some_for_reconsent(db, now=now):
        pass


@retried
def _ask_some_for_reconsent(db: Store, *, now: int) -> bool:
    """Put the next batch of emails into the outbox, and note how far that is; False when nobody is left to ask."""
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
    """Put the results of all statements that have ended into the outbox, a day after the end: till then some confirm.

    Each batch is committed: a process that is killed goes on where it was, and two processes share the work.
    """
    while _queue_some_results(db, now=now):
        pass


@retried
def _queue_some_results(db: Store, *, now: int) -> bool:
    """Put the next batch of emails into the outbox, and note how far that is; False when nothing is left to do."""
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
    """Erase the signers of all statements whose time has come; founding names stay, the organiser published them.

    Of founders who were asked by email what leads to them goes: address, keys, the link. Whose line is removed or
    withdrawn by then or later, or shows less than the name, is erased like all the others. Of those who never confirmed
    the keys go by which emails were counted, a day after the last.
    Each batch is committed: a process that is killed goes on where it was.
    """
    while _anonymise_some(db, now=now):
        db.tidy()


@retried
def _anonymise_some(db: Store, *, now: int) -> bool:
    """Erase the next batch, a small one so that other writers need not wait; False when all is done."""
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
        signatures.erase_subscriptions(tx, signature_id)
        signatures.erase_contact(tx, signature_id)
        if email_key is not None:
            outbox.delete_mailings(tx, email_key=email_key, statement_id=statement_id)
        _anonymise_one(tx, signatures.get(tx, signature_id), now=now)
        journal.erase_details(tx, f"signature:{signature_id}")
    statements.touch(tx, statement_id)
    if found == batch:
        mail_domains.delete_of_statement(tx, statement_id)
        Act(tx, "chore:anonymise", now).journal(
            "statement.anonymise",
            statements.get_by_id(tx, statement_id),
            after={"nameless": signature_queries.count_anonymised(tx, statement_id)},
        )


def _anonymise_one(tx: Tx, signature: Signature, *, now: int) -> None:
    """Erase whose it was; it counts as it did, but under no country that is erased with it."""
    signatures.anonymise(tx, signature.id, now=now)
    left = signatures.get(tx, signature.id)
    if left.state == "confirmed" and left.country != signature.country:
        counts.move_country(tx, left, was=signature.country)


# Pruning what nobody has a reason to keep.

SUBMISSION_KEY_LIFETIME = timedelta(days=1)
OUTBOX_LIFETIME = timedelta(days=30)
MAIL_DOMAIN_LIFETIME = timedelta(days=7)
MAILINGS_LIFETIME = timedelta(days=30)


@retried
def prune_expired(db: Store, *, now: int) -> None:
    """Forget old pendings, addresses whose time has come, submissions' keys, emails and sessions that are done with."""
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
    """Forget up to ``most`` mail domains that were kept in case of a flood, and return how many: call it until 0.

    Those of emails count for an hour only.
    """
    with db.write() as tx:
        before = now - int(MAIL_DOMAIN_LIFETIME.total_seconds())
        of_signatures = signatures.erase_mail_domains(tx, before=before, most=most)
        return of_signatures or outbox.forget_mail_domains(tx, before=now - mail_domains.HOUR_S, most=most)


@retried
def prune_ended_mailings(db: Store, *, most: int, now: int) -> int:
    """Forget up to ``most`` emails that addresses had a month ago, for statements that had ended by then.

    Returns how many: call it until 0. Until a statement has ended they count for ever.
    """
    with db.write() as tx:
        return outbox.prune_mailings(tx, before=now - int(MAILINGS_LIFETIME.total_seconds()), most=most)


# Search keys for rows from older versions.


@retried
def backfill_search_keys(db: Store, *, most: int) -> int:
    """Index up to ``most`` lines and return how many there were: call it until 0; what is done stays done."""
    with db.write() as tx:
        return signatures.make_searchable(tx, most=most)
