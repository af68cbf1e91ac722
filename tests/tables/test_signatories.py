"""The public list: founding signatures first, nobody twice, nobody who did not want to be named."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.db.engines import open_store
from server.tables import signature_queries, signatures, statements
from tests.databases import databases
from tests.tables.rows import NOW, add_confirmed, add_founding, add_pending_organisation, add_statement, confirm


def page(tx, statement_id: int, *, kind: str | None = None, after: int = 0, most: int = 100):
    return signature_queries.list_signatories(tx, statement_id, now=NOW, kind=kind, after=after, most=most)


def names(lines) -> list[str | None]:
    return [line.name or line.organisation for line in lines]


def test_founding_signatures_come_first_even_if_they_are_entered_later(db, statement):
    with db.write() as tx:
        add_confirmed(tx, statement, 1, name="Davit")
        add_founding(tx, statement, "Nino")
        add_confirmed(tx, statement, 2, name="Leyla")
        add_founding(tx, statement, "Zaur")

        lines = page(tx, statement.id)

    assert names(lines) == ["Nino", "Zaur", "Davit", "Leyla"]
    assert [line.founding for line in lines] == [True, True, False, False]


def test_the_order_is_that_of_confirming_and_not_of_signing(db, statement):
    with db.write() as tx:
        first, second = (add_pending_organisation(tx, statement, name, email_key=None) for name in ("A", "B"))
        confirm(tx, second)
        confirm(tx, first)

        assert names(page(tx, statement.id)) == ["B", "A"]


def test_an_organisations_representative_is_never_in_the_list(db, statement):
    with db.write() as tx:
        confirm(tx, add_pending_organisation(tx, statement, name="Ani", title="Director", affiliation="Board"))

        [line] = page(tx, statement.id)

    assert (line.organisation, line.name, line.title, line.affiliation) == ("River Watch", None, None, None)
    assert "Ani" not in repr(line)


@pytest.mark.parametrize("kind", [None, "individual"])
def test_whoever_only_wants_to_be_counted_is_never_listed(db, statement, kind):
    with db.write() as tx:
        add_confirmed(tx, statement, 1, visibility="counted")

        assert page(tx, statement.id, kind=kind) == []


@pytest.mark.parametrize("kind", [None, "individual"])
def test_only_confirmed_signatures_are_listed(db, statement, kind):
    with db.write() as tx:
        held, removed, stays = (add_confirmed(tx, statement, number) for number in range(3))
        signatures.hold(tx, held.id, now=NOW)
        signatures.remove(tx, removed.id, now=NOW)

        assert names(page(tx, statement.id, kind=kind)) == [stays.name]


def test_a_released_signature_is_back_in_its_old_place(db, statement):
    with db.write() as tx:
        everybody = [add_confirmed(tx, statement, number) for number in range(3)]
        signatures.hold(tx, everybody[1].id, now=NOW)
        signatures.release(tx, everybody[1].id, now=NOW)

        assert names(page(tx, statement.id)) == [signature.name for signature in everybody]


def test_kinds_can_be_read_apart(db, statement):
    with db.write() as tx:
        add_confirmed(tx, statement, 1, name="Davit")
        confirm(tx, add_pending_organisation(tx, statement))

        assert names(page(tx, statement.id, kind="individual")) == ["Davit"]
        assert names(page(tx, statement.id, kind="organisation")) == ["River Watch"]


def test_another_statements_list_is_its_own(db, statement):
    with db.write() as tx:
        add_confirmed(tx, statement, 1)

        assert page(tx, add_statement(tx, "other")) == []


def test_reading_on_by_number_neither_jumps_nor_repeats_while_people_sign(db, statement):
    with db.write() as tx:
        expected = [add_confirmed(tx, statement, number).name for number in range(6)]
        seen, after = [], 0
        while lines := page(tx, statement.id, after=after, most=2):
            seen += names(lines)
            after = lines[-1].list_number
            if len(expected) < 9:
                expected.append(add_confirmed(tx, statement, 100 + len(expected)).name)
                add_founding(tx, statement, f"Founder {len(expected)}")

    assert seen == expected


def test_reading_on_by_offset_repeats_somebody_when_a_founder_is_entered(db, statement):
    """The twin: pages counted from the beginning."""
    naive = "SELECT name FROM signatures ORDER BY list_number LIMIT 2 OFFSET :offset"
    with db.write() as tx:
        for number in range(4):
            add_confirmed(tx, statement, number)
        first = tx.rows(naive, {"offset": 0})
        add_founding(tx, statement, "Nino")
        second = tx.rows(naive, {"offset": 2})

    assert first[-1] in second


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_store(databases.address(tmp_path_factory.mktemp("signatories")))
    store.migrate(create=True)
    yield store
    store.close()


@settings(max_examples=25, deadline=None)
@given(events=st.lists(st.sampled_from(["sign", "found", "hold", "read"]), max_size=25), most=st.integers(1, 4))
def test_whatever_happens_between_two_pages_a_reader_meets_nobody_twice(store, events, most):
    with store.write() as tx:
        slug = f"s{tx.rows('SELECT count(*) AS n FROM statements', {})[0]['n']}"
        statement = a_statement_with_a_text(tx, slug)
        seen, confirmed = [], []
        for number, event in enumerate(events):
            if event == "sign":
                confirmed.append(add_confirmed(tx, statement, number))
            elif event == "found":
                add_founding(tx, statement, f"Founder {number}")
            elif event == "hold" and confirmed:
                signatures.hold(tx, confirmed[0].id, now=NOW)
            elif event == "read":
                seen += page(tx, statement.id, after=seen[-1].list_number if seen else 0, most=most)

    assert all(one.list_number < other.list_number for one, other in pairwise(seen))


def a_statement_with_a_text(tx, slug: str):
    from_sql = (
        "INSERT INTO statement_texts (statement_id, locale, version, title, body, sha256, change, created_at) "
        "VALUES (:id, 'en', 1, 't', 'b', :sha256, 'first', 1)"
    )
    statement_id = add_statement(tx, slug)
    tx.run(from_sql, {"id": statement_id, "sha256": "0" * 64})
    return statements.get_by_id(tx, statement_id)
