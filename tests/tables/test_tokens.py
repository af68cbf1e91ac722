"""Bearer tokens: only their hashes are kept, and each opens what it was made for, while it lives."""

import pytest

from server.crypto.passwords import hash_secret
from server.db import Conflict
from server.errors import NotFound
from server.tables import admins
from server.tables.admins import Token
from tests.tables.rows import NOW, one

SECRET = "und_a-secret-of-more-than-128-random-bits"


def add(tx, name: str = "dump", *, secret: str = SECRET, **values) -> int:
    row = {"scopes": "dump", "statement_id": None, "made_by": None, "expires_at": None} | values
    return admins.add_token(tx, name, token_hash=hash_secret(secret), **row, now=NOW)


def test_a_token_is_found_by_its_secret_alone(db):
    with db.write() as tx:
        token_id = add(tx)

        assert admins.find_token(tx, SECRET, now=NOW) == Token(token_id, "dump", frozenset({"dump"}), None, None)
        for wrong in (SECRET + "x", SECRET[:-1], SECRET.upper(), "", "dump"):
            assert admins.find_token(tx, wrong, now=NOW) is None


def test_no_byte_of_the_secret_is_stored(db, tmp_path):
    with db.write() as tx:
        add(tx)

    assert len(one(db, "SELECT hash FROM tokens")) == 32
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


def test_a_token_lives_until_it_expires(db):
    with db.write() as tx:
        add(tx, expires_at=NOW + 10)

        assert admins.find_token(tx, SECRET, now=NOW + 9) is not None
        assert admins.find_token(tx, SECRET, now=NOW + 10) is None


def test_a_revoked_token_opens_nothing_any_more(db):
    with db.write() as tx:
        token_id = add(tx)

        assert [admins.revoke_token(tx, token_id, now=NOW) for _ in range(2)] == [True, False]

        assert admins.find_token(tx, SECRET, now=NOW) is None


def test_nobody_can_revoke_a_token_that_is_not_there(db):
    with db.write() as tx:
        assert not admins.revoke_token(tx, 1, now=NOW)


def test_a_token_is_found_by_its_name_as_long_as_anybody_remembers_it(db):
    with db.write() as tx:
        token_id = add(tx, expires_at=NOW - 1)
        admins.revoke_token(tx, token_id, now=NOW)

        assert admins.find_token_named(tx, "dump") == Token(token_id, "dump", frozenset({"dump"}), None, None)
        assert admins.find_token_named(tx, "dum") is None


def test_what_an_admin_made_and_still_works_is_known(db, statement):
    with db.write() as tx:
        ani, aram = (
            admins.add(tx, name, password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
            for name in ("ani", "aram")
        )
        here = {"statement_id": statement.id, "made_by": ani}
        add(tx, "lives", secret="one", expires_at=NOW + 1, **here)
        add(tx, "expired", secret="two", expires_at=NOW, **here)
        admins.revoke_token(tx, add(tx, "revoked", secret="three", **here), now=NOW)
        add(tx, "another's", secret="four", **here | {"made_by": aram})
        add(tx, "a shell's", secret="five")

        assert [(one.name, one.statement_id) for one in admins.list_tokens_made_by(tx, ani, now=NOW)] == [
            ("lives", statement.id)
        ]
        assert [row["made_by"] for row in admins.list_tokens(tx)] == ["ani", "ani", "ani", "aram", None]


@pytest.mark.parametrize(
    ("bound_to", "scope", "statement_id", "allowed"),
    [
        (None, "dump", 1, True),
        (None, "dump", 2, True),
        (1, "dump", 1, True),
        (1, "dump", 2, False),
        (None, "desk", 1, False),
        (None, "", 1, False),
        (None, "dum", 1, False),
    ],
)
def test_a_token_opens_only_the_doors_that_it_was_made_for(bound_to, scope, statement_id, allowed):
    token = Token(1, "dump", frozenset({"dump", "count"}), bound_to, None)

    assert token.allows(scope, statement_id) is allowed


@pytest.mark.parametrize("same", [{"name": "dump", "secret": "another"}, {"name": "another", "secret": SECRET}])
def test_a_name_and_a_secret_are_taken_once(db, same):
    with db.write() as tx:
        add(tx)

        with pytest.raises(Conflict), tx.savepoint():
            add(tx, **same)


def test_the_list_tells_everything_but_the_hash(db):
    with db.write() as tx:
        token_id = add(tx, scopes="count dump")
        admins.mark_token_used(tx, token_id, now=NOW + 5)

        [row] = admins.list_tokens(tx)

    assert row == {
        "id": token_id,
        "name": "dump",
        "scopes": "count dump",
        "statement_id": None,
        "made_by": None,
        "created_at": NOW,
        "expires_at": None,
        "used_at": NOW + 5,
        "revoked_at": None,
    }


def test_the_tokens_of_a_statement_are_its_own_alone(db, statement):
    with db.write() as tx:
        mine = add(tx, "mine", statement_id=statement.id)
        add(tx, "everywhere", secret="another")

        assert [row["name"] for row in admins.list_tokens_of(tx, statement.id)] == ["mine"]
        assert [row["name"] for row in admins.list_tokens_of(tx, None)] == ["everywhere"]
        assert admins.get_token_of(tx, mine, statement.id).name == "mine"
        for token_id, statement_id in ((mine, statement.id + 1), (mine + 1, statement.id), (99, statement.id)):
            with pytest.raises(NotFound):
                admins.get_token_of(tx, token_id, statement_id)
