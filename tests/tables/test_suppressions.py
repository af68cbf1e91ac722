"""Suppressions: whoever wants no email gets none, for one statement or for all."""

import pytest

from server.tables import outbox
from tests.tables.rows import ANI_KEY, LUSINE_KEY, NOW


def stop(tx, *, statement_id: int, reason: str = "asked", nonce: bytes = b"n" * 16) -> bytes:
    return outbox.add_suppression(
        tx, mail_key=ANI_KEY, statement_id=statement_id, reason=reason, undo_nonce=nonce, now=NOW
    )


def reason(tx, *, key: bytes = ANI_KEY, own: bytes | None = None, statement_id: int | None = 1) -> str | None:
    return outbox.find_suppression_reason(tx, email_key=own or key, mail_key=key, statement_id=statement_id)


def test_nobody_is_suppressed_unasked(db):
    with db.read() as tx:
        assert reason(tx) is None


def test_one_statements_suppression_leaves_the_others(db):
    with db.write() as tx:
        stop(tx, statement_id=1)

        assert (reason(tx, statement_id=1), reason(tx, statement_id=2), reason(tx, statement_id=None)) == (
            "asked",
            None,
            None,
        )


def test_a_suppression_for_all_covers_every_statement_and_none(db):
    with db.write() as tx:
        stop(tx, statement_id=0, reason="bounced")

        assert [reason(tx, statement_id=which) for which in (1, 2, None)] == ["bounced"] * 3


def test_another_address_is_not_concerned(db):
    with db.write() as tx:
        stop(tx, statement_id=0)

        assert reason(tx, key=LUSINE_KEY) is None


def test_the_first_reason_and_the_first_way_to_undo_it_stay(db):
    with db.write() as tx:
        for why in ("first", "second"):
            assert stop(tx, statement_id=1, reason=why, nonce=why.encode()) == b"first"

        assert reason(tx) == "first"


def test_what_was_stopped_before_it_could_be_undone_can_be_undone_after_the_next_press(db):
    with db.write() as tx:
        stop(tx, statement_id=1)
        tx.run("UPDATE suppressions SET undo_nonce = NULL", {})

        assert stop(tx, statement_id=1, nonce=b"new") == b"new"


def test_an_undo_lifts_its_statement_and_the_one_for_all_and_leaves_the_others(db):
    with db.write() as tx:
        for statement_id in (0, 1, 2):
            stop(tx, statement_id=statement_id, nonce=bytes([statement_id]))
        assert outbox.undo_suppression(tx, statement_id=1, undo_nonce=b"\x01", reason="asked")

        assert [reason(tx, statement_id=which) for which in (1, 2, None)] == [None, "asked", None]
        assert not outbox.undo_suppression(tx, statement_id=1, undo_nonce=b"\x01", reason="asked")


@pytest.mark.parametrize("wrong", [{"undo_nonce": b"\x02"}, {"statement_id": 2}, {"reason": "bounced"}])
def test_another_nonce_statement_or_reason_undoes_nothing(db, wrong):
    with db.write() as tx:
        stop(tx, statement_id=1, nonce=b"\x01")

        assert not outbox.undo_suppression(tx, **{"statement_id": 1, "undo_nonce": b"\x01", "reason": "asked"} | wrong)
        assert reason(tx) == "asked"


def test_what_was_said_without_a_tag_holds_for_every_tag_and_what_was_said_by_one_spelling_for_that(db):
    with db.write() as tx:
        stop(tx, statement_id=1)

        assert reason(tx, own=b"tagged") == "asked"
        assert reason(tx, own=ANI_KEY, key=b"shared") == "asked"
        assert reason(tx, own=b"tagged", key=b"shared") is None
