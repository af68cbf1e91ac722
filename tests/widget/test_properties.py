"""The element as frameworks make it: properties instead of attributes, set before or after the script has come."""

import pytest
from playwright.sync_api import Page, expect

from server.web.assets import BUNDLE
from tests.widget.conftest import Form, list_partner

pytestmark = pytest.mark.browser
MAKE = """([server, inline]) => {
  const form = document.createElement("undersigned-form");
  Object.assign(form, { server, statement: "open-rivers", partner: null, inline });
  document.querySelector("main").replaceChildren(form);
}"""
LOAD = """(src) => new Promise((done) => {
  document.head.append(Object.assign(document.createElement("script"), { src, onload: done }));
})"""


@pytest.fixture
def page(server, website, statement, db, clock, visit) -> Page:
    """A listed page without any element of ours yet, as before a change of route."""
    list_partner(db, "lake-watch", website.url, now=clock())
    website.app.put("/", "<main></main>")
    return visit(website.url)


@pytest.mark.parametrize("inline", ["", True])
@pytest.mark.parametrize("first", ["script", "element"])
def test_a_flag_that_is_set_as_a_property_is_set_however_early_or_late(page, server, first, inline):
    make, load = (MAKE, [server.url, inline]), (LOAD, f"{server.url}/widget/v1/{BUNDLE}")
    for step in (load, make) if first == "script" else (make, load):
        page.evaluate(*step)

    expect(Form(page).element.get_by_label("Your name")).to_be_visible()
    element = "document.querySelector('undersigned-form')"
    assert page.evaluate(f"[{element}.inline, {element}.partner, {element}.getAttribute('partner')]") == [
        True,
        "",
        None,
    ]
    page.evaluate(f"{element}.inline = false; {element}.reload()")
    expect(page.locator("undersigned-form iframe")).to_be_visible()


@pytest.mark.parametrize("server_attribute", ["", "sign.example.org"])
def test_without_the_servers_address_the_link_stands_there_and_the_console_says_why(page, server, server_attribute):
    said = []
    page.on("console", lambda told: said.append((told.type, told.text)) if "Undersigned" in told.text else None)
    page.evaluate(LOAD, f"{server.url}/widget/v1/{BUNDLE}")
    link = '<a href="/there">Sign there</a>'
    tag = f'<undersigned-form server="{server_attribute}" statement="open-rivers">{link}</undersigned-form>'
    page.evaluate("(tag) => { document.querySelector('main').innerHTML = tag; }", tag)

    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    assert page.evaluate("told") == [["failed", {"code": "attribute-missing"}]]
    [(kind, text)] = said
    assert kind == "error"
    assert text.startswith('Undersigned: <undersigned-form> needs server="https://…"')


def test_the_frame_may_share_only_where_the_browser_can(page, server):
    page.evaluate(LOAD, f"{server.url}/widget/v1/{BUNDLE}")
    page.evaluate(MAKE, [server.url, False])
    frame = page.locator("undersigned-form iframe")
    expect(frame).not_to_have_attribute("allow", "web-share")

    page.evaluate("() => { navigator.share = () => {}; }")
    page.evaluate(MAKE, [server.url, False])
    expect(frame).to_have_attribute("allow", "web-share")
