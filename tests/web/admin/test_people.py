"""People: owners say who may do what under their statement; owners of the server disable, enable and log out."""

from server.services import accounts
from tests.scene import look
from tests.web.admin.desk import Browser, come_in, logged_in

HERE, ALL = "/admin/statements/open-rivers/people", "/admin/people"


def roles(db) -> dict[str, str]:
    rows = look(db, "SELECT name, role FROM roles JOIN admins ON id = admin_id WHERE statement_id = 1")
    return {row["name"]: row["role"] for row in rows}


def told(db) -> list[tuple[str, str, str]]:
    rows = look(db, "SELECT actor, verb, subject FROM journal WHERE verb LIKE 'admin.%' ORDER BY id")
    return [(row["actor"], row["verb"], row["subject"]) for row in rows]


def test_an_owner_sees_who_may_do_what_here_and_who_on_the_whole_server(owner, viewer, server_owner, other_owner):
    page = owner.get(HERE)

    for words in ("olga", "vera", "sona", "on the whole server"):
        assert words in page.words
    assert "otar" not in page.words
    assert f"{HERE}/take" in page.html


def test_a_role_is_given_to_an_account_changed_and_taken_away(db, owner, other_owner):
    for form in ({"role": "viewer"}, {"role": "moderator"}):
        answer = owner.post(HERE, {"name": " Otar ", **form})
        assert (answer.status_code, answer.location) == (303, f"{HERE}?done=role")
        assert roles(db)["otar"] == form["role"]
    assert other_owner.open("/admin/statements/open-rivers/journal").status_code == 200

    assert owner.post(f"{HERE}/take", {"name": "otar"}).location == f"{HERE}?done=taken"

    assert roles(db) == {"olga": "owner"}
    assert other_owner.open("/admin/statements/open-rivers/journal").status_code == 404
    assert told(db) == [("admin:olga", "admin.role", "admin:otar")] * 3


def test_a_name_that_nobody_has_is_there_to_be_corrected(db, owner):
    answer = owner.post(HERE, {"name": "nobody", "role": "moderator"})

    assert answer.status_code == 422
    assert "There is no account with this name" in answer.text
    assert 'value="nobody"' in answer.text
    assert '<option value="moderator" selected>' in answer.text
    assert told(db) == []


def test_a_role_that_there_is_not_is_refused(db, owner, viewer):
    for role in ("", "admin", "OWNER"):
        assert owner.post(HERE, {"name": "vera", "role": role}).status_code == 422
    assert roles(db) == {"olga": "owner", "vera": "viewer"}


def test_the_last_owner_stays_one_and_is_told_why(db, owner, viewer):
    for path, form in ((f"{HERE}/take", {}), (HERE, {"role": "viewer"})):
        answer = owner.post(path, {"name": "olga", **form})
        assert answer.status_code == 422
        assert "make someone else an owner first" in answer.text.lower()
    assert roles(db)["olga"] == "owner"


def test_an_owner_beside_whom_there_is_another_may_go(db, owner, server_owner):
    answer = owner.post(f"{HERE}/take", {"name": "olga"})

    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert owner.open(HERE).status_code == 404


def test_a_role_that_is_taken_away_ends_at_once(owner, moderator):
    assert moderator.open("/admin/statements/open-rivers/journal").status_code == 200

    owner.post(f"{HERE}/take", {"name": "mher"})

    assert moderator.open("/admin/statements/open-rivers/journal").status_code == 404


def test_the_server_lists_every_account_and_how_more_are_made(db, context, server_owner, owner, other_owner, clock):
    accounts.disable_admin(db, "otar", actor="cli", now=clock())
    page = server_owner.get(ALL)

    for words in ("olga", "otar", "sona", "disabled", "clean-lakes", "undersigned admin add NAME --role ROLE"):
        assert words in page.words
    assert not any("make" in (path or "") or "add" in (path or "") for path in page.actions)


def test_who_is_disabled_is_out_at_once_and_comes_back_only_once_enabled(app, db, server_owner, owner, clock):
    assert server_owner.post(f"{ALL}/disable", {"name": "olga"}).location == f"{ALL}?done=disabled"
    assert owner.open("/admin/").status_code == 303
    assert Browser(come_in(app, "olga", now=clock())).open("/admin/").status_code == 303

    assert server_owner.post(f"{ALL}/enable", {"name": "olga"}).location == f"{ALL}?done=enabled"

    assert Browser(come_in(app, "olga", now=clock())).open("/admin/").status_code == 200
    assert [verb for _, verb, _ in told(db)] == ["admin.disable", "admin.enable"]


def test_somebody_is_logged_out_everywhere(db, server_owner, owner, viewer):
    assert server_owner.post(f"{ALL}/end-sessions", {"name": "olga"}).location == f"{ALL}?done=sessions"

    assert [one.open("/admin/").status_code for one in (owner, viewer, server_owner)] == [303, 200, 200]


def test_nobody_disables_themselves(db, server_owner):
    page = server_owner.get(ALL)
    assert 'value="sona"' not in page.html

    answer = server_owner.post(f"{ALL}/disable", {"name": "sona"})

    assert answer.status_code == 422
    assert "your own account" in answer.text
    assert server_owner.open(ALL).status_code == 200


def test_an_owner_of_one_statement_changes_nobodys_account(app, db, owner, viewer, clock):
    logged_in(app, "zara", "viewer", now=clock())
    for verb in ("disable", "enable", "end-sessions"):
        assert owner.post(f"{ALL}/{verb}", {"name": "zara"}).status_code == 403
    assert told(db) == []
