"""Signatures: the database decides who has a seat, who is listed already, and what follows what."""

import pytest
from sqlite_utils.utils import sqlite3

from server.errors import NotFound
from server.records import signatures
from server.storage import Conflict
from tests.records.rows import (
    ANI_KEY,
    LUSINE_KEY,
    NOW,
    add_confirmed,
    add_founding,
    add_pending,
    add_pending_organisation,
    add_statement,
    confirm,
    one,
)


@pytest.fixture
def tx(db, statement):
    with db.write() as tx:
        yield tx


def state(tx, signature) -> str:
    return signatures.get(tx, signature.id).state


# Pending


def test_a_new_signature_is_pending_and_has_a_nonce_of_its_own(tx, statement):
    one_, other = add_pending(tx, statement), add_pending(tx, statement)

    assert (one_.state, one_.confirmed_at, one_.signed_at) == ("pending", None, NOW)
    assert (len(one_.nonce), one_.nonce == other.nonce) == (signatures.NONCE_BYTES, False)


def test_many_pendings_of_one_mailbox_and_name_may_wait(tx, statement):
    assert len({add_pending(tx, statement).id for _ in range(5)}) == 5


def test_a_row_comes_back_as_it_was_given(tx, statement):
    given = {"title": "Poet", "city": "Գյումրի", "country": "AM", "comment": "a\nb", "newsletter": 1}

    found = add_pending(tx, statement, **given)

    assert (found.title, found.city, found.country, found.comment) == ("Poet", "Գյումրի", "AM", "a\nb")
    assert (found.newsletter, found.domain_proved, found.email_key) == (True, False, ANI_KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "robot"},
        {"visibility": "secret"},
        {"name": None},
        {"newsletter": 2},
        {"statement_id": 99},
        {"text_id": 99},
        {"partner_id": 99},
    ],
)
def test_the_database_refuses_what_can_be_no_signature(tx, statement, wrong):
    with pytest.raises(sqlite3.IntegrityError), tx.savepoint():
        add_pending(tx, statement, **{"name_key": "ani"} | wrong)


def test_a_missing_signature_is_none_or_not_found(tx):
    assert signatures.find(tx, 99) is None
    with pytest.raises(NotFound):
        signatures.get(tx, 99)


# Seats


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
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"), tx.savepoint():
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

    assert signatures.delete_same_pendings(tx, confirmed) == 3

    assert [signatures.find(tx, signature.id) for signature in same] == [None] * 3
    assert all(signatures.find(tx, signature.id) for signature in [confirmed, *others])


# Organisations


def test_an_organisation_is_on_the_list_once_whoever_speaks_for_it(tx, statement):
    confirm(tx, add_pending_organisation(tx, statement))
    again = add_pending_organisation(tx, statement, email_key=LUSINE_KEY, name="Lusine")
    assert signatures.is_organisation_listed(tx, again)

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


# Founding signatures


def test_founding_signatures_are_confirmed_at_once_and_in_the_order_of_their_entry(tx, statement):
    ids = [add_founding(tx, statement, name) for name in ("Nino", "Zaur")]

    found = [signatures.get(tx, id_) for id_ in ids]
    assert [(row.state, row.founding_place, row.email_key) for row in found] == [
        ("confirmed", 1, None),
        ("confirmed", 2, None),
    ]


def test_the_same_founding_line_twice_adds_nothing(tx, statement):
    assert add_founding(tx, statement, "Nino") is not None

    assert add_founding(tx, statement, "Nino") is None


def test_a_founding_line_that_was_thrown_out_does_not_come_back_with_the_next_import(tx, statement):
    signature_id = add_founding(tx, statement, "Nino")
    signatures.remove(tx, signature_id, now=NOW)

    assert add_founding(tx, statement, "Nino") is None


