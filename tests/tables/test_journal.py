"""The journal: nothing in it can be changed or cut out unseen, and what was before and after can still be erased."""

import hashlib

import pytest

from server.tables import journal
from tests.scene import run
from tests.tables.rows import NOW, REFUSED_BY_A_TABLE, one, write_journal
from tests.tampering import tamper

ROWS = 5


@pytest.fixture
def written(db) -> None:
    with db.write() as tx:
        for number in range(ROWS):
            write_journal(
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


def tamper_with_rows(db, *statements: str) -> None:
    """Erases the details first, which may be done: no row can be moved or cut out while its details hold it."""
    tamper(db, "DELETE FROM journal_details", *statements)


def test_an_empty_journal_is_whole(db):
    assert find_break(db) is None


def test_what_was_written_is_whole(db, written):
    assert find_break(db) is None


def test_ids_count_up_without_a_gap(db, written):
    with db.write() as tx:
        assert write_journal(tx, "x", actor="a", subject="s", now=NOW) == ROWS + 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NOW + 3),
        ("actor", "somebody else"),
        ("verb", "signature.approve"),
        ("subject", "signature:99"),
        ("reason", "a reason that was never said"),
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
    [
        *[("salt", bytes(16)), ("before", "null"), ("before", None), ("after", '"removed"'), ("after", None)],
        *[("reason", "another reason"), ("reason", None)],
    ],
)
def test_a_changed_detail_is_found(db, written, column, value):
    tamper(db, f"UPDATE journal_details SET {column} = :value WHERE journal_id = 3", value=value)

    assert find_break(db) == 3


# the database itself


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal SET actor = 'somebody else' WHERE id = 3",
        "UPDATE journal SET reason = NULL",
        "DELETE FROM journal WHERE id = 5",
        "UPDATE journal_details SET after = 'null' WHERE journal_id = 3",
    ],
)
def test_the_database_refuses_what_would_change_or_cut_it(db, written, sql):
    if sql.startswith("DELETE"):
        run(db, "DELETE FROM journal_details")

    with pytest.raises(REFUSED_BY_A_TABLE, match="journal"):
        run(db, sql)

    assert (one(db, "SELECT count(*) AS n FROM journal"), find_break(db)) == (ROWS, None)


def test_without_the_triggers_it_would_not_refuse(db, written):
    """The twin."""
    tamper(db, "UPDATE journal SET actor = 'somebody else' WHERE id = 3")

    assert one(db, "SELECT actor FROM journal WHERE id = 3") == "somebody else"


# the chain


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


def test_the_details_about_one_subject_are_erased_and_no_others(db, written):
    with db.write() as tx:
        write_journal(tx, "signature.amend", actor="signer", subject="signature:2", before="Ani", now=NOW)
        journal.erase_details(tx, "signature:2")

    assert (find_break(db), one(db, "SELECT count(*) AS n FROM journal_details")) == (None, ROWS - 1)
    assert one(db, "SELECT count(*) AS n FROM journal") == ROWS + 1


# the end


def test_a_cut_off_end_is_seen_by_who_kept_the_newest_hash(db, written):
    with db.read() as tx:
        newest = journal.find_newest(tx)
    assert newest is not None
    assert newest[0] == ROWS
    tamper_with_rows(db, f"DELETE FROM journal WHERE id = {ROWS}")

    with db.read() as tx:
        assert journal.find_break(tx) is None, "from inside nothing is missing"
        assert journal.find_newest(tx) != newest
        assert not journal.has_hash(tx, newest[1])
        assert not journal.has_hash(tx, newest[1], journal_id=ROWS)


def test_a_hash_that_was_kept_is_found_in_its_row_and_in_no_other(db, written):
    with db.read() as tx:
        _, newest = journal.find_newest(tx) or (0, b"")

        assert journal.has_hash(tx, newest)
        assert journal.has_hash(tx, newest, journal_id=ROWS)
        assert not journal.has_hash(tx, newest, journal_id=ROWS - 1)
        assert not journal.has_hash(tx, bytes(32))


def test_an_empty_journal_has_no_newest_row(db):
    with db.read() as tx:
        assert journal.find_newest(tx) is None


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
        write_journal(tx, "x", actor="a", subject="s", now=NOW)
        raise KeyError
