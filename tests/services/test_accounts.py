"""Accounts: each step has its row in the journal, a statement keeps an owner, and nobody shuts themselves out."""

import pytest

from server.crypto import passwords
from server.db import Conflict
from server.errors import NotFound, Refused
from server.services import accounts
from server.services.accounts import CannotDisableOwnAccount, LastOwner
from server.tables import admins
from tests.scene import look, run
from tests.web.scene import add_statement

SLUG = "open-rivers"
pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def add(db, context, statement, clock):
    def add(name, role="owner", slug: str | None = SLUG, *, enrolled=True) -> str:
        password = accounts.add_admin(db, name, role=role, slug=slug, sealer=context.sealer, actor="cli", now=clock())
        if enrolled:
            run(db, "UPDATE admins SET invited_until = NULL WHERE name = :name", name=name)
        return password

    return add


def told(db) -> list[tuple[str, str, str]]:
    rows = look(db, "SELECT actor, verb, subject FROM journal WHERE verb LIKE 'admin.%' ORDER BY id")
    return [(row["actor"], row["verb"], row["subject"]) for row in rows]


def roles_of(db, name) -> dict[int, str]:
    rows = look(db, "SELECT statement_id, role FROM roles JOIN admins ON id = admin_id WHERE name = :name", name=name)
    return {row["statement_id"]: row["role"] for row in rows}


def test_a_new_account_has_a_role_an_invitation_and_a_row_in_the_journal(db, add, clock, statement):
    password = add("ani", "moderator", enrolled=False)

    with db.read() as tx:
        admin = admins.get_by_name(tx, "ani")
    assert admin.invited_until == clock() + 7 * 86400
    assert passwords.verify_password(admin.password_hash, password)
    assert not passwords.verify_password(admin.password_hash, password.upper())
    assert roles_of(db, "ani") == {statement.id: "moderator"}
    assert told(db) == [("cli", "admin.add", "admin:ani")]
    assert password not in str(look(db, "SELECT before, after FROM journal_details"))


def test_no_secret_of_the_phone_stands_open_in_the_table(db, add, context):
    add("ani")
    with db.read() as tx:
        admin = admins.get_by_name(tx, "ani")

    secret = context.sealer.unseal(admin.sealed_totp, purpose="admins.totp")
    assert len(secret) == 32
    assert secret.encode() not in admin.sealed_totp


@pytest.mark.parametrize("name", ["", "Ani", "a b", "ani.", "-ani", "a..b", "անի", "a" * 41, "ani\n", "ani@x", "a:b"])
def test_a_name_that_cannot_be_typed_everywhere_is_refused(db, add, name):
    with pytest.raises(Refused):
        add(name)
    assert told(db) == []


def test_a_taken_name_and_an_unknown_statement_leave_nothing(db, add):
    add("ani")
    with pytest.raises(Conflict):
        add("ani")
    with pytest.raises(NotFound):
        add("aram", slug="nowhere")

    assert [row["name"] for row in look(db, "SELECT name FROM admins")] == ["ani"]
    assert len(told(db)) == 1


def log_in(db, name, clock) -> None:
    with db.write() as tx:
        admins.add_session(tx, f"secret of {name}", admins.get_by_name(tx, name).id, {}, totp_at=None, now=clock())


def logged_in(db) -> list[str]:
    return [row["name"] for row in look(db, "SELECT name FROM sessions JOIN admins ON id = admin_id ORDER BY name")]


@pytest.mark.parametrize("verb", ["disable", "reset", "end-sessions"])
def test_who_is_disabled_or_reset_or_thrown_out_is_logged_out_and_nobody_else_is(db, add, context, clock, verb):
    for name in ("ani", "aram"):
        add(name)
        log_in(db, name, clock)

    if verb == "disable":
        assert accounts.disable_admin(db, "ani", actor="admin:aram", now=clock())
    elif verb == "reset":
        accounts.reset_admin(db, "ani", sealer=context.sealer, actor="cli", now=clock())
    else:
        assert accounts.end_sessions(db, "ani", actor="admin:aram", now=clock()) == 1

    assert logged_in(db) == ["aram"]
    assert told(db)[-1][1:] == (f"admin.{verb}", "admin:ani")


def test_what_changes_nothing_is_not_told(db, add, clock):
    add("ani")
    accounts.disable_admin(db, "ani", actor="cli", now=clock())
    before = told(db)

    assert not accounts.disable_admin(db, "ani", actor="cli", now=clock())
    assert not accounts.set_role(db, "ani", "owner", slug=SLUG, actor="cli", now=clock())
    assert not accounts.set_role(db, "ani", None, slug=None, actor="cli", now=clock())
    assert told(db) == before
    assert accounts.enable_admin(db, "ani", actor="cli", now=clock())
    assert not accounts.enable_admin(db, "ani", actor="cli", now=clock())


def test_nobody_disables_their_own_account(db, add, clock):
    add("ani")

    with pytest.raises(CannotDisableOwnAccount):
        accounts.disable_admin(db, "ani", actor="admin:ani", now=clock())


def give(db, name, role, clock, *, actor="admin:ani") -> bool:
    return accounts.set_role(db, name, role, slug=SLUG, actor=actor, now=clock())


def take(db, name, clock, *, actor="admin:ani") -> bool:
    return accounts.set_role(db, name, None, slug=SLUG, actor=actor, now=clock())


def test_the_last_owner_of_a_statement_stays_one(db, add, clock, statement):
    add("ani")
    add("aram", "moderator")

    with pytest.raises(LastOwner):
        take(db, "ani", clock)
    with pytest.raises(LastOwner):
        give(db, "ani", "viewer", clock)

    assert roles_of(db, "ani") == {statement.id: "owner"}
    assert len(told(db)) == 2


@pytest.mark.parametrize("why", ["disabled", "not set up", "owner of another statement"])
def test_who_could_not_act_does_not_count_as_an_owner(db, add, clock, why):
    add("ani")
    add_statement(db, "lakes", clock())
    add("aram", slug="lakes" if why.startswith("owner") else SLUG, enrolled=why != "not set up")
    if why == "disabled":
        accounts.disable_admin(db, "aram", actor="cli", now=clock())

    with pytest.raises(LastOwner):
        take(db, "ani", clock)


@pytest.mark.parametrize("place", [SLUG, None])
def test_where_another_owner_is_left_here_or_for_the_whole_server_one_may_go(db, add, clock, place):
    add("ani")
    add("aram", slug=place)

    assert take(db, "ani", clock)
    assert roles_of(db, "ani") == {}


def test_a_change_of_role_says_what_it_was_and_what_it_is(db, add, clock):
    add("ani")
    add("aram", "viewer")

    assert give(db, "aram", "owner", clock)

    [row] = look(db, "SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 1")
    assert (row["before"], row["after"]) == ('"viewer"', '"owner"')


def test_an_unknown_name_is_refused_by_each(db, statement, context, clock):
    told_by = {"actor": "cli", "now": clock()}
    for verb in (
        lambda: accounts.reset_admin(db, "nobody", sealer=context.sealer, **told_by),
        lambda: accounts.disable_admin(db, "nobody", **told_by),
        lambda: accounts.enable_admin(db, "nobody", **told_by),
        lambda: accounts.end_sessions(db, "nobody", **told_by),
        lambda: accounts.set_role(db, "nobody", "viewer", slug=SLUG, **told_by),
        lambda: accounts.set_role(db, "nobody", None, slug=SLUG, **told_by),
    ):
        with pytest.raises(NotFound):
            verb()
