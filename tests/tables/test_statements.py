"""Statements: where each stands at a moment, and who may see it."""

from dataclasses import replace

import pytest

from server.db import Conflict
from server.errors import NotFound, StatementClosed, StatementNotOpen
from server.tables import statements
from server.tables.statements import CONFIRM_GRACE_S
from tests.tables.rows import NOW, add_statement

HOUR = 3600


@pytest.fixture
def open_(statement):
    return replace(statement, opened_at=NOW - HOUR, closed_at=None, archived_at=None, opens_at=None, closes_at=None)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "open"),
        ({"opened_at": None}, "draft"),
        ({"opened_at": None, "closes_at": NOW - 1}, "draft"),
        ({"opens_at": NOW + 1}, "not-yet-open"),
        ({"opens_at": NOW}, "open"),
        ({"closes_at": NOW + 1}, "open"),
        ({"closes_at": NOW}, "closed"),
        ({"closed_at": NOW}, "closed"),
        ({"closed_at": NOW - 1, "closes_at": NOW + HOUR}, "closed"),
        ({"opens_at": NOW + 1, "closed_at": NOW - 1}, "closed"),
        ({"archived_at": NOW - 1}, "archived"),
        ({"archived_at": NOW - 1, "opened_at": None}, "archived"),
    ],
)
def test_a_statement_stands_somewhere_at_every_moment(open_, values, state):
    assert replace(open_, **values).state(NOW) == state


@pytest.mark.parametrize(("timezone", "zone"), [("Asia/Tbilisi", "Asia/Tbilisi"), (None, "Etc/UTC")])
def test_its_days_are_those_of_its_timezone_and_else_of_utc(statement, timezone, zone):
    assert replace(statement, timezone=timezone).zone == zone


@pytest.mark.parametrize(
    ("closed_at", "closes_at", "ends_at"), [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7)]
)
def test_the_end_is_whichever_comes_first(open_, closed_at, closes_at, ends_at):
    assert replace(open_, closed_at=closed_at, closes_at=closes_at).ends_at == ends_at


@pytest.mark.parametrize(
    ("values", "ended_at"),
    [
        ({}, None),
        ({"closes_at": NOW + 1}, None),
        ({"closes_at": NOW}, NOW),
        ({"closed_at": NOW - 1, "closes_at": NOW + HOUR}, NOW - 1),
        ({"closed_at": NOW, "closes_at": NOW - HOUR}, NOW - HOUR),
        ({"closed_at": NOW - 1, "archived_at": NOW}, NOW - 1),
        ({"opened_at": None, "closes_at": NOW - 1}, None),
    ],
)
def test_signing_ended_when_it_was_closed_or_planned_to_end_whichever_is_past_and_first(open_, values, ended_at):
    assert replace(open_, **values).ended_at(NOW) == ended_at


def test_only_an_open_statement_takes_signatures(open_):
    statements.check_open(open_, now=NOW)

    with pytest.raises(StatementNotOpen):
        statements.check_open(replace(open_, opens_at=NOW + 1), now=NOW)
    for closed in ({"closed_at": NOW}, {"opened_at": None}, {"archived_at": NOW}):
        with pytest.raises(StatementClosed):
            statements.check_open(replace(open_, **closed), now=NOW)


def test_a_link_outlives_its_statement_by_a_day(open_):
    ended = replace(open_, closes_at=NOW)

    statements.check_confirmable(open_, now=NOW + 10**9)
    statements.check_confirmable(ended, now=NOW + CONFIRM_GRACE_S - 1)

    with pytest.raises(StatementClosed):
        statements.check_confirmable(ended, now=NOW + CONFIRM_GRACE_S)


@pytest.mark.parametrize("gone", [{"archived_at": NOW}, {"opened_at": None}])
def test_no_link_confirms_under_a_draft_or_an_archived_statement(open_, gone):
    with pytest.raises(StatementClosed):
        statements.check_confirmable(replace(open_, **gone), now=NOW)


