"""Every route has a named limit, and every post of a page that is no partner's is refused before anything else."""

import sys

import pytest
from flask import Blueprint, Flask

from server.web.limits import limit_of, limited

STRANGER = "https://stranger.example"
ARGUMENTS = {
    "slug": "open-rivers",
    "token": "no-token",
    "version": "v1",
    "locale": "en",
    "partner": "river-watch",
    "signature_id": 1,
    "token_id": 1,
}
SAFE = {"GET", "HEAD", "OPTIONS"}


def unlimited(app: Flask) -> list[str]:
    """The routes that stand behind no limit."""
    return [rule.rule for rule in app.url_map.iter_rules() if limit_of(app.view_functions[rule.endpoint]) is None]


def open_to_strangers(app: Flask) -> list[str]:
    """The routes that answer a stranger's post with anything but a refusal of its origin."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE):
            with app.test_request_context():
                url = app.url_map.bind("localhost").build(rule.endpoint, ARGUMENTS, method=method)
            answer = app.test_client().open(url, method=method, headers={"Origin": STRANGER}, data={})
            if answer.status_code != 403:
                found.append(f"{method} {rule.rule}: {answer.status_code}")
    return found


def changing_on_get(app: Flask) -> list[str]:
    """The views that take both a look and a change, so that one of them may forget which it was."""
    return [rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())]


def misnamed(app: Flask) -> list[str]:
    """The blueprints that are not called like their module, or like their variable: ``consent_bp`` is ``consent``."""
    return [
        name
        for name, bp in app.blueprints.items()
        if name != bp.import_name.rpartition(".")[2]
        and getattr(sys.modules[bp.import_name], f"{name}_bp", None) is not bp
    ]


@pytest.fixture
def careless() -> Flask:
    app = Flask("careless")

    @app.get("/limited")
    @limited("page")
    def good() -> str:
        return "good"

    @app.get("/forgotten")
    def forgotten() -> str:
        return "forgotten"

    @app.route("/both/<slug>", methods=["GET", "POST"])
    def both(slug: str) -> str:
        return slug

    return app


def test_every_route_has_a_named_limit(app, settings):
    assert unlimited(app) == []
    assert {limit_of(view) for view in app.view_functions.values()} <= set(settings.limits)


def test_a_route_without_a_limit_is_seen(careless):
    assert sorted(unlimited(careless)) == ["/both/<slug>", "/forgotten", "/static/<path:filename>"]


@pytest.mark.usefixtures("statement")
def test_no_route_takes_a_strangers_post(app):
    assert open_to_strangers(app) == []


def test_a_route_that_takes_a_strangers_post_is_seen(careless):
    assert open_to_strangers(careless) == ["POST /both/<slug>: 200"]


def test_no_view_both_looks_and_changes(app):
    assert changing_on_get(app) == []


def test_a_view_that_both_looks_and_changes_is_seen(careless):
    assert changing_on_get(careless) == ["/both/<slug>"]


def test_every_blueprint_is_called_like_its_module(app, careless):
    careless.register_blueprint(Blueprint("asking", "server.web.caching"))

    assert misnamed(app) == []
    assert misnamed(careless) == ["asking"]


def test_no_limit_is_without_a_route(app, settings):
    used = {limit_of(view) for view in app.view_functions.values()}

    assert set(settings.limits) - used == {"sign", "account"}  # counted inside views, once it is known whose it is
