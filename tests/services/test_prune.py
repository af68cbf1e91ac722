"""Prune: everything has its lifetime, to the second, and nothing goes before it."""

import pytest

from server.services import moderation, statements
from server.services.scheduled import prune_ended_mailings, prune_expired, prune_mail_domains
from server.services.sign import resend_confirm_email
from server.tables import journal
from tests.databases import databases
from tests.scene import UNPROVED
from tests.tables.rows import write_journal

DAY_S = 24 * 3600


def left(scene, table: str) -> int:
    return len(scene.rows(f"SELECT * FROM {table}"))


def test_a_pending_signature_is_forgotten_after_two_weeks(scene, clock, mails):
    scene.sign()
    mails.deliver()
    clock.forward(days=14)
    prune_expired(scene.db, now=clock())
    assert left(scene, "signatures") == 1

    prune_expired(scene.db, now=clock() + 1)
    assert left(scene, "signatures") == 0


def test_what_the_journal_knew_of_a_pending_signature_goes_with_it_and_nothing_else(scene, clock, mails):
    gone, stays = scene.sign(), scene.signed(email="other@rivers.example")
    mails.deliver()
    with scene.db.write() as tx:
        for one in (gone, stays):
            write_journal(tx, "x", actor="admin:olga", subject=f"signature:{one}", before="Ani", now=clock())

    prune_expired(scene.db, now=clock() + 14 * DAY_S)
    assert scene.rows("SELECT before FROM journal_details WHERE before = '\"Ani\"'") == [{"before": '"Ani"'}] * 2
    prune_expired(scene.db, now=clock() + 14 * DAY_S + 1)

    [kept] = scene.rows("SELECT subject FROM journal JOIN journal_details ON journal_id = id WHERE before = '\"Ani\"'")
    assert kept["subject"] == f"signature:{stays}"
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_an_unconfirmed_address_goes_at_two_weeks(scene, clock, mails):
    scene.sign()
    mails.deliver()
    clock.forward(seconds=14 * DAY_S - 1)
    prune_expired(scene.db, now=clock())
    assert left(scene, "contacts") == 1

    prune_expired(scene.db, now=clock() + 1)
    assert left(scene, "contacts") == 0


@pytest.mark.sqlite
def test_nothing_is_left_of_the_address_in_the_files(scene, clock, mails, tmp_path):
    scene.sign(email="zmbkvq@rivers.example")
    [contact] = scene.rows("SELECT sealed FROM contacts")
    sealed = bytes(contact["sealed"])
    mails.deliver()

    def on_disk() -> bytes:
        scene.db.tidy()  # as it is done at the end of each hour's chores
        return (tmp_path / "undersigned.db").read_bytes()

    assert sealed in on_disk()
    prune_expired(scene.db, now=clock() + 14 * DAY_S)
    assert sealed not in on_disk()


@pytest.mark.parametrize(("table", "lifetime_s"), [("submissions", DAY_S), ("outbox", 30 * DAY_S)])
def test_keys_live_a_day_and_sent_emails_a_month(scene, clock, mails, table, lifetime_s):
    scene.sign()
    mails.deliver()

    prune_expired(scene.db, now=clock() + lifetime_s)
    assert left(scene, table) == 1
    prune_expired(scene.db, now=clock() + lifetime_s + 1)
    assert left(scene, table) == 0


@pytest.mark.parametrize("column", ["sent_at", "dead_at", "suppressed_at"])
def test_every_end_of_an_email_is_forgotten_after_a_month(scene, clock, column):
    scene.sign()
    scene.run(f"UPDATE outbox SET {column} = :now", now=clock())

    prune_expired(scene.db, now=clock() + 30 * DAY_S)
    assert left(scene, "outbox") == 1
    prune_expired(scene.db, now=clock() + 30 * DAY_S + 1)
    assert left(scene, "outbox") == 0


def test_an_email_that_waits_is_never_forgotten(scene, clock):
    scene.sign()

    prune_expired(scene.db, now=clock() + 1000 * DAY_S)

    assert scene.fates().waiting == 1


def remove(scene, signature_id: int) -> None:
    moderation.remove_signature(
        scene.db, "open-rivers", signature_id, actor="admin:kate", reason="Qreason", now=scene.clock()
    )


def test_what_was_confirmed_held_or_removed_after_that_stays(scene, clock, mails):
    scene.signed(name="Ani")
    held = scene.signed(**UNPROVED)
    remove(scene, scene.signed(name="Aram"))
    mails.deliver()

    prune_expired(scene.db, now=clock() + 1000 * DAY_S)

    assert scene.states() == ["confirmed", "held", "removed"]
    assert [row["signature_id"] for row in scene.rows("SELECT signature_id FROM contacts")] == [held]
    assert scene.counts() == (1, 0, 1)


