"""Every state of the widget before axe-core, the checker that most auditors use: no violation in any, light or dark."""

import pytest
from playwright.sync_api import Page, expect

from server.actions import publish
from tests.browsing import Served

pytestmark = pytest.mark.browser
LOOKS = {
    "light": ("en", ""),
    "dark": ("en", 'style="background:#161512;color:#ece7de"'),
    "right-to-left": ("ar", ""),
}


@pytest.fixture(params=LOOKS)
def open_page(request, server: Served, website: Served, statement, visit):
    """Open a page with an element of ours in one of the looks."""
    lang, style = LOOKS[request.param]

    def open_page(attributes: str, *, tag: str = "undersigned-form") -> Page:
        link = '<a href="/there" style="color: inherit">Read and sign</a>'
        element = f'<{tag} server="{server.url}" statement="open-rivers" {attributes}>{link}</{tag}>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f"<body {style}><main><h1>A page</h1>{element}</main>{script}", lang=lang)
        return visit(website.url, bypass_csp=True)

    return open_page


def test_the_form_empty_wrong_and_sent(open_page, violations, db, website, clock):
    publish.add_partner(db, "open-rivers", "lake", name="Lake", origins=[website.url], actor="test", now=clock())
    page = open_page("inline")
    form = page.locator("undersigned-form")
    button = form.locator("form [part=button]")
    expect(button).to_be_visible()
    assert violations(page) == []

    button.click()
    expect(form.get_by_role("alert")).to_be_visible()
    assert violations(page) == []

    form.locator("#name").fill("Անի")
    form.locator("#email").fill("ani@rivers.example")
    button.click()
    expect(form.locator("[part=sent]")).to_be_visible()
    assert violations(page) == []


def test_the_form_for_an_organisation(open_page, violations):
    page = open_page("inline")
    page.locator("undersigned-form #kind-organisation").check()

    assert violations(page) == []


def test_the_form_in_its_frame(open_page, violations, db, website, clock):
    publish.add_partner(db, "open-rivers", "lake", name="Lake", origins=[website.url], actor="test", now=clock())
    page = open_page("")
    expect(page.frame_locator("iframe").locator("form [part=button]")).to_be_visible()

    assert violations(page) == []


def test_a_closed_statement(open_page, violations, db, clock):
    publish.close_statement(db, "open-rivers", actor="test", now=clock())
    page = open_page("inline")
    expect(page.locator("undersigned-form [part=notice]")).to_be_visible()

    assert violations(page) == []


def test_a_server_that_is_away(open_page, violations, server):
    page = open_page("inline")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.reload()
    expect(page.locator("undersigned-form [part=unreachable]")).to_be_visible()

    assert violations(page) == []


def test_the_list_and_the_count(open_page, violations, scene):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 31)))
    scene.signed(name="Ani", email="ani@rivers.example")
    page = open_page("", tag="undersigned-signatories")
    expect(page.get_by_text("River Keepers No 30")).to_be_visible()
    assert violations(page) == []

    page = open_page("", tag="undersigned-count")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert violations(page) == []


def test_a_button_without_a_name_is_found(open_page, violations):
    """The twin: the checker sees into the shadow root."""
    page = open_page("inline")
    page.locator("undersigned-form form [part=button]").evaluate("button => { button.textContent = ''; }")

    assert any(found.startswith("button-name") for found in violations(page))
