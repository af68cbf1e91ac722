"""A form that is short on a phone: optional fields are closed until they are wanted, wrong or filled in."""

import pytest
from playwright.sync_api import expect

from tests.scene import run
from tests.web.native import add_rivers
from tests.widget.conftest import MODES, fill_in, form_on

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
DETAILS = "Add details (optional)"
SEEN = ("How you appear on the list", "Send me news")
# How far one scrolls from the beginning of the form until its button is seen.
SCROLLED = "(form, button) => button.getBoundingClientRect().bottom - form.getBoundingClientRect().top - innerHeight"


@MODES
def test_optional_fields_come_out_when_they_are_wanted_and_stay(embed, mode):
    page = embed(mode if mode == "inline" else "")
    form = form_on(page, mode)
    expect(form.get_by_label(SEEN[0])).to_be_visible()
    expect(form.get_by_label(SEEN[1])).to_be_visible()
    expect(form.get_by_label("City")).to_be_hidden()

    form.get_by_text(DETAILS).click()
    form.get_by_label("City").fill("Gyumri")
    form.get_by_label("on behalf of an organisation").check()

    expect(form.get_by_label("City")).to_be_visible()
    expect(form.get_by_label("City")).to_have_value("Gyumri")
    expect(form.get_by_label("Website")).to_be_visible()


@MODES
def test_a_detail_that_is_wrong_is_shown_and_so_is_one_whose_error_is_followed(embed, mode):
    page = embed(mode if mode == "inline" else "")
    form = form_on(page, mode)
    fill_in(form)
    form.get_by_text(DETAILS).click()
    form.get_by_label("City").fill("Gyumri" + "\N{COMBINING ACUTE ACCENT}" * 30)
    form.get_by_text(DETAILS).click()
    expect(form.get_by_label("City")).to_be_hidden()
    form.get_by_role("button", name="Sign").click()

    expect(form.get_by_label("City")).to_be_visible()
    form.get_by_text(DETAILS).click()
    form.get_by_role("alert").get_by_role("link").click()
    expect(form.get_by_label("City")).to_be_focused()


@MODES
def test_required_fields_are_always_open(embed, db, mode):
    run(db, """UPDATE statements SET required = '["city"]'""")
    page = embed(mode if mode == "inline" else "")
    form = form_on(page, mode)
    expect(form.get_by_label("City")).to_be_visible()
    expect(form.get_by_label("Comment")).to_be_hidden()


def test_a_statement_can_have_all_fields_open(embed, db):
    run(db, "UPDATE statements SET short_form = 0")
    form = form_on(embed("inline"), "inline")

    expect(form.get_by_label("Comment")).to_be_visible()
    expect(form.get_by_text(DETAILS)).to_have_count(0)


def test_the_button_is_reached_without_scrolling_more_than_one_screen(embed, server, website, db, clock, visit):
    """Everywhere in German, Armenian and Arabic; on the page without JavaScript in all ten languages."""
    add_rivers(db, website.url, now=clock())
    found = {}
    for locale in ("de", "hy", "ka", "ar"):
        page = visit(f"{server.url}/s/rivers?locale={locale}", java_script_enabled=False, viewport=PHONE)
        button = page.locator("#sign form > button")
        found[locale, "page"] = page.locator("#sign").evaluate(SCROLLED, button.element_handle())
        page.context.close()
    for locale in ("de", "hy", "ar"):
        for mode in ("inline", "frame"):
            page = embed(mode if mode == "inline" else "", slug="rivers", lang=locale, viewport=PHONE)
            form = form_on(page, mode)
            button = form.locator("form [part=button]")
            expect(button).to_be_visible()
            top, pressed = form.locator("section").bounding_box(), button.bounding_box()
            found[locale, mode] = pressed["y"] + pressed["height"] - top["y"] - PHONE["height"]
            page.context.close()
    assert max(found.values()) <= PHONE["height"] / 2, found