def test_what_was_removed_before_it_was_confirmed_goes_in_its_time_with_the_reason(scene, clock, mails, tmp_path):
    remove(scene, scene.sign(name="Qanahit", comment="Qcomment"))
    key = scene.get(1).email_key
    mails.deliver()
    scene.run("DELETE FROM mailings")  # how many emails an address had is not forgotten
    traces = [b"Qanahit", b"qanahit", b"Qcomment", b"Qreason", key]

    def left_in_files() -> list[bytes]:
        scene.db.tidy()
        kept = databases.all_bytes(tmp_path)
        return [trace for trace in traces if trace in kept]

    prune_expired(scene.db, now=clock() + 14 * DAY_S)
    assert left_in_files() == traces

    prune_expired(scene.db, now=clock() + 30 * DAY_S + 1)
    assert left_in_files() == []
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_how_many_emails_an_address_had_is_not_forgotten(scene, clock, mails):
    scene.signed()
    scene.sign(name="Aram")
    mails.deliver()

    prune_expired(scene.db, now=clock() + 1000 * DAY_S)

    assert left(scene, "mailings") == 2


def test_pruning_twice_is_harmless(scene, clock):
    scene.signed()
    for _ in range(2):
        prune_expired(scene.db, now=clock() + 100 * DAY_S)

    assert scene.counts() == (1, 0, 0)


def test_a_signature_whose_email_never_went_out_waits_for_it(scene, clock, mails):
    """The mail server was away for a month."""
    scene.sign()
    clock.forward(days=30)
    prune_expired(scene.db, now=clock())

    assert mails.deliver().sent == 1
    assert left(scene, "signatures") == 1


def test_a_link_that_was_mailed_late_finds_its_signature_to_its_last_day(scene, clock, mails):
    signature_id = scene.sign()
    mails.deliver()
    clock.forward(days=13)
    resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())
    mails.deliver()

    clock.forward(days=7)
    prune_expired(scene.db, now=clock())
    assert left(scene, "signatures") == 1

    prune_expired(scene.db, now=clock() + 600)
    assert left(scene, "signatures") == 0


def test_a_mail_domain_goes_seven_days_after_it_was_confirmed_some_at_a_time(scene, clock):
    for number in range(3):
        scene.signed(email=f"{number}@rivers.example")
    clock.forward(days=7)
    assert prune_mail_domains(scene.db, most=2, now=clock()) == 0

    clock.forward(seconds=1)

    assert [prune_mail_domains(scene.db, most=2, now=clock()) for _ in range(3)] == [2, 1, 0]
    assert scene.rows("SELECT id FROM signatures WHERE mail_domain IS NOT NULL") == []


@pytest.mark.parametrize("end", ["close", "plan", "archive"])
def test_how_many_emails_an_address_had_is_forgotten_a_month_after_the_end_some_at_a_time(scene, clock, mails, end):
    for number in range(3):
        scene.sign(email=f"{number}@rivers.example")
    mails.deliver()
    clock.forward(days=40)
    if end == "plan":
        scene.run("UPDATE statements SET closes_at = :now", now=clock())
    else:
        statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    if end == "archive":
        statements.archive_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=30)
    assert prune_ended_mailings(scene.db, most=2, now=clock()) == 0

    clock.forward(seconds=1)

    assert [prune_ended_mailings(scene.db, most=2, now=clock()) for _ in range(3)] == [2, 1, 0]


def test_what_an_address_had_counts_as_long_as_its_statement_can_be_signed_and_late_emails_for_a_month(
    scene, clock, mails
):
    """The twins: another statement that is open, one that was opened again, and what was mailed after the end."""
    again, ended = scene.publish("clean-air"), scene.publish("clean-water")
    for one in (scene, again, ended):
        one.sign(email=f"{one.statement.slug}@rivers.example")
    mails.deliver()
    for slug in ("clean-air", "clean-water"):
        statements.close_statement(scene.db, slug, actor="kate", now=clock())
    statements.open_statement(scene.db, "clean-air", actor="kate", now=clock() + 1)
    late = scene.run(
        "INSERT INTO mailings (outbox_id, email_key, statement_id, sent_at, mail_key, purse)"
        " SELECT 9, email_key, 3, :now, mail_key, purse FROM mailings LIMIT 1",
        now=clock() + 5,
    )

    clock.forward(seconds=30 * DAY_S + 5)

    assert (late, prune_ended_mailings(scene.db, most=9, now=clock())) == (1, 1)
    kept = scene.rows("SELECT statement_id, outbox_id FROM mailings ORDER BY outbox_id")
    assert kept == [
        {"statement_id": 1, "outbox_id": 1},
        {"statement_id": 2, "outbox_id": 2},
        {"statement_id": 3, "outbox_id": 9},
    ]
