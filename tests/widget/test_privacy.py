"""The form leaves nothing in the browser, asks nobody but the server, and tells the page around it nothing personal."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LEFT_BEHIND = """async () => ({
  cookies: document.cookie,
  kept: Object.keys(localStorage).length + Object.keys(sessionStorage).length,
  databases: (await indexedDB.databases()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  globals: Object.keys(window).filter((name) => /undersigned/i.test(name)),
})"""


def sign(form):
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()


def test_nothing_is_left_in_the_browser(partner, open_form):
    form = open_form(partner)
    sign(form)

    left = form.page.evaluate(LEFT_BEHIND)

    assert left == {"cookies": "", "kept": 0, "databases": 0, "workers": 0, "globals": []}
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
    assert not [request.path for request in server.log if "ani@" in request.path]