def test_every_value_comes_back_as_it_was_given(db):
    values = {"kinds": ("organisation",), "fields": ("city", "country"), "required": ("city",), "goal": 7}
    with db.write() as tx:
        add_statement(
            tx, "lakes", **values, newsletter=True, discreet=True, indexed=True, short_form=False, closes_at=NOW
        )

        found = statements.get(tx, "lakes")

    assert (found.kinds, found.fields, found.required, found.goal) == (
        ("organisation",),
        ("city", "country"),
        ("city",),
        7,
    )
    assert (found.newsletter, found.discreet, found.indexed, found.keep_contacts) == (True, True, True, False)
    assert found.short_form is False
    assert (found.closes_at, found.is_found_by_search) == (NOW, False)
    assert found.state(NOW) == "draft"


def test_a_slug_is_taken_once(db, statement):
    with db.write() as tx, pytest.raises(Conflict):
        add_statement(tx, statement.slug)


def test_a_statement_is_found_by_slug_and_by_id(db, statement):
    with db.read() as tx:
        assert statements.find(tx, "open-rivers") == statements.get_by_id(tx, statement.id) == statement
        assert statements.find(tx, "lakes") is None
        with pytest.raises(NotFound):
            statements.get(tx, "lakes")
        with pytest.raises(NotFound):
            statements.get_by_id(tx, 99)


def test_the_public_sees_neither_drafts_nor_archived_statements(db, statement):
    with db.write() as tx:
        assert statements.get_public(tx, "open-rivers", now=NOW) == statement
        add_statement(tx, "draft")
        tx.run("UPDATE statements SET archived_at = 1 WHERE slug = 'open-rivers'", {})

        for slug in ("draft", "open-rivers", "missing"):
            with pytest.raises(NotFound):
                statements.get_public(tx, slug, now=NOW)


def test_opening_and_closing_happen_once_each_and_can_be_repeated_in_turn(db):
    with db.write() as tx:
        statement_id = add_statement(tx, "lakes")

        assert not statements.close(tx, statement_id, now=NOW)
        assert [statements.open_(tx, statement_id, now=NOW) for _ in range(2)] == [True, False]
        assert [statements.close(tx, statement_id, now=NOW) for _ in range(2)] == [True, False]
        assert statements.open_(tx, statement_id, now=NOW)

        assert statements.get(tx, "lakes").state(NOW) == "open"


def test_a_statement_that_is_opened_again_keeps_the_moment_of_its_first_opening(db):
    with db.write() as tx:
        statement_id = add_statement(tx, "lakes")
        for turn, now in ((statements.open_, NOW), (statements.close, NOW + HOUR), (statements.open_, NOW + 2 * HOUR)):
            assert turn(tx, statement_id, now=now)

        found = statements.get(tx, "lakes")

    assert (found.opened_at, found.closed_at) == (NOW, None)


def test_an_archived_statement_opens_no_more(db, statement):
    with db.write() as tx:
        tx.run("UPDATE statements SET archived_at = 1, closed_at = 1", {})

        assert not statements.open_(tx, statement.id, now=NOW)


def test_whatever_the_public_sees_changing_changes_the_stamp(db):
    with db.write() as tx:
        statement_id = add_statement(tx, "lakes")
        stamps = [statements.get(tx, "lakes").stamp]
        for change in (statements.open_, statements.close):
            change(tx, statement_id, now=NOW)
            stamps.append(statements.get(tx, "lakes").stamp)
        statements.touch(tx, statement_id)
        stamps.append(statements.get(tx, "lakes").stamp)

    assert stamps == sorted(set(stamps))


def test_statements_are_listed_oldest_first(db, statement):
    with db.write() as tx:
        add_statement(tx, "a-later-one")

        assert [found.slug for found in statements.list_all(tx)] == ["open-rivers", "a-later-one"]
