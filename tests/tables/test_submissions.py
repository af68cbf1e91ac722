"""Submissions' keys: remembered for a while, so that a retry signs once."""

from server.tables import signatures
from tests.tables.rows import NOW, add_statement


def add(tx, statement_id: int, key: str = "key", *, digest: bytes = b"digest", now: int = NOW) -> bool:
    return signatures.add_submission_key(tx, statement_id, key, digest=digest, signature_id=7, now=now)


def test_a_key_remembers_what_came_with_it(db, statement):
    with db.write() as tx:
        assert add(tx, statement.id)

        assert not add(tx, statement.id, digest=b"another digest")

        assert signatures.get_submission_digest(tx, statement.id, "key") == b"digest"


def test_a_key_is_taken_once_for_each_statement(db, statement):
    with db.write() as tx:
        assert add(tx, statement.id)

        assert add(tx, add_statement(tx, "other"))
        assert not add(tx, statement.id)


def test_old_keys_are_forgotten_and_may_come_again(db, statement):
    with db.write() as tx:
        add(tx, statement.id, "old", now=NOW - 1)
        add(tx, statement.id, "recent", now=NOW)

        assert signatures.prune_submission_keys(tx, before=NOW) == 1

        assert not add(tx, statement.id, "recent")
        assert add(tx, statement.id, "old")


def test_tries_of_a_code_are_counted_up_to_the_last_one(db, statement):
    with db.write() as tx:
        add(tx, statement.id)

        assert [signatures.count_code_attempt(tx, statement.id, "key", most=3) for _ in range(4)] == [7, 7, 7, None]


def test_nobody_tries_a_code_with_a_key_that_nobody_sent_or_of_another_statement(db, statement):
    with db.write() as tx:
        add(tx, statement.id)

        assert signatures.count_code_attempt(tx, statement.id, "another", most=3) is None
        assert signatures.count_code_attempt(tx, add_statement(tx, "other"), "key", most=3) is None
