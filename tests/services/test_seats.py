"""Seats: the same name of a mailbox signs once, a second name once, never a third, whoever races."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.db import Conflict, writing_alone
from server.errors import LinkInvalid
from server.services import moderation
from server.services.confirm import confirm_signature
from tests.scene import CONSENT, Scene

THREADS, RACES = 16, 50


def test_a_mailbox_signs_under_two_names_and_never_a_third(scene):
    outcomes = [scene.confirm(scene.sign(name=name)) for name in ("Ani", "Aram", "Astghik")]

    assert outcomes == ["confirmed", "confirmed", "no-seat"]
    assert scene.states() == ["confirmed", "confirmed", "pending"]
    assert scene.counts() == (2, 0, 0)


def test_the_same_name_signs_once_however_it_is_written(scene):
    first = scene.signed(name="Anna-Maria O’Neil")

    second = scene.sign(name="anna maria  o'neil")

    assert scene.confirm(second) == "already"
    assert scene.states() == ["confirmed", "pending"]
    assert scene.confirm(first) == "confirmed"


@pytest.mark.parametrize("sent", [{}, {"title": "Fake", "newsletter": True, "visibility": "counted"}])
def test_who_has_signed_stays_as_they_are_whatever_is_sent_with_their_address(scene, mails, clock, sent):
    first = scene.signed(title="Poet")
    mails.deliver()
    before = scene.rows("SELECT * FROM signatures WHERE id = :id", id=first), scene.listed(), scene.counts()
    clock.forward(days=1)

    scene.sign(**sent)
    mails.deliver()

    assert "Nothing has changed." in mails.texts()[-1]
    after = scene.rows("SELECT * FROM signatures WHERE id = :id", id=first), scene.listed(), scene.counts()
    assert after == before
    assert scene.rows("SELECT * FROM subscriptions WHERE signature_id = :id", id=first) == []


def test_all_aliases_of_a_mailbox_share_its_seats(scene):
    for alias, name in (("a.ni@gmail.com", "Ani"), ("ani+2@gmail.com", "Aram")):
        scene.signed(email=alias, name=name)

    assert scene.confirm(scene.sign(email="an.i@googlemail.com", name="Astghik")) == "no-seat"


@pytest.mark.parametrize(("domain", "outcome"), [("ngo.example", "confirmed"), ("gmail.com", "already")])
def test_where_no_table_knows_tags_two_of_them_may_be_two_people(scene, domain, outcome):
    scene.signed(email=f"office+ani@{domain}")

    assert scene.confirm(scene.sign(email=f"office+aram@{domain}")) == outcome


def test_a_mailbox_has_one_seat_where_the_statement_says_so(scene):
    strict = scene.publish("strict", "mailbox_seats = 1")

    assert strict.confirm(strict.sign(name="Ani")) == "confirmed"
    assert strict.confirm(strict.sign(name="Aram")) == "no-seat"


def test_seats_are_those_of_one_statement(scene):
    other = scene.publish("clean-air")
    scene.signed()

    assert other.confirm(other.sign()) == "confirmed"


def test_a_removed_signature_keeps_its_seat_and_a_withdrawn_one_frees_it(scene):
    removed = scene.signed(name="Ani")
    moderation.remove_signature(scene.db, "open-rivers", removed, actor="kate", reason=None, now=scene.clock())
    assert scene.confirm(scene.sign(name="Ani")) == "already"

    withdrawn = scene.signed(name="Aram")
    scene.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=withdrawn)

    assert scene.confirm(scene.sign(name="Aram")) == "confirmed"


def test_confirming_deletes_only_the_pendings_of_the_same_mailbox_and_name(scene):
    same = [scene.sign(email="a.ni@gmail.com", name=name) for name in ("Ani", "ANI")]
    others = [
        scene.sign(email="ani@gmail.com", name="Aram"),
        scene.sign(email="ani@rivers.example", name="Ani"),
        scene.publish("clean-air").sign(email="ani@gmail.com", name="Ani"),
    ]

    confirmed = scene.signed(email="an.i@gmail.com", name="Ani")

    left = [row["id"] for row in scene.rows("SELECT id FROM signatures ORDER BY id")]
    assert left == [*others, confirmed]
    assert [row["signature_id"] for row in scene.rows("SELECT signature_id FROM contacts ORDER BY 1")] == others
    assert same[0] not in left


# Races: the database decides, so that threads and processes cannot.


def race(scene: Scene, pool: ThreadPoolExecutor, names: tuple[str, str], number: int) -> Counter[str]:
    """Two pendings of one mailbox, confirmed by many threads at one moment; returns what the rows became."""
    emails = (f"ani{number}@gmail.com", f"a.ni{number}+2@gmail.com")
    refs = [scene.ref(scene.sign(email=email, name=name)) for email, name in zip(emails, names, strict=True)]
    key = scene.get(refs[0].id).email_key
    start = threading.Barrier(THREADS)

    def press(turn: int) -> None:
        start.wait(timeout=30)
        try:
            confirm_signature(scene.db, refs[turn % 2], consent=CONSENT, now=scene.clock())
        except LinkInvalid:
            assert names[0] == names[1]  # the winner's twin is gone

    list(pool.map(press, range(THREADS)))
    rows = scene.rows("SELECT state FROM signatures WHERE email_key = :key", key=key)
    return Counter(row["state"] for row in rows)


def test_two_rows_of_one_mailbox_and_name_become_exactly_one_signature(scene):
    with ThreadPoolExecutor(THREADS) as pool:
        ends = [race(scene, pool, ("Ani", "Ani"), number) for number in range(RACES)]

    assert ends == [Counter(confirmed=1)] * RACES
    assert scene.counts() == (RACES, 0, 0)


def test_two_names_of_one_mailbox_become_two_signatures_and_one_where_there_is_one_seat(scene):
    strict = scene.publish("strict", "mailbox_seats = 1")
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(5):
            assert race(scene, pool, ("Ani", "Aram"), number) == Counter(confirmed=2)
            assert race(strict, pool, ("Ani", "Aram"), 100 + number) == Counter(confirmed=1, pending=1)


def naive_confirm(scene: Scene, signature_id: int, both_have_looked: threading.Barrier) -> None:
    """Look in Python, then write: what the indexes are there for."""
    signature = scene.get(signature_id)
    taken = scene.rows(
        "SELECT id FROM signatures WHERE email_key = :key AND confirmed_at IS NOT NULL", key=signature.email_key
    )
    both_have_looked.wait(timeout=30)
    if not taken:
        with writing_alone():
            scene.run("UPDATE signatures SET confirmed_at = 1 WHERE id = :id", id=signature_id)


@pytest.mark.parametrize(("indexed", "confirmed"), [(True, 1), (False, 2)])
def test_a_confirm_that_looks_first_counts_one_mailbox_twice_unless_the_indexes_stop_it(scene, indexed, confirmed):
    rows = [scene.sign(), scene.sign()]
    if not indexed:
        scene.run("DROP INDEX one_seat")
        scene.run("DROP INDEX one_name")
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(naive_confirm, scene, row, both) for row in rows]
        errors = [each.exception() for each in tries]

    assert scene.states().count("confirmed") == confirmed
    assert [isinstance(error, Conflict) for error in errors].count(True) == 2 - confirmed
