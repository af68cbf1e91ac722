"""The journal: nothing in it can be changed or cut out unseen, and what was before and after can still be erased."""

import hashlib

import pytest

from server.records import journal
from tests.records.rows import NOW, one
from tests.scene import run

ROWS = 5


@pytest.fixture
def written(db) -> None:
    with db.write() as tx:
        for number in range(ROWS):
            journal.write(
                tx,
                "signature.hold",
                actor="ani",
                subject=f"signature:{number}",
                reason=None if number % 2 else "looks forged",
                before={"state": "confirmed"},
                after=None if number == 3 else "held",
                now=NOW + number,
            )


def find_break(db) -> int | None:
    with db.read() as tx:
        return journal.find_break(tx)


def tamper(db, *statements: str, **values: object) -> None:
    """What somebody with an SQL shell can do."""
    for sql in statements:
        run(db, sql, **values)


def tamper_with_rows(db, *statements: str) -> None:
    """Erases the details first, which may be done: no row can be moved or cut out while its details hold it."""
    tamper(db, "DELETE FROM journal_details", *statements)


def test_an_empty_journal_is_whole(db):
    assert find_break(db) is None


def test_what_was_written_is_whole(db, written):
    assert find_break(db) is None


def test_ids_count_up_without_a_gap(db, written):
    with db.write() as tx:
        assert journal.write(tx, "x", actor="a", subject="s", now=NOW) == ROWS + 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NOW + 3),
        ("actor", "somebody else"),
        ("verb", "signature.approve"),
        ("subject", "signature:99"),
        ("reason", "another reason"),
        ("reason", None),
        ("details_digest", bytes(32)),
        ("details_digest", None),
        ("previous_hash", bytes(32)),
        ("hash", bytes(32)),
    ],
)
def test_a_changed_column_is_found(db, written, column, value):
    tamper(db, f"UPDATE journal SET {column} = :value WHERE id = 3", value=value)

    assert find_break(db) == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [("salt", bytes(16)), ("before", "null"), ("before", None), ("after", '"removed"'), ("after", None)],
)
def test_a_changed_detail_is_found(db, written, column, value):
    tamper(db, f"UPDATE journal_details SET {column} = :value WHERE journal_id = 3", value=value)

    assert find_break(db) == 3


@pytest.mark.parametrize("gone", [1, 3, ROWS - 1])
def test_a_row_cut_out_is_found(db, written, gone):
    tamper_with_rows(db, f"DELETE FROM journal WHERE id = {gone}")

    assert find_break(db) == gone


def test_a_row_cut_out_and_the_rest_moved_up_is_found(db, written):
    tamper_with_rows(
        db,
        "DELETE FROM journal WHERE id = 3",
        "UPDATE journal SET id = 1 - id WHERE id > 3",
        "UPDATE journal SET id = -id WHERE id < 0",
    )

    assert find_break(db) == 3


def test_two_rows_in_each_others_place_are_found(db, written):
    tamper_with_rows(
        db,
        "UPDATE journal SET id = CASE id WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE id IN (2, 3)",
        "UPDATE journal SET id = -id WHERE id < 0",
    )

    assert find_break(db) == 2


def test_erased_details_do_not_break_the_chain(db, written):
    tamper(db, "DELETE FROM journal_details WHERE journal_id IN (2, 4)")

    assert find_break(db) is None


def test_from_a_digest_without_its_salt_nobody_guesses_what_stood_there(db, written):
    """Two rows with the same details have different digests."""
    assert one(db, "SELECT count(DISTINCT details_digest) AS n FROM journal WHERE id IN (1, 2, 3)") == 3


def test_a_hash_over_the_details_themselves_would_break_with_their_erasure(db, written):
    """The twin: a chain that is made of the details cannot be followed without them."""

    def naive_hash() -> bytes:
        with db.read() as tx:
            rows = tx.rows(
                "SELECT verb, before FROM journal LEFT JOIN journal_details ON journal_id = id ORDER BY id", {}
            )
        return hashlib.sha256(repr(rows).encode()).digest()

    kept = naive_hash()

    tamper(db, "DELETE FROM journal_details WHERE journal_id = 2")

    assert naive_hash() != kept


def test_a_long_journal_is_read_to_its_end(db, monkeypatch, written):
    monkeypatch.setattr(journal, "_PAGE", 2)
    assert find_break(db) is None

    tamper(db, "UPDATE journal SET actor = 'somebody else' WHERE id = 5")

    assert find_break(db) == 5


def test_a_row_written_in_a_transaction_that_fails_was_never_there(db, written):
    with pytest.raises(KeyError):
        _write_and_raise(db)

    assert (one(db, "SELECT count(*) AS n FROM journal"), find_break(db)) == (ROWS, None)


def _write_and_raise(db) -> None:
    with db.write() as tx:
        journal.write(tx, "x", actor="a", subject="s", now=NOW)
        raise KeyError
