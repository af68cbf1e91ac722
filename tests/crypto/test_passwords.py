"""Passwords of admins: long enough, not the name, kept so that who steals the database has to guess slowly."""

import threading

import pytest

from server.crypto import passwords
from server.crypto.passwords import PASSWORD_LONGEST, PASSWORD_SHORTEST
from server.errors import Unavailable, ValueRefused
from tests.web.admin.desk import HASH, PASSWORD


def refusal(password: str, name: str = "olga") -> str | None:
    try:
        assert passwords.check_password(password, name=name) == password
    except ValueRefused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short words", "too-short"),
        ("a sentence, then", None),
        ("x" * PASSWORD_LONGEST + "y", "too-long"),
        ("aaaaaaaaaaaaaaaa", "too-simple"),
        ("AaAaBbBbAaAaBbBb", "too-simple"),
        ("olga olga olga olga", "too-simple"),
        ("OLGA-12345678", "too-simple"),
        ("olga walks along the river", None),
        ("գետերը բաց են", None),
        ("", "too-short"),
    ],
)
def test_what_would_be_guessed_is_refused_with_a_reason(password, reason):
    assert refusal(password) == reason


@pytest.mark.parametrize("name", ["a", "an", "ani"])
def test_a_short_name_does_not_spoil_a_long_sentence(name):
    assert refusal("an animal ran into the funny panini", name) is None
    assert refusal("any sentence at all", name) is None


def test_the_shortest_and_the_longest_are_taken():
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert refusal(letters[:PASSWORD_SHORTEST]) is None
    assert refusal((letters * 8)[:PASSWORD_LONGEST]) is None


def test_a_password_fits_its_hash_and_no_other():
    assert passwords.verify_password(HASH, PASSWORD)
    assert not passwords.verify_password(HASH, PASSWORD.title())


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1$broken", "$2b$12$of.another.kind"])
def test_what_is_no_hash_fits_nothing(kept):
    assert not passwords.verify_password(kept, "plain text")


def test_it_is_kept_by_argon2id_with_a_salt_of_its_own():
    kept = passwords.hash_password(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert kept != HASH
    assert not passwords.needs_rehash(kept)


def test_a_weaker_hash_is_outdated():
    assert passwords.needs_rehash(HASH.replace("t=3", "t=1"))


def test_a_first_password_is_new_each_time_easily_read_and_would_be_taken():
    made = {passwords.new_password() for _ in range(50)}

    assert len(made) == 50
    assert all(refusal(one) is None and len(one) == 23 and not set(one) & set("01il o") for one in made)


def test_no_password_fits_nobody():
    assert passwords.dummy_hash() is passwords.dummy_hash(), "one that were made each time would cost twice the time"
    assert not passwords.verify_password(passwords.dummy_hash(), "")


def test_strangers_hash_one_password_at_a_time_and_the_next_is_refused_at_once():
    with passwords.hash_slot(is_known=False):
        with pytest.raises(Unavailable), passwords.hash_slot(is_known=False):
            pytest.fail("a second stranger found a place")
        with passwords.hash_slot(is_known=True):
            pass

    with passwords.hash_slot(is_known=False):
        pass


def test_known_browsers_hash_one_password_at_a_time_and_the_next_waits(monkeypatch):
    got_in = threading.Event()

    def wait_for_place() -> None:
        with passwords.hash_slot(is_known=True):
            got_in.set()

    second = threading.Thread(target=wait_for_place)
    with passwords.hash_slot(is_known=True):
        second.start()
        monkeypatch.setattr(passwords, "_KNOWN_BROWSER_TIMEOUT_S", 0.0)
        with pytest.raises(Unavailable), passwords.hash_slot(is_known=True):
            pytest.fail("a second one found a place")
        assert not got_in.is_set()
    second.join()

    assert got_in.is_set()
