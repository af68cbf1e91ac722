"""The table of admins: one of each name, a first password that is replaced once, codes that are used up."""

import pytest

from server.crypto.passwords import NO_TOTP_STEP
from server.db import Conflict
from server.errors import NotFound
from server.tables import admins
from tests.tables.rows import NOW, one

INVITED = {"password_hash": "first", "sealed_totp": b"sealed", "invited_until": NOW + 100}


@pytest.fixture
def ani(tx) -> int:
    return admins.add(tx, "ani", now=NOW, **INVITED)


def enrol(tx, admin_id, **values) -> bool:
    given = {"password_hash": "own", "recovery_hashes": ["one", "two"], **values}
    return admins.enrol(tx, admin_id, **given)


def test_a_new_admin_is_invited_and_has_used_no_code(tx, ani):
    admin = admins.get(tx, ani)

    assert admin == admins.find(tx, "ani") == admins.get_by_name(tx, "ani")
    assert (admin.is_enrolled, admin.totp_step, admin.recovery_hashes) == (False, NO_TOTP_STEP, ())
    assert (admin.sealed_totp, admin.created_at, admin.disabled_at, admin.locale) == (b"sealed", NOW, None, None)


def test_a_name_is_taken_once(tx, ani):
    with pytest.raises(Conflict), tx.savepoint():
        admins.add(tx, "ani", now=NOW, **INVITED)


@pytest.mark.parametrize("name", ["", "nobody", "ANI", "ani\0", "%", "ani' OR '1'='1"])
def test_another_name_is_not_found(tx, ani, name):
    assert admins.find(tx, name) is None
    with pytest.raises(NotFound):
        admins.get_by_name(tx, name)
    with pytest.raises(NotFound):
        admins.get(tx, ani + 1)


def test_an_invitation_is_taken_up_once(tx, ani):
    assert enrol(tx, ani)
    assert not enrol(tx, ani, password_hash="a thief's")

    admin = admins.get(tx, ani)
    assert (admin.is_enrolled, admin.password_hash, admin.recovery_hashes) == (True, "own", ("one", "two"))


def test_a_reset_begins_anew_with_nothing_of_before(tx, ani):
    enrol(tx, ani)
    admins.invite(tx, ani, password_hash="second", sealed_totp=b"other", invited_until=NOW + 200)

    admin = admins.get(tx, ani)
    assert (admin.is_enrolled, admin.password_hash, admin.sealed_totp) == (False, "second", b"other")
    assert (admin.recovery_hashes, admin.totp_step) == ((), NO_TOTP_STEP)


def test_a_step_is_used_once_and_none_before_it(tx, ani):
    assert [admins.use_totp_step(tx, ani, step) for step in (10, 10, 9, 11)] == [True, False, False, True]


def test_password_recovery_codes_and_language_are_kept(tx, ani):
    enrol(tx, ani)
    assert admins.set_password_hash(tx, ani, "better", instead_of="own")
    admins.set_recovery_hashes(tx, ani, ["left"])
    admins.set_locale(tx, ani, "fr")

    admin = admins.get(tx, ani)
    assert (admin.password_hash, admin.recovery_hashes, admin.locale) == ("better", ("left",), "fr")


@pytest.mark.parametrize("state", ["another password", "invited anew", "disabled"])
def test_a_password_replaces_the_one_that_was_proved_and_of_nobody_who_is_kept_out(tx, ani, state):
    enrol(tx, ani)
    if state == "invited anew":
        admins.invite(tx, ani, **INVITED | {"password_hash": "own"})
    elif state == "disabled":
        admins.disable(tx, ani, now=NOW)
    before = admins.get(tx, ani)

    assert not admins.set_password_hash(
        tx, ani, "a thief's", instead_of="other" if state == "another password" else "own"
    )
    assert admins.get(tx, ani) == before


def test_disabling_and_enabling_say_whether_they_changed_anything(tx, ani):
    assert [admins.disable(tx, ani, now=NOW) for _ in range(2)] == [True, False]
    assert admins.get(tx, ani).disabled_at == NOW
    assert [admins.enable(tx, ani) for _ in range(2)] == [True, False]


def test_they_are_listed_by_name(tx, ani):
    admins.add(tx, "aram", now=NOW, **INVITED)
    admins.add(tx, "aida", now=NOW, **INVITED)

    assert [admin.name for admin in admins.list_all(tx)] == ["aida", "ani", "aram"]


def test_what_one_does_to_one_admin_leaves_the_others_alone(db):
    with db.write() as tx:
        ani, aram = (admins.add(tx, name, now=NOW, **INVITED) for name in ("ani", "aram"))
        before = admins.get(tx, aram)
        enrol(tx, ani)
        admins.use_totp_step(tx, ani, 20)
        admins.set_password_hash(tx, ani, "x", instead_of="own")
        admins.disable(tx, ani, now=NOW)
        assert admins.get(tx, aram) == before
    assert one(db, "SELECT count(*) AS n FROM admins") == 2
