"""The journal as it is read: newest first, what admins and rules did, found by who, what, about what, when and why."""

import pytest

from server.tables import journal
from server.tables.journal import JournalSearch
from tests.tables.rows import NOW, write_journal

DAY_S = 86400
EVERYTHING = JournalSearch(with_signers=True)


@pytest.fixture
def written(db) -> None:
    rows = [
        ("admin:olga", "signature.hold", "signature:1", 1, "Looks like 100% a_joke!"),
        ("signer", "signature.amend", "signature:1", 1, None),
        ("rule:all", "signature.hold", "signature:2", 2, None),
        ("admin:olga", "admin.disable", "admin:kate", None, "she has left"),
        ("signer", "signature.withdraw", "signature:2", 2, None),
        ("admin:kate", "signature.approve", "signature:1", 1, "she wrote to us"),
    ]
    with db.write() as tx:
        for day, (actor, verb, subject, whose, reason) in enumerate(rows):
            write_journal(
                tx, verb, actor=actor, subject=subject, statement_id=whose, reason=reason, now=NOW + day * DAY_S
            )


def found(db, search=EVERYTHING, *, statement_id=None, before_id=None, most=100) -> list[int]:
    with db.read() as tx:
        page = journal.list_page(tx, search, statement_id=statement_id, before_id=before_id, most=most)
    return [entry.id for entry in page]


def test_what_admins_and_rules_did_is_what_one_sees_unless_one_asks_for_more(db, written):
    assert found(db, JournalSearch()) == [6, 4, 3, 1]
    assert found(db) == [6, 5, 4, 3, 2, 1]


def test_of_a_statement_nobody_sees_what_is_of_another_or_of_the_server(db, written):
    assert found(db, JournalSearch(), statement_id=1) == [6, 1]
    assert found(db, statement_id=1) == [6, 2, 1]
    assert found(db, JournalSearch(subject="signature:2"), statement_id=1) == []
    assert found(db, JournalSearch(subject="admin:kate"), statement_id=1) == []


def test_a_page_goes_on_behind_the_one_before(db, written):
    for search in (JournalSearch(), EVERYTHING):
        for whose in (None, 1):
            whole = found(db, search, statement_id=whose)
            assert found(db, search, statement_id=whose, most=2) == whole[:2]
            assert found(db, search, statement_id=whose, before_id=whole[1]) == whole[2:]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        (JournalSearch(actor="admin:olga"), [4, 1]),
        (JournalSearch(verb="signature.hold"), [3, 1]),
        (JournalSearch(subject="signature:1"), [6, 2, 1]),
        (JournalSearch(subject="signature:1", actor="admin:kate"), [6]),
        (JournalSearch(reason="WROTE to"), [6]),
        (JournalSearch(reason="100% a_joke!"), [1]),
        (JournalSearch(reason="%"), [1]),
        (JournalSearch(reason="_"), [1]),
        (JournalSearch(since=NOW + 3 * DAY_S, until=NOW + 5 * DAY_S), [4]),
        (JournalSearch(since=NOW + 3 * DAY_S, with_signers=True), [6, 5, 4]),
        (JournalSearch(actor="nobody"), []),
    ],
)
def test_it_is_found(db, written, search, ids):
    assert found(db, search) == ids


def test_an_entry_tells_before_and_after_until_they_are_erased(db):
    with db.write() as tx:
        told = {"before": {"title": "Poet"}, "after": ["held"]}
        write_journal(tx, "signature.amend", actor="admin:olga", subject="signature:7", now=NOW, **told)
    with db.read() as tx:
        [entry] = journal.list_page(tx, JournalSearch(), statement_id=None, before_id=None, most=1)
    with db.write() as tx:
        journal.erase_details(tx, "signature:7")
        [erased] = journal.list_page(tx, JournalSearch(), statement_id=None, before_id=None, most=1)

    assert (entry.before, entry.after, entry.is_erased) == ({"title": "Poet"}, ["held"], False)
    assert (erased.before, erased.after, erased.is_erased) == (None, None, True)
    assert (entry.id, entry.hash) == (erased.id, erased.hash)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("page_but_signers", "USING INDEX journal_but_signers (id<?)"),
        ("page_about", "USING INDEX journal_of_subject (subject=? AND id<?)"),
        ("page_of_statement", "USING INDEX journal_of_statement (statement_id=? AND id<?)"),
        ("page_of_all", "USING INTEGER PRIMARY KEY (rowid<?)"),
        ("batch_of_statement", "USING INDEX journal_of_statement (statement_id=? AND id>? AND id<?)"),
    ],
)
def test_each_page_is_read_by_an_index_and_nothing_is_sorted(db, name, index):
    sql = getattr(journal._sql, name).sql
    names = (
        "actor",
        "verb",
        "subject",
        "reason",
        "since",
        "until",
        "before_id",
        "most",
        "statement_id",
        "after",
        "upto",
    )
    with db.read() as tx:
        plan = [row["detail"] for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names))]

    assert plan[0] == f"SEARCH journal {index}"
    assert not [step for step in plan if "TEMP B-TREE" in step]