def test_a_founding_organisation_that_signed_by_itself_is_known_already(tx, statement):
    confirm(tx, add_pending_organisation(tx, statement))
    line = {"kind": "organisation", "organisation": "River Watch", "organisation_key": "river watch"}

    assert add_founding(tx, statement, "River Watch", **line, founding_key="organisation/river watch") is None


def test_the_list_numbers_of_founders_and_of_others_never_meet(tx, statement):
    founders = [add_founding(tx, statement, f"Founder {number}") for number in range(3)]
    others = [add_confirmed(tx, statement, number).id for number in range(3)]
    founders.append(add_founding(tx, statement, "Late founder"))

    def number(id_: int) -> int:
        return tx.rows("SELECT list_number FROM signatures WHERE id = :id", {"id": id_})[0]["list_number"]

    assert [number(id_) for id_ in founders] == [1, 2, 3, 4]
    assert [number(id_) - 1_000_000_000 for id_ in others] == [1, 2, 3]


# Holding, releasing, removing


def test_only_a_confirmed_signature_can_be_held(tx, statement):
    pending, signature = add_pending(tx, statement), add_confirmed(tx, statement, 1)

    assert not signatures.hold(tx, pending.id, now=NOW)
    assert [signatures.hold(tx, signature.id, now=NOW) for _ in range(2)] == [True, False]

    assert (state(tx, pending), state(tx, signature)) == ("pending", "held")


def test_only_a_held_signature_can_be_released(tx, statement):
    signature = add_confirmed(tx, statement, 1, held=True)

    assert [signatures.release(tx, signature.id, now=NOW) for _ in range(2)] == [True, False]

    assert state(tx, signature) == "confirmed"


def test_a_signature_is_removed_once_and_for_all(tx, statement):
    signature = add_confirmed(tx, statement, 1)

    assert [signatures.remove(tx, signature.id, now=NOW) for _ in range(2)] == [True, False]

    assert not signatures.hold(tx, signature.id, now=NOW)
    assert not signatures.release(tx, signature.id, now=NOW)
    assert state(tx, signature) == "removed"


def test_a_removed_pending_cannot_be_confirmed(tx, statement):
    signature = add_pending(tx, statement)
    signatures.remove(tx, signature.id, now=NOW)

    assert not confirm(tx, signature)


# Lists and pruning


def test_rows_are_listed_by_state_and_by_id(tx, statement):
    confirmed, pending, held = (
        add_confirmed(tx, statement, 1),
        add_pending(tx, statement),
        add_confirmed(tx, statement, 2, held=True),
    )

    def ids(state: str | None, *, after: int = 0, most: int = 10) -> list[int]:
        return [row["id"] for row in signatures.list_by_state(tx, statement.id, state, after=after, most=most)]

    assert ids(None) == [confirmed.id, pending.id, held.id]
    assert (ids("held"), ids("pending"), ids("removed")) == ([held.id], [pending.id], [])
    assert (ids(None, most=1), ids(None, after=confirmed.id, most=1)) == ([confirmed.id], [pending.id])


def test_only_old_pendings_are_forgotten(db, statement):
    with db.write() as tx:
        add_pending(tx, statement, now=NOW - 1)
        recent = add_pending(tx, statement, now=NOW)
        old_but_confirmed = add_pending(tx, statement, now=NOW - 1, name="Davit")
        confirm(tx, old_but_confirmed)

        assert signatures.prune_pendings(tx, before=NOW) == 1

        assert all(signatures.find(tx, signature.id) for signature in (recent, old_but_confirmed))


def test_ids_of_forgotten_signatures_are_not_given_again(db, statement):
    with db.write() as tx:
        forgotten = add_pending(tx, statement, now=0)
        signatures.prune_pendings(tx, before=NOW)

        assert add_pending(tx, statement).id > forgotten.id


def test_no_column_keeps_an_address_in_clear(db, statement):
    with db.write() as tx:
        add_pending(tx, statement)

    columns = one(db, "SELECT group_concat(name) AS names FROM pragma_table_info('signatures')").split(",")

    assert not {"email", "address", "ip"} & set(columns)
