"""Submissions' keys: remembered for a while, so that a retry signs once."""

import pytest

from server.records import submissions
from server.storage import Conflict
from tests.records.rows import NOW, add_statement


def add(tx, statement_id: int, key: str = "key", *, now: int = NOW) -> None:
    submissions.add(tx, statement_id, key, signature_id=1, digest=b"digest", now=now)


def test_a_key_remembers_what_came_with_it(db, statement):
    with db.write() as tx:
        add(tx, statement.id)

        assert submissions.find_digest(tx, statement.id, "key") == b"digest"
        assert submissions.find_digest(tx, statement.id, "another") is None


def test_a_key_is_taken_once_for_each_statement(db, statement):
    with db.write() as tx:
        add(tx, statement.id)
        add(tx, add_statement(tx, "other"))

        with pytest.raises(Conflict), tx.savepoint():
            add(tx, statement.id)


def test_old_keys_are_forgotten_and_may_come_again(db, statement):
    with db.write() as tx:
        add(tx, statement.id, "old", now=NOW - 1)
        add(tx, statement.id, "recent", now=NOW)

        assert submissions.prune(tx, before=NOW) == 1

        assert submissions.find_digest(tx, statement.id, "recent") is not None
        add(tx, statement.id, "old")
