"""Prune: everything has its lifetime, to the second, and nothing goes before it."""

import pytest

from server.actions.prune import prune
from server.actions.resend import resend
from tests.scene import UNPROVED

DAY_S = 24 * 3600


def left(desk, table: str) -> int:
    return len(desk.rows(f"SELECT * FROM {table}"))


def test_a_pending_signature_is_forgotten_after_two_weeks(desk, clock, mails):
    desk.sign()
    mails.deliver()
    clock.forward(days=14)
    prune(desk.db, now=clock())
    assert left(desk, "signatures") == 1

    prune(desk.db, now=clock() + 1)
    assert left(desk, "signatures") == 0


def test_an_unconfirmed_address_goes_at_two_weeks(desk, clock, mails):
    desk.sign()
    mails.deliver()
    clock.forward(seconds=14 * DAY_S - 1)
    prune(desk.db, now=clock())
    assert left(desk, "contacts") == 1

    prune(desk.db, now=clock() + 1)
    assert left(desk, "contacts") == 0


def test_nothing_is_left_of_the_address_in_the_files(desk, clock, mails, tmp_path):
    desk.sign(email="zmbkvq@rivers.example")
    [contact] = desk.rows("SELECT sealed FROM contacts")
    sealed = bytes(contact["sealed"])
    mails.deliver()

    def on_disk() -> bytes:
        desk.db._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (tmp_path / "undersigned.db").read_bytes()

    assert sealed in on_disk()
    prune(desk.db, now=clock() + 14 * DAY_S)
    assert sealed not in on_disk()


@pytest.mark.parametrize(("table", "lifetime_s"), [("submissions", DAY_S), ("outbox", 30 * DAY_S)])
def test_keys_live_a_day_and_sent_emails_a_month(desk, clock, mails, table, lifetime_s):
    desk.signed()
    mails.deliver()

    prune(desk.db, now=clock() + lifetime_s)
    assert left(desk, table) == 1
    prune(desk.db, now=clock() + lifetime_s + 1)
    assert left(desk, table) == 0


@pytest.mark.parametrize("column", ["sent_at", "dead_at", "suppressed_at"])
def test_every_end_of_an_email_is_forgotten_after_a_month(desk, clock, column):
    desk.sign()
    desk.run(f"UPDATE outbox SET {column} = :now", now=clock())

    prune(desk.db, now=clock() + 30 * DAY_S)
    assert left(desk, "outbox") == 1
    prune(desk.db, now=clock() + 30 * DAY_S + 1)
    assert left(desk, "outbox") == 0


def test_an_email_that_waits_is_never_forgotten(desk, clock):
    desk.sign()

    prune(desk.db, now=clock() + 1000 * DAY_S)

    assert desk.fates().waiting == 1


def test_what_was_confirmed_held_or_removed_stays(desk, clock, mails):
    desk.signed(name="Ani")
    held = desk.signed(**UNPROVED)
    removed = desk.sign(name="Aram")
    desk.run("UPDATE signatures SET removed_at = 1 WHERE id = :id", id=removed)
    mails.deliver()

    prune(desk.db, now=clock() + 1000 * DAY_S)

    assert desk.states() == ["confirmed", "held", "removed"]
    assert [row["signature_id"] for row in desk.rows("SELECT signature_id FROM contacts")] == [held]
    assert desk.counts() == (1, 0, 1)


def test_how_many_emails_an_address_had_is_not_forgotten(desk, clock, mails):
    desk.signed()
    desk.sign(name="Aram")
    mails.deliver()

    prune(desk.db, now=clock() + 1000 * DAY_S)

    assert left(desk, "mailings") == 1


def test_pruning_twice_is_harmless(desk, clock):
    desk.signed()
    for _ in range(2):
        prune(desk.db, now=clock() + 100 * DAY_S)

    assert desk.counts() == (1, 0, 0)


def test_a_signature_whose_email_never_went_out_waits_for_it(desk, clock, mails):
    """The mail server was away for a month."""
    desk.sign()
    clock.forward(days=30)
    prune(desk.db, now=clock())

    assert mails.deliver().sent == 1
    assert left(desk, "signatures") == 1


def test_a_link_that_was_mailed_late_finds_its_signature_to_its_last_day(desk, clock, mails):
    signature_id = desk.sign()
    mails.deliver()
    clock.forward(days=13)
    resend(desk.db, desk.ref(signature_id), now=clock())
    mails.deliver()

    clock.forward(days=7)
    prune(desk.db, now=clock())
    assert left(desk, "signatures") == 1

    prune(desk.db, now=clock() + 600)
    assert left(desk, "signatures") == 0
