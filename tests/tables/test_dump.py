"""The dump's rows: in batches by id, below a fence, and only what was ever confirmed."""

import re

import pytest

from server.tables import signature_queries, signatures
from server.tables.signature_queries import ChangeMark, DumpFilters
from tests.rules.sources import queries
from tests.tables.rows import NOW, add_confirmed, add_founding, add_pending, add_statement

ALL = DumpFilters()


def ids(rows) -> list[int]:
    return [row["id"] for row in rows]


def walk(tx, statement, *, fence: int, most: int) -> list[int]:
    found: list[int] = []
    while batch := ids(
        signature_queries.list_dump_batch(
            tx, statement.id, ALL, after=found[-1] if found else 0, fence=fence, most=most
        )
    ):
        found += batch
    return found


def test_batches_neither_jump_nor_repeat(db, statement):
    with db.write() as tx:
        everybody = [add_confirmed(tx, statement, number).id for number in range(7)]

        fence = signature_queries.get_highest_id(tx, statement.id)

        assert walk(tx, statement, fence=fence, most=3) == everybody


def test_whoever_comes_after_the_fence_is_in_the_next_dump(db, statement):
    with db.write() as tx:
        first = add_confirmed(tx, statement, 1)
        fence = signature_queries.get_highest_id(tx, statement.id)
        second = add_confirmed(tx, statement, 2)

        assert walk(tx, statement, fence=fence, most=10) == [first.id]
        assert walk(tx, statement, fence=signature_queries.get_highest_id(tx, statement.id), most=10) == [
            first.id,
            second.id,
        ]


def test_without_a_fence_a_dump_may_grow_while_it_is_made(db, statement):
    """The twin: one more signature between two batches, and the dump has a row that its beginning knew nothing of."""
    with db.write() as tx:
        add_confirmed(tx, statement, 1)
        begun = ids(signature_queries.list_dump_batch(tx, statement.id, ALL, after=0, fence=1 << 60, most=1))
        add_confirmed(tx, statement, 2)

        assert (
            ids(signature_queries.list_dump_batch(tx, statement.id, ALL, after=begun[-1], fence=1 << 60, most=1)) != []
        )


def test_the_fence_of_an_empty_statement_is_nought(db, statement):
    with db.read() as tx:
        assert signature_queries.get_highest_id(tx, statement.id) == 0
        assert signature_queries.list_dump_batch(tx, statement.id, ALL, after=0, fence=0, most=5) == []


def test_pending_rows_are_no_signatures_yet(db, statement):
    with db.write() as tx:
        add_pending(tx, statement)

        assert signature_queries.list_dump_batch(tx, statement.id, ALL, after=0, fence=1 << 60, most=5) == []


def test_held_and_removed_ones_are_told_by_their_state(db, statement):
    with db.write() as tx:
        add_confirmed(tx, statement, 1, held=True)
        removed = add_confirmed(tx, statement, 2)
        signatures.remove(tx, removed.id, now=5)

        rows = signature_queries.list_dump_batch(tx, statement.id, ALL, after=0, fence=1 << 60, most=5)

    assert [row["state"] for row in rows] == ["held", "removed"]


def test_a_row_knows_its_statement_text_and_address(db, statement):
    with db.write() as tx:
        signature = add_confirmed(tx, statement, 1)
        signatures.add_contact(tx, signature.id, sealed=b"sealed", key_id="k", erase_at=9)
        add_founding(tx, statement, "Nino")

        mine, founding = signature_queries.list_dump_batch(tx, statement.id, ALL, after=0, fence=1 << 60, most=5)

    assert (mine["statement"], len(mine["text_sha256"]), mine["sealed"], mine["partner"]) == (
        "open-rivers",
        64,
        b"sealed",
        None,
    )
    assert (founding["name"], founding["founding_place"], founding["sealed"]) == ("Nino", 1, None)


def test_another_statements_signatures_stay_out(db, statement):
    with db.write() as tx:
        add_confirmed(tx, statement, 1)

        assert (
            signature_queries.list_dump_batch(tx, add_statement(tx, "other"), ALL, after=0, fence=1 << 60, most=5) == []
        )


TOLD = {
    *("name", "title", "affiliation", "organisation", "website", "city", "country", "comment", "newsletter"),
    *("visibility", "confirmed_at", "held_at", "withdrawn_at", "removed_at", "founding_place", "locale", "partner_id"),
}


def silent_changes(sql: str) -> list[str]:
    """The columns of the dump that an UPDATE changes without a word of when."""
    found = []
    for settings in re.findall(r"^UPDATE signatures\n\s+SET (.*?)\n WHERE ", sql, re.MULTILINE | re.DOTALL):
        changed = set(re.findall(r"(\w+) = ", settings))
        if "changed_at" not in changed:
            found += sorted(changed & TOLD)
    return found


def test_whatever_changes_a_row_of_the_dump_says_when():
    """Or a nightly pull would never learn of it."""
    assert silent_changes(queries()["signatures"]) == []


def test_a_change_that_says_nothing_is_seen():
    silent = "UPDATE signatures\n   SET held_at = :now, title = NULL\n WHERE id = :id;"

    assert silent_changes(silent) == ["held_at", "title"]
    assert silent_changes(silent.replace("title", "changed_at")) == []


def test_rows_are_walked_in_the_order_of_their_changes(db, statement):
    with db.write() as tx:
        first, second, third = (add_confirmed(tx, statement, number) for number in range(3))
        signatures.hold(tx, first.id, now=NOW + 5)
        last = signature_queries.find_last_change(tx, statement.id, until=NOW + 5)
        assert last == ChangeMark(NOW + 5, first.id)

        everybody = signature_queries.list_changed_signatures(
            tx, statement.id, ALL, after=ChangeMark(0, 0), upto=last, most=9
        )
        behind = signature_queries.list_changed_signatures(
            tx, statement.id, ALL, after=ChangeMark(NOW, second.id), upto=ChangeMark(NOW + 4, 9), most=9
        )

        assert ids(everybody) == [second.id, third.id, first.id]
        assert ids(behind) == [third.id]
        assert signature_queries.find_last_change(tx, statement.id, until=NOW - 1) is None


@pytest.mark.sqlite
@pytest.mark.parametrize("query", ["list_dump_batch", "list_changed_signatures"])
def test_no_batch_sorts_what_is_left(db, query):
    """A million rows would be read and sorted a thousand times."""
    sql = getattr(signature_queries._sql, query).sql
    names = set(re.findall(r":(\w+)", sql))

    with db.read() as tx:
        plan = [row["detail"] for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, 1))]

    assert [step for step in plan if "TEMP B-TREE" in step] == []
