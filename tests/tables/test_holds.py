"""Holds: each reason with its source, so that one can be undone alone."""

import pytest

from server.records import holds
from tests.records.rows import NOW, add_confirmed


@pytest.fixture
def signature_id(db, statement) -> int:
    with db.write() as tx:
        return add_confirmed(tx, statement, 1, held=True).id


def test_reasons_stand_side_by_side_oldest_first(db, signature_id):
    with db.write() as tx:
        holds.add(tx, signature_id, "rule:unproved-domain", now=NOW)
        holds.add(tx, signature_id, "admin:ani", now=NOW + 1)

        assert holds.list_live(tx, signature_id) == ["rule:unproved-domain", "admin:ani"]


def test_a_reason_that_stands_is_not_added_again(db, signature_id):
    with db.write() as tx:
        assert holds.add(tx, signature_id, "admin:ani", now=NOW)
        assert not holds.add(tx, signature_id, "admin:ani", now=NOW + 1)


def test_releasing_ends_every_reason_once(db, signature_id):
    with db.write() as tx:
        holds.add(tx, signature_id, "rule:all", now=NOW)
        holds.add(tx, signature_id, "admin:ani", now=NOW)

        assert holds.release(tx, signature_id, now=NOW + 1) == 2
        assert holds.release(tx, signature_id, now=NOW + 2) == 0

        assert holds.list_live(tx, signature_id) == []


def test_a_released_reason_may_stand_again(db, signature_id):
    with db.write() as tx:
        holds.add(tx, signature_id, "admin:ani", now=NOW)
        holds.release(tx, signature_id, now=NOW + 1)

        assert holds.add(tx, signature_id, "admin:ani", now=NOW + 2)

        assert holds.list_live(tx, signature_id) == ["admin:ani"]


def test_one_signatures_release_leaves_anothers_hold(db, statement, signature_id):
    with db.write() as tx:
        other = add_confirmed(tx, statement, 2, held=True).id
        holds.add(tx, signature_id, "rule:all", now=NOW)
        holds.add(tx, other, "rule:all", now=NOW)

        holds.release(tx, signature_id, now=NOW)

        assert holds.list_live(tx, other) == ["rule:all"]
