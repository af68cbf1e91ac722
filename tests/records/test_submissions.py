"""Submissions' keys: remembered for a while, so that a retry signs once."""

from server.records import submissions
from tests.records.rows import NOW, add_statement


def add(tx, statement_id: int, key: str = "key", *, digest: bytes = b"digest", now: int = NOW) -> bool:
    return submissions.add(tx, statement_id, key, digest=digest, now=now)


def test_a_key_remembers_what_came_with_it(db, statement):
    with db.write() as tx:
        assert add(tx, statement.id)

        assert not add(tx, statement.id, digest=b"another digest")

        assert submissions.get_digest(tx, statement.id, "key") == b"digest"


def test_a_key_is_taken_once_for_each_statement(db, statement):
    with db.write() as tx:
        assert add(tx, statement.id)

        assert add(tx, add_statement(tx, "other"))
        assert not add(tx, statement.id)


def test_old_keys_are_forgotten_and_may_come_again(db, statement):
    with db.write() as tx:
        add(tx, statement.id, "old", now=NOW - 1)
        add(tx, statement.id, "recent", now=NOW)

        assert submissions.prune(tx, before=NOW) == 1

        assert not add(tx, statement.id, "recent")
        assert add(tx, statement.id, "old")
