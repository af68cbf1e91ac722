"""The outbox: claimed by lease, never by two at once, and without the address once it is done with."""

from itertools import chain

import pytest

from server.db import Store, retried
from server.db.engines import open_store
from server.tables import outbox
from server.tables.outbox import DeliveryCounts, Recipient
from tests.databases import databases
from tests.db.racing import in_processes, in_threads
from tests.tables.rows import ANI_KEY, NOW, one

LEASE_S = 120


def put(tx, *, kind: str = "confirm", now: int = NOW, **values) -> int:
    row = {"signature_id": 1, "statement_id": 1, "locale": "en", "email_key": ANI_KEY, "sealed_to": b"sealed"} | values
    outbox.put(tx, kind, Recipient(**row), now=now)
    [row] = tx.rows("SELECT max(id) AS id FROM outbox", {})
    return int(row["id"])


def claim(tx, *, now: int = NOW, most: int = 10) -> list[int]:
    return [claim.id for claim in outbox.claim(tx, now=now, lease_s=LEASE_S, most=most)]


# Claims


def test_a_claim_has_all_that_a_delivery_needs(db):
    with db.write() as tx:
        outbox_id = put(tx)
        [found] = outbox.claim(tx, now=NOW, lease_s=LEASE_S, most=1)

    assert (found.id, found.kind, found.locale, found.email_key, found.sealed_to, found.attempts, found.created_at) == (
        outbox_id,
        "confirm",
        "en",
        ANI_KEY,
        b"sealed",
        1,
        NOW,
    )
    assert len(found.message_id) == 32


def test_nobody_else_gets_an_email_within_its_lease_and_somebody_does_after_it(db):
    with db.write() as tx:
        outbox_id = put(tx)
        assert claim(tx) == [outbox_id]

        assert claim(tx, now=NOW + LEASE_S - 1) == []
        assert claim(tx, now=NOW + LEASE_S) == [outbox_id]


def test_every_attempt_counts_and_keeps_the_message_id(db):
    with db.write() as tx:
        put(tx)
        [first] = outbox.claim(tx, now=NOW, lease_s=LEASE_S, most=1)
        [second] = outbox.claim(tx, now=NOW + LEASE_S, lease_s=LEASE_S, most=1)

    assert (first.attempts, second.attempts) == (1, 2)
    assert first.message_id == second.message_id


def test_the_longest_waiting_are_claimed_first_and_no_more_than_asked_for(db):
    with db.write() as tx:
        late, early, between = (put(tx, now=NOW - age) for age in (1, 3, 2))

        assert claim(tx, most=2) == sorted([early, between])
        assert claim(tx, most=2) == [late]


def test_what_somebody_waits_for_goes_first_and_what_goes_to_many_last(db):
    kinds = ("result", "reminder", "thanks", "refused", "links", "confirm")
    with db.write() as tx:
        ids = {kind: put(tx, kind=kind, now=NOW - age) for age, kind in zip(range(6, 0, -1), kinds, strict=True)}

        claimed = claim(tx, most=6)

    assert claimed == [ids[kind] for kind in ("links", "confirm", "thanks", "refused", "result", "reminder")]


def test_an_email_is_not_claimed_before_it_is_due(db):
    with db.write() as tx:
        put(tx, now=NOW + 1)

        assert claim(tx) == []


def test_a_lease_that_its_transaction_takes_back_is_none(db):
    with db.write() as tx:
        outbox_id = put(tx)
    with pytest.raises(KeyError):
        _claim_and_raise(db)

    with db.write() as tx:
        assert claim(tx) == [outbox_id]


def _claim_and_raise(db: Store) -> None:
    with db.write() as tx:
        claim(tx)
        raise KeyError


def claim_until_there_is_none(db: Store) -> list[int]:
    mine: list[int] = []
    while batch := claim_a_batch(db):
        mine += batch
    return mine


@retried
def claim_a_batch(db: Store) -> list[int]:
    with db.write() as tx:
        return claim(tx, most=7)


def claim_in_two_threads(address: str) -> list[int]:
    db, mine = open_store(address), []
    assert in_threads(lambda: mine.extend(claim_until_there_is_none(db)), threads=2) == []
    db.close()
    return mine


def test_three_processes_with_two_threads_each_claim_nothing_twice(db, tmp_path):
    with db.write() as tx:
        everything = [put(tx) for _ in range(300)]

    claimed = chain.from_iterable(in_processes(claim_in_two_threads, databases.address(tmp_path), count=3))

    assert sorted(claimed) == everything


def test_looking_first_and_marking_later_claims_twice(db):
    """The twin: two deliveries that read what is due before either has marked it."""
    with db.write() as tx:
        put(tx)
    naive = "SELECT id FROM outbox WHERE sent_at IS NULL AND lease_until <= :now"
    with db.read() as tx:
        first = tx.rows(naive, {"now": NOW})
    with db.read() as tx:
        second = tx.rows(naive, {"now": NOW})

    assert first == second != []


# What becomes of an email


@pytest.mark.parametrize("end", ["sent", "mark_suppressed", "mark_undeliverable"])
def test_the_address_goes_with_the_end_of_an_email(db, end):
    with db.write() as tx:
        outbox_id = put(tx)
        claim(tx)
        if end == "sent":
            outbox.mark_sent(tx, outbox_id, now=NOW)
        else:
            getattr(outbox, end)(tx, outbox_id, "why", now=NOW)

        assert claim(tx, now=NOW + 10**9) == []

    assert one(db, "SELECT sealed_to FROM outbox") is None


