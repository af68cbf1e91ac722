"""An owner writes a statement in two languages in a real browser, and sees it as readers will."""

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browsing import browsable, picture
from tests.web.admin.desk import COOKIE, Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def at_the_desk(server, visit, server_owner: Browser):
    """Open a page of the desk as the owner of the server."""
    cookie = server_owner.client.get_cookie(COOKIE)
    assert cookie

    def open_as_owner(path: str, **options: Any) -> Page:
        page: Page = visit(f"{server.url}/admin/login", **options)
        page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": server.url}])
        page.goto(server.url + path)
        return page

    return open_as_owner


def proof(page: Page) -> FrameLocator:
    return page.frame_locator("iframe.proof:not([hidden])")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_a_statement_is_written_in_two_languages_with_a_preview(at_the_desk, violations, width, scheme):
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page = at_the_desk("/admin/", **options)
    page.get_by_role("link", name="New statement").click()

    page.get_by_label("Title").fill("Déjà vu by our rivers")
    expect(page.get_by_label("Last part of the address")).to_have_value("deja-vu-by-our-rivers")
    before = page.evaluate("history.length")
    page.get_by_label("Text", exact=True).fill("We ask for:\n\n- **open** rivers\n- clean banks")
    expect(proof(page).get_by_role("listitem")).to_have_count(2)
    expect(proof(page).get_by_role("heading", level=1)).to_have_text("Déjà vu by our rivers")
    assert page.evaluate("history.length") == before
    picture(page, f"desk-new-statement-{scheme}")
    assert violations(page) == []
    page.get_by_role("button", name="Save as a draft").click()

    expect(page.get_by_role("status")).to_have_text("Your draft is saved. Nobody sees it yet.")
    page.get_by_text("Show the draft to others").click()
    picture(page, f"desk-overview-{scheme}")
    assert violations(page) == []

    page.get_by_role("link", name="Texts").click()
    page.get_by_label("Language").select_option("Armenian")
    picture(page, f"desk-texts-{scheme}")
    assert violations(page) == []
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("article")).to_contain_text("clean banks")
    page.get_by_label("Title").fill("Ո՞ւր են գնում մեր գետերը")
    page.get_by_label("Text", exact=True).fill("Մենք **բաց** գետեր ենք ուզում։")
    expect(proof(page).get_by_role("strong")).to_have_text("բաց")
    picture(page, f"desk-text-{scheme}")
    assert violations(page) == []
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_role("link", name="Overview").click()
    page.get_by_text("Show the draft to others").click()
    page.get_by_role("link", name="View the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Déjà vu by our rivers")
    picture(page, f"draft-{scheme}")
    assert violations(page) == []


def test_without_scripts_the_button_shows_the_preview(at_the_desk):
    page = at_the_desk("/admin/statements/new", java_script_enabled=False)
    page.get_by_label("Text", exact=True).fill("We ask for *open* rivers.")
    page.get_by_role("button", name="Show the preview").click()

    expect(page.frame_locator("iframe").get_by_text("open", exact=True)).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("We ask for *open* rivers.")
