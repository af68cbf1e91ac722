"""Signatures: pending, founding, held, released, removed and pruned, each step once and in order."""

import pytest

from server.crypto import links
from server.errors import NotFound
from server.tables import signature_queries, signatures
from tests.scene import look
from tests.tables.rows import (
    ANI_KEY,
    NOW,
    REFUSED_BY_A_TABLE,
    add_confirmed,
    add_founding,
    add_pending,
    add_pending_organisation,
    add_statement,
    confirm,
    state,
)

# Pending


def test_a_new_signature_is_pending_and_has_a_nonce_of_its_own(tx, statement):
    one_, other = add_pending(tx, statement), add_pending(tx, statement)

    assert (one_.state, one_.confirmed_at, one_.signed_at) == ("pending", None, NOW)
    assert (len(one_.nonce), one_.nonce == other.nonce) == (links.NONCE_BYTES, False)


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
    with pytest.raises(REFUSED_BY_A_TABLE), tx.savepoint():
        add_pending(tx, statement, **{"name_key": "ani"} | wrong)


def test_a_missing_signature_is_none_or_not_found(tx):
    assert signatures.find(tx, 99) is None
    with pytest.raises(NotFound):
        signatures.get(tx, 99)


def test_a_signature_is_found_under_its_own_statement_alone(tx, statement):
    other = add_statement(tx, "clean-lakes")
    found = add_pending(tx, statement)

    assert signatures.get_of(tx, statement.id, found.id) == found
    for wrong in ((other, found.id), (statement.id, found.id + 1)):
        with pytest.raises(NotFound):
            signatures.get_of(tx, *wrong)


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
        return [
            row["id"]
            for row in signature_queries.list_signatures_by_state(tx, statement.id, state, after=after, most=most)
        ]

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

    [row] = look(db, "SELECT * FROM signatures")

    assert not {"email", "address", "ip"} & set(row)


def test_the_places_of_two_founders_are_exchanged_without_meeting(db, statement):
    with db.write() as tx:
        first, second = (add_founding(tx, statement, name) for name in ("Nino", "Zaur"))
        signatures.move_founding(tx, {first: (2, 2), second: (1, 1)}, now=NOW)
        listed = tx.rows("SELECT id, founding_place, list_number FROM signatures ORDER BY list_number", {})

    assert listed == [
        {"id": second, "founding_place": 1, "list_number": 1},
        {"id": first, "founding_place": 2, "list_number": 2},
    ]
