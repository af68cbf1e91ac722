"""The page after the form in a browser without JavaScript: read, corrected, reloaded."""

import pytest
from playwright.sync_api import expect

from tests.browsing import browsable, picture
from tests.scene import look

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.mark.parametrize("place", ["/s/open-rivers", "/embed/open-rivers"])
def test_the_address_is_shown_corrected_and_reloaded_without_javascript(server, visit, statement, db, place):
    page = visit(server.url + place, java_script_enabled=False)
    page.get_by_label("Your name").fill("Ani")
    page.get_by_label("Email address").fill("ani@rivres.example")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    expect(page.get_by_text("ani@rivres.example")).to_be_visible()
    page.get_by_text("Change the address or send again").click()
    expect(page.get_by_label("Your name")).to_have_value("Ani")
    picture(page, f"sent-{place.split('/')[1]}-correct")
    page.get_by_label("Email address").fill("ani@rivers.example")
    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_text("ani@rivers.example")).to_be_visible()
    page.reload()
    expect(page.get_by_text("ani@rivers.example")).to_be_visible()
    assert len(look(db, "SELECT id FROM signatures")) == 2


def test_it_reads_well(server, visit, statement, violations):
    page = visit(server.url + "/s/open-rivers", bypass_csp=True)
    page.get_by_label("Your name").fill("Ani")
    page.get_by_label("Email address").fill("ani@rivers.example")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()

    picture(page, "sent-page")
    assert violations(page) == []
    page.get_by_text("Change the address or send again").click()
    assert violations(page) == []
