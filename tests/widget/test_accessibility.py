"""Every state of the widget before axe-core, the checker that most auditors use: no violation in any of the looks."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.services import statements, texts
from server.text.statement_file import read_statement

pytestmark = pytest.mark.browser
LOOKS = {
    "light": ("en", "", {}),
    "dark": ("en", "background:#161512;color:#ece7de", {}),
    "right-to-left": ("ar", "", {}),
    "forced colours": ("en", "", {"forced_colors": "active"}),
}
IN_ARABIC = '+++\nslug = "open-rivers"\nlocale = "ar"\ntitle = "افتحوا الأنهار"\n+++\nافتحوا الأنهار.\n'


# The other two in a drill: they change no words and no order.
@pytest.fixture(params=["light", "dark", *(pytest.param(name, marks=pytest.mark.drill) for name in list(LOOKS)[2:])])
def open_page(request, embed, db, clock):
    """Open a page with an element of ours in one of the looks."""
    lang, style, options = LOOKS[request.param]
    texts.add_statement(db, read_statement(IN_ARABIC), actor="test", now=clock())

    def open_page(attributes: str, **more: Any) -> Page:
        return embed(attributes, lang=lang, style=style, bypass_csp=True, **options, **more)

    return open_page


def test_the_form_empty_wrong_and_sent(open_page, violations):
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


def test_the_form_in_its_frame_empty_wrong_and_sent(open_page, violations):
    page = open_page("")
    form = page.frame_locator("iframe")
    expect(form.locator("form [part=button]")).to_be_visible()
    assert violations(page) == []

    form.locator("form [part=button]").click()
    expect(form.get_by_role("alert")).to_be_visible()
    assert violations(page) == []

    form.locator("#name").fill("Անի")
    form.locator("#email").fill("ani@rivers.example")
    form.locator("form [part=button]").click()
    expect(form.locator("[part=sent]")).to_be_visible()
    assert violations(page) == []


def test_a_closed_statement(open_page, violations, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    page = open_page("inline")
    expect(page.locator("undersigned-form [part=notice]")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize(("tag", "attributes"), [("form", "inline"), ("signatories", "")])
def test_a_server_that_is_away(open_page, violations, tag, attributes):
    page = open_page(attributes, tag=tag, before=lambda page: page.route("**/api/v1/**", lambda route: route.abort()))
    expect(page.locator(f"undersigned-{tag} [part=secondary-button]")).to_be_visible()

    assert violations(page) == []


def test_a_form_that_is_still_on_its_way(open_page, violations):
    page = open_page("inline", before=lambda page: page.route("**/api/v1/**", lambda _route: None))
    expect(page.locator("undersigned-form [part=skeleton]")).to_be_visible()

    assert violations(page) == []


def test_a_page_that_is_examined(open_page, violations):
    page = open_page("inline debug")
    expect(page.locator("undersigned-form [part=doctor] li").first).to_be_visible()

    assert violations(page) == []


def test_the_list_and_the_count(open_page, violations, scene):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 31)))
    scene.signed(name="Ani", email="ani@rivers.example")
    page = open_page("", tag="signatories")
    expect(page.get_by_text("River Keepers No 30")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert violations(page) == []

    page = open_page("", tag="count")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert violations(page) == []


def test_a_button_without_a_name_is_found(open_page, violations):
    """The twin: the checker sees into the shadow root."""
    page = open_page("inline")
    page.locator("undersigned-form form [part=button]").evaluate("button => { button.textContent = ''; }")

    assert any(found.startswith("button-name") for found in violations(page))
