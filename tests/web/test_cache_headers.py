"""What proxies and CDNs may keep of each route: nothing, unless it is in a table here."""

import re

import pytest

from server.web import shared
from tests.conftest import BASE_URL, PARTNER
from tests.web.scene import DATA, LIST, PAGE, addresses, newest_link, own_link

NAMES_GONE_WITHIN_S = 15
SHOW_NAMES = {
    *("pages.show_statement", "pages.show_versions", "frame.show_frame", "frame.show_text"),
    *("api.data", "api.signatories"),
}
SHOW_NONE = {  # a number of signatures at most
    "pages.show_card": 300,
    "embed_help.oembed": 3600,
    "front_page.robots": 3600,
    **dict.fromkeys(("handbook.show_index", "handbook.show_page", "handbook.picture"), 600),
    **dict.fromkeys(("assets.static_file", "assets.openapi", "assets.widget", "assets.widget_description"), 600),
    "assets.widget_part": 365 * 24 * 3600,
}
VARY = {"Accept-Language", "Accept-Encoding", "Referer"}  # the key of server/deploy/nginx.conf has just these


@pytest.fixture
def visited(app, client, signer, context, db, clock, confirmed):
    """The answer of every route, by endpoint."""
    values = {"slug": "open-rivers", "version": "v1", "locale": "en", "partner": "river-watch", "signature_id": "1"}
    values |= {"token_id": "1", "token": own_link(context, now=clock()).rpartition("/")[2]}
    [version] = set(re.findall(r"/widget/([0-9.]+)/", client.get(f"{PAGE}/embed").text))
    paths = [*addresses(app, "GET", **values), newest_link(context, now=clock())]
    paths += [f"/oembed?url={BASE_URL}{PAGE}", f"/widget/{version}/list.js"]
    router = app.url_map.bind("localhost")
    answers: dict[str, list] = {}
    for path in paths:
        answers.setdefault(router.match(path.partition("?")[0])[0], []).append(client.get(path))
    return answers


def test_each_route_lets_caches_keep_only_what_everybody_may_see_and_not_for_long(visited):
    kept = {}
    for endpoint, answers in visited.items():
        for answer in answers:
            said = answer.headers["Cache-Control"]
            if said == "no-store":
                continue
            assert "Set-Cookie" not in answer.headers
            assert set(answer.vary) <= VARY
            kept[endpoint] = int(re.fullmatch(r"public, max-age=(\d+)(, immutable)?", said)[1])

    assert kept == dict.fromkeys(SHOW_NAMES, shared.FRESH_S) | SHOW_NONE


def test_a_name_is_gone_from_two_proxies_and_a_browser_in_time():
    """Each keeps it for the whole time, as if none told the next how old it is."""
    assert 3 * shared.FRESH_S <= NAMES_GONE_WITHIN_S


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/s/no-such", {}),
        (f"{LIST}?after=rubbish", {}),
        ("/embed/open-rivers?sandboxed=yes", {}),
        ("/s/Open-Rivers).", {}),
        (f"{DATA}/embed-check", {}),
        ("/admin/", {}),
    ],
)
def test_refusals_redirects_and_what_is_for_one_visitor_are_kept_by_nobody(client, statement, path, headers):
    assert client.get(path, headers=headers).headers["Cache-Control"] == "no-store"


def test_the_way_to_the_frame_of_a_website_is_kept_for_that_website(client, statement, signer):
    led = client.get("/embed/open-rivers", headers={"Referer": f"{PARTNER}/"})

    assert (led.status_code, led.headers["Cache-Control"]) == (303, "public, max-age=5")
    assert "Referer" in led.headers["Vary"]
