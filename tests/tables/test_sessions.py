"""Sessions: known by a hash alone, ended after half an hour of silence and after half a day in any case."""

import pytest

from server.records import admins, sessions
from server.records.sessions import IDLE_S, LONGEST_S
from tests.databases import databases
from tests.records.rows import NOW, one

SECRET, OTHER = "secret-of-a-cookie", "secret-of-another"


@pytest.fixture
def ani(tx) -> int:
    admin_id = admins.add(tx, "ani", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
    sessions.add(tx, SECRET, admin_id, {"csrf_token": "abc"}, totp_at=None, now=NOW)
    return admin_id


def lives(tx, secret=SECRET, *, at) -> bool:
    return sessions.find(tx, secret, now=at) is not None


def test_a_session_is_found_by_its_secret_alone(tx, ani):
    found = sessions.find(tx, SECRET, now=NOW)

    assert found is not None
    assert (found.admin_id, found.data, found.totp_at) == (ani, {"csrf_token": "abc"}, None)
    assert not lives(tx, OTHER, at=NOW)
    assert not lives(tx, found.hash.hex(), at=NOW), "who reads the database has nothing to send"


def test_half_an_hour_of_silence_ends_it(tx, ani):
    assert lives(tx, at=NOW + IDLE_S - 1)
    assert not lives(tx, at=NOW + IDLE_S)


def test_who_is_seen_stays_for_half_a_day_and_no_longer(tx, ani):
    for at in range(NOW, NOW + LONGEST_S, IDLE_S - 1):
        assert lives(tx, at=at)
        sessions.see(tx, sessions.hash_of(SECRET), now=at)

    assert (IDLE_S, LONGEST_S) == (30 * 60, 12 * 3600)
    assert lives(tx, at=NOW + LONGEST_S - 1)
    assert not lives(tx, at=NOW + LONGEST_S)


def test_a_clock_that_goes_back_does_not_make_it_older(tx, ani):
    sessions.see(tx, sessions.hash_of(SECRET), now=NOW + 100)
    sessions.see(tx, sessions.hash_of(SECRET), now=NOW)

    assert lives(tx, at=NOW + 100 + IDLE_S - 1)


def test_a_session_is_there_until_somebody_ends_it(tx, ani):
    assert sessions.has(tx, sessions.hash_of(SECRET))
    assert not sessions.has(tx, sessions.hash_of(OTHER))

    sessions.end(tx, sessions.hash_of(SECRET))

    assert not sessions.has(tx, sessions.hash_of(SECRET))


def test_a_fresh_code_is_remembered(tx, ani):
    sessions.prove(tx, sessions.hash_of(SECRET), now=NOW + 5)

    found = sessions.find(tx, SECRET, now=NOW + 6)
    assert found is not None
    assert found.totp_at == NOW + 5


def test_one_browser_all_others_or_all_are_logged_out(tx, ani):
    aram = admins.add(tx, "aram", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
    sessions.add(tx, "arams", aram, {}, totp_at=None, now=NOW)
    sessions.add(tx, OTHER, ani, {}, totp_at=None, now=NOW)
    sessions.end_others(tx, ani, sessions.hash_of(OTHER))
    assert [lives(tx, secret, at=NOW) for secret in (SECRET, OTHER, "arams")] == [False, True, True]

    sessions.end(tx, sessions.hash_of(OTHER))
    assert not lives(tx, OTHER, at=NOW)

    assert sessions.end_all(tx, aram) == 1
    assert not lives(tx, "arams", at=NOW)


def test_what_has_ended_by_itself_is_deleted(db, tx, ani):
    sessions.prune(tx, now=NOW + IDLE_S - 1)
    assert tx.rows("SELECT count(*) AS n FROM sessions", {}) == [{"n": 1}]
    sessions.prune(tx, now=NOW + IDLE_S)
    assert tx.rows("SELECT count(*) AS n FROM sessions", {}) == [{"n": 0}]


def test_no_secret_stands_in_the_database(db, tmp_path):
    with db.write() as tx:
        admin_id = admins.add(tx, "findable", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
        sessions.add(tx, SECRET, admin_id, {}, totp_at=None, now=NOW)

    kept = databases.all_bytes(tmp_path)

    assert one(db, "SELECT count(*) AS n FROM sessions") == 1
    assert b"findable" in kept, "what is kept is found this way"
    assert SECRET.encode() not in kept
