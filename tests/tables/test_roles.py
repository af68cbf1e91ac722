"""Roles: each includes the ones below it, under one statement or everywhere, and the higher one counts."""

import pytest

from server.tables import admins
from server.tables.admins import EVERYWHERE, ROLES
from tests.tables.rows import NOW

HERE, THERE = 1, 2


@pytest.fixture
def ani(tx) -> int:
    return admins.add(tx, "ani", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)


@pytest.mark.parametrize(
    ("held", "may"),
    [(None, []), ("viewer", ["viewer"]), ("moderator", ["viewer", "moderator"]), ("owner", list(ROLES))],
)
def test_a_role_includes_the_ones_below_it(held, may):
    assert [role for role in ROLES if admins.role_includes(held, role)] == may


@pytest.mark.parametrize(
    ("held", "here"),
    [
        ({}, None),
        ({THERE: "owner"}, None),
        ({HERE: "viewer"}, "viewer"),
        ({EVERYWHERE: "moderator"}, "moderator"),
        ({EVERYWHERE: "viewer", HERE: "owner"}, "owner"),
        ({EVERYWHERE: "owner", HERE: "viewer"}, "owner"),
    ],
)
def test_the_higher_of_the_roles_here_and_everywhere_counts(held, here):
    assert admins.highest_role(held, HERE) == here


def test_a_role_under_a_statement_holds_nowhere_else_and_not_for_the_server(tx, ani):
    admins.give_role(tx, ani, HERE, "owner")

    held = admins.list_roles(tx, ani)
    assert [admins.highest_role(held, place) for place in (HERE, THERE, EVERYWHERE)] == ["owner", None, None]


def test_giving_replaces_and_says_whether_it_changed_anything(tx, ani):
    assert [admins.give_role(tx, ani, HERE, role) for role in ("viewer", "viewer", "owner")] == [True, False, True]
    assert admins.list_roles(tx, ani) == {HERE: "owner"}
    assert [admins.take_role(tx, ani, HERE) for _ in range(2)] == [True, False]
    assert admins.list_roles(tx, ani) == {}


def test_who_may_do_what_under_a_statement_are_its_own_and_those_of_the_server(tx, ani):
    other = admins.add(tx, "aram", password_hash="x", sealed_totp=b"x", invited_until=NOW, now=NOW)
    admins.enrol(tx, other, password_hash="x", recovery_hashes=[])
    admins.disable(tx, other, now=NOW)
    admins.give_role(tx, ani, HERE, "viewer")
    admins.give_role(tx, ani, THERE, "owner")
    admins.give_role(tx, other, EVERYWHERE, "owner")

    assert [tuple(one) for one in admins.list_roles_on(tx, HERE)] == [
        ("ani", "viewer", False, False, False),
        ("aram", "owner", True, True, True),
    ]
    assert [one.name for one in admins.list_roles_on(tx, EVERYWHERE)] == ["aram"]
