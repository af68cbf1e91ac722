"""Sessions: known by a hash alone, ended after half an hour of silence and after half a day in any case."""

import pytest

from server.crypto.passwords import hash_secret
from server.tables import admins
from server.tables.admins import SESSION_IDLE_S, SESSION_LONGEST_S
from tests.databases import databases
from tests.tables.rows import NOW, one

SECRET, OTHER = "secret-of-a-cookie", "secret-of-another"


@pytest.fixture
def ani(tx) -> int:
    admin_id = admins.add(tx, "ani", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
    admins.add_session(tx, SECRET, admin_id, {"csrf_token": "abc"}, totp_at=None, now=NOW)
    return admin_id


def lives(tx, secret=SECRET, *, at) -> bool:
    return admins.find_session(tx, secret, now=at) is not None


def test_a_session_is_found_by_its_secret_alone(tx, ani):
    found = admins.find_session(tx, SECRET, now=NOW)

    assert found is not None
    assert (found.admin_id, found.data, found.totp_at) == (ani, {"csrf_token": "abc"}, None)
    assert not lives(tx, OTHER, at=NOW)
    assert not lives(tx, found.hash.hex(), at=NOW), "who reads the database has nothing to send"


def test_half_an_hour_of_silence_ends_it(tx, ani):
    assert lives(tx, at=NOW + SESSION_IDLE_S - 1)
    assert not lives(tx, at=NOW + SESSION_IDLE_S)


def test_who_is_seen_stays_for_half_a_day_and_no_longer(tx, ani):
    for at in range(NOW, NOW + SESSION_LONGEST_S, SESSION_IDLE_S - 1):
        assert lives(tx, at=at)
        admins.mark_session_seen(tx, hash_secret(SECRET), now=at)

    assert (SESSION_IDLE_S, SESSION_LONGEST_S) == (30 * 60, 12 * 3600)
    assert lives(tx, at=NOW + SESSION_LONGEST_S - 1)
    assert not lives(tx, at=NOW + SESSION_LONGEST_S)


def test_a_clock_that_goes_back_does_not_make_it_older(tx, ani):
    admins.mark_session_seen(tx, hash_secret(SECRET), now=NOW + 100)
    admins.mark_session_seen(tx, hash_secret(SECRET), now=NOW)

    assert lives(tx, at=NOW + 100 + SESSION_IDLE_S - 1)


def test_a_session_is_there_until_somebody_ends_it(tx, ani):
    assert admins.has_session(tx, hash_secret(SECRET))
    assert not admins.has_session(tx, hash_secret(OTHER))

    admins.end_session(tx, hash_secret(SECRET))

    assert not admins.has_session(tx, hash_secret(SECRET))


def test_a_fresh_code_is_remembered(tx, ani):
    admins.mark_session_verified(tx, hash_secret(SECRET), now=NOW + 5)

    found = admins.find_session(tx, SECRET, now=NOW + 6)
    assert found is not None
    assert found.totp_at == NOW + 5


def test_one_browser_all_others_or_all_are_logged_out(tx, ani):
    aram = admins.add(tx, "aram", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
    admins.add_session(tx, "arams", aram, {}, totp_at=None, now=NOW)
    admins.add_session(tx, OTHER, ani, {}, totp_at=None, now=NOW)
    admins.end_other_sessions(tx, ani, hash_secret(OTHER))
    assert [lives(tx, secret, at=NOW) for secret in (SECRET, OTHER, "arams")] == [False, True, True]

    admins.end_session(tx, hash_secret(OTHER))
    assert not lives(tx, OTHER, at=NOW)

    assert admins.end_all_sessions(tx, aram) == 1
    assert not lives(tx, "arams", at=NOW)


def test_what_has_ended_by_itself_is_deleted(db, tx, ani):
    admins.prune_sessions(tx, now=NOW + SESSION_IDLE_S - 1)
    assert tx.rows("SELECT count(*) AS n FROM sessions", {}) == [{"n": 1}]
    admins.prune_sessions(tx, now=NOW + SESSION_IDLE_S)
    assert tx.rows("SELECT count(*) AS n FROM sessions", {}) == [{"n": 0}]


def test_no_secret_stands_in_the_database(db, tmp_path):
    with db.write() as tx:
        admin_id = admins.add(tx, "findable", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
        admins.add_session(tx, SECRET, admin_id, {}, totp_at=None, now=NOW)

    kept = databases.all_bytes(tmp_path)

    assert one(db, "SELECT count(*) AS n FROM sessions") == 1
    assert b"findable" in kept, "what is kept is found this way"
    assert SECRET.encode() not in kept
