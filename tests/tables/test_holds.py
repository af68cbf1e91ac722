"""Holds: each reason with its source, so that one can be undone alone."""

import pytest

from server.tables import signatures
from tests.tables.rows import NOW, add_confirmed


@pytest.fixture
def signature_id(db, statement) -> int:
    with db.write() as tx:
        return add_confirmed(tx, statement, 1, held=True).id


def test_reasons_stand_side_by_side_oldest_first(db, signature_id):
    with db.write() as tx:
        signatures.add_hold(tx, signature_id, "rule:unproved-domain", now=NOW)
        signatures.add_hold(tx, signature_id, "admin:ani", now=NOW + 1)

        assert signatures.list_holds(tx, signature_id) == ["rule:unproved-domain", "admin:ani"]


def test_a_reason_that_stands_is_not_added_again(db, signature_id):
    with db.write() as tx:
        assert signatures.add_hold(tx, signature_id, "admin:ani", now=NOW)
        assert not signatures.add_hold(tx, signature_id, "admin:ani", now=NOW + 1)


def test_releasing_ends_every_reason_once(db, signature_id):
    with db.write() as tx:
        signatures.add_hold(tx, signature_id, "rule:all", now=NOW)
        signatures.add_hold(tx, signature_id, "admin:ani", now=NOW)

        assert signatures.release_holds(tx, signature_id, now=NOW + 1) == 2
        assert signatures.release_holds(tx, signature_id, now=NOW + 2) == 0

        assert signatures.list_holds(tx, signature_id) == []


def test_a_released_reason_may_stand_again(db, signature_id):
    with db.write() as tx:
        signatures.add_hold(tx, signature_id, "admin:ani", now=NOW)
        signatures.release_holds(tx, signature_id, now=NOW + 1)

        assert signatures.add_hold(tx, signature_id, "admin:ani", now=NOW + 2)

        assert signatures.list_holds(tx, signature_id) == ["admin:ani"]


def test_one_signatures_release_leaves_anothers_hold(db, statement, signature_id):
    with db.write() as tx:
        other = add_confirmed(tx, statement, 2, held=True).id
        signatures.add_hold(tx, signature_id, "rule:all", now=NOW)
        signatures.add_hold(tx, other, "rule:all", now=NOW)

        signatures.release_holds(tx, signature_id, now=NOW)

        assert signatures.list_holds(tx, other) == ["rule:all"]
