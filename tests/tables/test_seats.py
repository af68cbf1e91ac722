"""Seats: the database decides who has one, and which organisation is on the list already."""

import pytest

from server.db import Conflict
from server.tables import signature_queries, signatures
from tests.tables.rows import (
    LUSINE_KEY,
    NOW,
    REFUSED_BY_A_TABLE,
    add_pending,
    add_pending_organisation,
    add_statement,
    confirm,
    state,
)


def test_confirming_happens_once(tx, statement):
    signature = add_pending(tx, statement)

    assert [confirm(tx, signature, now=NOW + step) for step in (1, 2)] == [True, False]

    found = signatures.get(tx, signature.id)
    assert (found.state, found.confirmed_at) == ("confirmed", NOW + 1)


@pytest.mark.parametrize("seat", [1, 2])
def test_the_same_mailbox_confirms_the_same_name_once(tx, statement, seat):
    confirm(tx, add_pending(tx, statement))
    again = add_pending(tx, statement)

    with pytest.raises(Conflict), tx.savepoint():
        confirm(tx, again, seat=seat)

    assert state(tx, again) == "pending"


def test_a_second_name_of_a_mailbox_has_the_second_seat(tx, statement):
    confirm(tx, add_pending(tx, statement))
    second = add_pending(tx, statement, name="Davit")

    with pytest.raises(Conflict), tx.savepoint():
        confirm(tx, second, seat=1)
    assert confirm(tx, second, seat=2)

    assert signatures.count_seats(tx, second) == 2


@pytest.mark.parametrize("seat", [1, 2])
def test_a_third_name_of_a_mailbox_has_none(tx, statement, seat):
    confirm(tx, add_pending(tx, statement))
    confirm(tx, add_pending(tx, statement, name="Davit"), seat=2)
    third = add_pending(tx, statement, name="Leyla")

    with pytest.raises(Conflict), tx.savepoint():
        confirm(tx, third, seat=seat)


def test_there_is_no_third_seat_to_take(tx, statement):
    with pytest.raises(REFUSED_BY_A_TABLE, match=r"(?i)check"), tx.savepoint():
        confirm(tx, add_pending(tx, statement), seat=3)


def test_without_the_indexes_two_confirmations_at_once_take_the_same_seat(tx, statement):
    """The twin: both have looked and found the seat free; only an index still says no."""
    tx.run("DROP INDEX one_seat", {})
    tx.run("DROP INDEX one_name", {})
    first, second = add_pending(tx, statement), add_pending(tx, statement)
    free = [not signatures.is_name_taken(tx, signature) for signature in (first, second)]

    assert free == [True, True]
    assert confirm(tx, first)
    assert confirm(tx, second)


def test_the_seats_of_another_statement_and_of_another_mailbox_are_free(tx, statement):
    confirm(tx, add_pending(tx, statement))

    assert confirm(tx, add_pending(tx, statement, email_key=LUSINE_KEY))
    other = add_statement(tx, "other")
    assert confirm(tx, add_pending(tx, statement, statement_id=other))


def test_a_thrown_out_signature_keeps_its_seat_and_a_withdrawn_one_does_not(tx, statement):
    signature = add_pending(tx, statement)
    confirm(tx, signature)
    signatures.remove(tx, signature.id, now=NOW)
    again = add_pending(tx, statement)
    with pytest.raises(Conflict), tx.savepoint():
        confirm(tx, again)

    tx.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", {"id": signature.id})

    assert confirm(tx, again)


def test_a_name_is_taken_only_for_its_own_mailbox(tx, statement):
    mine = add_pending(tx, statement)
    assert not signatures.is_name_taken(tx, mine)

    confirm(tx, mine)

    assert signatures.is_name_taken(tx, add_pending(tx, statement))
    assert not signatures.is_name_taken(tx, add_pending(tx, statement, email_key=LUSINE_KEY))
    assert not signatures.is_name_taken(tx, add_pending(tx, statement, name="Davit"))


def test_confirming_takes_away_only_the_pendings_of_the_same_mailbox_and_name(tx, statement):
    confirmed = add_pending(tx, statement)
    same = [add_pending(tx, statement) for _ in range(3)]
    others = [add_pending(tx, statement, name="Davit"), add_pending(tx, statement, email_key=LUSINE_KEY)]
    confirm(tx, confirmed)

    assert signatures.delete_same_pendings(tx, confirmed) == [signature.id for signature in same]

    assert [signatures.find(tx, signature.id) for signature in same] == [None] * 3
    assert all(signatures.find(tx, signature.id) for signature in [confirmed, *others])


# Organisations


def test_an_organisation_is_on_the_list_once_whoever_speaks_for_it(tx, statement):
    confirm(tx, add_pending_organisation(tx, statement))
    again = add_pending_organisation(tx, statement, email_key=LUSINE_KEY, name="Lusine")
    assert signature_queries.is_organisation_listed(tx, again.statement_id, again.organisation_key)

    with pytest.raises(Conflict), tx.savepoint():
        confirm(tx, again)

    assert confirm(tx, again, held=True)


def test_a_held_organisation_cannot_be_released_beside_its_namesake(tx, statement):
    confirm(tx, add_pending_organisation(tx, statement))
    namesake = add_pending_organisation(tx, statement, email_key=LUSINE_KEY)
    confirm(tx, namesake, held=True)

    with pytest.raises(Conflict), tx.savepoint():
        signatures.release(tx, namesake.id, now=NOW)

    assert state(tx, namesake) == "held"


def test_an_organisation_that_was_thrown_out_leaves_its_name_free(tx, statement):
    first = add_pending_organisation(tx, statement)
    confirm(tx, first)
    signatures.remove(tx, first.id, now=NOW)

    assert confirm(tx, add_pending_organisation(tx, statement, email_key=LUSINE_KEY))


def test_a_person_may_be_called_as_an_organisation_is(tx, statement):
    confirm(tx, add_pending_organisation(tx, statement, "Ani"))

    assert confirm(tx, add_pending(tx, statement, email_key=LUSINE_KEY, organisation_key="ani"))