def test_a_postponed_email_keeps_its_address_and_comes_again_at_its_time(db):
    with db.write() as tx:
        outbox_id = put(tx)
        claim(tx)

        outbox.postpone(tx, outbox_id, "451 later", due_at=NOW + 60)

        assert claim(tx, now=NOW + 59) == []
        [again] = outbox.claim(tx, now=NOW + 60, lease_s=LEASE_S, most=1)
    assert (again.sealed_to, again.attempts) == (b"sealed", 2)


def test_an_attempt_that_was_not_the_emails_fault_is_not_counted(db):
    with db.write() as tx:
        outbox_id = put(tx)
        claim(tx)

        outbox.postpone(tx, outbox_id, "", due_at=NOW, counted=False)

        [again] = outbox.claim(tx, now=NOW, lease_s=LEASE_S, most=1)
    assert again.attempts == 1


@pytest.mark.parametrize("late", ["mark_suppressed", "mark_undeliverable"])
def test_what_was_sent_stays_sent(db, late):
    """A delivery whose lease had ended comes back with bad news about an email that another one has sent."""
    with db.write() as tx:
        outbox_id = put(tx)
        outbox.mark_sent(tx, outbox_id, now=NOW)

        getattr(outbox, late)(tx, outbox_id, "too late", now=NOW + 1)
        outbox.postpone(tx, outbox_id, "too late", due_at=NOW)

        assert outbox.count_deliveries(tx) == DeliveryCounts(sent=1, dead=0, suppressed=0, waiting=0, oldest=None)
        assert claim(tx, now=NOW + 10**6) == []


def test_fates_add_up_and_tell_since_when_the_oldest_waits(db):
    with db.write() as tx:
        sent, dead, no_mailbox, kept_back, *_ = (put(tx, now=NOW + number) for number in range(6))
        outbox.mark_sent(tx, sent, now=NOW)
        outbox.mark_undeliverable(tx, dead, "554 refused by policy", now=NOW)
        outbox.mark_undeliverable(tx, no_mailbox, "550 no such mailbox", recipient_refused=True, now=NOW)
        outbox.mark_suppressed(tx, kept_back, "enough", now=NOW)

        assert outbox.count_deliveries(tx) == DeliveryCounts(
            sent=1, dead=2, suppressed=1, waiting=2, oldest=NOW + 4, recipient_refused=1
        )


def test_an_empty_box_has_no_oldest(db):
    with db.read() as tx:
        assert outbox.count_deliveries(tx) == DeliveryCounts(sent=0, dead=0, suppressed=0, waiting=0, oldest=None)


def listed(tx, state, *, before_id=10**9, most=10) -> list[tuple[int, str | None]]:
    return [(email.id, email.reply) for email in outbox.list_emails(tx, state, before_id=before_id, most=most)]


def test_each_email_is_in_the_list_of_its_state_newest_first(db):
    with db.write() as tx:
        waits, sent, dead, kept_back, late = (put(tx) for _ in range(5))
        outbox.mark_sent(tx, sent, now=NOW)
        outbox.mark_undeliverable(tx, dead, "550 no", now=NOW + 1)
        outbox.mark_suppressed(tx, kept_back, "enough", now=NOW + 2)
        outbox.postpone(tx, late, "451 later", due_at=NOW + 60)

        assert listed(tx, "waiting") == [(late, "451 later"), (waits, None)]
        assert listed(tx, "sent") == [(sent, None)]
        assert listed(tx, "dead") == [(dead, "550 no")]
        assert listed(tx, "kept-back") == [(kept_back, "enough")]
        assert listed(tx, "waiting", most=1) == [(late, "451 later")]
        assert listed(tx, "waiting", before_id=late) == [(waits, None)]


def test_replies_are_counted_among_the_emails_that_wait(db):
    with db.write() as tx:
        first, second, third, dead, domain = (put(tx) for _ in range(5))
        for email, due_at in ((first, NOW + 60), (second, NOW + 90)):
            outbox.postpone(tx, email, "451 later", due_at=due_at)
        outbox.postpone(tx, third, "", due_at=NOW + 5)
        outbox.mark_undeliverable(tx, dead, "550 no", now=NOW)
        outbox.wait_for_domain(tx, domain, "tag")

        [refusal] = outbox.list_refusals(tx, most=5)

    assert (refusal.reply, refusal.emails, refusal.next_try) == ("451 later", 2, NOW + 60)


def test_a_new_try_is_for_those_that_were_refused(db):
    with db.write() as tx:
        refused, gap = put(tx), put(tx)
        outbox.postpone(tx, refused, "451 later", due_at=NOW + 3600)
        outbox.postpone(tx, gap, "", due_at=NOW + 600)

        assert outbox.retry_refused(tx, now=NOW) == 1
        assert outbox.retry_refused(tx, now=NOW) == 0

        assert [row["due_at"] for row in tx.rows("SELECT due_at FROM outbox ORDER BY id", {})] == [NOW, NOW + 600]


def test_the_oldest_email_counts_unless_it_waits_for_its_domain(db):
    with db.write() as tx:
        assert outbox.find_oldest_waiting(tx) is None
        first, second = put(tx), put(tx, now=NOW + 7)

        assert outbox.find_oldest_waiting(tx) == NOW
        outbox.wait_for_domain(tx, first, "tag")
        assert outbox.find_oldest_waiting(tx) == NOW + 7
        outbox.mark_sent(tx, second, now=NOW)
        assert outbox.find_oldest_waiting(tx) is None


def test_only_emails_that_were_done_with_long_ago_are_forgotten(db):
    with db.write() as tx:
        old, recent, waiting = put(tx), put(tx), put(tx)
        outbox.mark_sent(tx, old, now=NOW)
        outbox.mark_suppressed(tx, recent, "enough", now=NOW + 10)

        assert outbox.prune(tx, before=NOW + 10) == 1

        assert [row["id"] for row in tx.rows("SELECT id FROM outbox ORDER BY id", {})] == [recent, waiting]
