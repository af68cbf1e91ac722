"""Every route of the desk is behind a door: walks them all as each kind of visitor, and counts what has changed."""

import pytest
from flask import Flask

from server.web.admin.auth import ANONYMOUS, ANY_ADMIN, SET_UP, access_of
from tests.web.admin.desk import COOKIE, Browser, logged_in
from tests.web.scene import LIST, everything

# A machine's door has a bearer token instead of a session.
MACHINES = {"downloads.signatures_csv", "downloads.signatures_jsonl"}
ARGUMENTS = {"slug": "open-rivers", "locale": "en", "partner": "river-watch"}
SAFE = {"GET", "HEAD", "OPTIONS"}
ROLES = ("viewer", "moderator", "owner")


def desk_routes(app, methods):
    """Path, method and door of every route of the desk that takes one of these methods."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/admin") or rule.endpoint in MACHINES:
            continue
        values = {
            name: ARGUMENTS.get(name, 1 if kind.__class__.__name__ == "IntegerConverter" else "x")
            for name, kind in rule._converters.items()
        }
        for method in sorted((rule.methods or set()) & methods - {"HEAD", "OPTIONS"}):
            yield (
                adapter.build(rule.endpoint, values, method=method),
                method,
                access_of(app.view_functions[rule.endpoint]),
            )


def unsafe(app):
    return list(desk_routes(app, {"POST", "PUT", "PATCH", "DELETE"}))


def doorless(app):
    """The routes of the desk that everybody walks into."""
    return [path for path, _, door in desk_routes(app, {"GET", "POST", "PUT", "PATCH", "DELETE"}) if door is None]


def below(role):
    return ROLES[: ROLES.index(role)]


def test_every_route_of_the_desk_is_behind_a_door(app):
    assert doorless(app) == []
    assert len(unsafe(app)) >= 5


def test_a_route_without_a_door_is_seen():
    careless = Flask("careless")

    @careless.post("/admin/forgotten")
    def forgotten() -> str:
        return "forgotten"

    assert doorless(careless) == ["/admin/forgotten"]


def test_only_the_login_is_for_strangers_and_only_the_setup_for_newcomers(app):
    doors = {
        door: {path for path, _, found in desk_routes(app, {"GET", "POST"}) if found == door}
        for door in (ANONYMOUS, SET_UP)
    }

    assert doors[ANONYMOUS] == {"/admin/login"}
    assert doors[SET_UP] == {"/admin/setup", "/admin/setup/phone.svg"}


@pytest.mark.usefixtures("statement")
def test_no_unsafe_route_opens_without_a_session(app, db, stranger):
    before = everything(db)
    found = {path: stranger.post(path).status_code for path, _, door in unsafe(app) if door != ANONYMOUS}

    assert {path: status for path, status in found.items() if status != 401} == {}
    assert everything(db) == before


def test_no_unsafe_route_opens_without_the_token_of_a_page(app, db, server_owner):
    before = everything(db)
    doors = [(path, door) for path, _, door in unsafe(app) if door != SET_UP]
    found = {path: server_owner.post(path, token=False).status_code for path, _ in doors}

    assert {path: status for path, status in found.items() if status != 400} == {}
    assert everything(db) == before


def test_no_route_opens_to_a_lower_role(app, db, statement, clock):
    browsers = {role: logged_in(app, f"a-{role}", role, now=clock()) for role in ROLES}
    before = everything(db)
    found = {
        (path, method, role): browsers[role]
        .open(path, method=method, data={"csrf_token": browsers[role].token()})
        .status_code
        for path, method, door in desk_routes(app, {"GET", "POST"})
        if door in ROLES and "open-rivers" in path
        for role in below(door)
    }

    assert {place: status for place, status in found.items() if status != 403} == {}
    assert everything(db) == before


def test_no_route_opens_to_the_owner_of_another_statement(app, db, other_owner):
    before = everything(db)
    found = {
        (path, method): other_owner.open(path, method=method, data={"csrf_token": other_owner.token()}).status_code
        for path, method, door in desk_routes(app, {"GET", "POST"})
        if "open-rivers" in path
    }

    assert {place: status for place, status in found.items() if status != 404} == {}
    assert everything(db) == before


def test_what_is_of_the_whole_server_does_not_open_to_the_owner_of_one_statement(app, owner):
    found = {
        (path, method): owner.open(path, method=method, data={"csrf_token": owner.token()}).status_code
        for path, method, door in desk_routes(app, {"GET", "POST"})
        if door in ROLES and "open-rivers" not in path
    }

    assert {place: status for place, status in found.items() if status != 403} == {}


def test_a_door_that_lets_everybody_in_is_seen(app, stranger, monkeypatch):
    """The twin of the walks: the view behind a door answers otherwise than the door does."""
    view = app.view_functions["statements.show_statements"]
    monkeypatch.setitem(app.view_functions, "statements.show_statements", lambda: "open to all")

    assert access_of(view) == ANY_ADMIN
    assert stranger.open("/admin/").status_code == 200
    assert doorless(app) == ["/admin/"]


def test_who_is_not_logged_in_is_led_to_the_login_and_back(stranger):
    answer = stranger.open("/admin/account/?done=language")

    assert (answer.status_code, answer.location) == (303, "/admin/login?next=/admin/account/?done%3Dlanguage")


def test_no_public_page_knows_the_cookie(client, owner, statement):
    for path in ("/s/open-rivers", LIST):
        answer = owner.open(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.data == client.get(LIST).data


def test_somebody_elses_cookie_opens_nothing(app, statement):
    browser = Browser(app.test_client())
    browser.client.set_cookie(COOKIE, "a" * 43)

    assert browser.open("/admin/").status_code == 303
