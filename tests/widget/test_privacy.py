"""The form leaves nothing in the browser, asks nobody but the server, and tells the page around it nothing personal."""

import json
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import CHROMIUM, SWITCHES, Served
from tests.widget.conftest import form_on

pytestmark = pytest.mark.browser

LEFT_BEHIND = """async () => ({
  cookies: document.cookie,
  kept: Object.keys(localStorage).length + Object.keys(sessionStorage).length,
  databases: (await indexedDB.databases()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  globals: Object.keys(window).filter((name) => /undersigned/i.test(name)),
})"""
NO_PAGE = "not an origin"  # Chromium asks after updates, and what was typed into the address line
NOTHING = {"cookies": "", "kept": 0, "databases": 0, "workers": 0, "globals": []}


def sign(form):
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()


def test_nothing_is_left_in_the_browser(partner, open_form):
    form = open_form(partner)
    sign(form)

    left = form.page.evaluate(LEFT_BEHIND)

    assert left == NOTHING
    assert form.page.context.cookies() == []


def test_the_browser_asks_nobody_but_the_partner_and_the_server(partner, open_form, server):
    form = open_form("about:blank")
    asked = []
    form.page.on("request", lambda request: asked.append(request.url))
    form.page.goto(partner)
    sign(form)

    hosts = {urlsplit(url).netloc for url in asked}
    assert hosts == {urlsplit(partner).netloc, urlsplit(server.url).netloc}


def test_the_server_learns_of_the_partners_page_no_more_than_its_website(partner, open_form, server):
    form = open_form(f"{partner}?reader=ani@rivers.example")
    sign(form)

    asked = [request for request in server.log if request.path.startswith("/api/")]
    assert {request.headers.get("referer") for request in asked} == {partner}
    assert "reader" not in json.dumps([request.headers for request in asked])
    assert not [request for request in server.log if "cookie" in request.headers]


def test_the_page_is_told_nothing_personal(partner, open_form):
    form = open_form(partner)
    sign(form)

    told = json.dumps(form.told, ensure_ascii=False)
    assert "submitted" in told
    for personal in ("ani", "rivers.example", "Անի"):
        assert personal not in told.replace("undersigned", "")


def test_the_address_stays_out_of_every_url(partner, open_form, server):
    form = open_form(partner)
    sign(form)

    assert "ani" not in form.page.url.replace("localhost", "")
    assert server.posts(), "the address went to the server"
    assert telling_urls(server) == []


def test_an_address_in_a_query_would_be_seen(website):
    """The twin: what a form does that is sent as a query."""
    website.app.put("/", "Thank you")
    urlopen(f"{website.url}/?{urlencode({'email': 'ani@rivers.example'})}").close()

    assert telling_urls(website) == ["/?email=ani@rivers.example"]


def telling_urls(served: Served) -> list[str]:
    """What was asked for with Ani's address in it, however it was written."""
    asked = [unquote_plus(f"{request.path}?{request.query}") for request in served.log]
    return [url for url in asked if "ani@" in url]


@pytest.fixture
def browsers_log(chromium: Browser, embed, website, tmp_path):
    """Visit a page with the form in a browser that logs its network; return what it asked for, by method and address.

    The log is Chromium's own, of the whole browser: below pages and their scripts, workers, icons and preloads too.
    """

    def browsers_log(mode: str, *, inside: str = "") -> list[tuple[str, str]]:
        embed("inline" if mode == "inline" else "", inside=inside)
        file = tmp_path / "net-log.json"
        browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*SWITCHES, f"--log-net-log={file}"])
        page = browser.new_page()
        page.goto(website.url)
        expect(form_on(page, mode).get_by_role("button", name="Sign")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.context.cookies() == []
        assert page.evaluate(LEFT_BEHIND) == NOTHING
        browser.close()
        return asked_for(json.loads(file.read_text("utf-8")))

    return browsers_log


def asked_for(log: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and address of each request in a log of Chromium's network that a page caused, and not the browser."""
    started = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    told = [event["params"] for event in log["events"] if event["type"] == started and "params" in event]
    return [(one["method"], one["url"]) for one in told if one.get("initiator", NO_PAGE) != NO_PAGE]


def test_until_it_can_be_used_the_form_costs_one_script_and_two_answers(browsers_log, server, website):
    asked = [(method, urlsplit(url)) for method, url in browsers_log("inline")]

    ours = [(method, address.path) for method, address in asked if address.netloc == urlsplit(server.url).netloc]
    data = "/api/v1/statements/open-rivers"
    assert ours[0] == ("GET", "/widget/v1/undersigned.js")
    assert sorted(ours[1:]) == [("GET", data), ("GET", f"{data}/embed-check")]
    assert {address.netloc for _, address in asked} <= {urlsplit(website.url).netloc, urlsplit(server.url).netloc}


def test_the_frame_asks_the_server_alone_as_well(browsers_log, server, website):
    asked = browsers_log("frame")

    assert urlsplit(server.url).netloc in (hosts := {urlsplit(url).netloc for _, url in asked})
    assert hosts <= {urlsplit(website.url).netloc, urlsplit(server.url).netloc}
    assert {method for method, _ in asked} == {"GET"}
    assert not [url for _, url in asked if "embed-check" in url], "our own page may always post"


def test_the_log_tells_of_a_picture_from_elsewhere(browsers_log):
    """The twin: a third party that no script of ours asked for."""
    elsewhere = "http://127.0.0.1:9/pixel.gif"

    assert ("GET", elsewhere) in browsers_log("inline", inside=f'<img src="{elsewhere}" alt="">')
