"""The life cycle: opened, closed, archived and taken back, each once and with its line in the journal."""

import pytest

from server.errors import NotFound, StatementClosed
from server.services.statements import (
    StatementStillOpen,
    archive_statement,
    close_statement,
    open_statement,
    unarchive_statement,
)
from server.tables import statements
from tests.conftest import NOW
from tests.scene import JOURNAL, look
from tests.web.scene import add_statement

OPEN, CLOSE = open_statement, close_statement
ARCHIVE, UNARCHIVE = archive_statement, unarchive_statement
PAST = {"closes": "2026-01-01", "timezone": '"Etc/UTC"'}


@pytest.fixture
def turn(db):
    """Do one step with a draft called clean-air, and say whether it did something and where the statement is now."""
    add_statement(db, "clean-air", NOW, opened=False)

    def turn(verb, **how) -> tuple[bool, str]:
        done = verb(db, "clean-air", actor="kate", now=NOW, **how)
        with db.read() as tx:
            return done, statements.get(tx, "clean-air").state(NOW)

    return turn


def told(db):
    rows = look(db, f"{JOURNAL} WHERE verb <> 'statement.text' ORDER BY id")
    return [(row["verb"], row["reason"]) for row in rows]


def test_a_statement_is_opened_once_and_closed_once(db, turn):
    assert turn(CLOSE) == (False, "draft")
    assert [turn(OPEN), turn(OPEN)] == [(True, "open"), (False, "open")]
    assert [turn(CLOSE, reason="Over."), turn(CLOSE)] == [(True, "closed"), (False, "closed")]
    assert turn(OPEN) == (True, "open")
    assert told(db) == [("statement.open", None), ("statement.close", "Over."), ("statement.open", None)]


def test_a_closed_statement_is_archived_once_and_comes_back_closed(db, turn):
    turn(OPEN)
    turn(CLOSE)

    assert [turn(ARCHIVE, reason="Done."), turn(ARCHIVE)] == [(True, "archived"), (False, "archived")]
    assert turn(OPEN) == (False, "archived")
    assert [turn(UNARCHIVE), turn(UNARCHIVE)] == [(True, "closed"), (False, "closed")]
    assert told(db)[2:] == [("statement.archive", "Done."), ("statement.unarchive", None)]


def test_a_draft_is_archived_and_comes_back_as_a_draft(turn):
    assert [turn(ARCHIVE), turn(UNARCHIVE)] == [(True, "archived"), (True, "draft")]


def test_a_statement_that_takes_signatures_is_not_archived(db, turn):
    turn(OPEN)

    with pytest.raises(StatementStillOpen):
        turn(ARCHIVE)
    assert told(db) == [("statement.open", None)]


def test_a_statement_whose_planned_day_has_passed_is_archived_and_not_opened_again(db):
    add_statement(db, "old", NOW, opened=False, **PAST)
    with db.write() as tx:
        statements.open_(tx, statements.get(tx, "old").id, now=NOW - 1)

    with pytest.raises(StatementClosed, match="cannot be opened again"):
        OPEN(db, "old", actor="test", now=NOW)
    assert ARCHIVE(db, "old", actor="test", now=NOW)


@pytest.mark.parametrize("verb", [OPEN, CLOSE, ARCHIVE, UNARCHIVE])
def test_an_unknown_statement_cannot_be_turned(db, verb):
    with pytest.raises(NotFound):
        verb(db, "nowhere", actor="kate", now=NOW)
