"""The whole way with the keyboard alone, in the page and in the frame: choose, err, be led to the field, mend, sign."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import tab_to
from tests.scene import look
from tests.widget.conftest import MODES, form_on

pytestmark = pytest.mark.browser
DETAILS = "Add details (optional)"
ORGANISATION_IN_ORDER = [
    *("kind-organisation", "organisation", "website", "name", "email", DETAILS),
    *("title", "city", "country", "comment", "visibility", "authorised", "newsletter"),
]
ENDS_WITH_THE_ERROR = re.compile(r"Please fill this in\.$")
# What has the focus in this document, or in the shadow root in it: its id, or its words.
FOCUSED = """() => {
  let node = document.activeElement;
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node.id || node.textContent;
}"""


@pytest.fixture
def at_the_form(embed) -> Any:
    """Open the form; gives the page, the form, and what says where the focus is."""

    def at_the_form(mode: str) -> tuple[Page, Any, Any]:
        page = embed("inline" if mode == "inline" else "")
        form = form_on(page, mode)
        expect(form.locator("form [part=button]")).to_be_visible()
        return page, form, lambda: page.frames[-1].evaluate(FOCUSED)

    return at_the_form


@MODES
def test_the_focus_goes_through_the_form_in_the_order_in_which_it_is_read_and_out_of_it(at_the_form, mode):
    page, form, focused = at_the_form(mode)
    tab_to(page, form.get_by_label("as an individual"))
    page.keyboard.press("ArrowDown")
    met = [focused()]
    while met[-1] != "Sign":
        if met[-1] == DETAILS:
            page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        met.append(focused())
        assert len(met) < 20, "the focus does not come to the button"

    assert met == [*ORGANISATION_IN_ORDER, "Sign"]
    page.keyboard.press("Shift+Tab")
    assert focused() == "newsletter"


@MODES
def test_an_organisation_signs_with_the_keyboard_alone_after_an_error(at_the_form, mode, db):
    page, form, focused = at_the_form(mode)
    tab_to(page, form.get_by_label("as an individual"))
    page.keyboard.press("ArrowDown")
    expect(form.get_by_label("on behalf of an organisation")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("River Watch")
    tab_to(page, form.get_by_label("Your own name"))
    page.keyboard.type("Maro")
    tab_to(page, form.get_by_role("button", name="Sign"))
    page.keyboard.press("Enter")

    alert = form.get_by_role("alert")
    expect(alert.get_by_role("heading", name="Check 2 fields")).to_be_focused()
    expect(alert.get_by_role("link")).to_have_count(2)
    page.keyboard.press("Tab")
    assert focused() == "Your work email: Please fill this in."
    page.keyboard.press("Enter")
    email = form.get_by_label("Your work email")
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description(ENDS_WITH_THE_ERROR)

    page.keyboard.type("maro@riverwatch.example")
    tab_to(page, form.get_by_label("I am authorised"))
    page.keyboard.press("Space")
    tab_to(page, form.get_by_role("button", name="Sign"))
    page.keyboard.press("Enter")

    expect(form.get_by_role("heading", name="Check your email")).to_be_focused()
    [row] = look(db, "SELECT kind, organisation, name FROM signatures")
    assert row == {"kind": "organisation", "organisation": "River Watch", "name": "Maro"}
    expect(form.get_by_role("button", name="Change the address or send again")).to_be_visible()  # it comes by itself
    page.keyboard.press("Tab")
    assert focused() == "Change the address or send again"


@MODES
def test_what_only_the_server_refuses_is_announced_and_one_key_leads_there(at_the_form, mode):
    page, form, _ = at_the_form(mode)
    alert = form.locator("[role=alert]")
    expect(alert).to_be_hidden()  # it stands there before it has anything to say, or no screen reader listens
    tab_to(page, form.get_by_label("Your name"))
    page.keyboard.type("Buy at https://spam.example")
    tab_to(page, form.get_by_label("Email address"))
    page.keyboard.type("ani@rivers.example")
    page.keyboard.press("Enter")

    expect(alert.get_by_role("heading")).to_be_focused()
    expect(alert).to_contain_text("Your name: A name cannot contain a link.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Your name")).to_be_focused()
