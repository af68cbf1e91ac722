"""On paper: the names, the facts and where one can sign; nothing that only a screen can do."""

import pytest
from playwright.sync_api import Page, expect

from server.services import statements
from tests.browsing import picture
from tests.widget.conftest import fill_in

pytestmark = pytest.mark.browser
KEEPERS = "".join(f"{number}. River Keepers No {number}\n" for number in range(1, 131))
DARK = "background:#161512;color:#ece7de"


def put_on_paper(page: Page, name: str) -> None:
    page.emulate_media(media="print")
    picture(page, f"print-{name}")


def test_the_list_prints_its_names_and_no_search_nor_button(embed, scene):
    scene.found(KEEPERS)
    page = embed(tag="signatories")
    expect(page.get_by_role("button", name="More signatories")).to_be_visible()
    expect(page.get_by_label("Search the names")).to_be_visible()

    put_on_paper(page, "list")

    expect(page.get_by_text("River Keepers No 100")).to_be_visible()
    expect(page.get_by_label("Search the names")).to_be_hidden()
    expect(page.get_by_text("Search the names")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)


def test_no_name_is_left_out_nor_torn_between_two_sheets(embed, scene):
    """Names far below the screen are not drawn until somebody comes near; paper has no screen."""
    scene.found(KEEPERS)
    page = embed(tag="signatories")
    last = page.locator("undersigned-signatories li").last
    expect(last).to_have_css("content-visibility", "auto")

    page.emulate_media(media="print")

    expect(last).to_have_css("content-visibility", "visible")
    expect(last).to_have_css("break-inside", "avoid")


def test_the_form_prints_what_it_is_about_and_where_one_can_sign(embed, server, scene):
    scene.signed()
    page = embed("inline")
    form = page.locator("undersigned-form")
    expect(form.get_by_role("button", name="Sign")).to_be_visible()

    put_on_paper(page, "form")

    expect(form.get_by_role("heading", name="Keep our rivers open")).to_be_visible()
    expect(form.get_by_text("1 signature")).to_be_visible()
    expect(form.get_by_role("textbox")).to_have_count(0)
    expect(form.get_by_role("button")).to_have_count(0)
    address = form.get_by_role("link").evaluate("node => getComputedStyle(node, '::after').content")
    assert f"{server.url}/s/open-rivers" in address


def test_the_answer_prints_without_its_button(embed):
    page = embed("inline")
    form = page.locator("undersigned-form")
    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()

    put_on_paper(page, "sent")

    expect(form.get_by_text("You have not signed yet")).to_be_visible()
    expect(form.get_by_role("button")).to_have_count(0)


def test_a_closed_statement_says_so_on_paper(embed, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    page = embed("inline")
    expect(page.get_by_text("is closed for signatures")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.get_by_text("is closed for signatures")).to_be_visible()


@pytest.mark.parametrize("attributes", ["inline", 'inline theme="dark"'])
def test_what_is_light_on_a_dark_screen_is_dark_on_paper(embed, attributes):
    page = embed(attributes, style=DARK)
    title = page.get_by_role("heading", name="Keep our rivers open")
    expect(title).to_have_css("color", "rgb(236, 231, 222)")

    page.emulate_media(media="print")

    expect(title).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("undersigned-form")).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_how_far_the_count_has_come_is_printed(embed, scene):
    scene.signed()
    page = embed(tag="count")
    progress = page.get_by_role("progressbar")
    expect(progress).to_have_css("border-top-width", "0px")

    page.emulate_media(media="print")

    expect(progress).to_have_css("border-top-width", "1px")
    expect(progress).to_have_css("print-color-adjust", "exact")
