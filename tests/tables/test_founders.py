"""The founding list as admins see it: one of its lines is found while it is on the list of its own statement."""

import pytest

from server.errors import NotFound
from server.tables import signature_queries, signatures
from tests.tables.rows import NOW, add_confirmed, add_founding, add_statement


def test_a_line_of_the_list_is_found_as_it_stands_there(tx, statement):
    ids = [add_founding(tx, statement, name) for name in ("Ani", "Cleo")]

    assert [signature_queries.get_founder(tx, statement.id, id_) for id_ in ids] == signature_queries.list_founders(
        tx, statement.id
    )


def test_a_held_one_will_be_on_it_again(tx, statement):
    id_ = add_founding(tx, statement, "Ani")
    signatures.hold(tx, id_, now=NOW)

    assert signature_queries.get_founder(tx, statement.id, id_).state == "held"


def test_who_has_left_it_signed_later_or_founded_another_is_not_on_it(tx, statement):
    removed, other = add_founding(tx, statement, "Ani"), add_founding(tx, statement, "Cleo")
    signatures.remove(tx, removed, now=NOW)
    later = add_confirmed(tx, statement, 1).id
    elsewhere = add_statement(tx, "clean-lakes")

    for wrong in ((statement.id, removed), (statement.id, later), (elsewhere, other), (statement.id, 999)):
        with pytest.raises(NotFound):
            signature_queries.get_founder(tx, *wrong)
