"""Mailings: what an address has had, so that nobody is flooded through us."""

from server.tables import outbox
from server.tables.outbox import EmailUsage, Purse
from tests.tables.rows import ANI_KEY, LUSINE_KEY, NOW

DAY = 24 * 3600


TAGGED_KEY = b"t" * 32


def reserve(
    tx,
    outbox_id: int,
    *,
    key: bytes = ANI_KEY,
    own: bytes | None = None,
    statement_id: int | None = 1,
    purse: Purse | None = "confirm",
    now: int = NOW,
) -> None:
    keys = {"email_key": own or key, "mail_key": key}
    outbox.add_mailing(tx, outbox_id=outbox_id, **keys, statement_id=statement_id, purse=purse, now=now)


def spent(
    tx,
    *,
    key: bytes = ANI_KEY,
    own: bytes | None = None,
    statement_id: int | None = 1,
    purse: Purse = "confirm",
    outbox_id: int = 0,
    now: int = NOW,
) -> EmailUsage:
    keys = {"email_key": own or key, "mail_key": key}
    return outbox.get_email_usage(tx, **keys, statement_id=statement_id, purse=purse, outbox_id=outbox_id, now=now)


def test_an_address_that_had_nothing_has_spent_nothing(db):
    with db.read() as tx:
        assert spent(tx) == EmailUsage(for_statement=0, today=0, last=None)


def test_a_day_is_the_last_24_hours_and_a_statement_remembers_for_ever(db):
    with db.write() as tx:
        reserve(tx, 1, now=NOW - DAY)
        reserve(tx, 2, now=NOW - DAY + 1)
        reserve(tx, 3, now=NOW - 5)

        assert spent(tx) == EmailUsage(for_statement=3, today=2, last=NOW - 5)


def test_statements_are_counted_apart_and_together(db):
    with db.write() as tx:
        reserve(tx, 1, statement_id=1)
        reserve(tx, 2, statement_id=2)
        reserve(tx, 3, statement_id=None)

        assert spent(tx, statement_id=1) == EmailUsage(for_statement=1, today=3, last=NOW)
        assert spent(tx, statement_id=None).for_statement == 0


def test_each_purse_is_counted_apart_and_what_is_in_none_nowhere(db):
    with db.write() as tx:
        reserve(tx, 1)
        reserve(tx, 2, purse="links", now=NOW - 5)
        reserve(tx, 3, purse=None)

        assert spent(tx) == EmailUsage(for_statement=1, today=1, last=NOW)
        assert spent(tx, purse="links") == EmailUsage(for_statement=1, today=1, last=NOW - 5)


def test_another_address_has_a_budget_of_its_own(db):
    with db.write() as tx:
        reserve(tx, 1, key=LUSINE_KEY)

        assert spent(tx).today == 0


def test_a_retry_of_the_same_email_counts_once_at_its_latest_moment(db):
    with db.write() as tx:
        reserve(tx, 1)
        reserve(tx, 1, now=NOW + 60)

        assert spent(tx, now=NOW + 60) == EmailUsage(for_statement=1, today=1, last=NOW + 60)


def test_an_email_does_not_stand_in_its_own_way(db):
    with db.write() as tx:
        reserve(tx, 1)

        assert spent(tx, outbox_id=1) == EmailUsage(for_statement=0, today=0, last=None)


def test_tags_share_a_day_and_the_last_email_but_not_what_is_counted_for_ever(db):
    with db.write() as tx:
        reserve(tx, 1, own=TAGGED_KEY, now=NOW - DAY)
        reserve(tx, 2, own=TAGGED_KEY, now=NOW - 5)
        reserve(tx, 3, own=TAGGED_KEY, statement_id=2, now=NOW - 4)
        shared = {"today": 2, "last": NOW - 4}

        assert spent(tx) == EmailUsage(for_statement=0, **shared)
        assert spent(tx, own=TAGGED_KEY) == EmailUsage(for_statement=2, **shared)
        assert spent(tx, own=TAGGED_KEY, outbox_id=1) == EmailUsage(for_statement=1, **shared)


def test_what_shares_a_budget_is_told_and_forgotten_apart(db):
    with db.write() as tx:
        reserve(tx, 1)
        reserve(tx, 2, own=TAGGED_KEY)

        assert spent(tx).today == 2
        assert outbox.count_sent_emails(tx, email_key=TAGGED_KEY, statement_id=1) == 1

        outbox.delete_mailings(tx, email_key=TAGGED_KEY, statement_id=1)

        assert spent(tx).today == 1
        assert outbox.count_sent_emails(tx, email_key=TAGGED_KEY, statement_id=1) == 0


def test_with_an_address_its_key_goes_from_what_its_tags_have_had(db):
    with db.write() as tx:
        reserve(tx, 1)
        reserve(tx, 2, own=TAGGED_KEY)
        reserve(tx, 3, own=TAGGED_KEY, statement_id=2)

        outbox.delete_mailings(tx, email_key=ANI_KEY, statement_id=1)

        assert [row["outbox_id"] for row in tx.rows("SELECT outbox_id FROM mailings", {})] == [3]


def test_a_retry_counts_under_the_key_of_its_latest_moment(db):
    with db.write() as tx:
        reserve(tx, 1, key=TAGGED_KEY)
        reserve(tx, 1)

        assert (spent(tx, key=TAGGED_KEY).today, spent(tx).today) == (0, 1)
